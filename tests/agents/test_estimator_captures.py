"""What an estimator makes of F-PHAB's pictures is kept beside what was annotated; trainings keep to its splits."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="agents need the extra: pip install 'hand-envs[agents]'")
from captures.made import made

from agents.estimator.captures import Command, errors, main
from agents.estimator.config import EstimatorConfig
from agents.estimator.sources import Folder, opened
from hand_envs.captures import read_captures, write_fphab
from hand_envs.errors import DatasetError, OptionError
from hand_envs.images import write_pictures

ACTION = "pour_juice_bottle"
SHIFT = np.array([0.0, 0.0, 0.012])


class Shifted:
    """Says that every joint is 12 mm behind the middle of the crop, and how near the picture's middle is."""

    side = 0.2

    def __call__(self, depth, centres):
        return np.repeat((centres + SHIFT)[:, None], 21, axis=1), depth[:, 64, 64, None] * np.array([1.0, 2.0])


class Deaf(Shifted):
    """Has no features."""

    def __call__(self, depth, centres):
        return super().__call__(depth, centres)[0], np.zeros((len(depth), 0))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Sequences whose depth is 400 mm in the first frame, 401 in the next."""
    folder = tmp_path_factory.mktemp("fphab")
    captures = made()
    write_fphab(folder, captures)
    for capture in captures:
        write_pictures(folder, capture.name, (np.full((480, 640), 400 + k, np.uint16) for k in range(len(capture))))
    return folder


def run(folder, out, **more):
    assert main(Command(folder, ACTION, out, f"{__name__}:{more.pop('who', 'Shifted')}", **more)) == 0
    return read_captures(out)


def test_estimates_and_features_are_of_the_frames_pictures(folder, tmp_path, capsys):
    captures = run(folder, tmp_path / "x.npz", centring=0.0)
    assert {each.name for each in captures} == {each.name for each in made()}
    for capture in captures:
        expected = np.repeat(capture.points["gt"][:, [9]] + SHIFT, 21, axis=1)
        np.testing.assert_allclose(capture.points["est"], expected, atol=1e-4)
        near = (0.4 + 0.001 * np.arange(len(capture)) - capture.points["gt"][:, 9, 2]) / (Shifted.side / 2)
        np.testing.assert_allclose(capture.features, near[:, None] * [1.0, 2.0], atol=0.01)
        assert capture.objects is not None
    knuckle = errors(captures)["test"][:, 9]
    np.testing.assert_allclose(knuckle, 0.012, atol=1e-4)
    said = captures.notes["estimator_error_mm"]
    assert said.keys() == {"train", "validation", "test", "others"}
    assert said["train"] == pytest.approx(1e3 * errors(captures)["train"].mean(), abs=0.1)
    printed = capsys.readouterr().out
    assert "synthetic" in printed
    assert f"{said['others']:.2f}" in printed


def test_crops_are_off_the_knuckle_by_what_was_asked_for(folder, tmp_path):
    captures = run(folder, tmp_path / "x.npz", centring=0.02, seed=5)
    off = np.concatenate([each.points["est"][:, 0] - SHIFT - each.points["gt"][:, 9] for each in captures])
    assert off.std() == pytest.approx(0.02, rel=0.35)
    again = run(folder, tmp_path / "y.npz", centring=0.02, seed=5)
    np.testing.assert_array_equal(again[0].points["est"], captures[0].points["est"])
    other = run(folder, tmp_path / "z.npz", centring=0.02, seed=6)
    assert not np.allclose(other[0].points["est"], captures[0].points["est"])


def test_an_estimator_without_features_leaves_none(folder, tmp_path):
    assert run(folder, tmp_path / "x.npz", who="Deaf")[0].features is None


def test_what_cannot_be_done_is_said_before_the_work(folder, tmp_path):
    with pytest.raises(OptionError, match=r"\.npz"):
        run(folder, tmp_path / "x.txt")
    with pytest.raises(OptionError, match="centring"):
        run(folder, tmp_path / "x.npz", centring=3.0)
    with pytest.raises(DatasetError, match=r"made\.json|data_split"):
        run(tmp_path, tmp_path / "x.npz")
    assert not list(tmp_path.glob("*.npz"))


def test_trainings_keep_to_the_splits_of_sequences(folder):
    source = Folder(EstimatorConfig(data=str(folder)))
    expected = {"train": 11, "validation": 3, "test": 4}
    assert {split: len(numbers) for split, numbers in source.numbers.items()} == expected
    trained = {source.frames[int(number)].name for number in source.numbers["train"]}
    assert {name.split("/")[3] for name in trained} == {"2"}


def test_made_images_are_mixed_into_training_alone(folder, monkeypatch):
    asked = []

    class Fake:
        def __init__(self, config):
            self.folder = Folder(config)

        def block(self, number, count, split):
            asked.append((count, split))
            return self.folder.block(number, count, split)

    monkeypatch.setattr("agents.estimator.sources.Made", Fake)
    source = opened(EstimatorConfig(data=str(folder), made_share=0.25))
    assert len(source.block(0, 8, "train")) == 8
    assert len(source.block(0, 3, "validation")) == 3
    assert asked == [(2, "train")]
    with pytest.raises(OptionError, match="made_share"):
        EstimatorConfig(made_share=0.5)
