"""What a training that is no reinforcement learning keeps, and goes on from: a count, weights and an optimizer."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any, Generic, TypeVar

from agents.common import checkpoints
from agents.common.run import RunFolder
from hand_envs.files.reading import reading

_KEEP_EVERY = 30.0  # s
C = TypeVar("C", bound=Any)  # a config of fields, of which `batch` is one


class Supervised(Generic[C]):
    """A run in a folder, which a kill or Ctrl+C at any moment sets back by half a minute.

    It goes on bit for bit where a batch depends on nothing but its number. A subclass sets `network` and `optimizer`.

    Args:
        config: what to train.
        folder: where.
        resume: go on with the run that is there, if there is one.
    """

    network: Any
    optimizer: Any

    def __init__(self, config: C, folder: str | Path, resume: bool = False) -> None:
        self.config, self.resume = config, resume
        self.records = RunFolder(folder)
        self.records.check(config, resume)
        self.batches, self.seconds = 0, 0.0
        self.notes: list[dict[str, Any]] = []
        """Evaluations."""
        self._kept_at = -math.inf

    @property
    def steps(self) -> int:
        """Examples learned from."""
        return self.batches * int(self.config.batch)

    def keep(self) -> None:
        """Write a checkpoint."""
        parts = {
            "config.json": self.config.as_data(),
            "weights.pt": self.network.state_dict(),
            "optimizer.pt": self.optimizer.state_dict(),
            "state.json": {"batches": self.batches, "seconds": self.seconds},
        }
        self.records.keep(self.steps, parts, self.notes)
        self._kept_at = time.monotonic()

    def keep_now_and_then(self) -> None:
        """Write one if the last is half a minute old."""
        if time.monotonic() - self._kept_at > _KEEP_EVERY:
            self.keep()

    def thaw(self) -> bool:
        """Go on from the last checkpoint; whether there is one."""
        folder = self.records.latest()
        if folder is None:
            return False
        with reading(folder):
            checkpoints.load_weights(self.network, checkpoints.read(folder, "weights.pt"))
            checkpoints.load_optimizer(self.optimizer, checkpoints.read(folder, "optimizer.pt"))
            state = checkpoints.read(folder, "state.json")
            self.batches, self.seconds = int(state["batches"]), float(state["seconds"])
        self.notes = self.records.notes(self.steps)
        self._kept_at = time.monotonic()
        return True
