"""How hard a hand holds what it handles."""

from __future__ import annotations

import mujoco
import numpy as np

from hand_envs.core.simulation import Simulation
from hand_envs.core.task import Task
from hand_envs.errors import TaskError


class Touch:
    """The contact force between a task's hand and what it handles; for plots and for looking, not for learning.

    Args:
        sim: simulations of the task.
        task: whose `hand` and `handled` bodies, with all that hangs on them, may touch.
    """

    def __init__(self, sim: Simulation, task: Task) -> None:
        if task.hand is None or not task.handled:
            raise TaskError(f"{type(task).__name__} does not say which bodies are the hand and what it handles.")
        self.sim = sim
        self.model, self._data = mujoco.MjModel.__copy__(sim.model), mujoco.MjData(sim.model)
        self._hand = self._with_all_on_it((task.hand.root,))
        self._handled = self._with_all_on_it(task.handled)

    def _with_all_on_it(self, names: tuple[str, ...]) -> np.ndarray:
        """Which bodies are these or hang on them, a flag each."""
        flags = np.zeros(self.model.nbody, bool)
        flags[[self.model.body(name).id for name in names]] = True
        for body in range(1, self.model.nbody):  # parents come first
            flags[body] |= flags[self.model.body_parentid[body]]
        return flags

    def force(self, index: int) -> float:
        """The sum of all normal forces between the two (N), in simulation `index` now."""
        return sum(force for force, _ in self.by_body(index).values())

    def by_body(self, index: int) -> dict[str, tuple[float, float]]:
        """Of each body of the hand that touches it: the normal forces (N), and how deep it is in it (m)."""
        model, data = self.model, self._data
        self.sim.materialize(index, model, data)
        bodies = model.geom_bodyid[data.contact.geom]  # (contacts, 2)
        first, second = bodies[:, 0], bodies[:, 1]
        between = (self._hand[first] & self._handled[second]) | (self._handled[first] & self._hand[second])
        wrench, found = np.zeros(6), dict[str, tuple[float, float]]()
        for contact in np.flatnonzero(between):
            mujoco.mj_contactForce(model, data, contact, wrench)
            body = model.body(first[contact] if self._hand[first[contact]] else second[contact]).name
            force, depth = found.get(body, (0.0, 0.0))
            found[body] = force + float(wrench[0]), max(depth, -float(data.contact.dist[contact]))
        return found
