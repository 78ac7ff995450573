"""Made images of hands, with exact labels: a set of any size is a seed, and any of its images can be asked for."""

from __future__ import annotations

import functools
import itertools
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from hand_envs.errors import OptionError, choices
from hand_envs.images.cropping import SR300, Crop, Intrinsics, normalised_depth, windows
from hand_envs.images.grasping import HANDLED, THINGS
from hand_envs.images.posing import BLOCK, Placing, Poses, hand_of, posed
from hand_envs.images.renderers import Renderers
from hand_envs.images.sensor import Sensor
from hand_envs.images.views import Look, before, checked, look, tone
from hand_envs.poses.human import HumanShape

Array = np.ndarray

_LOOK, _SENSOR, _POSE = 0x6C6F6F6B, 0x73656E73, 0x706F7365


class Picture(NamedTuple):
    """Whole pictures of hands."""

    depth: Array
    """(n, height, width) uint16 mm, 0 where nothing is."""
    colour: Array
    """(n, height, width, 3) uint8."""
    points: Array
    """(n, 21, 3) in the camera's frame (m)."""
    intrinsics: Intrinsics


class HandImages:
    """An endless set of hand images: `images[[3, 1000000]]` are the same crops whoever asks, and in whichever order.

    Everything about image i follows from `seed`, `subjects` and i: whose hand it is, its pose, its view, the
    sensor's errors. Pictures are drawn when asked for, in the thread that asks.

    Args:
        seed: of the set.
        subjects: seeds of the people whose hands these are, see `hand_envs.poses.human.subject`.
        size: of a crop in pixels.
        cube: side of the cube that a crop shows (m).
        view: from where hands are seen, a name of `hand_envs.images.views.VIEWS`.
        roll: how far the camera is turned about its axis at most (rad).
        distance: nearest and farthest from the camera (m).
        handled: what hands hold, a name of `hand_envs.images.grasping.HANDLED`.
        painted: things have any colour, another in each picture; else each has its own.
        centre_noise: standard deviation of a crop's centre about the middle knuckle, each axis (m).
        sensor: the camera's errors; None for exact depth.
        slices: of which round things are drawn; more are rounder and slower.
    """

    def __init__(
        self,
        seed: int = 0,
        subjects: Sequence[int] = tuple(range(10)),
        *,
        size: int = 128,
        cube: float = 0.25,
        view: str = "sphere",
        roll: float = np.pi,
        distance: tuple[float, float] = (0.35, 0.85),
        handled: str = "nothing",
        painted: bool = False,
        centre_noise: float = 0.005,
        sensor: Sensor | None = Sensor(),  # noqa: B008 (it is frozen)
        slices: int = 8,
    ) -> None:
        if not len(subjects):
            raise OptionError("Hand images need at least one subject: HandImages(subjects=[0]).")
        if not 0.2 <= distance[0] <= distance[1] <= 2.5:
            raise OptionError(f"A hand is 0.2-2.5 m from the camera, nearest first, got {distance}.")
        self.seed, self.subjects, self.size, self.cube = seed, tuple(subjects), size, cube
        if handled not in HANDLED:
            raise OptionError(f"Unknown things to hold: {choices(handled, HANDLED)}")
        self.view, self.roll, self.distance, self.handled = checked(view), roll, distance, handled
        self.painted, self.centre_noise, self.sensor, self.slices = painted, centre_noise, sensor, slices
        self._start()

    def __getstate__(self) -> dict[str, Any]:
        """All but what belongs to a thread or can be worked out again: copies go to other processes."""
        return {name: value for name, value in self.__dict__.items() if not name.startswith("_")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._start()

    def _start(self) -> None:
        self._renderers = Renderers(self.slices, () if self.handled == "nothing" else THINGS)
        self._block = functools.lru_cache(maxsize=64)(self._pose)

    def shape(self, person: int) -> HumanShape:
        """The hand of a subject."""
        return hand_of(person)

    def poses(self, indices: Sequence[int] | Array) -> Poses:
        """Labels of these images; nothing is drawn."""
        indices = self._checked(indices)
        blocks, rows = np.divmod(indices, BLOCK)
        found = [self._block(int(block)) for block in blocks]
        return Poses(
            *(
                np.stack([part[row] for part, row in zip(parts, rows, strict=True)])
                for parts in zip(*found, strict=True)
            )
        )

    def __getitem__(self, indices: Sequence[int] | Array) -> Crop:
        """These images, cut out, depth alone."""
        return self.crop(indices)

    def crop(self, indices: Sequence[int] | Array, colour: bool = False) -> Crop:
        """These images, cut out."""
        indices = self._checked(indices)
        poses = self.poses(indices)
        depth, seen = self._draw(indices, poses, windows(poses.centre, self.cube), (self.size, self.size), colour)
        return Crop(normalised_depth(depth, poses.centre, self.cube), poses.points, poses.centre, self.cube, seen)

    def crops(
        self, batch: int, start: int = 0, stop: int | None = None, threads: int = 1, colour: bool = False
    ) -> Iterator[Crop]:
        """Batches of images from number `start` on, for ever or up to `stop`; to resume, start where it stopped.

        More threads draw ahead; the batches are the same.
        """
        begins = itertools.count(start, batch) if stop is None else range(start, stop, batch)
        ranges = (range(begin, begin + batch if stop is None else min(stop, begin + batch)) for begin in begins)
        draw = functools.partial(self.crop, colour=colour)
        if threads <= 1:
            yield from map(draw, ranges)
            return
        with ThreadPoolExecutor(threads) as pool:
            ahead = deque(pool.submit(draw, each) for each in itertools.islice(ranges, threads + 1))
            while ahead:
                done = ahead.popleft().result()
                ahead.extend(pool.submit(draw, each) for each in itertools.islice(ranges, 1))
                yield done

    def pictures(
        self, indices: Sequence[int] | Array, intrinsics: Intrinsics = SR300, width: int = 640, height: int = 480
    ) -> Picture:
        """The same hands in whole pictures, depth and colour."""
        indices = self._checked(indices)
        poses = self.poses(indices)
        seen = np.broadcast_to(intrinsics.window(width, height), (len(indices), 4))
        depth, colour = self._draw(indices, poses, seen, (width, height), colour=True)
        assert colour is not None
        return Picture(np.rint(depth * 1000).astype(np.uint16), colour, poses.points, intrinsics)

    def _draw(
        self, indices: Array, poses: Poses, seen: Array, size: tuple[int, int], colour: bool
    ) -> tuple[Array, Array | None]:
        """Depth as the sensor gives it (m), and colour before a background."""
        people = [int(person) for person in poses.people]
        looks = [self.look(int(at), person) for at, person in zip(indices, people, strict=True)] if colour else None
        depth, drawn = self._renderers.of(*size).draw(
            [hand_of(person) for person in people],
            poses.points,
            seen,
            forearms=poses.forearms,
            looks=looks,
            poses=poses.things,
        )
        if drawn is not None and looks is not None:
            drawn = before(drawn, depth, looks)
        return self._sensed(depth, indices), drawn

    def look(self, index: int, person: int) -> Look:
        """The colours and the light of an image."""
        generator = self._generator(index, _LOOK)
        found = look(generator, tone(person))
        return found._replace(things=generator.uniform(0.05, 0.95, (len(THINGS), 3))) if self.painted else found

    def _sensed(self, depth: Array, indices: Array) -> Array:
        if self.sensor is None:
            return depth
        sensed = np.empty_like(depth)
        for row, index in enumerate(indices):
            sensed[row] = self.sensor(depth[row], self._generator(int(index), _SENSOR))
        return sensed

    def _pose(self, block: int) -> Poses:
        """Images BLOCK * block, ..., posed together."""
        how = Placing(self.view, self.roll, self.distance, self.centre_noise, self.handled)
        return posed(self._generator(block, _POSE), self.subjects, how)

    def _generator(self, number: int, what_for: int) -> np.random.Generator:
        """The set's own: with the same seed, other subjects do other things."""
        return np.random.default_rng([self.seed, number, what_for, *self.subjects])

    def _checked(self, indices: Sequence[int] | Array) -> Array:
        numbers = np.asarray(indices)
        if numbers.ndim != 1 or (numbers.size and (numbers.dtype.kind not in "iu" or numbers.min() < 0)):
            raise OptionError(f"Images are asked for by a list of whole numbers from 0 on, got {indices!r}.")
        return numbers.astype(np.int64)

    def close(self) -> None:
        """Give back this thread's GL contexts; they are made again when needed."""
        self._renderers.close()
