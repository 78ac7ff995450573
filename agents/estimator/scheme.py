"""The data generation scheme (algorithm 2 of Garcia-Hernando et al.): images of hands that could have done what was
demonstrated, and what an estimator makes of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hand_envs.core.simulation import Simulation
from hand_envs.datasets.demonstrations import Demonstrations
from hand_envs.datasets.pose_sequences import PoseSequences
from hand_envs.errors import OptionError
from hand_envs.poses.conventions import BASES
from hand_envs.poses.frames import aligned, azimuth_elevation, normalised, view_direction
from hand_envs.poses.retargeting.learned import BELOW
from hand_envs.poses.retrieval import PosePool
from hand_envs.registry import task_of
from hand_envs.users import DemonstrationUser
from hand_envs.users.script import Script

Array = np.ndarray

Points = Callable[[Array], Array]
"""The true points of the images of these numbers, (n, 21, 3) in the camera's frame (m)."""
See = Callable[[Array], tuple[Array, Array]]
"""What an estimator makes of the images of these numbers: points (n, 21, 3), features (n, width)."""


@dataclass(frozen=True)
class Scheme:
    """How images are found for what was demonstrated.

    Attributes:
        variants: sequences for each demonstration. The first has the nearest image each step.
        among: the others have one of so many nearest images.
        hold: for so many steps they keep the rank of the image that they take.
        reach: how far the camera's azimuth and elevation may be from what is asked for (degrees).
        seed: of the ranks.
    """

    variants: int = 6
    among: int = 16
    hold: int = 10
    reach: float = 10.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("variants", "among", "hold"):
            if getattr(self, name) < 1:
                raise OptionError(f"{name} must be at least 1, got {getattr(self, name)}.")
        if not 0 < self.reach <= 180:
            raise OptionError(f"reach must be degrees above 0, to 180, got {self.reach}.")

    def frames(
        self, pool: PosePool, shown: Array, watch: Callable[[], None] = lambda: None, camera: Array | None = None
    ) -> Array:
        """Numbers of images for hands shown in the world's frame (m), (demonstrations, variants, steps).

        The camera stands below them, unless it is said where.
        """
        numbers = np.empty((len(shown), self.variants, shown.shape[1]), np.int64)
        camera = camera_below(shown) if camera is None else camera
        for index, hands in enumerate(shown):
            near = np.stack(list(nearest(pool, hands, camera, self.among, np.deg2rad(self.reach))))
            for variant in range(self.variants):
                numbers[index, variant] = near[np.arange(len(near)), self._ranks(index, variant, len(near))]
            watch()
        return numbers

    def _ranks(self, index: int, variant: int, steps: int) -> Array:
        """Which of the nearest images is taken in each step."""
        if variant == 0:
            return np.zeros(steps, np.int64)
        generator = np.random.default_rng((self.seed, index, variant))
        return np.repeat(generator.integers(self.among, size=steps // self.hold + 1), self.hold)[:steps]


def nearest(pool: PosePool, hands: Array, camera: Array, k: int, reach: float) -> Iterator[Array]:
    """Numbers of the k images nearest to each hand."""
    angles, poses = azimuth_elevation(view_direction(hands, camera)), normalised(hands)[:, 1:].reshape(-1, 60)
    for (azimuth, elevation), pose in zip(angles, poses, strict=True):
        yield pool.nearest(azimuth, elevation, pose, k, reach)[0]


def camera_below(shown: Array) -> Array:
    """Where the camera stands, in the world's frame (m): it looks up at the hand from the ground."""
    camera: Array = shown[..., BASES, :].reshape(-1, 3).mean(axis=0) - (0.0, 0.0, BELOW)
    return camera


def shown_hands(env_id: str, demonstrations: Demonstrations) -> Array:
    """The hand's 21 points after each step of each demonstration (z_t, m), (demonstrations, steps, 21, 3)."""
    task: Any = task_of(env_id)
    user = DemonstrationUser(demonstrations)
    sim = Simulation(task.scene(), 1, 1, task.variations.values())
    task.prepare(sim)
    poses: Array = Script(user, sim, task).poses[:, 1:]
    return poses


def generate(
    env_id: str,
    demonstrations: Demonstrations,
    splits: Array,
    pool: PosePool,
    points: Points,
    see: See | None,
    scheme: Scheme = Scheme(),
    features: bool = False,
    notes: Mapping[str, Any] | None = None,
    watch: Callable[[], None] = lambda: None,
    below: int | None = None,
) -> PoseSequences:
    """Pose sequences of demonstrations.

    Args:
        env_id: the environment.
        demonstrations: what is done in it.
        splits: the number in `pose_sequences.SPLITS` of each.
        pool: where images are found.
        points: the true hands of images.
        see: the estimator on images; without one there are only true poses.
        scheme: how many, and how they are found.
        features: keep phi, which makes a large file.
        notes: what else to write down.
        watch: is called after each demonstration.
        below: the camera stands below the hands of so many of them, the first; None for all.
    """
    shown = shown_hands(env_id, demonstrations)
    numbers = scheme.frames(pool, shown, watch, camera_below(shown[:below]))
    images, frames = np.unique(numbers, return_inverse=True)
    found, phi = {"gt": points(images)}, None
    if see is not None:
        found["est"], phi = see(images)
    return PoseSequences(
        env_id,
        found,
        frames.reshape(numbers.shape),
        np.asarray(splits),
        phi if features else None,
        images,
        {**(notes or {}), "images": len(images), **described(found, frames.reshape(numbers.shape))},
    )


def described(points: dict[str, Array], frames: Array) -> dict[str, float]:
    """The estimator's mean error over all steps, and how far the hand moves from step to step (mm)."""
    notes = {}
    for kind, found in points.items():
        shape = aligned(found)[frames]
        notes[f"{kind}_step_mm"] = round(1e3 * float(np.linalg.norm(np.diff(shape, axis=2), axis=-1).mean()), 3)
    if "est" in points:
        error = np.linalg.norm(points["est"] - points["gt"], axis=-1).mean(axis=-1)
        notes["error_mm"] = round(1e3 * float(error[frames].mean()), 3)
    return notes
