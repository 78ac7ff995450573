"""Algorithm 1 in a folder: episode after episode, each written down before the next begins."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np

from agents.cem.agent import agent_parts, fitted_policy
from agents.cem.attempts import Attempt, bounds, execute, first_deviation, make
from agents.cem.config import CemConfig
from agents.cem.encoders import Encoder, encoder_of
from agents.cem.episodes import Episode, Log
from agents.cem.pictures import write_picture
from agents.cem.policy import Policy
from agents.cem.priors import Prior, prior_of
from agents.cem.rewards import Reward, reward_of
from agents.cem.search import Gaussian, best, first, fitted
from agents.common import checkpoints
from agents.common.run import RunFolder
from hand_envs.errors import OptionError
from hand_envs.files import atomic
from hand_envs.files.reading import read_json, reading

Array = np.ndarray
Watch = Callable[[int, Episode], None]
"""Hears of every episode: its number from 1, and what was kept of it."""

_START, _NOISE, _WEIGHTS = range(3)  # what of an episode is drawn


class Training:
    """A search in a folder. A kill or Ctrl+C at any moment loses no episode that was scored.

    What an episode draws follows from the seed and its number, and the distribution from the episodes before it, so the
    log alone is where a search stands, and it goes on bit for bit.

    Args:
        config: what to search.
        folder: where.
        resume: go on with the search that is there, if there is one; it may be given more episodes.
        watch: hears of every episode.
        env: to make attempts in, instead of the config's.
        prior: instead of the config's.
        reward: instead of the config's.
        encoder: instead of the config's.
    """

    def __init__(
        self,
        config: CemConfig,
        folder: str | Path,
        resume: bool = False,
        watch: Watch | None = None,
        env: gym.Env | None = None,
        prior: Prior | None = None,
        reward: Reward | None = None,
        encoder: Encoder | None = None,
    ) -> None:
        self.config, self.resume = config, resume
        self.watch = watch or (lambda number, episode: None)
        self.records = RunFolder(folder)
        self.env = env or make(config.env, config.options)
        self.encoder = encoder or encoder_of(config.encoder)
        self.prior = prior or prior_of(config.prior, self.env)
        self.reward = reward or reward_of(config, self.encoder)
        self.low, self.high = bounds(self.env)
        self.first = first(first_deviation(config, self.env))
        self.log = Log(self.records.path / "episodes.jsonl")

    def run(self) -> Path:
        """Search to the end; returns the folder of the agent."""
        with self.records.alone():
            self._begin()
            while len(self.log.episodes) < self.config.episodes:
                self._attempt()
            policy = fitted_policy(self.config, self.log.episodes, self.first.deviation)
            return checkpoints.write(self.records.agent, agent_parts(self.config, policy))

    @property
    def distribution(self) -> Gaussian:
        """What the next episode's residual is drawn from."""
        done = self.log.episodes
        if len(done) < self.config.warm_up:
            return self.first
        elites = best([each.reward for each in done], self.config.elites)
        return fitted(np.array([done[each].residual for each in elites]), self.config.floor * self.first.deviation)

    # --- an episode ---------------------------------------------------------------------------------------------------

    def _attempt(self) -> None:
        number = len(self.log.episodes)
        seed = int(self._draws(number, _START).integers(2**31))
        before, _ = self.env.reset(seed=seed)
        features = np.asarray(self.encoder(before), np.float64)
        prior = self._guess(before)
        xi = np.clip(self._proposed(number, features, prior), self.low, self.high)
        done = execute(self.env, number, before, xi)
        episode = Episode(prior, xi - prior, features, self._scored(done), done.success)
        write_picture(self.records.path / "pictures" / f"{number + 1:06d}-before.npz", before)
        write_picture(self.records.path / "pictures" / f"{number + 1:06d}-after.npz", done.after)
        self.log.append(episode)
        self._write_state()
        self.watch(number + 1, episode)

    def _proposed(self, number: int, features: Array, prior: Array) -> Array:
        rng = self._draws(number, _NOISE)
        if self.config.sampler == "gaussian" or number < self.config.warm_up:
            return prior + self.distribution.draw(rng)
        seed = [self.config.seed, number, _WEIGHTS]
        return Policy.fit(self.config, self.log.episodes, self.first.deviation, seed)(features, prior, rng)

    def _guess(self, before: Any) -> Array:
        prior = np.asarray(self.prior(before, self.config.text), np.float64)
        if prior.shape != self.low.shape or not np.isfinite(prior).all():
            raise OptionError(
                f"The prior gave {prior.shape} numbers, or some that are not finite; an action is {self.low.shape}."
            )
        return prior

    def _scored(self, attempt: Attempt) -> float:
        reward = float(self.reward(attempt))
        if not math.isfinite(reward):
            raise OptionError(f"The reward of episode {attempt.number + 1} must be a finite number, got {reward}.")
        return reward

    def _draws(self, number: int, what: int) -> np.random.Generator:
        return np.random.default_rng([self.config.seed, number, what])

    # --- the folder ---------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self.log.repair()
        self.log = Log(self.log.path)
        file = self.records.path / "config.json"
        if file.exists() and self.log.episodes:
            if not self.resume:
                raise OptionError(f"There is a search in {self.records.path} already: --resume goes on with it.")
            with reading(file):
                before = CemConfig.from_data(read_json(file))
            _refuse_another(before, self.config, self.records.path)
            self._check_fits()
        self.records.write_config(self.config)
        self.resume = True

    def _check_fits(self) -> None:
        width = len(self.log.episodes[0].prior)
        if width != len(self.low):
            raise OptionError(
                f"The search in {self.records.path} has actions of {width} numbers; {self.config.env} has "
                f"{len(self.low)}: it is of another hand."
            )

    def _write_state(self) -> None:
        """For people and programs that read it: a search goes on from its log."""
        done, now = self.log.episodes, self.distribution
        state = {
            "episodes": len(done),
            "best": max(each.reward for each in done),
            "mean": now.mean.tolist(),
            "deviation": now.deviation.tolist(),
        }
        atomic.write_text(self.records.path / "state.json", json.dumps(state, indent=2) + "\n")


def _refuse_another(before: CemConfig, now: CemConfig, folder: Path) -> None:
    """A search that goes on may be given more episodes, and nothing else."""
    old, new = (json.loads(json.dumps(each.as_data())) for each in (before, now))
    changes = [
        f"{name} {old[name]!r} -> {new[name]!r}" for name in new if name != "episodes" and old[name] != new[name]
    ]
    if changes:
        raise OptionError(f"The search in {folder} is another one ({', '.join(changes)}); choose another folder.")
