"""A person's hand at work in an environment, in real time, with an agent or without."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym
import numpy as np

from hand_envs.errors import OptionError, choices
from hand_envs.faces.env import HandEnv
from hand_envs.live.policy import Policy
from hand_envs.live.user import LiveUser
from hand_envs.registry import ENTRIES

Array = np.ndarray
Act = Callable[[Array], Array]
Watcher = Callable[[int], Any]
"""Called after each step with its number."""

DROPPED = ("late", "old", "duplicate", "repeated", "untracked", "unsure", "impossible", "refused", "strangers")
_WAIT = 0.01  # s between looks whether somebody is there


@dataclass
class Report:
    """What came of an episode."""

    steps: int = 0
    success: bool = False
    success_once: bool = False
    earned: float = 0.0
    delays: list[float] = field(default_factory=list)
    """From the capture of each frame (s) to the first action that it acted on."""
    counts: Counter[str] = field(default_factory=Counter)
    late: int = 0
    """Steps that reality did not wait for."""
    stopped: bool = False

    def lines(self) -> list[str]:
        """What to print."""
        ends = "stopped" if self.stopped else f"success at the end: {'yes' if self.success else 'no'}"
        once = "yes" if self.success_once else "no"
        dropped = ", ".join(f"{self.counts[name]} {name}" for name in DROPPED if self.counts[name])
        return [
            f"{ends}; at any time: {once}; return {self.earned:.1f}; {self.steps} steps, {self.late} of them too late",
            f"frames: {self.counts['taken']} taken; dropped: {dropped or 'none'}",
            self.latency(),
        ]

    def latency(self) -> str:
        """How long it took from a capture to the action."""
        if not self.delays:
            return "latency: no frame was taken"
        middle, most = 1e3 * np.percentile(self.delays, [50, 99])
        return f"latency, capture to action: p50 {middle:.1f} ms, p99 {most:.1f} ms of {len(self.delays)} frames"


def make(env_id: str, user: LiveUser, policy: Policy | None, **face: Any) -> HandEnv:
    """The environment with this user in it, and the agent's limit; fits the agent, or is refused."""
    with_user = [entry.id for entry in ENTRIES if entry.has_user]
    if env_id in {entry.id for entry in ENTRIES} - set(with_user):
        raise OptionError(f"No user acts in this environment: {choices(env_id, with_user)}")
    options: dict[str, Any] = {}
    if policy is not None:  # one without a limit was trained to act alone
        options = {"residual": False} if policy.limit is None else {"limit": policy.limit}
    try:
        made = gym.make(env_id, disable_env_checker=True, user=user, **options, **face).unwrapped
    except gym.error.Error as error:
        raise OptionError(str(error)) from error
    if not isinstance(made, HandEnv):
        raise OptionError(f"{env_id} is not an environment of hand_envs.")
    if policy is not None:
        policy.check_fits(made.observation_layout.size, len(made.episode.sim.actuators), env_id)
    return made


def wait_for_hand(env: HandEnv, user: LiveUser) -> None:
    """Wait until somebody's hand is there, and begin the episode then."""
    while user.address[0] and not user.hears_a_hand(env.episode.sim):
        time.sleep(_WAIT)
    if user.pace is not None:
        user.pace.begin(None if user.address[0] else 0.0)


def play(
    env: HandEnv,
    user: LiveUser,
    act: Act | None,
    seed: int,
    watch: Watcher = lambda step: None,
    options: dict[str, Any] | None = None,
) -> Report:
    """One episode. Ctrl+C ends it, and what came of it until then is told.

    Args:
        env: of `make`.
        user: in it.
        act: who helps; None for nobody.
        seed: of its start.
        watch: called after each step with its number.
        options: of the reset.
    """
    report, pace = Report(), user.pace
    before = pace.late if pace else 0
    try:
        observation, info = env.reset(seed=seed, options=options)
        wait_for_hand(env, user)
        nothing, last = np.zeros(env.action_space.shape or ()), info["captured"]
        over = False
        while not over:
            action = nothing if act is None else act(np.asarray(observation))
            if pace is not None and info["tracked"] and info["captured"] != last:
                report.delays.append(pace.now() - info["captured"])
            last = info["captured"]
            observation, reward, terminated, truncated, info = env.step(action)
            over = terminated or truncated
            report.steps += 1
            report.earned += float(reward)
            report.success, report.success_once = bool(info["success_at_end"]), bool(info["success_once"])
            watch(report.steps)
    except KeyboardInterrupt:
        report.stopped = True
    report.counts = user.counts(env.episode.sim)
    report.late = (pace.late if pace else 0) - before
    return report
