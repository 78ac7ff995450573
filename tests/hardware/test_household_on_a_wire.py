"""Attempts at household tasks through driver, bus and emulated servos end as they do in the twin."""

from __future__ import annotations

import gymnasium as gym
import pytest
from conftest import needs_gl

from hand_envs.attempts.demonstrate import SCRIPTS
from hand_envs.attempts.episode import GraspEpisode
from hand_envs.registry import ENTRIES

SCORE = 0.05
"""By which scores may differ: contacts are no more alike than the moments at which they begin."""
IDS = [entry.id for entry in ENTRIES if entry.family == "household" and entry.plain]
QUICK = "HandRealPickCup-v0"


def attempted(env_id: str, **backend: str) -> tuple[float, dict]:
    """Score and info of a good attempt, known from where things are."""
    env = GraspEpisode(gym.make(env_id, **backend), width=32, height=32)
    env.reset(seed=3)
    inner = env.unwrapped
    xi = SCRIPTS[inner.task.name].xi(inner.task, inner.episode.sim)[0]
    _, reward, _, _, info = env.step(xi)
    env.close()
    return reward, info


@needs_gl
def test_after_an_attempt_an_operator_says_what_it_was_worth():
    env = GraspEpisode(gym.make(QUICK, backend="hardware", port="emulated", operator=[0.25, 0.75]), width=32, height=32)
    outcomes = []
    for _ in range(2):
        env.reset(seed=3)
        _, reward, _, _, info = env.step(env.action_space.sample())
        outcomes.append((reward, info["success"]))
    env.close()
    assert outcomes == [(0.25, False), (0.75, True)]


@needs_gl
@pytest.mark.parametrize(
    "env_id", [each if each == QUICK else pytest.param(each, marks=pytest.mark.slow) for each in IDS]
)
def test_an_attempt_on_a_wire_is_that_of_the_twin(env_id):
    twin, of_twin = attempted(env_id)
    wire, of_wire = attempted(env_id, backend="hardware", port="emulated")
    assert of_twin["success"]
    assert of_wire["success"]
    assert wire == pytest.approx(twin, abs=SCORE)
    assert of_twin.keys() == of_wire.keys()
    assert of_wire["backend"] == "hardware"
    assert of_wire["fault"] == ""
