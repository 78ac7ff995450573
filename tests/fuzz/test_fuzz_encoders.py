"""Encoders and strangers' checkpoints, damaged at random: they encode, or are refused with the name of the file."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest
from hostile_values import hostile
from mutants import damaged, outcome, tell, within

torch = pytest.importorskip("torch", reason="agents need the extra: pip install 'hand-envs[agents]'")

from test_fuzz_agents import survive  # noqa: E402

from agents.vision import Encoder  # noqa: E402
from agents.vision.batchnorm import follow  # noqa: E402
from agents.vision.encoders import resnet  # noqa: E402
from agents.vision.encoders.architectures import build  # noqa: E402
from agents.vision.encoders.config import EncoderConfig  # noqa: E402
from agents.vision.encoders.weights import load_published, read_tensors  # noqa: E402
from hand_envs.errors import OptionError, StateError  # noqa: E402

IMAGES = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3), np.uint8)


@pytest.fixture
def shallow(monkeypatch):
    """A ResNet-18 of one block a layer."""
    monkeypatch.setitem(resnet.DEPTHS, 18, (1, 1, 1, 1))


def test_damaged_encoders_encode_or_are_refused(shallow, tmp_path, deep):
    config = EncoderConfig(size=32)
    folder = Encoder(config, build(config)).save(tmp_path / "kept", {})

    def use(copy):
        encoder = Encoder.load(copy)
        assert encoder(IMAGES).shape == (1, encoder.width)

    (tmp_path / "copies").mkdir()
    assert survive(folder, tmp_path / "copies", random.Random(0), 12 * deep, use) > 4 * deep


@pytest.mark.parametrize("older", [False, True])
def test_damaged_checkpoints_of_strangers_are_read_or_refused(tmp_path, older, deep):
    rng, path, counts = np.random.default_rng(3), tmp_path / "stranger.pth", Counter[str]()
    tensors = {"module.conv1.weight": torch.rand(64, 3, 7, 7).half(), "module.bn1.weight": torch.rand(64)}
    torch.save({"state_dict": tensors, "epoch": 3, "lr": 0.1}, path, _use_new_zipfile_serialization=not older)
    content = path.read_bytes()
    header = len(content) - sum(value.nbytes for value in tensors.values())

    def use():
        for value in read_tensors(path).values():
            value.sum()

    for _ in range(120 * deep):
        begun = damaged(content[:header], rng) + content[header:] if rng.random() < 0.6 else damaged(content, rng)
        path.write_bytes(begun)
        with within(megabytes=64):
            counts[outcome(use, path)] += 1
    assert counts["refused"] > 40 * deep
    tell(f"checkpoints of strangers, older format {older}", counts)


def test_tensors_of_hostile_shapes_and_kinds_never_make_a_network(shallow, tmp_path, deep):
    rng, path, counts = np.random.default_rng(4), tmp_path / "stranger.pth", Counter[str]()
    config = EncoderConfig(size=32)
    sound = {name: value.half() if value.ndim == 4 else value for name, value in build(config).state_dict().items()}
    for _ in range(5 * deep):
        state = dict(sound)
        name = rng.choice(list(state))
        change = rng.integers(4)
        if change == 0:
            del state[name]
        elif change == 1:
            state[f"layer5.{name}"] = state[name]
        elif change == 2:
            state[name] = state[name].float() * float(rng.choice([np.nan, np.inf, -1]))
        else:
            state[name] = torch.zeros(0)
        torch.save(state, path)
        counts[outcome(lambda: Encoder(config, load_published(config, path))(IMAGES), path)] += 1
    assert counts["refused"]
    tell("tensors of strangers", counts)


def test_hostile_images_and_statistics_change_nothing(shallow, deep):
    rng, config = np.random.default_rng(5), EncoderConfig(size=32)
    encoder = Encoder(config, build(config))
    moving = encoder.follow(0.5)
    before = moving.get_state()
    for _ in range(60 * deep):
        with pytest.raises(OptionError):
            encoder(hostile(rng, (1, 32, 32, 3)))
        state = moving.get_state()
        name = rng.choice(list(state))
        given = hostile(rng, tuple(state[name].shape))
        try:
            state[name] = torch.as_tensor(given)
        except Exception:
            state[name] = given
        try:
            moving.set_state(state)
        except StateError:
            continue
        moving.set_state(before)
    assert all(torch.equal(value, before[name]) for name, value in moving.get_state().items())


def test_momenta_of_any_value(deep):
    rng = np.random.default_rng(6)
    for _ in range(60 * deep):
        network = torch.nn.Sequential(torch.nn.BatchNorm2d(2))
        value = hostile(rng, ())
        try:
            assert 0 <= follow(network, value).momentum <= 1
        except OptionError:
            assert type(network[0]) is torch.nn.BatchNorm2d
