"""Kappa in closed form: each bend of the human hand is a bend of the robot's."""

from __future__ import annotations

import mujoco
import numpy as np

from hand_envs.core.hand import Hand
from hand_envs.poses.retargeting.hinges import Bend, TwoHinges, cross, turned
from hand_envs.poses.retargeting.kappa import Array, Kappa, Memory
from hand_envs.poses.retargeting.kinematics import Kinematics

_TINY = 1e-9
_MOVED = 0.2  # of what a joint moves most: what it moves less, it turns about
_ONE_SIDED = 0.25  # of a joint's range on its smaller side, as a share of the larger


class Closed(Kappa):
    """The angle mapping of Antotsiou et al. (2018), for any chain of hinges; no iterations, no history.

    What each joint does is found from the hand's kinematics. Of the joints between two segments of a finger, the one
    most parallel to the finger's last joint bends them as far as the human's are bent. The last two joints before the
    first segment turn the finger until its last knuckle (the DIP joint, the thumb's IP) lies in the human's
    direction from its base; two hinges do so exactly, where they can. All others stay at rest: a little finger's
    metacarpal, a thumb's sideways joint, the wrist.

    Its quirks, some of them the original's:
    - Bends count, not places: fingertips are where the robot's own lengths put them, and no pinch closes by itself.
    - A joint that bends to one side only takes any bend as one to that side, also a finger's that is bent backwards.
    - A finger that points straight out of the palm says nothing of its spread, which goes over to rest by then.
    - Tips are noisy: `coupled=True` bends a finger's last joint at least half as far as the one before it, and the
      thumb's two last joints alike, as the original does.

    Args:
        hand: the robot's.
        model: with that hand in it.
        coupled: see above.
    """

    def __init__(self, hand: Hand, model: mujoco.MjModel, coupled: bool = False) -> None:
        super().__init__(hand, model)
        self.coupled = coupled
        kin = self.kinematics
        zero = kin.forward(kin.zero[None])
        axes = zero.axes[0]
        self._links = np.diff(zero.fingers[0], axis=1)
        segments = self._links / np.linalg.norm(self._links, axis=-1, keepdims=True)
        first, bends = _roles(self._groups(), axes, kin.used)
        self._first, self._bends = _Places(kin, first), _Places(kin, bends)
        directing, bending = self._first.of(axes), self._bends.of(axes)
        self._direct = TwoHinges(directing[:, 0], directing[:, 1])
        self._bend = Bend(bending, segments[:, :2], segments[:, 1:])
        self._axes, self._turning = bending, directing
        low, high = self._bends.low, self._bends.high
        self._side = np.where(low + high >= 0.0, 1.0, -1.0)
        self._two_sided = np.minimum(-low, high) > _ONE_SIDED * np.maximum(-low, high)

    def _groups(self) -> Array:
        """Which segment of its finger each joint turns, (5, depth): 0 to 2, or -1 where it moves the base."""
        kin = self.kinematics
        somewhere = kin.least + (kin.most - kin.least) * 0.37
        moved = np.linalg.norm(kin.jacobian(kin.forward(somewhere[None]))[0], axis=2)  # (5, 4, joints)
        moved = np.take_along_axis(moved, kin.columns[:, None], axis=2)
        moved = moved > _MOVED * moved.max(axis=1, keepdims=True)
        return np.where(kin.used, moved.argmax(axis=1) - 1, -2)

    def _angles(self, hands: Array, points: Array, memory: Memory) -> Array:
        fingers = hands[:, 1:].reshape(-1, 5, 4, 3)
        segments = _directions(np.diff(fingers, axis=2))
        bends = self._bent(segments)
        if self.coupled:
            bends = self._coupled(bends)
        carried = self._links[:, 0] + turned(self._axes[:, 0], bends[..., 0], self._links[:, 1])
        directed = self._direct(
            carried, _directions(fingers[:, :, 2] - fingers[:, :, 0]), self._first.low, self._first.high
        )
        angles = np.tile(self.kinematics.rest, (len(hands), 1))
        self._first.put(angles, directed)
        self._bends.put(angles, bends)
        return np.clip(angles, self.kinematics.least, self.kinematics.most)

    def _bent(self, segments: Array) -> Array:
        """The angles of the bending joints, (n, 5, 2)."""
        cosine = np.vecdot(segments[:, :, :2], segments[:, :, 1:])
        straight = np.broadcast_to(self._links[:, 0], (len(segments), 5, 3))
        directed = self._direct.exact(straight, segments[:, :, 0], self._first.low, self._first.high)
        return self._bend(cosine, np.where(self._two_sided, self._sides(segments, directed), self._side))

    def _sides(self, segments: Array, directed: Array) -> Array:
        """Whether the human's bends are about the robot's axes: 1, -1, or between where they are about others."""
        normals = cross(segments[:, :, :2], segments[:, :, 1:])
        normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), _TINY)
        axes = turned(self._turning[:, None, 1], directed[..., None, 1], self._axes)
        return np.vecdot(turned(self._turning[:, None, 0], directed[..., None, 0], axes), normals)

    def _coupled(self, bends: Array) -> Array:
        bends = bends * self._side
        last = np.maximum(bends[:, 1:, 1], 0.5 * bends[:, 1:, 0])
        fingers = np.stack([bends[:, 1:, 0], last], axis=2)
        thumb = np.repeat(bends[:, :1, 1:], 2, axis=2)
        return np.concatenate([thumb, fingers], axis=1) * self._side


def _directions(vectors: Array) -> Array:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), _TINY)


class _Places:
    """Two joints of each finger, by their places in its chain, (5, 2); -1 where there is none."""

    def __init__(self, kinematics: Kinematics, places: Array) -> None:
        self._finger, self._there = np.arange(5)[:, None], places >= 0
        self._places, self._columns = places, kinematics.columns[self._finger, places]
        self._zero = kinematics.zero[self._columns]
        self.low = (kinematics.least - kinematics.zero)[self._columns]
        self.high = (kinematics.most - kinematics.zero)[self._columns]

    def of(self, axes: Array) -> Array:
        """Their axes, (5, 2, 3)."""
        return axes[self._finger, self._places] * self._there[..., None]

    def put(self, angles: Array, values: Array) -> None:
        """Write their angles, (n, 5, 2), where they belong in those of all joints."""
        angles[:, self._columns[self._there]] = (values + self._zero)[:, self._there]


def _roles(groups: Array, axes: Array, used: Array) -> tuple[Array, Array]:
    """Places in the chains of the two joints that direct a finger, and of the two that bend it."""
    first, bends = np.full((5, 2), -1), np.full((5, 2), -1)
    for finger, group in enumerate(groups):
        if not used[finger].any():  # the hand does not have it
            continue
        last = axes[finger, np.flatnonzero(used[finger])[-1]]
        directing = np.flatnonzero(group == 0)[-2:]
        first[finger, : len(directing)] = directing
        for number in (1, 2):
            there = np.flatnonzero(group == number)
            if len(there):
                bends[finger, number - 1] = there[np.abs(axes[finger, there] @ last).argmax()]
    return first, bends
