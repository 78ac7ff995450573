"""Repertoires: the best motion to each place, found the same each time."""

from __future__ import annotations

import numpy as np
import pytest

from agents.planner.repertoire import Explorer, Repertoire
from hand_envs.errors import DatasetError


def of(*told: tuple[tuple[float, float, float], float]) -> Repertoire:
    directions = np.array([direction for direction, _ in told], float).reshape(-1, 3)
    points = np.arange(len(told), dtype=float)[:, None, None] * np.ones((1, 4, 2))
    return Repertoire(points, directions, np.array([merit for _, merit in told]))


def test_the_best_motion_to_each_place_is_kept():
    known = of(((0.61, 0.01, 0.79), 1.0), ((0.0, 0.61, 0.79), 1.0))
    new = of(((0.63, 0.02, 0.77), 2.0), ((0.01, 0.62, 0.78), 0.5), ((0.63, 0.02, -0.77), 0.1))
    known = known.offer(new.points + 10, new.directions, new.merits)
    assert len(known) == 3, "up and down are different places"
    assert sorted(known.merits) == [0.1, 1.0, 2.0]
    np.testing.assert_array_equal(known.nearest(np.array([0.6, 0.0, 0.8]), 1)[0], np.full((4, 2), 10.0))
    np.testing.assert_array_equal(known.nearest(np.array([0.0, 0.6, 0.8]), 2)[0], np.full((4, 2), 1.0))
    assert len(known.nearest(np.array([0.0, 0.0, 1.0]), 9)) == 3


def test_a_repertoire_is_read_as_it_was_written(tmp_path):
    known, path = of(((1, 0, 0), 1.0), ((0, 1, 0), 2.0)), tmp_path / "made" / "pen.npz"
    known.save(path)
    again = Repertoire.load(path)
    np.testing.assert_array_equal(again.points, known.points)
    np.testing.assert_array_equal(again.directions, known.directions)
    assert [each.name for each in path.parent.iterdir()] == ["pen.npz"]
    with pytest.raises(DatasetError, match="make one"):
        Repertoire.load(tmp_path / "none.npz")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn", None], ids=["empty", "torn", "other"])
def test_a_damaged_repertoire_is_named_with_what_to_do(content, tmp_path):
    path = tmp_path / "pen.npz"
    ones = np.ones((2, 3))
    np.savez(path, points=ones, directions=ones, merits=ones) if content is None else path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"pen\.npz.* Make it anew"):
        Repertoire.load(path)


def test_goals_are_those_of_many_starts():
    goals = Explorer(2).goals
    assert len(np.unique(goals, axis=0)) == len(goals)
    np.testing.assert_allclose(np.linalg.norm(goals, axis=1), 1.0)
    assert 0.4 < (goals[:, 0] < 0).mean() < 0.6, "half of them are on the other side"


def test_exploring_finds_the_same_on_any_number_of_threads():
    first, second = (Explorer(16, seed=3, nthread=nthread) for nthread in (1, 2))
    assert list(first.explore(3)) == list(second.explore(3))
    assert len(first.known) > 0
    np.testing.assert_array_equal(first.known.points, second.known.points)
    assert np.abs(first.known.points).max() <= 1.0
