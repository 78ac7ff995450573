"""Runs a task in a world: who is reset, who is done, what a step brings. Knows nothing of Gymnasium."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any, cast

import numpy as np

from hand_envs.core.arrays import real_numbers
from hand_envs.core.layout import Layout
from hand_envs.core.simulation import Simulation
from hand_envs.core.states import numbers_of, steps_of, success_of
from hand_envs.core.streams import Streams
from hand_envs.core.task import Task
from hand_envs.core.world import State, World
from hand_envs.errors import ActionError, HandEnvsError, OptionError, StateError, TaskError

Array = np.ndarray


@dataclass(slots=True)
class Transition:
    """What one control step brought, one row a simulation. Nothing writes to these arrays afterwards."""

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
    """What the task itself adds."""

    def summary(self, read: Callable[[Array], Any] = lambda rows: rows) -> dict[str, Any]:
        """What Gymnasium's infos hold, each as `read` makes it of an array with a row a simulation."""
        success = read(self.success)
        return {
            "success": success,
            "is_success": success,
            "success_once": read(self.success_once),
            "success_at_end": success,
            "reward_terms": {name: read(term) for name, term in self.terms.items()},
            "action_clipped": read(self.clipped),
            "unstable": read(self.unstable),
            **{name: read(rows) for name, rows in self.info.items()},
        }


class Episode:
    """A task at work in a world: on n simulations of its scene, or on what a driver moves.

    Args:
        task: what to run.
        nsim: how many simulations.
        nthread: threads to step them on; 0 for all cores.
        max_steps: truncate episodes after that many control steps; None for never.
        world: where to run it; by default where the task says, which is in simulations of its scene unless it says so.
    """

    def __init__(
        self,
        task: Task,
        nsim: int = 1,
        nthread: int = 0,
        max_steps: int | None = None,
        world: World | None = None,
    ) -> None:
        self.task = task
        self.max_steps = max_steps
        if world is None:
            world = _world_of(task, nsim) or Simulation(task.scene(), nsim, nthread, varied=task.variations.values())
        self.sim = cast(Simulation, world)  # as tasks know it; an episode itself needs no more than a `World`
        nsim = self.sim.nsim
        self._clock = 0  # control steps ever taken: one int to advance, instead of an array of ages
        self._began = np.zeros(nsim, np.int64)  # the clock when each episode began
        self.success_once = np.zeros(nsim, bool)
        self._action_shape = (nsim, len(self.sim.actuators))
        self._no = np.zeros(nsim, bool)
        self._no.flags.writeable = False
        task.prepare(self.sim)
        self._bind()

    def _bind(self) -> None:
        """Look at everything once: this binds the derived fields in use, and gives the layout and the terms."""
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
            if name in flags and rows is not None and np.asarray(rows).dtype != bool:
                raise TaskError(f"{type(task).__name__}: {name} must be booleans, got {np.asarray(rows).dtype}.")
        self.layout, self.terms = Layout.of(parts), tuple(terms)
        self._nothing_earned = {name: np.zeros_like(term) for name, term in terms.items()}

    # --- the life of an episode ---------------------------------------------------------------------------------

    def reset(
        self,
        ids: Array,
        generators: Sequence[np.random.Generator],
        chosen: Mapping[str, Array] | None = None,
    ) -> None:
        """Start new episodes in simulations `ids`, each drawing from its own generator what is not `chosen`."""
        self.sim.reset(ids)
        try:
            if chosen:
                self.task.choose(self.sim, ids, Streams(generators), chosen)
            else:
                self.task.reset(self.sim, ids, Streams(generators))
        except ValueError as error:
            if "read-only" not in str(error):
                raise
            raise TaskError(
                f"{type(self.task).__name__} writes at a reset to what it has not declared, so the next one would lose "
                f"it: name it in `variations`. ({error})"
            ) from error
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
            info=self._info(),
        )

    def beginning(self) -> Transition:
        """What there is to see of episodes that have just begun, in which nothing was earned yet."""
        no = self._no
        return Transition(
            observation=self.observe(),
            reward=np.zeros(len(no)),
            terms=self._nothing_earned,
            success=no,
            success_once=no,
            terminated=no,
            truncated=no,
            clipped=no,
            unstable=no,
            info=self._info(),
        )

    def _info(self) -> dict[str, Array]:
        """What the task adds, copied: it may be views of what goes on changing, or the task's memory itself."""
        return {name: np.array(rows) for name, rows in self.task.info(self.sim).items()}

    def _admit(self, action: Array) -> tuple[Array, Array]:
        """The actions as float64 within [-1, 1], and which simulations' had to be clipped."""
        action = action_numbers(action)
        if action.shape != self._action_shape:
            each, given = (shape[1:] if self.sim.nsim == 1 else shape for shape in (self._action_shape, action.shape))
            raise ActionError(f"Expected actions of shape {each}, got {given}.")
        if np.count_nonzero(np.abs(action) <= 1.0) == action.size:  # NaN is not <= 1
            return action, self._no
        if not np.isfinite(action).all():
            row, column = np.argwhere(~np.isfinite(action))[0]
            raise ActionError(
                f"Actions must be finite numbers in [-1, 1], got {action[row, column]} for actuator "
                f"{self.sim.actuators[column]} "
                f"(number {column}) of simulation {row}."
            )
        return np.clip(action, -1.0, 1.0), (np.abs(action) > 1.0).any(axis=1)

    def close(self) -> None:
        """Let go of what the task holds open. A reset opens it again."""
        self.task.close(self.sim)
        self.sim.close()

    def clear_fault(self) -> None:
        """What has stopped the world may go on; a reset has to follow."""
        self.sim.clear_fault()

    # --- state --------------------------------------------------------------------------------------------------

    def get_state(self, index: int) -> State:
        """Simulation `index` and its episode, exactly: a dict of new arrays."""
        self._expect_index(index)
        state = self.sim.get_state(index)
        state["episode.elapsed"] = np.array(self.elapsed[index])
        state["episode.success_once"] = np.array(self.success_once[index])
        return state

    def set_state(self, index: int, state: Mapping[str, Array]) -> None:
        """Restore a state: either what `get_state` returned, or a start described by `qpos`, `qvel` and variations.

        The second kind is what demonstration files hold, for instance `{"qpos": ..., "qvel": ..., "door_body_pos":
        ...}`: whatever it leaves out is as in the scene's initial state, and the episode is at its first step.

        A state that is refused, by a `StateError`, changes nothing.
        """
        self.set_states([index], [state])

    def begin_at(self, index: int, state: Mapping[str, Array]) -> None:
        """Start a new episode in a state: as `set_state`, but no steps taken and no success yet."""
        self.set_states([index], [state], new=True)

    def set_states(self, ids: Sequence[int], states: Sequence[Mapping[str, Array]], new: bool = False) -> None:
        """`set_state` for many, each its own: all are taken or none is; `new` starts new episodes in them."""
        for index in ids:
            self._expect_index(index)
        read = [numbers_of(state) for state in states]
        steps, successes = [steps_of(state) for state in read], [success_of(state) for state in read]
        before = self.snapshot(ids)
        try:
            for index, state in zip(ids, read, strict=True):
                self.task.place(self.sim, index, state)
            self._expect_finite(ids)
        except BaseException as error:
            self.put_back(ids, before)
            if isinstance(error, HandEnvsError) or not isinstance(error, Exception):
                raise
            raise StateError(f"{type(self.task).__name__} cannot be in this state: {error!r}.") from error
        rows = np.asarray(ids, np.int64)
        self._began[rows] = self._clock - np.array([0] * len(rows) if new else steps, np.int64)
        self._note_success(rows, [False] * len(rows) if new else successes)

    def snapshot(self, ids: Sequence[int]) -> list[State]:
        """The states of many, for `put_back`."""
        return [self.get_state(index) for index in ids]

    def put_back(self, ids: Sequence[int], states: Sequence[State]) -> None:
        """Undo: be as when `snapshot` gave these, or go on from what another episode of this task gave."""
        for index, state in zip(ids, states, strict=True):
            self.sim.put_back(index, state)
            self._began[index] = self._clock - int(state["episode.elapsed"])
            self._note_success(index, bool(state["episode.success_once"]))

    def _expect_index(self, index: int) -> None:
        if isinstance(index, bool) or not isinstance(index, int | np.integer) or not 0 <= index < self.sim.nsim:
            raise StateError(f"Expected the number of a simulation from 0 to {self.sim.nsim - 1}, got {index!r}.")

    def _expect_finite(self, ids: Sequence[int]) -> None:
        """In states that MuJoCo takes there may still be something that a task cannot measure."""
        with np.errstate(all="ignore"):
            parts = {f"observation {name!r}": part for name, part in self.task.observe(self.sim).items()}
            parts |= {f"reward term {name!r}": term for name, term in self.task.reward(self.sim).items()}
            for method in (self.task.success, self.task.lost, self.task.finished, self.task.info):
                method(self.sim)
            total = _total({name: part for name, part in parts.items() if name.startswith("reward")})
        for name, part in {**parts, "reward": total}.items():
            if not np.isfinite(part[ids]).all():
                raise StateError(f"The state is none to begin or go on in: its {name} would not be finite.")

    def _note_success(self, ids: Array | int, success: Sequence[bool] | bool) -> None:
        """Transitions hold this array, so it is replaced and never written to."""
        self.success_once = self.success_once.copy()
        self.success_once[ids] = success


def action_numbers(given: Any) -> Array:
    """Actions as float64, if they are real numbers."""
    try:
        return real_numbers(given).astype(np.float64, copy=False)
    except ValueError as error:
        raise ActionError(f"Actions must be finite numbers in [-1, 1], got {error}.") from None


def _world_of(task: Task, nsim: int) -> World | None:
    """The world that the task says it takes place in, if that has as many hands as are asked for."""
    world = task.world()
    if world is not None and world.nsim != nsim:
        world.close()
        raise OptionError(f"{type(task).__name__} takes place where there is {world.nsim} hand, not {nsim}.")
    return world


def _expect_dict(task: Task, method: str, returned: object) -> None:
    if not isinstance(returned, dict) or not returned:
        raise TaskError(f"{type(task).__name__}.{method} must return a dict of named arrays, got {returned!r}.")


def _own(term: Array) -> Array:
    """A term that does not change with the simulation: itself, or a copy if it is a view of something."""
    return term if term.base is None else term.copy()


def _total(terms: dict[str, Array]) -> Array:
    """Their sum, always a new array."""
    total = reduce(add, terms.values())
    return total.copy() if len(terms) == 1 else total
