"""The world of a hand on a wire: an episode runs in it as in a simulation of the hand's twin.

It has the arrays by which tasks of such hands observe and act, measured and sent by a driver. Everything else a task
may ask for is the twin's: behind an emulated bus that is what the servos move, so rewards and pictures are of what
happens; at a real port it stands still, and an operator says what an episode was worth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hand_envs.core.simulation import Simulation
from hand_envs.core.world import State
from hand_envs.errors import HardwareError, OptionError, StateError
from hand_envs.hardware.driver import HandDriver
from hand_envs.hardware.homing import go
from hand_envs.hardware.operators import Operator

Array = np.ndarray

_OWN = ("actuator_length", "actuator_velocity", "actuator_force")


class HandWorld:
    """One hand, on a real or an emulated bus. See `core.world.World`.

    Args:
        driver: of the hand.
        twin: one simulation of the task's scene.
        home: the targets at which episodes begin, (6 + motors,).
        operator: asked whether all is ready, and what an episode was worth; None if the twin shows it.
        horizon: steps after which the operator is asked; None for never.
        placed: brings emulated servos, and the driver's targets, to where the twin was put; None where there are real
            ones, which have to go there.
    """

    nsim = 1

    def __init__(
        self,
        driver: HandDriver,
        twin: Simulation,
        home: Any,
        operator: Operator | None = None,
        horizon: int | None = None,
        placed: Callable[[Array], object] | None = None,
    ) -> None:
        if twin.nsim != 1:
            raise OptionError(f"There is one hand on a wire, not {twin.nsim}.")
        self.driver, self.twin, self.operator, self.horizon = driver, twin, operator, horizon
        self._placed = placed
        self.actuators, self.timestep = twin.actuators, twin.timestep
        self.home = np.asarray(home, np.float64)
        self.memory, self.attached, self.remember = twin.memory, twin.attached, twin.remember
        self.measured: dict[Any, Any] = {}
        self.ctrl = self.home[None].copy()
        self.actuator_length, self.actuator_velocity, self.actuator_force = (np.zeros_like(self.ctrl) for _ in _OWN)
        self.control_center, self.control_reach = twin.control_center, twin.control_reach
        self.score = None if operator is None else np.zeros(1)
        """What the operator gave, (1,); 0 until asked. None where the twin shows what happened."""
        self._steps = 0
        self._begins = False  # whether a reset is under way, and the hand has yet to be where the task wants it

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "twin":
            raise AttributeError(name)
        return getattr(self.twin, name)

    # --- episodes ---------------------------------------------------------------------------------------------------

    def reset(self, ids: Array | None = None) -> None:
        """Go home through the limiter, and have the scene made ready: by the operator, or in the twin."""
        self.driver.wake()
        go(self.driver, self.home)
        self.twin.reset()
        if self.operator is not None:
            with self.driver.deadman.waiting():
                if not self.operator.ready("Put everything in its place"):
                    raise HardwareError("The operator has stopped.")
            self.score = np.zeros(1)
        self._steps = 0
        self.ctrl[0] = self.home
        self._begins = True

    def forward(self, ids: Array | None = None) -> None:
        """Look where the hand is; after a reset, once it is where the task wants it (`ctrl`)."""
        self.measured.clear()
        self.twin.forward()
        if self.driver.is_connected:
            if self._begins:
                self._begin()
            self.driver.sense()
            self._show()
        else:
            for name in _OWN:
                getattr(self, name)[:] = getattr(self.twin, name)

    def _begin(self) -> None:
        self._begins = False
        if self._placed is None:
            go(self.driver, self.ctrl[0])
        else:
            self._placed(self.ctrl[0])
        self.ctrl[0] = self.driver.sent
        self.driver.pace.begin()

    def step(self, nstep: int) -> Array | None:
        """Go to `ctrl` as far as is safe, for one period of the driver; `ctrl` is then what was sent."""
        seconds, period = nstep * self.timestep, self.driver.settings.period
        if abs(seconds - period) > 1e-9:
            raise OptionError(f"The task's steps take {seconds:g} s, the driver's {period:g} s: they must be the same.")
        self.measured.clear()
        self.ctrl[0] = self.driver.step(self.ctrl[0]).sent
        self._show()
        self._steps += 1
        if self._steps == self.horizon:
            self.judge()
        return None

    def _show(self) -> None:
        sensed, arm = self.driver.sensed, len(self.driver.names) - len(self.driver.profile.motors)
        self.actuator_length[0], self.actuator_velocity[0] = sensed.positions, sensed.speeds
        self.actuator_force[0] = sensed.currents
        self.actuator_force[0, arm:] *= self.driver.profile.servos.torque / 1000

    def judge(self) -> None:
        """Have the operator say what this was worth; of a try that is to be done again, nothing."""
        if self.operator is not None:
            with self.driver.deadman.waiting():
                verdict = self.operator.verdict()
            self.score = np.array([0.0 if verdict.again else verdict.score])
            self.measured.clear()

    def clear_fault(self) -> None:
        """Somebody has looked: the next reset begins anew."""
        if self.driver.fault is not None:
            self.driver.clear_fault()

    def close(self) -> None:
        """Put the hand down and let go of it; a reset takes it again."""
        self.driver.close()

    # --- states -----------------------------------------------------------------------------------------------------

    def get_state(self, index: int) -> State:
        """What is known of it, to look at."""
        own = {name: getattr(self, name)[0].copy() for name in ("ctrl", *_OWN)}
        return own | {f"memory.{name}": values[0].copy() for name, values in self.memory.items()}

    def set_state(self, index: int, state: Mapping[str, Array]) -> None:
        """Refused: a hand is where it is."""
        raise StateError("A hand on a wire cannot be put into a state: reset() brings it home.")

    start = set_state

    def put_back(self, index: int, state: State) -> None:
        """What was remembered is as it was; where the hand has gone, it is."""
        for name, values in self.memory.items():
            values[0] = state[f"memory.{name}"]
        self.measured.clear()


def report(sim: Any) -> dict[str, Array]:
    """How it goes on the wire, for a task's info, (n,) each; in a simulation nothing can go wrong."""
    backend = np.full(sim.nsim, "hardware" if isinstance(sim, HandWorld) else "twin")
    if not isinstance(sim, HandWorld):
        nothing, no, zero = np.full(sim.nsim, ""), np.zeros(sim.nsim, bool), np.zeros(sim.nsim)
        return {
            "backend": backend,
            "fault": nothing,
            "stale": no,
            "age": zero,
            "overruns": np.zeros(sim.nsim, np.int64),
        }
    driver = sim.driver
    sensed = driver.sensed if driver.is_connected else None
    return {
        "backend": backend,
        "fault": np.array([driver.fault.kind if driver.fault else ""]),
        "stale": np.array([sensed is not None and sensed.stale]),
        "age": np.array([driver.timer.now() - sensed.time if sensed else 0.0]),
        "overruns": np.array([driver.pace.overruns]),
    }


def stopped(sim: Any) -> Array | None:
    """Where an episode must end because the hand has stopped, (n,) bool; None in a simulation."""
    return np.array([sim.driver.fault is not None]) if isinstance(sim, HandWorld) else None


def asked(sim: Any) -> float | None:
    """What an operator says, who is asked now, that an attempt was worth; None where the scene shows it."""
    if not isinstance(sim, HandWorld) or sim.operator is None:
        return None
    sim.judge()
    return None if sim.score is None else float(sim.score[0])


def score(sim: Any) -> Array | None:
    """What an operator says that it was worth, (n,), 0 until asked; None where the scene shows it."""
    return sim.score if isinstance(sim, HandWorld) else None
