"""The `Hand*Residual-v0` environments: a task, a user who has demonstrations in mind, and an agent that helps."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hand_envs import datasets
from hand_envs.core.task import load_task
from hand_envs.datasets import Demonstrations
from hand_envs.errors import DatasetError, OptionError
from hand_envs.files.shipped import planned
from hand_envs.registry import entry
from hand_envs.users import DemonstrationUser, User
from hand_envs.users.residual import Residual


class Assisted(Residual):
    """A user's hand is nearly good enough; the agent adds a small correction.

    The user intends to repeat a demonstration, with an unsteady hand: kappa(x_t) is the demonstrated action and
    Gaussian noise on every actuator and step. What is applied is a_t = kappa(x_t) - limit f_t (eq. 2 of Garcia-Hernando
    et al.), clipped to [-1, 1].

    ## Actions
    f_t, one number in [-1, 1] for each actuator of the task, in units of `limit`. With `residual=False` the action is
    applied as it is, and the user is only seen.

    ## Observations
    Those of the task, and:

    | part | width | unit | |
    |---|---|---|---|
    | intended | actuators | | the action the user intends now, kappa(x_t) |

    `info["applied_action"]` is a_t, what the hand was told in the end; `info["sequence"]` is the number of the
    demonstration in its split, which is what `reset` can choose.

    ## Rewards
    `w_task` times the terms of the task's reward (by default the paper's), and, where their weight is not 0:

    - `stay_close`: -0.1 `user_reward` |a_t - kappa(x_t)|;
    - `pose`: -`w_pose` sum_j |z_j - x_j|, over the 21 keypoints in m, with z the hand and x what the user's hand should
      be doing, without noise (eq. 6).

    The imitation term of eq. 3 belongs to the agent, which has the discriminator.

    ## Success
    As the task defines it for its reward, at the end of the episode.

    ## Starting state
    That of the demonstration, which is drawn from the split. `reset(options={"sequence": 3})` starts number 3 of the
    split's demonstrations, counted from 0.

    ## Episode end
    Truncated when the demonstration is over. Terminates where the task does.

    ## Version history
    - v0: the setting of the paper's experiment A.1.

    Args:
        base: id of the task's environment.
        demonstrations: what the user has in mind: a DAPG pickle, a folder or id of a Minari dataset, or
            `Demonstrations`; by default those that come with the suite.
        user: another user altogether, instead of one with demonstrations.
        split: `train` (even demonstrations), `test` (odd ones) or `all`.
        noise: standard deviation of the user's noise, in normalised action units.
        drift: for training, see `DemonstrationUser`; so are `tempo`, `shift` and `retreat`.
        tempo: the same.
        shift: the same.
        retreat: the same.
        limit: largest correction, in normalised action units.
        w_task: weight of the task's reward.
        w_pose: weight of the hand being where the user's should be.
        user_reward: weight of staying close to what the user intends.
        residual: False lets the agent act alone.
        **task_options: options of the task, such as `reward="dense"`; the reward is the paper's by default.
    """

    def __init__(
        self,
        base: str,
        demonstrations: str | Path | Demonstrations | None = None,
        user: User | None = None,
        split: str = "train",
        noise: float = 0.05,
        drift: float = 0.0,
        tempo: float = 0.0,
        shift: float | Sequence[float] = 0.0,
        retreat: float = 0.0,
        limit: float = 0.2,
        w_task: float = 1.0,
        w_pose: float = 0.0,
        user_reward: float = 0.0,
        residual: bool = True,
        **task_options: Any,
    ) -> None:
        if user is not None and demonstrations is not None:
            raise OptionError("Give either a user or the demonstrations of one, not both.")
        if user is None:
            user = DemonstrationUser(_load(demonstrations, base), noise, split, drift, tempo, shift, retreat)
        task = load_task(entry(base).task, {"reward": "paper", **task_options})
        super().__init__(task, user, limit, w_task, w_pose, user_reward, residual)


def _load(source: str | Path | Demonstrations | None, base: str) -> Demonstrations:
    if not isinstance(source, Demonstrations):
        source = _read(planned(base) if source is None else source, base)
    if source.env_id != base:
        raise DatasetError(f"The demonstrations are of {source.env_id}, the user is to act in {base}.")
    return source


@functools.lru_cache(maxsize=8)
def _read(source: str | Path, base: str) -> Demonstrations:
    return datasets.load(source, base)
