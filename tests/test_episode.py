"""Episodes, on a task small enough to know everything about it: and proof that a stranger's task plugs in."""

from __future__ import annotations

import gymnasium as gym
import mujoco
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from hand_envs import Episode, HandEnv, HandVectorEnv, Task
from hand_envs.core.attached import Attached
from hand_envs.core.task import Variation
from hand_envs.core.world import World
from hand_envs.errors import ActionError, OptionError, StateError, TaskError

SCENE = """
<mujoco>
  <worldbody>
    <camera name="overview" pos="0 -3 0"/>
    <body name="base"><body name="pole"><joint name="hinge" axis="0 1 0"/><geom name="rod" size="0.1"/></body></body>
  </worldbody>
  <actuator><motor name="push" joint="hinge" ctrlrange="-1 1"/></actuator>
</mujoco>
"""


class Swing(Task):
    """Swing."""

    horizon = 4
    frame_skip = 2
    variations = {"base_pos": Variation("body", "base", "pos")}
    proprioception = ("angle",)

    def __init__(self, always: bool = True) -> None:
        self.always = always

    def scene(self):
        return mujoco.MjSpec.from_string(SCENE)

    def reset(self, sim, ids, rng):
        sim.body("base").pos[ids, 0] = rng.uniform(1, 2)

    def observe(self, sim):
        return {"angle": sim.qpos, "place": sim.body("pole").xpos}

    def reward(self, sim):
        return {"one": np.ones(sim.nsim), "angle": sim.qpos[:, 0] * 2}

    def success(self, sim):
        return np.full(sim.nsim, self.always) | (sim.qpos[:, 0] > 0.5)


def started(nsim: int = 3, **options) -> Episode:
    episode = Episode(Swing(**options), nsim, max_steps=4)
    episode.reset(np.arange(nsim), [np.random.default_rng(i) for i in range(nsim)])
    return episode


def test_nothing_counts_in_a_step_that_blew_up():
    episode = started()
    episode.sim.qvel[1] = 1e15
    transition = episode.step(np.zeros((3, 1)))
    assert transition.success.tolist() == [True, False, True]
    assert transition.success_once.tolist() == [True, False, True]
    assert transition.reward.tolist() == [1.0, 0.0, 1.0]
    assert transition.terminated.tolist() == transition.unstable.tolist() == [False, True, False]
    assert np.isfinite(transition.observation).all()
    assert episode.step(np.zeros((3, 1))).success.tolist() == [True, True, True]


def test_success_is_remembered_until_the_next_reset():
    episode = started(always=False)
    episode.sim.qpos[0] = 1.0
    first = episode.step(np.zeros((3, 1)))
    episode.sim.qpos[0] = 0.0
    second = episode.step(np.zeros((3, 1)))
    assert [first.success[0], second.success[0], second.success_once[0]] == [True, False, True]
    episode.reset(np.array([0]), [np.random.default_rng()])
    assert not episode.step(np.zeros((3, 1))).success_once[0]
    assert second.success_once[0], "what a step has returned stays as it was"


def test_time_limits_count_each_episode_from_its_reset():
    episode = started()
    for _ in range(2):
        episode.step(np.zeros((3, 1)))
    episode.reset(np.array([1]), [np.random.default_rng()])
    truncated = [episode.step(np.zeros((3, 1))).truncated.tolist() for _ in range(4)]
    assert truncated == [[False] * 3, [True, False, True], [True, False, True], [True] * 3]


def test_elapsed_steps_are_part_of_the_state():
    episode = started()
    episode.step(np.zeros((3, 1)))
    state = episode.get_state(0)
    for _ in range(2):
        episode.step(np.zeros((3, 1)))
    episode.set_state(2, state)
    assert episode.elapsed.tolist() == [3, 3, 1]


def test_starts_leave_the_rest_as_in_the_scene():
    episode = started()
    episode.set_state(0, {"qpos": np.array([0.3]), "base_pos": np.array([0.0, 0.0, 7.0])})
    assert episode.sim.qpos[0] == 0.3
    assert episode.sim.qvel[0] == 0
    np.testing.assert_array_equal(episode.observe()[0], [0.3, 0, 0, 7])
    for wrong in ({"qpos": np.zeros(2)}, {"base_pos": np.full(3, np.nan)}, {"base": np.zeros(3)}):
        with pytest.raises(StateError):
            episode.set_state(0, wrong)


def test_a_strangers_task_is_an_environment():
    check_env(HandEnv(Swing()), skip_render_check=True)
    check_env(HandEnv(Swing, always=False), skip_render_check=True)
    envs = HandVectorEnv(Swing, num_envs=2)
    envs.reset(seed=0)
    assert [envs.step(np.zeros((2, 1)))[3].all() for _ in range(4)] == [False, False, False, True]
    assert HandEnv(Swing()).metadata["render_fps"] == 250


def test_a_strangers_task_can_be_registered():
    gym.register(
        "StrangersSwing-v0",
        entry_point="hand_envs.env:HandEnv",
        vector_entry_point="hand_envs.env:HandVectorEnv",
        kwargs={"task": f"{__name__}:Swing"},
        max_episode_steps=Swing.horizon,
    )
    assert gym.make("StrangersSwing-v0", always=False).unwrapped.task.always is False
    assert gym.make_vec("StrangersSwing-v0", num_envs=2).num_envs == 2
    del gym.registry["StrangersSwing-v0"]


def test_tasks_that_are_not_there_are_named():
    for address in ("nowhere:Task", "hand_envs.tasks.adroit.door:Dor", "door"):
        with pytest.raises(OptionError, match="No task at"):
            HandEnv(address)
    with pytest.raises(OptionError, match="already made"):
        HandEnv(Swing(), always=False)


# --- what is refused changes nothing -------------------------------------------------------------------------------

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


def assert_same_states(states, others) -> None:
    for state, other in zip(states, others, strict=True):
        assert state.keys() == other.keys()
        for name, value in state.items():
            assert value.tobytes() == other[name].tobytes(), name


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


# --- a driver in place of a simulation -----------------------------------------------------------------------------


class Wheels:
    """Two wheels that a driver turns: all that an episode needs of a world, and what its task reads."""

    nsim, actuators, timestep = 2, ("torque",), 0.01

    def __init__(self):
        self.memory, self.measured, self.attached = {}, {}, Attached()
        self.angle, self.torque = np.zeros((2, 1)), np.zeros((2, 1))

    def remember(self, name, width=None, dtype=np.float64, low=None, high=None):
        return self.memory.setdefault(name, np.zeros(self.nsim if width is None else (self.nsim, width), dtype))

    def reset(self, ids=None):
        self.angle[ids] = 0.0

    def forward(self, ids=None):
        self.measured.clear()

    def step(self, nstep):
        self.angle += self.torque * nstep * self.timestep
        slipped = self.angle[:, 0] > 0.45
        self.angle[slipped] = 0.0
        return slipped if slipped.any() else None

    def get_state(self, index):
        return {"angle": self.angle[index].copy()}

    def set_state(self, index, state):
        self.angle[index] = state["angle"]

    put_back = set_state


class Turn(Swing):
    variations = {}

    def reset(self, sim, ids, rng):
        sim.angle[ids] = rng.uniform([0.0], [0.1])

    def observe(self, sim):
        return {"angle": sim.angle}

    def reward(self, sim):
        return {"angle": sim.angle[:, 0].copy()}

    def success(self, sim):
        return sim.angle[:, 0] > 0.3

    def control(self, sim, action):
        sim.torque[:] = action * 5

    def place(self, sim, index, state):
        sim.set_state(index, state)


def test_an_episode_runs_in_any_world():
    world: World = Wheels()
    episode = Episode(Turn(), max_steps=4, world=world)
    assert episode.layout.size == 1
    episode.reset(np.arange(2), [np.random.default_rng(0), np.random.default_rng(1)])
    start = episode.observe()
    assert (start > 0).all()
    episode.step(np.array([[1.0], [0.0]]))
    state = episode.get_state(0)
    assert state["angle"] == start[0] + 0.1
    last = [episode.step(np.array([[1.0], [0.0]])) for _ in range(3)][-1]
    assert last.unstable.tolist() == last.terminated.tolist() == [True, False]
    assert last.truncated.all()
    episode.set_state(1, state)
    assert episode.elapsed.tolist() == [4, 1]
    with pytest.raises(ActionError, match="actuator torque"):
        episode.step(np.array([[0.0], [np.nan]]))
