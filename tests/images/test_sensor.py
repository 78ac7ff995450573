"""A depth camera's errors, one by one."""

from __future__ import annotations

import numpy as np
import pytest

from hand_envs.images import Sensor

QUIET = {"noise": 0.0, "flying": 0.0, "missing": 0.0, "holes": 0.0, "step": 0.0}


def flat(distance: float) -> np.ndarray:
    picture = np.zeros((120, 120), np.float32)
    picture[20:100, 20:100] = distance
    return picture


def seen(distance: float = 0.5, seed: int = 0, **errors: float) -> np.ndarray:
    return Sensor(**{**QUIET, **errors})(flat(distance), np.random.default_rng(seed))


def test_a_perfect_sensor_changes_nothing():
    assert np.array_equal(seen(), flat(0.5))


def test_noise_grows_with_the_square_of_the_distance_and_never_touches_what_is_not_there():
    spread = [np.mean([seen(z, seed, noise=0.002)[30:90, 30:90].std() for seed in range(40)]) for z in (0.5, 1.0)]
    assert spread[0] == pytest.approx(0.002, rel=0.2)
    assert spread[1] == pytest.approx(4 * spread[0], rel=0.02)
    assert (seen(noise=0.002)[:20] == 0).all()


def test_only_edges_fray():
    frayed = seen(missing=0.4, flying=0.3)
    assert np.array_equal(frayed[22:98, 22:98], flat(0.5)[22:98, 22:98])
    edge = frayed[20, 20:100]
    assert (edge == 0).mean() == pytest.approx(0.4, abs=0.2)
    floating = edge > 0.5
    assert floating.mean() == pytest.approx(0.3, abs=0.2)
    assert edge.max() <= 0.541


def test_the_nearer_surface_frays_not_the_one_behind():
    picture = flat(0.6)
    picture[40:60, 40:60] = 0.5
    frayed = Sensor(**{**QUIET, "missing": 1.0})(picture, np.random.default_rng(0))
    assert (frayed[40, 40:60] == 0).all()
    assert (frayed[39, 40:60] == np.float32(0.6)).all()


def test_holes_are_patches():
    lost = [int((seen(seed=seed, holes=3.0) == 0).sum()) - int((flat(0.5) == 0).sum()) for seed in range(30)]
    assert max(lost) > 20
    assert min(lost) == 0


def test_depth_comes_in_steps():
    steps = seen(0.5004, step=0.001)[50, 50] / 0.001
    assert steps == pytest.approx(round(float(steps)), abs=1e-3)
