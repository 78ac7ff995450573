"""A stream that was kept: `poses.npz`.

| array | shape | |
|---|---|---|
| times | (T,) | when each frame was captured (s), rising |
| points | (T, 21, 3) | canonical points (m); NaN where a joint was not seen |
| wrist | (T, 7) | position (m) and quaternion w x y z; NaN where it was not known |
| tracked | (T,) | whether there was a hand at all; by default it was |
| engaged | (T,) | the clutch; by default it was |
| arrivals | (T,) | when each frame arrived (s), by the same clock; by default when it was captured |
| left | () | whether it is a left hand; by default it is not |
| start.* | | where the simulation started, as `reset(options={"state": ...})` takes it; none for anywhere |
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from hand_envs.errors import DatasetError
from hand_envs.files.atomic import replacing
from hand_envs.files.reading import read_npz, reading
from hand_envs.live.packet import FARTHEST, Frame

Array = np.ndarray

_MOST_BYTES = 2**28
_LONGEST = 24 * 3600.0  # s


@dataclass(frozen=True)
class Recording:
    """Frames of a hand, and where the simulation started that they are for."""

    times: Array
    points: Array
    wrist: Array
    tracked: Array
    engaged: Array
    arrivals: Array
    left: bool = False
    start: Mapping[str, Array] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.times)

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the arrival of the last."""
        return float(max(self.arrivals.max(), self.times[-1]) - self.times[0])

    def frames(self) -> Iterator[Frame]:
        """Its frames as they were captured, the first at 0 s."""
        known = np.isfinite(self.wrist).all(axis=1)
        wrist = np.where(known[:, None], self.wrist, (0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0))
        seen = np.isfinite(self.points).all(axis=2).any(axis=1)
        for number, time in enumerate(self.times - self.times[0]):
            yield Frame(
                points=self.points[number],
                wrist=wrist[number],
                time=float(time),
                sequence=number,
                side="left" if self.left else "right",
                tracked=bool(self.tracked[number] and seen[number]),
                wrist_known=bool(known[number]),
                engaged=bool(self.engaged[number]),
            )

    def save(self, path: str | Path) -> Path:
        """Write it to an .npz file: whole or not at all."""
        path = Path(path)
        if path.suffix != ".npz":
            raise DatasetError(f"A recording is written to a .npz file, got {str(path)!r}.")
        parts = {name: getattr(self, name) for name in _PARTS}
        parts |= {f"start.{name}": value for name, value in self.start.items()}
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as beside:
            np.savez(beside, left=np.array(self.left), **parts)
        return path

    @classmethod
    def load(cls, path: str | Path) -> Recording:
        """Read a file that may be anybody's."""
        path = Path(path)
        with reading(path):
            parts = read_npz(path, _MOST_BYTES, most_arrays=100)
            start = {name.removeprefix("start."): parts.pop(name) for name in list(parts) if name.startswith("start.")}
            left = bool(parts.pop("left", np.array(False)).any())
            return recording(**_expected(parts), left=left, start=start)

    @classmethod
    def of(cls, frames: Iterable[tuple[Frame, float]]) -> Recording:
        """What was heard: frames and when each arrived (s), by the receiver's clock; the sender's is set to it.

        Frames by another clock than most are left out, such as those of a sender that was started anew.
        """
        first_heard: dict[float, tuple[Frame, float]] = {}
        for frame, arrival in frames:
            first_heard.setdefault(frame.time, (frame.canonical(), arrival))  # a doubled one, as it came first
        if not first_heard:
            raise DatasetError("Nothing was heard, so there is nothing to keep: did the sender reach this address?")
        heard = [first_heard[time] for time in sorted(first_heard)]
        usual = np.median([arrival - frame.time for frame, arrival in heard])
        heard = [each for each in heard if abs(each[1] - each[0].time - usual) <= _CLOCK_OFF]
        offset = min(arrival - frame.time for frame, arrival in heard)
        began = heard[0][0].time + offset
        unknown = np.full(7, np.nan)
        return recording(
            times=np.array([frame.time + offset - began for frame, _ in heard]),
            points=np.stack([frame.points for frame, _ in heard]),
            wrist=np.stack([frame.wrist if frame.wrist_known else unknown for frame, _ in heard]),
            tracked=np.array([frame.seen for frame, _ in heard]),
            engaged=np.array([frame.engaged for frame, _ in heard]),
            arrivals=np.array([arrival - began for _, arrival in heard]),
        )


_CLOCK_OFF = 10.0  # s
_PARTS = ("times", "points", "wrist", "tracked", "engaged", "arrivals")


def _expected(parts: dict[str, Array]) -> dict[str, Array]:
    missing = {"times", "points"} - parts.keys()
    if missing or not parts.keys() <= set(_PARTS):
        raise DatasetError(
            f"Expected the arrays times and points, and if need be {', '.join(_PARTS[2:])}, left and start.*; got "
            f"{', '.join(sorted(parts)) or 'none'}."
        )
    return parts


def recording(
    times: Array,
    points: Array,
    wrist: Array | None = None,
    tracked: Array | None = None,
    engaged: Array | None = None,
    arrivals: Array | None = None,
    left: bool = False,
    start: Mapping[str, Array] | None = None,
) -> Recording:
    """A recording of these arrays, looked at; what is left out is as the table above says."""
    n = len(times) if np.ndim(times) == 1 else 0
    given = {
        "times": times,
        "points": points,
        "wrist": np.full((n, 7), np.nan) if wrist is None else wrist,
        "tracked": np.ones(n, bool) if tracked is None else tracked,
        "engaged": np.ones(n, bool) if engaged is None else engaged,
        "arrivals": times if arrivals is None else arrivals,
    }
    shapes = {"points": (n, 21, 3), "wrist": (n, 7)}
    for name, value in given.items():
        if n == 0 or np.shape(value) != shapes.get(name, (n,)):
            raise DatasetError(f"{name} must have shape {shapes.get(name, ('T',))}, T > 0; got {np.shape(value)}.")
        given[name] = np.asarray(value, bool if name in ("tracked", "engaged") else np.float64)
    _check_times(given["times"], given["arrivals"])
    if (np.abs(given["points"]) > FARTHEST).any() or (np.abs(given["wrist"]) > FARTHEST).any():
        raise DatasetError(f"A coordinate is beyond {FARTHEST} m: points and wrist are in metres.")
    given["wrist"] = _turns(given["wrist"])
    return Recording(**given, left=left, start=dict(start or {}))


def _turns(wrist: Array) -> Array:
    """Wrists with quaternions of length 1, if they are nearly that."""
    lengths = np.linalg.norm(wrist[:, 3:], axis=1, keepdims=True)
    known = np.isfinite(wrist).all(axis=1)
    if (np.abs(lengths[known] - 1) > 0.05).any():
        raise DatasetError(
            "wrist must have unit quaternions w x y z behind its positions, or NaN where it is not known."
        )
    return np.concatenate([wrist[:, :3], wrist[:, 3:] / np.where(known[:, None], lengths, 1.0)], axis=1)


def _check_times(times: Array, arrivals: Array) -> None:
    if not np.isfinite([times, arrivals]).all() or (np.diff(times) <= 0).any():
        raise DatasetError("times must be finite and rise from frame to frame, and arrivals be finite.")
    if times[-1] - times[0] > _LONGEST or (np.abs(arrivals - times) > _LONGEST).any():
        raise DatasetError(f"It takes {times[-1] - times[0]:g} s; at most {_LONGEST:g} are read. times are in seconds.")
