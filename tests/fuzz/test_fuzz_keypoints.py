"""Stored keypoints, configs of their training and files for its loss, damaged at random: read, or refused."""

from __future__ import annotations

import dataclasses
from collections import Counter

import numpy as np
import pytest
from hostile_values import OBJECTS
from mutants import damaged, outcome, tell, within

pytest.importorskip("torch", reason="agents need the extra: pip install 'hand-envs[agents]'")
import torch

from agents.common import checkpoints
from agents.vision.keypoints.config import KeypointConfig
from agents.vision.keypoints.detector import read_heads
from agents.vision.keypoints.losses import vgg16_layers
from agents.vision.keypoints.network import KeypointHeads


def test_heads_of_damaged_bytes(tmp_path, deep):
    rng = np.random.default_rng(22)
    heads, counts = KeypointHeads(4, 2, 3), Counter[str]()
    shape = {"width": 4, "channels": 2, "keypoints": 3}
    place = checkpoints.write(tmp_path / "keypoints", {"config.json": shape, "weights.pt": heads.state_dict()})
    for name in ("config.json", "weights.pt"):
        content = (place / name).read_bytes()
        for _ in range(30 * deep):
            (place / name).write_bytes(damaged(content, rng))
            with within(megabytes=64):
                counts[outcome(lambda: _sound(read_heads(place)), place)] += 1
        (place / name).write_bytes(content)
    _sound(read_heads(place))
    assert counts["refused"]
    tell("heads of keypoints, damaged", counts)


def _sound(heads: KeypointHeads) -> None:
    assert all(torch.isfinite(each).all() for each in heads.state_dict().values())


def test_configs_of_hostile_values(deep):
    rng, counts = np.random.default_rng(23), Counter[str]()
    names = [each.name for each in dataclasses.fields(KeypointConfig)]
    for _ in range(200 * deep):
        given = {
            names[rng.integers(len(names))]: OBJECTS[rng.integers(len(OBJECTS))] for _ in range(rng.integers(1, 3))
        }
        with within(megabytes=64):
            counts[outcome(lambda given=given: KeypointConfig.from_data(given))] += 1
    assert counts["refused"]
    tell("configs of keypoints, hostile", counts)


def test_files_that_are_no_vgg16(tmp_path, deep):
    rng, counts = np.random.default_rng(24), Counter[str]()
    file, mean = tmp_path / "vgg16.pth", torch.zeros(1, 3, 1, 1)
    torch.save({f"features.{number}.weight": torch.zeros(4) for number in range(3)}, file)
    content = file.read_bytes()
    for _ in range(5 * deep):
        file.write_bytes(damaged(content, rng))
        counts[outcome(lambda: vgg16_layers(file, mean, mean + 1), file)] += 1
    assert counts == {"refused": 5 * deep}
    tell("files that are no VGG16", counts)
