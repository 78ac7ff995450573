"""A wrapped task is the task, in everything a task declares."""

from __future__ import annotations

import copy
import inspect
import pickle

import pytest
from conftest import STATE_IDS
from every_env import actions_for, make, roll, same

from hand_envs import HandEnv
from hand_envs.core.wrapper import Delegated, TaskWrapper
from hand_envs.registry import entry
from hand_envs.task import Task
from hand_envs.tasks.adroit import Door
from hand_envs.tasks.dexmv.pour import Pour

DECLARED = [name for name in {**vars(Task), **Task.__annotations__} if not name.startswith("_")]


@pytest.mark.parametrize("env_id", STATE_IDS)
def test_everything_a_task_declares_is_handed_on(env_id):
    task = entry(env_id).make_task()
    wrapped = TaskWrapper(TaskWrapper(task))
    for name in DECLARED:
        if not inspect.isroutine(getattr(Task, name, None)):
            assert getattr(wrapped, name) == getattr(task, name), name
    assert wrapped.unwrapped is task.unwrapped


@pytest.mark.parametrize("env_id", ["HandDoor-v0", "HandDoorResidual-v0", "HandPour-v0"])
def test_a_wrapped_task_does_what_the_task_does(env_id):
    bare, wrapped = make(env_id), HandEnv(TaskWrapper(entry(env_id).make_task()))
    runs = [[env.reset(seed=4), *roll(env, actions_for(bare, 5))] for env in (bare, wrapped)]
    assert same(*runs)
    start = bare.get_state()
    assert same(wrapped.reset(options={"state": start})[0], bare.reset(options={"state": start})[0])


def test_what_only_the_inner_task_has_is_found_and_what_nobody_has_is_an_error():
    wrapped = TaskWrapper(Door("sparse"))
    assert wrapped.reward_type == "sparse"
    with pytest.raises(AttributeError):
        _ = wrapped.no_such_thing


def test_a_subclass_changes_what_it_defines_and_nothing_else():
    class Longer(TaskWrapper):
        horizon = 900
        camera = "frontview"

    task = Longer(Pour())
    assert (task.horizon, task.camera, task.goal_steps, task.handled) == (900, "frontview", 10, ("object",))
    assert Pour.horizon == 200
    for twin in (copy.deepcopy(task), pickle.loads(pickle.dumps(TaskWrapper(Pour())))):
        assert twin.goal_steps == 10


def test_whoever_declares_something_new_need_not_tell_the_wrapper(monkeypatch):
    """The list above is made of `Task` itself: a name that the wrapper forgot would be missing here."""
    explicit = {"scene", "reset", "observe", "reward", "success"}
    for name in DECLARED:
        assert name in vars(TaskWrapper), name
        assert name in explicit | {"unwrapped"} or isinstance(vars(TaskWrapper)[name], Delegated)
