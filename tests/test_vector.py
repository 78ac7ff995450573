"""Autoreset, seeds and resets of the vector environment, in each of Gymnasium's modes."""

from __future__ import annotations

import copy
import pickle

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers.vector import NormalizeObservation, RecordEpisodeStatistics

from hand_envs.errors import OptionError, StateError

LIMIT, COUNT = 5, 3


def make(mode: str = "NextStep", **options) -> gym.vector.VectorEnv:
    return gym.make_vec("HandDoor-v0", num_envs=COUNT, max_episode_steps=LIMIT, autoreset_mode=mode, **options)


def actions(steps: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, (steps, COUNT, 28)).astype(np.float32)


def test_each_mode_is_declared():
    assert make().metadata["autoreset_mode"] is AutoresetMode.NEXT_STEP
    for mode in AutoresetMode:
        assert make(mode.value).metadata["autoreset_mode"] is mode
        assert make(mode).metadata["autoreset_mode"] is mode
    assert gym.make_vec("HandDoor-v0", 2).spec.max_episode_steps == 200


@pytest.mark.parametrize("mode", ["NextStep", "SameStep"])
def test_autoreset_is_that_of_gymnasiums_own_vector_environment(mode):
    """Step for step what SyncVectorEnv over single environments returns, through three episodes."""
    options = {"max_episode_steps": LIMIT}
    theirs = gym.make_vec(
        "HandDoor-v0", COUNT, vectorization_mode="sync", vector_kwargs={"autoreset_mode": mode}, **options
    )
    ours = make(mode)
    np.testing.assert_array_equal(ours.reset(seed=3)[0], theirs.reset(seed=3)[0])
    for action in actions(3 * LIMIT + 2):
        got, expected = ours.step(action), theirs.step(action)
        for mine, other in zip(got[:4], expected[:4], strict=True):
            np.testing.assert_array_equal(mine, other)
        ended = (got[2] | got[3]) & (mode == "SameStep")  # theirs has the next episode's first info there already
        _same_infos(got[4], expected[4], ~ended)
        assert ("final_obs" in got[4]) == ("final_obs" in expected[4])
        if "final_obs" in got[4]:
            np.testing.assert_array_equal(np.stack(got[4]["final_obs"]), np.stack(expected[4]["final_obs"]))
            np.testing.assert_array_equal(got[4]["_final_obs"], expected[4]["_final_obs"])
            _same_infos(got[4]["final_info"], expected[4]["final_info"])


def _same_infos(got: dict, expected: dict, rows: np.ndarray | None = None) -> None:
    """The same masks, and the same values where they are set; what Gymnasium leaves out is masked out."""
    rows = np.ones(COUNT, bool) if rows is None else rows
    for key, mask in got.items():
        if key.startswith("_") and not key.startswith("_final"):
            value, name = got[key[1:]], key[1:]
            np.testing.assert_array_equal(mask, expected.get(key, np.zeros(COUNT, bool)) & rows, err_msg=name)
            if isinstance(value, dict):
                _same_infos(value, expected.get(name, {}), rows)
            elif mask.any():
                np.testing.assert_array_equal(value[mask], expected[name][mask], err_msg=name)


def test_next_step_returns_the_last_observation_then_the_next_first_one():
    envs, single = make(), gym.make("HandDoor-v0", max_episode_steps=LIMIT)
    envs.reset(seed=0), single.reset(seed=0)
    for action in actions(LIMIT):
        last, expected = envs.step(action), single.step(action[0])
    assert last[3].all()
    np.testing.assert_array_equal(last[0][0], expected[0])
    first = envs.step(actions(1)[0])
    np.testing.assert_array_equal(first[0][0], single.reset()[0])
    assert not first[1].any()
    assert not first[3].any()


def test_same_step_hands_over_the_last_observation_and_info():
    envs, single = make("SameStep"), gym.make("HandDoor-v0", max_episode_steps=LIMIT)
    envs.reset(seed=0), single.reset(seed=0)
    for action in actions(LIMIT):
        got, expected = envs.step(action), single.step(action[0])
    np.testing.assert_array_equal(got[4]["final_obs"][0], expected[0])
    assert got[4]["final_info"]["reward_terms"]["reach"][0] == expected[4]["reward_terms"]["reach"]
    np.testing.assert_array_equal(got[0][0], single.reset()[0])


def test_episodes_of_different_lengths_end_on_their_own():
    """Pens are dropped at different times: each mask says whose episode ended, and only theirs starts anew."""
    envs = gym.make_vec("HandPen-v0", num_envs=8, autoreset_mode="SameStep")
    envs.reset(seed=0)
    random = np.random.default_rng(0)
    lengths, age = [], np.zeros(8, int)
    for _ in range(150):
        _, _, terminated, truncated, info = envs.step(random.uniform(-1, 1, (8, 24)))
        age += 1
        done = terminated | truncated
        if done.any():
            np.testing.assert_array_equal(info["_final_obs"], done)
            assert [each is not None for each in info["final_obs"]] == done.tolist()
            np.testing.assert_array_equal(info["final_info"]["_success"], done)
            assert all(info["final_obs"][i][26] < 0.075 for i in np.flatnonzero(terminated))
        lengths += age[done].tolist()
        age[done] = 0
        np.testing.assert_array_equal(envs.unwrapped.episode.elapsed, age)
    assert len(set(lengths)) > 1
    assert max(lengths) <= 100


def test_disabled_needs_resets_by_mask():
    envs = make("Disabled")
    envs.reset(seed=0)
    for action in actions(LIMIT):
        got = envs.step(action)
    assert got[3].all()
    with pytest.raises(gym.error.ResetNeeded, match="reset_mask"):
        envs.step(actions(1)[0])
    untouched = envs.unwrapped.get_state(1)
    envs.reset(options={"reset_mask": np.array([True, False, True])})
    assert all((untouched[key] == value).all() for key, value in envs.unwrapped.get_state(1).items())
    with pytest.raises(gym.error.ResetNeeded, match=r"\[1\]"):
        envs.step(actions(1)[0])
    envs.reset(options={"reset_mask": np.array([False, True, False])})
    assert not envs.step(actions(1)[0])[3].any()


def test_seeds_one_list_or_none():
    envs = make()
    by_number = envs.reset(seed=5)[0]
    np.testing.assert_array_equal(envs.reset(seed=[5, 6, 7])[0], by_number)
    drawn_on = envs.reset()[0]
    assert not np.array_equal(drawn_on, by_number)
    again = make()
    again.reset(seed=5)
    np.testing.assert_array_equal(again.reset()[0], drawn_on)
    mixed = envs.reset(seed=[5, None, 7])[0]
    np.testing.assert_array_equal(mixed[[0, 2]], by_number[[0, 2]])
    with pytest.raises(OptionError, match="one seed for each of 3"):
        envs.reset(seed=[1, 2])


def test_states_one_for_all_or_one_each():
    envs = make(width=32)
    envs.reset(seed=0)
    states = [envs.unwrapped.get_state(index) for index in range(COUNT)]
    first = envs.reset(options={"state": states[0]})[0]
    assert (first == first[0]).all()
    each = envs.reset(options={"state": states})[0]
    np.testing.assert_array_equal(each[0], first[0])
    assert not np.array_equal(each[1], first[0])
    with pytest.raises(StateError, match="one for each of the 3"):
        envs.reset(options={"state": states[:2]})


def test_states_can_come_before_any_reset():
    given, envs = make("SameStep"), make("SameStep")
    given.reset(seed=0)
    for index in range(COUNT):
        seen = envs.unwrapped.set_state(index, given.unwrapped.get_state(index))
        np.testing.assert_array_equal(seen, given.unwrapped.episode.observe()[index])
    for action in actions(LIMIT):
        got = envs.step(action)
    assert got[3].all()
    assert np.isfinite(got[0]).all()


def test_stepping_before_reset_is_an_error():
    with pytest.raises(gym.error.ResetNeeded):
        make().step(actions(1)[0])


def test_gymnasium_vector_wrappers_work():
    envs = RecordEpisodeStatistics(NormalizeObservation(make()))
    envs.reset(seed=0)
    got = [envs.step(action)[4] for action in actions(2 * LIMIT + 2)]
    ended = [each["episode"]["l"].tolist() for each in got if "episode" in each]
    assert ended == [[LIMIT] * COUNT] * 2


def test_rewards_in_place_do_not_change_the_terms():
    envs = make(reward="sparse")
    envs.reset(seed=0)
    _, reward, _, _, info = envs.step(actions(1)[0])
    reward *= 7
    assert info["reward_terms"]["goal"].tolist() == [-0.1] * COUNT


def test_a_vector_environment_needs_simulations():
    for count in (0, 2.5, "3"):
        with pytest.raises(OptionError, match="at least 1"):
            gym.make_vec("HandDoor-v0", num_envs=count)


def test_what_was_returned_can_be_written_to_without_consequence():
    envs, untouched = make(), make()
    envs.reset(seed=0), untouched.reset(seed=0)
    for action in actions(3):
        got = envs.step(action)
        got[2][:] = got[3][:] = True
        got[0][:] = 7
        for value in got[4].values():
            if isinstance(value, np.ndarray):
                value[:] = True
        expected = untouched.step(action)
    assert not expected[4]["success_once"].any()
    got = envs.step(actions(1)[0])
    np.testing.assert_array_equal(got[0], untouched.step(actions(1)[0])[0])
    assert not got[4]["success_once"].any()


def test_masked_resets_leave_the_seeds_of_the_others_alone():
    envs, alone = make("Disabled"), make("Disabled")
    envs.reset(seed=0), alone.reset(seed=0)
    assert envs.np_random_seed == (0, 1, 2)
    envs.reset(seed=50, options={"reset_mask": np.array([True, False, False])})
    assert envs.np_random_seed == (50, 1, 2)
    np.testing.assert_array_equal(envs.reset()[0][1:], alone.reset()[0][1:])


def test_a_bad_state_among_good_ones_changes_nothing():
    envs = make()
    envs.reset(seed=0)
    before = [envs.unwrapped.get_state(index) for index in range(COUNT)]
    good = envs.unwrapped.get_state(2)
    with pytest.raises(StateError):
        envs.reset(options={"state": [good, good, {"qpos": np.full(30, 1e300)}]})
    for index in range(COUNT):
        for key, value in envs.unwrapped.get_state(index).items():
            np.testing.assert_array_equal(value, before[index][key])


def test_options_out_of_range_are_refused_when_made():
    for options in (
        {"nthread": -1},
        {"max_episode_steps": 0},
        {"max_episode_steps": 2.5},
        {"render_mode": "human"},
        {"rendered": [3]},
        {"autoreset_mode": "same_step"},
        {"camera": "nowhere"},
        {"width": 0},
        {"pixels": True},
    ):
        with pytest.raises(OptionError):
            gym.make_vec("HandDoor-v0", num_envs=2, **options)


def test_a_vector_can_be_copied():
    envs = make()
    envs.reset(seed=0)
    envs.step(actions(1)[0])
    for twin in (copy.deepcopy(envs), pickle.loads(pickle.dumps(envs))):
        original = copy.deepcopy(envs)
        for action in actions(2 * LIMIT):
            for mine, other in zip(twin.step(action)[:4], original.step(action)[:4], strict=True):
                np.testing.assert_array_equal(mine, other)


def test_time_limits_after_a_reset_to_a_state_are_those_of_a_new_episode_in_both_faces():
    single = gym.make("HandDoor-v0", max_episode_steps=LIMIT)
    single.reset(seed=0)
    for _ in range(3):
        single.step(np.zeros(28))
    state = single.unwrapped.get_state()
    envs = make()
    single.reset(options={"state": state}), envs.reset(options={"state": state})
    for step in range(LIMIT):
        truncated = single.step(np.zeros(28))[3], *envs.step(np.zeros((COUNT, 28)))[3]
        assert truncated == (step == LIMIT - 1,) * (COUNT + 1)
