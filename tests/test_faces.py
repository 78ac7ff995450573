"""What others find at the two faces: time limits, infos, MuJoCo's own objects, forks, and no files left behind."""

from __future__ import annotations

import copy
import os
import re
import subprocess
import sys
from pathlib import Path

import gymnasium as gym
import mujoco
import numpy as np
import pytest
from gymnasium.wrappers import RecordEpisodeStatistics, TimeLimit, TransformReward
from gymnasium.wrappers.vector import DictInfoToList
from swing import Swing

from hand_envs import HandEnv, HandVectorEnv
from hand_envs.errors import OptionError, StateError
from hand_envs.replay import make_env
from hand_envs.tasks.adroit.door import Door

COUNT = 3


def steps_until_truncated(env, most: int) -> int | None:
    env.reset(seed=0)
    action = np.zeros(env.action_space.shape)
    for step in range(1, most + 1):
        if np.all(env.step(action)[3]):
            return step
    return None


# --- time limits ---------------------------------------------------------------------------------------------------


def test_both_faces_truncate_at_the_horizon_by_default():
    for make in (HandEnv, HandVectorEnv):
        assert steps_until_truncated(make(Swing()), 9) == Swing.horizon == 4
        assert steps_until_truncated(make(Swing(), max_episode_steps=2), 9) == 2
        assert steps_until_truncated(make(Swing(), max_episode_steps=-1), 9) is None


@pytest.mark.parametrize(("limit", "expected"), [(None, 4), (2, 2), (7, 7), (-1, None)])
def test_the_limit_asked_of_gymnasium_is_the_one_there_is(limit, expected):
    entry = {"entry_point": "hand_envs.env:HandEnv", "vector_entry_point": "hand_envs.env:HandVectorEnv"}
    gym.register("LimitedSwing-v0", kwargs={"task": "swing:Swing"}, max_episode_steps=4, **entry)
    try:
        env = gym.make("LimitedSwing-v0", max_episode_steps=limit)
        assert steps_until_truncated(env, 9) == expected
        assert env.spec.max_episode_steps == expected
        chosen = {} if limit is None else {"max_episode_steps": limit}
        envs = gym.make_vec("LimitedSwing-v0", 2, **chosen)
        assert steps_until_truncated(envs, 9) == expected
        assert envs.spec.max_episode_steps == expected
        again = gym.make_vec(envs.spec)
        assert again.spec.max_episode_steps == again.unwrapped.episode.max_steps == expected
    finally:
        del gym.registry["LimitedSwing-v0"]


def test_an_environment_without_a_limit_stays_so_in_copies():
    assert make_env("HandDoor-v0").episode.max_steps is None
    again = gym.make(gym.make("HandDoor-v0", max_episode_steps=230).spec)
    assert isinstance(again, TimeLimit)
    assert again.spec.max_episode_steps == 230


def test_where_a_user_ends_episodes_the_limit_is_the_users_longest():
    for env in (gym.make("HandDoorResidual-v0"), gym.make_vec("HandDoorResidual-v0", num_envs=2)):
        env.reset(seed=0, options={"sequence": 0})
        task = env.unwrapped.task
        action, steps = np.zeros(env.action_space.shape), 0
        truncated = False
        while not np.any(truncated):
            truncated, steps = env.step(action)[3], steps + 1
        assert steps == len(task.user.demonstrations[0]) <= task.horizon


# --- infos ---------------------------------------------------------------------------------------------------------


def test_what_a_reset_says_is_of_the_episode_that_begins():
    envs = gym.make_vec("HandDoorResidual-v0", num_envs=COUNT, max_episode_steps=3, autoreset_mode="NextStep")
    info = envs.reset(seed=0, options={"sequence": [2, 0, 1]})[1]
    assert info["sequence"].tolist() == [2, 0, 1]
    assert info["_sequence"].all()
    assert not info["success"].any()
    assert not info["reward_terms"]["bonus"].any()
    for _ in range(3):
        envs.step(np.ones(envs.action_space.shape))
    info = envs.step(np.ones(envs.action_space.shape))[4]
    assert info["sequence"].tolist() == envs.unwrapped.episode.sim.memory["user.sequence"].tolist()
    assert info["_sequence"].all()
    assert not info["applied_action"].any()


def test_a_reset_of_some_says_nothing_of_the_others():
    envs = gym.make_vec("HandDoor-v0", num_envs=COUNT, autoreset_mode="Disabled")
    envs.reset(seed=0)
    info = envs.reset(options={"reset_mask": np.array([True, False, True])})[1]
    assert info["_success"].tolist() == info["_reward_terms"].tolist() == [True, False, True]


def test_infos_can_be_recorded_as_minari_does():
    """Its collector keeps infos only if each has the structure of the first, the reset's."""
    same_shape = pytest.importorskip("minari.data_collector.data_collector")._check_infos_same_shape
    for env_id in ("HandDoor-v0", "HandPenResidual-v0"):
        env = gym.make(env_id)
        first = env.reset(seed=0)[1]
        assert same_shape(first, env.step(env.action_space.sample())[4])


def test_gymnasium_wrappers_take_both_faces():
    env = RecordEpisodeStatistics(TransformReward(gym.make("HandDoor-v0", max_episode_steps=3), lambda reward: 2.0))
    env.reset(seed=0)
    info = [env.step(np.zeros(28))[4] for _ in range(3)][-1]
    assert (info["episode"]["l"], info["episode"]["r"]) == (3, 6.0)
    envs = DictInfoToList(gym.make_vec("HandDoorResidual-v0", num_envs=2))
    rows = envs.reset(seed=0, options={"sequence": [4, 5]})[1]
    assert [row["sequence"] for row in rows] == [4, 5]


# --- what others look for ------------------------------------------------------------------------------------------


def test_an_unknown_option_is_the_type_error_that_others_probe_for():
    """TorchRL's GymEnv tries `frameskip`, and goes on without it if the error reads as Python's own."""
    with pytest.raises(TypeError, match="unexpected keyword argument 'frameskip'") as error:
        gym.make("HandDoor-v0", frameskip=1)
    assert isinstance(error.value, OptionError)
    assert "Valid: reward" in str(error.value)


def test_mujocos_objects_are_copies_of_now():
    env = HandEnv(Door())
    env.reset(seed=0)
    for _ in range(3):
        env.step(np.full(28, 0.3))
    sim = env.episode.sim
    np.testing.assert_array_equal(env.data.qpos, sim.qpos[0])
    np.testing.assert_array_equal(env.model.body("frame").pos, sim.body("frame").pos[0])
    assert env.data.time == pytest.approx(3 * env.dt)
    assert env.dt == pytest.approx(0.01)
    before = env.get_state()
    env.data.qpos[:], env.model.body_pos[:] = 7, 7
    assert all((before[name] == value).all() for name, value in env.get_state().items())
    state_size = mujoco.mj_stateSize(env.model, mujoco.mjtState.mjSTATE_INTEGRATION.value)
    assert len(before["integration"]) == state_size


def test_single_environments_of_a_vector_are_addressed_as_gymnasium_does():
    envs = gym.make_vec("HandDoor-v0", num_envs=COUNT).unwrapped
    envs.reset(seed=5)
    single = gym.make("HandDoor-v0").unwrapped
    single.reset(seed=6)
    for name in ("task", "dt", "render_mode", "np_random_seed", "action_space", "observation_space"):
        assert len(envs.get_attr(name)) == COUNT
    assert envs.get_attr("np_random_seed") == (5, 6, 7)
    assert envs.get_attr("observation_space")[1] == single.observation_space
    state = envs.call("get_state")[1]
    assert all((state[name] == value).all() for name, value in single.get_state().items())
    np.testing.assert_array_equal(envs.get_attr("data")[1].qpos, single.data.qpos)
    seen = envs.call("set_state", state)
    assert (seen[0] == seen[2]).all()
    envs.set_attr("level", [1, 2, 3])
    envs.set_attr("name", "easy")
    assert (envs.get_attr("level"), envs.get_attr("name")) == ((1, 2, 3), ("easy",) * 3)
    twin = copy.deepcopy(envs)
    assert twin.get_attr("level") == (1, 2, 3)
    twin.reset(seed=50)
    assert (twin.get_attr("np_random_seed")[0], envs.get_attr("np_random_seed")[0]) == (50, 5)
    with pytest.raises(AttributeError, match="did you mean 'render'"):
        envs.call("rendre")
    with pytest.raises(OptionError, match="cannot be set in one"):
        envs.set_attr("task", None)
    with pytest.raises(OptionError, match="one for each of 3"):
        envs.set_attr("level", [1, 2])
    with pytest.raises(StateError, match="from 0 to 2, got -1"):
        envs.get_state(-1)


@pytest.mark.parametrize("name", ["reset", "episode", "rendre", "_index_"])
def test_what_single_environments_of_a_vector_lack_is_said_with_what_they_have(name):
    envs = HandVectorEnv(Swing, 2)
    envs.set_attr("level", 1)
    with pytest.raises(AttributeError, match=f"got '{name}'") as refused:
        envs.call(name)
    message = str(refused.value)
    assert (f"envs.unwrapped.{name}" in message) == hasattr(envs, name)
    valid = re.search("Valid: ([^.]*)", message)[1].split(", ")
    for public in valid:
        envs.reset(seed=0)
        assert not public.startswith("_")
        assert public == "level" or f"`{public}`" in HandVectorEnv.call.__doc__
        if public not in ("set_state", "render"):
            assert len(envs.call(public)) == 2
    assert set(re.findall("`(\\w+)`", HandVectorEnv.call.__doc__)) - {"set_attr"} <= set(valid)


# --- processes -----------------------------------------------------------------------------------------------------

FORK = """
import os, signal, sys, numpy as np, hand_envs
from hand_envs.tasks.adroit.door import Door

def roll(envs, count):
    rng = np.random.default_rng(1)
    seen = [envs.step(rng.uniform(-1, 1, (4, 28)))[0] for _ in range(count)]
    return np.stack(seen).tobytes()

envs = hand_envs.HandVectorEnv(Door(), 4, nthread=2, max_episode_steps=12)
envs.reset(seed=0)
roll(envs, 5)
def child(depth):
    child = os.fork()
    if child == 0:
        signal.alarm(60)  # a call that waits for the parent's threads would wait for ever
        found = roll(envs, 10)
        if depth:
            status, found_there = child_of(depth - 1)
        with open(f"child{depth}", "wb") as file:
            file.write(found)
        sys.exit(0)  # not os._exit: the interpreter frees what it has
    return os.waitpid(child, 0)[1], None
child_of = child
status, _ = child(1)
assert status == 0, status
with open("parent", "wb") as file:
    file.write(roll(envs, 10) + roll(envs, 10))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_vector_goes_on_as_its_parent_does():
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", FORK], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    parent = Path("parent").read_bytes()
    assert Path("child1").read_bytes() == parent[: len(parent) // 2]
    assert Path("child0").read_bytes() == parent[len(parent) // 2 :]


def test_nothing_is_left_where_the_user_stands():
    env = gym.make("HandDoor-v0").unwrapped
    env.reset(seed=0)
    env.episode.sim.qvel[0, 0] = 1e15
    assert env.step(np.zeros(28))[4]["unstable"]
    assert list(Path.cwd().iterdir()) == []
