"""What every kind of user keeps. A new one is tested here by standing in hand_envs/users."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import dataclass

import gymnasium as gym
import numpy as np
import pytest
from every_env import same
from every_user import every_demonstrator, every_user, kinds
from holding import lifting
from user_at_the_door import aimless, seen_at_the_door

from hand_envs import HandEnv, HandVectorEnv
from hand_envs.core.wrapper import TaskWrapper
from hand_envs.errors import DatasetError, OptionError, TaskError
from hand_envs.registry import task_of
from hand_envs.tasks.adroit import Door
from hand_envs.tasks.reconstruction.pour_juice import PourJuice
from hand_envs.users import (
    CaptureUser,
    ClosingUser,
    DemonstrationUser,
    GaussianNoise,
    PoseUser,
    Residual,
    SeededNoise,
    Tremor,
    TruePoseUser,
    User,
    UserWrapper,
)

CLIPS = lifting()


def task_for(kind):
    """A task that this kind of user can act in."""
    return PourJuice(captures=CLIPS, ends_early=False) if issubclass(kind, CaptureUser) else Door()


def make_user(kind):
    if issubclass(kind, CaptureUser):
        return kind()
    seen = {"sequences": seen_at_the_door(), "kappa": "closed"} if issubclass(kind, PoseUser) else {}
    return kind.for_task("HandDoor-v0", demonstrations=aimless(), split="all", **seen)


def acted(env, steps: int, seed: int = 3) -> list:
    actions = np.random.default_rng(seed).uniform(-1, 1, (steps, *env.action_space.shape))
    return [env.step(action) for action in actions]


def test_users_are_found():
    assert {CaptureUser, ClosingUser, DemonstrationUser, GaussianNoise, PoseUser, Tremor, TruePoseUser} < set(kinds())


@every_user
def test_vector_is_single(kind):
    envs = HandVectorEnv(Residual(task_for(kind), make_user(kind)), 3, autoreset_mode="SameStep")
    singles = [HandEnv(Residual(task_for(kind), make_user(kind))) for _ in range(3)]
    seen = envs.reset(seed=5)[0]
    assert same(seen, np.stack([env.reset(seed=5 + index)[0] for index, env in enumerate(singles)]))
    for action in np.random.default_rng(0).uniform(-1, 1, (8, *envs.action_space.shape)):
        seen, reward, *_ = envs.step(action)
        for index, env in enumerate(singles):
            observation, earned, *_ = env.step(action[index])
            assert same(observation, seen[index])
            assert earned == reward[index]


@every_user
def test_states_and_copies_hold_the_user(kind):
    env = HandEnv(Residual(task_for(kind), make_user(kind)))
    env.reset(seed=1)
    acted(env, 4)
    twins = [copy.deepcopy(env), pickle.loads(pickle.dumps(env)), HandEnv(Residual(task_for(kind), make_user(kind)))]
    twins[-1].reset(seed=0)
    twins[-1].set_state(env.get_state())
    ahead = acted(env, 6)
    for twin in twins:
        assert same(acted(twin, 6), ahead)


@every_user
def test_environments_may_share_a_user_who_keeps_nothing_of_them(kind):
    """Also environments of different sizes, and one made while another is under way."""
    user = make_user(kind)
    before = pickle.dumps(user)
    alone = HandEnv(Residual(task_for(kind), make_user(kind)))
    alone.reset(seed=7)
    expected = acted(alone, 9)
    shared = HandEnv(Residual(task_for(kind), user))
    shared.reset(seed=7)
    first = acted(shared, 4)
    many = HandVectorEnv(Residual(task_for(kind), user), 4)
    many.reset(seed=0)
    many.step(np.zeros(many.action_space.shape))
    actions = np.random.default_rng(3).uniform(-1, 1, (9, *shared.action_space.shape))[4:]
    assert same([*first, *(shared.step(action) for action in actions)], expected)
    assert pickle.dumps(user) == before


@every_user
def test_what_is_intended_is_computed_once_a_step(kind, monkeypatch):
    user, calls = make_user(kind), []
    intend = user.intend
    env = HandEnv(Residual(task_for(kind), user))
    env.reset(seed=0)
    monkeypatch.setattr(user, "intend", lambda sim, step: calls.append(1) or intend(sim, step))
    acted(env, 5)
    assert len(calls) == 5


@every_demonstrator
def test_a_user_goes_by_address_and_options_that_json_holds(kind):
    address = f"{kind.__module__}:{kind.__name__}"
    options = json.loads(json.dumps({"user": address, "split": "test"}))
    env = gym.make("HandDoorResidual-v0", disable_env_checker=True, **options).unwrapped
    assert type(env.task.user) is kind
    assert len(env.task.user.demonstrations) == 13
    made = gym.make("HandDoorResidual-v0", user=kind.for_task("HandDoor-v0", split="test"), disable_env_checker=True)
    assert same(env.reset(seed=2)[0], made.reset(seed=2)[0])


@every_user
def test_a_user_hears_that_the_environment_was_closed(kind, monkeypatch):
    """Through whatever is wrapped around it, and with the simulations that were its own."""
    closed: list = []
    monkeypatch.setattr(User, "close", lambda self, sim: closed.append(sim))
    task = TaskWrapper(Residual(TaskWrapper(task_for(kind)), Timid(make_user(kind))))
    for env in (HandEnv(task), HandVectorEnv(task, 2)):
        env.close()
        assert closed.pop() is env.episode.sim
        assert not closed


@every_demonstrator
def test_imitation_finds_the_demonstrations_inside(kind):
    user = make_user(kind)
    assert len(user.demonstrations) == 3
    env = HandEnv(Residual(task_for(kind), user))
    env.reset(seed=0, options={"sequence": 1})
    sim = env.episode.sim
    assert same(user.meant(sim, env.task.steps_taken(sim))[0], aimless()[1].actions[0])
    user.weights(sim)[:] = (0.0, 0.0, 1.0)
    for _ in range(5):
        env.reset()
        assert env.step(np.zeros(28))[4]["sequence"] == 2


def test_noises_add_up_and_each_has_its_own_seed():
    still = make_user(DemonstrationUser)
    still.noise = 0.0
    envs = HandVectorEnv(Residual(Door(), GaussianNoise(GaussianNoise(still, 0.3), 0.4)), 300, max_episode_steps=-1)
    seen, _ = envs.reset(seed=0, options={"sequence": np.ones(300, int)})
    errors = seen[:, 39:] - aimless()[1].actions[0]
    assert errors.std() == pytest.approx(0.5, rel=0.03)


@pytest.mark.parametrize("wrong", [np.zeros(28), np.full((20, 28), np.nan), 0.1])
def test_a_draw_that_is_no_errors_names_whose_it_is(wrong):
    class Strange(SeededNoise):
        def draw(self, generator, steps, actuators):
            return wrong

    with pytest.raises(TaskError, match=r"Strange.draw must return finite errors of shape .* = \(20, 28\)"):
        HandEnv(Residual(Door(), Strange(make_user(DemonstrationUser)))).reset(seed=0)


class Timid(UserWrapper):
    """Does what another user does; it only stands between two noises."""


def test_noises_with_a_wrapper_between_them_add_up_too():
    still = make_user(DemonstrationUser)
    still.noise = 0.0
    user = GaussianNoise(Timid(GaussianNoise(still, 0.3)), 0.4)
    envs = HandVectorEnv(Residual(Door(), user), 300, max_episode_steps=-1)
    seen, _ = envs.reset(seed=0, options={"sequence": np.ones(300, int)})
    assert (seen[:, 39:] - aimless()[1].actions[0]).std() == pytest.approx(0.5, rel=0.03)


def test_a_user_may_be_a_dataclass():
    """Which has no hash, and equals another of the same fields."""

    @dataclass
    class Still(User):
        longest: int = 4

        def prepare(self, sim, task):
            sim.attached[self] = np.full((sim.nsim, sim.model.nu), 0.1)

        def begin(self, sim, ids, rng, sequence=None):
            pass

        def intend(self, sim, step):
            return sim.attached[self]

        def finished(self, sim, step):
            return step >= self.longest

    env = HandEnv(Residual(Door(), Still()))
    assert (env.reset(seed=0)[0][39:] == 0.1).all()
    assert [each[3] for each in acted(env, 4)] == [False, False, False, True]


def test_a_tremor_swings_at_its_frequency():
    still = make_user(DemonstrationUser)
    still.noise = 0.0
    env = HandEnv(Residual(Door(), Tremor(still, size=0.2, frequency=10.0)))
    observation, _ = env.reset(seed=0, options={"sequence": 1})
    errors = []
    for step in range(20):
        errors.append(observation[39:] - aimless()[1].actions[step])
        observation, *_ = env.step(np.zeros(28))
    errors = np.array(errors)
    np.testing.assert_allclose(errors[10:], errors[:10], atol=1e-12)  # 10 Hz: every 10 steps of 10 ms
    np.testing.assert_allclose(errors[5:15], -errors[:10], atol=1e-12)
    assert 0.15 < np.abs(errors).max() <= 0.2 + 1e-12


def test_options_that_would_do_nothing_are_refused():
    made = make_user(DemonstrationUser)
    for wrong in ({"noise": 0.1}, {"split": "test"}, {"drift": 0.1}, {"demonstrations": aimless()}):
        with pytest.raises(OptionError, match="already made"):
            gym.make("HandDoorResidual-v0", user=made, disable_env_checker=True, **wrong)
    with pytest.raises(OptionError, match="no option of that name.*did you mean 'noise'"):
        gym.make("HandDoorResidual-v0", nois=0.1, disable_env_checker=True)
    with pytest.raises(OptionError, match="no option of that name"):
        gym.make("HandDoorResidual-v0", user="hand_envs.users:Tremor", sigma=0.1, disable_env_checker=True)
    with pytest.raises(OptionError, match="a user already"):
        Residual(Residual(Door(), made), made)
    for wrong in ("nowhere:User", "hand_envs.users:Usr", "hand_envs.tasks.adroit:Door", 7):
        with pytest.raises(OptionError, match=r"user|'package.module:Class'"):
            gym.make("HandDoorResidual-v0", user=wrong, disable_env_checker=True)


def test_a_user_acts_in_any_task():
    """Also in one that has no reward of the paper, in one given as a class, and with its id's own options."""
    pouring = gym.make("HandDoorResidual-v0", base="HandPour-v0", success="strict", disable_env_checker=True).unwrapped
    assert pouring.task.success_type == "strict"
    pouring.reset(seed=0)
    pouring.step(np.zeros(30))
    mug = HandEnv(Residual("HandRelocateMug-v0"))
    assert mug.task.shape.name == "mug"
    assert mug.task.goal_steps == 10
    by_class = HandEnv(Residual(Door, make_user(DemonstrationUser)))
    assert by_class.task.reward_type == "paper"
    assert HandEnv(Residual("hand_envs.tasks.adroit.door:Door", make_user(Tremor))).task.user.size == 0.05


class Longer(TaskWrapper):
    """A wrapper that goes by its class or address, as a task does."""

    def __init__(self) -> None:
        super().__init__(Door())
        self.horizon = 900


def test_a_user_acts_in_wrappers_and_in_ids_of_ones_own():
    user = make_user(DemonstrationUser)
    for base in (Longer, f"{__name__}:Longer"):
        assert HandEnv(Residual(base, user)).task.task.horizon == 900
    with pytest.raises(OptionError, match="a user already"):
        Residual("HandDoorResidual-v0", user)
    kwargs = {"task": "hand_envs.tasks.adroit.door:Door", "width": 64, "reward": "sparse"}
    gym.register("OwnDoor-v0", entry_point="hand_envs.env:HandEnv", kwargs=kwargs)
    gym.register("Strange-v0", entry_point="hand_envs.elsewhere:Env", kwargs={"task": "swing"})
    try:
        task = Residual("OwnDoor-v0", GaussianNoise(user))
        assert (type(task.task), task.task.reward_type) == (Door, "sparse"), "what the id says stands"
        assert Residual("OwnDoor-v0", user, reward="dense").task.reward_type == "dense"
        assert task_of("Strange-v0") is None
        with pytest.raises(OptionError, match="no environment of a task"):
            Residual("Strange-v0", user)
        with pytest.raises(DatasetError, match="No demonstrations of OwnDoor-v0 come with the suite"):
            Residual("OwnDoor-v0")
        with pytest.raises(OptionError, match="did you mean 'HandDoor-v0'"):
            Residual("HandDor-v0")
    finally:
        del gym.registry["OwnDoor-v0"], gym.registry["Strange-v0"]
