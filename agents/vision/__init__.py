"""Learning from pictures: a representation that knows hands, and policies on its features (H-InDex, 2023).

>>> from agents.vision import Agent, Encoder, Training, configured  # doctest: +SKIP
>>> features = Encoder.named()(images)  # (n, width) of uint8 (n, height, width, 3)  # doctest: +SKIP
>>> folder = Training(configured("dapg", env="HandDoorVisual-v0"), "runs/seen").run()  # doctest: +SKIP
>>> act = Agent.load(folder)  # of what the Visual id observes  # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from agents.common.imports import need
from agents.vision.config import METHODS, Config, configured

if TYPE_CHECKING:
    from agents.vision.agent import Agent
    from agents.vision.encoders.encoder import Encoder
    from agents.vision.observing import FeatureObservation, VectorFeatureObservation
    from agents.vision.training import Training

__all__ = [
    "METHODS",
    "Agent",
    "Config",
    "Encoder",
    "FeatureObservation",
    "Training",
    "VectorFeatureObservation",
    "configured",
]

_WITH_TORCH = {
    "Agent": "agent",
    "Encoder": "encoders.encoder",
    "FeatureObservation": "observing",
    "Training": "training",
    "VectorFeatureObservation": "observing",
}


def __getattr__(name: str) -> Any:
    if name not in _WITH_TORCH:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    need("torch")
    return getattr(importlib.import_module(f"{__name__}.{_WITH_TORCH[name]}"), name)
