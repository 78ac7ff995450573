"""The arm goes where the wrist goes, with each hand that has one."""

from __future__ import annotations

import numpy as np
import pytest

from hand_envs.live.arm import Arm, Place, keypoints
from hand_envs.live.servo import Servos
from hand_envs.live.turning import about_z, mixed, quaternion, rotation, turn
from hand_envs.poses.frames import palm_frame
from hand_envs.registry import task_of

IDS = ["HandPen-v0", "HandHammer-v0", "HandDoor-v0", "HandRelocate-v0", "HandRelocateMug-v0"]


def arm_of(env_id: str) -> Arm:
    task = task_of(env_id, {})
    return Arm(task.hand, task.scene().compile())


def near(arm: Arm, seed: int, spread: float = 0.6) -> np.ndarray:
    """Angles from the middle part of what the servos can, and the joints."""
    low, high = np.maximum(arm.low, -0.5), np.minimum(arm.high, 0.5)
    return (low + high) / 2 + spread * (high - low) / 2 * np.random.default_rng(seed).uniform(-1, 1, len(low))


@pytest.mark.parametrize("env_id", IDS)
def test_the_palm_is_brought_where_it_can_go(env_id):
    arm = arm_of(env_id)
    for seed in range(5):
        target = arm.place(near(arm, seed))
        angles = near(arm, seed + 100, 0.1)
        for _ in range(10):
            angles = arm.reach(target, angles)
        reached = arm.place(angles)
        assert np.linalg.norm(turn(target.rotation @ reached.rotation.T)) < 2e-3
        if arm.hand.arm:
            assert np.linalg.norm(target.position - reached.position) < 5e-4


@pytest.mark.parametrize("env_id", IDS)
def test_a_path_is_followed_step_by_step(env_id):
    """A hand at 0.2 m/s, 100 times a second: four iterations a step keep within a millimetre."""
    arm = arm_of(env_id)
    path = [near(arm, 1) * share + near(arm, 2) * (1 - share) for share in np.linspace(0, 1, 100)]
    angles = path[0]
    for on_path in path:
        target = arm.place(on_path)
        angles = arm.reach(target, angles)
        reached = arm.place(angles)
        assert np.linalg.norm(turn(target.rotation @ reached.rotation.T)) < 5e-3
        if arm.hand.arm:
            assert np.linalg.norm(target.position - reached.position) < 1e-3


@pytest.mark.parametrize("env_id", IDS)
def test_out_of_reach_is_as_near_as_it_gets(env_id):
    arm = arm_of(env_id)
    start = near(arm, 0)
    far = Place(arm.place(start).position + np.array([5.0, -5.0, 5.0]), about_z(2.0) @ arm.place(start).rotation)
    angles = start
    for _ in range(50):
        angles = arm.reach(far, angles)
        assert np.isfinite(angles).all()
        assert (angles >= arm.low - 1e-12).all()
        assert (angles <= arm.high + 1e-12).all()


def test_the_palm_s_frame_is_that_of_its_keypoints():
    arm = arm_of("HandRelocate-v0")
    arm._data.qpos[:] = 0
    place = arm.place(np.zeros(len(arm.joints)))
    points = keypoints(arm.hand, arm._data)
    np.testing.assert_allclose(place.position, points[0], atol=1e-9)
    np.testing.assert_allclose(place.rotation, palm_frame(points), atol=1e-9)


def test_servos_of_dapg_s_arms_pull_two_and_a_half_times_as_far():
    """Force 500 u - 200 q is none at q = 2.5 u; the door's ARTz takes u from -0.3 to 0.5."""
    task = task_of("HandDoor-v0", {})
    servos = Servos(task.hand, task.scene().compile(), ("ARTz", "FFJ3"))
    np.testing.assert_allclose(servos.angles(np.array([-1.0, 0.0]))[0], -0.75)
    np.testing.assert_allclose(servos.angles(np.array([1.0, 0.0]))[0], 1.25)
    actions = np.array([0.3, -0.7])
    np.testing.assert_allclose(servos.actions(servos.angles(actions)), actions)
    np.testing.assert_array_equal(servos.actions(np.array([9.0, -9.0])), [1, -1])


def test_turning():
    half = np.array([np.cos(0.25), 0, 0, np.sin(0.25)])
    np.testing.assert_allclose(rotation(half), about_z(0.5))
    np.testing.assert_allclose(quaternion(about_z(0.5)), half)
    np.testing.assert_allclose(turn(about_z(-0.5)), [0, 0, -0.5])
    pose, other = np.array([0, 0, 0, 1.0, 0, 0, 0]), np.array([2, 0, 0, *-half])
    np.testing.assert_allclose(mixed(pose, other, 0.5), [1, 0, 0, np.cos(0.125), 0, 0, np.sin(0.125)])
    np.testing.assert_allclose(mixed(pose, other, 1.0), [2, 0, 0, *half])


def test_a_joint_at_its_end_leaves_the_rest_to_the_others():
    """Out of reach, what is reached is the nearest place there is: no joint that can move would bring it nearer."""
    arm = arm_of("HandRelocate-v0")
    start = np.zeros(len(arm.joints))
    start[1] = 0.2
    place = arm.place(start)
    far = Place(place.position + np.array([1.0, 0.05, 0.05]), place.rotation)
    angles = start
    for _ in range(100):
        angles = arm.reach(far, angles)
        free = (angles > arm.low + 1e-9) & (angles < arm.high - 1e-9)
        error, jacobian = arm._linearised(far, angles)
    assert not free.all()
    slope = jacobian.T @ error
    np.testing.assert_allclose(slope[free], 0, atol=1e-3)
    outward = np.where(angles <= arm.low + 1e-9, -slope, slope)[~free]
    assert (outward > -1e-3).all()
