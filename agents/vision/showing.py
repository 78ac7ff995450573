"""Demonstrations as the policy sees them: features of their pictures, and the hand's own sense.

What an encoder makes of pictures changes where its statistics follow, so features are of a version of these, and made
again when asked. What is held: of each frame its observation, 4 bytes a number (11 MB for 5,000 frames of 512
features), and where statistics follow its picture, 3 bytes a pixel (190 MB for 5,000 frames of 112 pixels), at most
`MOST` bytes. Where they do not, the pictures of one episode at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from agents.vision.batchnorm import MovingBatchNorms
from agents.vision.config import Config
from agents.vision.demonstrations import expert_demonstrations, expert_of, meant
from agents.vision.encoders.encoder import Encoder
from hand_envs import datasets
from hand_envs.datasets import Demonstrations
from hand_envs.errors import OptionError, StateError
from hand_envs.registry import plain_id
from hand_envs.replay import pictured

Array = np.ndarray
MOST = 2**32
"""Bytes of pictures that are held at most."""


def shown(config: Config, encoder: Encoder, nthread: int = 0) -> dict[str, Array]:
    """What a training learns from, a row each frame: `proprio`, `actions`, `features`; `images` if these move."""
    demonstrations, actions = _to_learn(config, nthread)
    follows = config.momentum > 0
    size = demonstrations.steps * 3 * config.size**2
    if follows and size > MOST:
        raise OptionError(
            f"The pictures of {len(demonstrations)} demonstrations take {size / 2**30:.1f} GiB, and at most "
            f"{MOST >> 30} GiB are held: fewer (--demos), or smaller ones (--size)."
        )
    rows: dict[str, list[Array]] = {"proprio": [], "features": [], "images": []}
    with encoder.frozen():
        for seen in pictured(config.env, demonstrations, config.pixels):
            images = seen.images[: len(seen)]
            rows["proprio"].append(seen.proprio[: len(seen)].astype(np.float32))
            rows["images" if follows else "features"].append(images if follows else encoder(images))
    made = {name: np.concatenate(each) for name, each in rows.items() if each}
    return {**made, "actions": np.concatenate(list(actions))}


def _to_learn(config: Config, nthread: int) -> tuple[Demonstrations, Iterator[Array]]:
    """What is done in the pictures, and what is learned to do."""
    if config.demonstrations is not None:
        given = datasets.load(config.demonstrations, plain_id(config.env))
        return given, (np.clip(each.actions, -1.0, 1.0) for each in given)
    made = expert_demonstrations(
        config.env, config.demos, config.seed, config.unsteadiness, config.task_options(), nthread
    )
    expert = expert_of(config.env)
    return made, (meant(each, expert) for each in made)


class Shown:
    """Observations of demonstrations, which keep up with an encoder's statistics.

    Args:
        encoder: whose features; what it has followed so far is where they begin.
        made: of `shown`.
    """

    def __init__(self, encoder: Encoder, made: Mapping[str, Array]) -> None:
        self.encoder, self.images, proprio = encoder, made.get("images"), made["proprio"]
        self.observations = np.empty((len(proprio), encoder.width + proprio.shape[1]), np.float32)
        """Features and proprioception, a row each frame; always the same array."""
        self.observations[:, encoder.width :] = proprio
        if self.images is None:
            self.observations[:, : encoder.width] = made["features"]
        else:
            self._encode()

    def keep_up(self) -> None:
        """Encode again, if statistics have changed since."""
        if self.images is not None and self._moving.version != int(self._encoded["version"]):
            self._encode()

    def _encode(self) -> None:
        assert self.images is not None
        with self.encoder.frozen():
            self.observations[:, : self.encoder.width] = self.encoder(self.images)
        self._encoded = self._moving.get_state()

    @property
    def _moving(self) -> MovingBatchNorms:
        assert self.encoder.moving is not None
        return self.encoder.moving

    # What a checkpoint keeps: the statistics there are, and those by which these features were made.

    def get_state(self) -> dict[str, Any]:
        return {"now": self._moving.get_state(), "encoded": self._encoded}

    def set_state(self, state: Mapping[str, Any]) -> None:
        moving = self._moving
        before = moving.get_state()
        try:
            moving.set_state(state["now"])
            now = moving.get_state()
            moving.set_state(state["encoded"])
        except StateError as error:
            moving.set_state(before)
            raise ValueError(str(error)) from error
        self._encode()
        moving.set_state(now)
