"""Training: PPO of Stable-Baselines3 on the task's reward and the discriminator's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from agents.common import checkpoints
from agents.common.agent import network_options
from agents.common.decisions import Decisions
from agents.common.evaluation import threads
from agents.common.experts import expert_pairs, spaces_of
from agents.common.imports import need
from agents.common.sb3 import make_sb3
from agents.common.training import OnPolicyTraining
from agents.ppo_gail.cloning import clone
from agents.ppo_gail.config import Config
from agents.ppo_gail.discriminator import Discriminator, HybridReward
from agents.ppo_gail.practice import Practice

PPO: Any = need("stable_baselines3").PPO
VecNormalize: Any = need("stable_baselines3.common.vec_env").VecNormalize

Array = np.ndarray


class Training(OnPolicyTraining):
    """PPO on the task's reward, the discriminator's, or both: see `OnPolicyTraining`."""

    config: Config

    def _build(self) -> None:
        config = self.config
        self.bridge = make_sb3(
            config.env, config.num_envs, **config.training_options(), **threads(config.env, self.nthread)
        )
        self._check_spaces()
        self.practice: Practice | None = None
        if config.practise:
            envs: Any = self.bridge.env.unwrapped
            self.practice = Practice(envs.task.user, envs.episode.sim, config.practise)
        self.hybrid: HybridReward | None = None
        venv: Any = self.bridge
        if config.task_share < 1:
            self.hybrid = venv = self._with_discriminator()
        gamma = config.gamma**config.hold
        self.venv = VecNormalize(Decisions(venv, config.hold, config.actuators), gamma=gamma)
        self.model = PPO(
            "MlpPolicy",
            self.venv,
            n_steps=config.num_steps,
            batch_size=config.minibatch,
            n_epochs=config.epochs,
            learning_rate=config.learning_rate,
            gamma=gamma,
            gae_lambda=config.gae_lambda,
            clip_range=config.clip,
            policy_kwargs=network_options(config.network, config.std),
            seed=config.seed,
            device="cpu",
        )
        self.tests = self._make_tests(*(("train", "test") if config.has_user else ("test",)))

    def _with_discriminator(self) -> HybridReward:
        config = self.config
        expert = expert_pairs(config, self.bridge)
        spaces = spaces_of(expert)
        discriminator = Discriminator(
            expert, spaces, config.network, config.discriminator_rate, config.discriminator_updates, config.seed
        )
        return HybridReward(self.bridge, discriminator, spaces[0].shape[0], config.task_share)

    def _begin(self) -> None:
        if self.config.bc_epochs:
            clone(self.config, self.bridge, self.model, self.venv)

    def _after_step(self, seen: Mapping[str, Any]) -> None:
        if self.practice is not None:
            for index in np.flatnonzero(seen["dones"]):
                told = seen["infos"][index]
                self.practice.saw(told["sequence"], told["success"])

    def _after_rollout(self) -> None:
        if self.practice is not None:
            self.practice.plan()
        if self.hybrid is not None:
            for name, value in self.hybrid.learn().items():
                self.model.logger.record(f"imitation/{name}", value)

    def _extra_parts(self) -> dict[str, Any]:
        parts: dict[str, Any] = {}
        if self.hybrid is not None:
            parts["discriminator.pt"] = self.hybrid.discriminator.get_state()
        if self.practice is not None:
            parts["practice.npz"] = {"rates": self.practice.rates}
        return parts

    def _restore(self, folder: Path) -> None:
        if self.hybrid is not None:
            self.hybrid.discriminator.set_state(checkpoints.read(folder, "discriminator.pt"))
        if self.practice is not None:
            self.practice.rates = checkpoints.read(folder, "practice.npz")["rates"]
            self.practice.plan()

    def _go_on_from(self, observation: Array) -> None:
        if self.hybrid is not None:
            self.hybrid.begin_at(observation)
