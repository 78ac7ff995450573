"""Training: batches from blocks of images, varied anew each time; what it has learned is kept every half minute."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from agents.common import checkpoints
from agents.common.imports import need
from agents.common.run import RunFolder
from agents.estimator import principal
from agents.estimator.blocks import TRAIN, VALIDATION, Open, Source, blocks
from agents.estimator.config import SHIPPED, EstimatorConfig
from agents.estimator.crops import Crops, augmented, to_cube
from agents.estimator.deep import DeepEstimator
from agents.estimator.errors import Errors, measured
from agents.estimator.network import HandNetwork
from hand_envs.files.reading import reading
from hand_envs.files.shipped import shipped

torch: Any = need("torch")
Watch = Callable[[dict[str, Any]], None]
_KEEP_EVERY = 30.0  # s
_WARMING = 0.01  # of all steps, in which the learning rate rises
_POSES = 20_000  # that components are fitted to


class Training:
    """A run in a folder, which a kill or Ctrl+C at any moment sets back by half a minute.

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
        self.config, self.resume, self.process = config, resume, process
        self.make = make or open_source
        self.evaluate_every, self.frames = evaluate_every, frames
        self.watch = watch or (lambda batch: None)
        self.records = RunFolder(folder)
        self.records.check(config, resume)
        torch.manual_seed(config.seed)
        self.network = HandNetwork(config).to(memory_format=torch.channels_last)
        self.optimizer = torch.optim.Adam(self.network.parameters(), config.learning_rate, fused=True)
        self.batches, self.seconds = 0, 0.0
        self.notes: list[dict[str, Any]] = []
        self._kept_at = -math.inf

    @property
    def steps(self) -> int:
        """Images learned from."""
        return self.batches * self.config.batch

    @property
    def finished(self) -> bool:
        """Whether all images are learned from, or the last evaluation was good enough."""
        errs = self.notes[-1]["test"]["mean_mm"] if self.notes else np.inf
        return self.steps >= self.config.steps or bool(errs <= 1e3 * self.config.enough)

    def run(self) -> Path:
        """Train to the end; returns the folder of the estimator."""
        with self.open():
            return self.learn()

    @contextmanager
    def open(self) -> Iterator[None]:
        """Be alone in the folder, and ready to learn."""
        with self.records.alone():
            self.records.check(self.config, self.resume)
            self.source: Source = self.make(self.config)
            self.validation = self.source.block(0, self.frames, VALIDATION)
            last = self.records.latest()
            if last is None:
                self._begin()
            else:
                self._thaw(last)
            self.records.write_config(self.config)
            yield

    def learn(self) -> Path:
        """Learn what is left, within `open`; returns the folder of the estimator."""
        config = self.config
        a_block = config.block * config.reuse // config.batch
        first = self.batches // a_block
        if not self.finished:
            with blocks(config, self.make, first, self.process) as coming:
                for number, block in enumerate(coming, first):
                    self._learn_block(block, number, a_block)
                    if self.finished:
                        break
        errors = self.evaluate()
        self._keep()
        return DeepEstimator(config, self.network).save(self.records.agent, self.card(errors))

    def card(self, errors: Errors) -> dict[str, Any]:
        """What the estimator is, for who finds it."""
        return {"trained on": self.config.data, "images": self.steps, "validation": errors.summary()}

    def evaluate(self) -> Errors:
        """The errors on validation images, which are noted."""
        errors = measured(DeepEstimator(self.config, self.network), self.validation)
        within = float(errors.pck(0.02))
        self.notes.append(
            {"steps": self.steps, "seconds": self.seconds, "test": {"success": within, **errors.summary()}}
        )
        self.network.train()
        return errors

    # --- learning ---------------------------------------------------------------------------------------------------

    def _learn_block(self, block: Crops, number: int, a_block: int) -> None:
        """What is left of the batches of a block."""
        size = self.config.batch
        draw = np.random.default_rng([self.config.seed, 1, number])
        order = np.concatenate([draw.permutation(self.config.block) for _ in range(self.config.reuse)])
        for index in range(self.batches - number * a_block, a_block):
            began = time.perf_counter()
            loss = self._learn_batch(block[np.sort(order[index * size : (index + 1) * size])])
            self.seconds += time.perf_counter() - began
            self._after_batch(loss)
            if self.finished:
                break

    def _learn_batch(self, crops: Crops) -> float:
        config = self.config
        draw = np.random.default_rng([config.seed, 2, self.batches])
        torch.manual_seed(int(draw.integers(2**31)))  # of dropout: a batch depends on nothing but its number
        varied = augmented(crops, draw, config.modes, config.shift, config.upright)
        truth = to_cube(varied.points, varied.centre, varied.side).reshape(-1, 63).astype(np.float32)
        for group in self.optimizer.param_groups:
            group["lr"] = config.learning_rate * self._schedule()
        self.network.train()
        loss = self._loss(torch.from_numpy(varied.depth), torch.from_numpy(truth))
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self.batches += 1
        return float(loss.detach())

    def _loss(self, depth: Any, truth: Any) -> Any:
        code, _ = self.network(depth)
        if self.config.loss == "code":
            return ((code - (truth - self.network.mean) @ self.network.basis.T) ** 2).sum(1).mean()
        return (self.network.decoded(code) - truth).view(-1, 21, 3).norm(dim=-1).mean()

    def _schedule(self) -> float:
        done = self.steps / max(self.config.steps, 1)
        return min(1.0, done / _WARMING + 0.01) * (0.5 + 0.5 * math.cos(math.pi * min(done, 1.0)))

    def _after_batch(self, loss: float) -> None:
        evaluated: dict[str, Any] = {}
        if self.evaluate_every and self.steps % self.evaluate_every < self.config.batch:
            evaluated = self.evaluate().summary()
        if evaluated or time.monotonic() - self._kept_at > _KEEP_EVERY:
            self._keep()
        self.watch({"steps": self.steps, "seconds": self.seconds, "loss": loss, **evaluated})

    # --- beginning, keeping, going on -------------------------------------------------------------------------------

    def _begin(self) -> None:
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

    def _keep(self) -> None:
        parts = {
            "config.json": self.config.as_data(),
            "weights.pt": self.network.state_dict(),
            "optimizer.pt": self.optimizer.state_dict(),
            "state.json": {"batches": self.batches, "seconds": self.seconds},
        }
        self.records.keep(self.steps, parts, self.notes)
        self._kept_at = time.monotonic()

    def _thaw(self, folder: Path) -> None:
        with reading(folder):
            checkpoints.load_weights(self.network, checkpoints.read(folder, "weights.pt"))
            checkpoints.load_optimizer(self.optimizer, checkpoints.read(folder, "optimizer.pt"))
            state = checkpoints.read(folder, "state.json")
            self.batches, self.seconds = int(state["batches"]), float(state["seconds"])
        self.notes = self.records.notes(self.steps)
        self._kept_at = time.monotonic()


def open_source(config: EstimatorConfig) -> Source:
    """The images that a config names."""
    from agents.estimator.sources import opened

    return opened(config)
