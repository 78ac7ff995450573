"""Scripts played in a task's scene, many at once, and what came of them."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from agents.planner.captures.script import Scripts
from hand_envs.core.simulation import Simulation
from hand_envs.hands.mpl import MPL
from hand_envs.tasks.reconstruction.base import Reconstruction

Array = np.ndarray

SETTLE = 10  # frames before the clip, in which the hand comes to where its servos hold it
HANDED = "handed"
"""What holds a thing in place before the clip, where a scene has it."""


@dataclass(frozen=True)
class Played:
    """What was recorded, in the world's frame (m): (tries, frames, ...).

    Args:
        points: the hand's 21 points.
        object_pos: where the thing is.
        object_turn: how it is turned, (tries, frames, 3, 3).
        palm_pos: where the palm is.
        palm_turn: how it is turned.
        gaps: from the fingertips to the thing's surface, fore finger first.
        rests: whether the thing touches what it may rest on.
        succeeded: whether the task's success holds.
        unstable: whether the physics ever blew up, (tries,).
    """

    points: Array
    object_pos: Array
    object_turn: Array
    palm_pos: Array
    palm_turn: Array
    gaps: Array
    rests: Array
    succeeded: Array
    unstable: Array


class Stage:
    """Copies of a task's scene for scripts to be played in.

    Args:
        task: whose scene and success it is.
        tries: how many copies.
        nthread: threads to step them on.
    """

    def __init__(self, task: Reconstruction, tries: int, nthread: int = 1) -> None:
        self.task = task
        self.sim = Simulation(task.scene(), tries, nthread, list(task.variations.values()))
        task.prepare(self.sim)
        weld = mujoco.mj_name2id(self.sim.model, mujoco.mjtObj.mjOBJ_EQUALITY, HANDED)
        self._handed = weld if weld >= 0 else None

    @property
    def tries(self) -> int:
        """How many are played at once."""
        return self.sim.nsim

    def play(self, scripts: Scripts) -> Played:
        """Play all scripts."""
        sim = self.sim
        self._begin(scripts)
        seen: list[tuple[Array, ...]] = []
        unstable = np.zeros(sim.nsim, bool)
        for frame in range(-SETTLE, scripts.frames):
            self._aim(scripts, max(frame, 0))
            if self._handed is not None:
                sim.eq_active[:, self._handed] = frame < 0
            failed = sim.step(self.task.frame_skip)
            unstable |= False if failed is None else failed
            if frame >= 0:
                seen.append(self._look())
        recorded = [np.stack(part, axis=1) for part in zip(*seen, strict=True)]
        return Played(*recorded, *[unstable])

    def _begin(self, scripts: Scripts) -> None:
        sim = self.sim
        sim.reset()
        every = np.arange(sim.nsim)
        self._aim(scripts, 0)
        wrist = np.concatenate([sim.mocap_pos[:, 0], sim.mocap_quat[:, 0]], axis=1)
        sim.joint(MPL.root).qpos[every] = wrist
        self.task.put_fingers(sim, every, scripts.fingers[:, 0])
        if scripts.box_pos is not None:
            sim.body("box").pos[every] = scripts.box_pos
        self.task.put_object(sim, every, scripts.object_pos, scripts.object_quat)
        sim.forward()

    def _aim(self, scripts: Scripts, frame: int) -> None:
        sim = self.sim
        sim.mocap_pos[:, 0], sim.mocap_quat[:, 0] = scripts.wrist_pos[:, frame], scripts.wrist_quat[:, frame]
        sim.ctrl[:] = scripts.fingers[:, frame]

    def _look(self) -> tuple[Array, ...]:
        sim, task = self.sim, self.task
        thing, palm = sim.body(task.thing), sim.site(MPL.palm)
        measured = (
            MPL.keypoints(sim),
            thing.xpos,
            thing.xmat.reshape(-1, 3, 3),
            palm.xpos,
            palm.xmat.reshape(-1, 3, 3),
            task.gaps(sim),
            task.rests(sim),
            task.success(sim),
        )
        return tuple(np.array(each) for each in measured)
