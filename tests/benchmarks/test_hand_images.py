"""The benchmark of hand images measures what it says."""

from __future__ import annotations

import json

from conftest import needs_gl

from benchmarks.hand_images import BARE, TO_REACH, Options, contestants, main


@needs_gl
def test_every_contestant_draws_and_is_told(tmp_path, capsys):
    options = Options(rounds=1, seconds=0.02, size=32, batch=4, out=tmp_path / "a" / "b")
    assert all(turn() % 4 == 0 for turn in contestants(options).values())
    main(options)
    speeds = json.loads((tmp_path / "a" / "b" / "results.json").read_text())["speeds"]
    assert speeds[BARE]["ratio"] == 1
    assert all(speed["a_second"] > 0 for speed in speeds.values())
    assert TO_REACH[0] in speeds
    assert "reached 800" in capsys.readouterr().out
