"""Demonstrations tried again with an unsteady hand: how to get back to what was shown, from a little beside it.

What is demonstrated is a few motions; who clones them has never seen what is beside them, and drifts away. An unsteady
hand drifts too; if it succeeds nevertheless, then what it meant to do was right where it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from hand_envs.core.episode import Episode
from hand_envs.datasets import Demonstrations
from hand_envs.replay import make_env

Array = np.ndarray

_LAG = 10.0  # steps in which the hand's deviation falls to 1/e


class Unsteadiness(Iterator[Array]):
    """How far an unsteady hand is off, step after step: it comes and goes in some ten steps.

    Args:
        deviation: standard deviation in the long run, fit to be multiplied with `shape`.
        shape: of what it is off by.
        rng: draws.
    """

    def __init__(self, deviation: Any, shape: tuple[int, ...], rng: np.random.Generator) -> None:
        self._keep = np.exp(-1.0 / _LAG)
        self._spread, self._rng = deviation * np.sqrt(1.0 - self._keep**2), rng
        self._off = np.zeros(shape)

    def __next__(self) -> Array:
        self._off = self._keep * self._off + self._spread * self._rng.normal(size=self._off.shape)
        return self._off


def unsteady_tries(
    demonstrations: Demonstrations,
    options: Mapping[str, Any],
    times: int,
    noise: float,
    seed: int,
    nthread: int = 0,
) -> Iterator[tuple[Array, Array]]:
    """States, and the actions that were meant, of each try that ends in success; the same for every `nthread`.

    Args:
        demonstrations: those that start from their own states.
        options: of the environment.
        times: how often each is done.
        noise: standard deviation of each normalised action in the least steady try; from the first to that one it
            grows evenly. Within a try it comes and goes in some ten steps.
        seed: of the noise.
        nthread: threads to simulate on; 0 for all cores.
    """
    episode = Episode(make_env(demonstrations.env_id, options).task, times, nthread)
    rng = np.random.default_rng(seed)
    deviations = np.linspace(0.0, noise, times + 1)[1:, None]
    for each in demonstrations:
        episode.set_states(range(times), [each.state] * times, new=True)
        meant = np.clip(each.actions, -1.0, 1.0)
        unsteady = Unsteadiness(deviations, (times, meant.shape[1]), rng)
        alive, success, states = np.ones(times, bool), np.zeros(times, bool), []
        for action in meant:
            states.append(episode.observe())
            outcome = episode.step(np.clip(action + next(unsteady), -1.0, 1.0))
            alive &= ~outcome.terminated
            success = outcome.success
        tries = np.stack(states, axis=1)
        for attempt in tries[alive & success]:
            yield attempt, meant
