"""What every registered environment keeps, whatever its task. A new id is tested here by being registered."""

from __future__ import annotations

import argparse
import inspect
import json
import sys
import warnings
from pathlib import Path

import gymnasium as gym
import mujoco
import numpy as np
import pytest
from conftest import ROOT, STATE_IDS
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
from gymnasium.utils.env_checker import check_env

from hand_envs.errors import ActionError, OptionError
from hand_envs.registry import ENTRIES, entry

HOUSEHOLD_INFO = ("action_sent", "clipped", "collision", "backend", "fault", "stale", "age", "overruns")

# --- Gymnasium's contract ------------------------------------------------------------------------------------------


@every_id
def test_check_env_has_nothing_to_say_but_that_the_box_is_unbounded(env_id):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        check_env(make(env_id), skip_render_check=True)
    assert [str(w.message) for w in said if "infinity" not in str(w.message)] == []


@every_id
def test_spaces_hold_what_is_returned_and_info_has_its_keys(env_id):
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
        assert set(info) == {
            *flags,
            "reward_terms",
            *(["applied_action", "sequence"] if entry(env_id).has_user else []),
            *(["sequence", "frame", "lasted", "pose_error"] if entry(env_id).family == "reconstruction" else []),
            *(HOUSEHOLD_INFO if entry(env_id).family == "household" else []),
        }


@every_id
def test_horizon_is_that_of_the_task(env_id):
    env, horizon = gym.make(env_id), entry(env_id).horizon
    assert env.spec.max_episode_steps == horizon
    task = env.unwrapped.task
    if entry(env_id).has_user:  # who ends the episode
        assert horizon is None
        assert task.horizon == (task.user.longest or task.task.horizon)
    else:
        assert horizon in (None, task.horizon)


@every_state_id
def test_time_limit_ends_the_episode_and_can_be_changed(env_id):
    for limit in (7, 40 if entry(env_id).horizon is None else 230):
        env = gym.make(env_id, max_episode_steps=limit, **never_lost(env_id))
        env.reset(seed=0)
        ends = [env.step(np.zeros(env.action_space.shape, np.float32))[3] for _ in range(limit)]
        assert ends == [False] * (limit - 1) + [True]


def test_spec_survives_json():
    for each in ENTRIES:
        spec = gym.spec(each.id)
        again = gym.envs.registration.EnvSpec.from_json(spec.to_json())
        assert again == spec


# --- rewards and success -------------------------------------------------------------------------------------------


@every_state_id
def test_reward_is_the_sum_of_its_terms(env_id):
    for kind in reward_types(env_id):
        env = make(env_id, **({} if kind == "default" else {"reward": kind}))
        env.reset(seed=3)
        for action in actions_for(env, 50):
            _, reward, _, _, info = env.step(action)
            assert reward == pytest.approx(sum(info["reward_terms"].values()), abs=1e-12)


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


@every_id_in_time
def test_observations_share_no_memory(env_id):
    env = make(env_id)
    seen = [env.reset(seed=0)[0]] + [step[0] for step in roll(env, actions_for(env, 3))]
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
    if entry(env_id).family == "household":
        pytest.skip("a limiter stands between its actions and its servos, and has tests of its own")
    env = make(env_id, **({"residual": False} if entry(env_id).has_user else {}))
    env.reset(seed=0)
    low, high = env.episode.sim.model.actuator_ctrlrange.T
    for action, expected in ((-1.0, low), (1.0, high), (0.0, (low + high) / 2)):
        env.step(np.full(env.action_space.shape, action))
        np.testing.assert_allclose(env.episode.sim.ctrl[0], expected, atol=1e-12)


@every_state_id_in_time
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
    steps = []
    for size in (1.0, 3.0):
        env = make(env_id)
        env.reset(seed=0)
        steps.append(env.step(np.full(env.action_space.shape, size)))
    assert same(steps[0][0], steps[1][0])
    assert [each[4]["action_clipped"] for each in steps] == [False, True]
    one_too_large = np.eye(1, *env.action_space.shape)[0] * 1.5
    assert env.step(one_too_large)[4]["action_clipped"]


# --- a simulation that blows up ------------------------------------------------------------------------------------


@every_state_id
def test_a_simulation_that_blows_up_ends_and_the_others_carry_on(env_id):
    calm = gym.make_vec(env_id, num_envs=3, **never_lost(env_id)).unwrapped
    wild = gym.make_vec(env_id, num_envs=3, autoreset_mode="SameStep", **never_lost(env_id)).unwrapped
    action = np.zeros(calm.action_space.shape)
    for envs in (calm, wild):
        envs.reset(seed=0)
        envs.step(action)
    wild.episode.sim.qvel[1, 0] = 1e15
    expected, got = calm.step(action), wild.step(action)
    assert got[2].tolist() == [False, True, False]
    assert got[4]["unstable"].tolist() == [False, True, False]
    assert np.isfinite(got[0]).all()
    assert np.isfinite(got[4]["final_obs"][1]).all()
    assert got[1][1] == 0.0
    assert not got[4]["success"][1]
    for _ in range(20):
        for index in (0, 2):
            assert same(got[0][index], expected[0][index])
            assert got[1][index] == expected[1][index]
        expected, got = calm.step(action), wild.step(action)
        assert not got[2].any()


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
    if entry(env_id).horizon is not None:
        assert f"Truncated after {env.task.horizon} steps" in page
    rows = [line.split("|")[1:3] for line in page.splitlines() if line.startswith("| ") and "---" not in line]
    documented = {name.strip(): width.strip() for name, width in rows[1:]}
    widths = {name: str(part.stop - part.start) for name, part in env.observation_layout.items()}
    assert documented == ({"intended": "actuators"} if entry(env_id).has_user else widths)


# --- golden first steps --------------------------------------------------------------------------------------------


def golden_path(env_id: str) -> Path:
    return ROOT / "tests" / "golden" / f"{env_id}.json"


def golden_run(env_id: str) -> dict:
    """The first steps of an id under each of its rewards: small enough to keep, enough to notice a change."""
    runs = {}
    for kind in reward_types(env_id):
        env = make(env_id, **({} if kind == "default" else {"reward": kind}))
        env.reset(seed=0)
        steps = roll(env, actions_for(env, 10))
        runs[kind] = {"rewards": [each[1] for each in steps], "successes": [each[4]["success"] for each in steps]}
    env = make(env_id)
    first = env.reset(seed=0)[0]
    last = roll(env, actions_for(env, 10))[-1][0]
    return {"mujoco": mujoco.__version__, "first": first.tolist(), "last": last.tolist(), "runs": runs}


@every_state_id
def test_golden_first_steps(env_id):
    """If this fails after a change of reward, observation, scene or success: bump the version of the id, and record

    python tests/test_contracts.py ID
    """
    golden, now = json.loads(golden_path(env_id).read_text()), golden_run(env_id)
    note = f"recorded with MuJoCo {golden['mujoco']}, this is {now['mujoco']}"
    np.testing.assert_allclose(now["first"], golden["first"], atol=1e-9, err_msg=note)
    np.testing.assert_allclose(now["last"], golden["last"], atol=1e-6, err_msg=note)
    assert set(now["runs"]) == set(golden["runs"])
    for kind, run in golden["runs"].items():
        np.testing.assert_allclose(now["runs"][kind]["rewards"], run["rewards"], atol=1e-6, err_msg=f"{kind}, {note}")
        assert now["runs"][kind]["successes"] == run["successes"]


def differences(golden: object, now: object, where: str = "") -> list[str]:
    """What is not equal in two golden runs, with its address in them."""
    if isinstance(golden, dict) and isinstance(now, dict):
        names = [*golden, *(name for name in now if name not in golden)]
        return [line for name in names for line in differences(golden.get(name), now.get(name), f"{where}.{name}")]
    if isinstance(golden, list) and isinstance(now, list) and len(golden) == len(now):
        lines = [differences(*pair, f"{where}[{i}]") for i, pair in enumerate(zip(golden, now, strict=True))]
        return [line for each in lines for line in each]
    return [] if golden == now else [f"  {where.lstrip('.')}: {golden} -> {now}"]


def record_golden(env_id: str) -> None:
    """Record one golden file, and say what changes in it."""
    path, now = golden_path(env_id), golden_run(env_id)
    changes = differences(json.loads(path.read_text()), now) if path.exists() else ["  new"]
    path.write_text(json.dumps(now, indent=1) + "\n")
    if not path.exists():
        print(f"{env_id}: recorded")
    else:
        print(f"{env_id}: {len(changes)} differ" if changes else f"{env_id}: nothing changes", *changes, sep="\n")


def test_recording_says_what_changes_and_is_asked_for_by_id(monkeypatch, tmp_path, capsys):
    golden = golden_run("HandDoor-v0")
    (tmp_path / "HandDoor-v0.json").write_text(json.dumps({**golden, "first": [0.5, *golden["first"][1:]]}))
    monkeypatch.setitem(globals(), "golden_path", lambda env_id: tmp_path / f"{env_id}.json")
    with pytest.raises(SystemExit, match="2"):
        main([])
    assert "usage:" in capsys.readouterr().err
    main(["HandDoor-v0"])
    assert capsys.readouterr().out == f"HandDoor-v0: 1 differ\n  first[0]: 0.5 -> {golden['first'][0]}\n"
    main(["HandDoor-v0"])
    assert capsys.readouterr().out == "HandDoor-v0: nothing changes\n"
    assert [path.name for path in tmp_path.glob("*.json")] == ["HandDoor-v0.json"]


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="Record the golden first steps of ids, after a change that was meant.")
    parser.add_argument("env_id", nargs="+", choices=STATE_IDS, metavar="ID", help="such as HandDoor-v0")
    for env_id in parser.parse_args(arguments).env_id:
        record_golden(env_id)


if __name__ == "__main__":
    main(sys.argv[1:])
