"""Captures in a file: what was written is read, small, and what is damaged is refused by name."""

import json
from dataclasses import replace

import numpy as np
import pytest
from captures.made import capture, made

from hand_envs.captures import Captures
from hand_envs.captures.files import read_captures, write_captures
from hand_envs.errors import DatasetError


def full() -> Captures:
    """With estimates, features, and one capture without an object."""
    random = np.random.default_rng(0)
    whole = []
    for each in made():
        estimate = each.points["gt"] + random.normal(0, 0.01, each.points["gt"].shape)
        features = np.maximum(random.normal(0, 3, (len(each), 16)), 0.0)
        features[:, 3] = 7.25
        whole.append(replace(each, points={**each.points, "est": estimate}, features=features, rate=25.0))
    whole[1] = replace(whole[1], objects=None)
    return Captures("pour_juice_bottle", tuple(whole), {"synthetic": True, "error_mm": 14.5})


def test_round_trip(tmp_path):
    before = full()
    after = read_captures(write_captures(before, tmp_path / "pour.npz"))
    assert (after.action, after.notes) == (before.action, before.notes)
    assert len(after) == len(before)
    ranges = np.ptp(np.concatenate([each.features for each in before]), axis=0)
    for old, new in zip(before, after, strict=True):
        assert (new.name, new.subject, new.split, new.rate) == (old.name, old.subject, old.split, old.rate)
        np.testing.assert_array_equal(new.down, old.down)
        for kind in ("gt", "est"):
            np.testing.assert_allclose(new.points[kind], old.points[kind], atol=2.5001e-5)
        assert (np.abs(new.features - old.features) <= ranges / 510 + 1e-5).all()
        np.testing.assert_array_equal(new.features[:, 3], 7.25)
        if old.objects is not None:
            np.testing.assert_allclose(new.objects, old.objects, atol=1e-7)
    assert after[1].objects is None


def test_what_was_read_is_written_alike(tmp_path):
    once = read_captures(write_captures(full(), tmp_path / "a.npz"))
    twice = read_captures(write_captures(once, tmp_path / "b.npz"))
    for old, new in zip(once, twice, strict=True):
        np.testing.assert_array_equal(new.points["est"], old.points["est"])
        np.testing.assert_allclose(new.features, old.features, atol=1e-5)


def test_fifty_captures_with_features_are_some_megabytes(tmp_path):
    random = np.random.default_rng(0)
    features = np.maximum(random.normal(-1, 1, (100, 1024)), 0.0)  # a sixth is not zero, as after a ReLU
    one = replace(capture(1, 2, "train", 100), features=features)
    path = write_captures(Captures("pour_juice_bottle", (one,) * 50), tmp_path / "many.npz")
    assert path.stat().st_size < 3.5e6


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda all_: (all_[0], replace(all_[1], points={"gt": all_[1].points["gt"]})), "same kinds"),
        (lambda all_: (all_[0], replace(all_[1], features=None)), "or none has"),
        (lambda all_: tuple(replace(each, features=1e300 * each.features) for each in all_), "too large"),
        (lambda all_: (replace(all_[0], points={k: v + 9 for k, v in all_[0].points.items()}),), r"1\.64 m"),
    ],
)
def test_what_cannot_be_written_is_refused_and_leaves_nothing(tmp_path, change, message):
    with pytest.raises(DatasetError, match=message):
        write_captures(Captures("pour_juice_bottle", change(full())), tmp_path / "pour.npz")
    assert not list(tmp_path.iterdir())


def test_the_suffix_is_asked_for(tmp_path):
    with pytest.raises(DatasetError, match=r"\.npz"):
        write_captures(full(), tmp_path / "pour.h5")


def rewritten(path, parts=None, about=None, first=None):
    """Change arrays, what is said of all captures, and of the first."""
    with np.load(path) as archive:
        arrays = {**archive, **(parts or {})}
    said = json.loads(arrays["about"].tobytes())
    said["captures"][0].update(first or {})
    said.update(about or {})
    arrays["about"] = np.frombuffer(json.dumps(said).encode(), np.uint8)
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"first": {"frames": 5}}, "rows, and there are"),
        ({"first": {"frames": -1}}, "at least one frame"),
        ({"first": {"frames": 10**7}}, "more than the"),
        ({"about": {"notes": {"long": "x" * 2**24}}}, "text has"),
        ({"first": {"split": "tset"}}, "did you mean 'test'"),
        ({"first": {"name": "\x1b[2J"}}, "line of text"),
        ({"first": {"down": [0, 0, 2]}}, "direction of length 1"),
        ({"about": {"captures": []}}, "there are 0 frames"),
        ({"about": {"captures": {}}}, "no list"),
        ({"parts": {"gt": np.zeros((22, 21, 3))}}, "int16"),
        ({"parts": {"objects": np.zeros((17, 3, 4))}}, "float32"),
        ({"parts": {"objects": np.zeros((17, 3, 4), np.float32)}}, "not rigid"),
        ({"parts": {"step": np.zeros(16)}}, "float32"),
        ({"parts": {"step": np.full(16, np.nan, np.float32)}}, "not finite"),
        ({"parts": {"features": np.zeros((22, 15), np.uint8)}}, "width"),
        ({"parts": {"gt": None, "est": None}}, "same number"),
    ],
)
def test_what_is_wrong_in_a_file_is_said(tmp_path, changes, message):
    path = write_captures(full(), tmp_path / "pour.npz")
    rewritten(path, **changes)
    with pytest.raises(DatasetError, match=message) as error:
        read_captures(path)
    assert str(path) in str(error.value)
