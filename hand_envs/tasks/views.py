"""From where H-InDex looks at its twelve tasks."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

PAPER_CAMERAS: Mapping[str, str] = MappingProxyType(
    {
        "HandHammer-v0": "top",
        "HandDoor-v0": "top",
        "HandPen-v0": "vil_camera",
        "HandRelocateFoamBrick-v0": "frontview",
        "HandRelocateLargeClamp-v0": "frontview",
        "HandRelocateMug-v0": "backview",
        "HandRelocateMustardBottle-v0": "backview",
        "HandRelocatePottedMeatCan-v0": "backview",
        "HandRelocateSugarBox-v0": "sideview",
        "HandRelocateTomatoSoupCan-v0": "backview",
        "HandPour-v0": "backview",
        "HandPlaceInside-v0": "backview",
    }
)
"""The camera of each task in reinforcement learning, by the plain id. All nine of DexMV are seen from the back in its
second stage."""
