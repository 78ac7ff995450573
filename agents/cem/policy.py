"""p(xi | picture, prior), fitted to the episodes of a search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from agents.cem.config import CemConfig
from agents.cem.episodes import Episode
from agents.cem.networks import Network, network_of
from agents.cem.search import best
from agents.common import checkpoints
from agents.common.imports import need
from hand_envs.errors import OptionError

torch: Any = need("torch")
Array = np.ndarray

_FURTHEST = 3.0  # standard deviations; a new object may look like nothing seen
_NARROWEST = 1e-9
_RATE, _DECAY = 5e-3, 1e-2


@dataclass(frozen=True)
class Principal:
    """Rows as their first principal components, each with a deviation of 1 in what they were found in."""

    mean: Array
    axes: Array
    """(n, k)."""

    @classmethod
    def of(cls, rows: Array, most: int) -> Self:
        """At most so many components; those along which nothing varies are none."""
        mean = rows.mean(axis=0)
        _, sizes, axes = np.linalg.svd(rows - mean, full_matrices=False)
        kept = min(most, int((sizes > 1e-6 * max(1.0, float(np.abs(rows).max()))).sum()))
        return cls(mean, axes[:kept].T * np.sqrt(len(rows)) / sizes[:kept])

    def __call__(self, rows: Array) -> Array:
        found: Array = np.clip((rows - self.mean) @ self.axes, -_FURTHEST, _FURTHEST)
        return found


@dataclass(frozen=True)
class Policy:
    """Draws an action for a picture's features and a prior."""

    network: Network
    pictures: Principal
    priors: Principal
    middle: Array
    scale: Array
    """Of what the network gives."""
    residual: bool
    latent: int

    def __call__(self, features: Array, prior: Array, rng: np.random.Generator) -> Array:
        """Xi for one picture."""
        if features.shape != self.pictures.mean.shape or prior.shape != self.middle.shape:
            raise OptionError(
                f"This policy takes {len(self.pictures.mean)} features and a prior of {len(self.middle)} numbers, got "
                f"{features.shape} and {prior.shape}: it was fitted with another camera, hand or encoder."
            )
        noise = torch.from_numpy(rng.standard_normal((1, self.latent)).astype(np.float32))
        with torch.no_grad():
            made = self.network.propose(_tensor(self._condition(features[None], prior[None])), noise)[0].numpy()
        found: Array = self.middle + self.scale * made + (prior if self.residual else 0.0)
        return found

    def _condition(self, features: Array, priors: Array) -> Array:
        """What a network sees; the 1 is there where nothing else varies."""
        return np.concatenate([self.pictures(features), self.priors(priors), np.ones((len(priors), 1))], axis=-1)

    # --- fitting ------------------------------------------------------------------------------------------------------

    @classmethod
    def fit(cls, config: CemConfig, episodes: Sequence[Episode], deviation: Array, seed: Sequence[int]) -> Self:
        """The policy of the best episodes; the transformer's is of all.

        Args:
            config: which network, and how it learns.
            episodes: of the search, in order.
            deviation: of the first distribution, by which residuals are scaled.
            seed: of the weights and of the noise.
        """
        rewards = [each.reward for each in episodes]
        chosen = [episodes[place] for place in best(rewards, config.elites)]
        learned = list(episodes) if config.policy == "transformer" else chosen
        targets, elites = (_targets(config, each) for each in (learned, chosen))
        policy = cls(
            network=network_of("mean", len(deviation), 0, 1, 1, 0.0),
            pictures=Principal.of(np.array([each.features for each in episodes]), config.components),
            priors=Principal.of(np.array([each.prior for each in episodes]), config.components),
            middle=elites.mean(axis=0),
            scale=np.maximum(elites.std(axis=0), np.maximum(config.floor * deviation, _NARROWEST)),
            residual=config.residual,
            latent=config.latent,
        )
        c = policy._condition(np.array([e.features for e in learned]), np.array([e.prior for e in learned]))
        wanted = (targets - policy.middle) / policy.scale
        return cls(**{**policy.__dict__, "network": _learned(config, wanted, c, _standard(learned, rewards), seed)})

    # --- files --------------------------------------------------------------------------------------------------------

    def parts(self) -> dict[str, Any]:
        """Its files, for `checkpoints.write`."""
        arrays = {
            **{"pictures_mean": self.pictures.mean, "pictures_axes": self.pictures.axes},
            **{"priors_mean": self.priors.mean, "priors_axes": self.priors.axes},
            **{"middle": self.middle, "scale": self.scale},
        }
        return {"policy.pt": self.network.state_dict(), "policy.npz": arrays}

    @classmethod
    def of_parts(cls, config: CemConfig, weights: Any, arrays: dict[str, Array]) -> Self:
        """What `parts` wrote, which may be anybody's."""
        width, features = len(arrays["middle"]), len(arrays["pictures_mean"])
        found = {}
        for name, rows in (("pictures", features), ("priors", width)):
            axes = arrays[f"{name}_axes"]
            columns = axes.shape[-1] if axes.ndim == 2 else 0
            mean = checkpoints.finite(f"{name}_mean", arrays[f"{name}_mean"], (rows,))
            found[name] = Principal(mean, checkpoints.finite(f"{name}_axes", axes, (rows, columns)))
        middle, scale = (checkpoints.finite(name, arrays[name], (width,)) for name in ("middle", "scale"))
        seen = 1 + sum(each.axes.shape[1] for each in found.values())
        network = network_of(config.policy, width, seen, config.hidden, config.latent, config.kl)
        checkpoints.load_weights(network, weights)
        return cls(network.eval(), found["pictures"], found["priors"], middle, scale, config.residual, config.latent)


def _targets(config: CemConfig, episodes: Sequence[Episode]) -> Array:
    """What the policy is to say: what was added to the prior, or the whole action."""
    return np.array([each.residual + (0.0 if config.residual else each.prior) for each in episodes])


def _standard(episodes: Sequence[Episode], rewards: Sequence[float]) -> Array:
    """Rewards with mean 0 and a deviation of 1 over the search."""
    own = np.array([each.reward for each in episodes])
    return (own - np.mean(rewards)) / max(float(np.std(rewards)), _NARROWEST)


def _learned(config: CemConfig, wanted: Array, c: Array, rewards: Array, seed: Sequence[int]) -> Network:
    """The network after full-batch Adam; the same seed gives the same weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(np.random.default_rng(seed).integers(2**31)))
        network = network_of(config.policy, wanted.shape[1], c.shape[1], config.hidden, config.latent, config.kl)
        parameters = list(network.parameters())
        if not parameters:
            return network
        optimizer = torch.optim.AdamW(parameters, _RATE, weight_decay=_DECAY)
        batch = _tensor(wanted), _tensor(c), _tensor(rewards)
        for iteration in range(config.iterations):
            optimizer.zero_grad()
            warmth = min(1.0, 2 * iteration / config.iterations)
            network.loss(*batch, warmth).backward()
            optimizer.step()
    return network.eval()


def _tensor(array: Array) -> Any:
    return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32))
