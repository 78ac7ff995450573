"""Linear probes of frozen features."""

import numpy as np
import pytest

from agents.vision.pretraining.probing import PENALTIES, probe
from hand_envs.errors import OptionError

EPISODES = np.repeat(np.arange(12), 20)


def features(seed: int = 0, width: int = 6) -> np.ndarray:
    return np.random.default_rng(seed).normal(3.0, [1, 2, 5, 0.1, 1, 0], (len(EPISODES), width))


def test_what_features_say_linearly_is_found_in_its_own_unit():
    seen = features()
    targets = np.stack([1000 * seen[:, 0] - 7 * seen[:, 3] + 5, seen[:, 2] / 1000], axis=1)
    found = probe(seen, targets, EPISODES)
    assert (found.error < 1e-4 * found.reference).all()
    assert found.reference[0] == pytest.approx(1000 * np.sqrt(2 / np.pi), rel=0.2), "of a normal distribution"


def test_what_features_do_not_say_is_told_no_better_than_by_the_mean():
    noise = np.random.default_rng(5).normal(size=(len(EPISODES), 3))
    found = probe(features(), noise, EPISODES)
    assert found.error == pytest.approx(found.reference, rel=0.1)
    assert found.penalty >= PENALTIES[-2], "nothing is worth fitting"


def test_a_feature_that_names_the_episode_helps_nobody():
    """Were frames of one episode on both sides, it would tell what differs between episodes."""
    names = np.eye(12)[EPISODES]
    place = np.random.default_rng(1).normal(size=(12, 1))[EPISODES]
    found = probe(names, place, EPISODES)
    assert found.error > 0.9 * found.reference


def test_the_probe_is_that_of_the_normal_equations():
    rng = np.random.default_rng(2)
    seen, held = rng.normal(size=(240, 6)), EPISODES % 4 == 1
    targets = seen @ rng.normal(size=(6, 2)) + rng.normal(size=(240, 2))
    found = probe(seen, targets, EPISODES, held)
    fit, mean, std = seen[~held], seen[~held].mean(0), seen[~held].std(0)
    scaled = (fit - mean) / std
    gram = scaled.T @ scaled / len(fit)
    middle = targets[~held].mean(0)
    weights = np.linalg.solve(
        gram + found.penalty * np.trace(gram) / 6 * np.eye(6), scaled.T @ (targets[~held] - middle) / len(fit)
    )
    told = (seen[held] - mean) / std @ weights + middle
    assert found.error == pytest.approx(np.abs(told - targets[held]).mean(0))
    assert found.reference == pytest.approx(np.abs(middle - targets[held]).mean(0))


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"features": np.zeros((240,))}, "features"),
        ({"targets": np.full((240, 1), np.nan)}, "finite"),
        ({"episodes": np.zeros(240, int)}, "two episodes"),
        ({"test": 1.0}, "share"),
        ({"test": np.arange(240) % 2 == 0}, "splits an episode"),
        ({"test": np.zeros(240, bool)}, "judged"),
        ({"test": np.zeros(3, bool)}, "which are held out"),
    ],
)
def test_what_is_no_probe_is_said(changes, what):
    given = {"features": features(), "targets": features()[:, :1], "episodes": EPISODES, "test": 0.25, **changes}
    with pytest.raises(OptionError, match=what):
        probe(**given)
