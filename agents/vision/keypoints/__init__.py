"""Stage 2: an encoder is adapted to a task's pictures by self-supervised keypoints.

`python -m agents.vision.keypoints --env HandDoorVisual-v0` does it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from agents.common.imports import need
from agents.vision.keypoints.config import KeypointConfig

if TYPE_CHECKING:
    from agents.vision.keypoints.detector import KeypointDetector
    from agents.vision.keypoints.overlay import overlaid

__all__ = ["KeypointConfig", "KeypointDetector", "overlaid"]

_WITH_TORCH = {"KeypointDetector": "detector", "overlaid": "overlay"}


def __getattr__(name: str) -> Any:
    if name not in _WITH_TORCH:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    need("torch")
    return getattr(importlib.import_module(f"{__name__}.{_WITH_TORCH[name]}"), name)
