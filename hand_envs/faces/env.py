"""The two Gymnasium faces of an `Episode`: `HandEnv` for one simulation, `HandVectorEnv` for many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import gymnasium as gym
import numpy as np
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space

from hand_envs.core.episode import Transition
from hand_envs.core.simulation import State
from hand_envs.core.task import Task, load_task
from hand_envs.errors import OptionError, StateError, choices
from hand_envs.faces.base import Face
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
        max_episode_steps: truncate episodes here; by default never. `gym.make` truncates at the registered horizon.
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
        task = load_task(task, task_options)
        look = Look(camera or task.camera, width, height, pretty)
        self.render_mode = self._check_mode(render_mode)
        self._build(task, 1, 1, max_episode_steps, look, Pixels.of(pixels, task.pixel_camera or task.camera))
        self.action_space, self.observation_space = self._action_space, self._observation_space
        self._all = np.arange(1)
        self._started = False

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start an episode.

        Args:
            seed: of everything drawn from now on.
            options: `state` starts in a state from `get_state` or a demonstration; some tasks let things be chosen that
                are otherwise drawn, such as a user's `sequence`.
        """
        super().reset(seed=seed)
        chosen = _chosen(options, ("state",), self.task, 1)
        self._started = True
        if options and "state" in options:
            self.episode.begin_at(0, options["state"])
        else:
            self.episode.reset(self._all, [self.np_random], chosen)
        if self.render_mode == "human":
            self.render()
        return self._observe(self.episode.observe()), {}

    def step(self, action: Array) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        if not self._started:
            raise gym.error.ResetNeeded("Cannot call env.step() before calling env.reset().")
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
            **{name: value[0].item() if value.ndim == 1 else value[0] for name, value in told.info.items()},
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
        """Everything there is to the simulation and its episode, exactly, as a dict of arrays.

        The random generator, which only resets draw from, is no part of it.
        """
        return self.episode.get_state(0)

    def set_state(self, state: Mapping[str, Array]) -> Any:
        """Go on from a state, steps taken and success so far included; returns the observation there."""
        self.episode.set_state(0, state)
        self._started = True
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
            `info["final_obs"]` and `info["final_info"]`; the masks in `info` leave those rows out), or `Disabled`
            (reset with `options={"reset_mask": mask}`).
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
        look = Look(camera or task.camera, width, height, pretty)
        limit = task.horizon if max_episode_steps is None else max_episode_steps
        self.render_mode = self._check_mode(render_mode)
        self._build(task, num_envs, nthread, limit, look, Pixels.of(pixels, task.pixel_camera or task.camera))
        self.num_envs = num_envs
        self.single_action_space, self.single_observation_space = self._action_space, self._observation_space
        self.action_space = batch_space(self._action_space, num_envs)
        self.observation_space = batch_space(self._observation_space, num_envs)
        self.autoreset_mode = self.metadata["autoreset_mode"] = _autoreset(autoreset_mode)
        self.rendered = list(range(num_envs)) if rendered is None else list(rendered)
        if not set(self.rendered) <= set(range(num_envs)):
            raise OptionError(f"rendered must name simulations from 0 to {num_envs - 1}, got {self.rendered}.")
        self._generators: list[np.random.Generator | None] = [None] * num_envs
        self._seeds: list[int | None] = [None] * num_envs
        self._started = np.zeros(num_envs, bool)
        self._done = np.zeros(num_envs, bool)

    # --- seeds ----------------------------------------------------------------------------------------------------

    def _seed(self, seed: int | Sequence[int | None] | None, ids: Array) -> None:
        """Give simulations `ids` generators of their own; those without a seed draw on."""
        if isinstance(seed, int | np.integer):
            seed = [int(seed) + index for index in range(self.num_envs)]
        seeds = [None] * self.num_envs if seed is None else [None if each is None else int(each) for each in seed]
        if len(seeds) != self.num_envs:
            raise OptionError(f"Expected one seed for each of {self.num_envs} environments, got {len(seeds)}.")
        for index in ids:
            if self._generators[index] is None or seeds[index] is not None:
                self._generators[index], self._seeds[index] = seeding.np_random(seeds[index])

    @property
    def np_random_seed(self) -> tuple[int | None, ...]:  # type: ignore[override]
        """The seed of each simulation."""
        return tuple(self._seeds)

    @property  # type: ignore[misc]
    def np_random(self) -> tuple[np.random.Generator | None, ...]:  # type: ignore[override]
        """The generator of each simulation."""
        return tuple(self._generators)

    # --- the life of episodes -------------------------------------------------------------------------------------

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start episodes.

        Args:
            seed: simulation i gets seed + i, or the i-th of a list; None lets each draw on.
            options: `reset_mask` (n,) says which to reset; `state` is one state for all of those or a list of one each,
                and so is what the task lets be chosen.
        """
        options = options or {}
        ids = np.flatnonzero(self._mask(options.get("reset_mask")))
        chosen = _chosen(options, ("state", "reset_mask"), self.task, len(ids))
        self._seed(seed, ids)
        if "state" in options:
            self._begin_at(ids, options["state"])
        else:
            self._restart(ids, chosen)
        self._done[ids], self._started[ids] = False, True
        return self._see(self.episode.observe()), {}

    def step(self, actions: Array) -> tuple[Any, Array, Array, Array, dict[str, Any]]:
        if not self._started.all():
            raise gym.error.ResetNeeded(
                f"Reset environments {np.flatnonzero(~self._started).tolist()} before stepping."
            )
        if self._done.any():
            return self._step_some(actions)
        told = self.episode.step(actions)
        done = told.terminated | told.truncated
        if self.autoreset_mode is AutoresetMode.SAME_STEP and done.any():
            observation, info = self._turn_over(told, done)
        else:
            self._done = done
            observation, info = self._see(told.observation), self._info(told, ~np.zeros_like(done))
        return observation, told.reward, told.terminated.copy(), told.truncated.copy(), info

    def _step_some(self, actions: Array) -> tuple[Any, Array, Array, Array, dict[str, Any]]:
        """A step in which those whose episodes have ended do not act but start anew, as `NextStep` asks."""
        fresh = self._done
        if self.autoreset_mode is AutoresetMode.DISABLED:
            raise gym.error.ResetNeeded(
                f"Episodes {np.flatnonzero(fresh).tolist()} have ended; reset them with options={{'reset_mask': mask}}."
            )
        told = self.episode.step(actions)
        self._restart(np.flatnonzero(fresh))
        terminated, truncated = told.terminated & ~fresh, told.truncated & ~fresh
        self._done = terminated | truncated
        observation = self._see(self.episode.observe())
        return observation, np.where(fresh, 0.0, told.reward), terminated, truncated, self._info(told, ~fresh)

    def _turn_over(self, told: Transition, done: Array) -> tuple[Any, dict[str, Any]]:
        """Start the next episodes at once where one has ended, and hand over how those ended."""
        last, ids = self._see(told.observation), np.flatnonzero(done)
        final = np.full(self.num_envs, None, dtype=object)
        for index in ids:
            final[index] = {key: part[index] for key, part in last.items()} if isinstance(last, dict) else last[index]
        self._restart(ids)
        return self._see(self.episode.observe()), {
            **self._info(told, ~done, shown=np.ones_like(done)),
            "final_obs": final,
            "_final_obs": done.copy(),
            "final_info": self._info(told, done),
            "_final_info": done.copy(),
        }

    def _restart(self, ids: Array, chosen: Mapping[str, Array] | None = None) -> None:
        self._seed(None, ids)  # where set_state came before any reset
        generators = [generator for index in ids if (generator := self._generators[index]) is not None]
        self.episode.reset(ids, generators, chosen)

    def _info(self, told: Transition, mask: Array, shown: Array | None = None) -> dict[str, Any]:
        """Infos as Gymnasium lays them out: arrays, blank but where `shown`, each with the mask of who has one."""
        values = {
            "success": told.success,
            "is_success": told.success,
            "success_once": told.success_once,
            "success_at_end": told.success,
            "action_clipped": told.clipped,
            "unstable": told.unstable,
            **told.info,
        }
        shown = mask if shown is None else shown
        terms = _masked(told.terms, mask, shown)
        return {**_masked(values, mask, shown), "reward_terms": terms, "_reward_terms": mask.copy()}

    def _mask(self, mask: Array | None) -> Array:
        if mask is None:
            return np.ones(self.num_envs, bool)
        mask = np.asarray(mask)
        if mask.shape != (self.num_envs,) or mask.dtype != bool or not mask.any():
            raise OptionError(f"reset_mask must be {self.num_envs} booleans, at least one of them True, got {mask!r}.")
        return mask

    # --- states and pictures ----------------------------------------------------------------------------------------

    def get_state(self, index: int) -> State:
        """Everything there is to simulation `index` and its episode; a `HandEnv` can be set to it too."""
        return self.episode.get_state(index)

    def set_state(self, index: int, state: Mapping[str, Array]) -> Any:
        """Let simulation `index` go on from a state; returns the observation there."""
        self.episode.set_state(index, state)
        self._done[index], self._started[index] = False, True
        seen = self._see(self.episode.observe())
        return {key: part[index] for key, part in seen.items()} if isinstance(seen, dict) else seen[index]

    def _begin_at(self, ids: Array, states: Mapping[str, Array] | Sequence[Mapping[str, Array]]) -> None:
        each = [states] * len(ids) if isinstance(states, Mapping) else list(states)
        if len(each) != len(ids):
            raise StateError(f"Expected one state, or one for each of the {len(ids)} reset, got {len(each)}.")
        before = [self.episode.get_state(int(index)) for index in ids]
        try:
            for index, state in zip(ids, each, strict=True):
                self.episode.begin_at(int(index), state)
        except StateError:
            for index, state in zip(ids, before, strict=True):
                self.episode.set_state(int(index), state)
            raise

    def render(self) -> Any:
        """A tuple of pictures, one for each simulation in `rendered`."""
        return tuple(self._eyes.render(self.render_mode, index) for index in self.rendered)

    def close_extras(self, **kwargs: Any) -> None:
        self._eyes.close()

    __getstate__ = Face._snapshot
    __setstate__ = Face._revive


def _masked(values: Mapping[str, Array], mask: Array, shown: Array) -> dict[str, Array]:
    """Copies, blank but where `shown`, each followed by the mask."""
    told = {}
    for name, value in values.items():
        rows = shown.reshape(-1, *(1,) * (value.ndim - 1))
        told[name], told[f"_{name}"] = np.where(rows, value, np.zeros((), value.dtype)), mask.copy()
    return told


def _autoreset(mode: AutoresetMode | str) -> AutoresetMode:
    try:
        return AutoresetMode(mode)
    except ValueError:
        raise OptionError(f"Unknown autoreset_mode: {choices(mode, [each.value for each in AutoresetMode])}") from None


def _chosen(options: Mapping[str, Any] | None, own: tuple[str, ...], task: Task, count: int) -> dict[str, Array] | None:
    """What the options of a reset choose of the task, a row each of `count`; `own` are the environment's options."""
    chosen = {}
    for name, value in (options or {}).items():
        if name not in (*own, *task.choosable):
            raise OptionError(f"reset has no option of that name: {choices(name, (*own, *task.choosable))}")
        if name in task.choosable:
            rows = np.asarray(value)
            if rows.dtype.kind not in "iu" or rows.shape not in ((), (count,)):
                raise OptionError(
                    f"{name} must be a whole number, or one for each of the {count} reset, got {value!r}."
                )
            chosen[name] = np.broadcast_to(rows, count)
    if chosen and "state" in (options or {}):
        raise OptionError(f"Choose either a state or {', '.join(chosen)}: a state has all of it.")
    return chosen or None
