"""The training of an estimator, on blocks of depth images."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np

from agents.common import checkpoints
from agents.common.block_training import VARY, BlockTraining, Watch
from agents.common.blocks import TRAIN, VALIDATION
from agents.common.imports import need
from agents.estimator import principal
from agents.estimator.blocks import Open, Source, blocks
from agents.estimator.config import SHIPPED, EstimatorConfig
from agents.estimator.crops import Crops, augmented, to_cube
from agents.estimator.deep import DeepEstimator
from agents.estimator.errors import measured
from agents.estimator.network import HandNetwork
from hand_envs.files.reading import reading
from hand_envs.files.shipped import shipped

torch: Any = need("torch")
_POSES = 20_000  # that components are fitted to


class Training(BlockTraining[EstimatorConfig, Crops]):
    """A run in a folder, see `BlockTraining`.

    Args:
        config: what to train.
        folder: where.
        resume: go on with the run that is there, if there is one.
        make: opens the source of images; by default what `config.data` names.
        process: make images in a process of its own.
        evaluate_every: steps between evaluations; 0 for none but the last.
        frames: of an evaluation.
        watch: hears of every batch.
    """

    def __init__(
        self,
        config: EstimatorConfig,
        folder: str | Path,
        resume: bool = False,
        make: Open | None = None,
        process: bool = True,
        evaluate_every: int = 0,
        frames: int = 1024,
        watch: Watch | None = None,
    ) -> None:
        super().__init__(config, folder, resume, evaluate_every, watch)
        self.make, self.process, self.frames = make or open_source, process, frames
        torch.manual_seed(config.seed)
        self.network = HandNetwork(config).to(memory_format=torch.channels_last)
        self.optimizer = torch.optim.Adam(self.network.parameters(), config.learning_rate, fused=True)

    @property
    def finished(self) -> bool:
        """Whether all images are learned from, or the last evaluation was good enough."""
        error = self.notes[-1]["test"]["mean_mm"] if self.notes else np.inf
        return super().finished or bool(error <= 1e3 * self.config.enough)

    def prepare(self) -> None:
        """Open the source, and make what errors are measured on."""
        self.source: Source = self.make(self.config)
        self.validation = self.source.block(0, self.frames, VALIDATION)

    def blocks(self, first: int) -> AbstractContextManager[Iterator[Crops]]:
        """The blocks of the training from number `first` on."""
        return blocks(self.config, self.make, first, self.process)

    def measure(self) -> dict[str, Any]:
        """The errors on validation images."""
        errors = measured(DeepEstimator(self.config, self.network), self.validation)
        return {"success": float(errors.pck(0.02)), **errors.summary()}

    def save(self, summary: dict[str, Any]) -> Path:
        """The estimator, with its errors."""
        errors = {name: value for name, value in summary.items() if name != "success"}
        card = {"trained on": self.config.data, "images": self.steps, "validation": errors}
        return DeepEstimator(self.config, self.network).save(self.records.agent, card)

    def loss(self, crops: Crops) -> Any:
        """Of these images, varied."""
        config = self.config
        draw = np.random.default_rng([config.seed, VARY, self.batches])
        torch.manual_seed(int(draw.integers(2**31)))  # of dropout
        varied = augmented(crops, draw, config.modes, config.shift, config.upright)
        truth = torch.from_numpy(to_cube(varied.points, varied.centre, varied.side).reshape(-1, 63).astype(np.float32))
        code, _ = self.network(torch.from_numpy(varied.depth))
        if config.loss == "code":
            return ((code - (truth - self.network.mean) @ self.network.basis.T) ** 2).sum(1).mean()
        return (self.network.decoded(code) - truth).view(-1, 21, 3).norm(dim=-1).mean()

    def begin(self) -> None:
        """With an estimator's weights, or anew: the last layer is then the principal components of varied poses."""
        config = self.config
        if config.begin is not None:
            place = shipped("agents/estimator", "estimator") if config.begin == SHIPPED else config.begin
            begun = DeepEstimator.load(place).network.state_dict()
            with reading(config.begin):
                checkpoints.load_weights(self.network, begun)
            return
        crops = self.source.block(0, config.block, TRAIN)
        draw = np.random.default_rng([config.seed, 3])
        poses = []
        for first in range(0, min(_POSES, len(crops)), config.batch):
            some = crops[first : first + config.batch]
            varied = augmented(some, draw, config.modes, config.shift, config.upright)
            poses.append(to_cube(varied.points, varied.centre, varied.side))
        mean, basis = principal.fitted(np.concatenate(poses), config.components)
        self.network.mean.copy_(torch.from_numpy(mean))
        self.network.basis.copy_(torch.from_numpy(basis))


def open_source(config: EstimatorConfig) -> Source:
    """The images that a config names."""
    from agents.estimator.sources import opened

    return opened(config)
