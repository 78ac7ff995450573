"""What experts do: rollouts of the policies that come with the suite and see the state, for those who see pictures.

An expert's hand may be unsteady, so that what is shown is also how to get back from a little beside a motion. An
episode keeps what was done, by which it can be played and drawn again; `meant` is what a steady hand would have done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.common.agent import SavedPolicy
from agents.common.augmentation import Unsteadiness
from agents.common.environments import make_vector, task_in, threads
from hand_envs.core.simulation import State
from hand_envs.datasets import Demonstration, Demonstrations
from hand_envs.errors import DatasetError, OptionError
from hand_envs.files.shipped import shipped
from hand_envs.registry import entry, plain_id

Array = np.ndarray

_AT_ONCE = 64  # episodes that are tried together
_TRIES = 20  # for each episode that is asked for, before an expert is thought to be none


def expert_of(env_id: str) -> SavedPolicy:
    """The policy that comes with the suite for the task of an id (`HandDoorVisual-v0` or its plain twin)."""
    row = entry(plain_id(env_id))
    return SavedPolicy.load(shipped(f"agents/dapg/{row.name}", f"experts for {row.id}"))


def expert_demonstrations(
    env_id: str,
    episodes: int,
    seed: int = 0,
    unsteadiness: float = 0.0,
    options: Mapping[str, Any] | None = None,
    nthread: int = 0,
) -> Demonstrations:
    """The first episodes that succeed, as tables count it, of those seeded `seed`, `seed` + 1 and so on.

    Args:
        env_id: the environment, or its `Visual` twin; the episodes are of the plain one.
        episodes: how many.
        seed: of the first.
        unsteadiness: each episode's hand is unsteady by up to so much: the standard deviation of each normalised
            action, which comes and goes in some ten steps.
        options: of the environment.
        nthread: threads to simulate on; 0 for all cores.
    """
    if episodes < 1 or not 0 <= unsteadiness < np.inf:
        raise OptionError(
            f"Demonstrations are at least one episode and their unsteadiness is at least 0, got {episodes} and "
            f"{unsteadiness}."
        )
    rollouts = _Rollouts(plain_id(env_id), min(episodes, _AT_ONCE), unsteadiness, options or {}, nthread)
    found: list[Demonstration] = []
    tried = 0
    while len(found) < episodes and tried < _TRIES * episodes:
        found += rollouts.successes(seed + tried)
        tried += rollouts.count
    rollouts.env.close()
    if len(found) < episodes:
        raise DatasetError(
            f"Of {tried} episodes of the expert in {plain_id(env_id)} {len(found)} succeeded, where {episodes} were "
            f"asked for: ask for fewer, or a steadier hand than {unsteadiness}."
        )
    return Demonstrations(plain_id(env_id), tuple(found[:episodes]), dict(options or {}))


def meant(demonstration: Demonstration, expert: SavedPolicy) -> Array:
    """What an expert with a steady hand would have done where a demonstration was, (T, width)."""
    return np.clip(expert(demonstration.observations[: len(demonstration)]), -1.0, 1.0)


class _Rollouts:
    """Episodes of an expert, some at a time."""

    def __init__(self, env_id: str, count: int, unsteadiness: float, options: Mapping[str, Any], nthread: int) -> None:
        self.env_id, self.count, self.unsteadiness = env_id, count, unsteadiness
        self.expert = expert_of(env_id)
        self.env: Any = make_vector(env_id, count, **options, **threads(env_id, nthread))
        seen = self.env.single_observation_space.shape
        if seen != self.expert.mean.shape:
            raise OptionError(
                f"The expert of {env_id} sees {len(self.expert.mean)} numbers; with these options there are {seen}."
            )

    def successes(self, seed: int) -> list[Demonstration]:
        """Those of the next episodes that succeed, in the order of their seeds, of which the first is `seed`."""
        observation, _ = self.env.reset(seed=seed)
        states: list[State] = [self.env.get_state(index) for index in range(self.count)]
        unsteady = [
            _own_unsteadiness(seed + index, self.unsteadiness, self.expert.width) for index in range(self.count)
        ]
        steps = list(self._steps(observation, unsteady))
        return [
            self._episode(seed + index, index, states[index], steps[:length])
            for index, length in enumerate(np.sum([step.under_way for step in steps], axis=0))
            if self._succeeds(index, steps[:length])
        ]

    def _succeeds(self, index: int, steps: Sequence[_Step]) -> bool:
        task = task_in(self.env)
        if task is None or task.goal_steps is None:
            return bool(steps[-1].success[index])
        return sum(step.success[index] for step in steps) >= task.goal_steps

    def _steps(self, observation: Array, unsteady: Sequence[Unsteadiness]) -> Iterator[_Step]:
        under_way = np.ones(self.count, bool)
        while under_way.any():
            off = np.stack([next(each) for each in unsteady])
            actions = np.clip(self.expert(observation).astype(np.float64) + off, -1.0, 1.0)
            after, reward, terminated, truncated, info = self.env.step(actions)
            yield _Step(observation, actions, after, reward, terminated, np.asarray(info["success"]), under_way)
            observation, under_way = after, under_way & ~(terminated | truncated)

    def _episode(self, seed: int, index: int, state: State, steps: Sequence[_Step]) -> Demonstration:
        return Demonstration(
            state=state,
            actions=np.stack([step.actions[index] for step in steps]),
            observations=np.stack([step.observation[index] for step in steps] + [steps[-1].after[index]]),
            rewards=np.array([step.reward[index] for step in steps]),
            seed=seed,
            source=f"expert of {self.env_id}, seed {seed}",
            terminated=bool(steps[-1].terminated[index]),
        )


@dataclass(frozen=True)
class _Step:
    """One step of all episodes, those that have ended among them."""

    observation: Array
    actions: Array
    after: Array
    reward: Array
    terminated: Array
    success: Array
    under_way: Array


def _own_unsteadiness(seed: int, most: float, width: int) -> Unsteadiness:
    """Of one episode: as large as its seed says."""
    rng = np.random.default_rng([seed, 0x68616E64])
    return Unsteadiness(rng.uniform(0.0, most), (width,), rng)
