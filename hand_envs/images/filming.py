"""A depth camera before one hand and what it holds: whole frames, or the hand cut out of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hand_envs.errors import OptionError
from hand_envs.images.cropping import SR300, Crop, Intrinsics, normalised_depth, windows
from hand_envs.images.renderers import Renderers
from hand_envs.images.sensor import Sensor
from hand_envs.images.views import Look, before
from hand_envs.objects.shape import Shape
from hand_envs.poses.human import HumanShape

Array = np.ndarray

_HEIGHT, _WIDTH = 480, 640


class HandCamera:
    """Depth frames of a hand and the things it holds, as F-PHAB has them: nothing else is seen.

    >>> camera = HandCamera([Shape("carton", (Piece("box", (0.035, 0.035, 0.1)),), 0.5)])  # doctest: +SKIP
    >>> depth, _ = camera.frames(subject(3), points, poses[:, None], seed=[7, 2])  # doctest: +SKIP

    Args:
        things: that may be in a picture.
        intrinsics: of the camera.
        sensor: its errors; None for exact depth.
        slices: of which round things are drawn; more are rounder and slower.
    """

    def __init__(
        self,
        things: Sequence[Shape] = (),
        intrinsics: Intrinsics = SR300,
        sensor: Sensor | None = Sensor(),  # noqa: B008 (it is frozen)
        slices: int = 16,
    ) -> None:
        self.intrinsics, self.sensor = intrinsics, sensor
        self._renderers = Renderers(slices, things)

    def frames(
        self,
        person: HumanShape,
        points: Array,
        poses: Array | None = None,
        *,
        seed: int | Sequence[int] = 0,
        forearms: Array | None = None,
        looks: Sequence[Look] | None = None,
    ) -> tuple[Array, Array | None]:
        """Depth (n, 480, 640), uint16 mm, 0 where nothing is; with `looks` colour, uint8, too.

        Args:
            person: whose hand it is.
            points: (n, 21, 3) in the camera's frame (m).
            poses: (n, things, 4, 4) likewise, see `HandRenderer.draw`; None for an empty hand.
            seed: of the sensor's errors, other ones in every frame.
            forearms: (n, 3) from wrist to elbow in the palm's frame; by default straight back.
            looks: how each frame is lit and coloured.
        """
        seen = np.broadcast_to(self.intrinsics.window(_WIDTH, _HEIGHT), (len(points), 4))
        renderer = self._renderers.of(_WIDTH, _HEIGHT)
        depth, colour = renderer.draw([person] * len(points), points, seen, forearms=forearms, looks=looks, poses=poses)
        if colour is not None and looks is not None:
            colour = before(colour, depth, looks)
        return np.rint(self._sensed(depth, seed) * 1000).astype(np.uint16), colour

    def crop(
        self,
        person: HumanShape,
        points: Array,
        poses: Array | None = None,
        *,
        centre: Array,
        cube: float = 0.25,
        size: int = 128,
        seed: int | Sequence[int] = 0,
        forearms: Array | None = None,
    ) -> Crop:
        """The cubes about `centre` (n, 3) (m), as estimators take them, without drawing whole frames."""
        renderer = self._renderers.of(size, size)
        depth, _ = renderer.draw([person] * len(points), points, windows(centre, cube), forearms=forearms, poses=poses)
        return Crop(normalised_depth(self._sensed(depth, seed), centre, cube), points, centre, cube)

    def _sensed(self, depth: Array, seed: int | Sequence[int]) -> Array:
        if self.sensor is None:
            return depth
        seeds = [seed] if isinstance(seed, int) else list(seed)
        if min(seeds, default=0) < 0:
            raise OptionError(f"A seed is a whole number from 0 on, or several, got {seed!r}.")
        generators = (np.random.default_rng([*seeds, frame]) for frame in range(len(depth)))
        return np.stack([self.sensor(frame, generator) for frame, generator in zip(depth, generators, strict=True)])

    def close(self) -> None:
        """Give back this thread's GL contexts; they are made again when needed."""
        self._renderers.close()
