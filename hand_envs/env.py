"""The two Gymnasium faces of an `Episode`: `HandEnv` for one simulation, `HandVectorEnv` for many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import gymnasium as gym
import numpy as np
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space

from hand_envs.episode import Transition
from hand_envs.errors import OptionError, StateError, choices
from hand_envs.face import Face
from hand_envs.rendering import RENDER_MODES, Look, Pixels
from hand_envs.simulation import State
from hand_envs.task import Task, load_task

Array = np.ndarray


class HandEnv(Face, gym.Env[Any, Array]):
    """A task as a Gymnasium environment.

    Args:
        task: a task, its class, or its address `"package.module:Class"`.
        render_mode: `rgb_array`, `depth_array` (metres), `human` (a window), or None.
        camera: the camera to render from; the task's own by default.
        width: width of rendered pictures in pixels.
        height: height of rendered pictures in pixels.
        pretty: render with shadows and smooth edges, for people; False renders some twenty times faster.
        pixels: observe `{"image", "proprio"}` through this camera instead of the state: a `Pixels` or the like dict.
        max_episode_steps: truncate episodes here. `gym.make` sees to that itself, from the task's horizon.
        **task_options: the options of the task, such as `reward="sparse"`.
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": list(RENDER_MODES), "render_fps": 100}  # type: ignore[misc]

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
        look = Look(camera, width, height, pretty)
        self._build(task, 1, 1, max_episode_steps, render_mode, look, pixels, task_options)
        self.action_space, self.observation_space = self._action_space, self._observation_space
        self._all = np.arange(1)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start an episode; `options={"state": s}` starts it in a state from `get_state` or a demonstration."""
        super().reset(seed=seed)
        _check_options(options, ("state",))
        if options and "state" in options:
            self.episode.set_state(0, options["state"])
        else:
            self.episode.reset(self._all, [self.np_random])
        if self.render_mode == "human":
            self.render()
        return self._observe(self.episode.observe()), {}

    def step(self, action: Array) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        told = self.episode.step(np.asarray(action)[None])
        success = told.success.item()
        info = {
            "success": success,
            "is_success": success,
            "success_once": told.success_once.item(),
            "success_at_end": success,
            "reward_terms": {name: term.item() for name, term in told.terms.items()},
            "action_clipped": told.clipped.item(),
            "unstable": told.unstable.item(),
        }
        if self.render_mode == "human":
            self.render()
        return (
            self._observe(told.observation),
            told.reward.item(),
            told.terminated.item(),
            told.truncated.item(),
            info,
        )

    def _observe(self, flat: Array) -> Any:
        seen = self._see(flat)
        return {key: value[0] for key, value in seen.items()} if isinstance(seen, dict) else seen[0]

    def render(self) -> Any:
        """A picture of now: (height, width, 3) uint8, or (height, width) float32 metres for `depth_array`."""
        return self._eyes.render(self.render_mode, 0)

    def get_state(self) -> State:
        """Everything there is to the simulation and its episode, exactly, as a dict of arrays."""
        return self.episode.get_state(0)

    def set_state(self, state: Mapping[str, Array]) -> Any:
        """Restore a state; returns the observation there."""
        self.episode.set_state(0, state)
        return self._observe(self.episode.observe())

    def close(self) -> None:
        self._eyes.close()

    __getstate__ = Face._snapshot
    __setstate__ = Face._revive


class HandVectorEnv(Face, gym.vector.VectorEnv[Any, Array, Array]):
    """A task on many simulations, stepped together on all cores without subprocesses.

    Simulation i, seeded s, is bit-identical to a `HandEnv` seeded s + i. Arguments are those of `HandEnv`, and:

    Args:
        num_envs: how many simulations.
        nthread: threads to step them on; 0 for all cores.
        max_episode_steps: truncate episodes here; by default at the task's horizon, -1 for never.
        autoreset_mode: `NextStep` (Gymnasium's default: the step after an episode's last returns the next one's first
            observation), `SameStep` (the last step already returns it, and the last observation and info are
            `info["final_obs"]` and `info["final_info"]`), or `Disabled` (reset with `options={"reset_mask": mask}`).
        rendered: which simulations `render` shows; all by default.
    """

    metadata: ClassVar[dict[str, Any]] = {  # type: ignore[misc]
        "render_modes": ["rgb_array", "depth_array"],
        "render_fps": 100,
        "autoreset_mode": AutoresetMode.NEXT_STEP,
    }

    def __init__(
        self,
        task: str | Task | type[Task],
        num_envs: int = 1,
        *,
        nthread: int = 0,
        render_mode: str | None = None,
        camera: str | None = None,
        width: int = 480,
        height: int = 480,
        pretty: bool = True,
        pixels: Pixels | Mapping[str, Any] | None = None,
        max_episode_steps: int | None = None,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        rendered: Sequence[int] | None = None,
        **task_options: Any,
    ) -> None:
        if num_envs < 1:
            raise OptionError(f"num_envs must be at least 1, got {num_envs}.")
        task = load_task(task, task_options)
        limit = task.horizon if max_episode_steps is None else max_episode_steps
        look = Look(camera, width, height, pretty)
        self._build(task, num_envs, nthread, None if limit < 0 else limit, render_mode, look, pixels, {})
        self.num_envs = num_envs
        self.single_action_space, self.single_observation_space = self._action_space, self._observation_space
        self.action_space = batch_space(self._action_space, num_envs)
        self.observation_space = batch_space(self._observation_space, num_envs)
        self.autoreset_mode = AutoresetMode(autoreset_mode)
        self.metadata["autoreset_mode"] = self.autoreset_mode
        self.rendered = list(range(num_envs)) if rendered is None else list(rendered)
        self._generators: list[np.random.Generator] | None = None
        self._done = np.zeros(num_envs, bool)

    # --- seeds ----------------------------------------------------------------------------------------------------

    def _seed(self, seed: int | Sequence[int | None] | None) -> list[np.random.Generator]:
        if isinstance(seed, int | np.integer):
            seed = [int(seed) + index for index in range(self.num_envs)]
        seeds = [None] * self.num_envs if seed is None else list(seed)
        if len(seeds) != self.num_envs:
            raise OptionError(f"Expected one seed for each of {self.num_envs} environments, got {len(seeds)}.")
        kept = self._generators or [None] * self.num_envs  # type: ignore[list-item]
        return [
            old if old is not None and new is None else seeding.np_random(new)[0]
            for old, new in zip(kept, seeds, strict=True)
        ]

    # --- the life of episodes -------------------------------------------------------------------------------------

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start episodes.

        Args:
            seed: simulation i gets seed + i, or the i-th of a list; None lets each draw on.
            options: `reset_mask` (n,) says which to reset; `state` is one state for all of those or a list of one each.
        """
        _check_options(options, ("state", "reset_mask"))
        options = options or {}
        mask = self._mask(options.get("reset_mask"))
        self._generators = self._seed(seed)
        ids = np.flatnonzero(mask)
        if "state" in options:
            self._set_states(ids, options["state"])
        else:
            self._restart(ids)
        self._done[ids] = False
        return self._see(self.episode.observe()), {}

    def step(self, actions: Array) -> tuple[Any, Array, Array, Array, dict[str, Any]]:
        if self._generators is None:
            raise gym.error.ResetNeeded("Cannot call env.step() before calling env.reset().")
        resetting = np.flatnonzero(self._done)
        if len(resetting):
            return self._step_some(actions, resetting)
        told = self.episode.step(actions)
        info = self._info(told, self._everyone)
        done = told.terminated | told.truncated
        observation = self._see(told.observation)
        if done.any():
            if self.autoreset_mode is AutoresetMode.SAME_STEP:
                observation, info = self._turn_over(observation, told, done)
            else:
                self._done = done
        return observation, told.reward, told.terminated, told.truncated, info

    def _step_some(self, actions: Array, resetting: Array) -> tuple[Any, Array, Array, Array, dict[str, Any]]:
        """A step in which some simulations do not act but start anew, as `NextStep` asks."""
        if self.autoreset_mode is AutoresetMode.DISABLED:
            raise gym.error.ResetNeeded(
                f"Episodes {resetting.tolist()} have ended; reset them with options={{'reset_mask': mask}}."
            )
        told = self.episode.step(actions)
        self._restart(resetting)
        blank = np.isin(np.arange(self.num_envs), resetting)
        for row in (told.reward, *told.terms.values()):
            row[blank] = 0.0
        told = Transition(
            observation=self.episode.observe(),
            reward=told.reward,
            terms=told.terms,
            **{
                name: getattr(told, name) & ~blank
                for name in ("success", "success_once", "terminated", "truncated", "clipped", "unstable")
            },
        )
        self._done = told.terminated | told.truncated
        return (
            self._see(told.observation),
            told.reward,
            told.terminated,
            told.truncated,
            self._info(told, self._everyone),
        )

    def _turn_over(self, last: Any, told: Transition, mask: Array) -> tuple[Any, dict[str, Any]]:
        """Start the next episodes at once where one has ended, and hand over how those ended."""
        ids = np.flatnonzero(mask)
        final = np.full(self.num_envs, None, dtype=object)
        for index in ids:
            final[index] = {key: part[index] for key, part in last.items()} if isinstance(last, dict) else last[index]
        self._restart(ids)
        return self._see(self.episode.observe()), {
            **self._info(told, self._everyone),
            "final_obs": final,
            "_final_obs": mask,
            "final_info": self._info(told, mask),
            "_final_info": mask,
        }

    def _restart(self, ids: Array) -> None:
        assert self._generators is not None
        self.episode.reset(ids, [self._generators[index] for index in ids])

    def _info(self, told: Transition, mask: Array) -> dict[str, Any]:
        """The infos of simulations, as Gymnasium lays them out: arrays, each with a mask of who has one."""
        values = {
            "success": told.success,
            "is_success": told.success,
            "success_once": told.success_once,
            "success_at_end": told.success,
            "action_clipped": told.clipped,
            "unstable": told.unstable,
        }
        return _masked({**values, "reward_terms": _masked(told.terms, mask)}, mask)

    @property
    def _everyone(self) -> Array:
        return np.ones(self.num_envs, bool)

    def _mask(self, mask: Array | None) -> Array:
        if mask is None:
            return self._everyone
        mask = np.asarray(mask)
        if mask.shape != (self.num_envs,) or mask.dtype != bool or not mask.any():
            raise OptionError(f"reset_mask must be {self.num_envs} booleans, at least one of them True, got {mask!r}.")
        return mask

    # --- states and pictures ----------------------------------------------------------------------------------------

    def get_state(self, index: int) -> State:
        """Everything there is to simulation `index` and its episode; a `HandEnv` can be set to it too."""
        return self.episode.get_state(index)

    def set_state(self, index: int, state: Mapping[str, Array]) -> None:
        """Restore simulation `index` to a state."""
        self.episode.set_state(index, state)
        self._done[index] = False

    def _set_states(self, ids: Array, states: Mapping[str, Array] | Sequence[Mapping[str, Array]]) -> None:
        each = [states] * len(ids) if isinstance(states, Mapping) else list(states)
        if len(each) != len(ids):
            raise StateError(f"Expected one state, or one for each of the {len(ids)} reset, got {len(each)}.")
        for index, state in zip(ids, each, strict=True):
            self.episode.set_state(int(index), state)

    def render(self) -> Any:
        """A tuple of pictures, one for each simulation in `rendered`."""
        return tuple(self._eyes.render(self.render_mode, index) for index in self.rendered)

    def close_extras(self, **kwargs: Any) -> None:
        self._eyes.close()

    __getstate__ = Face._snapshot
    __setstate__ = Face._revive


def _masked(values: Mapping[str, Any], mask: Array) -> dict[str, Any]:
    return {key: value for name in values for key, value in ((name, values[name]), (f"_{name}", mask))}


def _check_options(options: Mapping[str, Any] | None, valid: tuple[str, ...]) -> None:
    for name in options or ():
        if name not in valid:
            raise OptionError(f"reset has no option of that name: {choices(name, valid)}")
