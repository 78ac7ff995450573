"""Training: PPO of Stable-Baselines3 on the task's reward and the discriminator's."""

from __future__ import annotations

from typing import Any

from agents.common import training
from agents.common.environments import user_in
from agents.common.experts import expert_pairs, spaces_of
from agents.common.imports import need
from agents.common.learner import Learner, environments, learner_with
from agents.common.sb3 import SB3VecEnv
from agents.ppo_gail.cloning import clone
from agents.ppo_gail.config import Config
from agents.ppo_gail.curriculum import Curriculum
from agents.ppo_gail.discriminator import Discriminator, HybridReward, Imitation
from agents.ppo_gail.searching import start_at_best

PPO: Any = need("stable_baselines3").PPO


class Training(training.Training[Config]):
    """PPO on the task's reward, the discriminator's, or both."""

    hybrid: HybridReward | None = None

    def build(self) -> Learner:
        config = self.config
        bridge = environments(config, self.nthread)
        curriculum = self._curriculum(bridge) if config.curriculum else None
        if config.task_share < 1:
            self.hybrid = self._with_discriminator(bridge)
        learner = learner_with(
            PPO,
            config,
            bridge,
            self.hybrid,
            batch_size=config.minibatch,
            n_epochs=config.epochs,
            learning_rate=config.learning_rate,
            clip_range=config.clip,
        )
        if curriculum is not None:
            learner.callbacks.append(curriculum)
            learner.kept["curriculum.npz"] = curriculum
        if self.hybrid is not None:
            learner.callbacks.append(Imitation(self.hybrid))
            learner.kept["discriminator.pt"] = self.hybrid.discriminator
        return learner

    def _curriculum(self, bridge: SB3VecEnv) -> Curriculum:
        envs: Any = bridge.env.unwrapped
        return Curriculum(user_in(envs), lambda: envs.episode.sim, self.config.curriculum)

    def _with_discriminator(self, bridge: SB3VecEnv) -> HybridReward:
        config = self.config
        expert = expert_pairs(config, bridge)
        spaces = spaces_of(expert)
        discriminator = Discriminator(
            expert, spaces, config.network, config.discriminator_rate, config.discriminator_updates, config.seed
        )
        return HybridReward(bridge, discriminator, spaces[0].shape[0], config.task_share)

    def teach(self) -> None:
        if self.config.search:
            start_at_best(self.config, self.bridge, self.model, self.records)
            if self.evaluate_every:
                self._evaluate()  # it may be the best there will be
        if self.config.bc_epochs:
            clone(self.config, self.bridge, self.model, self.venv)
