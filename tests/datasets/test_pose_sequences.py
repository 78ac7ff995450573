"""Pose sequences on disk: what was written is read, what is damaged is refused by name."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from fuzz.mutants import damaged, outcome, within
from user_at_the_door import seen_at_the_door

from hand_envs.datasets.pose_sequences import PoseSequences, read_pose_sequences
from hand_envs.errors import DatasetError


def test_round_trip(tmp_path):
    made = replace(seen_at_the_door(), notes={"error_mm": 8.5}, numbers=np.arange(40) * 5000)
    read = read_pose_sequences(made.write(tmp_path / "door.npz"))
    assert read.env_id == "HandDoor-v0"
    assert read.notes == {"error_mm": 8.5}
    for kind in ("gt", "est"):
        np.testing.assert_allclose(read.points[kind], made.points[kind], atol=2.5001e-5)
    assert (read.frames == made.frames).all()
    assert (read.splits == made.splits).all()
    assert (read.numbers == made.numbers).all()
    np.testing.assert_allclose(read.features, made.features, rtol=1e-3, atol=1e-3)
    again = read_pose_sequences(read.write(tmp_path / "again.npz"))
    assert all((again.points[kind] == read.points[kind]).all() for kind in ("gt", "est"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"frames": np.full((3, 2, 20), 40)}, "numbers of the 40 images"),
        ({"splits": np.array([0, 1])}, "splits"),
        ({"splits": np.array([0, 1, 7])}, "splits"),
        ({"features": np.zeros((3, 4))}, "features"),
        ({"numbers": np.zeros(39)}, "numbers"),
        ({"features": np.full((40, 4), np.nan)}, "features holds values that are not finite"),
        ({"frames": np.zeros((3, 1000, 1000), np.uint8)}, "more than"),
        ({"points": {}}, "same number"),
        ({"points": {"gt": np.full((40, 21, 3), np.nan)}}, "not finite"),
    ],
)
def test_what_cannot_be_is_refused(change, message):
    with pytest.raises(DatasetError, match=message):
        replace(seen_at_the_door(), **change)


def test_a_hand_too_far_away_is_not_stored(tmp_path):
    far = PoseSequences("HandDoor-v0", {"gt": np.full((1, 21, 3), 2.0)}, np.zeros((1, 1, 1), int), np.zeros(1, int))
    with pytest.raises(DatasetError, match=r"1\.64 m"):
        far.write(tmp_path / "far.npz")


def test_damaged_files_are_refused_by_name(tmp_path, deep):
    whole = seen_at_the_door().write(tmp_path / "whole.npz").read_bytes()
    random, counts, path = np.random.default_rng(0), Counter(), tmp_path / "damaged.npz"
    for _ in range(150 * deep):
        path.write_bytes(damaged(whole, random))
        with within():
            counts[outcome(lambda: read_pose_sequences(path), path)] += 1
    assert counts["refused"] > 100 * deep
