"""One step is one attempt: `GraspEpisode`."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np

from hand_envs.attempts.plan import STAGES, Plan
from hand_envs.attempts.start import Setting
from hand_envs.attempts.trajectory import Trajectory
from hand_envs.faces.single import HandEnv
from hand_envs.hardware.world import asked

Array = np.ndarray


class GraspEpisode(gym.Wrapper[dict[str, Array], Array, Any, Array]):
    """A household task in which one step is a whole attempt, as any optimiser of bandits can drive it.

    ## Actions
    xi, in the units of the world: the point of contact (m), 3; the wrist's rotation against palm down and fingers
    along x, as a rotation vector (rad), 3; the pose of the hand, an angle a motor (rad). The hand goes to a place above
    and behind the contact, then there, closes to the pose, presses, and follows tau. What is out of reach is clipped.

    ## Observations
    `rgb` (height, width, 3) and `depth` (m), through the camera above: before the attempt, and after it.

    ## Reward
    The score of the attempt's last moment, from 0 to 1: see the task. An attempt ends early if the arm collides.
    On a real hand the score is what an operator then says.

    `info` is that of the last step, and `stage`, the last begun: approach, go, close, squeeze, follow, or done.

    Args:
        env: a household environment.
        tau: the motion after the grasp; the task's own by default.
        width: of pictures, in pixels.
        height: the same.
    """

    def __init__(
        self, env: gym.Env[Any, Any], tau: Trajectory | None = None, width: int = 128, height: int = 128
    ) -> None:
        super().__init__(env)
        inner: HandEnv = env.unwrapped  # type: ignore[assignment]
        self.setting = Setting(inner.task, inner.episode.sim, tau, width, height)
        self.action_space, self.observation_space = self.setting.action_space, self.setting.observation_space  # type: ignore[assignment]

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        _, info = self.env.reset(seed=seed, options=options)
        return self.setting.picture(0), {**info, "stage": STAGES[0]}

    def step(self, xi: Array) -> tuple[dict[str, Array], float, bool, bool, dict[str, Any]]:
        inner: HandEnv = self.env.unwrapped  # type: ignore[assignment]
        attempt = self.setting.admit(np.asarray(xi)[None], 1)
        plan = Plan.of(inner.episode.sim.ctrl.copy(), attempt, self.setting.tau, self.setting.task.profile)
        actions = self.setting.task.limits.actions(plan.targets[:, 0]).clip(-1.0, 1.0)
        stage = STAGES[-1]
        for action, begun in zip(actions, plan.stages, strict=True):
            _, reward, terminated, truncated, info = self.env.step(action)
            if terminated or truncated:
                stage = begun
                break
        if (given := asked(inner.episode.sim)) is not None:
            success = bool(inner.task.success(inner.episode.sim).item())
            reward, info = given, {**info, "success": success, "is_success": success, "success_at_end": success}
        return self.setting.picture(0), float(reward), True, False, {**info, "stage": stage}

    def close(self) -> None:
        self.setting.eyes.close()
        super().close()
