"""A Gymnasium vector environment as a Stable-Baselines3 `VecEnv`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode

from agents.common.environments import make_vector
from agents.common.imports import need
from hand_envs.core.simulation import State
from hand_envs.errors import OptionError
from hand_envs.faces.env import HandVectorEnv

VecEnv: Any = need("stable_baselines3.common.vec_env").VecEnv

Array = np.ndarray


class SB3VecEnv(VecEnv):  # type: ignore[misc]
    """Give SB3 a vector environment as it is, without subprocesses.

    As SB3 wants it, the observation after an episode's last step is already the next episode's first one;
    `info["terminal_observation"]` holds the last, `info["TimeLimit.truncated"]` tells a time limit from an end, and
    `info["episode"]` the episode's return, length and time. The rest of each step's info is there as in the single
    environment. Observations become float32, as its networks are.

    Args:
        env: a vector environment with `SameStep` autoreset: `gym.make_vec(id, num_envs=n, autoreset_mode="SameStep")`.
    """

    def __init__(self, env: gym.vector.VectorEnv[Any, Array, Array]) -> None:
        if env.metadata.get("autoreset_mode") is not AutoresetMode.SAME_STEP:
            raise OptionError(
                "Stable-Baselines3 resets within the step that ends an episode: make the environment with "
                f"autoreset_mode='SameStep', not {env.metadata.get('autoreset_mode')}."
            )
        self.env = env
        self.render_mode = env.render_mode
        super().__init__(env.num_envs, _as_float32(env.single_observation_space), env.single_action_space)
        self._actions: Array | None = None
        self._returns = np.zeros(env.num_envs)
        self._lengths = np.zeros(env.num_envs, int)
        self._began = time.perf_counter()
        self.start_sampler: Callable[[], State | None] | None = None
        """Draws where an episode begins that follows another one; None leaves it to the task."""
        self.observation: Any = None
        """The last observations, as they were given."""
        self.info: dict[str, Any] = {}
        """The last step's info as the vector environment gave it: an array for all, where SB3 has a dict each."""

    def reset(self) -> Any:
        seeds = self._seeds if any(seed is not None for seed in self._seeds) else None
        options = _as_one(self._options)
        observation, _ = self.env.reset(seed=seeds, options=options)  # type: ignore[arg-type]
        self._reset_seeds()
        self._reset_options()
        self._returns[:], self._lengths[:] = 0.0, 0
        self.observation = _cast(observation)
        return self.observation

    def step_async(self, actions: Array) -> None:
        self._actions = actions

    def step_wait(self) -> tuple[Any, Array, Array, list[dict[str, Any]]]:
        assert self._actions is not None
        observation, reward, terminated, truncated, info = self.env.step(self._actions)
        self.info = info
        done = terminated | truncated
        self._returns += reward
        self._lengths += 1
        ongoing = {key: value for key, value in info.items() if not key.startswith("final_")}
        infos = _rows({**ongoing, "TimeLimit.truncated": truncated & ~terminated}, self.num_envs)
        for index in np.flatnonzero(done):
            infos[index] |= _row(info.get("final_info", {}), int(index)) | self._ending(info, int(index))
        if self.start_sampler is not None and done.any():
            observation = self._begin_at_samples(done, observation)
        self._returns[done], self._lengths[done] = 0.0, 0
        self.observation = _cast(observation)
        return self.observation, reward.astype(np.float32), done, infos

    def _begin_at_samples(self, done: Array, observation: Any) -> Any:
        assert self.start_sampler is not None
        states = {int(index): self.start_sampler() for index in np.flatnonzero(done)}
        begun = {index: state for index, state in states.items() if state is not None}
        if not begun:
            return observation
        mask = np.isin(np.arange(self.num_envs), list(begun))
        return self.env.reset(options={"reset_mask": mask, "state": list(begun.values())})[0]

    def _ending(self, info: dict[str, Any], index: int) -> dict[str, Any]:
        last = info["final_obs"][index]
        elapsed = time.perf_counter() - self._began
        episode = {"r": float(self._returns[index]), "l": int(self._lengths[index]), "t": round(elapsed, 6)}
        return {
            "terminal_observation": {k: _cast(v) for k, v in last.items()} if isinstance(last, dict) else _cast(last),
            "episode": episode,
        }

    # A training that goes on where it was needs its environments as they were.

    def freeze(self) -> dict[str, Array] | None:
        """Every environment and its random generator, exactly, as arrays; None where they cannot be asked."""
        env = self.env.unwrapped
        if not isinstance(env, HandVectorEnv):
            return None
        states = [env.get_state(index) for index in range(self.num_envs)]
        generators = [json.dumps(generator.bit_generator.state) for generator in env.np_random if generator]
        frozen = {f"state.{name}": np.stack([state[name] for state in states]) for name in states[0]}
        if env is not self.env and isinstance(self.observation, np.ndarray):  # a wrapper's, which may remember
            frozen["observation"] = self.observation
        return {**frozen, "generators": np.array(generators), "returns": self._returns, "lengths": self._lengths}

    def thaw(self, frozen: Mapping[str, Array]) -> Any:
        """Go on from what `freeze` gave; returns the observations there."""
        env = self.env.unwrapped
        assert isinstance(env, HandVectorEnv)
        if any(len(np.atleast_1d(part)) != self.num_envs for part in frozen.values()):
            raise ValueError(f"it must have a row for each of {self.num_envs} environments")
        kept = self._finite(frozen["observation"]) if "observation" in frozen else None
        env.reset(seed=0)  # every environment has its generator from now on
        names = [name for name in frozen if name.startswith("state.")]
        for index, generator in enumerate(env.np_random):
            env.set_state(index, {name.removeprefix("state."): frozen[name][index] for name in names})
            assert generator is not None
            generator.bit_generator.state = json.loads(str(frozen["generators"][index]))
        self._returns[:], self._lengths[:] = frozen["returns"], frozen["lengths"]
        self.observation = _cast(env.episode.observe()) if kept is None else kept
        return self.observation

    def _finite(self, seen: Array) -> Array:
        if seen.shape != (self.num_envs, *self.observation_space.shape) or not np.isfinite(seen).all():
            raise ValueError(f"observations of shape {seen.shape} are not this environment's, or not finite")
        return seen

    def close(self) -> None:
        self.env.close()

    def get_images(self) -> Sequence[Array | None]:
        pictures: Any = self.env.render()
        return pictures or [None] * self.num_envs

    # SB3 addresses single environments here.

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        of_each = self._of_each(attr_name)
        return [of_each[index] for index in self._indices(indices)]

    def _of_each(self, name: str) -> Sequence[Any]:
        """What each environment has under that name; what only all together have is the same for each."""
        env: Any = self.env.unwrapped
        if hasattr(env, "get_attr") and not callable(getattr(self.env, name, None)):  # which would call a method
            with suppress(AttributeError):
                return env.get_attr(name)
        single = f"single_{name}"  # a space of one environment, not of all
        return [getattr(self.env, single if hasattr(self.env, single) else name)] * self.num_envs

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        if len(list(self._get_indices(indices))) != self.num_envs:
            raise OptionError(f"{attr_name} belongs to all {self.num_envs} environments at once.")
        setattr(self.env, attr_name, value)

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
        env: Any = self.env.unwrapped
        if indices is None and hasattr(env, "call"):
            return list(env.call(method_name, *args, **kwargs))
        return [getattr(env, method_name)(index, *args, **kwargs) for index in self._indices(indices)]

    def env_is_wrapped(self, wrapper_class: type, indices: Any = None) -> list[bool]:
        return [isinstance(self.env, wrapper_class)] * len(list(self._get_indices(indices)))

    def _indices(self, indices: Any) -> Iterable[int]:
        return [int(index) for index in self._get_indices(indices)]


def make_sb3(env_id: str, num_envs: int, **options: Any) -> SB3VecEnv:
    """`num_envs` environments of an id, for SB3; the options are those of `gym.make_vec`."""
    if "autoreset_mode" in options:
        raise OptionError("Stable-Baselines3 needs autoreset_mode='SameStep', so it cannot be chosen.")
    return SB3VecEnv(make_vector(env_id, num_envs, same_step=True, **options))


def _as_one(options: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The options SB3 keeps for each environment, as ours takes them for all: states can differ, others cannot."""
    if not any(options):
        return None
    if all(set(each) == {"state"} for each in options):
        return {"state": [each["state"] for each in options]}
    raise OptionError("set_options takes one {'state': ...} for each environment, and nothing else.")


def _rows(info: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """A vector environment's info as one dict an environment."""
    columns = {
        key: _rows(value, count) if isinstance(value, dict) else value.tolist()
        for key, value in info.items()
        if not key.startswith("_")
    }
    return [{key: column[index] for key, column in columns.items()} for index in range(count)]


def _row(info: dict[str, Any], index: int) -> dict[str, Any]:
    """One environment's part of a vector environment's info."""
    return {
        key: _row(value, index) if isinstance(value, dict) else value[index : index + 1].tolist()[0]
        for key, value in info.items()
        if not key.startswith("_")
    }


def _as_float32(space: gym.Space[Any]) -> gym.Space[Any]:
    if isinstance(space, gym.spaces.Dict):
        return gym.spaces.Dict({key: _as_float32(part) for key, part in space.spaces.items()})
    if isinstance(space, gym.spaces.Box) and space.dtype == np.float64:
        return gym.spaces.Box(space.low.astype(np.float32), space.high.astype(np.float32), dtype=np.float32)
    return space


def _cast(observation: Any) -> Any:
    if isinstance(observation, dict):
        return {key: _cast(part) for key, part in observation.items()}
    return observation.astype(np.float32) if observation.dtype == np.float64 else observation
