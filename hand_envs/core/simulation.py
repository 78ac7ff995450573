"""n copies of one scene: holds their state, steps them on all cores, restores them exactly."""

from __future__ import annotations

import contextlib
import os
import weakref
from collections.abc import Mapping, Sequence
from typing import Any

import mujoco
import numpy as np
from mujoco.batch import DATA_FIELDS, Batch, SimulationError

from hand_envs.errors import StateError, choices

State = dict[str, np.ndarray]
"""One simulation, exactly: named arrays. See `Simulation.get_state`."""

_COUNTS = {
    "actuator": "nu", "body": "nbody", "camera": "ncam", "geom": "ngeom", "joint": "njnt", "light": "nlight",
    "sensor": "nsensor", "site": "nsite", "tendon": "ntendon",
}  # fmt: skip
_FATAL = [
    int(warning)
    for warning in (
        mujoco.mjtWarning.mjWARN_BADQPOS,
        mujoco.mjtWarning.mjWARN_BADQVEL,
        mujoco.mjtWarning.mjWARN_BADQACC,
    )
]
_SENSOR = int(mujoco.mjtDisableBit.mjDSBL_SENSOR)
_COUNT = 1  # the column of Batch.warning that counts


class Simulation:
    """`mujoco.batch` with cached named access, per-simulation model fields and exact states.

    Every array has a leading simulation axis, and is live: `sim.qpos` is (n, nq) and always current, and
    `sim.site("S_grasp").xpos` is (n, 3). Names are those of MuJoCo's data and model. State fields (`qpos`, `ctrl`, ...)
    and the model fields named in `varied` can be written; a write counts from the next `forward` or `step`.

    Sensors are computed only once they are asked for: a hand has dozens, and most tasks look at none.

    As after `mj_step`, quantities derived from the state (`xpos`, `sensordata`, ...) are one substep older than it.

    Args:
        spec: the scene; compiled here.
        nsim: how many copies.
        nthread: threads to step them on; 0 for all cores this process may use.
        varied: model fields that differ between the copies, such as `"body_pos"`.
    """

    def __init__(self, spec: mujoco.MjSpec, nsim: int = 1, nthread: int = 0, varied: Sequence[str] = ()) -> None:
        self.model: mujoco.MjModel = spec.compile()
        self.nsim = nsim
        self.varied = tuple(varied)
        self._batch = _Batch(self.model, nsim, min(nthread or cores(), nsim))
        self._warning = self._batch.warning
        low, high = self.model.actuator_ctrlrange.T[:, None]  # (1, actuators): one row broadcasts to all
        self.control_center, self.control_reach = (low + high) / 2, (high - low) / 2
        self.disableflags = self._batch.expand("opt.disableflags")
        self.disableflags |= _SENSOR  # until somebody asks for one
        self._expanded = {field: self._batch.expand(field) for field in self.varied}
        self.measured: dict[Any, Any] = {}
        self.memory: dict[str, np.ndarray] = {}

    @property
    def nthread(self) -> int:
        """Threads that step the simulations."""
        return self._batch.nthread

    # --- access -------------------------------------------------------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in _COUNTS:
            value: Any = _Objects(self, name).__getitem__
        elif name in DATA_FIELDS:
            if name == "sensordata":
                self.disableflags &= ~_SENSOR
            value = self._batch.bind(name)
        elif name in self._expanded:
            value = self._expanded[name]
        else:
            raise AttributeError(f"A simulation has no field {name!r}: {choices(name, DATA_FIELDS)}")
        self.__dict__[name] = value  # found directly from now on
        return value

    def remember(self, name: str, width: int | None = None, dtype: Any = np.float64) -> np.ndarray:
        """An array of zeros, (n,) or (n, width), for what a task must remember; it is part of the state."""
        shape = (self.nsim,) if width is None else (self.nsim, width)
        return self.memory.setdefault(name, np.zeros(shape, dtype))

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

    def _refuse_unstable(self, ids: np.ndarray) -> None:
        """After a `forward` on a state from outside: MuJoCo resets a state it cannot live with."""
        bad = np.count_nonzero(self._warning[:, _FATAL, _COUNT])
        self._warning[:] = 0
        if bad:
            self.reset(ids)
            self.forward(ids)
            raise StateError("The state has positions or velocities too large to simulate, so it was not taken.")

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
        ids = np.array([index])
        self.reset(ids)
        for live, value in values.values():
            live[index] = value
        self.forward(ids)
        self._refuse_unstable(ids)

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
        """Restore what `get_state` returned, here or in another process; later steps are then bit-identical."""
        self._check(state)
        ids = np.array([index])
        self.put(ids, {name: np.asarray(state[name])[None] for name in self._parts()})
        self.forward(ids)
        self._refuse_unstable(ids)
        for field, values in self._batch.derived.items():
            if f"derived.{field}" in state:
                with _writeable(values):
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

    def _check(self, state: Mapping[str, np.ndarray]) -> None:
        expected = {name: values.shape[1:] for name, values in self._parts().items()}
        derived = {f"derived.{field}": values.shape[1:] for field, values in self._batch.derived.items()}
        for key in expected:
            if key not in state:
                raise StateError(
                    f"The state lacks {key!r}; it has {', '.join(state)}. Was it taken from another environment?"
                )
        for key, value in state.items():
            if key not in expected and not key.startswith(("derived.", "episode.")):
                raise StateError(f"A state has no such part: {choices(key, expected)}")
            shape = {**expected, **derived}.get(key, np.shape(value))
            if np.shape(value) != shape:
                raise StateError(
                    f"The state's {key!r} has shape {np.shape(value)}, this scene needs {shape}. Was it taken from "
                    "another environment?"
                )
            if not np.isfinite(value).all():
                raise StateError(f"The state's {key!r} holds values that are not finite.")

    # --- for pictures and tools -----------------------------------------------------------------------------------

    def materialize(self, index: int, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        """Write simulation `index` into a plain model and data of this scene, ready to look at."""
        vis, quality = model.vis.global_, model.vis.quality
        kept = (vis.offwidth, vis.offheight, quality.offsamples, quality.shadowsize)
        self._batch.get_model(index, model)
        vis.offwidth, vis.offheight, quality.offsamples, quality.shadowsize = kept
        self._batch.get_data(index, data)
        mujoco.mj_forward(model, data)


class _Batch(Batch):
    """A batch that knows which derived fields are in use, since `Simulation.get_state` keeps them.

    A field first asked for when simulations have moved on is computed for them then; `mujoco.batch` would show zeros
    until the next call.
    """

    def __init__(self, model: mujoco.MjModel, nsim: int, nthread: int) -> None:
        self.derived: dict[str, np.ndarray] = {}
        self.alike = True  # all simulations are still as they were made
        super().__init__(model, nsim, nthread)

    def bind(self, name: str) -> np.ndarray:
        values = super().bind(name)
        if not values.flags.writeable and name not in self.derived:
            self.derived[name] = values
            model, data = self.get_model(0), self.get_data(0)
            with _writeable(values):
                for index in range(self.nsim):
                    if index == 0 or not self.alike:
                        self.get_model(index, model)
                        self.get_data(index, data)
                        mujoco.mj_forward(model, data)
                    values[index] = getattr(data, name)
        return values


class Named:
    """One named object of the scene in every simulation: `sim.joint("latch").qpos` is (n, 1), and live."""

    def __init__(self, view: Any) -> None:
        self._view = view
        self.name: str = view.name
        self.id: int = view.id

    def __getattr__(self, attribute: str) -> np.ndarray:
        if attribute.startswith("_"):
            raise AttributeError(attribute)
        value: np.ndarray = getattr(self._view, attribute)
        self.__dict__[attribute] = value
        return value


class _Objects(dict[str, Named]):
    """The named bodies, sites, ... of a simulation, each looked up in MuJoCo once."""

    def __init__(self, sim: Simulation, kind: str) -> None:
        super().__init__()
        self._sim, self._kind = weakref.proxy(sim), kind  # the simulation has this, and would never be freed at once

    def __missing__(self, name: str) -> Named:
        model, batch = self._sim.model, self._sim._batch
        valid = [getattr(model, self._kind)(i).name for i in range(getattr(model, _COUNTS[self._kind]))]
        if name not in valid:
            raise StateError(f"The scene has no such {self._kind}: {choices(name, valid)}")
        if self._kind == "sensor":
            _ = self._sim.sensordata  # computed from now on
        self[name] = Named(getattr(batch, self._kind)(name))
        return self[name]


def cores() -> int:
    """Cores this process may use, which in a container can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextlib.contextmanager
def _writeable(array: np.ndarray):  # type: ignore[no-untyped-def]
    """`mujoco.batch` protects derived arrays because its next call overwrites them; here that is what is wanted."""
    array.flags.writeable = True
    try:
        yield
    finally:
        array.flags.writeable = False
