"""A demonstration as a tracker would have seen it: the hand of the person who gave it, and where the wrist was.

A demonstration's actions are where its author's hand was, as far as the robot's servos were told. So the hand is posed
where the servos would pull it with nothing in the way, and its 21 points and wrist are what a tracker sees: the points
with a trembling of their own, without which a hand would be taken for one that is not tracked any more. In the first
frame, when the arm is engaged, the hand is where the robot's is, as a person is asked to hold it.
"""

from __future__ import annotations

from collections.abc import Iterator

import mujoco
import numpy as np

from hand_envs.core.simulation import Simulation, State
from hand_envs.core.task import Task
from hand_envs.datasets.demonstrations import Demonstration, Demonstrations
from hand_envs.errors import TaskError
from hand_envs.live.arm import Arm, keypoints
from hand_envs.live.recording import Recording, recording
from hand_envs.live.servo import Servos
from hand_envs.live.turning import quaternion

Array = np.ndarray

TREMBLING = 3e-4  # m, standard deviation of each point and frame


class Tracker:
    """Sees the hand that a demonstration means, at some frames a second.

    Args:
        task: of the demonstrations.
        frequency: frames a second.
        trembling: of each point (m), drawn anew each frame.
    """

    def __init__(self, task: Task, frequency: float = 30.0, trembling: float = TREMBLING) -> None:
        hand = task.hand
        if hand is None:
            raise TaskError(f"{type(task).__name__} does not declare its hand (`hand = ADROIT`).")
        self._task, self.hand = task, hand
        self.frequency, self.trembling = frequency, trembling
        self._model = task.scene().compile()
        self._data = mujoco.MjData(self._model)
        self._step = task.frame_skip * self._model.opt.timestep
        self._arm = Arm(hand, self._model)
        self._servos = Servos(hand, self._model, hand.joints)
        self._qpos = np.array([self._model.joint(joint).qposadr[0] for joint in hand.joints])

    def recorded(self, demonstration: Demonstration, seed: int = 0) -> Recording:
        """What is seen of a demonstration, with where it started."""
        random = np.random.default_rng(seed)
        count = int(np.ceil(len(demonstration) * self._step * self.frequency - 1e-9))
        times = np.arange(count) / self.frequency
        steps = np.minimum((times / self._step + 1e-9).astype(int), len(demonstration) - 1)
        angles = self._servos.angles(demonstration.actions[steps][:, self._servos.numbers])
        angles[0] = self._start(demonstration.state)
        seen = list(self._seen(angles))
        points = np.stack([points for points, _ in seen])
        return recording(
            times=times,
            points=points + self.trembling * random.normal(size=points.shape),
            wrist=np.stack([wrist for _, wrist in seen]),
            start=demonstration.state,
        )

    def _start(self, state: State) -> Array:
        """Angles of the hand where a demonstration starts."""
        sim = Simulation(self._task.scene(), 1, 1, self._task.variations.values())
        self._task.prepare(sim)
        self._task.place(sim, 0, state)
        angles: Array = sim.qpos[0, self._qpos]
        return angles

    def _seen(self, poses: Array) -> Iterator[tuple[Array, Array]]:
        """Points and wrist of the hand at these angles."""
        for angles in poses:
            place = self._arm.place(angles[: len(self._arm.joints)])
            self._data.qpos[self._qpos] = angles
            mujoco.mj_kinematics(self._model, self._data)
            wrist = np.concatenate([place.position, quaternion(place.rotation)])
            yield keypoints(self.hand, self._data), wrist


def recordings(task: Task, demonstrations: Demonstrations, frequency: float = 30.0) -> list[Recording]:
    """What a tracker sees of each demonstration, the trembling seeded by its number."""
    tracker = Tracker(task, frequency)
    return [tracker.recorded(each, seed) for seed, each in enumerate(demonstrations)]
