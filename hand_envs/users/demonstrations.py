"""Users who do what was demonstrated, with an unsteady hand."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np

from hand_envs.core.simulation import Simulation
from hand_envs.core.streams import Streams
from hand_envs.core.task import Task
from hand_envs.datasets.demonstrations import Demonstrations
from hand_envs.errors import DatasetError, OptionError, choices
from hand_envs.users.user import User

Array = np.ndarray

SPLITS = {"all": slice(None), "train": slice(0, None, 2), "test": slice(1, None, 2)}
"""Which demonstrations a split takes: even ones train, odd ones test."""

_DRIFT_STEPS = 50
_RETREAT_FROM = 0.65, 0.85  # of the demonstration is done when its user goes back
_RETREAT_STEPS = 40, 90
_RETREAT_SPEED = 0.1, 0.4  # of the demonstration's own

_SEQUENCE, _SEED = "user.sequence", "user.seed"


class DemonstrationUser(User):
    """Replays demonstrations from their initial states, with Gaussian noise on every actuator and step.

    Which demonstration, and how unsteady the hand is in the whole episode, are drawn from the simulation's own
    generator when the episode begins, so they do not depend on what is done in it.

    Noise is what the published tables are about. `drift`, `tempo` and `shift` are for training: they make users who err
    in the ways that people differ, so that a few demonstrations stand for many.

    Args:
        demonstrations: what to do.
        noise: standard deviation sigma of the noise in normalised action units, where actions are from -1 to 1.
        split: `train` (even demonstrations), `test` (odd ones) or `all`.
        drift: standard deviation of an error that changes slowly, drawn anew every half second for each actuator and
            between these on a straight line, in the same units.
        tempo: how unevenly the demonstration is done: its speed is drawn from [1 - tempo, 1 + tempo] every half second,
            and changes on a straight line. Beyond 1, the user goes back a little at times.
        shift: the task's movable things stand up to so far (m), in x, y and z alike or each its own, from where they
            stood in the demonstration.
        retreat: share of the episodes in which the user has second thoughts: with most of it done the hand slowly goes
            back the way it came, and ends there.
    """

    def __init__(
        self,
        demonstrations: Demonstrations,
        noise: float = 0.0,
        split: str = "all",
        drift: float = 0.0,
        tempo: float = 0.0,
        shift: float | Sequence[float] = 0.0,
        retreat: float = 0.0,
    ) -> None:
        if split not in SPLITS:
            raise OptionError(f"Unknown split: {choices(split, SPLITS)}")
        if not 0 <= retreat <= 1:
            raise OptionError(f"retreat must be a share of the episodes from 0 to 1, got {retreat}.")
        for name, value in {"noise": noise, "drift": drift}.items():
            if not 0 <= value < np.inf:
                raise OptionError(f"{name} must be a standard deviation of at least 0, got {value}.")
        if not 0 <= tempo <= 2:
            raise OptionError(f"tempo must be a share of the speed from 0 to 2, got {tempo}.")
        self.noise, self.split, self.drift, self.tempo = noise, split, drift, tempo
        self.shift = np.broadcast_to(np.asarray(shift, np.float64), 3).copy()
        self.retreat = retreat
        self.demonstrations = demonstrations[SPLITS[split]]
        if not len(self.demonstrations):
            raise DatasetError(f"The split {split!r} of {len(demonstrations)} demonstrations is empty.")
        self.odds = np.ones(len(self.demonstrations))
        """How often each demonstration is begun, relative to the others."""
        self.lengths = np.array([len(each) for each in self.demonstrations])
        self.longest = self._longest(self.lengths.max())
        self.actions = np.stack([_held(each.actions, self.lengths.max()) for each in self.demonstrations])

    def weights(self, sim: Simulation) -> Array:
        """How often each demonstration is begun, relative to the others; live."""
        return self.odds

    def prepare(self, sim: Simulation, task: Task) -> None:
        if self.actions.shape[2] != sim.model.nu:
            raise DatasetError(
                f"The demonstrations of {self.demonstrations.env_id} have {self.actions.shape[2]} actions a step, "
                f"{type(task).__name__} has {sim.model.nu} actuators."
            )
        self._starts = self._stacked_starts(sim, task)
        sim.remember(_SEQUENCE, dtype=np.int64)
        sim.remember(_SEED, dtype=np.int64)
        self._task = task
        self._places = [each.of(sim) for each in task.variations.values() if each.attribute == "pos"]
        self._drawn = np.full(sim.nsim, -1, np.int64)  # the seeds that what is below was drawn with
        self._error = np.zeros((sim.nsim, self.longest, sim.model.nu))
        self._moment = np.tile(np.arange(self.longest + 1, dtype=np.float64), (sim.nsim, 1))
        self._steps = np.full(sim.nsim, self.longest)
        self._between = _straight_lines(self.longest, _DRIFT_STEPS)

    def _stacked_starts(self, sim: Simulation, task: Task) -> dict[str, Array]:
        """The initial states of all demonstrations, one array a part."""
        states = []
        for episode in self.demonstrations:
            task.place(sim, 0, episode.state)
            states.append(sim.get_state(0))
        sim.reset()
        return {name: np.stack([state[name] for state in states]) for name in states[0]}

    def begin(self, sim: Simulation, ids: Array, rng: Streams, sequence: Array | None = None) -> None:
        drawn = self._drawn_sequences(rng)
        sequence = drawn if sequence is None else self._known(sequence)
        sim.put(ids, {name: part[sequence] for name, part in self._starts.items()})
        sim.memory[_SEQUENCE][ids] = sequence
        sim.memory[_SEED][ids] = rng.integers(2**63 - 1)
        if self.shift.any():
            for place in self._places:
                place[ids] += rng.uniform(-self.shift, self.shift)

    def _drawn_sequences(self, rng: Streams) -> Array:
        if (self.odds == self.odds[0]).all():
            return rng.integers(len(self.odds))
        shares = np.cumsum(self.odds)
        return np.searchsorted(shares[:-1], rng.uniform(0.0, shares[-1]), side="right")

    def pose(self, sim: Simulation, step: Array) -> Array:
        sequence = sim.memory[_SEQUENCE]
        moment = np.minimum(np.rint(self._at(sim, step)).astype(np.int64), self.lengths[sequence])
        return self._poses[sequence, moment]

    @functools.cached_property
    def _poses(self) -> Array:
        """Keypoints of the hand in every demonstration as it was, (demonstrations, steps + 1, 21, 3)."""
        sim = Simulation(
            self._task.scene(), len(self.lengths), 1, sorted({each.field for each in self._task.variations.values()})
        )
        ids = np.arange(sim.nsim)
        sim.put(ids, {name: part for name, part in self._starts.items() if not name.startswith("memory.")})
        sim.forward()
        poses = [self._task.keypoints(sim)]
        for actions in self.actions.swapaxes(0, 1):
            self._task.control(sim, np.clip(actions, -1.0, 1.0))
            sim.step(self._task.frame_skip)
            poses.append(self._task.keypoints(sim))
        return np.stack(poses, axis=1)

    def info(self, sim: Simulation) -> dict[str, Array]:
        return {"sequence": sim.memory[_SEQUENCE].copy()}

    def _known(self, sequence: Array) -> Array:
        if (sequence < 0).any() or (sequence >= len(self.demonstrations)).any():
            raise OptionError(
                f"sequence must be from 0 to {len(self.demonstrations) - 1}, the demonstrations of the split "
                f"{self.split!r}; got {sequence}."
            )
        return sequence

    def intend(self, sim: Simulation, step: Array) -> Array:
        intended = self.meant(sim, step)
        if self.noise or self.drift:
            self._draw(sim)
            intended = intended + self._error[np.arange(sim.nsim), np.minimum(step, self._error.shape[1] - 1)]
        return intended

    def meant(self, sim: Simulation, step: Array) -> Array:
        """What would be intended by a steady hand."""
        sequence = sim.memory[_SEQUENCE]
        last = self.lengths[sequence] - 1
        moment = np.minimum(self._at(sim, step), last)
        if not self._uneven:
            return self.actions[sequence, moment]
        before = moment.astype(np.int64)
        share = (moment - before)[:, None]
        following = self.actions[sequence, np.minimum(before + 1, last)]
        return (1 - share) * self.actions[sequence, before] + share * following

    def finished(self, sim: Simulation, step: Array) -> Array:
        return (self._at(sim, step) >= self.lengths[sim.memory[_SEQUENCE]]) | (step >= self._steps)

    def _at(self, sim: Simulation, step: Array) -> Array:
        """The moment of the demonstration that is done t steps after the beginning."""
        if not self._uneven:
            return step
        self._draw(sim)
        moment: Array = self._moment[np.arange(len(step)), np.minimum(step, self.longest)]
        return moment

    @property
    def _uneven(self) -> bool:
        """Whether a step of the user may be another than the next of the demonstration."""
        return bool(self.tempo or self.retreat)

    def _longest(self, steps: int) -> int:
        """Steps that a demonstration of so many steps can take."""
        return int(np.ceil(steps * (1 + min(self.tempo, 0.5)))) + (_RETREAT_STEPS[1] if self.retreat else 0)

    def _draw(self, sim: Simulation) -> None:
        """Draw what is particular to the episodes that are new here, all of each at once."""
        seeds = sim.memory[_SEED]
        for index in np.flatnonzero(seeds != self._drawn):
            generator = np.random.default_rng(seeds[index])
            self._error[index] = generator.normal(0.0, self.noise, self._error.shape[1:])
            self._error[index] += self._between @ generator.normal(
                0.0, self.drift, (len(self._between.T), self._error.shape[2])
            )
            if self._uneven:
                self._pace(generator, int(index), int(self.lengths[sim.memory[_SEQUENCE][index]]))
            self._drawn[index] = seeds[index]

    def _pace(self, generator: np.random.Generator, index: int, length: int) -> None:
        """Draw how the `length` steps of a demonstration are gone through."""
        speeds = self._between @ generator.uniform(1 - self.tempo, 1 + self.tempo, len(self._between.T))
        moments = np.maximum(np.cumsum(speeds), 0.0)
        self._steps[index] = self.longest
        if generator.uniform() < self.retreat:
            turn = max(1, int(np.searchsorted(moments, generator.uniform(*_RETREAT_FROM) * length)))
            steps = generator.integers(*_RETREAT_STEPS, endpoint=True)
            back = np.arange(1, len(moments) - turn + 1) * generator.uniform(*_RETREAT_SPEED)
            moments[turn:] = np.maximum(moments[turn - 1] - back, 0.0)
            self._steps[index] = min(turn + steps, self.longest)
        self._moment[index, 1:] = moments


def _straight_lines(steps: int, apart: int) -> Array:
    """Weights (steps, knots) that draw straight lines between knots so many steps apart."""
    knots = steps // apart + 2
    return np.maximum(0.0, 1.0 - np.abs(np.arange(steps)[:, None] / apart - np.arange(knots)))


def _held(actions: Array, steps: int) -> Array:
    """Actions for so many steps, the last of them held."""
    return np.concatenate([actions, np.repeat(actions[-1:], steps - len(actions), axis=0)])
