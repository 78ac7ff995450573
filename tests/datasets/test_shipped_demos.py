"""The demonstrations that come with the suite: each plays back bit for bit, succeeds, and moves as a person might."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from conftest import ROOT, slow_but

from agents.planner.problems import problem_of
from hand_envs import datasets, replay
from hand_envs.core.measures import distance
from hand_envs.core.simulation import Simulation
from hand_envs.replay import make_env, play, start

FOLDER = ROOT / "assets" / "demos" / "hand"
SHIPPED = sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir())
HELD_OUT, PRACTICE = "held-out-v0", "practice-v0"
JERK = 0.05  # largest third difference of the actions, in normalised units a step cubed
HASTE = 2.0  # how much more it may be where a task leaves but a second
MEGABYTES = 3.2  # of each dataset


@pytest.fixture(params=slow_but(SHIPPED, "door-planned-v0", "relocate-foam-brick-planned-v0"), scope="module")
def name(request):
    return request.param


@pytest.fixture(scope="module")
def demonstrations(name):
    return datasets.load(FOLDER / name)


@pytest.fixture
def problem(name, demonstrations):
    style = "planned" if name.endswith((HELD_OUT, PRACTICE)) else name.removesuffix("-v0").split("-")[-1]
    return problem_of(demonstrations.env_id, style)


def test_there_are_enough_and_they_are_small(demonstrations, problem, name):
    assert len(demonstrations) >= (13 if name.endswith(HELD_OUT) else 24)
    first = 1000 * name.endswith(HELD_OUT) + 2000 * name.endswith(PRACTICE)
    assert all(first <= each.seed < first + 1000 for each in demonstrations)
    assert len({each.seed for each in demonstrations}) == len(demonstrations)
    assert dict(demonstrations.options) == dict(problem.options)
    size = sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file())
    assert size <= MEGABYTES * 1e6 * len(SHIPPED)


def test_starts_are_those_the_task_draws(demonstrations):
    env = make_env(demonstrations.env_id, demonstrations.options)
    for episode in demonstrations:
        seen = env.reset(seed=episode.seed)[0]
        np.testing.assert_array_equal(seen.astype(episode.observations.dtype), episode.observations[0])


def test_actions_have_all_their_digits_and_observations_half(demonstrations):
    """Actions are played again, bit for bit; observations follow from them, and half as large they tell as much."""
    for episode in demonstrations:
        assert episode.observations.dtype == np.float32
        assert episode.actions.dtype == np.float64


def test_each_plays_back_bit_for_bit_to_success(demonstrations):
    for check in replay.check(demonstrations):
        assert check.reproduced(), check
        assert check.success_at_end, check


def test_actions_are_bounded_and_smooth(demonstrations):
    for episode in demonstrations:
        assert 100 <= len(episode) <= 300
        assert np.abs(episode.actions).max() <= 1.0
        allowed = JERK * (HASTE if len(episode) == 100 else 1.0)
        assert np.abs(np.diff(episode.actions, 3, axis=0)).max() <= allowed, episode.source


def test_success_is_held(demonstrations, problem):
    env = make_env(demonstrations.env_id, demonstrations.options)
    stays = problem.stays
    assert stays >= 10, "as long as DexMV's tasks ask for, and twice as long for Adroit's"
    for episode in demonstrations:
        start(env, episode)
        successes = [info["success"] for _, _, _, info in play(env, episode)]
        assert all(successes[-stays:]), episode.source


@pytest.mark.slow
def test_the_ball_is_carried_and_not_thrown():
    demonstrations = datasets.load(FOLDER / "relocate-planned-v0")
    env = make_env(demonstrations.env_id, demonstrations.options)
    task, sim = env.task, env.episode.sim
    for episode in demonstrations:
        start(env, episode)
        apart = []
        for _ in play(env, episode):
            if task.ball(sim)[0, 2] > 0.06:
                apart.append(distance(task.palm(sim), task.ball(sim))[0])
        assert len(apart) > 60, f"{episode.source}: it is in the air while it is carried"
        assert max(apart) < 0.1, f"{episode.source}: the palm stays with it"
        assert np.linalg.norm(sim.qvel[0, -6:-3]) < 0.2, f"{episode.source}: it is held still at the end"


def _ends(name: str) -> Iterator[tuple[Simulation, str]]:
    """The simulation after each demonstration of a dataset, and which it was."""
    demonstrations = datasets.load(FOLDER / name)
    env = make_env(demonstrations.env_id, demonstrations.options)
    for episode in demonstrations:
        start(env, episode)
        for _ in play(env, episode):
            pass
        yield env.episode.sim, episode.source


@pytest.mark.slow
def test_the_hammer_is_still_in_the_hand_at_the_end():
    for sim, source in _ends("hammer-planned-v0"):
        assert distance(sim.site("S_grasp").xpos, sim.body("Object").xpos)[0] < 0.1, source


@pytest.mark.slow
def test_the_hand_stays_at_the_door():
    for sim, source in _ends("door-planned-v0"):
        assert sim.joint("latch").qpos[0, 0] > 0.8, f"{source}: the latch is turned, not broken through"
        assert distance(sim.site("S_grasp").xpos, sim.site("S_handle").xpos)[0] < 0.2, source
