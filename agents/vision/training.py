"""Training: cloning and DAPG on the features of an encoder that stays as it is."""

from __future__ import annotations

from typing import Any

import numpy as np

from agents.common.cloning import clone
from agents.common.environments import make_vector, task_in, threads
from agents.common.gradient_training import GradientTraining
from agents.common.learner import Kept
from agents.common.sb3 import SB3VecEnv
from agents.vision.config import Config
from agents.vision.encoders.encoder import Encoder
from agents.vision.learner import Learner, SameEncoder
from agents.vision.observing import VectorFeatureObservation
from agents.vision.reference import digest, parts_of
from agents.vision.showing import Shown, shown

_LEAST = 1e-4  # of the mean variance of features: that of one by which it is normalised


class Training(GradientTraining[Config]):
    """DAPG or cloning on features and proprioception."""

    def environments(self) -> SB3VecEnv:
        config = self.config
        plain = Encoder.named(config.encoder, weights=config.weights, size=config.size)
        self.reference, self.digest = parts_of(plain, config.encoder), digest(plain.network.state_dict())
        self.encoder = Encoder(plain.config, plain.network, config.precision)
        if config.momentum > 0:
            self.encoder.follow(config.momentum, config.as_published)
        options = {**config.training_options(), **threads(config.env, self.nthread)}
        env = make_vector(config.env, config.num_envs, same_step=True, **options)
        config.check_task(task_in(env))
        return SB3VecEnv(VectorFeatureObservation(env, self.encoder))

    def build(self) -> Learner:
        made = super().build()
        parts = made.bridge, made.venv, made.model
        kept: dict[str, Kept] = {"encoder.json": SameEncoder(self.digest)}
        return Learner(self.config, *parts, kept=kept, encoder=self.encoder, reference=self.reference)

    def prepare(self) -> None:
        made = self.records.prepared("demonstrations", lambda: shown(self.config, self.encoder, self.nthread))
        self.shown = Shown(self.encoder, made)
        self.pairs = self.shown.observations, made["actions"][:, self.venv.venv.actuators]
        if self.config.momentum > 0:
            self.learner.kept["moving.pt"] = self.shown

    def clone(self, seen: np.ndarray, actions: np.ndarray) -> None:
        clone(self.model.policy, seen, actions, self.config.bc_epochs)

    def least_variances(self, variances: np.ndarray) -> np.ndarray:
        """Features are on whatever scale their encoder gives them, so theirs is relative, for every encoder alike."""
        least = np.full(len(variances), super().least_variances(variances))
        least[: self.encoder.width] = max(_LEAST * float(variances[: self.encoder.width].mean()), 1e-12)
        return least

    def _augment(self, samples: Any) -> Any:
        batch = self.model._n_updates
        if batch and batch % self.config.reencode_every == 0 and self.config.lambda0:
            self.shown.keep_up()
        return super()._augment(samples)
