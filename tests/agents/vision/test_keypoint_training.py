"""Stage 2's training: it goes on bit for bit, adapts what it says, learns to place keypoints, and keeps an encoder."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

pytest.importorskip("torch", reason="agents need the extra: pip install 'hand-envs[agents]'")
import torch
from conftest import needs_gl

from agents.common import checkpoints
from agents.vision import Encoder
from agents.vision.demonstrations import expert_demonstrations
from agents.vision.keypoints import KeypointConfig, KeypointDetector, overlaid
from agents.vision.keypoints.__main__ import read
from agents.vision.keypoints.affine import affine_parameters
from agents.vision.keypoints.data import Frames, drawn_pairs, expert_frames
from agents.vision.keypoints.detector import read_heads
from agents.vision.keypoints.evaluation import explained
from agents.vision.keypoints.network import KeypointHeads
from agents.vision.keypoints.training import Training
from hand_envs.errors import DatasetError, OptionError
from hand_envs.rendering import Pixels
from hand_envs.replay.pictures import pictured

TINY = KeypointConfig(**KeypointConfig.tiny)


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def squares(episodes: int = 2, length: int = 3, side: int = 32) -> Frames:
    """A bright square that moves over a background of each episode's own; proprioception knows where it is."""
    draw = np.random.default_rng(3)
    images = np.repeat(draw.integers(60, 120, (episodes, 1, side, side, 3)), length, axis=1).astype(np.uint8)
    corners = draw.integers(0, side * 3 // 4, (episodes, length, 2))
    for episode, frame in np.ndindex(episodes, length):
        x, y = corners[episode, frame]
        images[episode, frame, y : y + side // 4, x : x + side // 4] = 250
    return Frames(images, corners.astype(np.float64))


class Stopped(Exception):
    pass


def stop_after(steps: int):
    def watch(batch: dict) -> None:
        if batch["steps"] >= steps:
            raise Stopped

    return watch


def contents(folder) -> dict:
    weights = torch.load(folder / "encoder" / "weights.pt", weights_only=True)
    return {**weights, **torch.load(folder / "keypoints" / "weights.pt", weights_only=True)}


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Training:
    """A run that was never stopped."""
    training = Training(TINY, tmp_path_factory.mktemp("keypoints") / "whole", frames=squares())
    training.run()
    return training


def noted(folder) -> list[dict]:
    return [json.loads(line)["test"] for line in (folder / "progress.jsonl").read_text().splitlines()]


def test_a_run_that_was_stopped_goes_on_bit_for_bit(whole, tmp_path, monkeypatch):
    frames, place = squares(), whole.records.path
    monkeypatch.setattr("agents.common.supervised._KEEP_EVERY", -1.0)
    with pytest.raises(Stopped):
        Training(TINY, tmp_path, watch=stop_after(4), frames=frames).run()
    assert not (tmp_path / "encoder").exists()
    Training(TINY, tmp_path, resume=True, frames=frames).run()
    before, after = contents(place), contents(tmp_path)
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert noted(place) == noted(tmp_path)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_encoder_that_is_kept_differs_from_its_base_in_scales_and_offsets_alone(whole, tmp_path, precision):
    training = whole
    if precision == "bfloat16":
        training = Training(TINY.changed(precision=precision, steps=4), tmp_path / "run", frames=squares())
        training.run()
    place = training.records.path
    assert training.adapted == 9_600
    training.before.save(tmp_path / "base")
    base, adapted = (Encoder.load(each).network.state_dict() for each in (tmp_path / "base", place / "encoder"))
    changed = {name for name in base if not torch.equal(base[name], adapted[name])}
    assert changed == set(affine_parameters(training.encoder.network))
    shift = json.loads((place / "affine.json").read_text())
    moved = base["layer4.1.bn2.bias"] - adapted["layer4.1.bn2.bias"]
    assert shift["layers"][-1]["bias"]["shift"] == pytest.approx(moved.square().mean().sqrt().item(), rel=1e-4)
    assert shift["layers"][-1]["bias"]["shift"] > 1e-5
    card = json.loads((place / "encoder" / "card.json").read_text())
    assert (card["parameters"], card["to"]) == (9_600, "HandDoorVisual-v0")


def test_nothing_of_the_trunk_is_adapted_where_none_is(tmp_path):
    training = Training(TINY.changed(adapt="none", steps=4), tmp_path, frames=squares())
    training.run()
    before, after = (each.network.state_dict() for each in (training.before, training.encoder))
    assert training.adapted == 0
    assert all(torch.equal(before[name], after[name]) for name in before)
    shift = json.loads((tmp_path / "affine.json").read_text())
    assert {layer[part]["shift"] for layer in shift["layers"] for part in ("weight", "bias")} == {0.0}


@pytest.mark.slow
def test_keypoints_learn_to_follow_what_moves(tmp_path):
    frames = squares(episodes=12, length=16)
    config = TINY.changed(
        steps=6_400, batch=16, episodes=12, frames=16, held_out=0.25, keypoints=2, head=16, widths=(8, 8, 16, 16),
        spread=0.1, learning_rate=3e-3,
    )  # fmt: skip
    training = Training(config, tmp_path, frames=frames)
    training.run()
    first, last = training.notes[0]["test"], training.notes[-1]["test"]
    assert last["reconstruction"] < 0.7
    assert last["unmoved"] > 1.2 * last["reconstruction"], "what is reconstructed depends on the keypoints"
    assert last["joints"] > max(0.5, first["joints"]), "and they say where the square is"


@needs_gl
def test_frames_are_an_experts_from_its_first_picture_to_its_last():
    config = TINY.changed(env="HandPenVisual-v0", frames=3)
    frames = expert_frames(config, 24)
    assert frames.images.shape == (2, 3, 24, 24, 3)
    assert frames.images.dtype == np.uint8
    assert frames.proprio.shape == (2, 3, 24)
    shown = [each.images for each in pictured(config.env, expert_demonstrations(config.env, 2, config.seed, 0.1),
                                              Pixels("vil_camera", 24, 24, light=True))]  # fmt: skip
    for episode, images in enumerate(shown):
        np.testing.assert_array_equal(frames.images[episode, 0], images[0])
        np.testing.assert_array_equal(frames.images[episode, -1], images[-1])


def test_a_pair_is_two_frames_of_one_episode():
    images = np.arange(4 * 5).reshape(4, 5, 1, 1, 1)
    source, target = (each.ravel() for each in drawn_pairs(Frames(images, images), 1000, np.random.default_rng(0)))
    assert (source // 5 == target // 5).all()
    assert (source != target).all()
    assert len(np.unique(source * 20 + target)) == 4 * 5 * 4, "every pair comes up"


def test_what_is_explained_is_what_is_linear():
    draw = np.random.default_rng(0)
    inputs = draw.normal(size=(400, 3))
    values = inputs @ draw.normal(size=(3, 2)) + 5
    assert explained(inputs[:200], values[:200], inputs[200:], values[200:]) > 0.99
    noise = draw.normal(size=(400, 3))
    assert explained(noise[:200], values[:200], noise[200:], values[200:]) < 0.1


def test_what_was_learned_finds_keypoints_in_pictures(whole):
    images = squares().images[0]
    places = KeypointDetector.load(whole.records.path)(images)
    assert places.shape == (3, 4, 2)
    whole.network.eval()
    with torch.inference_mode():
        direct = whole.network.places(whole.encoder.prepare(images)).numpy()
    np.testing.assert_allclose(places, direct, atol=2e-3)  # they are kept in half precision


def test_a_spot_is_drawn_where_a_keypoint_lies():
    drawn = overlaid(np.full((20, 40, 3), 100, np.uint8), np.array([[0.5, -0.5]]), scale=2)
    assert drawn.shape == (40, 80, 3)
    rows, columns = np.nonzero((drawn != 100).any(axis=-1))
    assert (rows.mean(), columns.mean()) == pytest.approx((9.5, 59.5))


def test_heads_of_another_encoder_are_refused(whole, tmp_path):
    place = shutil.copytree(whole.records.path / "keypoints", tmp_path / "keypoints")
    (place / "config.json").write_text('{"width": 256, "channels": 4, "keypoints": 4}')
    with pytest.raises(DatasetError, match="must be"):
        read_heads(place)
    (place / "config.json").write_text('{"width": -3, "channels": 4, "keypoints": 4}')
    with pytest.raises(DatasetError, match="whole numbers"):
        read_heads(place)
    shutil.copytree(whole.records.path / "encoder", tmp_path / "encoder")
    checkpoints.write(place, {"config.json": {"width": 8, "channels": 4, "keypoints": 4},
                              "weights.pt": KeypointHeads(8, 4, 4).state_dict()})  # fmt: skip
    with pytest.raises(OptionError, match="maps of 8 channels, not of 512"):
        KeypointDetector.load(tmp_path)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"adapt": "afine"}, "did you mean 'affine'"),
        ({"reconstruction": 50}, "multiple of 8"),
        ({"widths": (8, 8)}, "four numbers"),
        ({"episodes": 2, "held_out": 0.0}, "one of each"),
        ({"episodes": 1000, "frames": 1000}, "fewer episodes or frames"),
        ({"precision": "half"}, "precision"),
        ({"size": 8}, "size must be"),
    ],
)
def test_configs_that_cannot_be_are_refused(changes, said):
    with pytest.raises(OptionError, match=said):
        KeypointConfig(**changes)


def test_a_preset_is_changed_by_what_else_is_given():
    command = read(["--preset", "paper", "--batch", "4", "--env", "HandPenVisual-v0"])
    assert (command.config.head, command.config.widths, command.config.batch) == (256, (32, 64, 128, 256), 4)
    assert read([]).config == KeypointConfig()
    with pytest.raises(OptionError, match="did you mean 'paper'"):
        read(["--preset", "papr"])
