"""Training on blocks of images, which are varied anew each time."""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Generic, Protocol, Self, TypeVar

import numpy as np

from agents.common.imports import need
from agents.common.supervised import Supervised

torch: Any = need("torch")
Watch = Callable[[dict[str, Any]], None]
_WARMING = 0.01  # of all steps, in which the learning rate rises
_ORDER = 1  # what is drawn, beside the seed
VARY = 2
"""Likewise: who draws from [seed, VARY, batch] draws the same for a batch whenever it is learned from."""


class Block(Protocol):
    """Images with labels."""

    def __len__(self) -> int: ...

    def __getitem__(self, chosen: Any) -> Self: ...


C = TypeVar("C", bound=Any)  # a config with seed, steps, block, reuse, batch and learning_rate
B = TypeVar("B", bound=Block)


class BlockTraining(Supervised[C], ABC, Generic[C, B]):
    """A run in a folder, see `Supervised`.

    A subclass makes the network and says how it is wrong, how it is judged, and as what it is saved.

    Args:
        config: what to train.
        folder: where.
        resume: go on with the run that is there, if there is one.
        evaluate_every: steps between evaluations; 0 for none but the last.
        watch: hears of every batch.
    """

    def __init__(
        self, config: C, folder: str | Path, resume: bool = False, evaluate_every: int = 0, watch: Watch | None = None
    ) -> None:
        super().__init__(config, folder, resume)
        self.evaluate_every = evaluate_every
        self.watch = watch or (lambda batch: None)

    @abstractmethod
    def blocks(self, first: int) -> AbstractContextManager[Iterator[B]]:
        """The blocks from number `first` on."""

    @abstractmethod
    def loss(self, images: B) -> Any:
        """Of a batch, which depends on nothing but the network, the batch and its number."""

    @abstractmethod
    def measure(self) -> dict[str, Any]:
        """How well the network does: numbers, and `success`, of which more is better."""

    @abstractmethod
    def save(self, summary: dict[str, Any]) -> Path:
        """Write down what was trained, of which this was measured; returns where."""

    def prepare(self) -> None:
        """Make ready what every run needs, also one that goes on."""

    def begin(self) -> None:
        """What is done before the first batch."""

    @property
    def finished(self) -> bool:
        """Whether all images are learned from."""
        return self.steps >= int(self.config.steps)

    def run(self) -> Path:
        """Train to the end; returns the folder of what was trained."""
        with self.open():
            return self.learn()

    @contextmanager
    def open(self) -> Iterator[None]:
        """Be alone in the folder, and ready to learn."""
        with self.records.alone():
            self.records.check(self.config, self.resume)
            self.prepare()
            if not self.thaw():
                self.begin()
            self.records.write_config(self.config)
            yield

    def learn(self) -> Path:
        """Learn what is left, within `open`; returns the folder of what was trained."""
        config = self.config
        a_block = config.block * config.reuse // config.batch
        first = self.batches // a_block
        if not self.finished:
            with self.blocks(first) as coming:
                for number, block in enumerate(coming, first):
                    self._learn_block(block, number, a_block)
                    if self.finished:
                        break
        summary = self.evaluate()
        self.keep()
        return self.save(summary)

    def evaluate(self) -> dict[str, Any]:
        """What is measured now, which is noted."""
        summary = self.measure()
        self.notes.append({"steps": self.steps, "seconds": self.seconds, "test": summary})
        self.network.train()
        return summary

    # --- learning ---------------------------------------------------------------------------------------------------

    def _learn_block(self, block: B, number: int, a_block: int) -> None:
        """What is left of the batches of a block."""
        size = self.config.batch
        draw = np.random.default_rng([self.config.seed, _ORDER, number])
        order = np.concatenate([draw.permutation(self.config.block) for _ in range(self.config.reuse)])
        for index in range(self.batches - number * a_block, a_block):
            began = time.perf_counter()
            loss = self._learn_batch(block[np.sort(order[index * size : (index + 1) * size])])
            self.seconds += time.perf_counter() - began
            self._after_batch(loss)
            if self.finished:
                break

    def _learn_batch(self, images: B) -> float:
        for group in self.optimizer.param_groups:
            group["lr"] = self.config.learning_rate * self._schedule()
        self.network.train()
        loss = self.loss(images)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self.batches += 1
        return float(loss.detach())

    def _schedule(self) -> float:
        done = self.steps / max(self.config.steps, 1)
        return min(1.0, done / _WARMING + 0.01) * (0.5 + 0.5 * math.cos(math.pi * min(done, 1.0)))

    def _after_batch(self, loss: float) -> None:
        evaluated: dict[str, Any] = {}
        if self.evaluate_every and self.steps % self.evaluate_every < self.config.batch:
            evaluated = self.evaluate()
            self.keep()
        self.keep_now_and_then()
        self.watch({"steps": self.steps, "seconds": self.seconds, "loss": loss, **evaluated})
