"""Training: batches of labels, varied anew each time; a run goes on bit for bit from a count, weights and optimizer."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from agents.cem.affordance import losses
from agents.cem.affordance.config import MADE, AffordanceConfig
from agents.cem.affordance.examples import Examples, examples_of, mean_wrist, relative, varied
from agents.cem.affordance.labels import read_labels
from agents.cem.affordance.learned import Learned
from agents.cem.affordance.network import AffordanceNetwork
from agents.cem.affordance.words import encoder
from agents.common import checkpoints
from agents.common.imports import need
from agents.common.run import RunFolder
from hand_envs.errors import DatasetError
from hand_envs.files.reading import reading

torch: Any = need("torch")
Array = np.ndarray
Watch = Callable[[dict[str, Any]], None]
_KEEP_EVERY = 20.0  # s


class Training:
    """A run in a folder, which a kill or Ctrl+C sets back by twenty seconds at most.

    Args:
        config: what to train.
        folder: where.
        resume: go on with the run that is there, if there is one.
        watch: hears of every batch.
        examples: to learn from, instead of what the config's data are.
    """

    def __init__(
        self,
        config: AffordanceConfig,
        folder: str | Path,
        resume: bool = False,
        watch: Watch | None = None,
        examples: Examples | None = None,
    ) -> None:
        self.config, self.resume, self.watch = config, resume, watch or (lambda batch: None)
        self.given = examples
        self.records = RunFolder(folder)
        self.records.check(config, resume)
        encode = encoder(config.text)
        torch.manual_seed(config.seed)
        self.network = AffordanceNetwork(encode.size)
        self.optimizer = torch.optim.Adam(self.network.parameters(), config.learning_rate, fused=True)
        self.batches, self.seconds = 0, 0.0
        self.notes: list[dict[str, Any]] = []

    @property
    def steps(self) -> int:
        """Labels learned from."""
        return self.batches * self.config.batch

    def run(self) -> Path:
        """Train to the end; returns the folder of the prior."""
        with self.records.alone():
            self.records.check(self.config, self.resume)
            self.records.write_config(self.config)
            learn, judge = self._examples()
            last = self.records.latest()
            if last is None:
                self._begin(learn)
            else:
                self._thaw(last)
            self._learn(learn)
            errors = self.errors(judge)
            self.notes.append({"steps": self.steps, "test": {"success": 0.0, **errors}})  # a prior alone does nothing
            self._keep()
            card = {"trained on": self.config.data, "labels": len(learn.images), "validation": errors}
            return Learned(self.config, self.network).save(self.records.agent, card)

    def errors(self, judge: Examples) -> dict[str, float]:
        """Of labels as they are: contact (in half widths of the crop), wrist and hand (rad)."""
        self.network.eval()
        images, contact = varied(judge, np.random.default_rng(0))
        with torch.inference_mode():
            points, hands, _ = self.network(images, torch.from_numpy(judge.words))
            truth = torch.from_numpy(relative(judge.hands, self.network.wrist.numpy().astype(np.float64)))
            parts = {
                "contact": (points.mean(1) - contact.mean(1)).norm(dim=1),
                "wrist": losses.wrist_error(hands, truth),
                "pose": losses.pose_error(hands, truth),
            }
        return {name: round(float(value.mean()), 4) for name, value in parts.items()}

    # --- what is learned from -----------------------------------------------------------------------------------------

    def _examples(self) -> tuple[Examples, Examples]:
        """Those to learn from, and those to judge by."""
        found = self.given or self._made() if self.config.data == MADE else self._read()
        order = np.random.default_rng([self.config.seed, 0]).permutation(len(found.images))
        count = max(1, round(self.config.held_out * len(order)))
        if len(order) - count < 1:
            raise DatasetError(f"{len(order)} labels are too few to learn from.")
        return found.rows(order[count:]), found.rows(order[:count])

    def _made(self) -> Examples:
        def make() -> dict[str, Array]:
            from agents.cem.affordance.clips import Errors
            from agents.cem.affordance.making import made

            labels = [label for _, label in made(self.config.clips, self.config.seed, errors=Errors())]
            return examples_of(labels, encoder(self.config.text))._asdict()

        return Examples(**self.records.prepared("examples", make))

    def _read(self) -> Examples:
        return examples_of(read_labels(self.config.data), encoder(self.config.text))

    # --- learning -----------------------------------------------------------------------------------------------------

    def _begin(self, learn: Examples) -> None:
        """The network first says the mean hand."""
        wrist = mean_wrist(learn.hands.astype(np.float64))
        self.network.wrist.copy_(torch.from_numpy(wrist))
        self.network.mean.copy_(torch.from_numpy(relative(learn.hands, wrist).mean(axis=0)))

    def _learn(self, learn: Examples) -> None:
        kept = time.monotonic()
        truth = relative(learn.hands, self.network.wrist.numpy().astype(np.float64))
        while self.steps < self.config.steps:
            began = time.perf_counter()
            draw = np.random.default_rng([self.config.seed, 1, self.batches])
            rows = draw.integers(len(learn.images), size=self.config.batch)
            loss = self._learn_batch(learn.rows(rows), torch.from_numpy(truth[rows]), draw)
            self.seconds += time.perf_counter() - began
            self.watch({"steps": self.steps, "seconds": self.seconds, "loss": loss})
            if time.monotonic() - kept > _KEEP_EVERY:
                self._keep()
                kept = time.monotonic()

    def _learn_batch(self, batch: Examples, truth: Any, draw: np.random.Generator) -> float:
        config = self.config
        images, contact = varied(batch, draw, config.shift, config.tint, config.swap)
        for group in self.optimizer.param_groups:
            group["lr"] = config.learning_rate * (0.5 + 0.5 * math.cos(math.pi * min(1.0, self.steps / config.steps)))
        self.network.train()
        points, hands, _ = self.network(images, torch.from_numpy(batch.words))
        loss = (
            config.contact * losses.contact_error(points, contact)
            + config.wrist * losses.wrist_error(hands, truth)
            + config.pose * losses.pose_error(hands, truth)
        ).mean()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self.batches += 1
        return float(loss.detach())

    # --- keeping and going on -----------------------------------------------------------------------------------------

    def _keep(self) -> None:
        parts = {
            "config.json": self.config.as_data(),
            "weights.pt": self.network.state_dict(),
            "optimizer.pt": self.optimizer.state_dict(),
            "state.json": {"batches": self.batches, "seconds": self.seconds},
        }
        self.records.keep(self.steps, parts, self.notes)

    def _thaw(self, folder: Path) -> None:
        with reading(folder):
            checkpoints.load_weights(self.network, checkpoints.read(folder, "weights.pt"))
            checkpoints.load_optimizer(self.optimizer, checkpoints.read(folder, "optimizer.pt"))
            state = checkpoints.read(folder, "state.json")
            self.batches, self.seconds = int(state["batches"]), float(state["seconds"])
