"""Users who do what was demonstrated, with an unsteady hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from hand_envs.core.simulation import Simulation
from hand_envs.core.streams import Streams
from hand_envs.core.task import Task
from hand_envs.datasets.demonstrations import Demonstrations
from hand_envs.datasets.shipped import demonstrations_of
from hand_envs.errors import DatasetError, OptionError, choices
from hand_envs.users.script import RETREAT_STEPS, Script
from hand_envs.users.user import User

Array = np.ndarray

SPLITS = {"all": slice(None), "train": slice(0, None, 2), "test": slice(1, None, 2)}
"""Which demonstrations a split takes: even ones train, odd ones test."""


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

    demonstrations: Demonstrations

    splits: ClassVar[tuple[str, ...]] = ("train", "test")

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
        self.shift = _shift(shift)
        self.retreat = retreat
        self.demonstrations = demonstrations[SPLITS[split]]
        if not len(self.demonstrations):
            raise DatasetError(f"The split {split!r} of {len(demonstrations)} demonstrations is empty.")
        self.lengths = np.array([len(each) for each in self.demonstrations])
        self.longest = self._longest(self.lengths.max())
        self.actions = np.stack([_held(each.actions, self.lengths.max()) for each in self.demonstrations])

    @classmethod
    def for_task(
        cls,
        env_id: str | None,
        demonstrations: str | Path | Demonstrations | None = None,
        noise: float = 0.05,
        split: str = "train",
        **errors: Any,
    ) -> Self:
        """Who has demonstrations of an environment in mind: those named, or those that come with the suite."""
        return cls(demonstrations_of(env_id, demonstrations), noise, split, **errors)

    @property
    def uneven(self) -> bool:
        """Whether a step of the user may be another than the next of the demonstration."""
        return bool(self.tempo or self.retreat)

    def _longest(self, steps: int) -> int:
        """Steps that a demonstration of so many steps can take."""
        return int(np.ceil(steps * (1 + min(self.tempo, 0.5)))) + (RETREAT_STEPS[1] if self.retreat else 0)

    def prepare(self, sim: Simulation, task: Task) -> None:
        if self.actions.shape[2] != sim.model.nu:
            raise DatasetError(
                f"The demonstrations of {self.demonstrations.env_id} have {self.actions.shape[2]} actions a step, "
                f"{type(task.unwrapped).__name__} has {sim.model.nu} actuators."
            )
        sim.attached[self] = self.script(sim, task)

    def begin(self, sim: Simulation, ids: Array, rng: Streams, sequence: Array | None = None) -> None:
        script = self._script(sim)
        drawn = self._drawn_sequences(script.weights, rng)
        script.begin(sim, ids, drawn if sequence is None else self._known(sequence), rng.integers(2**63 - 1))
        if self.shift.any():
            for place in script.places:
                place[ids] += rng.uniform(-self.shift, self.shift)

    @staticmethod
    def _drawn_sequences(weights: Array, rng: Streams) -> Array:
        if (weights == weights[0]).all():
            return rng.integers(len(weights))
        shares = np.cumsum(weights)
        return np.searchsorted(shares[:-1], rng.uniform(0.0, shares[-1]), side="right")

    def _known(self, sequence: Array) -> Array:
        if (sequence < 0).any() or (sequence >= len(self.demonstrations)).any():
            raise OptionError(
                f"sequence must be from 0 to {len(self.demonstrations) - 1}, the demonstrations of the split "
                f"{self.split!r}; got {sequence}."
            )
        return sequence

    def _script(self, sim: Simulation) -> Script:
        script: Script = sim.attached[self]
        return script

    def weights(self, sim: Simulation) -> Array:
        return self._script(sim).weights

    def intend(self, sim: Simulation, step: Array) -> Array:
        intended = self.meant(sim, step)
        if self.noise or self.drift:
            intended = intended + self._script(sim).error_at(step)
        return intended

    def meant(self, sim: Simulation, step: Array) -> Array:
        script = self._script(sim)
        return self.along(script, script.moment_at(step), lambda moment: self.actions[script.sequence, moment])

    def along(self, script: Script, moment: Array, what: Callable[[Array], Array]) -> Array:
        """What there is at moments of the demonstrations: between two steps, what is on the straight line."""
        last = self.lengths[script.sequence] - 1
        moment = np.minimum(moment, last)
        if not self.uneven:
            return what(moment)
        before = moment.astype(np.int64)
        share = (moment - before)[:, None]
        return (1 - share) * what(before) + share * what(np.minimum(before + 1, last))

    def script(self, sim: Simulation, task: Task) -> Script:
        """What these simulations need to follow the demonstrations."""
        return Script(self, sim, task)

    def finished(self, sim: Simulation, step: Array) -> Array:
        script = self._script(sim)
        return (script.moment_at(step) >= self.lengths[script.sequence]) | (step >= script.last_steps)

    def pose(self, sim: Simulation, step: Array) -> Array:
        script = self._script(sim)
        moment = np.minimum(np.rint(script.moment_at(step)).astype(np.int64), self.lengths[script.sequence])
        return script.poses[script.sequence, moment]

    def info(self, sim: Simulation) -> dict[str, Array]:
        return {"sequence": self._script(sim).sequence}


def _shift(shift: float | Sequence[float]) -> Array:
    try:
        reach = np.broadcast_to(np.asarray(shift, np.float64), 3).copy()
    except (TypeError, ValueError):
        reach = np.full(3, np.nan)
    if not (np.isfinite(reach) & (reach >= 0)).all():
        raise OptionError(f"shift must be a distance of at least 0 m, or three of them, got {shift!r}.")
    return reach


def _held(actions: Array, steps: int) -> Array:
    """Actions for so many steps, the last of them held."""
    return np.concatenate([actions, np.repeat(actions[-1:], steps - len(actions), axis=0)])
