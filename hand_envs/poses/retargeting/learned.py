"""Kappa as a network of two hidden layers, learned elsewhere from pairs of poses and actions.

The file is an `.npz` of

| array | shape | what |
|---|---|---|
| `version` | () int | 1 |
| `joints` | (j,) text | wrist and finger joints, in the order of the outputs |
| `low`, `high` | (j,) rad | the control ranges that actions -1 and 1 stood for |
| `viewpoint` | () bool | whether the input ends with `view_direction(points)`, the camera at the points' origin |
| `mean`, `scale` | (k,) | the input is `(x - mean) / scale`; k = 63, or 66 with the viewpoint |
| `weight0`, `bias0` | (k, h), (h,) | hidden = tanh(input @ weight0 + bias0); h = 64 in the paper |
| `weight1`, `bias1` | (h, g), (g,) | hidden = tanh(hidden @ weight1 + bias1) |
| `weight2`, `bias2` | (g, j), (j,) | actions = hidden @ weight2 + bias2, cut to [-1, 1] |
| `provenance` | () text | what made it, as JSON; may be missing, and is not looked at |

in float32 or float64. The input x is `normalised(points)`, (21, 3), flattened point by point: p0x p0y p0z p1x ...
More hidden layers (`weight3` ...) are read as well: the last one is the output. `save` writes such a file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import mujoco
import numpy as np

from hand_envs.core.hand import Hand
from hand_envs.errors import DatasetError
from hand_envs.files.atomic import replacing
from hand_envs.files.reading import read_npz, reading
from hand_envs.poses.frames import unit_links, view_direction
from hand_envs.poses.retargeting.kappa import Array, Kappa, Memory, angles

VERSION = 1
POSE, VIEWPOINT = 63, 3  # numbers of the input
BELOW = 0.6
"""How far below where the hand is on average stands the camera (m) that the suite's networks know the direction to."""
_MOST_BYTES = 2**24
_MOST_LAYERS = 8


class Learned(Kappa):
    """A network's angles; the wrist's too, which it knows from its pairs.

    Args:
        hand: whose joints the file must speak of.
        model: that it is in.
        file: as this module's page describes it.
    """

    def __init__(self, hand: Hand, model: mujoco.MjModel, file: str | Path) -> None:
        super().__init__(hand, model)
        with reading(file):
            found = read_npz(Path(file), _MOST_BYTES, kinds="biufU")
            self.viewpoint = bool(_one(found, "viewpoint"))
            self._check(found)
            self.layers = _layers(found, POSE + VIEWPOINT * self.viewpoint, len(self.joints))
        self.mean, self.scale = (found[name].astype(np.float64) for name in ("mean", "scale"))
        self.told = found["low"].astype(np.float64), found["high"].astype(np.float64)

    def _check(self, found: Mapping[str, Array]) -> None:
        if (version := int(_one(found, "version"))) != VERSION:
            raise DatasetError(f"It is of version {version}; this hand_envs reads {VERSION}.")
        names, inputs = len(self.joints), POSE + VIEWPOINT * self.viewpoint
        joints = _numbers(found, "joints", (names,), "U")
        if tuple(joints.tolist()) != self.joints:
            raise DatasetError(
                f"It is for the joints {', '.join(joints.tolist())}; those of hand {self.hand.name!r} are "
                f"{', '.join(self.joints)}."
            )
        low, high = (_numbers(found, name, (names,)) for name in ("low", "high"))
        if not (low < high).all():
            raise DatasetError("`low` is not below `high` everywhere.")
        _numbers(found, "mean", (inputs,))
        if not (_numbers(found, "scale", (inputs,)) > 0).all():
            raise DatasetError("`scale` is not above 0 everywhere.")

    def _angles(self, hands: Array, points: Array, memory: Memory) -> Array:
        given = unit_links(hands).reshape(-1, POSE)
        if self.viewpoint:
            given = np.concatenate([given, view_direction(points)], axis=1)
        hidden = ((given - self.mean) / self.scale)[:, None]  # row by row: a product of many rows differs in its bits
        for number, (weight, bias) in enumerate(self.layers, start=1):
            hidden = hidden @ weight + bias
            if number < len(self.layers):
                hidden = np.tanh(hidden)
        return angles(hidden[:, 0], *self.told)


class Spoken(Protocol):
    """What a network speaks of: any kappa, or who knows as much of a hand."""

    @property
    def joints(self) -> tuple[str, ...]:
        """Wrist and fingers."""

    @property
    def low(self) -> Array:
        """Of the control ranges (rad)."""

    @property
    def high(self) -> Array:
        """Of the control ranges (rad)."""


def save(
    file: str | Path,
    kappa: Spoken,
    layers: Sequence[tuple[Array, Array]],
    mean: Array,
    scale: Array,
    viewpoint: bool = False,
    provenance: str = "",
) -> Path:
    """Write a network: weight and bias of each layer, (inputs, outputs) and (outputs,).

    Args:
        file: an `.npz`.
        kappa: any of the same hand; its joints and control ranges are what the network speaks of.
        layers: from the input to the output.
        mean: of the input.
        scale: of the input, e.g. its standard deviation.
        viewpoint: whether the input ends with `view_direction`.
        provenance: what made it, as JSON.
    """
    arrays: dict[str, Array] = {
        "version": np.array(VERSION),
        "joints": np.array(kappa.joints),
        "low": kappa.low,
        "high": kappa.high,
        "viewpoint": np.array(viewpoint),
        "provenance": np.array(provenance),
        "mean": np.asarray(mean, dtype=np.float32),
        "scale": np.asarray(scale, dtype=np.float32),
    }
    for number, (weight, bias) in enumerate(layers):
        arrays[f"weight{number}"] = np.asarray(weight, dtype=np.float32)
        arrays[f"bias{number}"] = np.asarray(bias, dtype=np.float32)
    with replacing(file) as beside, beside.open("wb") as opened:
        np.savez(opened, **arrays)  # type: ignore[arg-type]
    return Path(file)


def _layers(found: Mapping[str, Array], inputs: int, outputs: int) -> list[tuple[Array, Array]]:
    count = sum(name.startswith("weight") for name in found)
    if not 1 <= count <= _MOST_LAYERS:
        raise DatasetError(f"It has {count} layers (`weight0`, `weight1` ...); 1 to {_MOST_LAYERS} are read.")
    layers = []
    for number in range(count):
        width = outputs if number == count - 1 else int(_numbers(found, f"bias{number}").size)
        weight = _numbers(found, f"weight{number}", (inputs, width))
        layers.append((weight.astype(np.float64), _numbers(found, f"bias{number}", (width,)).astype(np.float64)))
        inputs = width
    return layers


def _one(found: Mapping[str, Array], name: str) -> float:
    return float(_numbers(found, name, ()))


def _numbers(found: Mapping[str, Array], name: str, shape: tuple[int, ...] | None = None, kinds: str = "biuf") -> Array:
    """An array of the file, if it is there, of that shape, and finite."""
    if name not in found:
        raise DatasetError(f"It has no array `{name}`; it has {', '.join(sorted(found)) or 'none'}.")
    array = found[name]
    if array.dtype.kind not in kinds:
        raise DatasetError(f"`{name}` holds {array.dtype}, which is not what belongs there.")
    if shape is not None and array.shape != shape:
        raise DatasetError(f"`{name}` has shape {array.shape}; expected {shape}.")
    if kinds != "U" and not np.isfinite(array).all():
        raise DatasetError(f"`{name}` holds values that are not finite.")
    return array
