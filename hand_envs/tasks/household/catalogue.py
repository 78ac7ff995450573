"""The objects to learn with, and others to be tested with; and where either may stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hand_envs.errors import OptionError, choices
from hand_envs.tasks.household.objects import Chest, Spoon, Vessel

SPLITS = ("train", "test")

_RED, _BLUE, _GREEN, _YELLOW = (0.78, 0.16, 0.14), (0.16, 0.30, 0.75), (0.20, 0.55, 0.25), (0.93, 0.75, 0.15)
_WOOD, _STEEL, _WHITE = (0.72, 0.52, 0.32), (0.62, 0.64, 0.68), (0.92, 0.92, 0.90)

Choice = Mapping[str, Mapping[str, Vessel | Spoon | Chest]]
"""Objects by name, for each split."""

CUPS: Choice = {
    "train": {
        "red_cup": Vessel(0.032, 0.15, 0.14, _RED),
        "yellow_beaker": Vessel(0.029, 0.155, 0.12, _YELLOW, flare=0.004),
    },
    "test": {
        "blue_cup": Vessel(0.035, 0.145, 0.15, _BLUE),
        "green_tumbler": Vessel(0.029, 0.16, 0.12, _GREEN, flare=0.008),
    },
}
CHESTS: Choice = {
    "train": {
        "wooden_chest": Chest((0.27, 0.20, 0.080), (0.10, 0.006, 0.055, 0.050), 3.0, 0.4, _WOOD, (0.80, 0.62, 0.42)),
        "white_chest": Chest((0.28, 0.22, 0.085), (0.12, 0.007, 0.058, 0.054), 3.5, 0.5, _WHITE, (0.8, 0.8, 0.85), 1.5),
    },
    "test": {
        "blue_chest": Chest((0.26, 0.18, 0.090), (0.09, 0.008, 0.056, 0.056), 3.0, 0.4, _BLUE, (0.55, 0.65, 0.85)),
        "green_chest": Chest((0.28, 0.24, 0.075), (0.13, 0.005, 0.060, 0.046), 3.5, 0.5, _GREEN, _WHITE, 1.5),
    },
}
SPOONS: Choice = {
    "train": {
        "wooden_spoon": Spoon(0.16, 0.012, (0.060, 0.050, 0.022), 0.35, 0.06, _WOOD),
        "yellow_ladle": Spoon(0.15, 0.013, (0.065, 0.060, 0.030), 0.40, 0.07, _YELLOW),
    },
    "test": {
        "steel_ladle": Spoon(0.17, 0.011, (0.070, 0.065, 0.026), 0.38, 0.09, _STEEL),
        "green_spoon": Spoon(0.15, 0.014, (0.062, 0.046, 0.026), 0.32, 0.06, _GREEN),
    },
}
LADLES: Choice = {
    "train": {
        "wooden_stirrer": Spoon(0.19, 0.012, (0.045, 0.040, 0.022), 1.0, 0.10, _WOOD),
        "yellow_stirrer": Spoon(0.18, 0.013, (0.050, 0.045, 0.026), 0.95, 0.11, _YELLOW),
    },
    "test": {
        "steel_stirrer": Spoon(0.20, 0.011, (0.046, 0.046, 0.024), 1.05, 0.12, _STEEL),
        "green_stirrer": Spoon(0.18, 0.014, (0.048, 0.038, 0.024), 0.9, 0.09, _GREEN),
    },
}
SCOOPS: Choice = {
    "train": {
        "wooden_scoop": Spoon(0.18, 0.012, (0.050, 0.056, 0.022), 0.95, 0.10, _WOOD, open=True),
        "yellow_scoop": Spoon(0.17, 0.013, (0.055, 0.060, 0.026), 0.90, 0.11, _YELLOW, open=True),
    },
    "test": {
        "steel_scoop": Spoon(0.19, 0.011, (0.052, 0.060, 0.024), 1.0, 0.12, _STEEL, open=True),
        "green_scoop": Spoon(0.17, 0.014, (0.050, 0.052, 0.024), 0.85, 0.09, _GREEN, open=True),
    },
}


@dataclass(frozen=True)
class Place:
    """How far from where a task has its things they are put, together: x and y in m, yaw in rad."""

    low: tuple[float, float, float]
    high: tuple[float, float, float]


PLACES: Mapping[str, Place] = {
    "train": Place((-0.03, -0.05, -0.15), (0.03, 0.02, 0.15)),
    "test": Place((-0.02, 0.02, -0.25), (0.05, 0.06, 0.25)),
}
"""Those of the test lie beside those of training, and things are turned farther."""


def choose(objects: Choice, split: str, name: str | None) -> tuple[str, Vessel | Spoon | Chest]:
    """The object of that name, of whichever split, and its name; the split's first if there is no name."""
    if name is None:
        return next(iter(objects[split].items()))
    every = {name: thing for of_split in objects.values() for name, thing in of_split.items()}
    if not isinstance(name, str) or name not in every:
        raise OptionError(f"There is no such object: {choices(name, every)}")
    return name, every[name]
