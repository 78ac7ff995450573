"""Tasks in which an agent helps a user."""

from __future__ import annotations

import copy
import pickle

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env, data_equivalence
from user_at_the_door import aimless, sequence, task

from hand_envs import HandEnv, HandVectorEnv
from hand_envs.datasets import Demonstrations
from hand_envs.errors import DatasetError, OptionError
from hand_envs.hands.adroit import ADROIT
from hand_envs.tasks.adroit import Pen
from hand_envs.users import DemonstrationUser
from hand_envs.users.residual import Residual


@pytest.fixture(scope="module")
def demonstrations() -> Demonstrations:
    return aimless()


def test_without_noise_and_correction_the_demonstration_happens_again(demonstrations):
    env = HandEnv(task(demonstrations))
    seen = set()
    for seed in range(8):
        observation, _ = env.reset(seed=seed)
        episode = demonstrations[sequence(env)]
        seen.add(sequence(env))
        for step in range(len(episode)):
            np.testing.assert_array_equal(observation[:39], episode.observations[step])
            np.testing.assert_array_equal(observation[39:], episode.actions[step])
            observation, reward, _, truncated, _ = env.step(np.zeros(28))
            assert reward == episode.rewards[step]
            assert truncated == (step == len(episode) - 1)
        np.testing.assert_array_equal(observation[:39], episode.observations[-1])
    assert len(seen) > 1


def test_the_correction_is_subtracted_limited_and_clipped(demonstrations):
    env = HandEnv(task(demonstrations, limit=0.3))
    env.reset(seed=0)
    intended = demonstrations[sequence(env)].actions[0]
    correction = np.linspace(-1, 1, 28)
    env.step(correction)
    sim = env.episode.sim
    applied = np.clip(intended - 0.3 * correction, -1, 1)
    np.testing.assert_allclose(sim.ctrl[0], (sim.control_center + applied * sim.control_reach)[0], atol=1e-15)


def test_without_residual_the_agent_acts_alone(demonstrations):
    env = HandEnv(task(demonstrations, residual=False))
    env.reset(seed=0)
    action = np.linspace(-1, 1, 28)
    env.step(action)
    sim = env.episode.sim
    np.testing.assert_allclose(sim.ctrl[0], (sim.control_center + action * sim.control_reach)[0], atol=1e-15)


def test_rewards_are_weighted(demonstrations):
    env = HandEnv(task(demonstrations, w_task=3.0, user_reward=2.0, limit=0.01))
    env.reset(seed=0)
    episode = demonstrations[sequence(env)]
    correction = np.zeros(28)
    correction[:2] = 0.6, -0.8  # 0.01 long in action units
    before = env.get_state()
    terms = env.step(correction)[4]["reward_terms"]
    assert terms["stay_close"] == pytest.approx(-0.1 * 2.0 * 0.01)
    env.set_state(before)
    terms = env.step(np.zeros(28))[4]["reward_terms"]
    assert terms.pop("stay_close") == 0
    assert sum(terms.values()) == pytest.approx(3.0 * episode.rewards[0])


def test_a_user_beyond_an_actuators_range_is_no_correction(demonstrations):
    """Of a noise so large much is cut off; that was not the agent, who did nothing."""
    env = HandEnv(task(demonstrations, 2.0, user_reward=1.0))
    observation, _ = env.reset(seed=0)
    assert (np.abs(observation[env.observation_layout["intended"]]) > 1).any()
    assert env.step(np.zeros(28))[4]["reward_terms"]["stay_close"] == 0


def test_single_is_vector_is_any_thread_count(demonstrations):
    actions = np.random.default_rng(0).uniform(-1, 1, (30, 3, 28))
    for threads in (1, 2):
        envs = HandVectorEnv(task(demonstrations, 0.1), 3, nthread=threads, autoreset_mode="SameStep")
        singles = [HandEnv(task(demonstrations, 0.1)) for _ in range(3)]
        seen = envs.reset(seed=5)[0]
        expected = [env.reset(seed=5 + i)[0] for i, env in enumerate(singles)]
        for action in actions:
            np.testing.assert_array_equal(seen, np.stack(expected))
            seen, reward, _, truncated, info = envs.step(action)
            for i, env in enumerate(singles):
                expected[i], earned, _, over, _ = env.step(action[i])
                assert (earned, over) == (reward[i], truncated[i])
                if over:
                    np.testing.assert_array_equal(info["final_obs"][i], expected[i])
                    expected[i] = env.reset()[0]


def test_states_hold_the_user_too(demonstrations):
    env = HandEnv(task(demonstrations, 0.1))
    env.reset(seed=1)
    for _ in range(4):
        before = env.step(np.full(28, 0.5))[0]
    state = env.get_state()
    ahead = [env.step(np.zeros(28)) for _ in range(7)]
    env.reset(seed=77)
    env.step(np.zeros(28))
    np.testing.assert_array_equal(env.set_state(state), before)
    assert data_equivalence([env.step(np.zeros(28)) for _ in range(7)], ahead, exact=True)
    other = HandEnv(task(demonstrations, 0.1))
    other.reset(options={"state": state})
    assert data_equivalence(other.step(np.zeros(28)), ahead[0], exact=True)


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
def test_copies_go_on_alike(demonstrations, duplicate):
    env = HandEnv(task(demonstrations, 0.1, limit=0.4))
    env.reset(seed=1)
    env.step(np.ones(28))
    twin = duplicate(env)
    for _ in range(5):
        assert data_equivalence(env.step(np.ones(28)), twin.step(np.ones(28)), exact=True)
    assert data_equivalence(env.reset()[0], twin.reset()[0], exact=True)


def test_it_is_a_gymnasium_environment(demonstrations):
    env = HandEnv(task(demonstrations, 0.1, user_reward=1.0))
    check_env(env, skip_render_check=True)
    assert env.observation_layout["intended"] == slice(39, 67)


def test_a_sequence_can_be_chosen(demonstrations):
    env = HandEnv(task(demonstrations, 0.1))
    for chosen in (2, 0, 1):
        env.reset(seed=4, options={"sequence": chosen})
        assert sequence(env) == chosen
    envs = HandVectorEnv(task(demonstrations, 0.1), 4)
    seen, _ = envs.reset(seed=4, options={"sequence": [2, 0, 1, 1]})
    assert envs.episode.sim.memory["user.sequence"].tolist() == [2, 0, 1, 1]
    alone = HandEnv(task(demonstrations, 0.1))
    np.testing.assert_array_equal(seen[2], alone.reset(seed=6, options={"sequence": 1})[0])
    mask = np.array([False, True, False, True])
    envs.reset(options={"reset_mask": mask, "sequence": [2, 2]})
    assert envs.episode.sim.memory["user.sequence"].tolist() == [2, 2, 1, 2]


def test_a_sequence_that_is_not_there_is_refused(demonstrations):
    env = HandEnv(task(demonstrations))
    env.reset(seed=0)
    for wrong, message in ((3, "from 0 to 2"), (-1, "from 0 to 2"), (0.5, "whole number"), ([0, 1], "whole number")):
        with pytest.raises(OptionError, match=message):
            env.reset(options={"sequence": wrong})
    with pytest.raises(OptionError, match="either a state"):
        env.reset(options={"sequence": 0, "state": env.get_state()})
    with pytest.raises(OptionError, match="Valid: state, sequence"):
        env.reset(options={"seqence": 0})


def test_what_was_applied_is_in_the_info(demonstrations):
    env = HandEnv(task(demonstrations))
    env.reset(seed=0, options={"sequence": 1})
    info = env.step(np.full(28, 0.5))[4]
    np.testing.assert_allclose(info["applied_action"], np.clip(demonstrations[1].actions[0] - 0.1, -1, 1), atol=1e-15)
    envs = HandVectorEnv(task(demonstrations), 3, autoreset_mode="SameStep")
    envs.reset(seed=0, options={"sequence": [0, 1, 2]})
    for step in range(12):
        info = envs.step(np.zeros((3, 28)))[4]
        meant = [demonstrations[each].actions[step] for each in range(3)]
        np.testing.assert_array_equal(info["applied_action"], np.clip(meant, -1, 1))
    assert info["_final_info"].tolist() == [True, False, False]  # also for the step that ended an episode


def test_the_pose_term_is_the_distance_of_the_hand_from_what_was_meant(demonstrations):
    """Zero when the demonstration happens again; else the sum over 21 points, computed here from another simulation."""
    env = HandEnv(task(demonstrations, w_pose=2.0))
    env.reset(seed=0, options={"sequence": 1})
    assert [env.step(np.zeros(28))[4]["reward_terms"]["pose"] for _ in range(5)] == [0.0] * 5
    terms = env.step(np.ones(28))[4]["reward_terms"]
    meant = HandEnv(
        task(demonstrations, w_pose=1.0)
    )  # both look at the hand from the start: what is asked late is newer
    meant.reset(seed=0, options={"sequence": 1})
    for _ in range(6):
        meant.step(np.zeros(28))
    points = [ADROIT.keypoints(each.episode.sim)[0] for each in (env, meant)]
    assert points[0].shape == (21, 3)
    assert terms["pose"] == pytest.approx(-2.0 * np.linalg.norm(points[0] - points[1], axis=1).sum())
    assert terms["pose"] < 0


def test_the_id_takes_demonstrations_of_its_own_task(demonstrations, human_door):
    env = gym.make("HandDoorResidual-v0", demonstrations=human_door, split="all", disable_env_checker=True)
    assert len(env.unwrapped.task.user.demonstrations) == 25
    assert env.unwrapped.task.task.reward_type == "paper"
    with pytest.raises(DatasetError, match="are of HandDoor-v0"):
        gym.make("HandPenResidual-v0", demonstrations=demonstrations, disable_env_checker=True)


def test_what_does_not_fit_is_refused(demonstrations):
    with pytest.raises(OptionError, match="did you mean 'train'"):
        DemonstrationUser(demonstrations, split="trian")
    with pytest.raises(OptionError, match="at least 0"):
        DemonstrationUser(demonstrations, noise=-1)
    with pytest.raises(DatasetError, match="is empty"):
        DemonstrationUser(demonstrations[:1], split="test")
    with pytest.raises(OptionError, match="limit"):
        task(demonstrations, limit=-0.1)
    with pytest.raises(DatasetError, match="28 actions a step, Pen has 24"):
        HandEnv(Residual(Pen(), DemonstrationUser(demonstrations)))
