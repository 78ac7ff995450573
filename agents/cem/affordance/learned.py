"""A trained network as arrays in, arrays out, and as a folder that may be anybody's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from agents.cem.affordance.config import AffordanceConfig
from agents.cem.affordance.examples import absolute
from agents.cem.affordance.network import PIXELS, AffordanceNetwork
from agents.cem.affordance.words import encoder
from agents.common import checkpoints
from agents.common.imports import need
from hand_envs.errors import OptionError
from hand_envs.files.reading import reading

torch: Any = need("torch")
Array = np.ndarray


class Said(NamedTuple):
    """What the network says of crops."""

    points: Array
    """(n, 5, 2), x and y from -1 to 1 in the crop."""
    hands: Array
    """(n, 48) rad: the wrist in the camera's frame, then MANO's joints."""
    maps: Array
    """(n, 5, 32, 32): where each point may lie, of sum 1 each."""


class Learned:
    """f(crop, words) by a network of `agents.cem.affordance`.

    Args:
        config: of its training.
        network: what it learned.
    """

    def __init__(self, config: AffordanceConfig, network: AffordanceNetwork) -> None:
        self.config, self.network = config, network.eval()
        self.encode = encoder(config.text)

    def __call__(self, crops: Array, texts: Sequence[str]) -> Said:
        """Without chance.

        Args:
            crops: (n, 64, 64, 3), 0 to 255.
            texts: one each.
        """
        images = np.asarray(crops, np.float32)
        if images.shape != (len(texts), PIXELS, PIXELS, 3):
            raise OptionError(
                f"An affordance prior takes crops ({len(texts)}, {PIXELS}, {PIXELS}, 3), got {images.shape}."
            )
        with torch.inference_mode():
            given = torch.from_numpy(images).permute(0, 3, 1, 2) / 255
            points, hands, maps = self.network(given, torch.from_numpy(self.encode(texts)))
        wrist = self.network.wrist.numpy().astype(np.float64)
        return Said(points.numpy().astype(np.float64), absolute(hands.numpy().astype(np.float64), wrist), maps.numpy())

    def save(self, folder: str | Path, card: dict[str, Any]) -> Path:
        """Write it down, matrices in half precision, with a card that says what it is."""
        stored = {name: _halved(value) for name, value in self.network.state_dict().items()}
        return checkpoints.write(
            Path(folder), {"config.json": self.config.as_data(), "weights.pt": stored, "card.json": card}
        )

    @classmethod
    def load(cls, folder: str | Path) -> Learned:
        """The network in a folder; nothing in it is run."""
        folder = Path(folder)
        data = checkpoints.read(folder, "config.json")
        with reading(folder / "config.json"):
            config = AffordanceConfig.from_data(data)
        stored = checkpoints.read(folder, "weights.pt")
        network = AffordanceNetwork(encoder(config.text).size)
        with reading(folder / "weights.pt"):
            checkpoints.load_weights(network, checkpoints.full(stored))
        return cls(config, network)


def _halved(value: Any) -> Any:
    return value.half() if value.is_floating_point() and value.ndim > 1 and value.shape != (3, 3) else value
