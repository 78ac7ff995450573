"""The clip as physics: what a user does in it, done again as joint targets alone, and what touched what meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hand_envs.core.contacts import Touch
from hand_envs.core.simulation import State
from hand_envs.datasets import Demonstration, Demonstrations
from hand_envs.errors import OptionError
from hand_envs.faces.env import HandEnv
from hand_envs.hands.mpl import MPL
from hand_envs.live.policy import Policy
from hand_envs.reconstruction.told import RATE
from hand_envs.replay import make_env, start
from hand_envs.tasks.reconstruction.pour_juice import PourJuice
from hand_envs.users.residual import Residual

Array = np.ndarray

ENV = "HandPourJuice-v0"
"""Whose task plays any clip with any object; `object` and `captures` say which."""
FINGERS = ("thumb", "index", "middle", "ring", "little", "palm")
_LITTLE = "pinky"  # the model's name


@dataclass(frozen=True)
class Course:
    """What was so after each step.

    Args:
        times: s of the clip; before 0 the object is handed over.
        forces: with which each of `FINGERS` presses on the object (N), (steps, 6).
        depths: how deep the hand is in the object (m), (steps,).
        rests: whether the object touches the table, (steps,).
        places: of the object, as seen from the palm (m), (steps, 3).
        turns: likewise, (steps, 3, 3).
        world: where the object is (m), (steps, 3).
        pose_error: of the hand's 21 points against those that were seen (m), the mean so far, (steps,).
        success: whether the object was in the hand at the end, and on nothing else.
        unstable: whether the simulation blew up.
    """

    times: Array
    forces: Array
    depths: Array
    rests: Array
    places: Array
    turns: Array
    world: Array
    pose_error: Array
    success: bool
    unstable: bool


@dataclass(frozen=True)
class Performance:
    """An episode: as a demonstration, as states to draw, and what was so in it."""

    demonstrations: Demonstrations
    states: tuple[State, ...]
    course: Course
    env: HandEnv


def perform(options: Mapping[str, Any], user: str, kappa: str, policy: Policy | None) -> Performance:
    """Let a user, and an agent if there is one, act in a clip, and keep what the hand did.

    The trajectory is of the plain environment: its actions are joint targets, whoever meant them.

    Args:
        options: of the task.
        user: `closing` or `ik`.
        kappa: of the user.
        policy: who helps.
    """
    env = make_env(ENV, options)
    state, actions = _intended(options, user, kappa, policy, set(env.get_state()))
    source = f"reconstruction by {user}" + (" with an agent" if policy is not None else "")
    made = Demonstration(state, actions, np.zeros((len(actions), 1)), np.zeros(len(actions)), source=source)
    touch = Touch(env.episode.sim, env.task)
    observations, rewards, states, moments = [start(env, made)], [], [], []
    terminated, info = False, {"success_at_end": False}
    for action in actions:
        observation, reward, terminated, _, info = env.step(action)
        observations.append(observation)
        rewards.append(reward)
        states.append(env.episode.sim.get_state(0))
        moments.append(_moment(env, touch, info))
        if terminated:
            break
    whole = Demonstration(
        state, actions[: len(rewards)], np.stack(observations), np.array(rewards), source=source, terminated=terminated
    )
    course = Course(
        **{name: np.array([moment[name] for moment in moments]) for name in moments[0]},
        success=bool(info["success_at_end"]),
        unstable=bool(info.get("unstable", False)),
    )
    return Performance(Demonstrations(ENV, (whole,), dict(options)), tuple(states), course, env)


def _intended(
    options: Mapping[str, Any], user: str, kappa: str, policy: Policy | None, parts: set[str]
) -> tuple[State, Array]:
    """Where the episode starts, and the joint targets that user and agent settle on, (steps, actuators)."""
    limit: dict[str, Any] = {} if policy is None or policy.limit is None else {"limit": policy.limit}
    if policy is not None and policy.limit is None:
        raise OptionError("This agent was trained to act alone; one that helps a user has a limit.")
    env = HandEnv(Residual(PourJuice(**options), user, kappa=kappa, **limit), max_episode_steps=-1)
    try:
        if policy is not None:
            policy.check_fits(env.observation_layout.size, len(env.episode.sim.actuators), "a clip of yours")
        observation, _ = env.reset(seed=0)
        state = {name: value for name, value in env.get_state().items() if name in parts}
        nothing, actions, over = np.zeros(env.action_space.shape or ()), list[Array](), False
        while not over:
            action = nothing if policy is None else policy(np.asarray(observation))
            observation, _, terminated, truncated, info = env.step(action)
            actions.append(np.array(info["applied_action"], dtype=np.float64))
            over = terminated or truncated
    finally:
        env.close()
    return state, np.stack(actions)


def _moment(env: HandEnv, touch: Touch, info: Mapping[str, Any]) -> dict[str, Any]:
    sim, task = env.episode.sim, env.task
    assert isinstance(task, PourJuice)
    by_body = touch.by_body(0)
    forces = np.zeros(len(FINGERS))
    for body, (force, _) in by_body.items():
        forces[FINGERS.index(_finger(body))] += force
    palm, thing = sim.site(MPL.palm), sim.body(task.thing)
    across = palm.xmat[0].reshape(3, 3)
    return {
        "times": (int(task.steps_taken(sim)[0]) - task.waits) / RATE,
        "forces": forces,
        "depths": max((depth for _, depth in by_body.values()), default=0.0),
        "rests": bool(task.table and task.rests(sim)[0]),
        "places": across.T @ (thing.xpos[0] - palm.xpos[0]),
        "turns": across.T @ thing.xmat[0].reshape(3, 3),
        "world": thing.xpos[0].copy(),
        "pose_error": info["pose_error"],
    }


def _finger(body: str) -> str:
    name = body.split("_")[0]
    return "little" if name == _LITTLE else name if name in FINGERS else "palm"
