"""What words are to a network: which there are, or what CLIP makes of them where a user has it."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from agents.common.imports import need
from hand_envs.errors import OptionError, choices

Array = np.ndarray

ENCODERS = ("words", "clip")
_BINS = 256
_LETTERS = re.compile(r"[a-z]+")
_DROPPED = frozenset({"a", "an", "the", "of", "to", "with", "on"})


class TextEncoder(Protocol):
    """Numbers for words."""

    size: int

    def __call__(self, texts: Sequence[str]) -> Array:
        """(n, size) float32."""
        ...


class BagOfWords:
    """Which words there are, each in one of 256 bins by its hash; of length 1. The network learns what they mean."""

    size = _BINS

    def __call__(self, texts: Sequence[str]) -> Array:
        """See `TextEncoder`."""
        bags = np.zeros((len(texts), _BINS), np.float32)
        for bag, text in zip(bags, texts, strict=True):
            for word in set(_LETTERS.findall(text.lower())) - _DROPPED:
                bag[zlib.crc32(word.encode()) % _BINS] = 1.0
        return bags / np.maximum(np.linalg.norm(bags, axis=1, keepdims=True), 1e-6)


class Clip:
    """CLIP's text encoder (512 numbers), by transformers, with weights that the user has: nothing is downloaded.

    Args:
        weights: the model's name in the user's cache, or a folder.
    """

    size = 512

    def __init__(self, weights: str = "openai/clip-vit-base-patch32") -> None:
        transformers = need("transformers")
        try:
            self._tokenizer = transformers.AutoTokenizer.from_pretrained(weights, local_files_only=True)
            self._model = transformers.CLIPTextModelWithProjection.from_pretrained(weights, local_files_only=True)
        except (OSError, ValueError) as error:
            raise OptionError(
                f"CLIP's weights {weights!r} are not on this machine. Fetch them once with `hf download {weights}`, or "
                "use the words that come with the suite: --text words."
            ) from error

    def __call__(self, texts: Sequence[str]) -> Array:
        """See `TextEncoder`."""
        torch: Any = need("torch")
        with torch.inference_mode():
            found = self._model(**self._tokenizer(list(texts), padding=True, return_tensors="pt")).text_embeds
        made: Array = torch.nn.functional.normalize(found, dim=-1).numpy().astype(np.float32)
        return made


def encoder(name: str) -> TextEncoder:
    """`words` or `clip`."""
    if name not in ENCODERS:
        raise OptionError(f"Unknown text encoder: {choices(name, ENCODERS)}")
    return Clip() if name == "clip" else BagOfWords()
