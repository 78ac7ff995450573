"""What features are asked for: what the state tells of hand and object, in degrees and mm."""

from __future__ import annotations

import numpy as np

from hand_envs.registry import entry
from hand_envs.replay.play import make_env

Array = np.ndarray

HAND, PLACE, OBJECT = "hand", "place", "object"
_FINGERS = 24
"""The last angles of every hand: the wrist's two and the fingers'."""
_IN_PLACE = {"pen": ("pen",), "hammer": ("hammer", "palm")}
"""Parts whose place is asked for, less those it is told from; elsewhere the part that begins with `palm_to_`."""
_NOT_SEEN = ("hand", "palm", "impact")
"""Of the hand, or of no picture; and velocities are not either."""


def targets(env_id: str, states: Array) -> dict[str, Array]:
    """Of states (n, width): the hand's angles (degrees), the object's place (mm), and all that is told of it."""
    env = make_env(env_id)
    parts = {name: states[:, where] for name, where in env.observation_layout.items()}
    env.close()
    name = entry(env_id).name
    if name in _IN_PLACE:
        first, *less = (parts[each] for each in _IN_PLACE[name])
        place = first - sum(less)
    else:
        place = next(values for part, values in parts.items() if part.startswith("palm_to_"))
    told = [values for part, values in parts.items() if part not in _NOT_SEEN and not part.endswith("_velocity")]
    return {
        HAND: np.degrees(parts["hand"][:, -_FINGERS:]),
        PLACE: 1e3 * place,
        OBJECT: np.concatenate(told, axis=1),
    }
