"""`HandVectorEnv`: many simulations as a Gymnasium vector environment."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import gymnasium as gym
import numpy as np
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space

from hand_envs.core.episode import Transition
from hand_envs.core.task import Task, load_task
from hand_envs.core.world import State
from hand_envs.errors import OptionError, StateError, choices
from hand_envs.faces.base import Face, is_whole, whole_seed
from hand_envs.faces.infos import laid_out, renewed
from hand_envs.faces.one import One
from hand_envs.faces.options import choice, mask_of, one_each, reset_options
from hand_envs.rendering import Look, Pixels

Array = np.ndarray


class HandVectorEnv(Face, gym.vector.VectorEnv[Any, Array, Array]):
    """A task on many simulations, stepped together on all cores without subprocesses.

    Simulation i, seeded s, is bit-identical to a `HandEnv` seeded s + i. Arguments are those of `HandEnv`, and:

    Args:
        num_envs: how many simulations.
        nthread: threads to step them on; 0 for all cores.
        max_episode_steps: truncate episodes here; by default at the task's horizon, -1 for never.
        autoreset_mode: `NextStep` (Gymnasium's default: the step after an episode's last returns the next one's first
            observation and info), `SameStep` (the last step already returns that observation, and the last observation
            and info are `info["final_obs"]` and `info["final_info"]`; `info` itself still has how those episodes ended,
            and its masks leave them out), or `Disabled` (reset with `options={"reset_mask": mask}`).
        rendered: which simulations `render` shows; all by default.
    """

    metadata: ClassVar[dict[str, Any]] = {  # type: ignore[misc]
        "render_modes": ["rgb_array", "depth_array"],
        "render_fps": 100,
        "autoreset_mode": AutoresetMode.NEXT_STEP,
    }
    _randomness = ("_generators", "_seeds")
    _spec: EnvSpec | None = None

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
        if not is_whole(num_envs) or num_envs < 1:
            raise OptionError(f"num_envs must be at least 1, got {num_envs!r}.")
        task = load_task(task, task_options)
        look = Look(camera or task.camera, width, height, pretty)
        self.render_mode = self._check_mode(render_mode)
        self._build(
            task, num_envs, nthread, max_episode_steps, look, Pixels.of(pixels, task.pixel_camera or task.camera)
        )
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
        self._everyone = np.ones(num_envs, bool)

    @property  # type: ignore[override]
    def spec(self) -> EnvSpec | None:
        """How `gym.make_vec` has made it, if it has, with the time limit asked for there."""
        return self._spec

    @spec.setter
    def spec(self, spec: EnvSpec | None) -> None:
        self._spec = spec
        if spec is not None and "max_episode_steps" in spec.kwargs:  # Gymnasium leaves the registered one in the spec
            spec.max_episode_steps = self.episode.max_steps

    # --- seeds ----------------------------------------------------------------------------------------------------

    def _seeds_of(self, seed: Any) -> list[int | None]:
        """A seed for each, from one for all or a list."""
        if seed is None or isinstance(seed, int | np.integer):
            first = whole_seed(seed)
            return [None if first is None else first + index for index in range(self.num_envs)]
        seeds = one_each(seed, self.num_envs)
        if seeds is None:
            raise OptionError(f"Expected one seed for each of {self.num_envs} environments, got {seed!r}.")
        return [whole_seed(each) for each in seeds]

    def _seed(self, seeds: Sequence[int | None], ids: Array) -> None:
        """Give simulations `ids` generators of their own; those without a seed draw on."""
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
        options = reset_options(options, ("state", "reset_mask"), self.task)
        mask = mask_of(options.get("reset_mask"), self.num_envs)
        ids = np.flatnonzero(mask)
        chosen = choice(options, self.task, len(ids))
        seeds = self._seeds_of(seed)
        with self._undone_if_refused(ids.tolist()):
            self._seed(seeds, ids)
            if "state" in options:
                self.episode.set_states(ids.tolist(), self._states_of(options["state"], len(ids)), new=True)
            else:
                self._restart(ids, chosen)
            beginning = self.episode.beginning()
            observation = self._see(beginning.observation)
        self._done[ids], self._started[ids] = False, True
        return observation, laid_out(beginning.summary(), mask)

    def step(self, actions: Array) -> tuple[Any, Array, Array, Array, dict[str, Any]]:
        if not self._started.all():
            raise gym.error.ResetNeeded(
                f"Reset environments {np.flatnonzero(~self._started).tolist()} before stepping."
            )
        if self._done.any():
            return self._step_some(actions)
        transition = self.episode.step(actions)
        done = transition.terminated | transition.truncated
        if self.autoreset_mode is AutoresetMode.SAME_STEP and done.any():
            observation, info = self._turn_over(transition, done)
        else:
            self._done = done
            observation, info = self._see(transition.observation), laid_out(transition.summary(), self._everyone)
        return observation, transition.reward, transition.terminated.copy(), transition.truncated.copy(), info

    def _step_some(self, actions: Array) -> tuple[Any, Array, Array, Array, dict[str, Any]]:
        """A step in which those whose episodes have ended do not act but start anew, as `NextStep` asks."""
        fresh = self._done
        if self.autoreset_mode is AutoresetMode.DISABLED:
            raise gym.error.ResetNeeded(
                f"Episodes {np.flatnonzero(fresh).tolist()} have ended; reset them with options={{'reset_mask': mask}}."
            )
        transition = self.episode.step(actions)
        summary = transition.summary()
        self._restart(np.flatnonzero(fresh))
        beginning = self.episode.beginning()
        observation = self._see(beginning.observation)
        info = laid_out(renewed(summary, fresh, beginning.summary()), self._everyone)
        terminated, truncated = transition.terminated & ~fresh, transition.truncated & ~fresh
        self._done = terminated | truncated
        return observation, np.where(fresh, 0.0, transition.reward), terminated, truncated, info

    def _turn_over(self, transition: Transition, done: Array) -> tuple[Any, dict[str, Any]]:
        """Start the next episodes at once where one has ended, and hand over how those ended."""
        last = self._see(transition.observation)
        final = np.full(self.num_envs, None, dtype=object)
        for index in np.flatnonzero(done):
            final[index] = {key: part[index] for key, part in last.items()} if isinstance(last, dict) else last[index]
        self._restart(np.flatnonzero(done))
        return self._see(self.episode.observe()), {
            **laid_out(transition.summary(), self._everyone, mask=~done),
            "final_obs": final,
            "_final_obs": done.copy(),
            "final_info": laid_out(transition.summary(), done),
            "_final_info": done.copy(),
        }

    def _restart(self, ids: Array, chosen: Mapping[str, Array] | None = None) -> None:
        self._seed([None] * self.num_envs, ids)  # where set_state came before any reset
        generators = [generator for index in ids if (generator := self._generators[index]) is not None]
        self.episode.reset(ids, generators, chosen)

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

    def _states_of(self, states: Any, count: int) -> list[Mapping[str, Array]]:
        """One state for all, or a list of one each."""
        if isinstance(states, Mapping):
            return [states] * count
        each = one_each(states, count)
        if each is None:
            raise StateError(f"Expected one state, or one for each of the {count} reset, got {_counted(states)}.")
        return each

    # --- single environments --------------------------------------------------------------------------------------

    def call(self, name: str, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """What a method returns for each simulation, or what an attribute is.

        Args:
            name: `get_state`, `set_state`, `render`; or an attribute: `model`, `data`, `np_random`, `np_random_seed`,
                `action_space`, `observation_space`, `observation_layout`, `task`, `pixels`, `render_mode`, `metadata`,
                `spec`, `dt`, and what `set_attr` has kept.
            *args: of the method, the same for all.
            **kwargs: likewise.
        """
        found = [getattr(one, name) for one in self._ones]
        return tuple(each(*args, **kwargs) if callable(each) else each for each in found)

    def get_attr(self, name: str) -> tuple[Any, ...]:
        """An attribute of each simulation, of those that `call` knows."""
        return self.call(name)

    def set_attr(self, name: str, values: Any) -> None:
        """Keep something with each simulation: one value for all, or a list of one each. `get_attr` finds it."""
        each = list(values) if isinstance(values, list | tuple) else [values] * self.num_envs
        if len(each) != self.num_envs:
            raise OptionError(f"Expected one value, or one for each of {self.num_envs}, got {len(each)}.")
        for one, value in zip(self._ones, each, strict=True):
            setattr(one, name, value)

    @functools.cached_property
    def _ones(self) -> list[One]:
        return [One(self, index) for index in range(self.num_envs)]

    def render(self) -> Any:
        """A tuple of pictures, one for each simulation in `rendered`."""
        return tuple(self._eyes.render(self.render_mode, index) for index in self.rendered)

    def close_extras(self, **kwargs: Any) -> None:
        self._close()

    __getstate__ = Face._snapshot
    __setstate__ = Face._revive


def _counted(states: Any) -> str:
    return str(len(states)) if isinstance(states, Sequence) else type(states).__name__


def _autoreset(mode: AutoresetMode | str) -> AutoresetMode:
    try:
        return AutoresetMode(mode)
    except ValueError:
        raise OptionError(f"Unknown autoreset_mode: {choices(mode, [each.value for each in AutoresetMode])}") from None
