"""Runs a task on n simulations: who is reset, who is done, what is told. Knows nothing of Gymnasium."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np

from hand_envs.errors import ActionError, StateError, choices
from hand_envs.layout import Layout
from hand_envs.simulation import Simulation, State
from hand_envs.streams import Streams
from hand_envs.task import Task

Array = np.ndarray


@dataclass(slots=True)
class Transition:
    """What one control step told, one row a simulation. Arrays are new, except `terms` of a task that keeps its own."""

    observation: Array
    reward: Array
    terms: dict[str, Array]
    success: Array
    success_once: Array
    terminated: Array
    truncated: Array
    clipped: Array
    unstable: Array


class Episode:
    """A task on n simulations.

    Args:
        task: what to run.
        nsim: how many simulations.
        nthread: threads to step them on; 0 for all cores.
        max_steps: truncate episodes after that many control steps; None for never.
    """

    def __init__(self, task: Task, nsim: int = 1, nthread: int = 0, max_steps: int | None = None) -> None:
        self.task = task
        self.max_steps = max_steps
        fields = sorted({variation.field for variation in task.variations.values()})
        self.sim = Simulation(task.scene(), nsim, nthread, varied=fields)
        self._clock = 0  # control steps ever taken; an array's += costs a hundred times an int's
        self._began = np.zeros(nsim, np.int64)  # the clock when each episode began
        self.success_once = np.zeros(nsim, bool)
        self._action_shape = (nsim, self.sim.model.nu)
        self._no = np.zeros(nsim, bool)
        self._no.flags.writeable = False
        self._bind()

    def _bind(self) -> None:
        """Look at everything once: this binds the derived fields in use, and tells the layout and the terms."""
        self.layout = Layout.of(self.task.observe(self.sim))
        self.terms = tuple(self.task.reward(self.sim))
        self.task.success(self.sim)
        self.task.failure(self.sim)
        self.sim.forward()  # what was bound just now is zero until here

    # --- the life of an episode ---------------------------------------------------------------------------------

    def reset(self, ids: Array, generators: Sequence[np.random.Generator]) -> None:
        """Start new episodes in simulations `ids`, each drawing from its own generator."""
        self.sim.reset(ids)
        self.task.reset(self.sim, ids, Streams(generators))
        self.sim.forward(ids)
        self._began[ids] = self._clock
        self._note_success(ids, False)

    @property
    def elapsed(self) -> Array:
        """Control steps since each episode began."""
        return self._clock - self._began

    def observe(self) -> Array:
        """The observations, (n, size)."""
        return self.layout.pack(self.task.observe(self.sim))

    def step(self, action: Array) -> Transition:
        """Advance every simulation by one control step with actions in [-1, 1], (n, actuators)."""
        action, clipped = self._admit(action)
        sim, task = self.sim, self.task
        task.control(sim, action)
        unstable = sim.step(task.frame_skip)
        observation = self.observe()
        terms = task.reward(sim)
        success = task.success(sim)
        terminated = task.failure(sim)
        if unstable is not None:
            # The physics gave out and the simulation was put back: nothing it shows now was earned.
            terms = {name: np.where(unstable, 0.0, term) for name, term in terms.items()}
            success = success & ~unstable
            terminated = unstable if terminated is None else terminated | unstable
        self._clock += 1
        if np.count_nonzero(success):
            self.success_once = self.success_once | success
        return Transition(
            observation=observation,
            reward=_total(terms),
            terms=terms,
            success=success,
            success_once=self.success_once,
            terminated=self._no if terminated is None else terminated,
            truncated=self._no if self.max_steps is None else self._began <= self._clock - self.max_steps,
            clipped=clipped,
            unstable=self._no if unstable is None else unstable,
        )

    def _admit(self, action: Array) -> tuple[Array, Array]:
        """The actions as float64 within [-1, 1], and which simulations' had to be clipped."""
        action = np.asarray(action, dtype=np.float64)
        if action.shape != self._action_shape:
            raise ActionError(
                f"Expected actions of shape {self._action_shape} (simulations, actuators), got {action.shape}."
            )
        if np.count_nonzero(np.abs(action) <= 1.0) == action.size:  # NaN is not <= 1
            return action, self._no
        if not np.isfinite(action).all():
            row, column = np.argwhere(~np.isfinite(action))[0]
            name = self.sim.model.actuator(column).name
            raise ActionError(
                f"Actions must be finite numbers in [-1, 1], got {action[row, column]} for actuator {name} "
                f"(number {column}) of simulation {row}."
            )
        return np.clip(action, -1.0, 1.0), (np.abs(action) > 1.0).any(axis=1)

    # --- state --------------------------------------------------------------------------------------------------

    def get_state(self, index: int) -> State:
        """Simulation `index` and its episode, exactly: a dict of new arrays."""
        state = self.sim.get_state(index)
        state["episode/elapsed"] = np.array(self.elapsed[index])
        state["episode/success_once"] = np.array(self.success_once[index])
        return state

    def set_state(self, index: int, state: Mapping[str, Array]) -> None:
        """Restore a state: either what `get_state` returned, or a start described by `qpos`, `qvel` and variations.

        The second kind is what demonstration files hold, for instance `{"qpos": ..., "qvel": ..., "door_body_pos":
        ...}`: whatever it leaves out is as in the scene's initial state, and the episode is at its first step.
        """
        if "integration" in state:
            self.sim.set_state(index, state)
        else:
            self._set_start(index, state)
        self._began[index] = self._clock - state.get("episode/elapsed", 0)
        self._note_success(index, state.get("episode/success_once", False))

    def _note_success(self, ids: Array | int, success: Array | bool) -> None:
        """Transitions hold this array, so it is replaced and never written to."""
        self.success_once = self.success_once.copy()
        self.success_once[ids] = success

    def _set_start(self, index: int, start: Mapping[str, Array]) -> None:
        valid = {"qpos": self.sim.qpos, "qvel": self.sim.qvel}
        valid |= {name: variation.of(self.sim) for name, variation in self.task.variations.items()}
        for name, value in start.items():
            if name not in valid:
                raise StateError(f"A start of this task has no such quantity: {choices(name, valid)}")
            if np.shape(value) != valid[name].shape[1:]:
                raise StateError(f"{name} must have shape {valid[name].shape[1:]}, got {np.shape(value)}.")
            if not np.isfinite(value).all():
                raise StateError(f"{name} holds values that are not finite.")
        ids = np.array([index])
        self.sim.reset(ids)
        for name, value in start.items():
            valid[name][index] = value
        self.sim.forward(ids)


def _total(terms: dict[str, Array]) -> Array:
    """Their sum, always a new array."""
    total = reduce(add, terms.values())
    return total.copy() if len(terms) == 1 else total
