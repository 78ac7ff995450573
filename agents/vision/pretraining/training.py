"""The pre-training of an encoder, on blocks of pictures of hands."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from agents.common import checkpoints
from agents.common.block_training import VARY, BlockTraining, Watch
from agents.common.blocks import PEOPLE, TRAIN, VALIDATION, Make, blocks
from agents.common.imports import need
from agents.vision.encoders.config import EncoderConfig
from agents.vision.encoders.encoder import Encoder
from agents.vision.encoders.resnet import ResNet
from agents.vision.pretraining.config import PretrainingConfig
from agents.vision.pretraining.data import Pictures, Source, training_blocks
from agents.vision.pretraining.heads import HEADS
from agents.vision.pretraining.varying import DEVIATION, MEAN, Examples, varied

torch: Any = need("torch")
Open = Callable[[PretrainingConfig], Make[Pictures]]
_MEASURED = 64  # pictures at a time
_LEARNED = {"3d": "where 21 joints are from the wrist", "2d": "where 21 joints are seen", "objects": "what is held"}


class Training(BlockTraining[PretrainingConfig, Pictures]):
    """A run in a folder, see `BlockTraining`.

    Args:
        config: what to train.
        folder: where.
        resume: go on with the run that is there, if there is one.
        make: opens what makes the pictures to learn from.
        validation: the pictures that errors are measured on; by default `frames` of other people.
        process: make pictures in a process of its own.
        evaluate_every: steps between evaluations; 0 for none but the last.
        frames: of an evaluation.
        watch: hears of every batch.
    """

    def __init__(
        self,
        config: PretrainingConfig,
        folder: str | Path,
        resume: bool = False,
        make: Open = training_blocks,
        validation: Pictures | None = None,
        process: bool = True,
        evaluate_every: int = 0,
        frames: int = 1024,
        watch: Watch | None = None,
    ) -> None:
        super().__init__(config, folder, resume, evaluate_every, watch)
        self.make, self.validation, self.process, self.frames = make, validation, process, frames
        torch.manual_seed(config.seed)
        self.head = HEADS[config.labels]
        trunk = ResNet(config.depth)
        last = torch.nn.Linear(trunk.width, self.head.width)
        self.network = torch.nn.ModuleDict({"trunk": trunk, "head": last}).to(memory_format=torch.channels_last)
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), config.learning_rate, weight_decay=config.weight_decay, fused=True
        )

    def prepare(self) -> None:
        """Make what errors are measured on."""
        if self.validation is None:
            self.validation = Source(0, VALIDATION).block(0, self.frames)

    def blocks(self, first: int) -> AbstractContextManager[Iterator[Pictures]]:
        """The blocks of the training from number `first` on."""
        return blocks(functools.partial(self.make, self.config), first, self.process)

    def loss(self, pictures: Pictures) -> Any:
        """Of these pictures, varied."""
        config = self.config
        examples = varied(pictures, config.size_at(self.steps), [config.seed, VARY, self.batches])
        return self.head.loss(self._found(self.network["trunk"], examples, config.precision), examples)

    def measure(self) -> dict[str, Any]:
        """The error on pictures of other people's hands, which are varied as the training's are."""
        error = self._error(self.network["trunk"], self.config.precision)
        pictures = len(self.validation or ())
        return {"success": -error, "pictures": pictures, "error": round(error, 4), "unit": self.head.unit}

    def _error(self, trunk: Any, precision: str) -> float:
        assert self.validation is not None
        size, errors = self.config.size, []
        trunk.eval()
        for first in range(0, len(self.validation), _MEASURED):
            some = varied(self.validation[first : first + _MEASURED], size, [0, first])
            with torch.inference_mode():
                errors.append(self.head.error(self._found(trunk, some, precision), some, size))
        return float(torch.cat(errors).mean())

    def _found(self, trunk: Any, examples: Examples, precision: str) -> Any:
        images = examples.images.contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            features = trunk(images)
        return self.network["head"](features.float())

    def save(self, summary: dict[str, Any]) -> Path:
        """The encoder, with the error that it has as it is kept."""
        config = self.config
        name, mean, std = f"hands-{config.labels}-{config.seed}", (MEAN,) * 3, (DEVIATION,) * 3
        trunk = ResNet(config.depth)
        trunk.load_state_dict(checkpoints.full(checkpoints.halved(self.network["trunk"].state_dict())))
        card = self.card({**summary, "error_as_kept": round(self._error(trunk, "float32"), 4)})
        kind = EncoderConfig(name, f"resnet{config.depth}", config.size, mean, std)
        return Encoder(kind, trunk).save(self.records.path / "encoder", card)

    def card(self, summary: dict[str, Any]) -> dict[str, Any]:
        """What the encoder is, for who finds it."""
        config, people = self.config, len(PEOPLE[TRAIN])
        return {
            "what": f"features of pictures of hands: ResNet-{config.depth} at {config.size} x {config.size}",
            "trained on": f"made pictures of the hands of {people:,} virtual people",
            "learned": _LEARNED[config.labels],
            "pictures": self.steps,
            "validation": {name: value for name, value in summary.items() if name != "success"},
        }
