"""A trained agent without the library that trained it: `policy.npz`, run in NumPy.

`python -m agents.common.export FOLDER` writes it beside the agent.

| array | shape | |
|---|---|---|
| mean, variance | (o,) | of the observations |
| weight0, bias0, ... | (width, o), (width,) | layers with tanh between them; the last gives the actions |
| low, high | (a,) | bounds of what is decided |
| actuators | (a,) | the numbers of the actuators decided on |
| width | () | of the action |
| env | () | text: the environment it was trained in |
| limit | () | the largest correction it was trained with, where it corrects a user |
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hand_envs.errors import DatasetError, OptionError
from hand_envs.files.reading import read_npz, reading

Array = np.ndarray

NAME = "policy.npz"
LARGEST = 10.0
"""Normalised observations are clipped there, as in training."""
TINY = 1e-8
_MOST_BYTES = 2**28
_MOST_LAYERS = 20


@dataclass(frozen=True)
class Policy:
    """Acts without chance: the mean of a policy at normalised observations.

    >>> act = Policy.load("assets/agents/door")  # doctest: +SKIP
    """

    mean: Array
    variance: Array
    weights: tuple[Array, ...]
    biases: tuple[Array, ...]
    low: Array
    high: Array
    actuators: Array
    width: int
    env: str = ""
    limit: float | None = None

    def __call__(self, observation: Array) -> Array:
        """The action for an observation, or the actions for many, a row each."""
        flat = (np.asarray(observation, np.float64) - self.mean) / np.sqrt(self.variance + TINY)
        layer = np.clip(flat, -LARGEST, LARGEST).astype(np.float32)
        *hidden, last = zip(self.weights, self.biases, strict=True)
        for weight, bias in hidden:
            layer = np.tanh(layer @ weight.T + bias)
        decided = np.clip(layer @ last[0].T + last[1], self.low, self.high)
        action = np.zeros((*decided.shape[:-1], self.width), np.float32)
        action[..., self.actuators] = decided
        return action

    def check_fits(self, observations: int, actions: int, where: str) -> None:
        """Refuse an environment of other observations or actions."""
        if (observations, actions) != (len(self.mean), self.width):
            raise OptionError(
                f"This agent was trained in {self.env or 'another environment'}: it takes {len(self.mean)} "
                f"observations and gives {self.width} actions; {where} has {observations} and {actions}."
            )

    @classmethod
    def load(cls, folder: str | Path) -> Policy:
        """The policy in an agent's folder, or in a file; nothing in it is run, so it may be anybody's."""
        folder = Path(folder)
        path = folder if folder.suffix == ".npz" else folder / NAME
        if not path.is_file():
            hint = (
                f"`python -m agents.common.export {folder}` makes it" if folder.is_dir() else "there is no such folder"
            )
            raise DatasetError(f"{folder} has no {NAME}: {hint}.")
        with reading(path):
            return _checked(read_npz(path, _MOST_BYTES, most_arrays=100, kinds="biufU"))


def _checked(parts: dict[str, Array]) -> Policy:
    """A policy of these arrays, if they fit each other."""
    count = sum(name.startswith("weight") for name in parts)
    if not 1 <= count <= _MOST_LAYERS:
        raise DatasetError(f"It has {count} layers; expected 1 to {_MOST_LAYERS}.")
    seen = _size(parts, "mean")
    mean, variance = (_numbers(parts, name, (seen,), np.float64) for name in ("mean", "variance"))
    if (variance < 0).any():
        raise DatasetError("A variance is negative.")
    weights, biases, before = [], [], seen
    for number in range(count):
        width = _size(parts, f"bias{number}")
        weights.append(_numbers(parts, f"weight{number}", (width, before)))
        biases.append(_numbers(parts, f"bias{number}", (width,)))
        before = width
    low, high = (_numbers(parts, name, (before,)) for name in ("low", "high"))
    actuators, width = _actuators(parts, before)
    limit = _numbers(parts, "limit", (), np.float64).item() if "limit" in parts else None
    env = str(parts["env"]) if parts.get("env", np.array(0)).dtype.kind == "U" else ""
    return Policy(mean, variance, tuple(weights), tuple(biases), low, high, actuators, width, env[:200], limit)


def _size(parts: dict[str, Array], name: str) -> int:
    if name not in parts or parts[name].ndim != 1 or not len(parts[name]):
        raise DatasetError(f"It has no {name} with a row of numbers.")
    return len(parts[name])


def _numbers(parts: dict[str, Array], name: str, shape: tuple[int, ...], kind: Any = np.float32) -> Array:
    value = parts.get(name)
    if value is None or value.shape != shape or value.dtype.kind not in "fiub":
        found = "missing" if value is None else f"{value.dtype} {value.shape}"
        raise DatasetError(f"{name} must be numbers of shape {shape}; it is {found}.")
    with np.errstate(over="ignore"):
        value = value.astype(kind)
    if not np.isfinite(value).all():
        raise DatasetError(f"{name} holds values that are not finite.")
    return value


def _actuators(parts: dict[str, Array], decided: int) -> tuple[Array, int]:
    """Which actuators are decided on, and how many there are."""
    given, width = parts.get("actuators"), parts.get("width")
    if given is None or width is None or given.dtype.kind not in "iu" or width.dtype.kind not in "iu" or width.shape:
        raise DatasetError("actuators and width must be whole numbers.")
    fit = given.shape == (decided,) and decided <= int(width) <= 100_000
    if not fit or given.min() < 0 or given.max() >= int(width) or len(np.unique(given)) < decided:
        raise DatasetError(f"actuators must be {decided} different numbers below width, {int(width)}.")
    return given.astype(np.int64), int(width)
