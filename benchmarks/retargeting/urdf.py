"""A hand's kinematics as URDF, which other retargeting reads: links, hinges and tips; no shapes, no masses."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as Xml

import numpy as np

from hand_envs.errors import OptionError
from hand_envs.files.atomic import write_text
from hand_envs.poses.retargeting import Kinematics

Array = np.ndarray

ROOT = "palm"
"""The palm's frame, the wrist at the origin."""
TIPS = ("thumb_tip", "fore_tip", "middle_tip", "ring_tip", "little_tip")
_EFFORT, _SPEED = "10", "10"  # N m and rad/s, which the format insists on


def write_urdf(kinematics: Kinematics, path: str | Path) -> Path:
    """Write the fingers, hinge by hinge from the palm; a link is named after the hinge that moves it.

    A hinge's zero is the model's.
    """
    robot = Xml.Element("robot", name=kinematics.hand.name)
    Xml.SubElement(robot, "link", name=ROOT)
    for finger, tip in enumerate(TIPS):
        parent = ROOT
        for name, offset, turn, axis in kinematics.chain(finger):
            if robot.find(f"joint[@name='{name}']") is not None:
                raise OptionError(f"Joint {name!r} moves two fingers, each by itself; a URDF has no place for that.")
            hinge = _joint(robot, name, "revolute", parent, f"{name}_link", offset, turn)
            number = kinematics.joints.index(name)
            low, high = (float(each[number] - kinematics.zero[number]) for each in (kinematics.least, kinematics.most))
            Xml.SubElement(hinge, "axis", xyz=_numbers(axis))
            Xml.SubElement(hinge, "limit", lower=repr(low), upper=repr(high), effort=_EFFORT, velocity=_SPEED)
            parent = f"{name}_link"
        _joint(robot, f"{tip}_fixed", "fixed", parent, tip, kinematics.tip(finger), np.eye(3))
    Xml.indent(robot)
    return write_text(path, Xml.tostring(robot, encoding="unicode") + "\n")


def _joint(
    robot: Xml.Element, name: str, kind: str, parent: str, child: str, offset: Array, turn: Array
) -> Xml.Element:
    Xml.SubElement(robot, "link", name=child)
    joint = Xml.SubElement(robot, "joint", name=name, type=kind)
    Xml.SubElement(joint, "parent", link=parent)
    Xml.SubElement(joint, "child", link=child)
    Xml.SubElement(joint, "origin", xyz=_numbers(offset), rpy=_numbers(_roll_pitch_yaw(turn)))
    return joint


def _roll_pitch_yaw(turn: Array) -> Array:
    """Angles about the fixed axes x, y, z, in that order (rad)."""
    pitch = np.arctan2(-turn[2, 0], np.hypot(turn[0, 0], turn[1, 0]))
    if np.hypot(turn[0, 0], turn[1, 0]) < 1e-9:  # roll and yaw are one then
        return np.array([np.arctan2(-turn[1, 2], turn[1, 1]), pitch, 0.0])
    return np.array([np.arctan2(turn[2, 1], turn[2, 2]), pitch, np.arctan2(turn[1, 0], turn[0, 0])])


def _numbers(values: Array) -> str:
    return " ".join(repr(float(value)) for value in values)
