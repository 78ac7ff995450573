"""An encoder: pictures in, features out."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from agents.common import checkpoints
from agents.common.imports import need
from agents.vision.batchnorm import MovingBatchNorms, follow
from agents.vision.encoders.architectures import build, check_variances, in_bfloat16
from agents.vision.encoders.catalogue import CATALOGUE, anybodys
from agents.vision.encoders.config import ARCHITECTURES, HUGGING_FACE, PRECISIONS, EncoderConfig
from agents.vision.encoders.hugging_face import from_hugging_face
from agents.vision.encoders.vit import fitted
from agents.vision.encoders.weights import load_published
from hand_envs.errors import DatasetError, OptionError, choices
from hand_envs.files.reading import reading
from hand_envs.files.shipped import shipped_or_none

torch: Any = need("torch")
Array = np.ndarray
Tensor = Any
DEFAULT = "agents/encoder"


class Encoder:
    """Images to features, frozen; every encoder has its own size and preprocessing.

    Args:
        config: its architecture and preprocessing.
        network: with its weights, taken over: it is frozen, and converted to `precision`.
        precision: `float32`, or `bfloat16`, which takes half the time and changes features by a few hundredths of their
            spread at most. Normalisations are in float32 either way.

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
        self.as_published = False
        """Whether statistics follow as in the published code, unless `follow` is told otherwise."""
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

    def follow(self, momentum: float, as_published: bool | None = None) -> MovingBatchNorms:
        """Have the statistics of its normalisations follow what it sees (`agents.vision.batchnorm`)."""
        self.moving = follow(self.network, momentum, self.as_published if as_published is None else as_published)
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
        if self.config.architecture not in ARCHITECTURES:
            raise OptionError(
                f"{self.name} is not saved: its weights lie where transformers keeps them. Name it again."
            )
        weights = {name: value.cpu() for name, value in checkpoints.full(self.network.state_dict()).items()}
        parts = {"config.json": self.config.as_data(), "weights.pt": checkpoints.halved(weights), "card.json": card}
        return checkpoints.write(Path(folder), parts)

    @classmethod
    def load(cls, folder: str | Path, precision: str = "float32", size: int | None = None) -> Self:
        """The encoder in a folder, to see pictures of its own size or another; nothing in it is run."""
        folder = Path(folder)
        data = checkpoints.read(folder, "config.json")
        with reading(folder / "config.json"):
            config = EncoderConfig.from_data(data)
        if size is not None:
            config = replace(config, size=size)
        stored = checkpoints.read(folder, "weights.pt")
        network = build(config)
        with reading(folder / "weights.pt"):
            checkpoints.load_weights(network, fitted(checkpoints.full(stored), config.size))
            check_variances(network)
        return cls(config, network, precision)

    @classmethod
    def named(
        cls,
        name: str = "default",
        *,
        weights: str | Path | None = None,
        size: int | None = None,
        precision: str = "float32",
        seed: int = 0,
        as_published: bool = False,
    ) -> Self:
        """An encoder by name.

        Args:
            name: `default`, the one that comes with the suite; `random`, a ResNet-18 of random weights; one of the
                `catalogue`, whose file the user has; an architecture, with a file of one's own; `hf:owner/name` for
                transformers, if installed; or a folder that `save` wrote.
            weights: the file, for names of the catalogue and architectures.
            size: of the pictures that it sees (pixels), if not its own.
            precision: as in making one.
            seed: of random weights.
            as_published: have `follow` do what the published code does.
        """
        if weights is not None and name not in CATALOGUE and name not in ARCHITECTURES:
            raise OptionError(
                f"weights are a file for one of {', '.join([*CATALOGUE, *ARCHITECTURES])}, not for {name}."
            )
        made = cls._named(name, weights, size, precision, seed)
        made.as_published = as_published
        return made

    @classmethod
    def _named(cls, name: str, weights: Any, size: int | None, precision: str, seed: int) -> Self:
        if name == "default":
            return cls.load(_default(), precision, size)
        if name == "random":
            config = EncoderConfig() if size is None else EncoderConfig(size=size)
            return cls(config, build(config, seed), precision)
        if name.startswith(HUGGING_FACE):
            return cls(*from_hugging_face(name.removeprefix(HUGGING_FACE), size), precision)
        if name in CATALOGUE or weights is not None:
            row = CATALOGUE.get(name) or anybodys(name)
            config = row.config(size)
            return cls(config, load_published(config, Path(weights) if weights else row.found()), precision)
        if Path(name).is_dir():
            return cls.load(name, precision, size)
        known = ["default", "random", *CATALOGUE, *(f"{each} with weights=" for each in ARCHITECTURES), "hf:owner/name"]
        raise OptionError(f"Unknown encoder, and no folder: {choices(name, known)}")


def _default() -> Path:
    """The folder of the encoder that comes with the suite."""
    found = shipped_or_none(DEFAULT)
    if found is None:
        raise DatasetError(
            "No encoder comes with this version of the suite. Train one in half an hour (python -m "
            "agents.vision.pretraining --labels 3d) and name its folder (--encoder RUN/encoder), or say random."
        )
    return found


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
