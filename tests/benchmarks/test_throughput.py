"""The benchmark measures what it says, and its numbers are ratios of one run."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace

import pytest

from benchmarks import throughput
from benchmarks.contestants import Contestant, contestants, memory_per_simulation
from benchmarks.throughput import Options, Result, Target


def test_a_short_run_of_everything(tmp_path, capsys):
    options = Options(envs=("HandPen-v0",), sizes=(2,), rounds=1, seconds=0.01, async_envs=(2,), out=tmp_path)
    throughput.main(options)
    (result,) = json.loads((tmp_path / "results.json").read_text())["results"]
    names = set(result["speeds"])
    assert {"bare mj_step", "HandEnv", "gymnasium-robotics", "bare batch(2)", "HandVectorEnv(2)"} <= names
    assert {f"{kind}(2) of robotics" for kind in ("SyncVectorEnv", "AsyncVectorEnv")} <= names
    assert all(speed > 0 for speeds in result["speeds"].values() for speed in speeds)
    assert (tmp_path / "results.png").read_bytes()[:4] == b"\x89PNG"
    printed = capsys.readouterr().out
    assert "HandVectorEnv(2)" in printed
    if "envpool" not in sys.modules:
        assert "EnvPool is not installed" in printed


def test_ratios_are_medians_over_rounds_of_the_same_round():
    result = Result("x", {"a": [2.0, 30.0, 8.0], "b": [1.0, 10.0, 1.0]}, 0.0)
    assert result.ratio("a", "b") == 3.0


def test_targets_are_judged(monkeypatch):
    monkeypatch.setattr(
        throughput, "TARGETS", (Target("a", "b", 2.0), Target("a", "absent", 1.0), Target("b", "a", 1.0))
    )
    result = Result("x", {"a": [2.0], "b": [1.0]}, 0.0)
    result.judge()
    assert [(each["ratio"], each["met"]) for each in result.targets] == [(2.0, True), (0.5, False)]


def test_a_turn_counts_all_steps_taken(monkeypatch):
    """By a clock that says 0, 1, 2, 3 s: two rounds of five steps are begun within 2.5 s, and 3 s have gone."""
    clock = SimpleNamespace(perf_counter=iter(range(9)).__next__)
    monkeypatch.setattr(throughput, "time", clock)
    assert throughput._turn(Contestant("x", lambda: 5, lambda: None), 2.5) == pytest.approx(10 / 3)


def test_contestants_take_as_many_steps_as_they_say():
    """`HandVectorEnv` counts control steps of all its simulations; its clock agrees."""
    racers = {racer.name: racer for racer in contestants("HandDoor-v0", (4,), 1, ())}
    assert racers["bare batch(4)"].take() == racers["HandVectorEnv(4)"].take() == 1024
    assert racers["bare mj_step"].take() == racers["HandEnv"].take() == racers["gym.make"].take() == 200


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")
def test_a_simulation_costs_little_memory():
    assert 1 < memory_per_simulation("HandDoor-v0") < 1000
