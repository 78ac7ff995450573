"""`hand-envs play`: a hand at work in real time, and how that is told."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from conftest import ROOT, needs_gl

from hand_envs.cli.main import main
from hand_envs.datasets.shipped import demonstrations_of
from hand_envs.live.demonstrated import recordings
from hand_envs.live.pace import Pace
from hand_envs.live.packet import encode
from hand_envs.live.playing import Report, make, play
from hand_envs.live.policy import Policy
from hand_envs.live.recording import Recording
from hand_envs.live.user import LiveUser
from hand_envs.live.worse import chosen
from hand_envs.poses.retargeting import Closed, Learned
from hand_envs.registry import task_of

ID = "HandDoorResidual-v0"


@pytest.fixture(scope="module")
def recorded() -> Recording:
    return recordings(task_of("HandDoor-v0", {}), demonstrations_of("HandDoor-v0")[1:2])[0]


class Clock:
    """Time that passes by sleeping, and a little with each look at it."""

    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        self.now += 1e-4
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch) -> Clock:
    """Reality for everybody."""
    clock = Clock()
    monkeypatch.setattr(Pace.__init__, "__defaults__", (clock, clock.sleep))
    monkeypatch.setattr("hand_envs.live.playing.time.sleep", clock.sleep)
    return clock


def test_a_recording_is_played_at_the_pace_of_reality(recorded, tmp_path, clock, capsys):
    path = recorded.save(tmp_path / "poses.npz")
    main(["play", ID, "--input", str(path), "--kappa", "closed", "--keep", str(tmp_path / "again.npz")])
    said = capsys.readouterr().out
    assert clock.now - 50 == pytest.approx(recorded.duration, abs=0.05)
    assert "frames: 69 taken; dropped: none" in said
    assert "227 steps, 0 of them too late" in said
    again = Recording.load(tmp_path / "again.npz")
    np.testing.assert_allclose(again.times, recorded.times - recorded.times[0], atol=1e-9)
    np.testing.assert_allclose(again.points, recorded.points)


@pytest.mark.parametrize("kappa", ["learned", "closed", "mine.npz"])
def test_kappas_are_chosen_by_name_or_file(kappa, recorded, tmp_path, clock, monkeypatch):
    """The learned one is the suite's for the task; a file is a network of one's own."""
    monkeypatch.chdir(tmp_path)
    path = chosen(recorded, slice(0, 3)).save(tmp_path / "poses.npz")
    shutil.copy(ROOT / "assets" / "kappa" / "relocate.npz", "mine.npz")
    used = []
    monkeypatch.setattr("hand_envs.cli.play.played", lambda env, user, *_: used.append((env, user)) or Report())
    main(["play", ID, "--input", str(path), "--kappa", kappa])
    (env, user), *_ = used
    found = env.episode.sim.attached[user].rig.kappa
    assert type(found) is (Closed if kappa == "closed" else Learned)
    if kappa != "closed":
        with np.load(ROOT / "assets" / "kappa" / ("door.npz" if kappa == "learned" else "relocate.npz")) as file:
            np.testing.assert_array_equal(found.layers[0][0], file["weight0"])


def test_latency_is_from_the_capture_to_the_action(recorded, clock):
    """Frames come at once, and wait for the next of the steps: 0 to 10 ms."""
    user = LiveUser(recorded, kappa="closed", pace=Pace())
    report = play(make(ID, user, None), user, None, seed=0)
    assert 60 <= len(report.delays) <= 69
    assert 0 <= min(report.delays) < 0.004
    assert 0.006 < max(report.delays) < 0.012
    assert "p50" in report.latency()


def test_a_hand_that_moves_now(recorded, clock, monkeypatch):
    """The episode waits for the hand; what is no hand is counted; Ctrl+C ends it."""
    import socket

    user = LiveUser("udp://127.0.0.1:0", kappa="closed", pace=Pace())
    env = make(ID, user, None)
    sender, frames, begun = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), list(recorded.frames()), []

    def send(step: int) -> None:
        port = env.episode.sim.attached[user]._socket.port
        if step % 3 == 0:
            sender.sendto(encode(frames[step // 3]), ("127.0.0.1", port))
            sender.sendto(b"HAND" + bytes(304), ("127.0.0.1", port))

    def late_to_come(seconds: float) -> None:
        clock.sleep(seconds)
        begun.append(clock.now)
        if len(begun) == 30:
            send(0)

    monkeypatch.setattr("hand_envs.live.playing.time.sleep", late_to_come)

    def watch(step: int) -> None:
        send(step)
        if step == 60:
            raise KeyboardInterrupt

    report = play(env, user, None, 0, watch)
    user.close(env.episode.sim)
    sender.close()
    assert len(begun) == 30
    assert (report.steps, report.stopped) == (60, True)
    assert report.counts["refused"] >= 19
    assert report.counts["taken"] >= 19
    assert report.lines()[0].startswith("stopped")


@needs_gl
def test_with_an_agent_and_a_video(recorded, tmp_path, clock, capsys):
    torch_free = tmp_path / "agent"
    shutil.copytree(ROOT / "assets" / "agents" / "door", torch_free)
    path = chosen(recorded, slice(0, 6)).save(tmp_path / "poses.npz")
    given = ["play", ID, "--input", str(path), "--agent", str(torch_free)]
    with pytest.raises(SystemExit):
        main(given)
    assert "python -m agents.common.export" in capsys.readouterr().err
    policy = {"mean": np.zeros(67), "variance": np.ones(67), "weight0": np.zeros((28, 67)), "bias0": np.zeros(28)}
    bounds = {"low": -np.ones(28), "high": np.ones(28), "actuators": np.arange(28), "width": np.array(28)}
    np.savez(torch_free / "policy.npz", **policy, **bounds, limit=np.array(0.1))
    main([*given, "--record", str(tmp_path / "play.gif"), "--width", "64", "--height", "48"])
    assert "success at the end: no" in capsys.readouterr().out
    assert (tmp_path / "play.gif").read_bytes()[:3] == b"GIF"
    user = LiveUser(path)
    assert make(ID, user, Policy.load(torch_free)).task.limit == 0.1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["HandDoor-v0"], "No user acts in this environment: got 'HandDoor-v0'; did you mean 'HandDoorResidual-v0'"),
        ([ID, "--input", "nowhere.npz"], "There is no file nowhere.npz"),
        ([ID, "--input", "udp://0.0.0.0:9763"], "--open"),
        ([ID, "--input", "udp://localhost"], "Expected a recording such as poses.npz or an address"),
        ([ID, "--agent", "nowhere"], "there is no such folder"),
        ([ID, "--kappa", "best"], "No such kappa: got 'best'"),
        ([ID, "--kappa", "nowhere.npz"], "There is no file nowhere.npz"),
        ([ID, "--episodes", "0"], "--episodes must be at least 1"),
        (["Nothing-v0"], "Nothing"),
    ],
)
def test_what_cannot_be_played_is_told_in_a_line(arguments, said, capsys):
    with pytest.raises(SystemExit):
        main(["play", *arguments])
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error


def test_a_report_of_nothing():
    assert Report(stopped=True).lines()[2] == "latency: no frame was taken"
