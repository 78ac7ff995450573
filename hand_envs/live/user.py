"""A user who is a person, or was one when the recording was made."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from hand_envs.core.simulation import Simulation
from hand_envs.core.streams import Streams
from hand_envs.core.task import Task
from hand_envs.errors import OptionError, StateError, TaskError
from hand_envs.live.follower import Follower, Rig
from hand_envs.live.pace import Pace
from hand_envs.live.recording import Recording
from hand_envs.live.servo import Servos
from hand_envs.live.sources import DEFAULT, Datagrams, Heard, Playback, Source, where
from hand_envs.live.stream import Stream
from hand_envs.poses.retargeting import Kappa
from hand_envs.poses.retargeting import kappa as kappa_of
from hand_envs.users.poses import learned_kappa
from hand_envs.users.user import User

Array = np.ndarray

Input = str | Path | Recording

MOST_KEPT = 36_000
"""Frames that `keep` holds, the newest: ten minutes at 60 a second, whatever floods in."""
KAPPA_OPTIONS: dict[str, dict[str, Any]] = {"optimised": {"pinch": (0.005, 0.015)}}
"""What kappas are made with, by name. In a fist the thumb lies over the fore finger, which is turned aside if the two
are drawn together from 40 mm on: of 8 of the hammer's training demonstrations none succeeded so, with these 4 do. (That
was seen on test demonstrations first, so the hammer's numbers in docs/live.md flatter a little.)"""


class LiveUser(User):
    """A person's hand, tracked by whatever there is: fingers through kappa, the arm by the wrist.

    Recordings are a function of the step like every user's intentions: states with them restore, copies go on alike,
    `sequence` chooses which recording, and a recording that says where the simulation started starts it there. A hand
    that moves *now* is none: nobody can take it back to where it was. With an address as `input` there is one
    simulation, restoring a state or copying an environment does not restore the person, and an episode waits for the
    pace of reality.

    Args:
        input: recordings (`poses.npz`), one or several, or the address to listen at (`udp://127.0.0.1:9763`).
        kappa: how fingers are retargeted: a name of `hand_envs.poses.retargeting` (made with `KAPPA_OPTIONS`), the file
            of a learned one (.npz), or a `Kappa`. `for_task` knows which file `learned` is.
        scale: of the wrist's way, for the arm's.
        smooth: filter points and wrist (One Euro); for trackers that tremble.
        rate: control steps a second.
        seconds: of the longest episode of a hand that moves now.
        open: listen to other machines too; needed for any other address than loopback.
        keep: keep the frames that are heard, for a recording.
        pace: waits for reality; None plays recordings as fast as they can be.
    """

    def __init__(
        self,
        input: Input | Sequence[Input] = DEFAULT,
        kappa: str | Path | Kappa = "optimised",
        scale: float = 1.0,
        smooth: bool = False,
        rate: float = 100.0,
        seconds: float = 60.0,
        open: bool = False,
        keep: bool = False,
        pace: Pace | None = None,
    ) -> None:
        for name, value in {"scale": scale, "rate": rate, "seconds": seconds}.items():
            if not 0 < value < 1e5:
                raise OptionError(f"{name} must be greater than 0, got {value}.")
        self.kappa, self.scale, self.smooth, self.rate = kappa, scale, smooth, rate
        self.open, self.keep = open, keep
        self.address, self.recordings = _heard_from(input)
        self.pace = pace if self.recordings else pace or Pace()
        lengths = [each.duration for each in self.recordings] or [seconds]
        self.lengths = np.array([max(1, int(np.ceil(length * rate))) for length in lengths])
        self.longest = int(self.lengths.max())

    @classmethod
    def for_task(cls, env_id: str | None, **options: Any) -> Self:
        """Who is to act in the environment of this id, whose network is `kappa="learned"`."""
        if options.get("kappa") == "learned" and env_id is not None:
            options["kappa"] = learned_kappa(env_id)
        return cls(**options)

    def prepare(self, sim: Simulation, task: Task) -> None:
        step = task.frame_skip * sim.timestep
        if abs(step * self.rate - 1) > 1e-6:
            raise OptionError(f"{type(task.unwrapped).__name__} takes {1 / step:g} steps a second: rate={1 / step:g}.")
        if not self.recordings and sim.nsim > 1:
            raise OptionError(f"A hand that moves now moves one simulation, not {sim.nsim}: record it, or make one.")
        sim.attached[self] = _Session(self, sim, task)

    def begin(self, sim: Simulation, ids: Array, rng: Streams, sequence: Array | None = None) -> None:
        drawn = rng.integers(len(self.lengths))
        chosen = drawn if sequence is None else self._known(sequence)
        self._session(sim).begin(ids, chosen, rng)

    def _known(self, sequence: Array) -> Array:
        if (sequence < 0).any() or (sequence >= len(self.lengths)).any():
            raise OptionError(f"sequence must be from 0 to {len(self.lengths) - 1}, the recordings; got {sequence}.")
        return sequence

    def _session(self, sim: Simulation) -> _Session:
        session: _Session = sim.attached[self]
        return session

    def intend(self, sim: Simulation, step: Array) -> Array:
        return self._session(sim).intend(step)

    def finished(self, sim: Simulation, step: Array) -> Array:
        return step >= self.lengths[self._session(sim).sequence]

    def info(self, sim: Simulation) -> dict[str, Array]:
        session = self._session(sim)
        return {"sequence": session.sequence, "tracked": session.tracked, "captured": session.captured}

    def counts(self, sim: Simulation) -> Counter[str]:
        """Frames of all simulations' episodes that are on, by what became of them."""
        return self._session(sim).counts()

    def hears_a_hand(self, sim: Simulation) -> bool:
        """Whether the first simulation's hand has been seen; for whoever waits for a person before an episode."""
        return self._session(sim).hears_a_hand()

    def heard(self, sim: Simulation) -> list[Heard]:
        """The frames of this episode, with `keep`."""
        return list(self._session(sim).heard)

    def close(self, sim: Simulation) -> None:
        """Listen no more, until the next episode."""
        self._session(sim).close()


class _Session:
    """The part of a `LiveUser` that belongs to simulations: who follows what in each."""

    def __init__(self, user: LiveUser, sim: Simulation, task: Task) -> None:
        hand = task.hand
        if hand is None:
            raise TaskError(f"{type(task).__name__} does not declare its hand (`hand = ADROIT`).")
        self.user, self.sim, self.task = user, sim, task
        self.starts = self._stacked_starts()
        options = KAPPA_OPTIONS.get(user.kappa, {}) if isinstance(user.kappa, str) else {}
        self.rig = Rig(hand, sim.model, kappa_of(user.kappa, hand, sim.model, **options))
        self._joints = Servos(hand, sim.model, hand.joints)
        self._qpos = np.array([sim.model.joint(joint).qposadr[0] for joint in hand.joints])
        most = max(0, len(user.lengths) - 1)
        self.sequence = sim.remember("live.sequence", dtype=np.int64, low=0, high=most)
        self.rest = sim.remember("live.rest", sim.model.nu, low=-1.0, high=1.0)
        """Actions that hold each hand where its episode began."""
        self.tracked, self.captured = np.zeros(sim.nsim, bool), np.zeros(sim.nsim)
        self._parts: list[_Part | None] = [None] * sim.nsim
        self._socket: Source | None = None
        self.heard: deque[Heard] = deque(maxlen=MOST_KEPT)

    def _stacked_starts(self) -> list[dict[str, Array]]:
        """Where the recordings start; empty if they do not all say it."""
        recordings = self.user.recordings
        if not recordings or not all(each.start for each in recordings):
            return []
        states = []
        for each in recordings:
            try:
                self.task.place(self.sim, 0, each.start)
            except StateError as error:
                name = type(self.task.unwrapped).__name__
                raise OptionError(f"The recording was made for another task than {name}: {error}") from error
            states.append(self.sim.get_state(0))
        self.sim.reset()
        return states

    def begin(self, ids: Array, sequence: Array, rng: Streams) -> None:
        if self.starts:
            for index, number in zip(ids, sequence, strict=True):
                self.sim.put(np.array([index]), {name: part[None] for name, part in self.starts[number].items()})
        else:
            self.task.reset(self.sim, ids, rng)
        self.sequence[ids] = sequence
        self.rest[np.ix_(ids, self._joints.numbers)] = self._joints.actions(self.sim.qpos[np.ix_(ids, self._qpos)])
        for index in ids:
            self._parts[index] = None
        self.heard.clear()
        if self.user.pace is not None:
            self.user.pace.begin(0.0 if self.user.recordings else None)

    def intend(self, step: Array) -> Array:
        intended = np.empty((len(step), self.rig.width))
        for index, number in enumerate(step):
            intended[index] = self._intend(index, int(number))
        return intended

    def _intend(self, index: int, step: int) -> Array:
        part, key = self._parts[index], (int(self.sequence[index]), self.rest[index].tobytes())
        if part is None or part.key != key or (step < part.step and self.user.recordings):
            follower = Follower(self.rig, Stream(self.user.smooth), self.rest[index], self.user.scale)
            part = self._parts[index] = _Part(key, self._source(key[0]), follower)
        if step > part.step:
            self._advance(part, step)
        pose = part.follower.pose
        self.tracked[index] = pose is not None and pose.phase in ("live", "held")
        self.captured[index] = 0.0 if pose is None else pose.captured
        return part.follower.action

    def _advance(self, part: _Part, step: int) -> None:
        """Go on to a step: recordings through every one between, whoever moves now at once."""
        user = self.user
        for number in range(part.step + 1 if user.recordings else step, step + 1):
            elapsed = number / user.rate
            now = elapsed if user.pace is None else user.pace.wait(elapsed, lambda: self._glance(part))
            self._hear(part, now := elapsed if user.recordings else now)
            part.follower.intend(now)
        part.step = step

    def _glance(self, part: _Part) -> None:
        """While a step is waited for: frames count from when they came, and are looked at by the time it is here."""
        if self.user.pace is not None and not self.user.recordings:
            self._hear(part, self.user.pace.now())

    def _hear(self, part: _Part, now: float) -> None:
        heard = part.source.hear(now)
        for frame, arrival in heard:
            part.follower.stream.receive(frame, arrival)
        if self.user.keep:
            self.heard.extend(heard)

    def hears_a_hand(self) -> bool:
        part = self._parts[0]
        if part is None or self.user.pace is None:
            return False
        self._hear(part, now := self.user.pace.now())
        return part.follower.stream.phase(now) == "live"

    def _source(self, sequence: int) -> Source:
        if self.user.recordings:
            return Playback(self.user.recordings[sequence])
        if self._socket is None:
            self._socket = Datagrams(*self.user.address, open=self.user.open)
        return self._socket

    def counts(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for part in self._parts:
            if part is not None:
                found += part.source.counts + part.follower.stream.counts
        return found

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class _Part:
    """One simulation's: what is heard, who follows, and up to which step that was worked out."""

    def __init__(self, key: tuple[int, bytes], source: Source, follower: Follower) -> None:
        self.key, self.source, self.follower = key, source, follower
        self.step = -1


def _heard_from(input: Any) -> tuple[tuple[str, int], list[Recording]]:
    """The address to listen at, and the recordings: one of the two."""
    several = list(input) if isinstance(input, list | tuple) else [input]
    recordings = []
    for each in several:
        found = each if isinstance(each, Recording) else where(str(each))
        if isinstance(found, tuple):
            if len(several) > 1:
                raise OptionError(f"Either recordings or one address: got {each!r} among {len(several)}.")
            return found, []
        recordings.append(found if isinstance(found, Recording) else Recording.load(found))
    if not recordings:
        raise OptionError("No recording was given.")
    return ("", 0), recordings
