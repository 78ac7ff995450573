"""What every registered environment keeps of determinism and exact states."""

from __future__ import annotations

import copy
import multiprocessing
import pickle

import gymnasium as gym
import numpy as np
import pytest
from conftest import slow_but
from every_env import (
    actions_for,
    every_id,
    every_id_in_time,
    every_state_id,
    every_state_id_in_time,
    make,
    never_lost,
    reward_types,
    roll,
    same,
)

from hand_envs.errors import OptionError, StateError
from hand_envs.registry import entry

# --- determinism ---------------------------------------------------------------------------------------------------


@every_id
def test_same_seed_same_trajectory_bit_for_bit(env_id):
    steps = 5 if entry(env_id).visual else 100
    trajectories = []
    for _ in range(2):
        env = make(env_id)
        trajectories.append([env.reset(seed=7), *roll(env, actions_for(env, steps))])
    assert same(*trajectories)


@every_id
def test_two_resets_differ(env_id):
    env = make(env_id)
    first, second = env.reset(seed=0)[0], env.reset()[0]
    assert not same(first, second)


@every_state_id
@pytest.mark.parametrize("threads", slow_but([1, 2, 3], 3))
def test_vector_is_many_singles_bit_for_bit_at_any_thread_count(env_id, threads):
    seed, count, steps = 11, 3, 60
    envs = gym.make_vec(env_id, num_envs=count, nthread=threads, **never_lost(env_id))
    singles = [make(env_id, **never_lost(env_id)) for _ in range(count)]
    actions = actions_for(envs.unwrapped, steps)
    observations = [envs.reset(seed=seed)[0]]
    rewards, flags = [], []
    for action in actions:
        observation, reward, _, _, info = envs.step(action)
        observations.append(observation)
        rewards.append(reward)
        flags.append(info["success"])
    for index, env in enumerate(singles):
        assert same(env.reset(seed=seed + index)[0], observations[0][index])
        for step, action in enumerate(actions):
            observation, reward, _, _, info = env.step(action[index])
            assert same(observation, observations[step + 1][index])
            assert reward == rewards[step][index]
            assert info["success"] == flags[step][index]


@every_state_id
def test_actions_of_neighbours_do_not_matter(env_id):
    envs = gym.make_vec(env_id, num_envs=2, **never_lost(env_id))
    seen = []
    for other in (0, 1):
        envs.reset(seed=0)
        actions = actions_for(envs.unwrapped, 30)
        actions[:, 1] = actions_for(envs.unwrapped, 30, seed=10 + other)[:, 1]
        seen.append([envs.step(action)[0][0] for action in actions])
    assert same(*seen)


@every_state_id
def test_reset_and_step_have_the_same_infos(env_id):
    """The same keys, types and shapes, so that infos can be stacked and stored."""
    env = make(env_id)
    first = env.reset(seed=0)[1]
    assert structure(first) == structure(env.step(actions_for(env, 1)[0])[4])
    assert structure(first) == structure(env.reset(options={"state": env.get_state()})[1])
    envs = gym.make_vec(env_id, num_envs=2, max_episode_steps=2)
    first = envs.reset(seed=0)[1]
    for action in actions_for(envs.unwrapped, 4):
        assert structure(first) == structure(envs.step(action)[4])


def structure(value):
    if isinstance(value, dict):
        return {name: structure(part) for name, part in value.items()}
    return (value.dtype, value.shape) if isinstance(value, np.ndarray) else type(value)


@every_state_id
def test_resets_write_to_what_is_declared_and_to_nothing_else_of_the_model(env_id):
    """What is not declared would be lost at the next start, and is protected; nothing goes around the protection."""
    envs = gym.make_vec(env_id, num_envs=2).unwrapped
    sim, variations = envs.episode.sim, envs.task.variations.values()
    for seed in range(3):
        envs.reset(seed=seed)
        envs.step(actions_for(envs, 1)[0])
        for field in sim.varied:
            declared = [getattr(sim.model, each.kind)(each.object).id for each in variations if each.field == field]
            others = np.setdiff1d(np.arange(len(getattr(sim.model, field))), declared)
            values = getattr(sim, field)
            np.testing.assert_array_equal(values[:, others], [getattr(sim.model, field)[others]] * 2, err_msg=field)
            assert not values.flags.writeable


# --- state ---------------------------------------------------------------------------------------------------------


@every_state_id
def test_state_restores_exactly_after_other_resets(env_id):
    env = make(env_id)
    env.reset(seed=1)
    roll(env, actions_for(env, 20))
    before = env.step(env.action_space.sample() * 0)[0]
    state = env.get_state()
    ahead = actions_for(env, 50, seed=2)
    first = roll(env, ahead)
    env.reset(seed=99)
    roll(env, ahead[:13])
    assert same(env.set_state(state), before)
    assert same(roll(env, ahead), first)


@every_state_id
def test_reset_to_a_state(env_id):
    env = make(env_id)
    env.reset(seed=1)
    observation = roll(env, actions_for(env, 20))[-1][0]
    state = env.get_state()
    first = roll(env, actions_for(env, 10, seed=2))
    fresh = gym.make(env_id)
    assert same(fresh.reset(options={"state": state})[0], observation)
    assert same(roll(fresh, actions_for(env, 10, seed=2)), first)


def _continue(env_id, state, actions, queue):
    env = make(env_id)
    env.reset(options={"state": state})
    queue.put(roll(env, actions))


@every_state_id_in_time
def test_state_restores_exactly_in_another_process(env_id):
    env = make(env_id)
    env.reset(seed=1)
    roll(env, actions_for(env, 20))
    state = pickle.loads(pickle.dumps(env.get_state()))
    ahead = actions_for(env, 20, seed=2)
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=_continue, args=(env_id, state, ahead, queue))
    process.start()
    there = queue.get(timeout=120)
    process.join()
    assert same(there, roll(env, ahead))


@every_state_id
def test_state_goes_from_vector_to_single(env_id):
    envs = gym.make_vec(env_id, num_envs=3, **never_lost(env_id)).unwrapped
    envs.reset(seed=5)
    for action in actions_for(envs, 15):
        envs.step(action)
    env = make(env_id, **never_lost(env_id))
    env.reset(options={"state": envs.get_state(2)})
    for action in actions_for(envs, 15, seed=2):
        assert same(env.step(action[2])[0], envs.step(action)[0][2])


@every_state_id
def test_states_that_do_not_fit_are_refused(env_id):
    env = make(env_id)
    env.reset(seed=0)
    state = env.get_state()
    with pytest.raises(StateError, match="shape"):
        env.set_state({**state, "integration": state["integration"][:-1]})
    with pytest.raises(StateError, match="not finite"):
        env.set_state({**state, "integration": state["integration"] * np.nan})
    with pytest.raises(StateError, match="too large"):
        env.set_state({"qpos": np.full(env.episode.sim.model.nq, 1e300)})
    assert same(env.get_state(), state)
    with pytest.raises(StateError, match="no such quantity"):
        env.reset(options={"state": {"qpo": np.zeros(3)}})
    with pytest.raises(OptionError, match="did you mean 'state'"):
        env.reset(options={"stat": state})


@every_id_in_time
@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
def test_copies_keep_options_and_go_on_alike(env_id, duplicate):
    kind = reward_types(env_id)[-1]
    env = gym.make(env_id, width=64, **({} if kind == "default" else {"reward": kind}))
    env.reset(seed=4)
    roll(env, actions_for(env, 3))
    twin = duplicate(env)
    assert twin.unwrapped.spec == env.unwrapped.spec
    assert twin.unwrapped.episode.terms == env.unwrapped.episode.terms
    assert same(roll(twin, actions_for(env, 5, seed=1)), roll(env, actions_for(env, 5, seed=1)))
    assert same(twin.reset()[0], env.reset()[0])  # the random generator too
