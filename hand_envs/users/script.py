"""What a user with demonstrations does in one set of simulations: which of them, when, and how unsteadily."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from hand_envs.core.simulation import Simulation
from hand_envs.core.task import Task
from hand_envs.users.draws import EpisodeDraws

if TYPE_CHECKING:
    from hand_envs.users.demonstrations import DemonstrationUser

Array = np.ndarray

_DRIFT_STEPS = 50
_RETREAT_FROM = 0.65, 0.85  # of the demonstration is done when its user goes back
RETREAT_STEPS = 40, 90
_RETREAT_SPEED = 0.1, 0.4  # of the demonstration's own


class Script:
    """The part of a `DemonstrationUser` that belongs to simulations; the user itself keeps nothing of them.

    Args:
        user: whose.
        sim: the simulations.
        task: what is done in them.
    """

    def __init__(self, user: DemonstrationUser, sim: Simulation, task: Task) -> None:
        self.user, self.task = user, task
        self.starts = self._stacked_starts(sim)
        self.unsteady: Array = np.ones(sim.model.nu)
        """Which actuators the noise is on."""
        self.sequence = sim.remember("user.sequence", dtype=np.int64, low=0, high=len(user.lengths) - 1)
        """Which demonstration each simulation is in."""
        self.seed = sim.remember("user.seed", dtype=np.int64, low=0)
        self.places = [each.of(sim) for each in task.variations.values() if each.attribute == "pos"]
        """Where the task's movable things are."""
        self.weights = np.ones(len(user.lengths))
        """How often each demonstration is begun, relative to the others."""
        steps = user.longest
        self.last_steps = np.full(sim.nsim, steps)
        """Steps after which the user stops, wherever in the demonstration that is."""
        self._rows = np.arange(sim.nsim)
        self._error = np.zeros((sim.nsim, steps, sim.model.nu))
        self._moment = np.tile(np.arange(steps + 1, dtype=np.float64), (sim.nsim, 1))
        self._between = _straight_lines(steps, _DRIFT_STEPS)
        self._draws = EpisodeDraws(self._draw, self.seed, self.sequence)

    def _stacked_starts(self, sim: Simulation) -> dict[str, Array]:
        """The initial states of all demonstrations, one array a part."""
        states = []
        for episode in self.user.demonstrations:
            self.task.place(sim, 0, episode.state)
            states.append(sim.get_state(0))
        sim.reset()
        return {name: np.stack([state[name] for state in states]) for name in states[0]}

    def begin(self, sim: Simulation, ids: Array, sequence: Array, seed: Array) -> None:
        """Put simulations `ids` where their demonstrations start."""
        sim.put(ids, {name: part[sequence] for name, part in self.starts.items()})
        self.sequence[ids], self.seed[ids] = sequence, seed

    def error_at(self, step: Array) -> Array:
        """How far off the hand is at step t of each episode, (n, actuators)."""
        self._draws.update()
        error: Array = self._error[self._rows, np.minimum(step, self._error.shape[1] - 1)]
        return error

    def moment_at(self, step: Array) -> Array:
        """The moment of the demonstration that is done t steps after the beginning."""
        if not self.user.uneven:
            return step
        self._draws.update()
        moment: Array = self._moment[self._rows, np.minimum(step, self.user.longest)]
        return moment

    def _draw(self, index: int, generator: np.random.Generator) -> None:
        """Draw what is particular to an episode, all of it at once."""
        user, error = self.user, self._error[index]
        error[:] = self.unsteady * generator.normal(0.0, user.noise, error.shape)
        error += self._between @ generator.normal(0.0, user.drift, (len(self._between.T), error.shape[1]))
        if user.uneven:
            self._pace(generator, index, int(user.lengths[self.sequence[index]]))

    def _pace(self, generator: np.random.Generator, index: int, length: int) -> None:
        """Draw how the `length` steps of a demonstration are gone through."""
        user = self.user
        speeds = self._between @ generator.uniform(1 - user.tempo, 1 + user.tempo, len(self._between.T))
        moments = np.maximum(np.cumsum(speeds), 0.0)
        self.last_steps[index] = user.longest
        if generator.uniform() < user.retreat:
            turn = max(1, int(np.searchsorted(moments, generator.uniform(*_RETREAT_FROM) * length)))
            steps = generator.integers(*RETREAT_STEPS, endpoint=True)
            back = np.arange(1, len(moments) - turn + 1) * generator.uniform(*_RETREAT_SPEED)
            moments[turn:] = np.maximum(moments[turn - 1] - back, 0.0)
            self.last_steps[index] = min(turn + steps, user.longest)
        self._moment[index, 1:] = moments

    @functools.cached_property
    def poses(self) -> Array:
        """Keypoints of the hand in every demonstration as it was, (demonstrations, steps + 1, 21, 3)."""
        task = self.task
        sim = Simulation(task.scene(), len(self.user.lengths), 1, task.variations.values())
        task.prepare(sim)
        sim.put(np.arange(sim.nsim), self.starts)
        sim.forward()
        poses = [task.keypoints(sim)]
        for actions in self.user.actions.swapaxes(0, 1):
            task.control(sim, np.clip(actions, -1.0, 1.0))
            sim.step(task.frame_skip)
            poses.append(task.keypoints(sim))
        return np.stack(poses, axis=1)


def _straight_lines(steps: int, apart: int) -> Array:
    """Weights (steps, knots) that draw straight lines between knots so many steps apart."""
    knots = steps // apart + 2
    return np.maximum(0.0, 1.0 - np.abs(np.arange(steps)[:, None] / apart - np.arange(knots)))
