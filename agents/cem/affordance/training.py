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
from agents.common.imports import need
from agents.common.supervised import Supervised
from hand_envs.errors import DatasetError

torch: Any = need("torch")
Array = np.ndarray
Watch = Callable[[dict[str, Any]], None]


class Training(Supervised[AffordanceConfig]):
    """A run in a folder, see `Supervised`.

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
        super().__init__(config, folder, resume)
        self.watch, self.given = watch or (lambda batch: None), examples
        encode = encoder(config.text)
        torch.manual_seed(config.seed)
        self.network = AffordanceNetwork(encode.size)
        self.optimizer = torch.optim.Adam(self.network.parameters(), config.learning_rate, fused=True)

    def run(self) -> Path:
        """Train to the end; returns the folder of the prior."""
        with self.records.alone():
            self.records.check(self.config, self.resume)
            self.records.write_config(self.config)
            learn, judge = self._examples()
            if not self.thaw():
                self._begin(learn)
            self._learn(learn)
            errors = self.errors(judge)
            self.notes.append({"steps": self.steps, "test": {"success": 0.0, **errors}})  # a prior alone does nothing
            self.keep()
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
        truth = relative(learn.hands, self.network.wrist.numpy().astype(np.float64))
        while self.steps < self.config.steps:
            began = time.perf_counter()
            draw = np.random.default_rng([self.config.seed, 1, self.batches])
            rows = draw.integers(len(learn.images), size=self.config.batch)
            loss = self._learn_batch(learn.rows(rows), torch.from_numpy(truth[rows]), draw)
            self.seconds += time.perf_counter() - began
            self.watch({"steps": self.steps, "seconds": self.seconds, "loss": loss})
            self.keep_now_and_then()

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
