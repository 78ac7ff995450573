"""A trained network as an estimator: arrays in, arrays out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from agents.common import checkpoints
from agents.common.imports import need
from agents.estimator.config import EstimatorConfig
from agents.estimator.crops import Crops, from_cube, moved, to_upright, turned
from agents.estimator.network import HandNetwork
from agents.estimator.sharing import difference, whole
from hand_envs.errors import OptionError
from hand_envs.files.reading import reading
from hand_envs.files.shipped import shipped

torch: Any = need("torch")
Array = np.ndarray
_BATCH = 256
LOOKS = (0.0, np.pi)
"""Turns (rad) in which an upright crop is looked at: which end is up is ambiguous, and two looks err less than one, if
the network has learned from turned ones."""


class DeepEstimator:
    """Points and features by a network of `agents.estimator`.

    Args:
        config: of its training.
        network: what it learned.
    """

    def __init__(self, config: EstimatorConfig, network: HandNetwork) -> None:
        self.config, self.side = config, config.side
        self.looks = LOOKS if "rot" in config.modes else LOOKS[:1]
        self.network = network.eval().to(memory_format=torch.channels_last)

    def __call__(self, depth: Array, centres: Array, sides: Array | None = None) -> tuple[Array, Array]:
        """Points (n, 21, 3) in the camera's frame (m), and features (n, 1024), without chance.

        Args:
            depth: crops (n, H, W), from -1 to 1.
            centres: of the cubes, (n, 3) (m).
            sides: of the cubes, (n,) (m), where they are not `side`.
        """
        images, centres = _checked(depth, centres)
        sides = np.full(len(images), self.side) if sides is None else np.asarray(sides, np.float64)
        parts = [slice(first, first + _BATCH) for first in range(0, len(images), _BATCH)]
        found = [self._batch(images[part], centres[part], sides[part]) for part in parts]
        points, features = map(np.concatenate, zip(*found, strict=True)) if found else _NONE
        return points, features

    def _batch(self, images: Array, centres: Array, sides: Array) -> tuple[Array, Array]:
        if not self.config.upright:
            return self._seen(images, centres, sides, np.zeros(len(images)))
        upright = to_upright(images)
        looks = [self._seen(images, centres, sides, upright + turn) for turn in self.looks]
        return np.mean([points for points, _ in looks], axis=0), looks[0][1]

    def _seen(self, images: Array, centres: Array, sides: Array, turns: Array) -> tuple[Array, Array]:
        """Points and features of crops that are turned in the picture (rad) to be looked at."""
        if self.config.upright:
            still, nobody = np.zeros((len(images), 3)), np.broadcast_to(centres[:, None], (len(images), 21, 3))
            images = moved(Crops(images, nobody, centres, sides), still, turns, np.ones(len(images))).depth
        with torch.inference_mode():
            code, features = self.network(torch.from_numpy(images))
            cube = self.network.decoded(code).numpy().astype(np.float64).reshape(-1, 21, 3)
        return turned(from_cube(cube, centres, sides), -turns, centres, sides), features.numpy()

    def save(self, folder: str | Path, card: dict[str, Any]) -> Path:
        """Write it down in half precision, with a card that says what it is."""
        weights = self.network.state_dict()
        if self.config.rank:
            weights = difference(weights, shipped_weights(), self.config.rank)
        parts = {"config.json": self.config.as_data(), "weights.pt": checkpoints.halved(weights), "card.json": card}
        return checkpoints.write(Path(folder), parts)

    @classmethod
    def load(cls, folder: str | Path) -> DeepEstimator:
        """The estimator in a folder; nothing in it is run, so it may be anybody's."""
        folder = Path(folder)
        data = checkpoints.read(folder, "config.json")
        with reading(folder / "config.json"):
            config = EstimatorConfig.from_data(data)
        stored = checkpoints.read(folder, "weights.pt")
        network = HandNetwork(config)
        with reading(folder / "weights.pt"):
            weights = checkpoints.full(stored)
            checkpoints.load_weights(network, whole(weights, shipped_weights()) if config.rank else weights)
        return cls(config, network)


def shipped_weights() -> dict[str, Any]:
    """Those of the estimator that comes with the suite, which others may differ from."""
    weights: dict[str, Any] = DeepEstimator.load(shipped("agents/estimator", "estimator")).network.state_dict()
    return weights


def _checked(depth: Array, centres: Array) -> tuple[Array, Array]:
    images, centres = np.asarray(depth, np.float32), np.asarray(centres, np.float64)
    if images.ndim != 3 or min(images.shape[1:]) < 1 or centres.shape != (len(images), 3):
        raise OptionError(
            f"An estimator takes crops (n, H, W) and centres (n, 3), got {images.shape} and {centres.shape}; one image "
            "is depth[None]."
        )
    if not np.isfinite(centres).all():
        raise OptionError("A centre is not finite: use the last that was, or agents.estimator.centring.")
    return np.clip(np.nan_to_num(images, nan=1.0), -1, 1), centres


_NONE = np.zeros((0, 21, 3)), np.zeros((0, 1024), np.float32)
