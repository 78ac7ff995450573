"""Calibrations and recordings, damaged: refused by name, or as they were."""

from __future__ import annotations

import hashlib
import json
from collections import Counter

import numpy as np
import pytest
from fuzz.hostile_values import OBJECTS
from fuzz.mutants import damaged, tell
from hardware.bench import HAND, Bench, wave

from hand_envs.errors import CalibrationError, DatasetError
from hand_envs.hardware.calibration import Calibration
from hand_envs.hardware.recorder import Recorder, recorded

MUTANTS = 300


def test_damaged_calibrations(deep, tmp_path):
    random, counts = np.random.default_rng(0), Counter()
    made, path = Calibration.nominal(HAND, "desk"), tmp_path / "hand.json"
    whole = made.write(path).read_bytes()
    for _ in range(MUTANTS * deep):
        path.write_bytes(damaged(whole, random, whole))
        try:
            found = Calibration.read(path, HAND)
        except CalibrationError:
            counts["refused"] += 1
        else:
            assert found == made, "the checksum is that of what is read"
            counts["whole"] += 1
    tell("calibrations", counts)
    assert counts["refused"] > 0.5 * MUTANTS * deep


def test_calibrations_whose_checksum_is_right_but_which_cannot_be(tmp_path):
    path = tmp_path / "hand.json"
    whole = json.loads(Calibration.nominal(HAND, "desk").write(path).read_text())
    del whole["checksum"]
    for key in ("id", "drive_mode", "homing_offset", "range_max"):
        for thing in (*OBJECTS, -5000, 5000, 10**9):
            content = json.loads(json.dumps(whole))
            row = content["motors"]["index_curl"]
            if type(thing) is int and thing == row[key]:
                continue
            row[key] = thing
            try:
                text = json.dumps(content, sort_keys=True)
            except (TypeError, ValueError):
                continue
            path.write_text(json.dumps({**content, "checksum": hashlib.sha256(text.encode()).hexdigest()}))
            with pytest.raises(CalibrationError):
                Calibration.read(path, HAND)


def test_damaged_recordings(deep, tmp_path):
    random, counts = np.random.default_rng(1), Counter()
    bench, path = Bench(), tmp_path / "wire.jsonl"
    bench.driver.connect()
    recorder = Recorder(path, bench.driver)
    for number in range(3):
        row = bench.driver.limits.targets(wave(number))
        recorder.step(row, bench.driver.step(row).sent)
    whole = path.read_bytes()
    for _ in range(MUTANTS * deep):
        path.write_bytes(damaged(whole, random, whole))
        try:
            session, steps = recorded(path)
        except DatasetError:
            counts["refused"] += 1
            continue
        for step in steps:
            assert np.isfinite(step["wanted"]).all()
            assert len(step["sent"]) == len(session["names"])
        counts["read"] += 1
    tell("recordings", counts)
    assert counts["refused"] > 0
