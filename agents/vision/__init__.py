"""Learning from pictures: a representation that knows hands, and policies on its features (H-InDex, 2023).

>>> from agents.vision import Encoder  # doctest: +SKIP
>>> features = Encoder.named()(images)  # (n, width) of uint8 (n, height, width, 3)  # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from agents.common.imports import need

if TYPE_CHECKING:
    from agents.vision.encoders.encoder import Encoder
    from agents.vision.observing import FeatureObservation, VectorFeatureObservation

__all__ = ["Encoder", "FeatureObservation", "VectorFeatureObservation"]

_WITH_TORCH = {
    "Encoder": "encoders.encoder",
    "FeatureObservation": "observing",
    "VectorFeatureObservation": "observing",
}


def __getattr__(name: str) -> Any:
    if name not in _WITH_TORCH:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    need("torch")
    return getattr(importlib.import_module(f"{__name__}.{_WITH_TORCH[name]}"), name)
