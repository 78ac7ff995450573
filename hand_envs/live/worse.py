"""Recordings as bad as a live stream: frames that come late or not at all, a hand that trembles, a bias that drifts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hand_envs.errors import OptionError
from hand_envs.live.recording import Recording

Array = np.ndarray

DRIFT_EVERY = 0.5  # s between the knots of a drift


@dataclass(frozen=True)
class Worse:
    """What goes wrong on the way from a hand to a robot.

    Args:
        late: s between which each frame's delay is drawn; a frame may overtake another.
        lost: share of the frames that never come.
        gaps: how often in a second tracking is lost altogether, on average.
        gap: s between which each such loss lasts.
        trembling: m, standard deviation of each point in each frame.
        drift: m, standard deviation of an error of all of a finger's points that changes slowly.
        wrist_drift: m: the same of where the wrist is.
    """

    late: tuple[float, float] = (0.03, 0.06)
    lost: float = 0.05
    gaps: float = 0.0
    gap: tuple[float, float] = (0.05, 0.15)
    trembling: float = 1e-3
    drift: float = 3e-3
    wrist_drift: float = 5e-3

    def __post_init__(self) -> None:
        if not (0 <= self.late[0] <= self.late[1] <= 10 and 0 <= self.lost < 1 and 0 <= self.gaps <= 10):
            raise OptionError(
                f"Delays must rise from 0 s, lost be a share below 1 and gaps at most 10 a second: {self}."
            )

    def __call__(self, recording: Recording, seed: int = 0) -> Recording:
        """The same movement, seen by a worse tracker over a worse network."""
        random = np.random.default_rng(seed)
        times, n = recording.times, len(recording)
        points = recording.points + self.trembling * random.normal(size=recording.points.shape)
        points[:, 1:] += np.repeat(_drift(random, times, self.drift, 5), 4, axis=1)
        wrist = recording.wrist.copy()
        wrist[:, :3] += _drift(random, times, self.wrist_drift, 1)[:, 0]
        tracked = recording.tracked & ~self._gaps(random, times)
        kept = random.uniform(size=n) >= self.lost
        kept[0] = True  # the movement begins where it began
        late = replace(
            recording,
            points=points,
            wrist=wrist,
            tracked=tracked,
            arrivals=recording.arrivals + random.uniform(*self.late, n),
        )
        return chosen(late, kept)

    def _gaps(self, random: np.random.Generator, times: Array) -> Array:
        """The frames in which there is no hand."""
        duration = times[-1] - times[0]
        begins = times[0] + random.uniform(0, duration, random.poisson(self.gaps * duration))
        ends = begins + random.uniform(*self.gap, len(begins))
        found: Array = ((times[:, None] >= begins) & (times[:, None] < ends)).any(axis=1)
        return found


def _drift(random: np.random.Generator, times: Array, size: float, count: int) -> Array:
    """Errors (T, count, 3) on straight lines between draws, 0 at the beginning."""
    knots = int(np.ceil((times[-1] - times[0]) / DRIFT_EVERY)) + 2
    drawn = size * random.normal(size=(knots, count * 3))
    drawn[0] = 0.0
    at = (times - times[0]) / DRIFT_EVERY
    before = at.astype(int)
    share = (at - before)[:, None]
    return ((1 - share) * drawn[before] + share * drawn[before + 1]).reshape(-1, count, 3)


def chosen(recording: Recording, which: Array | slice) -> Recording:
    """Some of the frames of a recording."""
    names = ("times", "points", "wrist", "tracked", "engaged", "arrivals")
    return replace(recording, **{name: getattr(recording, name)[which] for name in names})
