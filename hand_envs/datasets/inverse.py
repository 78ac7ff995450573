"""Actions for states: what must have been asked of the actuators for a hand to move as it was seen to."""

from __future__ import annotations

import mujoco
import numpy as np

from hand_envs.core.simulation import Simulation
from hand_envs.core.task import Task
from hand_envs.errors import DatasetError

Array = np.ndarray


def recover_actions(task: Task, qpos: Array, qvel: Array | None = None) -> Array:
    """Actions (T - 1, actuators) in [-1, 1] that lead from each of T states to the next, by inverse dynamics.

    Between two states the acceleration is taken as constant; MuJoCo computes the joint forces it takes, and each
    actuator is asked for the control that gives its force, f = gain u + bias0 + bias1 q + bias2 v.

    What to expect: in free motion the actions are those that were applied, to a few hundredths. In touch with things
    they are not: contact forces depend on depths far below what is measured, so states that were never simulated (from
    video, or another simulator) have forces of their own here, and what then lies beyond [-1, 1] is cut off. Such
    actions are good for learning from; played open loop, they lose what they hold.

    Args:
        task: whose scene it is.
        qpos: positions at each control step, (T, nq).
        qvel: velocities, (T, nv); by default from the positions.
    """
    sim = Simulation(task.scene())
    model, data = sim.model, mujoco.MjData(sim.model)
    interval = model.opt.timestep * task.frame_skip
    if qpos.ndim != 2 or qpos.shape[1] != model.nq or len(qpos) < 2:
        raise DatasetError(f"Expected at least two states of {model.nq} positions, got an array {qpos.shape}.")
    if qvel is None:
        qvel = _velocities(model, qpos, interval)
    elif qvel.shape != (len(qpos), model.nv):
        raise DatasetError(f"Expected velocities of shape {(len(qpos), model.nv)}, got {qvel.shape}.")
    joints = model.actuator_trnid[:, 0]
    if (model.actuator_trntype != mujoco.mjtTrn.mjTRN_JOINT).any():
        raise DatasetError("Actions can be recovered where every actuator drives a joint.")
    places, freedoms = model.jnt_qposadr[joints], model.jnt_dofadr[joints]
    gear, gain, bias = model.actuator_gear[:, 0], model.actuator_gainprm[:, 0], model.actuator_biasprm[:, :3]
    controls = np.empty((len(qpos) - 1, model.nu))
    for step, acceleration in enumerate(np.diff(qvel, axis=0) / interval):
        data.qpos[:], data.qvel[:], data.qacc[:] = qpos[step], qvel[step], acceleration
        mujoco.mj_inverse(model, data)
        force = data.qfrc_inverse[freedoms] / gear
        length, speed = gear * qpos[step, places], gear * qvel[step, freedoms]
        controls[step] = (force - bias[:, 0] - bias[:, 1] * length - bias[:, 2] * speed) / gain
    return np.clip((controls - sim.control_center[0]) / sim.control_reach[0], -1.0, 1.0)


def _velocities(model: mujoco.MjModel, qpos: Array, interval: float) -> Array:
    """Velocities at each state: those towards the next, and for the last one those that led there."""
    qvel = np.empty((len(qpos), model.nv))
    for step in range(len(qpos) - 1):
        mujoco.mj_differentiatePos(model, qvel[step], interval, qpos[step], qpos[step + 1])
    qvel[-1] = qvel[-2]
    return qvel
