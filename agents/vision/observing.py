"""Features for any agent: wrappers that put an encoder between an environment seen by pixels and who acts in it."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector.utils import batch_space

from agents.vision.encoders.encoder import Encoder
from hand_envs.errors import OptionError
from hand_envs.registry import ENTRIES

Array = np.ndarray
_PARTS = {"image", "proprio"}


class FeatureObservation(gym.ObservationWrapper):
    """Observe an encoder's features, and what the hand knows of itself, in place of an image.

    The observation is flat, in float32; `observation_layout` says where `features` and `proprio` are.

    Args:
        env: a `Visual` id's environment, whose pictures are best as large as the encoder's `size`.
        encoder: itself, or its name.

    >>> env = gym.make("HandDoorVisual-v0", pixels={"width": 112, "height": 112})  # doctest: +SKIP
    >>> env = FeatureObservation(env, "default")  # doctest: +SKIP
    """

    def __init__(self, env: gym.Env, encoder: Encoder | str = "default") -> None:
        super().__init__(env)
        self.encoder = _encoder(encoder)
        self.observation_space = _space(env.observation_space, env, self.encoder)
        self.observation_layout = _layout(self.encoder, self.observation_space)

    def observation(self, observation: dict[str, Array]) -> Array:
        return _joined({name: part[None] for name, part in observation.items()}, self.encoder)[0]


class VectorFeatureObservation(gym.vector.VectorWrapper):
    """The same for a vector environment, whose pictures are encoded together.

    Where statistics follow (`Encoder.follow`), a step's pictures change them once. The last pictures of episodes that
    end within a step (`info["final_obs"]`) are encoded without a change.

    Args:
        env: `gym.make_vec` of a `Visual` id, in any autoreset mode.
        encoder: itself, or its name.
    """

    def __init__(self, env: gym.vector.VectorEnv, encoder: Encoder | str = "default") -> None:
        super().__init__(env)
        self.encoder = _encoder(encoder)
        self.single_observation_space = _space(env.single_observation_space, env, self.encoder)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.observation_layout = _layout(self.encoder, self.single_observation_space)

    def reset(self, *, seed: Any = None, options: dict[str, Any] | None = None) -> tuple[Array, dict[str, Any]]:
        observation, info = self.env.reset(seed=seed, options=options)
        return _joined(observation, self.encoder), info

    def step(self, actions: Array) -> tuple[Array, Array, Array, Array, dict[str, Any]]:
        observation, reward, terminated, truncated, info = self.env.step(actions)
        if "final_obs" in info:
            info = {**info, "final_obs": self._final(info["final_obs"])}
        return _joined(observation, self.encoder), reward, terminated, truncated, info

    def _final(self, last: Array) -> Array:
        """The last observations of episodes that have ended, where they are not None."""
        ended = [index for index, each in enumerate(last) if each is not None]
        found = np.full(len(last), None, dtype=object)
        if ended:
            together = {name: np.stack([last[index][name] for index in ended]) for name in _PARTS}
            with self.encoder.frozen():
                for index, seen in zip(ended, _joined(together, self.encoder), strict=True):
                    found[index] = seen
        return found


def _joined(observation: dict[str, Array], encoder: Encoder) -> Array:
    """Features and proprioception (n, width + p) of images and proprioception."""
    return np.concatenate([encoder(observation["image"]), observation["proprio"].astype(np.float32)], axis=1)


def _encoder(encoder: Encoder | str) -> Encoder:
    return Encoder.named(encoder) if isinstance(encoder, str) else encoder


def _space(seen: gym.Space, env: Any, encoder: Encoder) -> gym.spaces.Box:
    if not isinstance(seen, gym.spaces.Dict) or not seen.spaces.keys() >= _PARTS:
        raise OptionError(
            f"Features are of pictures, as a Visual id has them in its 'image' beside 'proprio': {_other(env, seen)}"
        )
    proprio: Any = seen["proprio"]
    unbounded = np.full(encoder.width, np.inf, np.float32)
    low = np.concatenate([-unbounded, proprio.low.astype(np.float32)])
    return gym.spaces.Box(low, np.concatenate([unbounded, proprio.high.astype(np.float32)]), dtype=np.float32)


def _other(env: Any, seen: gym.Space) -> str:
    """What to make instead."""
    given = env.spec.id if env.spec else str(env)
    twin = next((entry.id for entry in ENTRIES if entry.visual and entry.base == given), None)
    return f"make {twin} in place of {given}." if twin else f"{given} observes {seen}."


def _layout(encoder: Encoder, space: gym.spaces.Box) -> dict[str, slice]:
    return {"features": slice(0, encoder.width), "proprio": slice(encoder.width, space.shape[0])}
