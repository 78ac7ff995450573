"""What the parts of a hand's profile may not say of each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from hand_envs.errors import DatasetError, choices
from hand_envs.hands.limiter import ARM
from hand_envs.hands.profile_parts import FINGERS, Finger, Joint, Motor

if TYPE_CHECKING:
    from hand_envs.hands.profile import HandProfile

_SLACK = 1e-3  # rad
_FULL_TURN = 6.2832  # rad
_PRESENT = ("index", "thumb")  # without which nothing is held


def check(profile: HandProfile) -> None:
    """That the parts fit together."""
    _check_names(profile)
    if not profile.palm.boxes:
        raise DatasetError("`palm.boxes` is empty; a palm has one at least.")
    for finger in profile.fingers:
        _check_finger(finger, [joint for joint in profile.joints if joint.finger == finger.name])
    for number, motor in enumerate(profile.motors):
        _check_motor(f"motors[{number}]", motor, [joint for joint in profile.joints if joint.motor == motor.name])


def _check_names(profile: HandProfile) -> None:
    motors = [motor.name for motor in profile.motors]
    joints = [joint.name for joint in profile.joints]
    for key, rows in (("motors", motors), ("joints", joints)):
        for number, name in enumerate(rows):
            if name in ARM:
                raise DatasetError(f"`{key}[{number}].name` is {name!r}, which is the arm's; call it something else.")
    for key, values in (("motors.name", motors), ("motors.id", [motor.id for motor in profile.motors])):
        _expect_once(key, values)
    _expect_once("joints.name", joints)
    for number, joint in enumerate(profile.joints):
        if joint.motor not in motors:
            raise DatasetError(f"`joints[{number}].motor` names no motor: {choices(joint.motor, motors)}")
    for number, name in enumerate(motors):
        if name not in {joint.motor for joint in profile.joints}:
            raise DatasetError(
                f"`motors[{number}]` ({name}) moves no joint; name it in a row of `joints`, or remove it."
            )
    order = [FINGERS.index(joint.finger) for joint in profile.joints]
    if order != sorted(order):
        raise DatasetError(f"`joints` are not in the order of the fingers; list them so: {', '.join(FINGERS)}.")


def _expect_once(key: str, values: Iterable[object]) -> None:
    for value, count in Counter(values).items():
        if count > 1:
            raise DatasetError(f"`{key}` has {value!r} {count} times; give each its own.")


def _check_finger(finger: Finger, joints: list[Joint]) -> None:
    key = f"finger.{finger.name}"
    along, across = np.array(finger.points), np.array(finger.bends)
    if abs(along @ along - 1.0) > 0.01 or abs(across @ across - 1.0) > 0.01 or abs(along @ across) > 0.01:
        raise DatasetError(
            f"`{key}.points` and `{key}.bends` are {finger.points} and {finger.bends}; two directions of length 1 at a "
            "right angle were expected."
        )
    if finger.absent and (joints or finger.name in _PRESENT):
        raise DatasetError(
            f"`{key}.absent` is true, but it has joints; take these away, or `absent`."
            if joints
            else f"`{key}.absent` is true; a hand has index and thumb."
        )
    if finger.absent:
        return
    if finger.radii[2] > 0.5 * finger.links[2]:
        raise DatasetError(
            f"`{key}.radii` ends with {finger.radii[2]:g} m, more than half the last of `{key}.links` "
            f"({finger.links[2]:g} m); make the tip thinner or longer."
        )
    links = [joint.link for joint in joints]
    if links != sorted(links) or set(links) != {0, 1, 2}:
        raise DatasetError(
            f"`joints` of the {finger.name} carry the links {links}; from the palm to the tip, each of 0, 1 and 2 has "
            "one joint at least."
        )


def _check_motor(key: str, motor: Motor, joints: list[Joint]) -> None:
    for joint in joints:
        if joint.low > joint.ratio * motor.low + _SLACK or joint.high < joint.ratio * motor.high - _SLACK:
            raise DatasetError(
                f"`{key}.range` ({motor.low:g} to {motor.high:g}) takes {joint.name} to {joint.ratio * motor.low:g} "
                f"and {joint.ratio * motor.high:g}, beyond its own range ({joint.low:g} to {joint.high:g}); narrow the "
                "first or widen the second."
            )
        if (len(joints) > 1 or motor.pulls) and joint.stiffness == 0.0:
            raise DatasetError(
                f"`joints.stiffness` of {joint.name} is 0, but "
                + ("its motor can only pull" if motor.pulls else "it shares its motor")
                + "; give it a spring."
            )
    shaft = sorted(motor.zero + motor.sign * end for end in (motor.low, motor.high))
    if shaft[0] < -_SLACK or shaft[1] > _FULL_TURN:
        raise DatasetError(
            f"`{key}.range` takes the shaft from {shaft[0]:.3g} to {shaft[1]:.3g} rad; a servo knows its place from 0 "
            "to 6.283 only: change `zero` or `range`."
        )
