"""`HandEnv`: one simulation as a Gymnasium environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import gymnasium as gym
import mujoco
import numpy as np
from gymnasium.envs.registration import EnvSpec

from hand_envs.core.episode import action_numbers
from hand_envs.core.task import Task, load_task
from hand_envs.core.world import State
from hand_envs.faces.base import Face, whole_seed
from hand_envs.faces.options import choice, reset_options
from hand_envs.rendering import RENDER_MODES, Look, Pixels

Array = np.ndarray


class HandEnv(Face, gym.Env[Any, Array]):
    """A task as a Gymnasium environment.

    Args:
        task: a task, its class, or its address `"package.module:Class"`.
        render_mode: `rgb_array`, `depth_array` (metres), `human` (a window), or None.
        camera: the camera to render from; the task's own by default.
        width: width of rendered pictures in pixels.
        height: height of rendered pictures in pixels.
        pretty: render with shadows and smooth edges, for people; False renders some six times faster.
        pixels: observe `{"image", "proprio"}` through this camera instead of the state: a `Pixels` or the like dict.
        max_episode_steps: truncate episodes here; by default at the task's horizon, -1 for never. In an environment
            made by `gym.make`, Gymnasium's `TimeLimit` does that instead.
        **task_options: the options of the task, such as `reward="sparse"`.
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": list(RENDER_MODES), "render_fps": 100}  # type: ignore[misc]
    _randomness = ("_np_random", "_np_random_seed")
    _spec: EnvSpec | None = None

    def __init__(
        self,
        task: str | Task | type[Task],
        *,
        render_mode: str | None = None,
        camera: str | None = None,
        width: int = 480,
        height: int = 480,
        pretty: bool = True,
        pixels: Pixels | Mapping[str, Any] | None = None,
        max_episode_steps: int | None = None,
        **task_options: Any,
    ) -> None:
        task = load_task(task, task_options)
        look = Look(camera or task.camera, width, height, pretty)
        self.render_mode = self._check_mode(render_mode)
        self._limited_here = max_episode_steps is not None
        self._build(task, 1, 1, max_episode_steps, look, Pixels.of(pixels, task.pixel_camera or task.camera))
        self.action_space, self.observation_space = self._action_space, self._observation_space
        self._all = np.arange(1)
        self._started = False

    @property  # type: ignore[override]
    def spec(self) -> EnvSpec | None:
        """How `gym.make` has made it, if it has; then its time limit is a wrapper's."""
        return self._spec

    @spec.setter
    def spec(self, spec: EnvSpec | None) -> None:
        self._spec = spec
        if spec is not None and not self._limited_here:
            self.episode.max_steps = None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start an episode. The info has the keys of a step's, with nothing earned.

        Args:
            seed: of everything drawn from now on.
            options: `clear_fault=True`, in tasks of hands that may be real, says that a fault was seen to; `state`
                starts in a state from `get_state` or a demonstration; some tasks let things be chosen
                that are otherwise drawn, such as a user's `sequence`.
        """
        options = reset_options(options, ("state", *self.task.flags), self.task)
        if options.get("clear_fault") is True:
            self.episode.clear_fault()
        chosen = choice(options, self.task, 1)
        seed = whole_seed(seed)
        with self._undone_if_refused([0]):
            super().reset(seed=seed)
            if "state" in options:
                self.episode.begin_at(0, options["state"])
            else:
                self.episode.reset(self._all, [self.np_random], chosen)
            beginning = self.episode.beginning()
            if self.render_mode == "human":
                self.render()
            observation, info = self._observe(beginning.observation), beginning.summary(_only)
        self._started = True
        return observation, info

    def step(self, action: Array) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        if not self._started:
            raise gym.error.ResetNeeded("Cannot call env.step() before calling env.reset().")
        transition = self.episode.step(action_numbers(action)[None])
        if self.render_mode == "human":
            self.render()
        return (
            self._observe(transition.observation),
            transition.reward.item(),
            transition.terminated.item(),
            transition.truncated.item(),
            transition.summary(_only),
        )

    def _observe(self, flat: Array) -> Any:
        seen = self._see(flat)
        return {key: value[0] for key, value in seen.items()} if isinstance(seen, dict) else seen[0]

    def render(self) -> Any:
        """A picture of now: (height, width, 3) uint8, or (height, width) float32 metres for `depth_array`."""
        return self._eyes.render(self.render_mode, 0)

    def get_state(self) -> State:
        """Everything there is to the simulation and its episode, exactly, as a dict of arrays.

        The random generator, which only resets draw from, is no part of it.
        """
        return self.episode.get_state(0)

    def set_state(self, state: Mapping[str, Array]) -> Any:
        """Go on from a state, steps taken and success so far included; returns the observation there."""
        self.episode.set_state(0, state)
        self._started = True
        return self._observe(self.episode.observe())

    @property
    def model(self) -> mujoco.MjModel:
        """The model as it is in this episode, a copy: writing to it changes nothing here."""
        return self._model(0)

    @property
    def data(self) -> mujoco.MjData:
        """MuJoCo's data as it is now, with everything computed, a copy: to write, use `set_state`."""
        return self._data(0)

    def close(self) -> None:
        self._close()

    __getstate__ = Face._snapshot
    __setstate__ = Face._revive


def _only(rows: Array) -> Any:
    """The only row, a number as Python's own."""
    return rows.item() if rows.ndim == 1 else rows[0]
