"""A task with a user in it, whom an agent helps: what the `Hand*Residual-v0` environments are."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np

from hand_envs.core.measures import measured, norm
from hand_envs.core.options import number_within
from hand_envs.core.simulation import Simulation
from hand_envs.core.streams import Streams
from hand_envs.core.task import Array, Parts, Task, load_task, options_of, task_class
from hand_envs.core.wrapper import TaskWrapper
from hand_envs.errors import OptionError, choices, unknown_option
from hand_envs.registry import spec_of, task_of
from hand_envs.users.captures import CaptureUser, ClosingUser
from hand_envs.users.demonstrations import DemonstrationUser
from hand_envs.users.poses import PoseUser, TruePoseUser
from hand_envs.users.user import User, user_class

_STEP, _APPLIED, _CORRECTION = "residual.step", "residual.applied", "residual.correction"


USERS: dict[str, type[User]] = {
    "demo": DemonstrationUser,
    "gt": TruePoseUser,
    "est": PoseUser,
    "ik": CaptureUser,
    "closing": ClosingUser,
}
"""Users by name: who does as demonstrated, who is seen by a camera, with true and with estimated hand poses, and whose
hand is in a video, as kappa has it and with a tightened grasp."""


class Residual(TaskWrapper):
    """A user's hand is nearly good enough; the agent adds a small correction.

    The user intends to repeat a demonstration, with an unsteady hand: kappa(x_t) is the demonstrated action and
    Gaussian noise on every actuator and step. What is applied is a_t = kappa(x_t) - limit f_t (eq. 2 of Garcia-Hernando
    et al.), clipped to [-1, 1].

    ## Actions
    f_t, one number in [-1, 1] for each actuator of the task, in units of `limit` (0.2 is 20 % of half an actuator's
    range either way). With `residual=False` the action is applied as it is, and the user is only seen.

    ## Observations
    Those of the task, and:

    | part | width | unit | |
    |---|---|---|---|
    | intended | actuators | | the action the user intends now, kappa(x_t) |

    `info["applied_action"]` is a_t, what reached the hand in the end; `info["sequence"]` is the number of the
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
        base: what the user means to do: the id of an environment, a task, its class or its address.
        user: who: `demo` (a `DemonstrationUser`, the default), `est` or `gt` (a `PoseUser`, whose hand is seen by a
            camera; `gt` with its true poses), in tasks that play a clip `ik` (a `CaptureUser`, kappa alone) or
            `closing` (a `ClosingUser`, who tightens the grasp), or a `User`, a class of users or its address
            "package.module:Class".
        limit: largest correction, in normalised action units.
        w_task: weight of the task's reward.
        w_pose: weight of the hand being where the user's should be.
        user_reward: weight of staying close to what the user intends.
        residual: False lets the agent act alone.
        **options: of the task, such as `reward="dense"` (by default the id's or the paper's, if any), and of the user.
            Those of a `DemonstrationUser` are `demonstrations` (a DAPG pickle, a folder or id of a Minari dataset, or
            `Demonstrations`; by default those that come with the suite), `split="train"` (even demonstrations; `test`
            odd ones, or `all`), `noise=0.05` (standard deviation in normalised action units) and, for training,
            `drift`, `tempo`, `shift` and `retreat`. A `PoseUser` has `split="validation"` too, `sequences`, `kappa`,
            `kappa_file`, `rate`, `late`, `dropouts` and `features`.
    """

    user: User = None  # type: ignore[assignment]  # a wrapper would hand on the inner task's

    def __init__(
        self,
        base: str | Task | type[Task],
        user: User | str | type[User] | None = None,
        limit: float = 0.2,
        w_task: float = 1.0,
        w_pose: float = 0.0,
        user_reward: float = 0.0,
        residual: bool = True,
        **options: Any,
    ) -> None:
        number_within("limit", limit, 0, 2, "a share of half an actuator's range,")
        for name, weight in {"w_task": w_task, "w_pose": w_pose, "user_reward": user_reward}.items():
            number_within(name, weight, -1e9, 1e9)
        task, self.user = _task_and_user(base, user, options)
        if task.user is not None:
            raise OptionError(f"{type(task).__name__} has a user already, {type(task.user).__name__}.")
        super().__init__(task)
        self.limit, self.w_task, self.w_pose = limit, w_task, w_pose
        self.user_reward, self.residual = user_reward, residual

    @property
    def horizon(self) -> int:  # type: ignore[override]
        """Steps of the user's longest episode, or of the task's where the user goes by it."""
        return self.user.longest or self.task.horizon

    @property
    def proprioception(self) -> tuple[str, ...]:  # type: ignore[override]
        """The hand also knows what its user intends."""
        return (*self.task.proprioception, "intended")

    @property
    def choosable(self) -> tuple[str, ...]:  # type: ignore[override]
        """What the task lets be chosen, and what the user does."""
        return (*self.task.choosable, *self.user.choosable)

    @property
    def constant(self) -> Mapping[str, str]:  # type: ignore[override]
        """What random actions never change, in the task's observation and in the user's."""
        return {**self.task.constant, **self.user.constant}

    def prepare(self, sim: Simulation) -> None:
        self.task.prepare(sim)
        self.user.prepare(sim, self.task)
        sim.remember(_STEP, dtype=np.int64, low=0, high=2**53)
        sim.remember(_APPLIED, sim.model.nu, low=-1.0, high=1.0)
        sim.remember(_CORRECTION, sim.model.nu, low=-2.0, high=2.0)

    def reset(self, sim: Simulation, ids: Array, rng: Streams) -> None:
        self.user.begin(sim, ids, rng)

    def choose(self, sim: Simulation, ids: Array, rng: Streams, chosen: Mapping[str, Array]) -> None:
        of_task = {name: value for name, value in chosen.items() if name in self.task.choosable}
        if of_task:
            self.task.choose(sim, ids, rng, of_task)
        self.user.begin(sim, ids, rng, chosen.get("sequence"))

    def close(self, sim: Simulation) -> None:
        self.task.close(sim)
        self.user.close(sim)

    def steps_taken(self, sim: Simulation) -> Array:
        """How many steps the user has taken, (n,)."""
        return sim.memory[_STEP]

    @measured
    def intended(self, sim: Simulation) -> Array:
        """What the user intends now, (n, actuators)."""
        return self.user.intend(sim, self.steps_taken(sim))

    def observe(self, sim: Simulation) -> Parts:
        of_user = self.user.observe(sim, self.steps_taken(sim))
        return {**self.task.observe(sim), "intended": self.intended(sim), **of_user}

    def control(self, sim: Simulation, action: Array) -> None:
        intended = self.intended(sim)
        applied = np.clip(intended - self.limit * action if self.residual else action, -1.0, 1.0)
        sim.memory[_APPLIED][:] = applied
        sim.memory[_CORRECTION][:] = applied - np.clip(intended, -1.0, 1.0)
        sim.memory[_STEP] += 1
        self.task.control(sim, applied)

    def reward(self, sim: Simulation) -> Parts:
        terms = {name: self.w_task * term for name, term in self.task.reward(sim).items()}
        if self.user_reward:
            terms["stay_close"] = -0.1 * self.user_reward * norm(sim.memory[_CORRECTION])
        if self.w_pose:
            away = self.task.keypoints(sim) - self.user.pose(sim, self.steps_taken(sim))
            terms["pose"] = -self.w_pose * np.sqrt(np.vecdot(away, away)).sum(axis=1)
        return terms

    def info(self, sim: Simulation) -> Parts:
        return {**self.task.info(sim), **self.user.info(sim), "applied_action": sim.memory[_APPLIED]}

    def finished(self, sim: Simulation) -> Array:
        done = self.task.finished(sim)
        by_user = self.user.finished(sim, self.steps_taken(sim))
        return by_user if done is None else done | by_user


def _task_and_user(
    base: str | Task | type[Task], user: User | str | type[User] | None, options: dict[str, Any]
) -> tuple[Task, User]:
    """Both, each made with those of the options that are its own."""
    env_id = base if isinstance(base, str) and ":" not in base else None
    kind = type(user) if isinstance(user, User) else user_class(_named(user))
    of_user = {name: options[name] for name in options if name in kind.options()}
    of_task = {name: options[name] for name in options if name not in of_user}
    _refuse_unknown(of_task, kind, _task_class(base))
    if isinstance(user, User) and of_user:
        raise OptionError(f"The user is already made: pass {', '.join(of_user)} when making the {kind.__name__}.")
    task = _task(base, of_task)
    return task, user if isinstance(user, User) else kind.for_task(env_id, **of_user)


def _named(user: str | type[User] | None) -> str | type[User]:
    """The class of a user by name; what is none of the names is its address."""
    if user is None:
        return DemonstrationUser
    if isinstance(user, str) and ":" not in user and user not in USERS:
        raise OptionError(f"Unknown user: {choices(user, USERS)} (or an address 'package.module:Class').")
    return USERS.get(user, user) if isinstance(user, str) else user


def _task_class(base: str | Task | type[Task]) -> type[Task]:
    if isinstance(base, Task):
        return type(base)
    if isinstance(base, str) and ":" not in base:
        return type(_registered(base, {}))
    return task_class(base)


def _registered(env_id: str, options: Mapping[str, Any]) -> Task:
    task = task_of(env_id, options)
    if task is None:
        raise OptionError(f"{env_id} is no environment of a task, so no user can act in it.")
    return task


def _task(base: str | Task | type[Task], options: Mapping[str, Any]) -> Task:
    """The task, on the paper's reward unless another is named, here or by the id."""
    if isinstance(base, Task):
        return load_task(base, options)
    by_id = isinstance(base, str) and ":" not in base
    of_id = spec_of(str(base)).kwargs if by_id else {}
    if "paper" in _task_class(base).rewards and "reward" not in of_id:
        options = {"reward": "paper", **options}
    return _registered(str(base), options) if by_id else load_task(base, options)


def _refuse_unknown(options: Mapping[str, Any], user: type[User], task: type[Task]) -> None:
    """Options that neither the task nor the user has would do nothing."""
    of_task = options_of(task)
    own = [name for name in inspect.signature(Residual).parameters if name != "options"]
    for name in options:
        if of_task is not None and name not in of_task:
            valid = dict.fromkeys([*own, *user.options(), *of_task])
            other = name in DemonstrationUser.options()
            hint = f" ({name} is an option of DemonstrationUser, and the user is {user.__name__})" if other else ""
            raise unknown_option(f"{task.__name__} with {user.__name__}", name, valid, hint)
