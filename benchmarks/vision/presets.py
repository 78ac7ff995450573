"""How large the benchmarks are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agents.vision.config import Config as LearningConfig
from agents.vision.keypoints.config import KeypointConfig
from agents.vision.pretraining.config import PretrainingConfig
from benchmarks.vision.paper import TASKS
from benchmarks.vision.rows import CATALOGUE, CONTROLS, NETWORKS


@dataclass(frozen=True)
class Preset:
    """How large a benchmark is."""

    tasks: tuple[str, ...] = TASKS
    rows: tuple[str, ...] = (*NETWORKS, *CONTROLS)
    seeds: tuple[int, ...] = (1, 2, 3)
    """Of cloning and of learning; each begins elsewhere, the same for all rows, and draws a random network."""
    redrawn: bool = False
    """Whether each seed pre-trains a network of its own, too; else they share one."""
    demonstrations: int = 25
    """Rollouts of the expert that succeed, for each task."""
    episodes: int = 20
    """Of an evaluation, for each seed."""
    epochs: int = 100
    """Passes over the demonstrations in cloning."""
    size: int = 112
    """Pixels of a picture."""
    precision: str = "float32"
    backgrounds: tuple[int, ...] = (1, 2, 3, 4, 5)
    pretraining: Mapping[str, Any] = field(default_factory=dict)
    """Of stage 1's config, beside its own defaults; likewise below."""
    keypoints: Mapping[str, Any] = field(default_factory=dict)
    learning: Mapping[str, Any] = field(default_factory=dict)
    learned: tuple[str, ...] = ("door", "relocate-mug")
    """Tasks in which reinforcement learning follows."""
    curve_points: int = 6


def _but(changes: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Changes without those that a cell says itself."""
    return {name: value for name, value in changes.items() if name not in names}


_QUICK = ("door", "hammer", "pen", "relocate-mug")

PRESETS = {
    "smoke": Preset(
        ("pen",),
        ("random", "blind"),
        (1,),
        demonstrations=3,
        episodes=2,
        epochs=2,
        size=32,
        backgrounds=(1,),
        pretraining=PretrainingConfig.tiny,
        keypoints=_but(KeypointConfig.tiny, "encoder"),
        learning=_but(LearningConfig.tiny, "env", "encoder", "momentum", "precision", "size"),
        learned=("pen",),
        curve_points=1,
    ),
    "quick": Preset(_QUICK, episodes=15, learning={"steps": 60_000}, curve_points=3),
    "laptop": Preset(demonstrations=50, episodes=40, learning={"steps": 240_000}, curve_points=8),
    "paper": Preset(
        rows=(*NETWORKS, *CATALOGUE, *CONTROLS),
        redrawn=True,
        demonstrations=50,
        episodes=100,
        size=224,
        learning={"steps": 4_000_000},
        learned=TASKS,
        curve_points=20,
    ),
}
"""smoke: does it run. quick: four tasks, three seeds of 15 episodes, some 0.2 million pictures, an hour of a
core with encoders that are there. laptop: twelve tasks, three seeds of 40, a night each. paper: for a GPU, with
those of others."""
