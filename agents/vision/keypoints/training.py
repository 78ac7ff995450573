"""Stage 2: keypoints are learned from pairs of an expert's pictures, and the trunk's BatchNorm learns with them.

A batch follows from its number alone, so a run goes on bit for bit from weights, optimizer and a count.
"""

from __future__ import annotations

import copy
import dataclasses
import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from agents.common.imports import need
from agents.common.supervised import Supervised
from agents.vision.encoders.encoder import Encoder
from agents.vision.keypoints.affine import adapted_parameters, affine_shift
from agents.vision.keypoints.config import OWN, KeypointConfig
from agents.vision.keypoints.data import Frames, drawn_pairs, expert_frames
from agents.vision.keypoints.detector import KeypointDetector
from agents.vision.keypoints.evaluation import judged
from agents.vision.keypoints.losses import PerceptualLoss, separation, vgg16_layers
from agents.vision.keypoints.network import KeypointNetwork, resized
from agents.vision.keypoints.overlay import episode_picture
from hand_envs.errors import OptionError
from hand_envs.files import atomic
from hand_envs.rendering import save_picture

torch: Any = need("torch")
Array = np.ndarray
Tensor = Any
Watch = Callable[[dict[str, Any]], None]


class Training(Supervised[KeypointConfig]):
    """A run in a folder, which a kill or Ctrl+C at any moment sets back by half a minute.

    Args:
        config: what to train.
        folder: where. In the end `encoder` is the adapted encoder there, `keypoints` what finds keypoints in pictures,
            `affine.json` how far BatchNorm has moved, and `keypoints.png` shows an episode that was held out.
        resume: go on with the run that is there, if there is one.
        evaluate_every: steps between evaluations; 0 for none but the first and the last.
        watch: hears of every batch.
        frames: to learn from, instead of the expert's.
    """

    def __init__(
        self,
        config: KeypointConfig,
        folder: str | Path,
        resume: bool = False,
        evaluate_every: int = 0,
        watch: Watch | None = None,
        frames: Frames | None = None,
    ) -> None:
        super().__init__(config, folder, resume)
        self.evaluate_every, self.given = evaluate_every, frames
        self.watch = watch or (lambda batch: None)
        self.before = Encoder.named(config.encoder, weights=config.weights, size=config.size, seed=config.seed)
        if not hasattr(self.before.network, "stages"):
            raise OptionError(f"{config.encoder} is no ResNet: keypoints are found in the maps of one.")
        name = f"{self.before.name} for {config.env}"
        self.encoder = Encoder(dataclasses.replace(self.before.config, name=name), copy.deepcopy(self.before.network))
        torch.manual_seed(config.seed)
        self.network = KeypointNetwork(
            self.encoder.network,
            self.encoder.width,
            config.keypoints,
            config.head,
            config.widths,
            config.spread,
        ).to(memory_format=torch.channels_last)
        trunk = adapted_parameters(self.encoder.network, config.adapt, self.encoder.config.architecture)
        self.adapted = sum(each.numel() for each in trunk.values())
        self.optimizer = self._optimizer(list(trunk.values()))
        self.loss = self._perceptual()
        self.network.add_module("loss", self.loss)  # its means are kept with the weights

    def run(self) -> Path:
        """Train to the end; returns the folder of the adapted encoder."""
        with self.records.alone():
            self.records.check(self.config, self.resume)
            self.records.write_config(self.config)
            frames = self.given or self._prepared()
            learn, judge = frames.episodes(slice(self.config.judged, None)), frames.episodes(slice(self.config.judged))
            self.thaw()
            self._learn(learn, judge)
            return self._finish(learn, judge)

    def _prepared(self) -> Frames:
        return Frames(
            **self.records.prepared("frames", lambda: expert_frames(self.config, self.encoder.size)._asdict())
        )

    def _finish(self, learn: Frames, judge: Frames) -> Path:
        self._evaluate(learn, judge)
        self.keep()
        place = self.records.path
        about = {"adapted from": self.before.name, "to": self.config.env, "what": self.config.adapt}
        layers = affine_shift(self.before.network, self.encoder.network)
        atomic.write_text(place / "affine.json", json.dumps({**about, "layers": layers}, indent=1) + "\n")
        shown = episode_picture(self.network, self.encoder, judge.images[0], self.config.reconstruction)
        save_picture(place / "keypoints.png", shown)
        KeypointDetector(self.encoder, self.network.heads).save(place / "keypoints")
        card = {**about, "parameters": self.adapted, "pairs": self.steps, "held out": self.notes[-1]["test"]}
        self.encoder.save(place / "encoder", card)
        return place / "encoder"

    # --- what is trained by what ------------------------------------------------------------------------------------

    def _optimizer(self, trunk: list[Any]) -> Any:
        config, network = self.config, self.network
        new = [*network.heads.parameters(), *network.appearance.parameters(), *network.geometry.parameters()]
        groups = [{"params": [*new, *network.decoder.parameters()], "lr": config.learning_rate}]
        if trunk:
            groups.append({"params": trunk, "lr": config.trunk_rate})
        return torch.optim.Adam(groups, fused=True)

    def _perceptual(self) -> PerceptualLoss:
        if self.config.perceptual == OWN:
            return PerceptualLoss(self.before.network.stages, 6)
        mean, std = (torch.tensor(each).view(1, 3, 1, 1) for each in (self.encoder.mean, self.encoder.std))
        return PerceptualLoss(vgg16_layers(self.config.perceptual, mean, std), 6)

    # --- learning ---------------------------------------------------------------------------------------------------

    def _learn(self, learn: Frames, judge: Frames) -> None:
        if not self.notes:
            self._evaluate(learn, judge)
        while self.steps < self.config.steps:
            began = time.perf_counter()
            draw = np.random.default_rng([self.config.seed, self.batches])
            loss = self._learn_batch(*drawn_pairs(learn, self.config.batch, draw))
            self.seconds += time.perf_counter() - began
            batch: dict[str, Any] = {"steps": self.steps, "seconds": self.seconds, "loss": loss}
            if self.evaluate_every and self.steps % self.evaluate_every < self.config.batch:
                batch["test"] = self._evaluate(learn, judge)
            self.keep_now_and_then()
            self.watch(batch)

    def _learn_batch(self, sources: Array, targets: Array) -> float:
        left = 0.5 + 0.5 * math.cos(math.pi * min(1.0, self.steps / self.config.steps))
        rates = self.config.learning_rate, self.config.trunk_rate
        for group, rate in zip(self.optimizer.param_groups, rates, strict=False):
            group["lr"] = rate * left
        self.network.train()
        source, target = self._small(self.encoder.prepare(sources)), self.encoder.prepare(targets)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.config.precision == "bfloat16"):
            image, places = self.network(source, target)
            loss = self.loss(image, self._small(target))
        if self.config.separation:
            loss = loss + self.config.separation * separation(places, self.config.spread)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self.batches += 1
        return float(loss.detach())

    def _small(self, images: Tensor) -> Tensor:
        return resized(images, self.config.reconstruction)

    def _evaluate(self, learn: Frames, judge: Frames) -> dict[str, float]:
        """What keypoints are worth now; noted, once."""
        if not self.notes or self.notes[-1]["steps"] != self.steps:
            side = self.config.reconstruction
            found = judged(self.network, self.loss, self.encoder.prepare, learn, judge, side).summary()
            test = {"success": 1 - found["reconstruction"], **found}
            self.notes.append({"steps": self.steps, "seconds": self.seconds, "test": test})
            self.records.write_progress(self.notes)
        return self.notes[-1]["test"]
