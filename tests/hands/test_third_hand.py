"""A hand is added by a file: that of the page about robot hands, written down and used as those of the suite are."""

from __future__ import annotations

import re
from pathlib import Path

import gymnasium as gym
import mujoco
import numpy as np
import pytest
from conftest import ROOT
from gripping import cup_scene, grasp, place_in_hand

from hand_envs.core.simulation import Simulation
from hand_envs.hands.built import add_hand, touch_sensors
from hand_envs.hands.profile import HandProfile, profile
from hand_envs.poses.human import average, forward, sample
from hand_envs.poses.retargeting import kappa


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    (text,) = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "robot_hands.md").read_text(), re.S)
    file = tmp_path_factory.mktemp("hands") / "claw.toml"
    file.write_text(text)
    return file


@pytest.fixture
def claw(path) -> HandProfile:
    return profile(path)


def test_its_file_is_all_it_takes(claw):
    assert (claw.name, len(claw.motors), len(claw.joints)) == ("claw", 4, 10)
    assert touch_sensors(claw) == ("index_touch", "middle_touch", "thumb_touch")
    np.testing.assert_allclose(claw.joint_angles([1.0, 0.0, 0.0, 0.0])[:4], (0.8, 0.8, 0.5, 0.0))
    np.testing.assert_allclose(claw.pulleys[:3, 0], np.array([0.8, 0.8, 0.5]) / (0.8**2 + 0.8**2 + 0.5**2))


def test_a_task_takes_it_by_its_path(path, claw):
    env = gym.make("HandRealPickCup-v0", hand=str(path))
    env.reset(seed=0)
    assert env.action_space.shape == (6 + 4,)
    observation, *_ = env.step(np.zeros(10, np.float32))
    assert np.isfinite(observation).all()
    np.testing.assert_array_equal(env.unwrapped.task.limits.high[6:], claw.high)
    env.close()


def test_it_holds_a_cup(claw):
    sim = Simulation(cup_scene(claw))
    grasp(sim, claw)
    before = place_in_hand(sim)
    assert sim.step(1000) is None
    assert np.linalg.norm(place_in_hand(sim) - before) < 0.01


def test_hands_of_people_move_it(claw):
    """Its 21 points are there; of the fingers it does not have, nothing moves."""
    spec = mujoco.MjSpec()
    spec.compiler.degree = False
    hand = add_hand(spec, claw)
    people = forward(average(), sample(np.random.default_rng(0), 20))
    for which in ("closed", "optimised"):
        found = kappa(which, hand, spec.compile())
        angles = found(people, found.memory(20))
        assert angles.shape == (20, 10)
        assert ((angles >= found.low) & (angles <= found.high)).all()
        assert (np.ptp(angles, axis=0) > 0.01).sum() >= 8
