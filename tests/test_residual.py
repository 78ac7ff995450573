"""Users, and tasks in which an agent helps one."""

from __future__ import annotations

import copy
import itertools
import pickle
from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env, data_equivalence

from hand_envs import HandEnv, HandVectorEnv, datasets
from hand_envs.datasets import Demonstration, Demonstrations
from hand_envs.errors import DatasetError, OptionError, TaskError
from hand_envs.hands.adroit import ADROIT
from hand_envs.residual import Residual
from hand_envs.tasks.adroit import Door, Pen
from hand_envs.users import DemonstrationUser, User

LENGTHS = (12, 20, 15)


@pytest.fixture(scope="module")
def demonstrations() -> Demonstrations:
    random = np.random.default_rng(0)
    made = datasets.record("HandDoor-v0", lambda _: random.uniform(-1, 1, 28), range(3))
    return Demonstrations("HandDoor-v0", tuple(_cut(each, n) for each, n in zip(made, LENGTHS, strict=True)))


def _cut(episode: Demonstration, steps: int) -> Demonstration:
    return replace(
        episode,
        actions=episode.actions[:steps],
        observations=episode.observations[: steps + 1],
        rewards=episode.rewards[:steps],
    )


def task(demonstrations, noise: float = 0.0, **options) -> Residual:
    errors = {name: options.pop(name) for name in ("drift", "tempo", "shift", "retreat") if name in options}
    return Residual(Door(), DemonstrationUser(demonstrations, noise, **errors), **options)


def sequence(env) -> int:
    return int(env.episode.sim.memory["user.sequence"][0])


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


def test_noise_is_gaussian_of_the_given_deviation_in_action_units(demonstrations):
    envs = HandVectorEnv(task(demonstrations, noise=0.05), num_envs=400, max_episode_steps=-1)
    observation, _ = envs.reset(seed=0)
    chosen = envs.episode.sim.memory["user.sequence"]
    clean = np.stack([demonstrations[int(i)].actions[0] for i in chosen])
    noise = observation[:, 39:] - clean
    assert noise.std() == pytest.approx(0.05, rel=0.02)
    assert abs(noise.mean()) < 0.002
    assert abs(np.corrcoef(noise.T)[0, 1:]).max() < 0.25  # one actuator's says nothing of another's
    again, _ = envs.reset(seed=0)
    np.testing.assert_array_equal(again, observation)


def test_noise_does_not_depend_on_what_is_done(demonstrations):
    told = []
    for size in (0.0, 1.0):
        env = HandEnv(task(demonstrations, noise=0.1))
        env.reset(seed=0)
        told.append([env.step(np.full(28, size))[0][39:] for _ in range(10)])
    np.testing.assert_array_equal(*told)


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


def test_what_was_applied_is_told(demonstrations):
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
    assert info["_final_info"].tolist() == [True, False, False]  # also told of the step that ended an episode


def test_drift_changes_slowly_and_has_the_deviation_it_should(demonstrations):
    envs = HandVectorEnv(task(demonstrations, drift=0.05), 300, max_episode_steps=-1, autoreset_mode="SameStep")
    first, _ = envs.reset(seed=0, options={"sequence": np.ones(300, int)})
    second = envs.step(np.zeros((300, 28)))[0]
    errors = [seen[:, 39:] - demonstrations[1].actions[step] for step, seen in enumerate((first, second))]
    assert errors[0].std() == pytest.approx(0.05, rel=0.03)
    assert np.corrcoef(errors[0].ravel(), errors[1].ravel())[0, 1] > 0.99


def test_tempo_does_the_same_at_another_speed(demonstrations):
    """Every intended action lies on the path of the demonstration, in order while the speed stays positive."""
    env = HandEnv(task(demonstrations, tempo=0.5))
    lengths = set()
    for seed in range(12):
        observation, _ = env.reset(seed=seed, options={"sequence": 1})
        path, moments, over, steps = demonstrations[1].actions, [], False, 0
        while not over:
            moments.append(_moment(path, observation[39:]))
            observation, _, _, over, _ = env.step(np.zeros(28))
            steps += 1
        assert moments[0] == 0
        assert (np.diff(moments)[:-1] >= 0.5 - 1e-6).all()  # the last action is held
        assert (np.diff(moments) <= 1.5 + 1e-6).all()
        lengths.add(steps)
    assert min(lengths) < len(path) < max(lengths)


def _moment(path, action) -> float:
    """Where on a path of straight lines between actions an action lies."""
    for number, (a, b) in enumerate(itertools.pairwise(path)):
        share = float((action - a) @ (b - a) / ((b - a) @ (b - a)))
        if -1e-9 <= share <= 1 + 1e-9 and np.allclose(a + share * (b - a), action, atol=1e-9):
            return number + share
    raise AssertionError("not on the path")


def test_a_user_who_goes_back_still_comes_to_an_end(demonstrations):
    env = HandEnv(task(demonstrations, tempo=2.0))
    for seed in range(20):
        env.reset(seed=seed)
        steps = 1
        while not env.step(np.zeros(28))[3]:
            steps += 1
        assert steps <= env.task.user.longest == 30


def test_retreat_takes_the_hand_back_the_way_it_came():
    """Forward a step at a time until most is done, then back at one speed, on the path of the demonstration."""
    random = np.random.default_rng(0)
    long = datasets.record("HandDoor-v0", lambda _: random.uniform(-1, 1, 28), [0])
    env, turns, speeds = HandEnv(task(long, retreat=1.0)), [], []
    for seed in range(10):
        observation, _ = env.reset(seed=seed)
        moments, over = [], False
        while not over:
            moments.append(_moment(long[0].actions, observation[39:]))
            observation, _, _, over, _ = env.step(np.zeros(28))
        turn = int(np.argmax(moments))
        np.testing.assert_allclose(moments[: turn + 1], np.arange(turn + 1), atol=1e-6)
        back = -np.diff(moments[turn:])
        np.testing.assert_allclose(back, back[0], atol=1e-6)
        assert 40 <= len(moments) - turn <= 91
        turns.append(turn), speeds.append(back[0])
    assert 0.65 * 200 - 2 <= min(turns) < max(turns) <= 0.85 * 200
    assert 0.1 <= min(speeds) < max(speeds) <= 0.4


def test_shift_moves_the_door_and_not_the_user(demonstrations):
    envs = HandVectorEnv(task(demonstrations, shift=(0.02, 0.0, 0.01)), 200)
    seen, _ = envs.reset(seed=0, options={"sequence": np.zeros(200, int)})
    moved = envs.episode.sim.body("frame").pos - demonstrations[0].state["model.body_pos"].reshape(-1, 3)[_frame(envs)]
    assert (np.abs(moved) <= [0.02, 0.0, 0.01]).all()
    np.testing.assert_allclose(moved.std(axis=0), np.array([0.02, 0.0, 0.01]) / 3**0.5, rtol=0.1)
    np.testing.assert_array_equal(seen[:, 39:], np.tile(demonstrations[0].actions[0], (200, 1)))


def _frame(envs) -> int:
    return envs.episode.sim.model.body("frame").id


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


def test_a_user_of_your_own(demonstrations):
    """Somebody who only ever means to close the hand."""

    class Closer(User):
        longest = 5

        def prepare(self, sim, task):
            self.actions = sim.model.nu

        def begin(self, sim, ids, rng, sequence=None):
            sim.body("frame").pos[ids] = rng.uniform((-0.3, 0.25, 0.252), (-0.2, 0.35, 0.35))

        def intend(self, sim, step):
            return np.ones((sim.nsim, self.actions))

        def finished(self, sim, step):
            return step >= self.longest

    env = gym.make("HandDoorResidual-v0", user=Closer(), disable_env_checker=True)
    env.reset(seed=0)
    told = [env.step(np.zeros(28)) for _ in range(5)]
    assert [each[3] for each in told] == [False] * 4 + [True]
    np.testing.assert_array_equal(told[0][4]["applied_action"], np.ones(28))
    with pytest.raises(TaskError, match="true hand pose"):
        gym.make("HandDoorResidual-v0", user=Closer(), w_pose=1.0, disable_env_checker=True)
    with pytest.raises(OptionError, match="either a user or the demonstrations"):
        gym.make("HandDoorResidual-v0", user=Closer(), demonstrations=demonstrations, disable_env_checker=True)


def test_the_id_takes_demonstrations_of_its_own_task(demonstrations, human_door):
    env = gym.make("HandDoorResidual-v0", demonstrations=human_door, split="all", disable_env_checker=True)
    assert len(env.unwrapped.task.user.demonstrations) == 25
    assert env.unwrapped.task.task.reward_type == "paper"
    with pytest.raises(DatasetError, match="are of HandDoor-v0"):
        gym.make("HandPenResidual-v0", demonstrations=demonstrations, disable_env_checker=True)


def test_splits_take_every_other_one(demonstrations):
    lengths = {
        split: DemonstrationUser(demonstrations, split=split).lengths.tolist() for split in ("train", "test", "all")
    }
    assert lengths == {"train": [12, 15], "test": [20], "all": [12, 20, 15]}


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


def successes(envs: HandVectorEnv) -> int:
    """How many of the episodes under way end in success when the agent does nothing."""
    waiting, good = np.ones(envs.num_envs, bool), np.zeros(envs.num_envs, bool)
    while waiting.any():
        _, _, terminated, truncated, info = envs.step(np.zeros(envs.action_space.shape))
        ended = (terminated | truncated) & waiting
        good[ended] = info["success_at_end"][ended]
        waiting &= ~ended
    return int(good.sum())


def human(path, noise: float, count: int) -> HandVectorEnv:
    user = DemonstrationUser(datasets.load(path), noise)
    envs = HandVectorEnv(Residual(Door(reward="paper"), user), count, max_episode_steps=-1, autoreset_mode="SameStep")
    envs.reset(seed=0)
    return envs


def test_a_steady_human_opens_20_of_25_doors(human_door):
    envs = human(human_door, 0.0, 25)
    for index, episode in enumerate(datasets.load(human_door)):
        envs.set_state(index, episode.state)
        envs.episode.sim.memory["user.sequence"][index] = index
    assert successes(envs) == 20


def test_noise_spoils_what_humans_can_do_and_more_noise_more(human_door):
    """The user alone succeeds in about 70, 28 and 2 % of episodes with these amounts of noise."""
    few, some, most = (successes(human(human_door, noise, 60)) for noise in (0.2, 0.1, 0.05))
    assert few < 8 < some < 30 < most < 52
