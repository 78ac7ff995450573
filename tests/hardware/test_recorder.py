"""Recordings of a wire."""

from __future__ import annotations

import numpy as np
import pytest
from hardware.bench import HAND, Bench, wave

from hand_envs.errors import DatasetError
from hand_envs.hardware.recorder import Recorder, recorded


def test_what_was_asked_sent_and_measured(tmp_path):
    bench, path = Bench(), tmp_path / "wire.jsonl"
    bench.driver.connect()
    recorder = Recorder(path, bench.driver)
    wanted = [bench.driver.limits.targets(wave(number, size=1.0)) for number in range(10)]
    sent = []
    for row in wanted:
        sent.append(bench.driver.step(row).sent)
        recorder.step(row, sent[-1])
    assert path.read_text().count("\n") == 11, "nothing is held back, whoever is killed now"
    session, steps = recorded(path)
    assert session["calibration"] == bench.driver.calibration.checksum
    assert session["firmware"] == [52] * len(HAND.motors)
    assert np.allclose([step["wanted"] for step in steps], wanted)
    assert np.allclose([step["sent"] for step in steps], sent)
    assert np.allclose(np.diff([step["time"] for step in steps]), session["period"], atol=1e-3)
    recorder.close()


def test_a_line_that_a_kill_has_cut_is_left_out(tmp_path):
    bench, path = Bench(), tmp_path / "wire.jsonl"
    bench.driver.connect()
    recorder = Recorder(path, bench.driver)
    for number in range(3):
        row = bench.driver.limits.targets(wave(number))
        recorder.step(row, bench.driver.step(row).sent)
    path.write_bytes(path.read_bytes()[:-40])
    assert len(recorded(path)[1]) == 2
    with pytest.raises(DatasetError, match="another name"):
        Recorder(path, bench.driver)
