"""Many attempts at once, each in a simulation of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from hand_envs.attempts.plan import STAGES, Plan
from hand_envs.attempts.start import Setting
from hand_envs.attempts.trajectory import Trajectory
from hand_envs.core.episode import Episode
from hand_envs.core.task import Task

Array = np.ndarray


@dataclass(frozen=True)
class Outcome:
    """How each attempt ended, a row each."""

    score: Array
    success: Array
    collision: Array
    stage: Array
    """The last that was begun, a number of `STAGES`."""


class Attempts:
    """n simulations of a household task, and attempts at it in all of them together; see `GraspEpisode`.

    Args:
        task: a household task.
        count: how many at once.
        nthread: threads to step them on; 0 for all cores.
        tau: the motion after the grasp; the task's own by default.
        width: of pictures, in pixels.
        height: the same.
    """

    def __init__(
        self,
        task: Task,
        count: int,
        nthread: int = 0,
        tau: Trajectory | None = None,
        width: int = 128,
        height: int = 128,
    ) -> None:
        self.episode = Episode(task, count, nthread)
        self.setting = Setting(task, self.episode.sim, tau, width, height)

    def reset(self, seeds: Sequence[int]) -> None:
        """Begin anew, each with its own seed: as `GraspEpisode.reset` with that seed begins."""
        generators = [np.random.default_rng(np.random.SeedSequence(seed)) for seed in seeds]
        self.episode.reset(np.arange(len(generators)), generators)

    def pictures(self) -> list[dict[str, Array]]:
        """What the camera above sees now, of each."""
        return [self.setting.picture(index) for index in range(self.episode.sim.nsim)]

    def attempt(self, xi: Array) -> Array:
        """The scores (n,) of attempts xi, (n, numbers), from where things are now."""
        return self.outcome(xi).score

    def outcome(self, xi: Array, after_step: Callable[[], object] = lambda: None) -> Outcome:
        """How attempts xi, (n, numbers), end; of one that ends early, what it was worth then."""
        sim, count = self.episode.sim, self.episode.sim.nsim
        plan = Plan.of(sim.ctrl.copy(), self.setting.admit(xi, count), self.setting.tau, self.setting.task.profile)
        actions = self.setting.task.limits.actions(plan.targets).clip(-1.0, 1.0)
        going = np.ones(count, bool)
        score, success, collision = np.zeros(count), np.zeros(count, bool), np.zeros(count, bool)
        stage = np.zeros(count, np.int64)
        for action, name in zip(actions, plan.stages, strict=True):
            now = self.episode.step(action)
            after_step()
            score[going], success[going] = now.reward[going], now.success[going]
            collision[going], stage[going] = now.info["collision"][going], STAGES.index(name)
            going &= ~(now.terminated | now.truncated)
            if not going.any():
                break
        stage[going] = len(STAGES) - 1
        return Outcome(score, success, collision, stage)

    def close(self) -> None:
        """Give back what pictures were drawn with."""
        self.setting.eyes.close()
        self.episode.close()
