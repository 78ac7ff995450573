"""n copies of one scene: holds their state, steps them on all cores, restores them exactly."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import mujoco
import numpy as np
from mujoco.batch import DATA_FIELDS, SimulationError

from hand_envs.core.attached import Attached
from hand_envs.core.batch import TrackedBatch, writeable
from hand_envs.core.names import COUNTS, Objects, Varied, expect_in_place
from hand_envs.core.states import Part, read_parts
from hand_envs.core.world import State
from hand_envs.errors import StateError, TaskError, choices

__all__ = ["Simulation", "State", "cores"]

_FATAL = [
    int(warning)
    for warning in (
        mujoco.mjtWarning.mjWARN_BADQPOS,
        mujoco.mjtWarning.mjWARN_BADQVEL,
        mujoco.mjtWarning.mjWARN_BADQACC,
    )
]
_REFUSED = [*_FATAL, int(mujoco.mjtWarning.mjWARN_INERTIA), int(mujoco.mjtWarning.mjWARN_BADCTRL)]
_SENSOR = int(mujoco.mjtDisableBit.mjDSBL_SENSOR)
_COUNT = 1  # the column of Batch.warning that counts


class Simulation:
    """`mujoco.batch` with cached named access, per-simulation model fields and exact states.

    Every array has a leading simulation axis, and is live: `sim.qpos` is (n, nq) and always current, and
    `sim.site("S_grasp").xpos` is (n, 3). Names are those of MuJoCo's data and model. State fields (`qpos`, `ctrl`, ...)
    and what of the model is in `varied` can be written; a write counts from the next `forward` or `step`.

    Sensors are computed only once they are asked for: a hand has dozens, and most tasks look at none.

    As after `mj_step`, quantities derived from the state (`xpos`, `sensordata`, ...) are one substep older than it.

    Args:
        spec: the scene; compiled here.
        nsim: how many copies.
        nthread: threads to step them on; 0 for all cores this process may use.
        varied: what of the model differs between the copies: whole fields such as `"body_pos"`, or one object's
            attribute each, as a task's variations say it. Nothing else of the model can be written to.
    """

    def __init__(
        self, spec: mujoco.MjSpec, nsim: int = 1, nthread: int = 0, varied: Iterable[str | Varied] = ()
    ) -> None:
        varied = list(varied)
        self.model: mujoco.MjModel = spec.compile()
        self.nsim = nsim
        self._whole = {each for each in varied if isinstance(each, str)}
        objects = [each for each in varied if not isinstance(each, str)]
        self._declared = {(each.kind, each.object, each.attribute) for each in objects}
        self.varied = tuple(sorted(self._whole | {each.field for each in objects}))
        self._batch = TrackedBatch(self.model, nsim, min(nthread or cores(), nsim))
        self._warning = self._batch.warning
        low, high = self.model.actuator_ctrlrange.T[:, None]  # (1, actuators): one row broadcasts to all
        self.control_center, self.control_reach = (low + high) / 2, (high - low) / 2
        self.disableflags = self._batch.expand("opt.disableflags")
        self.disableflags |= _SENSOR  # until somebody asks for one
        self._expanded = {field: self._batch.expand(field) for field in self.varied}
        self.measured: dict[Any, Any] = {}
        self.memory: dict[str, np.ndarray] = {}
        self.attached = Attached()
        """What declarations have worked out for these simulations, each under itself; no part of a state."""
        self._bounds: dict[str, tuple[float | None, float | None]] = {}

    @functools.cached_property
    def actuators(self) -> tuple[str, ...]:
        """Names of the actuators, in the order of the model."""
        return tuple(self.model.actuator(number).name for number in range(self.model.nu))

    @property
    def timestep(self) -> float:
        """A substep (s)."""
        return float(self.model.opt.timestep)

    @property
    def nthread(self) -> int:
        """Threads that step the simulations."""
        return self._batch.nthread

    # --- access -------------------------------------------------------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in COUNTS:
            value: Any = Objects(self, name).__getitem__
        elif name in DATA_FIELDS:
            if name == "sensordata":
                self.disableflags &= ~_SENSOR
            value = self._batch.bind(name)
        elif name in self._expanded:
            value = self.protected(None, self._expanded[name][:])
        else:
            raise AttributeError(f"A simulation has no field {name!r}: {choices(name, DATA_FIELDS)}")
        self.__dict__[name] = value  # found directly from now on
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        if name in DATA_FIELDS or name in COUNTS or name in self.__dict__.get("_expanded", ()):
            expect_in_place(self, name, value)
        object.__setattr__(self, name, value)

    def protected(self, owner: tuple[str, str, str] | None, values: np.ndarray) -> np.ndarray:
        """A view for writing only if it is of the state, or of what varies in the model: the rest would be lost.

        `owner` is the kind, name and attribute of an object, None for a whole field.
        """
        for field, rows in self._expanded.items():
            if np.may_share_memory(values, rows) and field not in self._whole and owner not in self._declared:
                values.flags.writeable = False
        return values

    def remember(
        self,
        name: str,
        width: int | None = None,
        dtype: Any = np.float64,
        low: float | None = None,
        high: float | None = None,
    ) -> np.ndarray:
        """An array of zeros, (n,) or (n, width), for what a task must remember; it is part of the state.

        States from outside are refused where values are not from `low` to `high`, or no whole numbers if `dtype` is.
        """
        if name in self.memory:
            raise TaskError(f"{name!r} is remembered already, by another declaration: choose another name.")
        self._bounds[name] = low, high
        self.memory[name] = np.zeros((self.nsim,) if width is None else (self.nsim, width), dtype)
        return self.memory[name]

    # --- motion -------------------------------------------------------------------------------------------------

    def step(self, nstep: int) -> np.ndarray | None:
        """Advance every simulation by `nstep` substeps.

        Returns the mask of the simulations that blew up in this call, already put back to a finite state, or None.
        """
        self.measured.clear()
        self._batch.alike = False
        failed: list[int] = []
        try:
            self._batch.step(None, nstep)
        except SimulationError as error:
            failed = error.ids.tolist()
        if not failed and not np.count_nonzero(self._warning):
            return None
        unstable = self._warning[:, _FATAL, _COUNT].any(axis=1)
        unstable[failed] = True
        self._warning[:] = 0
        if not unstable.any():
            return None
        self.reset(np.flatnonzero(unstable))
        self.forward(np.flatnonzero(unstable))
        return unstable

    def reset(self, ids: np.ndarray | None = None) -> None:
        """Put simulations back to the scene's initial state and model; call `forward` after writing to them."""
        self._batch.alike = False
        self._batch.reset(ids, stage=mujoco.mjtStage.mjSTAGE_NONE.value)
        rows = slice(None) if ids is None else ids
        for field, values in self._expanded.items():
            values[rows] = getattr(self.model, field)
        for values in self.memory.values():
            values[rows] = 0

    def forward(self, ids: np.ndarray | None = None) -> None:
        """Compute everything derived from the state."""
        self.measured.clear()
        self._batch.forward(ids)

    def start(self, index: int, values: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> None:
        """Put simulation `index` in the scene's initial state but for some live arrays, given with what they get."""

        def write(ids: np.ndarray) -> None:
            self.reset(ids)
            for live, value in values.values():
                live[index] = value

        self._take(index, write)

    # --- state --------------------------------------------------------------------------------------------------

    def get_state(self, index: int) -> State:
        """Simulation `index`, exactly, as a dict of new arrays that can be stored anywhere.

        `integration` is MuJoCo's mjSTATE_INTEGRATION row; `model.*` are the model fields that vary, `memory.*` what the
        task remembers, and `derived.*` the derived quantities in use, which after a step are a substep older than the
        state and cannot be recomputed.
        """
        state = {name: values[index].copy() for name, values in self._parts().items()}
        state |= {f"derived.{field}": values[index].copy() for field, values in self._batch.derived.items()}
        return state

    def set_state(self, index: int, state: Mapping[str, np.ndarray]) -> None:
        """Restore what `get_state` returned, here or in another process; later steps are then bit-identical.

        A state that does not fit, or that MuJoCo cannot simulate, is a `StateError` and changes nothing.
        """
        parts = self._read(state)
        self._take(index, lambda ids: self.put(ids, {name: parts[name][None] for name in self._parts()}))
        self._put_derived(index, parts)

    def put_back(self, index: int, state: State) -> None:
        """Undo: simulation `index` as it was when `get_state` gave this, bit by bit and unseen."""
        for name, values in self._parts().items():
            values[index] = state[name]
        self._put_derived(index, state)
        self.measured.clear()

    def _take(self, index: int, write: Callable[[np.ndarray], None]) -> None:
        """Let simulation `index` be written to, and put it back if MuJoCo cannot live with what it is then."""
        ids, before = np.array([index]), self.get_state(index)
        try:
            write(ids)
            self.forward(ids)
            self._expect_no_warning()
        except BaseException as error:
            self._warning[:] = 0
            self.put_back(index, before)
            if isinstance(error, SimulationError):
                raise StateError(f"MuJoCo cannot simulate this state, so it was not taken: {error}") from error
            raise

    def _expect_no_warning(self) -> None:
        """After a `forward` on a state from outside: MuJoCo resets a state it cannot live with."""
        warned = np.count_nonzero(self._warning[:, _REFUSED, _COUNT])
        self._warning[:] = 0
        if warned:
            raise StateError("The state has positions or velocities too large to simulate, so it was not taken.")

    def _put_derived(self, index: int, state: Mapping[str, np.ndarray]) -> None:
        for field, values in self._batch.derived.items():
            if f"derived.{field}" in state:
                with writeable(values):
                    values[index] = state[f"derived.{field}"]

    def put(self, ids: np.ndarray, states: Mapping[str, np.ndarray]) -> None:
        """Write states of many, stacked and known to fit, to simulations `ids`; call `forward` after it."""
        for name, values in self._parts().items():
            if name in states:
                values[ids] = states[name]

    def _parts(self) -> dict[str, np.ndarray]:
        """The live arrays a state is made of, but for what is derived from them."""
        parts = {"integration": self._batch.state}
        parts |= {f"model.{field}": values for field, values in self._expanded.items()}
        return parts | {f"memory.{name}": values for name, values in self.memory.items()}

    def _read(self, state: Mapping[str, np.ndarray]) -> State:
        """The parts of a state from outside, if they fit."""
        needed = {}
        for name, values in self._parts().items():
            bounds = self._bounds.get(name.removeprefix("memory."), (None, None)) if name.startswith("memory.") else ()
            needed[name] = Part(values.shape[1:], values.dtype, *bounds)
        derived = self._batch.derived.items()
        return read_parts(state, needed, {f"derived.{name}": Part(row.shape[1:], row.dtype) for name, row in derived})

    def clear_fault(self) -> None:
        """Nothing stops a simulation."""

    def close(self) -> None:
        """Nothing is held that others could want."""

    # --- for pictures and tools -----------------------------------------------------------------------------------

    def materialize(self, index: int, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        """Write simulation `index` into a plain model and data of this scene, ready to look at."""
        vis, quality = model.vis.global_, model.vis.quality
        kept = (vis.offwidth, vis.offheight, quality.offsamples, quality.shadowsize)
        self._batch.get_model(index, model)
        vis.offwidth, vis.offheight, quality.offsamples, quality.shadowsize = kept
        self._batch.get_data(index, data)
        mujoco.mj_forward(model, data)


def cores() -> int:
    """Cores this process may use, which in a container can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
