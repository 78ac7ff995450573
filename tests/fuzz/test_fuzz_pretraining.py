"""Hostile configs of pre-trainings, and what probes are given: settled, or refused in our words."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import numpy as np

from agents.vision.pretraining.config import PretrainingConfig
from agents.vision.pretraining.probing import probe
from hand_envs.errors import OptionError

VALUES: list[Any] = [
    None, True, -1, 0, 1, 3, 16, 10**12, 10**400, 1e308, float("nan"), float("inf"), -0.5, 0.5, "", "3d", "2d", [],
    [48], [0.5, 0.5], [48, 112], ["a"], [float("nan")], [1] * 1000, {}, {"a": []}, [[]],
]  # fmt: skip
FIELDS = [each.name for each in dataclasses.fields(PretrainingConfig)]


def test_configs_of_any_values_are_whole_or_refused(deep):
    draw = random.Random(0)
    refused = 0
    for _ in range(300 * deep):
        data = {**PretrainingConfig.tiny, draw.choice([*FIELDS, "other"]): draw.choice(VALUES)}
        data[draw.choice(FIELDS)] = draw.choice(VALUES)
        try:
            config = PretrainingConfig.from_data(data)
        except OptionError:
            refused += 1
            continue
        assert PretrainingConfig.from_data(config.as_data()) == config
        assert all(config.size_at(steps) in config.sizes for steps in (0, config.steps // 2, config.steps))
        assert config.block * config.reuse // config.batch >= 1
    assert refused


def test_probes_of_any_arrays_err_finitely_or_are_refused(deep):
    rng = np.random.default_rng(0)
    for _ in range(60 * deep):
        n, w, k = rng.integers(0, 30), rng.integers(0, 6), rng.integers(0, 4)
        scale = 10.0 ** rng.integers(-12, 12, (w,))
        features = rng.normal(size=(n, w)) * scale * rng.integers(0, 2, (w,))
        targets = rng.normal(size=(n + rng.integers(0, 8) // 7, k)) * 10.0 ** rng.integers(-9, 9)
        if n and w and rng.random() < 0.1:
            features[rng.integers(n), rng.integers(w)] = rng.choice([np.nan, np.inf])
        before = features.copy()
        try:
            found = probe(
                features, targets, rng.integers(0, 5, n), rng.choice([0.25, 0.5, 2.0]), seed=int(rng.integers(9))
            )
        except OptionError:
            pass
        else:
            assert found.error.shape == (k,)
            assert np.isfinite(found.error).all()
        assert np.array_equal(features, before, equal_nan=True)
