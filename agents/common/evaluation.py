"""How good an agent is: whole episodes from fixed seeds, each counted once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from agents.common.environments import make_vector, threads

Array = np.ndarray
Act = Callable[[Array], Array]
"""Actions for observations, a row each."""


@dataclass(frozen=True)
class Outcome:
    """How episodes came out, one row each."""

    success: Array
    """At the end; or for long enough, where that is what counts."""
    success_once: Array
    reward: Array
    steps: Array
    unstable: Array
    """Whether the simulation blew up."""
    ends: Mapping[str, Array] = field(default_factory=dict)
    """What was asked for of the last step's info."""

    def summary(self) -> dict[str, float]:
        """Means, and how many episodes they are of."""
        return {
            "episodes": len(self.success),
            "success": float(self.success.mean()),
            "success_once": float(self.success_once.mean()),
            "return": float(self.reward.mean()),
            "steps": float(self.steps.mean()),
        }


class Evaluation:
    """Some episodes of an environment, all at once.

    Simulation i plays one episode, seeded `seed` + i, and what it does after its end does not count: short episodes
    are not counted more often than long ones.

    Args:
        env_id: any Gymnasium id.
        options: of the environment.
        episodes: how many.
        seed: of the first.
        nthread: threads, for environments of hand_envs; 0 for all cores.
        goal_steps: an episode succeeds by so many steps at the goal, whenever; None for by being there at its end.
        kept: names in the info, of numbers that are kept as they are at each episode's end.
    """

    def __init__(
        self,
        env_id: str,
        options: Mapping[str, Any],
        episodes: int = 100,
        seed: int = 10_000,
        nthread: int = 0,
        goal_steps: int | None = None,
        kept: Sequence[str] = (),
    ) -> None:
        self.kept = tuple(kept)
        self.env = make_vector(env_id, episodes, **options, **threads(env_id, nthread))
        self.seed, self.goal_steps = seed, goal_steps

    def run(self, act: Act) -> Outcome:
        """Play the episodes."""
        count = self.env.num_envs
        under_way = np.ones(count, bool)
        success, unstable, at_goal, steps, reward = (np.zeros(count, kind) for kind in (bool, bool, int, int, float))
        ends = {name: np.full(count, np.nan) for name in self.kept}
        observation, _ = self.env.reset(seed=self.seed)
        while under_way.any():
            observation, earned, terminated, truncated, info = self.env.step(act(observation))
            reward[under_way] += earned[under_way]
            steps[under_way] += 1
            now = np.asarray(info.get("success", info.get("is_success", np.zeros(count))), bool)
            at_goal += now & under_way
            ended = (terminated | truncated) & under_way
            success[ended] = now[ended]
            unstable[ended] = np.asarray(info.get("unstable", unstable), bool)[ended]
            for name, values in ends.items():
                values[ended] = np.asarray(info[name], np.float64)[ended]
            under_way &= ~ended
        if self.goal_steps is not None:
            success = at_goal >= self.goal_steps
        return Outcome(success, at_goal > 0, reward, steps, unstable, ends)
