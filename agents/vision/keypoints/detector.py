"""Keypoints of pictures, by an adapted encoder and the heads that learned with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from agents.common import checkpoints
from agents.common.imports import need
from agents.vision.encoders.encoder import Encoder
from agents.vision.keypoints.network import KeypointHeads
from hand_envs.errors import OptionError
from hand_envs.files.reading import reading

torch: Any = need("torch")
Array = np.ndarray
_BATCH = 64
_MOST = 4096  # channels, or keypoints


class KeypointDetector:
    """Pictures to places: `detect(images)` gives (n, keypoints, 2), x to the right and y down, each from -1 to 1.

    Args:
        encoder: whose network has maps.
        heads: that make heat maps of them.
    """

    def __init__(self, encoder: Encoder, heads: KeypointHeads) -> None:
        self.encoder, self.heads = encoder, heads

    def __call__(self, images: Array) -> Array:
        """Places in pictures (n, height, width, 3) uint8."""
        self.heads.eval()
        parts = [images[first : first + _BATCH] for first in range(0, len(images), _BATCH)]
        with torch.inference_mode():
            maps = (self.encoder.network.maps(self.encoder.prepare(part)) for part in parts)
            found: Array = np.concatenate([self.heads(each.float()).numpy() for each in maps])
        return found

    def save(self, folder: str | Path) -> Path:
        """Write the heads down; the encoder has a folder of its own."""
        heads = self.heads
        shape = {"width": heads.width, "channels": heads.channels, "keypoints": heads.keypoints}
        return checkpoints.write(
            Path(folder), {"config.json": shape, "weights.pt": checkpoints.halved(heads.state_dict())}
        )

    @classmethod
    def load(cls, folder: str | Path) -> KeypointDetector:
        """Of a run's folder, where the encoder lies in `encoder` and the heads in `keypoints`; nothing there is run."""
        encoder, heads = Encoder.load(Path(folder) / "encoder"), read_heads(Path(folder) / "keypoints")
        if heads.width != encoder.width:
            raise OptionError(f"{folder}: the keypoints are of maps of {heads.width} channels, not of {encoder.width}.")
        return cls(encoder, heads)


def read_heads(folder: str | Path) -> KeypointHeads:
    """The heads in a folder, which may be anybody's."""
    folder = Path(folder)
    shape = checkpoints.read(folder, "config.json")
    with reading(folder / "config.json"):
        sizes = [shape[name] for name in ("width", "channels", "keypoints")]
        if not all(type(size) is int and 1 <= size <= _MOST for size in sizes):
            raise ValueError(f"width, channels and keypoints must be whole numbers up to {_MOST}, got {sizes!s:.80}")
    weights = checkpoints.read(folder, "weights.pt")
    with reading(folder / "weights.pt"):
        if 2 * 16 * sizes[0] * sizes[1] > (folder / "weights.pt").stat().st_size:
            raise ValueError(f"it is too small for width, channels and keypoints of {sizes}")
        heads = KeypointHeads(*sizes)
        checkpoints.load_weights(heads, checkpoints.full(weights))
    return heads
