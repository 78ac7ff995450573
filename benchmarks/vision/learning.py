"""What a cell learns: an encoder (stage 1), what of it a task changes (stage 2), a policy on its features (stage 3)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agents.common import checkpoints
from agents.common.evaluation import Evaluation
from agents.vision import Agent, Training, configured
from agents.vision.keypoints.config import KeypointConfig
from agents.vision.keypoints.training import Training as KeypointTraining
from agents.vision.pretraining.config import PretrainingConfig
from agents.vision.pretraining.training import Training as Pretraining
from benchmarks.runner import Earlier
from benchmarks.vision.jobs import counted, first_of
from benchmarks.vision.sights import encoder_of, folder_of


def pretrain(labels: str, seed: int, changes: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Stage 1: an encoder that learns these labels of pictures of hands, in `folder/encoder`."""
    config = PretrainingConfig.from_data({"labels": labels, "seed": seed, **changes})
    Pretraining(config, folder, resume=True).run()
    return {"card": checkpoints.read(folder / "encoder", "card.json")}


def adapt(
    env: str,
    adapt: str,
    seed: int,
    pixels: Mapping[str, Any],
    changes: Mapping[str, Any],
    folder: Path,
    after: Mapping[str, Earlier],
) -> dict[str, Any]:
    """Stage 2: that encoder, adapted to the pictures of a task, in `folder/encoder`.

    Args:
        env: the task, observed through pixels.
        adapt: affine, the parameters of BatchNorm, or all.
        seed: of the training.
        pixels: how the task is drawn where it is acted in.
        changes: of the config.
        folder: of the cell.
        after: the cell of the encoder as it was.
    """
    before = next(iter(after.values())).folder / "encoder"
    given = {"env": env, "adapt": adapt, "seed": seed, "camera": pixels["camera"], **changes}
    KeypointTraining(KeypointConfig.from_data({**given, "encoder": str(before)}), folder, resume=True).run()
    curve = [json.loads(line) for line in (folder / "progress.jsonl").read_text().splitlines()]
    return {
        "card": checkpoints.read(folder / "encoder", "card.json"),
        "layers": checkpoints.read(folder, "affine.json")["layers"],
        "curve": curve,
    }


def learn(
    env: str,
    encoder: Mapping[str, Any],
    pixels: Mapping[str, Any],
    method: str,
    momentum: float,
    changes: Mapping[str, Any],
    curve_points: int,
    episodes: int,
    seed: int,
    folder: Path,
    nthread: int,
    after: Mapping[str, Earlier] | None = None,
) -> dict[str, Any]:
    """Stage 3: a policy on an encoder's features, and how it does in the episodes that count.

    Args:
        env: the task, observed through pixels.
        encoder: whose features.
        pixels: how pictures are drawn.
        method: dapg, or bc: cloning alone.
        momentum: by which the encoder's statistics follow while it learns.
        changes: of the config.
        curve_points: evaluations in the course of it.
        episodes: that are counted.
        seed: of learning, and of the episodes.
        folder: of the cell.
        nthread: threads to simulate on.
        after: the encoder's cells.
    """
    where = folder_of(encoder, after or {}) if "cell" in encoder else encoder_of(encoder, {}).save(folder / "encoder")
    told = {"seed": seed, "encoder": str(where), "precision": encoder["precision"], "momentum": momentum}
    told |= {"size": pixels["width"], "camera": pixels["camera"], "light": pixels["light"]}
    own = {name: value for name, value in changes.items() if not (name == "steps" and method == "bc")}
    config = configured(method, env, **told, **own)
    training = Training(config, folder / "run", True, nthread, max(1, config.steps // curve_points), episodes)
    agent = Agent.load(training.run().with_name("best"))
    test = Evaluation(env, config.test_options(), episodes, first_of(seed), nthread, config.goal_steps)
    curve = (folder / "run" / "progress.jsonl").read_text().splitlines()
    return {
        **counted(test, agent),
        "steps": training.steps,
        "seconds": round(training.seconds, 1),
        "curve": [json.loads(line) for line in curve],
    }
