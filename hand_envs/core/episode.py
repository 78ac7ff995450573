"""Runs a task on n simulations: who is reset, who is done, what is told. Knows nothing of Gymnasium."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np

from hand_envs.core.layout import Layout
from hand_envs.core.simulation import Simulation, State
from hand_envs.core.streams import Streams
from hand_envs.core.task import Task
from hand_envs.errors import ActionError, StateError, TaskError

Array = np.ndarray


@dataclass(slots=True)
class Transition:
    """What one control step told, one row a simulation. Nothing writes to these arrays afterwards."""

    observation: Array
    reward: Array
    terms: dict[str, Array]
    success: Array
    success_once: Array
    terminated: Array
    truncated: Array
    clipped: Array
    unstable: Array
    info: dict[str, Array]


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
        self._clock = 0  # control steps ever taken: one int to advance, instead of an array of ages
        self._began = np.zeros(nsim, np.int64)  # the clock when each episode began
        self.success_once = np.zeros(nsim, bool)
        self._action_shape = (nsim, self.sim.model.nu)
        self._no = np.zeros(nsim, bool)
        self._no.flags.writeable = False
        task.prepare(self.sim)
        self._bind()

    def _bind(self) -> None:
        """Look at everything once: this binds the derived fields in use, and tells the layout and the terms."""
        task, sim = self.task, self.sim
        sim.forward()
        parts, terms = task.observe(sim), task.reward(sim)
        _expect_dict(task, "observe", parts)
        _expect_dict(task, "reward", terms)
        flags = {"success": task.success(sim), "lost": task.lost(sim), "finished": task.finished(sim)}
        rows_of = {**{f"reward's {name!r}": term for name, term in terms.items()}, **flags}
        for name, rows in rows_of.items():
            if rows is not None and np.shape(rows) != (sim.nsim,):
                raise TaskError(
                    f"{type(task).__name__}: {name} must have one value a simulation, shape ({sim.nsim},), got "
                    f"{np.shape(rows)}."
                )
        self.layout, self.terms = Layout.of(parts), tuple(terms)

    # --- the life of an episode ---------------------------------------------------------------------------------

    def reset(
        self,
        ids: Array,
        generators: Sequence[np.random.Generator],
        chosen: Mapping[str, Array] | None = None,
    ) -> None:
        """Start new episodes in simulations `ids`, each drawing from its own generator what is not `chosen`."""
        self.sim.reset(ids)
        if chosen:
            self.task.choose(self.sim, ids, Streams(generators), chosen)
        else:
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
        terms = {name: _own(term) for name, term in task.reward(sim).items()}
        success = task.success(sim)
        terminated = task.lost(sim)
        if unstable is not None:
            # The physics gave out and the simulation was put back: nothing it shows now was earned.
            terms = {name: np.where(unstable, 0.0, term) for name, term in terms.items()}
            success = success & ~unstable
            terminated = unstable if terminated is None else terminated | unstable
        self._clock += 1
        if np.count_nonzero(success):
            self.success_once = self.success_once | success
        truncated = self._no if self.max_steps is None else self._began <= self._clock - self.max_steps
        if (finished := task.finished(sim)) is not None:
            truncated = truncated | finished
        return Transition(
            observation=observation,
            reward=_total(terms),
            terms=terms,
            success=success,
            success_once=self.success_once,
            terminated=self._no if terminated is None else terminated,
            truncated=truncated,
            clipped=clipped,
            unstable=self._no if unstable is None else unstable,
            info=task.info(sim),
        )

    def _admit(self, action: Array) -> tuple[Array, Array]:
        """The actions as float64 within [-1, 1], and which simulations' had to be clipped."""
        action = np.asarray(action, dtype=np.float64)
        if action.shape != self._action_shape:
            each, given = (shape[1:] if self.sim.nsim == 1 else shape for shape in (self._action_shape, action.shape))
            raise ActionError(f"Expected actions of shape {each}, got {given}.")
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
        state["episode.elapsed"] = np.array(self.elapsed[index])
        state["episode.success_once"] = np.array(self.success_once[index])
        return state

    def set_state(self, index: int, state: Mapping[str, Array]) -> None:
        """Restore a state: either what `get_state` returned, or a start described by `qpos`, `qvel` and variations.

        The second kind is what demonstration files hold, for instance `{"qpos": ..., "qvel": ..., "door_body_pos":
        ...}`: whatever it leaves out is as in the scene's initial state, and the episode is at its first step.
        """
        if not isinstance(state, Mapping):
            raise StateError(f"A state is a dict of arrays, as get_state() returns; got {type(state).__name__}.")
        elapsed = np.asarray(state.get("episode.elapsed", 0))
        if elapsed.shape != () or not 0 <= elapsed < 2**53:
            raise StateError(f"The state's 'episode.elapsed' must be a number of steps, got {elapsed}.")
        before = self.sim.get_state(index)
        try:
            self.task.place(self.sim, index, state)
        except StateError:
            self.sim.set_state(index, before)
            raise
        self._began[index] = self._clock - int(elapsed)
        self._note_success(index, bool(state.get("episode.success_once", False)))

    def begin_at(self, index: int, state: Mapping[str, Array]) -> None:
        """Start a new episode in a state: as `set_state`, but no steps taken and no success yet."""
        self.set_state(index, state)
        self._began[index] = self._clock
        self._note_success(index, False)

    def _note_success(self, ids: Array | int, success: Array | bool) -> None:
        """Transitions hold this array, so it is replaced and never written to."""
        self.success_once = self.success_once.copy()
        self.success_once[ids] = success


def _expect_dict(task: Task, method: str, told: object) -> None:
    if not isinstance(told, dict) or not told:
        raise TaskError(f"{type(task).__name__}.{method} must return a dict of named arrays, got {told!r}.")


def _own(term: Array) -> Array:
    """A term that does not change with the simulation: itself, or a copy if it is a view of something."""
    return term if term.base is None else term.copy()


def _total(terms: dict[str, Array]) -> Array:
    """Their sum, always a new array."""
    total = reduce(add, terms.values())
    return total.copy() if len(terms) == 1 else total
