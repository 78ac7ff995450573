"""What is refused changes nothing: actions, states, choices, and writing to what a task has not declared."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
from swing import Swing, assert_same_states

from hand_envs import HandEnv, HandVectorEnv
from hand_envs.errors import ActionError, OptionError, StateError, TaskError

BAD_ACTIONS = {
    "digits": "0.5",
    "strings": ["0.5"],
    "bytes": np.array([b"0.5"]),
    "complex": np.array([0.5 + 0j]),
    "objects": np.array([object()], dtype=object),
    "numbers as objects": np.array([0.5], dtype=object),
    "nothing": None,
    "nothing in a list": [None],
    "booleans": np.array([True]),
    "ragged": [[0.5], [0.5, 0.5]],
    "too large for an array": [10**400],
    "too large for a float": np.array([np.finfo(np.longdouble).max]),
    "records": np.array([(0.5,)], dtype=[("push", float)]),
    "masked": np.ma.array([0.5], mask=[True]),
    "dates": np.array(["2026-01-01"], dtype="datetime64[D]"),
    "a set": {0.5},
    "a dict": {"push": 0.5},
    "infinite": [np.inf],
}


@pytest.mark.parametrize("bad", BAD_ACTIONS.values(), ids=BAD_ACTIONS)
@pytest.mark.parametrize("nsim", [None, 1, 2])
@pytest.mark.filterwarnings("error")
def test_actions_that_are_no_numbers_are_refused_by_both_faces(bad, nsim):
    env = HandEnv(Swing()) if nsim is None else HandVectorEnv(Swing(), nsim)
    env.reset(seed=0)
    env.step(np.full(env.action_space.shape, 0.1))
    before = env.episode.snapshot(range(env.episode.sim.nsim))
    for given in (bad,) if nsim is None else (bad, [bad] * nsim):
        with pytest.raises(ActionError, match="Actions must be finite numbers|Expected actions of shape"):
            env.step(given)
    assert_same_states(env.episode.snapshot(range(env.episode.sim.nsim)), before)


def test_actions_may_be_any_real_numbers():
    for given in ([0.5], (1,), np.array([1], np.int8), np.array([0.5], np.float16), np.array([0.5], np.longdouble)):
        env = HandEnv(Swing())
        env.reset(seed=0)
        assert not env.step(given)[4]["action_clipped"]
    env.reset(seed=0)
    assert env.step(np.array([2**63], np.uint64))[4]["action_clipped"]


class Moody(Swing):
    """Remembers a mood and a score, which not every number is."""

    choosable = ("mood",)

    def prepare(self, sim):
        sim.remember("mood", dtype=np.int64, low=0, high=2)
        sim.remember("score")

    def choose(self, sim, ids, rng, chosen):
        rng.integers(5)
        if (chosen["mood"] > 2).any():
            raise OptionError("No such mood.")
        sim.memory["mood"][ids] = chosen["mood"]

    def observe(self, sim):
        return {**super().observe(sim), "mood": np.array([3.0, 4.0, 5.0])[sim.memory["mood"]][:, None]}

    def reward(self, sim):
        return {**super().reward(sim), "score": -(sim.memory["score"] ** 2)}


BAD_PARTS = {
    "episode.success_once": [np.array([True, False]), 2, "yes", None, np.nan],
    "episode.elapsed": [-1, 2.5, np.inf, "1", [1, 2], 2**60],
    "memory.mood": [3, -1, 1.5, np.inf, "1", None, [0, 1], 2**70, True + 1j],
    "memory.score": [1e300, np.nan, np.array([1.0]), object()],
    "model.body_pos": [np.full((3, 3), 1e308), np.full((3, 3), -np.inf), np.zeros(3), None, "abc"],
    "integration": [[], None, np.zeros(2, complex)],
    "derived.xpos": [np.zeros((1, 1)), np.full((3, 3), 1e300), np.full((3, 3), None)],
    "episode.mood": [1],
    "mood": [1],
    7: [1],
}


def hostile_states(good: dict) -> list:
    states = [{**good, name: bad} for name, values in BAD_PARTS.items() for bad in values]
    states += [{**good, "integration": np.where(np.arange(len(good["integration"])) == 1, x, 0)} for x in (1e11, 1e300)]
    states += [{"qpos": [1e11]}, {"qpos": "1"}, {"qpos": [[1], [2, 3]]}, {"base_pos": np.full(3, 1e300)}]
    return [*states, None, [], 3, "state", {**good, "memory.score": np.ma.array(0.0, mask=True)}]


@pytest.mark.filterwarnings("error")
def test_states_that_are_refused_change_nothing_in_a_single_environment():
    env = HandEnv(Moody())
    good = HandEnv(Moody())
    good.reset(seed=9), good.step([0.5])
    for state in hostile_states(good.get_state()):
        for begun in (False, True):
            env = HandEnv(Moody())
            if begun:
                env.reset(seed=0), env.step([0.1])
            before, drawn = [env.get_state()], env.np_random.bit_generator.state
            with pytest.raises(StateError):
                env.set_state(state)
            with pytest.raises(StateError):
                env.reset(seed=3, options={"state": state})
            assert_same_states([env.get_state()], before)
            assert env.np_random.bit_generator.state == drawn
            if not begun:
                with pytest.raises(gym.error.ResetNeeded):
                    env.step([0.0])


@pytest.mark.filterwarnings("error")
def test_states_that_are_refused_change_nothing_in_a_vector():
    envs = HandVectorEnv(Moody(), 3, autoreset_mode="Disabled")
    envs.reset(seed=0), envs.step(np.full((3, 1), 0.1))
    good = envs.get_state(0)
    random = [each.bit_generator.state for each in envs.np_random]
    before, generators = envs.episode.snapshot(range(3)), envs.np_random
    for state in hostile_states(good):
        with pytest.raises(StateError):
            envs.reset(seed=7, options={"state": [good, state, good]})
        with pytest.raises(StateError):
            envs.set_state(1, state)
    assert_same_states(envs.episode.snapshot(range(3)), before)
    assert all(mine is other for mine, other in zip(envs.np_random, generators, strict=True))
    assert [each.bit_generator.state for each in envs.np_random] == random
    assert envs.np_random_seed == (0, 1, 2)


def test_resets_that_are_refused_change_nothing():
    for envs in (HandEnv(Moody()), HandVectorEnv(Moody(), 2)):
        envs.reset(seed=0)
        generators = [envs.np_random] if isinstance(envs, HandEnv) else envs.np_random
        before = [each.bit_generator.state for each in generators], envs.episode.snapshot(range(len(generators)))
        for options in ({"mood": 7}, {"mood": 2**80}, {"mood": "1"}, {"mood": 1.5}, {"mod": 1}, "mood", {"mood": None}):
            for seed in (None, 5):
                with pytest.raises(OptionError):
                    envs.reset(seed=seed, options=options)
        for seed in (-1, 2.7, "1", True):
            with pytest.raises(OptionError, match="seed"):
                envs.reset(seed=seed)
        assert [each.bit_generator.state for each in generators] == before[0]
        assert_same_states(envs.episode.snapshot(range(len(generators))), before[1])


def test_what_a_stranger_cannot_be_in_is_refused_in_our_words():
    class Fragile(Moody):
        def prepare(self, sim):
            sim.remember("mood", dtype=np.int64)  # without bounds: observing any other than three is an IndexError
            sim.remember("score")

    env = HandEnv(Fragile())
    env.reset(seed=0)
    before = env.get_state()
    with pytest.raises(StateError, match="Fragile cannot be in this state: IndexError"):
        env.set_state({**before, "memory.mood": 99})
    assert_same_states([env.get_state()], [before])


# --- what is not declared is not written ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sin", [lambda sim: sim.body("pole").pos, lambda sim: sim.body_pos[:, 2], lambda sim: sim.geom("rod").rgba]
)
def test_writing_to_what_is_not_declared_is_a_task_error(sin):
    class Sinner(Swing):
        def reset(self, sim, ids, rng):
            super().reset(sim, ids, rng)
            sin(sim)[ids] = 0.5

    for make in (HandEnv, HandVectorEnv):
        with pytest.raises(TaskError, match="Sinner writes at a reset to what it has not declared.*`variations`"):
            make(Sinner()).reset(seed=0)
