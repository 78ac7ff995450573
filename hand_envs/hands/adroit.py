"""The Adroit hand: a Shadow hand of 24 joints, as in the DAPG tasks."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import mujoco

from hand_envs.core.hand import Hand
from hand_envs.errors import MissingDependencyError
from hand_envs.hands.scenery import Point, furnish

ADROIT = Hand(
    name="adroit",
    wrist=("WRJ1", "WRJ0"),
    fingers=tuple(
        f"{finger}J{joint}"
        for finger, count in (("FF", 4), ("MF", 4), ("RF", 4), ("LF", 5), ("TH", 5))
        for joint in reversed(range(count))
    ),
    fingertips=("S_fftip", "S_mftip", "S_rftip", "S_lftip", "S_thtip"),
    palm="S_grasp",
    root="forearm",
    actuator_prefix="A_",
    bones=(
        ("wrist",),
        ("thproximal", "thmiddle", "thdistal"),
        *((f"{finger}proximal", f"{finger}middle", f"{finger}distal") for finger in ("ff", "mf", "rf", "lf")),
    ),
)

FLYING_ARM = ("ARTx", "ARTy", "ARTz", "ARRx", "ARRy", "ARRz")
"""Joints of a hand that moves freely: three translations and three rotations."""

_WRIST_GAIN, _FINGER_GAIN = 10.0, 1.0  # N m/rad; what DAPG sets after loading, over the values in the files


def adroit_scene(file: str, eye: Point, at: Point) -> mujoco.MjSpec:
    """The scene `file` of gymnasium-robotics' Adroit assets, with DAPG's actuator gains and every geom named.

    A camera `overview` looks from `eye` at `at` (m), under a sky.
    """
    spec = mujoco.MjSpec.from_file(str(_assets() / file))
    for joints, gain in ((ADROIT.wrist, _WRIST_GAIN), (ADROIT.fingers, _FINGER_GAIN)):
        for joint in joints:
            actuator = spec.actuator(ADROIT.actuator_prefix + joint)
            actuator.gainprm[:3] = gain, 0.0, 0.0
            actuator.biasprm[:3] = 0.0, -gain, 0.0
    for body in spec.bodies:
        for number, geom in enumerate(body.geoms):
            geom.name = geom.name or f"{body.name}_geom{number}"
    furnish(spec, eye, at)
    return spec


def _assets() -> Path:
    """Found without importing the package, which would register its own environments and print notices."""
    found = importlib.util.find_spec("gymnasium_robotics")
    if found is None or not found.submodule_search_locations:
        raise MissingDependencyError(
            "The Adroit hand comes from the gymnasium-robotics package: pip install 'gymnasium-robotics>=1.4'"
        )
    return Path(found.submodule_search_locations[0]) / "envs" / "assets" / "adroit_hand"
