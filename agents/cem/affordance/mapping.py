"""A person's hand on a robot's: joint for joint by anatomy, whatever hand a profile tells of; nothing is optimised.

A finger's spread goes to its side joint, its first bend to the one that bends at the knuckle, PIP to PIP and DIP to DIP
(DEFT's mapping); motors follow through the profile's coupling. The thumb's root has no such joints in common: where its
bone points decides, out of the palm (side) and towards the fingers (bend), seen from an open hand.
"""

from __future__ import annotations

import numpy as np

from hand_envs.hands.profile import HandProfile
from hand_envs.poses.wrists import palm_axes

Array = np.ndarray

_FINGERS = ("index", "middle", "ring", "little")
_THUMB_AHEAD = 0.5
"""rad that the thumb's first bone points ahead of the side in an open hand, where robots' thumbs are at 0."""
_ROBOT = np.array([[0.0, 0.0, -1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
"""A robot's axes in the human palm's: x along the fingers, y to the thumb, z out of the back."""


def motors_of(angles: Array, profile: HandProfile) -> Array:
    """Motor angles (motors,) of a robot hand that does as a human hand with these 22 angles."""
    human = joints_of(angles)
    wanted = [human[joint.finger, joint.link, joint.turns] for joint in profile.joints]
    return profile.clip(profile.motor_angles(np.array(wanted)))


def joints_of(angles: Array) -> dict[tuple[str, int, str], float]:
    """By finger, link and what it turns ("side" or "bend"), the angles (rad) of joints that robot hands have too."""
    out, lift = angles[1:3]
    along = np.array([np.sin(lift), np.cos(lift) * np.sin(out), np.cos(lift) * np.cos(out)])
    found = {
        ("thumb", 0, "side"): np.arctan2(along[0], along[1]),
        ("thumb", 0, "bend"): np.arcsin(along[2]) - _THUMB_AHEAD,
        ("thumb", 1, "bend"): angles[4],
        ("thumb", 2, "bend"): angles[5],
    }
    for name, (spread, *bends) in zip(_FINGERS, angles[6:].reshape(4, 4), strict=True):
        found[name, 0, "side"] = spread
        found |= {(name, link, "bend"): bend for link, bend in enumerate(bends)}
    return {key: float(value) for key, value in found.items()}


def palm_of(wrist: Array) -> Array:
    """The palm's axes, as columns, for MANO's wrist (..., 3, 3) in the same frame."""
    palm: Array = wrist @ palm_axes("mano", "right")
    return palm


def robot_wrist(palm: Array) -> Array:
    """The turn (3, 3) of a robot's wrist from palm down and fingers along x, for a human palm's axes in the world."""
    turn: Array = palm @ _ROBOT
    return turn
