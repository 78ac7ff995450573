"""Damaged captures: each file is read or refused by name, in bounded time and memory."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from captures.made import made
from fuzz.mutants import damaged, outcome, tell, within

from hand_envs.captures import read_captures, read_fphab, write_captures, write_fphab
from hand_envs.captures.fphab_layout import Layout

MUTANTS = 100  # of each kind
NAME = "Subject_1/pour_juice_bottle/2"
FILES = {
    "skeleton": lambda layout: layout.skeleton(NAME),
    "object": lambda layout: layout.object_pose(NAME),
    "split": lambda layout: layout.split,
    "subject": lambda layout: layout.subject("Subject_1"),
    "notes": lambda layout: layout.made,
}


def attack(path, read, named, deep: int, name: str) -> Counter:
    content, counts, random = path.read_bytes(), Counter(), np.random.default_rng(5)
    for _ in range(MUTANTS * deep):
        path.write_bytes(damaged(content, random))
        with within(megabytes=100):
            counts[outcome(lambda: sound(read()), named)] += 1
    tell(f"captures, {name}", counts)
    return counts


def sound(captures) -> None:
    """Whatever was read could have been seen by a camera."""
    for each in captures:
        for points in each.points.values():
            assert np.isfinite(points).all()
            assert np.abs(points).max() < 5
        assert abs(np.linalg.norm(each.down) - 1) < 1e-6
        if each.objects is not None:
            turn = each.objects[:, :3, :3]
            np.testing.assert_allclose(
                turn @ np.swapaxes(turn, 1, 2), np.broadcast_to(np.eye(3), turn.shape), atol=1e-9
            )


@pytest.mark.parametrize("name", FILES)
def test_damaged_files_of_fphab(tmp_path, deep, name):
    write_fphab(tmp_path, made())
    path = FILES[name](Layout(tmp_path))
    named = tmp_path if name == "split" else path  # which may name sequences that are not there
    counts = attack(path, lambda: read_fphab(tmp_path, "pour_juice_bottle"), named, deep, name)
    assert counts["refused"] > 20


def test_damaged_files_of_captures(tmp_path, deep):
    path = write_captures(made(), tmp_path / "pour.npz")
    counts = attack(path, lambda: read_captures(path), path, deep, "npz")
    assert counts["refused"] > 50
