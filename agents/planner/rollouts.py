"""Many tries from one state, stepped together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hand_envs.core.episode import Episode
from hand_envs.core.simulation import State
from hand_envs.replay import make_env

Array = np.ndarray


class Rollouts:
    """Copies of a task's scene that are all put in the same state and then act differently.

    Args:
        env_id: the environment.
        options: of the environment.
        count: how many copies.
        nthread: threads to step them on.
    """

    def __init__(self, env_id: str, options: Mapping[str, Any], count: int, nthread: int = 1) -> None:
        self.env = make_env(env_id, options)
        self.episode = Episode(make_env(env_id, options).task, count, nthread)
        self.task, self.sim, self.count = self.episode.task, self.episode.sim, count

    def draw(self, seed: int) -> State:
        """The state that the task's own reset gives for a seed, as a start that people can read."""
        self.env.reset(seed=seed)
        sim = self.env.episode.sim
        start = {"qpos": sim.qpos[0].copy(), "qvel": sim.qvel[0].copy()}
        return start | {name: each.of(sim)[0].copy() for name, each in self.env.task.variations.items()}

    def begin(self, start: State) -> State:
        """Put all copies at a start; returns its full state."""
        self.episode.begin_at(0, start)
        state = self.sim.get_state(0)
        self.put(state)
        return state

    def put(self, state: State) -> None:
        """Put all copies in a state of `Simulation.get_state`."""
        alike = {name: np.repeat(part[None], self.count, 0) for name, part in state.items()}
        self.sim.put(np.arange(self.count), alike)
        self.sim.forward()

    def act(self, actions: Array) -> None:
        """One step with actions (n, actuators), clipped to [-1, 1]."""
        self.task.control(self.sim, np.clip(actions, -1.0, 1.0))
        self.sim.step(self.task.frame_skip)
