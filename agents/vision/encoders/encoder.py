"""An encoder: pictures in, features out."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Self

import numpy as np

from agents.common import checkpoints
from agents.common.imports import need
from agents.vision.batchnorm import MovingBatchNorms, follow
from agents.vision.encoders.architectures import build, check_variances, in_bfloat16
from agents.vision.encoders.config import PRECISIONS, EncoderConfig
from hand_envs.errors import OptionError, choices
from hand_envs.files.reading import reading
from hand_envs.files.shipped import shipped

torch: Any = need("torch")
Array = np.ndarray
Tensor = Any
DEFAULT = "agents/encoder"


class Encoder:
    """Images to features, frozen; every encoder has its own size and preprocessing.

    Args:
        config: its architecture and preprocessing.
        network: with its weights, taken over: it is frozen, and converted to `precision`.
        precision: `float32`, or `bfloat16`, which takes half the time and keeps three digits. Normalisations are in
            float32 either way.

    >>> encode = Encoder.named("random")  # doctest: +SKIP
    >>> features = encode(images)  # (n, 512) of images (n, height, width, 3)  # doctest: +SKIP
    """

    def __init__(self, config: EncoderConfig, network: Any, precision: str = "float32") -> None:
        if precision not in PRECISIONS:
            raise OptionError(f"Unknown precision: {choices(precision, PRECISIONS)}")
        self.config, self.precision = config, precision
        self.name, self.size, self.mean, self.std = config.name, config.size, config.mean, config.std
        self.network = network.eval().requires_grad_(False).to(memory_format=torch.channels_last)
        self.width: int = network.width
        """Numbers of a feature."""
        self.device = torch.device("cpu")
        self.moving: MovingBatchNorms | None = None
        """What `follow` returned."""
        if precision == "bfloat16":
            in_bfloat16(network)

    def __call__(self, images: Array, batch: int = 64) -> Array:
        """Features (n, width) of images, uint8 (n, height, width, 3), without a gradient.

        Args:
            images: RGB, of any size.
            batch: how many are encoded at a time; all of them while statistics follow, which are a batch's.
        """
        _check(images)
        if batch < 1:
            raise OptionError(f"batch must be at least 1, got {batch}.")
        if self.moving is not None and self.moving.moves:
            batch = max(len(images), 1)
        features = np.empty((len(images), self.width), np.float32)
        with torch.inference_mode():
            for first in range(0, len(images), batch):
                part = slice(first, first + batch)
                features[part] = self.network(self.prepare(images[part])).float().cpu().numpy()
        return features

    def prepare(self, images: Array) -> Tensor:
        """What the network sees of images, (n, 3, size, size): scaled, whatever their shape, and normalised."""
        seen = torch.from_numpy(np.ascontiguousarray(images)).to(self.device).permute(0, 3, 1, 2).float()
        if seen.shape[-2:] != (self.size, self.size):
            seen = _scaled(seen, self.size)
        mean, std = (torch.tensor(each, device=self.device).view(3, 1, 1) for each in (self.mean, self.std))
        seen = ((seen / 255 - mean) / std).contiguous(memory_format=torch.channels_last)
        return seen.bfloat16() if self.precision == "bfloat16" else seen

    def follow(self, momentum: float, as_published: bool = False) -> MovingBatchNorms:
        """Have the statistics of its normalisations follow what it sees (`agents.vision.batchnorm`)."""
        self.moving = follow(self.network, momentum, as_published)
        return self.moving

    def frozen(self) -> AbstractContextManager[None]:
        """Encode within this block without changing statistics, whether they follow or not."""
        return nullcontext() if self.moving is None else self.moving.frozen()

    def to(self, device: str) -> Self:
        """The same encoder, from now on working there: `cpu`, or `cuda`."""
        self.device = torch.device(device)
        self.network.to(self.device)
        return self

    def save(self, folder: str | Path, card: dict[str, Any] | None = None) -> Path:
        """Write it down, convolutions in half precision, normalisations in single, with a card that says what it is."""
        weights = {name: value.cpu() for name, value in checkpoints.full(self.network.state_dict()).items()}
        parts = {"config.json": self.config.as_data(), "weights.pt": checkpoints.halved(weights), "card.json": card}
        return checkpoints.write(Path(folder), parts)

    @classmethod
    def load(cls, folder: str | Path, precision: str = "float32") -> Self:
        """The encoder in a folder; nothing in it is run, so it may be anybody's."""
        folder = Path(folder)
        data = checkpoints.read(folder, "config.json")
        with reading(folder / "config.json"):
            config = EncoderConfig.from_data(data)
        stored = checkpoints.read(folder, "weights.pt")
        network = build(config)
        with reading(folder / "weights.pt"):
            checkpoints.load_weights(network, checkpoints.full(stored))
            check_variances(network)
        return cls(config, network, precision)

    @classmethod
    def named(
        cls, name: str = "default", *, size: int | None = None, precision: str = "float32", seed: int = 0
    ) -> Self:
        """An encoder by name.

        Args:
            name: `default`, the one that comes with the suite; `random`, a ResNet-18 of random weights; or a folder.
            size: pixels that `random` sees.
            precision: as in making one.
            seed: of random weights.
        """
        if name == "random":
            config = EncoderConfig() if size is None else EncoderConfig(size=size)
            return cls(config, build(config, seed), precision)
        return cls.load(shipped(DEFAULT, "encoder") if name == "default" else name, precision)


def _scaled(images: Tensor, size: int) -> Tensor:
    """Averaged over areas where that shrinks them, and in between pixels where it enlarges them."""
    if min(images.shape[-2:]) >= size:
        return torch.nn.functional.interpolate(images, size=(size, size), mode="area")
    return torch.nn.functional.interpolate(images, size=(size, size), mode="bilinear", antialias=True)


def _check(images: Any) -> None:
    kind: Any = getattr(images, "dtype", type(images).__name__)
    shape: Any = getattr(images, "shape", ())
    if not isinstance(images, np.ndarray) or kind != np.uint8 or len(shape) != 4 or shape[-1] != 3 or 0 in shape[1:]:
        raise OptionError(
            f"An encoder takes images as uint8 (n, height, width, 3), got {kind} {shape}; one image is image[None]."
        )
