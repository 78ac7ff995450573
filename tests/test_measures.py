"""Measures, streams and layout: hand-computed values and properties."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest

from hand_envs.core import measures
from hand_envs.core.layout import Layout
from hand_envs.core.measures import Staircase
from hand_envs.core.streams import Streams
from hand_envs.errors import HandEnvsError


def test_lengths_and_products():
    a, b = np.array([[3.0, 4, 0], [0, 0, 2]]), np.array([[0.0, 0, 0], [0, 0, -1]])
    np.testing.assert_allclose(measures.distance(a, b), [5, 3])
    np.testing.assert_allclose(measures.norm(a), [5, 2])
    np.testing.assert_allclose(measures.square_sum(a), [25, 4])
    np.testing.assert_allclose(measures.dot(a, b), [0, -2])
    np.testing.assert_allclose(measures.clip(a, -1, 3), [[3, 3, 0], [0, 0, 2]])


def rotations(angles: np.ndarray) -> np.ndarray:
    """Rx(a) Ry(b) Rz(c), multiplied out by MuJoCo."""
    rows = []
    for quaternion in measures.quaternion_from_euler_xyz(angles):
        matrix = np.zeros(9)
        mujoco.mju_quat2Mat(matrix, quaternion)
        rows.append(matrix)
    return np.stack(rows)


def test_euler_angles_go_around():
    angles = np.random.default_rng(0).uniform((-3.1, -1.5, -3.1), (3.1, 1.5, 3.1), (200, 3))
    np.testing.assert_allclose(measures.euler_xyz(rotations(angles)), angles, atol=1e-12)


def test_euler_angles_are_rotations_about_x_then_y_then_z():
    quaternion = measures.quaternion_from_euler_xyz(np.array([[np.pi / 2, 0, np.pi / 2]]))[0]
    turned = np.zeros(3)
    mujoco.mju_rotVecQuat(turned, np.array([1.0, 0, 0]), quaternion)
    np.testing.assert_allclose(turned, [0, 0, 1], atol=1e-12)  # z turns x to y, then x turns y to z


@pytest.mark.parametrize("b", [np.pi / 2, -np.pi / 2])
def test_euler_angles_in_gimbal_lock_describe_the_same_rotation(b):
    matrix = np.round(rotations(np.array([[0.3, b, 0.4]])), 15)
    matrix[:, [5, 8]] = 0.0
    matrix[:, [0, 1]] = 0.0
    angles = measures.euler_xyz(matrix)
    assert angles[0, 0] == 0
    np.testing.assert_allclose(rotations(angles), matrix, atol=1e-7)


def test_axes_of_a_frame():
    matrix = rotations(np.array([[0.1, 0.2, 0.3]]))
    for index in range(3):
        np.testing.assert_array_equal(measures.axis(matrix, index), matrix.reshape(1, 3, 3)[:, :, index])


def test_staircases_have_strict_edges():
    up = Staircase(above={1.0: 8.0, 0.2: 2.0}, base=-1.0)
    np.testing.assert_array_equal(up(np.array([0, 0.2, 0.21, 1.0, 1.01])), [-1, -1, 1, 1, 9])
    down = Staircase(below={0.1: 10.0, 0.05: 20.0})
    np.testing.assert_array_equal(down(np.array([0.2, 0.1, 0.09, 0.05, 0.04])), [0, 0, 10, 10, 30])
    assert up(np.zeros((4, 1))).shape == (4, 1)
    with pytest.raises(ValueError, match="either up"):
        Staircase(above={1: 1}, below={1: 1})


def test_measured_is_computed_once_a_step():
    class Sim:
        measured = {}

    class Task:
        calls = 0

        @measures.measured
        def height(self, sim):
            self.calls += 1
            return self.calls

    task, sim = Task(), Sim()
    assert [task.height(sim), task.height(sim)] == [1, 1]
    sim.measured.clear()
    assert task.height(sim) == 2


def generators(*seeds: int) -> list[np.random.Generator]:
    return [np.random.default_rng(seed) for seed in seeds]


def test_a_stream_does_not_depend_on_its_neighbours():
    together = Streams(generators(0, 1, 2))
    alone = Streams(generators(1))
    for draw in (
        lambda rng: rng.uniform((-1, 0), (1, 5)),
        lambda rng: rng.integers(10),
    ):
        np.testing.assert_array_equal(draw(together)[1], draw(alone)[0])


def test_streams_draw_within_bounds():
    draws = np.concatenate([Streams(generators(seed)).uniform((-1, 2), (0, 3)) for seed in range(200)])
    assert draws.min(axis=0) == pytest.approx([-1, 2], abs=0.05)
    assert draws.max(axis=0) == pytest.approx([0, 3], abs=0.05)
    assert Streams(generators(0)).uniform(0, 1).shape == (1,)


def test_layout_packs_and_unpacks():
    parts = {"a": np.arange(4.0).reshape(2, 2), "b": np.array([[9.0], [8.0]])}
    layout = Layout.of(parts)
    packed = layout.pack(parts)
    np.testing.assert_array_equal(packed, [[0, 1, 9], [2, 3, 8]])
    assert dict(layout) == {"a": slice(0, 2), "b": slice(2, 3)}
    for name, part in layout.unpack(packed).items():
        np.testing.assert_array_equal(part, parts[name])
    assert layout.unpack(packed[0])["b"] == 9
    with pytest.raises(KeyError, match="Valid: a, b"):
        layout["c"]
    with pytest.raises(HandEnvsError, match="last axis of 3"):
        layout.unpack(packed[:, :2])
    with pytest.raises(HandEnvsError, match="'a' must have shape"):
        Layout.of({"a": np.zeros(3)})
