"""Demonstrations: exact round trips, replays that come out the same, and the human door."""

from __future__ import annotations

import os
from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest
from conftest import STATE_IDS
from every_env import task_options

from hand_envs import datasets, replay
from hand_envs.datasets import Demonstration, Demonstrations
from hand_envs.errors import DatasetError
from hand_envs.registry import entry


def recorded(env_id: str, episodes: int = 2, **options) -> Demonstrations:
    width = gym.make(env_id).action_space.shape
    random = np.random.default_rng(0)
    return replay.record(env_id, lambda _: random.uniform(-1, 1, width), range(episodes), options)


def equal(a: Demonstration, b: Demonstration) -> bool:
    arrays = all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ("actions", "observations", "rewards"))
    states = a.state.keys() == b.state.keys() and all(np.array_equal(a.state[key], b.state[key]) for key in a.state)
    return arrays and states and (a.seed, a.source) == (b.seed, b.source)


@pytest.mark.parametrize("env_id", STATE_IDS)
def test_recorded_goes_through_minari_and_plays_back_bit_for_bit(env_id, tmp_path):
    other = {"reward": {"reconstruction": "bonus"}.get(entry(env_id).family, "sparse")}
    options = next(
        each for each in (other, {"success": "strict"}, {"split": "test"}) if set(each) <= set(task_options(env_id))
    )
    made = recorded(env_id, **options)
    folder = datasets.write_minari(made, "hand/test-v0", tmp_path)
    read = datasets.load(str(folder))
    assert (read.env_id, dict(read.options)) == (env_id, options)
    assert all(equal(a, b) for a, b in zip(made, read, strict=True))
    for check in replay.check(read):
        assert check.reproduced()
        assert check.deviation == 0
        assert check.stored_return == check.replayed_return


def test_observations_may_be_kept_in_half_the_digits_and_are_compared_in_these(tmp_path):
    made = recorded("HandDoor-v0", 1)
    halved = replace(made[0], observations=made[0].observations.astype(np.float32))
    assert (halved.observations != made[0].observations).any()
    (read,) = datasets.load(datasets.write_minari(replace(made, episodes=(halved,)), "hand/halved-v0", tmp_path))
    assert read.observations.dtype == np.float32
    assert equal(read, halved)
    other = halved.observations.copy()
    other[7, 3] = np.nextafter(other[7, 3], np.float32(9))
    checks = list(replay.check(replace(made, episodes=(read, replace(read, observations=other)))))
    assert [each.reproduced() for each in checks] == [True, False]


def test_a_changed_demonstration_is_noticed():
    made = recorded("HandDoor-v0", 1)
    actions = made[0].actions.copy()
    actions[50] += 0.01
    altered = Demonstration(made[0].state, actions, made[0].observations, made[0].rewards)
    (check,) = replay.check(Demonstrations(made.env_id, (altered,)))
    assert not check.reproduced()
    assert check.reproduced(tolerance=10.0)


def test_minari_itself_can_restart_an_episode_from_what_is_stored(tmp_path, monkeypatch):
    import minari

    made = recorded("HandRelocate-v0", 1)
    datasets.write_minari(made, "hand/again-v0", tmp_path)
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path))
    dataset = minari.load_dataset("hand/again-v0")
    env = dataset.recover_environment()
    (metadata,) = dataset.storage.get_episode_metadata([0])
    observation, _ = env.reset(seed=metadata["seed"], options=metadata["options"])
    np.testing.assert_array_equal(observation, dataset[0].observations[0])
    np.testing.assert_array_equal(env.step(dataset[0].actions[0])[0], dataset[0].observations[1])


def test_an_end_is_stored_as_one(tmp_path):
    """A pen that is dropped terminates its episode; a door that is not opened runs out of time."""
    dropping = replay.record("HandPen-v0", lambda _: np.r_[1, 1, -np.ones(22)], range(2))
    waiting = recorded("HandDoor-v0", 1)
    assert [each.terminated for each in (*dropping, *waiting)] == [True, True, False]
    for made, name in ((dropping, "hand/pen-v0"), (waiting, "hand/door-v0")):
        read = datasets.load(datasets.write_minari(made, name, tmp_path))
        assert [each.terminated for each in read] == [each.terminated for each in made]


def test_folders_may_be_named_from_here_and_bad_ids_write_nothing(tmp_path):
    made = recorded("HandDoor-v0", 1)
    assert len(datasets.load(datasets.write_minari(made, "hand/here-v0", "relative"))) == 1
    with pytest.raises(DatasetError, match="looks like"):
        datasets.write_minari(made, "nonsense", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_dataset_cannot_name_code_to_run(tmp_path):
    """Options noted in a dataset go to the environment; a hostile one must not choose what is made."""
    import json

    import minari

    folder = datasets.write_minari(recorded("HandDoor-v0", 1), "hand/hostile-v0", tmp_path)
    for options in ({"task": "os:system", "command": "touch it_ran"}, {"reward": ["x"]}, {"width": 3}):
        description = json.dumps({"env_id": "HandDoor-v0", "options": options})
        minari.MinariDataset(folder / "data").storage.update_metadata({"description": description})
        with pytest.raises(DatasetError, match="option of HandDoor-v0"):
            list(replay.check(datasets.load(folder)))
    assert not (tmp_path / "it_ran").exists()


def test_only_tasks_are_made_from_addresses():
    from hand_envs import HandEnv
    from hand_envs.errors import OptionError

    with pytest.raises(OptionError, match="a class of tasks"):
        HandEnv("os:system", command="touch it_ran")


@pytest.mark.filterwarnings("ignore::UserWarning")  # Minari would like links to code and a mail address
def test_d4rls_adroit_datasets_are_read(tmp_path, monkeypatch):
    """They keep what gymnasium-robotics calls `initial_state_dict`, and its name of the environment."""
    import minari
    from gymnasium import spaces
    from minari.data_collector import EpisodeBuffer

    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path))
    start = {"qpos": np.full(30, 0.01), "qvel": np.zeros(30), "door_body_pos": np.array([-0.25, 0.3, 0.3])}
    episode = EpisodeBuffer(
        id=0,
        options={"initial_state_dict": start},
        observations=np.zeros((4, 39)),
        actions=np.zeros((3, 28)),
        rewards=[0.0] * 3,
        terminations=[False] * 3,
        truncations=[False, False, True],
    )
    box = spaces.Box(-np.inf, np.inf, (39,)), spaces.Box(-1, 1, (28,))
    minari.create_dataset_from_buffers("D4RL/door/mine-v0", [episode], observation_space=box[0], action_space=box[1])
    (read,) = datasets.load("D4RL/door/mine-v0", "HandDoor-v0")
    assert all((read.state[key] == value).all() for key, value in start.items())
    with pytest.raises(DatasetError, match="say so"):
        datasets.load("D4RL/door/mine-v0")


def test_sources_with_as_many_observations_as_actions_stay_so(tmp_path):
    full = recorded("HandDoor-v0", 1)[0]
    short = Demonstration(full.state, full.actions, full.observations[:-1], full.rewards, source="short")
    folder = datasets.write_minari(Demonstrations("HandDoor-v0", (short,)), "hand/short-v0", tmp_path)
    assert equal(datasets.load(str(folder))[0], short)


def test_writing_does_not_overwrite_nor_change_the_surroundings(tmp_path):
    before = os.environ["MINARI_DATASETS_PATH"]
    made = recorded("HandDoor-v0", 1)
    datasets.write_minari(made, "hand/once-v0", tmp_path)
    assert os.environ["MINARI_DATASETS_PATH"] == before
    with pytest.raises(DatasetError, match="exists"):
        datasets.write_minari(made, "hand/once-v0", tmp_path)


def test_demonstrations_of_another_environment_are_refused(tmp_path):
    made = recorded("HandDoor-v0", 1)
    wrong = Demonstrations("HandPen-v0", made.episodes)
    with pytest.raises(DatasetError, match="HandPen-v0 has"):
        datasets.write_minari(wrong, "hand/wrong-v0", tmp_path)
    with pytest.raises(DatasetError, match=r"shape \(28,\)"):
        list(replay.check(wrong))


def test_missing_sources_are_named(monkeypatch):
    monkeypatch.delenv("HAND_ENVS_DATA", raising=False)
    with pytest.raises(DatasetError, match="HAND_ENVS_DATA"):
        datasets.load("nothing.pickle")
    with pytest.raises(DatasetError, match="No Minari dataset at hand/nothing-v0"):
        datasets.load("hand/nothing-v0")


def test_broken_demonstrations_are_refused():
    made = recorded("HandDoor-v0", 1)[0]
    with pytest.raises(DatasetError, match="needs 200 rewards"):
        Demonstration(made.state, made.actions, made.observations, made.rewards[:-1])
    with pytest.raises(DatasetError, match="not finite"):
        Demonstration(made.state, made.actions * np.nan, made.observations, made.rewards)
    with pytest.raises(DatasetError, match="no steps"):
        Demonstration(made.state, made.actions[:0], made.observations[:0], made.rewards[:0])


def test_a_sequence_of_demonstrations():
    made = recorded("HandDoor-v0", 3)
    assert len(made) == 3
    assert made.steps == 600
    assert [each.seed for each in made[1:]] == [1, 2]
    assert isinstance(made[1:], Demonstrations)
    assert made[-1].total_reward == pytest.approx(made[-1].rewards.sum())


def test_20_of_the_25_human_doors_replay_to_success(human_door):
    demonstrations = datasets.load(str(human_door))
    assert len(demonstrations) == 25
    checks = list(replay.check(demonstrations, {"reward": "paper"}))
    assert sum(each.success_at_end for each in checks) == 20


def test_human_doors_through_minari(human_door, tmp_path):
    made = datasets.load(str(human_door))[:3]
    read = datasets.load(str(datasets.write_minari(made, "hand/door-human-v0", tmp_path)))
    assert read.env_id == "HandDoor-v0"
    assert all(equal(a, b) for a, b in zip(made, read, strict=True))


def test_files_are_found_in_the_users_data_folder(human_door, monkeypatch):
    monkeypatch.setenv("HAND_ENVS_DATA", str(human_door.parent.parent))
    assert len(datasets.load("dapg/door-v0_demos.pickle")) == 25
