"""Stage 1: pictures of hands, their labels, how they are varied, and the training."""

from __future__ import annotations

import json

import numpy as np
import pytest
from conftest import needs_gl

torch = pytest.importorskip("torch")

from agents.common.blocks import VALIDATION  # noqa: E402
from agents.vision.encoders.encoder import Encoder  # noqa: E402
from agents.vision.pretraining.__main__ import main  # noqa: E402
from agents.vision.pretraining.config import PretrainingConfig  # noqa: E402
from agents.vision.pretraining.data import HELD, PIXELS, SIDE, Pictures, Source, held_in  # noqa: E402
from agents.vision.pretraining.heads import HEADS  # noqa: E402
from agents.vision.pretraining.training import Training  # noqa: E402
from agents.vision.pretraining.varying import Examples, backgrounds, looked_at, turned, varied  # noqa: E402
from hand_envs.errors import OptionError  # noqa: E402
from hand_envs.images.posing import Poses  # noqa: E402

TINY = PretrainingConfig(**PretrainingConfig.tiny)


def blobs(seed: int, count: int) -> Pictures:
    """Pictures of one bright joint, the others at the middle: what they show is where they say it is."""
    draw = np.random.default_rng(seed)
    place = draw.uniform(-0.4, 0.4, (count, 2))
    seen = np.zeros((count, 21, 2), np.float32)
    seen[:, 9] = place
    at = (np.arange(PIXELS) + 0.5) * 2 / PIXELS - 1
    far = np.hypot(at[None, None, :] - place[:, :1, None], at[None, :, None] - place[:, 1:, None])
    colour = np.zeros((count, PIXELS, PIXELS, 4), np.uint8)
    colour[far < 0.12] = 255
    points = np.concatenate([seen * SIDE / 2, np.full((count, 21, 1), 0.01, np.float32)], axis=-1)
    points[:, 0] -= [0.0, 0.0, 0.1]  # the wrist, so that a hand has a length
    return Pictures(colour, points.astype(np.float32), seen, np.arange(count) % len(HELD))


def some(config: PretrainingConfig):
    return lambda number: blobs(number, config.block)


def test_labels_move_with_the_picture():
    pictures, size = blobs(1, 12), 96
    draw = np.random.default_rng(0)
    scale, turn, shift = draw.uniform(0.9, 1.3, 12), draw.uniform(-3, 3, 12), draw.uniform(-0.2, 0.2, (12, 2))
    there = looked_at(pictures.colour, scale, turn, shift, size)[:, 3].numpy()
    points, seen = (each.numpy() for each in turned(pictures, scale, turn, shift))
    at = (np.arange(size) + 0.5) * 2 / size - 1
    weight = there / there.sum(axis=(1, 2), keepdims=True)
    shown = np.stack([(weight.sum(axis=1) * at).sum(-1), (weight.sum(axis=2) * at).sum(-1)], axis=-1)
    assert shown == pytest.approx(seen[:, 9], abs=1.5 / size)
    assert there.sum(axis=(1, 2)) * scale**2 == pytest.approx(np.pi * (0.06 * size) ** 2, rel=0.1)
    assert points[..., 2] == pytest.approx(pictures.points[..., 2]), "a turn of the picture leaves depth"
    back = (seen + np.einsum("nij,nj->ni", _turns(-turn), shift)[:, None]) * scale[:, None, None]
    assert points[..., :2] == pytest.approx(back * SIDE / 2, abs=1e-6), "joints turn as they are seen to"


def _turns(angle: np.ndarray) -> np.ndarray:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([np.stack([cos, -sin], -1), np.stack([sin, cos], -1)], axis=1)


def test_hands_are_of_the_same_size_in_pictures_of_any():
    pictures = blobs(2, 64)
    spread = {}
    for size in (48, 112):
        seen = varied(pictures, size, [1]).seen.numpy() * size / 2  # px
        before = pictures.seen * PIXELS / 2
        ratio = np.linalg.norm(seen[:, 9] - seen[:, 0], axis=-1) / np.linalg.norm(before[:, 9] - before[:, 0], axis=-1)
        spread[size] = np.quantile(ratio, [0.1, 0.5, 0.9])
    assert spread[48] == pytest.approx(spread[112], rel=1e-3)
    assert spread[48][2] < 0.75, "and no sharper than they were made"


def test_what_is_varied_follows_from_the_seed_alone():
    pictures = blobs(3, 4)
    first, again, other = (varied(pictures, 32, seed) for seed in ([7], [7], [8]))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first.images, other.images)
    assert first.images.shape == (4, 3, 32, 32)
    assert first.images.abs().max() <= 2
    walls = backgrounds(64, 16, torch.Generator().manual_seed(0))
    assert walls.min() >= 0
    assert walls.max() <= 1
    assert walls.std(dim=0).min() > 0.1, "of all colours at every place"


def test_errors_are_in_units_that_people_know():
    points = torch.zeros(2, 21, 3)
    points[:, 9, 2] = torch.tensor([0.1, 0.08])  # m: two hands of other lengths
    truth = Examples(torch.zeros(2, 3, 8, 8), points, torch.zeros(2, 21, 2), torch.tensor([1, 2]))
    wrong = torch.zeros(2, 21, 3)
    wrong[:, 9, 2] = 1.0
    wrong[:, 3, 0] = 0.21  # of a hand's length
    found = HEADS["3d"].error(wrong.view(2, 63), truth, 100)
    assert found.tolist() == pytest.approx([1.0, 0.8]), "mm: 21 mm of one of 21 joints, and 16.8"
    assert HEADS["3d"].loss(wrong.view(2, 63), truth) == pytest.approx(0.01)
    assert HEADS["2d"].error(torch.full((2, 42), 0.3), truth, 100).tolist() == pytest.approx([15 * 2**0.5] * 2)
    guess = torch.tensor([[0.0, 3.0, 0.0, 0.0], [0.0, 3.0, 0.0, 0.0]])
    assert HEADS["objects"].error(guess, truth, 100).tolist() == [0, 1]


def test_what_is_held_is_told_from_the_size_of_things():
    sizes = [
        (None, None),
        ((0.03, 0.03, 0.1), None),
        (None, (0.03, 0.03, 0.09)),
        ((0.05, 0.05, 0.01), (0.0125, 0.0125, 0.001)),
    ]
    things = np.zeros((4, 2, 4, 4))
    for row, each in enumerate(sizes):
        for slot, size in enumerate(each):
            if size is not None:
                things[row, slot, :3, :3] = np.diag(size)
    none = np.zeros((4, 3))
    assert held_in(Poses(np.zeros((4, 21, 3)), none[:, 0], none, none, things)).tolist() == [0, 1, 2, 3]
    assert held_in(Poses(np.zeros((4, 21, 3)), none[:, 0], none, none, things[:, :0])).tolist() == [0] * 4


@needs_gl
def test_made_pictures_show_what_their_labels_say():
    pictures = Source(4, VALIDATION).block(1, 16)
    distance = 0.35  # m, the nearest: where perspective is strongest
    near, far = (
        pictures.points[..., :2] * 2 / SIDE * share
        for share in (distance / (distance + 0.12), distance / (distance - 0.12))
    )
    low, high = np.minimum(near, far), np.maximum(near, far)
    assert (pictures.seen > low - 0.1).all()
    assert (pictures.seen < high + 0.1).all()
    inside = np.abs(pictures.seen).max(-1) < 0.98
    rows, columns = np.moveaxis(((pictures.seen + 1) * PIXELS / 2).clip(0, PIXELS - 1).astype(int)[..., ::-1], -1, 0)
    there = pictures.colour[np.arange(16)[:, None], rows, columns, 3] > 0
    assert there[inside].mean() > 0.95, "joints are where the hand is drawn"
    assert np.array_equal(Source(4, VALIDATION).block(1, 16).colour, pictures.colour)
    assert not pictures.held[::2].any(), "every second hand is empty"
    assert pictures.held[1::2].any()
    assert np.linalg.norm(pictures.points[:, 9], axis=-1) == pytest.approx(0, abs=1e-6)


@pytest.mark.slow  # a training each
@pytest.mark.parametrize("labels", HEADS)
def test_labels_are_learned_by_heart(labels, tmp_path, monkeypatch):
    few = blobs(5, 8)
    monkeypatch.setattr(
        "agents.vision.pretraining.training.varied", lambda pictures, size, seed: varied(pictures, size, [0])
    )
    config = PretrainingConfig(
        labels=labels, sizes=(32,), shares=(1.0,), block=8, reuse=25, batch=8, steps=8 * 25, learning_rate=2e-3
    )
    losses = []
    training = Training(
        config, tmp_path / "run", make=lambda config: lambda number: few, validation=few, process=False,
        watch=lambda batch: losses.append(batch["loss"]),
    )  # fmt: skip
    training.run()
    assert losses[-1] < 0.3 * losses[0]


def test_a_run_that_was_stopped_ends_as_if_it_had_not(tmp_path):
    how = {"make": some, "validation": blobs(9, 8), "process": False}
    whole = Training(TINY, tmp_path / "whole", **how)
    folder = whole.run()

    def stop(batch):
        if batch["steps"] == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Training(TINY, tmp_path / "stopped", watch=stop, **how).run()
    again = Training(TINY, tmp_path / "stopped", resume=True, **how)
    with again.open():
        assert again.steps == 8, "Ctrl+C left a checkpoint"
        again.learn()
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, again.network.state_dict()[name]), name
    assert again.notes[-1]["test"] == whole.notes[-1]["test"]
    with pytest.raises(OptionError, match="labels"):
        Training(
            PretrainingConfig(**{**PretrainingConfig.tiny, "labels": "2d"}), tmp_path / "whole", resume=True, **how
        )

    encode = Encoder.load(folder)
    assert (encode.size, encode.name) == (32, "hands-3d-1")
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), np.uint8)
    whole.network.eval()
    with torch.inference_mode():
        expected = whole.network["trunk"]((torch.from_numpy(images).permute(0, 3, 1, 2) / 255 - 0.5) / 0.25)
    assert encode(images) == pytest.approx(expected.numpy(), abs=0.05 * float(expected.std()))
    card = json.loads((folder / "card.json").read_text())
    assert card["pictures"] == 32
    assert card["validation"]["unit"] == "mm"
    assert card["validation"]["error_as_kept"] == pytest.approx(card["validation"]["error"], rel=0.05)


def test_sizes_take_turns():
    config = PretrainingConfig(steps=1000, sizes=(32, 64), shares=(0.75, 0.25))
    assert [config.size_at(steps) for steps in (0, 749, 750, 1000, 5000)] == [32, 32, 64, 64, 64]


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"labels": "4d"}, "Unknown labels"),
        ({"precision": "int8"}, "Unknown precision"),
        ({"depth": 19}, "depth must be one of"),
        ({"sizes": (8,), "shares": (1.0,)}, "16 to 512"),
        ({"shares": (0.5, 0.4, 0.2)}, "sum to 1"),
        ({"shares": (1.0,)}, "one for each"),
        ({"batch": 64, "block": 8, "reuse": 2}, "more than a block gives"),
    ],
)
def test_what_is_no_training_is_said(changes, what):
    with pytest.raises(OptionError, match=what):
        PretrainingConfig(**changes)


@needs_gl
def test_the_command_trains_and_says_how_well(tmp_path, capsys):
    where = ["--folder", str(tmp_path / "run"), "--labels", "objects", "--steps", "0", "--frames", "4"]
    assert main([*where, "--sizes", "32", "--shares", "1"]) == 0
    said = capsys.readouterr().out
    assert "share wrong" in said
    assert (tmp_path / "run" / "encoder" / "weights.pt").exists()
    assert main([*where, "--sizes", "32", "--shares", "1"]) == 2
    assert "--resume" in capsys.readouterr().err
