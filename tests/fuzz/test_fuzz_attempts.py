"""Damaged trajectories end in one error that names the file; whatever is attempted stays within the limits."""

from __future__ import annotations

from collections import Counter

import numpy as np
from fuzz.mutants import damaged, outcome, within

from hand_envs.attempts import Trajectory
from hand_envs.attempts.plan import Plan
from hand_envs.files.shipped import shipped
from hand_envs.hands.profile import profile

MUTANTS = 200


def test_damaged_trajectories_are_refused_or_read(tmp_path, deep):
    content, random = shipped("household/pick-spoon.json", "trajectory").read_bytes(), np.random.default_rng(0)
    path, counts = tmp_path / "tau.json", Counter[str]()
    for _ in range(MUTANTS * deep):
        path.write_bytes(damaged(content, random))
        with within():
            counts[outcome(lambda: Trajectory.load(path), path)] += 1
    assert len(counts) > 1


def test_any_attempt_becomes_targets_that_are_numbers(deep):
    random, hand = np.random.default_rng(0), profile("dash")
    tau = Trajectory.load(shipped("household/pour-cup.json", "trajectory"))
    start = np.concatenate([(-0.25, 0.0, 0.4, 0.0, 0.0, 0.0), hand.home])
    for _ in range(20 * deep):
        n = int(random.integers(1, 5))
        turns = random.uniform(-np.pi, np.pi, (n, 3)) * random.integers(0, 2, (n, 1))
        xi = np.hstack([random.uniform(-0.3, 0.3, (n, 3)), turns, random.uniform(hand.low, hand.high, (n, 12))])
        plan = Plan.of(np.tile(start, (n, 1)), xi, tau, hand)
        assert plan.targets.shape == (len(plan.stages), n, 18)
        assert np.isfinite(plan.targets).all()
        assert (plan.targets[..., 6:] >= hand.low - 1e-12).all()
        assert (plan.targets[..., 6:] <= hand.high + 1e-12).all()
