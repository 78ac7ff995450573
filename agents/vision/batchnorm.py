"""Batch normalisation whose statistics follow what a policy sees, without a gradient (H-InDex, eq. 4-5).

Before a batch is normalised, mean and variance of every channel are moved towards the batch's by a share m:

    mu <- (1 - m) mu + m mu_batch            (4)
    sigma^2 <- (1 - m) sigma^2 + m sigma_batch^2    (5)

with the biased variance. All normalisations of a network follow, as the paper says; the published code replaces the
first one alone, since it looks for the others' dotted names where only the first one's lies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from agents.common.imports import need
from hand_envs.errors import OptionError, StateError

torch: Any = need("torch")
nn = torch.nn
Tensor = Any
_VERSION = "version"
_MOST_UPDATES = 2**53


class _Switch:
    """What all normalisations of a network look at: by how much to follow, and whether to follow now."""

    def __init__(self, momentum: float) -> None:
        self.momentum, self.frozen = momentum, False

    @property
    def on(self) -> bool:
        return self.momentum > 0 and not self.frozen


class MovingBatchNorm(nn.BatchNorm2d):  # type: ignore[misc,name-defined]
    """A normalisation that follows in evaluation mode, if its switch is on; all its tensors are the given one's."""

    def __init__(self, before: Any, switch: _Switch) -> None:
        super().__init__(before.num_features, before.eps, before.momentum, device="meta")
        self.weight, self.bias = before.weight, before.bias
        self.running_mean, self.running_var = before.running_mean, before.running_var
        self.num_batches_tracked = before.num_batches_tracked
        self.switch, self.updates = switch, 0
        self.train(before.training)

    def forward(self, images: Tensor) -> Tensor:
        if self.switch.on and not self.training:
            self._follow(images)
        return super().forward(images)

    def _follow(self, images: Tensor) -> None:
        with torch.no_grad():
            mean, variance = _moments(images)
            self.running_mean.lerp_(mean, self.switch.momentum)
            self.running_var.lerp_(variance, self.switch.momentum)
        self.updates += 1


def _moments(images: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and biased variance of every channel, in single precision: thirty times as fast as `torch.var_mean`."""
    unused = torch.zeros(2, images.shape[1], device=images.device)
    return torch.batch_norm_update_stats(images, *unused, momentum=0.0)


class MovingBatchNorms:
    """A hold on all normalisations of a network that follow; `follow` makes one."""

    def __init__(self, layers: Mapping[str, MovingBatchNorm], switch: _Switch) -> None:
        self.layers = dict(layers)
        self._switch = switch

    @property
    def momentum(self) -> float:
        """The share m of eq. 4-5; at 0 everything is as in evaluation mode, bit for bit."""
        return self._switch.momentum

    @momentum.setter
    def momentum(self, momentum: float) -> None:
        self._switch.momentum = _checked(momentum, self.layers)

    @property
    def moves(self) -> bool:
        """Whether the next batch changes the statistics."""
        return self._switch.on

    @property
    def version(self) -> int:
        """How often they were changed: what was encoded at one version is still true at the same."""
        return max((layer.updates for layer in self.layers.values()), default=0)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Encode within this block without changing the statistics: evaluations, demonstrations."""
        before, self._switch.frozen = self._switch.frozen, True
        try:
            yield
        finally:
            self._switch.frozen = before

    def get_state(self) -> dict[str, Tensor]:
        """The statistics by the names that the network's own state has, and their version."""
        state = {name: value.detach().cpu().clone() for name, value in self._statistics().items()}
        return {**state, _VERSION: torch.tensor(self.version)}

    def set_state(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `get_state` gave; of another network or damaged, it changes nothing."""
        own = self._statistics()
        _check_state(state, own)
        with torch.no_grad():
            for name, value in own.items():
                value.copy_(state[name])
        for layer in self.layers.values():
            layer.updates = int(state[_VERSION])

    def _statistics(self) -> dict[str, Tensor]:
        return {
            f"{name}.{statistic}": getattr(layer, statistic)
            for name, layer in self.layers.items()
            for statistic in ("running_mean", "running_var")
        }


def follow(network: Any, momentum: float, as_published: bool = False) -> MovingBatchNorms:
    """Replace the normalisations of a network, in place, by ones that follow.

    Args:
        network: one with `BatchNorm2d` layers, in evaluation mode.
        momentum: m of eq. 4-5, from 0 to 1.
        as_published: replace only those that lie at the network's root, which is the first, as the published code does.
    """
    found = {name: layer for name, layer in network.named_modules() if isinstance(layer, nn.BatchNorm2d)}
    if any(isinstance(layer, MovingBatchNorm) for layer in found.values()):
        raise OptionError("This network's statistics follow already: set the momentum of what `follow` returned.")
    chosen = {name: layer for name, layer in found.items() if not as_published or "." not in name}
    switch = _Switch(_checked(momentum, chosen))
    moving = {name: MovingBatchNorm(layer, switch) for name, layer in chosen.items()}
    for name, layer in moving.items():
        parent, _, own = name.rpartition(".")
        setattr(network.get_submodule(parent), own, layer)
    return MovingBatchNorms(moving, switch)


def _checked(momentum: float, layers: Mapping[str, Any]) -> float:
    if isinstance(momentum, bool) or not isinstance(momentum, int | float) or not 0 <= momentum <= 1:
        raise OptionError(f"momentum must be from 0 to 1, got {momentum!r:.80}.")
    if momentum > 0 and not layers:
        raise OptionError(
            f"This network has no batch normalisation that could follow: momentum must be 0, not {momentum}."
        )
    return float(momentum)


def _check_state(state: Any, own: Mapping[str, Tensor]) -> None:
    if not isinstance(state, Mapping) or state.keys() != {*own, _VERSION}:
        raise StateError("These statistics are of another network: their names differ.")
    for name, value in own.items():
        given = state[name]
        if not isinstance(given, torch.Tensor) or given.shape != value.shape or given.dtype != value.dtype:
            raise StateError(f"{name} must be {value.dtype} {tuple(value.shape)}, got {_short(given)}.")
        if not torch.isfinite(given).all() or (name.endswith("running_var") and (given < 0).any()):
            raise StateError(f"{name} holds values that no statistics have.")
    version = state[_VERSION]
    if not isinstance(version, torch.Tensor) or version.shape != () or version.dtype != torch.int64:
        raise StateError(f"{_VERSION} must be a whole number, got {_short(version)}.")
    if not 0 <= int(version) <= _MOST_UPDATES:
        raise StateError(f"{_VERSION} must be from 0 to {_MOST_UPDATES:,}, got {int(version)}.")


def _short(value: Any) -> str:
    return f"{value.dtype} {tuple(value.shape)}" if isinstance(value, torch.Tensor) else f"{value!r:.40}"
