"""DexMV's demonstration files, and actions recovered from states alone."""

from __future__ import annotations

import pickle

import gymnasium as gym
import mujoco
import numpy as np
import pytest

from hand_envs import datasets
from hand_envs.datasets import read_dexmv, recover_actions
from hand_envs.errors import DatasetError
from hand_envs.replay import replay
from hand_envs.task import Task

IDS = ("HandRelocateFoamBrick-v0", "HandPour-v0", "HandPlaceInside-v0")


def bare(env_id: str):
    return gym.make(env_id, disable_env_checker=True, max_episode_steps=-1).unwrapped


def smooth(steps: int, seed: int = 0) -> np.ndarray:
    """Slow actions that keep the hand above everything."""
    random = np.random.default_rng(seed)
    phase, speed = random.uniform(0, 6, (2, 30)) / [[1], [40]]
    actions = 0.15 * np.sin(phase + speed * np.arange(steps)[:, None])
    actions[:, 1] = 1.0
    actions[:, 2] = -0.6
    return actions


def lived(env_id: str, steps: int = 60):
    """States and observations of an episode, and what was done in it."""
    env = bare(env_id)
    observations = [env.reset(seed=4)[0]]
    sim = env.episode.sim
    states, target = [(sim.qpos[0].copy(), sim.qvel[0].copy())], None
    if "Relocate" in env_id:
        target = sim.body("target").xpos[0].copy()
    actions, rewards = smooth(steps), []
    for action in actions:
        observation, reward, *_ = env.step(action)
        observations.append(observation)
        rewards.append(reward)
        states.append((sim.qpos[0].copy(), sim.qvel[0].copy()))
    return np.array(observations), actions, np.array(rewards), states, target


def published(path, env_id: str, **leave_out: bool):
    """A file as DexMV writes it."""
    observations, actions, rewards, states, _ = lived(env_id)
    record = {
        "observations": observations[:-1],
        "actions": actions,
        "rewards": rewards,
        "sim_data": [{"qpos": qpos, "qvel": qvel, "qacc": np.zeros(len(qvel))} for qpos, qvel in states[:-1]],
        "model_data": [{"body_pos": np.zeros((9, 3))}],
    }
    path.write_bytes(pickle.dumps({"demo_0": {k: v for k, v in record.items() if not leave_out.get(k)}}, protocol=2))
    return path


@pytest.mark.parametrize("env_id", IDS)
def test_a_demonstration_starts_where_it_did_and_replays(tmp_path, env_id):
    path = published(tmp_path / "demo.pkl", env_id)
    (episode,) = datasets.load(path, env_id)
    again, _ = replay(bare(env_id), episode)
    np.testing.assert_allclose(again.observations[:60], episode.observations, atol=1e-9)
    np.testing.assert_allclose(again.rewards, episode.rewards, atol=1e-9)


def test_the_target_is_where_the_first_observation_says(tmp_path):
    (episode,) = read_dexmv(published(tmp_path / "demo.pkl", IDS[0]), IDS[0])
    np.testing.assert_allclose(episode.state["target_pos"], lived(IDS[0])[4], atol=1e-9)


@pytest.mark.parametrize("env_id", IDS)
def test_actions_of_free_motion_are_recovered_from_states(env_id):
    _, actions, _, states, _ = lived(env_id)
    qpos, qvel = (np.array(part) for part in zip(*states, strict=True))
    found = recover_actions(bare(env_id).task, qpos, qvel)
    assert found.shape == actions.shape
    assert np.median(np.abs(found - actions)) < 0.01
    assert np.mean(np.abs(found[5:] - actions[5:])) < 0.05
    rough = recover_actions(bare(env_id).task, qpos)
    assert np.median(np.abs(rough[5:] - actions[5:])) < 0.05, "also where velocities have to be guessed"


class Servo(Task):
    """A bar on a hinge that nothing brakes but its servo."""

    frame_skip = 5

    def scene(self):
        return mujoco.MjSpec.from_string(
            """<mujoco><option gravity="0 0 0"/><worldbody><body name="bar"><joint name="hinge" axis="0 0 1"/>
            <geom name="bar" size="0.1" mass="1"/></body></worldbody>
            <actuator><position name="servo" joint="hinge" kp="10" kv="2" ctrlrange="-4 4"/></actuator></mujoco>"""
        )

    def reset(self, sim, ids, rng):
        pass

    def observe(self, sim):
        return {"angle": sim.qpos}

    def reward(self, sim):
        return {"none": 0 * sim.qpos[:, 0]}

    def success(self, sim):
        return sim.qpos[:, 0] > 4


def test_a_servo_that_brakes_is_asked_to_lead():
    """At a steady speed v no force is needed: kp (u - q) = kv v."""
    steps = np.arange(10) * 5 * 0.002
    actions = recover_actions(Servo(), 0.5 * steps[:, None], np.full((10, 1), 0.5))
    np.testing.assert_allclose(actions[:, 0], (0.5 * steps[:-1] + 2 / 10 * 0.5) / 4, atol=1e-12)


def test_a_file_without_actions_gets_recovered_ones(tmp_path):
    (given,) = read_dexmv(published(tmp_path / "a.pkl", IDS[0]), IDS[0])
    (found,) = read_dexmv(published(tmp_path / "b.pkl", IDS[0], actions=True, rewards=True), IDS[0])
    assert len(found) == len(given) - 1
    assert np.median(np.abs(found.actions - given.actions[:-1])) < 0.01
    assert not found.rewards.any()
    (again,) = read_dexmv(tmp_path / "a.pkl", IDS[0], recover=True)
    np.testing.assert_array_equal(again.actions, found.actions)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([], "should hold a dict"),
        ({"demo": 1}, "lacks observations or sim_data"),
        ({"demo": {"observations": np.zeros((3, 39)), "sim_data": 3}}, "should be a list"),
        ({"demo": {"observations": np.zeros((3, 39)), "sim_data": [{"qpos": "a"}] * 3}}, "no numbers"),
        (
            {"demo": {"observations": np.zeros((3, 39)), "sim_data": [{"qpos": np.zeros(5), "qvel": np.zeros(5)}] * 3}},
            "at least 37 pos",
        ),
    ],
)
def test_what_is_no_such_file_is_told(tmp_path, content, said):
    (tmp_path / "demo.pkl").write_bytes(pickle.dumps(content, protocol=2))
    with pytest.raises(DatasetError, match=said):
        read_dexmv(tmp_path / "demo.pkl", IDS[0])


def test_a_file_that_would_run_code_is_refused(tmp_path):
    (tmp_path / "demo.pkl").write_bytes(pickle.dumps({"demo": print}))
    with pytest.raises(DatasetError, match="refused"):
        read_dexmv(tmp_path / "demo.pkl", IDS[0])


def test_other_tasks_have_no_such_files(tmp_path):
    with pytest.raises(DatasetError, match="it has them in dapg"):
        read_dexmv(tmp_path / "demo.pkl", "HandDoor-v0")


def test_an_agent_learns_from_what_the_file_says_was_seen(tmp_path):
    """It is not played again: that would lose what it holds."""
    pytest.importorskip("stable_baselines3", reason="needs hand-envs[agents]")
    from agents.common.experts import expert_pairs
    from agents.common.sb3 import make_sb3
    from agents.dapg import configured

    path = published(tmp_path / "demo.pkl", IDS[0])
    record = pickle.loads(path.read_bytes())
    record["demo_0"]["observations"] += 0.5
    path.write_bytes(pickle.dumps(record, protocol=2))
    config = configured(env=IDS[0], demonstrations=str(path))
    states, actions = expert_pairs(config, make_sb3(IDS[0], 2))
    np.testing.assert_array_equal(states, record["demo_0"]["observations"])
    np.testing.assert_array_equal(actions, record["demo_0"]["actions"])
