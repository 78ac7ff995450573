"""Training: what is demonstrated, and where episodes begin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from agents.common.experts import passed_through, tried_pairs
from agents.common.gradient_training import GradientTraining
from agents.dapg.config import Config
from hand_envs.core.simulation import State
from hand_envs.datasets.shipped import planned
from hand_envs.registry import IDS


class Training(GradientTraining[Config]):
    """DAPG, NPG or cloning."""

    def prepare(self) -> None:
        config = self._with_demonstrations()
        if config.demonstrated:
            made = self.records.prepared("pairs", lambda: self._make_pairs(config))
            self.pairs, self.tried = (made["states"], made["actions"]), int(made["steps"])
        if config.start_midway:
            self.passed = passed_through(config)
            self.bridge.start_sampler = self._midway

    def _make_pairs(self, config: Config) -> dict[str, np.ndarray]:
        pairs, steps = tried_pairs(config, self.bridge, config.augmentation, config.unsteadiness, self.nthread)
        actions = np.ascontiguousarray(pairs[1][:, self.venv.venv.actuators])
        return {"states": pairs[0], "actions": actions, "steps": np.array(steps)}

    def _with_demonstrations(self) -> Config:
        """The config, naming the suite's own demonstrations unless it names others."""
        config = self.config
        if config.demonstrations is not None or config.env not in IDS:
            return config
        return replace(config, demonstrations=str(planned(config.env, "brisk")))

    def _midway(self) -> State | None:
        """Where the next episode begins; drawn by torch, whose generator a checkpoint keeps."""
        if float(torch.rand(())) >= self.config.start_midway:
            return None
        return self.passed[int(torch.randint(len(self.passed), ()))]
