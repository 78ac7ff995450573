"""What a live stream is counted by."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import live
from hand_envs.live.playing import Report


@pytest.fixture
def one(monkeypatch):
    """One demonstration of each task."""
    monkeypatch.setattr(live, "TEST", slice(1, 2))


def test_a_demonstration_is_counted(one, tmp_path):
    counted = live.count("HandDoor-v0", "closed", None, 1, tmp_path, 1)
    assert counted["episodes"] == 1
    assert counted["frames"] == {"heard": 69, "taken": 69}
    assert counted["successes"] in (0, 1)


def test_each_seed_is_another_stream(one, tmp_path, monkeypatch):
    played = []

    def note(env, user, act, seed, options):
        played.append(user.recordings[options["sequence"]])
        return Report()

    monkeypatch.setattr("hand_envs.live.playing.play", note)
    worse = {"late": (0.03, 0.06), "lost": 0.2}
    assert live.count("HandPen-v0", "closed", worse, 3, tmp_path, 1)["episodes"] == 3
    assert len({len(each) for each in played} | {float(each.arrivals[5]) for each in played}) >= 4
    for each in played:
        assert (each.arrivals - each.times >= 0.03).all()


def test_cells_are_of_what_ships():
    cells = live.cells(live.Command())
    assert len({cell.name for cell in cells}) == len(cells) == 28
    agents = [cell for cell in cells if "agent" in cell.options]
    assert all(cell.options["files"] for cell in agents)
    assert len(agents) == 16


def test_tables():
    results = {
        "door/live/alone": {"successes": 20, "episodes": 26},
        "pen/latency": {"delays": list(np.linspace(0.0, 0.02, 101))},
    }
    table = live.successes(results)
    assert table.rows["door, user alone"]["as bad as live"].ours == pytest.approx(20 / 26)
    delays = live.delays(results).rows["pen"]
    assert (delays["p50"].ours, delays["p99"].ours) == (pytest.approx(10.0), pytest.approx(19.8))
