"""What every registered environment keeps, whatever its task. A new id is tested here by being registered."""

from __future__ import annotations

import copy
import inspect
import json
import multiprocessing
import pickle
import warnings

import gymnasium as gym
import mujoco
import numpy as np
import pytest
from conftest import ROOT, STATE_IDS, ids
from gymnasium.utils.env_checker import check_env, data_equivalence

import hand_envs
from hand_envs.errors import ActionError, OptionError, StateError
from hand_envs.registry import ENTRIES, entry
from hand_envs.task import Task

every_id = pytest.mark.parametrize("env_id", ids())
every_state_id = pytest.mark.parametrize("env_id", STATE_IDS)


def make(env_id: str, **options) -> hand_envs.HandEnv:
    return gym.make(env_id, disable_env_checker=True, **options).unwrapped


def actions_for(env, count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, (count, *env.action_space.shape)).astype(np.float32)


def roll(env, actions) -> list:
    """What each step told. `reset` must have been called."""
    return [env.step(action) for action in actions]


def same(a, b) -> bool:
    return data_equivalence(a, b, exact=True)


# --- Gymnasium's contract ------------------------------------------------------------------------------------------


@every_id
def test_check_env_has_nothing_to_say_but_that_the_box_is_unbounded(env_id):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        check_env(make(env_id), skip_render_check=True)
    assert [str(w.message) for w in said if "infinity" not in str(w.message)] == []


@every_id
def test_spaces_hold_what_is_told_and_info_has_its_keys(env_id):
    env = make(env_id)
    observation, info = env.reset(seed=0)
    assert observation in env.observation_space
    for action in actions_for(env, 20):
        observation, reward, terminated, truncated, info = env.step(action)
        assert observation in env.observation_space
        assert type(reward) is float
        assert type(terminated) is type(truncated) is bool
        flags = ("success", "is_success", "success_once", "success_at_end", "action_clipped", "unstable")
        assert all(type(info[flag]) is bool for flag in flags)
        assert info["success"] == info["is_success"]
        assert set(info) == {*flags, "reward_terms", *(["applied_action"] if entry(env_id).has_user else [])}


@every_id
def test_horizon_is_that_of_the_task(env_id):
    env, horizon = gym.make(env_id), entry(env_id).horizon
    assert env.spec.max_episode_steps == horizon
    if entry(env_id).has_user:  # who ends the episode
        assert horizon is None
        assert env.unwrapped.task.horizon == env.unwrapped.task.user.longest
    else:
        assert env.unwrapped.task.horizon == horizon


@every_state_id
def test_time_limit_ends_the_episode_and_can_be_changed(env_id):
    for limit in (7, 40 if entry(env_id).has_user else 230):
        env = gym.make(env_id, max_episode_steps=limit, **_never_lost(env_id))
        env.reset(seed=0)
        ends = [env.step(np.zeros(env.action_space.shape, np.float32))[3] for _ in range(limit)]
        assert ends == [False] * (limit - 1) + [True]


def test_spec_survives_json():
    for each in ENTRIES:
        spec = gym.spec(each.id)
        again = gym.envs.registration.EnvSpec.from_json(spec.to_json())
        assert again == spec


# --- rewards and success -------------------------------------------------------------------------------------------


def _reward_types(env_id: str) -> list[str]:
    return list(getattr(_task(env_id), "rewards", ["default"]))


def _task(env_id: str) -> Task:
    """The task, or the one that a user acts in."""
    task = entry(env_id).make_task()
    return task.task if entry(env_id).has_user else task


def _task_options(env_id: str):
    return inspect.signature(type(_task(env_id)).__init__).parameters


def _never_lost(env_id: str) -> dict:
    """Options under which an episode only ends by its time limit."""
    options = _task_options(env_id)
    return {"terminate_on_drop": False} if "terminate_on_drop" in options else {}


@every_state_id
def test_reward_is_the_sum_of_its_terms(env_id):
    for kind in _reward_types(env_id):
        env = make(env_id, **({} if kind == "default" else {"reward": kind}))
        env.reset(seed=3)
        for action in actions_for(env, 50):
            _, reward, _, _, info = env.step(action)
            assert reward == pytest.approx(sum(info["reward_terms"].values()), abs=1e-12)


# --- determinism ---------------------------------------------------------------------------------------------------


@every_id
def test_same_seed_same_trajectory_bit_for_bit(env_id):
    steps = 5 if entry(env_id).visual else 100
    told = []
    for _ in range(2):
        env = make(env_id)
        told.append([env.reset(seed=7), *roll(env, actions_for(env, steps))])
    assert same(*told)


@every_id
def test_two_resets_differ(env_id):
    env = make(env_id)
    first, second = env.reset(seed=0)[0], env.reset()[0]
    assert not same(first, second)


@every_state_id
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_vector_is_many_singles_bit_for_bit_at_any_thread_count(env_id, threads):
    seed, count, steps = 11, 3, 60
    envs = gym.make_vec(env_id, num_envs=count, nthread=threads, **_never_lost(env_id))
    singles = [make(env_id, **_never_lost(env_id)) for _ in range(count)]
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
    envs = gym.make_vec(env_id, num_envs=2, **_never_lost(env_id))
    seen = []
    for other in (0, 1):
        envs.reset(seed=0)
        actions = actions_for(envs.unwrapped, 30)
        actions[:, 1] = actions_for(envs.unwrapped, 30, seed=10 + other)[:, 1]
        seen.append([envs.step(action)[0][0] for action in actions])
    assert same(*seen)


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


@every_state_id
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
    envs = gym.make_vec(env_id, num_envs=3, **_never_lost(env_id)).unwrapped
    envs.reset(seed=5)
    for action in actions_for(envs, 15):
        envs.step(action)
    env = make(env_id, **_never_lost(env_id))
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


@every_id
@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
def test_copies_keep_options_and_go_on_alike(env_id, duplicate):
    kind = _reward_types(env_id)[-1]
    env = gym.make(env_id, width=64, **({} if kind == "default" else {"reward": kind}))
    env.reset(seed=4)
    roll(env, actions_for(env, 3))
    twin = duplicate(env)
    assert twin.unwrapped.spec == env.unwrapped.spec
    assert twin.unwrapped.episode.terms == env.unwrapped.episode.terms
    assert same(roll(twin, actions_for(env, 5, seed=1)), roll(env, actions_for(env, 5, seed=1)))
    assert same(twin.reset()[0], env.reset()[0])  # the random generator too


# --- observations --------------------------------------------------------------------------------------------------


@every_state_id
def test_no_observation_element_is_constant_but_those_declared(env_id):
    env = make(env_id)
    seen = []
    for step, action in enumerate(actions_for(env, 1000)):
        if step % 100 == 0:
            env.reset(seed=step)
        seen.append(env.step(action)[0])
    constant = np.flatnonzero(np.ptp(np.stack(seen), axis=0) == 0)
    named = {name for name, part in env.observation_layout.items() if set(constant) & set(range(part.start, part.stop))}
    assert named == set(env.task.constant)


@every_id
def test_observations_share_no_memory(env_id):
    env = make(env_id)
    seen = [env.reset(seed=0)[0]] + [told[0] for told in roll(env, actions_for(env, 3))]
    arrays = [array for each in seen for array in (each.values() if isinstance(each, dict) else [each])]
    inside = [env.episode.sim.qpos, env.episode.sim._batch.state, *env.episode.sim._batch.derived.values()]
    for number, array in enumerate(arrays):
        for other in [*arrays[number + 1 :], *inside]:
            assert not np.shares_memory(array, other)


@every_state_id
def test_layout_covers_the_observation(env_id):
    env = make(env_id)
    covered = [index for part in env.observation_layout.values() for index in range(part.start, part.stop)]
    assert covered == list(range(env.observation_space.shape[0]))
    assert set(env.task.proprioception) <= set(env.observation_layout)
    assert env.task.proprioception


# --- scene ---------------------------------------------------------------------------------------------------------


@every_state_id
def test_every_body_joint_geom_and_actuator_has_a_name(env_id):
    model = make(env_id).episode.sim.model
    counts = {
        "body": model.nbody,
        "joint": model.njnt,
        "geom": model.ngeom,
        "actuator": model.nu,
        "sensor": model.nsensor,
    }
    for kind, count in counts.items():
        names = [getattr(model, kind)(number).name for number in range(count)]
        assert all(names), kind
        assert len(set(names)) == count, kind
    assert model.ncam >= 2


# --- actions -------------------------------------------------------------------------------------------------------


@every_state_id
def test_actions_reach_the_ends_of_the_control_ranges(env_id):
    env = make(env_id, **({"residual": False} if entry(env_id).has_user else {}))
    env.reset(seed=0)
    low, high = env.episode.sim.model.actuator_ctrlrange.T
    for action, expected in ((-1.0, low), (1.0, high), (0.0, (low + high) / 2)):
        env.step(np.full(env.action_space.shape, action))
        np.testing.assert_allclose(env.episode.sim.ctrl[0], expected, atol=1e-12)


@every_state_id
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_actions_that_are_not_finite_are_refused_and_change_nothing(env_id, bad):
    env = make(env_id)
    env.reset(seed=0)
    action = np.zeros(env.action_space.shape)
    action[3] = bad
    before = env.get_state()
    with pytest.raises(ActionError, match="finite"):
        env.step(action)
    assert same(env.get_state(), before)


@every_state_id
def test_actions_of_the_wrong_shape_are_refused(env_id):
    env = make(env_id)
    env.reset(seed=0)
    count = env.action_space.shape[0]
    for shape in ((count + 1,), (count - 1,), (1, count), ()):
        with pytest.raises(ActionError, match="shape"):
            env.step(np.zeros(shape))


@every_state_id
def test_actions_out_of_range_are_clipped_and_said_to_be(env_id):
    told = []
    for size in (1.0, 3.0):
        env = make(env_id)
        env.reset(seed=0)
        told.append(env.step(np.full(env.action_space.shape, size)))
    assert same(told[0][0], told[1][0])
    assert [each[4]["action_clipped"] for each in told] == [False, True]


# --- a simulation that blows up ------------------------------------------------------------------------------------


@every_state_id
def test_a_simulation_that_blows_up_ends_and_the_others_carry_on(env_id):
    calm = gym.make_vec(env_id, num_envs=3, **_never_lost(env_id)).unwrapped
    wild = gym.make_vec(env_id, num_envs=3, autoreset_mode="SameStep", **_never_lost(env_id)).unwrapped
    action = np.zeros(calm.action_space.shape)
    for envs in (calm, wild):
        envs.reset(seed=0)
        envs.step(action)
    wild.episode.sim.qvel[1, 0] = 1e15
    expected, told = calm.step(action), wild.step(action)
    assert told[2].tolist() == [False, True, False]
    assert told[4]["unstable"].tolist() == [False, True, False]
    assert np.isfinite(told[0]).all()
    assert np.isfinite(told[4]["final_obs"][1]).all()
    assert told[1][1] == 0.0
    assert not told[4]["success"][1]
    for _ in range(20):
        for index in (0, 2):
            assert same(told[0][index], expected[0][index])
            assert told[1][index] == expected[1][index]
        expected, told = calm.step(action), wild.step(action)
        assert not told[2].any()


# --- options and pages ---------------------------------------------------------------------------------------------


@every_id
def test_unknown_options_name_the_valid_ones(env_id):
    with pytest.raises(OptionError, match="no option of that name"):
        make(env_id, no_such_option=1)


@every_state_id
def test_the_docstring_is_a_page_whose_table_is_the_layout(env_id):
    env = make(env_id)
    page = inspect.getdoc(type(env.task))
    for heading in (
        "Actions",
        "Observations",
        "Rewards",
        "Success",
        "Starting state",
        "Episode end",
        "Version history",
    ):
        assert f"## {heading}" in page
    rows = [line.split("|")[1:3] for line in page.splitlines() if line.startswith("| ") and "---" not in line]
    documented = {name.strip(): width.strip() for name, width in rows[1:]}
    widths = {name: str(part.stop - part.start) for name, part in env.observation_layout.items()}
    assert documented == ({"intended": "actuators"} if entry(env_id).has_user else widths)


# --- golden first steps --------------------------------------------------------------------------------------------


def golden_run(env_id: str) -> dict:
    """The first steps of an id under each of its rewards: small enough to keep, enough to notice a change."""
    runs = {}
    for kind in _reward_types(env_id):
        env = make(env_id, **({} if kind == "default" else {"reward": kind}))
        env.reset(seed=0)
        told = roll(env, actions_for(env, 10))
        runs[kind] = {"rewards": [each[1] for each in told], "successes": [each[4]["success"] for each in told]}
    env = make(env_id)
    first = env.reset(seed=0)[0]
    last = roll(env, actions_for(env, 10))[-1][0]
    return {"mujoco": mujoco.__version__, "first": first.tolist(), "last": last.tolist(), "runs": runs}


@every_state_id
def test_golden_first_steps(env_id):
    """If this fails after a change of reward, observation, scene or success: bump the version of the id, and record

    python tests/test_contracts.py
    """
    path = ROOT / "tests" / "golden" / f"{env_id}.json"
    golden, now = json.loads(path.read_text()), golden_run(env_id)
    note = f"recorded with MuJoCo {golden['mujoco']}, this is {now['mujoco']}"
    np.testing.assert_allclose(now["first"], golden["first"], atol=1e-9, err_msg=note)
    np.testing.assert_allclose(now["last"], golden["last"], atol=1e-6, err_msg=note)
    assert set(now["runs"]) == set(golden["runs"])
    for kind, run in golden["runs"].items():
        np.testing.assert_allclose(now["runs"][kind]["rewards"], run["rewards"], atol=1e-6, err_msg=f"{kind}, {note}")
        assert now["runs"][kind]["successes"] == run["successes"]


if __name__ == "__main__":
    for state_id in STATE_IDS:
        (ROOT / "tests" / "golden" / f"{state_id}.json").write_text(json.dumps(golden_run(state_id), indent=1) + "\n")
