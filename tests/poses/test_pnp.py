"""A hand's place from its picture: found where it was, and within what the picture's noise leaves open."""

from __future__ import annotations

import numpy as np
import pytest

from hand_envs.errors import OptionError
from hand_envs.poses.frames import REST
from hand_envs.poses.pnp import FEWEST, Intrinsics, fit

CAMERA = Intrinsics(600.0, 620.0, 320.0, 240.0)


def hands(count: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Hands before the camera (m), and the same each turned as it likes about its own middle."""
    rng = np.random.default_rng(3)
    turns = np.linalg.qr(rng.normal(size=(2, count, 3, 3)))[0]
    turns *= np.sign(np.linalg.det(turns))[..., None, None]
    placed = REST @ turns[0] + rng.uniform((-0.15, -0.1, 0.35), (0.15, 0.1, 0.8), (count, 3))[:, None]
    return placed, (placed - placed.mean(axis=1, keepdims=True)) @ turns[1]


def test_a_picture_is_projected_as_a_pinhole_does():
    np.testing.assert_allclose(CAMERA.project(np.array([0.1, -0.2, 0.5])), (440.0, -8.0))
    np.testing.assert_allclose(CAMERA.rays(np.array([440.0, -8.0])), (0.2, -0.4))


def test_without_noise_the_hand_is_where_it_was():
    placed, loose = hands()
    found, missed = fit(loose, CAMERA.project(placed), CAMERA)
    assert missed.max() < 1e-3
    np.testing.assert_allclose(found, placed, atol=1e-5)


def test_with_a_pixel_of_noise_depth_errs_by_a_few_percent():
    placed, loose = hands(100)
    pixels = CAMERA.project(placed)
    found, missed = fit(loose, pixels + np.random.default_rng(0).normal(size=pixels.shape), CAMERA)
    error = np.linalg.norm(found - placed, axis=-1).mean(axis=1)
    assert np.median(error) < 0.012
    assert 0.9 < np.median(missed) < 1.6  # about sqrt(2) pixels a point, less six of 42 numbers


def test_points_that_were_not_seen_count_for_nothing():
    placed, loose = hands(5)
    pixels = CAMERA.project(placed)
    pixels[0, 3:9], loose[1, 15:] = np.nan, np.nan
    pixels[2, FEWEST - 1 :] = np.nan
    found, missed = fit(loose, pixels, CAMERA)
    np.testing.assert_allclose(found[[0, 3, 4]], placed[[0, 3, 4]], atol=1e-5)
    np.testing.assert_allclose(found[1, :15], placed[1, :15], atol=1e-5)
    assert np.isnan(found[1, 15:]).all()
    assert np.isnan(found[2]).all()
    assert np.isnan(missed[2])


def test_what_fits_no_camera_is_refused():
    with pytest.raises(OptionError, match="Intrinsics"):
        Intrinsics(0.0, 600.0, 320.0, 240.0)
    with pytest.raises(OptionError, match="pixels \\(t, k, 2\\)"):
        fit(np.zeros((4, 21, 3)), np.zeros((4, 20, 2)), CAMERA)
