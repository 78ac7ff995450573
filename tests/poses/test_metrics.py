"""Errors of poses, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from test_frames import rotations

from hand_envs.errors import OptionError
from hand_envs.poses import metrics
from hand_envs.poses.frames import REST


def test_errors_by_hand():
    off = REST.copy()
    off[4] += [0.003, 0.004, 0]
    off[8] += [0, 0, 0.021]
    errors = metrics.joint_errors(off, REST)
    np.testing.assert_allclose(errors[[3, 4, 8]], [0, 0.005, 0.021], atol=1e-12)
    assert metrics.mpjpe(off, REST) == pytest.approx(0.026 / 21)
    np.testing.assert_allclose(metrics.pck(off, REST, [0.0, 0.0051, 0.02, 0.0211]), np.array([19, 20, 20, 21]) / 21)


def test_auc_is_the_mean_of_pck():
    predicted = REST + np.random.default_rng(0).normal(0, 0.02, size=(50, 21, 3))
    thresholds = np.linspace(0.01, 0.05, 20_001)
    assert metrics.auc(predicted, REST, 0.01, 0.05) == pytest.approx(
        metrics.pck(predicted, REST, thresholds).mean(), abs=1e-4
    )
    with pytest.raises(OptionError, match="low < high"):
        metrics.auc(predicted, REST, 0.05, 0.05)


def test_a_joint_not_predicted_is_a_miss():
    lacking = REST.copy()
    lacking[3] = np.nan
    assert metrics.pck(lacking, REST, 1e9) == pytest.approx(20 / 21)
    assert metrics.auc(lacking, REST) == pytest.approx(20 / 21)
    assert np.isnan(metrics.mpjpe(lacking, REST))


def test_procrustes_undoes_a_similarity_but_no_mirror():
    turn = rotations(9)
    moved = 2.5 * REST @ np.swapaxes(turn, -1, -2) + 3
    np.testing.assert_allclose(metrics.procrustes(moved, np.broadcast_to(REST, moved.shape)), [REST] * 9, atol=1e-12)
    unscaled = metrics.procrustes(moved, np.broadcast_to(REST, moved.shape), scale=False)
    np.testing.assert_allclose(
        unscaled - unscaled.mean(1, keepdims=True), [2.5 * (REST - REST.mean(0))] * 9, atol=1e-12
    )
    assert metrics.mpjpe(metrics.procrustes(REST * [1, -1, 1], REST), REST) > 0.005
