"""`hand-envs hand`, with an emulated hand on the desk."""

from __future__ import annotations

import json

import pytest

from hand_envs.cli import main


def fails(capsys, *arguments: str) -> str:
    with pytest.raises(SystemExit) as stopped:
        main(["hand", *arguments])
    assert stopped.value.code == 2
    return capsys.readouterr().err


def test_a_look_at_every_motor(capsys):
    main(["hand", "doctor", "--port", "emulated", "--json"])
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == 12
    assert {row["problems"] for row in rows} == {"none"}
    main(["hand", "doctor", "--port", "emulated", "--hand", "leap"])
    shown = capsys.readouterr().out
    assert "thumb_dip" in shown
    assert "All are heard in" in shown


def test_calibrated_brought_home_moved_recorded_and_played_again(capsys, tmp_path):
    kept, wire, again = tmp_path / "hand.json", tmp_path / "wire.jsonl", tmp_path / "again.jsonl"
    at = ("--port", "emulated", "--name", "desk")
    main(["hand", "calibrate", *at, "--path", str(kept)])
    assert "already" in fails(capsys, "calibrate", *at, "--path", str(kept))
    with_it = (*at, "--calibration", str(kept))
    main(["hand", "home", *with_it])
    main(["hand", "move", "index_curl=0.5", *with_it])
    row = next(line for line in capsys.readouterr().out.splitlines()[::-1] if line.startswith("index_curl"))
    assert float(row.split()[1]) == pytest.approx(0.5, abs=0.1)
    main(["hand", "record", str(wire), *with_it, "--seconds", "1"])
    main(["hand", "record", str(again), *with_it, "--play", str(wire)])
    one, other = ([json.loads(line) for line in path.read_text().splitlines()][1:] for path in (wire, again))
    assert len(one) == len(other) == 20
    assert [step["sent"] for step in one] == [step["sent"] for step in other]
    assert "another name" in fails(capsys, "record", str(wire), *with_it)


def test_what_is_refused(capsys, tmp_path):
    assert "did you mean 'index_curl'" in fails(capsys, "move", "index_curly=0.5", "--port", "emulated")
    assert "number of rad" in fails(capsys, "move", "index_curl=nan", "--port", "emulated")
    assert "not calibrated" in fails(
        capsys, "home", "--port", "/dev/nowhere", "--calibration", str(tmp_path / "none.json")
    )
    assert fails(capsys, "doctor", "--port", "/dev/nowhere").startswith("error: ")
