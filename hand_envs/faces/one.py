"""One simulation of a `HandVectorEnv`, with what of a `HandEnv` can be asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import mujoco
import numpy as np
from gymnasium import spaces

from hand_envs.core.world import State
from hand_envs.errors import OptionError, choices

if TYPE_CHECKING:
    from hand_envs.faces.vector import HandVectorEnv

_SHARED = ("task", "pixels", "render_mode", "metadata", "spec", "observation_layout", "dt")


class One:
    """Simulation `index`, as `call`, `get_attr` and `set_attr` of the vector environment find it."""

    def __init__(self, envs: HandVectorEnv, index: int) -> None:
        self.__dict__.update(_envs=envs, _index=index)

    def __getattr__(self, name: str) -> Any:
        if name in _SHARED:
            return getattr(self._envs, name)
        if name.startswith("__"):
            raise AttributeError(name)
        known = [each for each in (*_SHARED, *dir(type(self)), *self.__dict__) if not each.startswith("_")]
        of_all = not name.startswith("_") and hasattr(self._envs, name)
        hint = f" The vector environment itself has it, for all at once: envs.unwrapped.{name}." if of_all else ""
        raise AttributeError(f"Single environments have no such attribute: {choices(name, known)}.{hint}")

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _SHARED or hasattr(type(self), name):
            raise OptionError(f"{name} is all environments' and cannot be set in one: give it when they are made.")
        self.__dict__[name] = value

    @property
    def action_space(self) -> spaces.Space[Any]:
        """The space of its actions."""
        return self._envs.single_action_space

    @property
    def observation_space(self) -> spaces.Space[Any]:
        """The space of its observations."""
        return self._envs.single_observation_space

    @property
    def np_random(self) -> np.random.Generator | None:
        """Its generator."""
        return self._envs.np_random[self._index]

    @property
    def np_random_seed(self) -> int | None:
        """Its seed."""
        return self._envs.np_random_seed[self._index]

    @property
    def model(self) -> mujoco.MjModel:
        """As `HandEnv.model`."""
        return self._envs._model(self._index)

    @property
    def data(self) -> mujoco.MjData:
        """As `HandEnv.data`."""
        return self._envs._data(self._index)

    def get_state(self) -> State:
        """As `HandEnv.get_state`."""
        return self._envs.get_state(self._index)

    def set_state(self, state: Mapping[str, np.ndarray]) -> Any:
        """As `HandEnv.set_state`."""
        return self._envs.set_state(self._index, state)

    def render(self) -> Any:
        """As `HandEnv.render`."""
        return self._envs._eyes.render(self._envs.render_mode, self._index)
