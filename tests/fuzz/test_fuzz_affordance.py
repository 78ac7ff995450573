"""Labels of grasps and stored priors, damaged at random: they are read, or refused with the name of the file."""

from __future__ import annotations

import pickle
from collections import Counter

import numpy as np
import pytest
from hostile_values import hostile
from mutants import damaged, outcome, tell, within

pytest.importorskip("torch", reason="agents need the extra: pip install 'hand-envs[agents]'")

from agents.cem.affordance.labels import Label, read_label, write_label


def label(rng: np.random.Generator) -> Label:
    image = rng.integers(0, 255, (24, 32, 3)).astype(np.uint8)
    contact = rng.uniform(5, 20, (rng.integers(1, 6), 2))
    return Label(image, np.array([4.0, 4.0, 20.0, 18.0]), "pick up the cup", contact, rng.normal(0, 1, 48))


def sound(read: Label | None) -> None:
    """What is read can be learned from."""
    if read is not None:
        assert read.image.dtype == np.uint8
        assert read.image.ndim == 3
        assert np.isfinite(read.contact).all()
        assert 1 <= len(read.contact) <= 5
        assert read.contact.shape[1] == 2
        assert read.hand.shape == (48,)
        assert np.isfinite(read.hand).all()
        assert (read.box[2:] - read.box[:2] >= 1).all()


def test_labels_of_damaged_bytes(tmp_path, deep):
    rng = np.random.default_rng(18)
    file, counts = tmp_path / "label.pkl", Counter[str]()
    write_label(file, label(rng))
    content = file.read_bytes()
    for _ in range(60 * deep):
        file.write_bytes(damaged(content, rng))
        with within(megabytes=64):
            counts[outcome(lambda: sound(read_label(file)), file)] += 1
    assert counts["refused"]
    tell("labels of grasps, damaged", counts)


def test_labels_of_hostile_values(tmp_path, deep):
    rng = np.random.default_rng(19)
    file, counts = tmp_path / "label.pkl", Counter[str]()
    for _ in range(100 * deep):
        write_label(file, label(rng))
        data = pickle.loads(file.read_bytes())
        places = [(data, name) for name in data if name != "H"]
        places += [(data["contact_object_det"], "bbox"), (data["contact_grasp"][0]["right_hand"], "pred_hand_pose")]
        part, name = places[rng.integers(len(places))]
        part[name] = hostile(rng, np.shape(part[name]))
        try:
            file.write_bytes(pickle.dumps(data))
        except Exception:  # what cannot be pickled is no file
            continue
        with within(megabytes=64):
            counts[outcome(lambda: sound(read_label(file)), file)] += 1
    assert counts["refused"]
    tell("labels of grasps, hostile", counts)
