"""What is particular to a task: how a motion is first guessed, and what makes one better than another."""

from __future__ import annotations

import abc
import copy
import functools
from collections.abc import Mapping
from typing import Any, ClassVar

import mujoco
import numpy as np

from agents.planner.spline import basis, points_for
from hand_envs.core.simulation import Simulation
from hand_envs.core.task import Task
from hand_envs.errors import TaskError

Array = np.ndarray


class Problem(abc.ABC):
    """A task as the planner sees it. Costs are the planner's own and never the environment's reward.

    Args:
        task: the task, made with the `options`.
        sim: copies of its scene, all at the same start.
    """

    env_id: ClassVar[str]
    style: ClassVar[str] = "planned"
    """In the name of the dataset; another one for another way of doing the same task."""
    options: ClassVar[Mapping[str, Any]] = {"reward": "paper"}
    """Of the environment."""
    steps: ClassVar[int]
    """How long a demonstration is."""
    spacing: ClassVar[int] = 10
    """Steps between the points of a spline."""
    iterations: ClassVar[int] = 6
    """Iterations of the search between two judgements of a plan."""
    rounds: ClassVar[int] = 4
    """Judgements after which a plan is left as it is."""
    scatter: ClassVar[float] = 0.0
    """How far about a guess that fails the tries are, as a share of the deviations, of which the best is taken instead;
    0 for none."""
    patience: ClassVar[int] = 2
    """Seeds tried for each demonstration asked for, before giving up."""
    enough: ClassVar[float] = 0.6
    """Share of noisy tries from which a plan counts as good enough."""
    stays: ClassVar[int] = 20
    """Steps at the end in which the goal stays reached."""
    bend: ClassVar[float] = 1.0
    """Cost a step of the mean squared second difference of the points."""
    spread: ClassVar[float] = 0.3
    """Standard deviation of the points first tried, in normalised action units."""
    arm_spread: ClassVar[float] = 0.03
    """As above, for the joints of the arm, whose actuators reach far."""

    def __init__(self, task: Task, sim: Simulation) -> None:
        if task.hand is None:
            raise TaskError(f"{type(task).__name__} does not declare its hand, which is what motions are planned for.")
        self.task, self.sim, self.embodiment = task, sim, task.hand
        model, joints = sim.model, task.hand.wrist + task.hand.fingers
        self.hand = np.array([model.joint(name).qposadr[0] for name in joints])
        self.tips = np.array([model.site(name).id for name in task.hand.fingertips])
        self.arm = model.nu - len(joints)

    @property
    def points(self) -> int:
        """Points of the spline."""
        return points_for(self.steps, self.spacing)

    @property
    def deviations(self) -> Array:
        """Standard deviation of the points first tried, one an actuator."""
        return np.r_[np.full(self.arm, self.arm_spread), np.full(len(self.hand), self.spread)]

    @abc.abstractmethod
    def guess(self) -> Array:
        """Points of the first guess, (points, actuators), from the start that the simulations are in."""

    @abc.abstractmethod
    def cost(self, step: int) -> Array:
        """How bad each simulation looks after that step, (n,)."""

    @abc.abstractmethod
    def solved(self) -> Array:
        """Whether each simulation is now as a demonstration should end, (n,) bool."""

    def sound(self, step: int) -> Array:
        """Whether nothing has gone wrong in the simulations, that a good end would not make up for, (n,) bool."""
        return np.ones(self.sim.nsim, bool)

    def load(self, step: int) -> float:
        """Mass in the hand then (kg), that the guess makes up for."""
        return 0.0

    # --- what declarations are made of ------------------------------------------------------------------------------

    def through(self, keys: dict[int, dict[str, float]]) -> Array:
        """Points of a motion that has these joint angles (0 where not named) at these steps, and eases between them.

        Fingers are asked for their angles; the arm gets the forces that such a motion takes, since its actuators are
        soft and slow.
        """
        model = self.sim.model
        names = [model.actuator(index).name.removeprefix(self.embodiment.actuator_prefix) for index in range(model.nu)]
        steps = np.array(list(keys))
        angles = np.array([[key.get(name, 0.0) for name in names] for key in keys.values()])
        times = np.arange(self.steps)
        after = np.clip(np.searchsorted(steps, times, side="right"), 1, len(steps) - 1)
        share = ease((times - steps[after - 1]) / (steps[after] - steps[after - 1]))[:, None]
        path = (1 - share) * angles[after - 1] + share * angles[after]
        path[:, : self.arm] = self._arm_controls(names, path)
        actions = np.clip((path - self.sim.control_center) / self.sim.control_reach, -1.0, 1.0)
        return np.clip(np.linalg.lstsq(basis(self.steps, self.spacing), actions)[0], -1.0, 1.0)

    def _arm_controls(self, names: list[str], path: Array) -> Array:
        """Controls (steps, arm) under which the arm follows a path of joint angles (steps, actuators)."""
        model, data = self.snapshot(free=True)
        interval = model.opt.timestep * self.task.frame_skip
        speeds = np.gradient(path, interval, axis=0)
        rates = np.gradient(speeds, interval, axis=0)
        places = [model.joint(name).qposadr[0] for name in names]
        freedoms = [model.joint(name).dofadr[0] for name in names]
        arm = freedoms[: self.arm]
        gain, bias = model.actuator_gainprm[: self.arm, 0], model.actuator_biasprm[: self.arm, 1]
        controls = np.zeros((len(path), self.arm))
        palm, gravity = model.site(self.embodiment.palm).bodyid[0], model.opt.gravity
        data.qvel[:] = data.qacc[:] = 0
        for step in range(len(path)):
            data.qpos[places], data.qvel[freedoms], data.qacc[freedoms] = path[step], speeds[step], rates[step]
            data.xfrc_applied[palm, :3] = self.load(step) * gravity
            mujoco.mj_inverse(model, data)
            controls[step] = (data.qfrc_inverse[arm] - bias * path[step, : self.arm]) / gain
        return controls

    def snapshot(self, free: bool = False) -> tuple[mujoco.MjModel, mujoco.MjData]:
        """A plain model and data of the start, `free` of what holds joints; the model is not to be changed."""
        model, data = self._snapshots[free]
        return model, copy.copy(data)

    @functools.cached_property
    def _snapshots(self) -> dict[bool, tuple[mujoco.MjModel, mujoco.MjData]]:
        made = {}
        for free in (False, True):
            model = copy.copy(self.sim.model)
            data = mujoco.MjData(model)
            self.sim.materialize(0, model, data)
            if free:
                model.opt.disableflags |= mujoco.mjtDisableBit.mjDSBL_CONSTRAINT
            made[free] = model, data
        return made

    def reach(self, site: str, target: Array, joints: dict[str, float], fixed: dict[str, float]) -> dict[str, float]:
        """Angles of `joints` that bring a site to `target` (m), by damped least squares from the angles given."""
        model, data = self.snapshot()
        fixed = {name: float(np.clip(angle, *model.joint(name).range)) for name, angle in fixed.items()}
        for name, angle in (joints | fixed).items():
            data.joint(name).qpos = angle
        columns = [model.joint(name).dofadr[0] for name in joints]
        places = [model.joint(name).qposadr[0] for name in joints]
        low, high = np.array([model.joint(name).range for name in joints]).T
        jacobian = np.zeros((3, model.nv))
        for _ in range(60):
            mujoco.mj_kinematics(model, data)
            mujoco.mj_comPos(model, data)
            mujoco.mj_jacSite(model, data, jacobian, None, model.site(site).id)
            part = jacobian[:, columns]
            move = part.T @ np.linalg.solve(part @ part.T + 1e-4 * np.eye(3), target - data.site(site).xpos)
            data.qpos[places] = np.clip(data.qpos[places] + move, low, high)
        return fixed | dict(zip(joints, data.qpos[places].tolist(), strict=True))

    def tips_to(
        self, centre: Array, along: Array | None = None, half_length: float = 0.0, radius: float = 0.0
    ) -> Array:
        """Mean distance (m) of the fingertips to a ball, or to a rod `along` a unit vector, at `centre`."""
        offset = self.sim.site_xpos[:, self.tips] - centre[:, None]
        if along is not None:
            projected = np.clip((offset * along[:, None]).sum(-1, keepdims=True), -half_length, half_length)
            offset = offset - projected * along[:, None]
        return np.maximum(np.linalg.norm(offset, axis=-1) - radius, 0.0).mean(-1)


def ease(share: Array | float) -> Array:
    """From 0 to 1 with the least jerk, as `share` goes from 0 to 1."""
    x = np.clip(share, 0.0, 1.0)
    return np.asarray(x**3 * (10 - 15 * x + 6 * x**2))
