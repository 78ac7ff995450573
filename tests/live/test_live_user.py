"""A user who was recorded is a user like others; one who moves now says what it is exempt from."""

from __future__ import annotations

import copy
import socket

import gymnasium as gym
import numpy as np
import pytest

import hand_envs  # noqa: F401  registers the ids
from hand_envs.datasets.shipped import demonstrations_of
from hand_envs.errors import OptionError
from hand_envs.live.demonstrated import recordings
from hand_envs.live.pace import GLANCE, Pace
from hand_envs.live.packet import encode
from hand_envs.live.recording import Recording
from hand_envs.live.sources import Datagrams
from hand_envs.live.stream import Stream
from hand_envs.live.user import LiveUser
from hand_envs.live.worse import Worse
from hand_envs.registry import task_of

ID = "HandDoorResidual-v0"


@pytest.fixture(scope="module")
def recorded():
    return recordings(task_of("HandDoor-v0", {}), demonstrations_of("HandDoor-v0")[1:6:2])


@pytest.fixture(scope="module")
def user(recorded) -> LiveUser:
    return LiveUser(recorded, kappa="closed")


def made(user: LiveUser):
    return gym.make(ID, user=user, disable_env_checker=True).unwrapped


def played(env, sequence: int, steps: int = 10_000) -> tuple[list[np.ndarray], dict]:
    env.reset(seed=0, options={"sequence": sequence})
    return gone_on(env, steps)


def gone_on(env, steps: int) -> tuple[list[np.ndarray], dict]:
    applied, info = [], {}
    for _ in range(steps):
        *_, terminated, truncated, info = env.step(np.zeros(env.action_space.shape))
        applied.append(info["applied_action"])
        if terminated or truncated:
            break
    return applied, info


def test_doors_are_opened_by_a_hand_that_is_seen_thirty_times_a_second(recorded):
    """The demonstration in, 21 points and a wrist between, an open door out."""
    env = made(LiveUser(recorded, kappa="optimised"))
    applied, info = played(env, 0)
    assert info["success_at_end"]
    assert len(applied) == pytest.approx(230, abs=5)


def test_a_recording_does_the_same_each_time(user, recorded):
    env = made(user)
    first, again = (played(env, 1, 60)[0] for _ in range(2))
    np.testing.assert_array_equal(first, again)
    other, _ = played(made(LiveUser(recorded, kappa="closed")), 1, 60)
    np.testing.assert_array_equal(first, other)


def test_states_restore_and_copies_go_on_alike(user):
    env = made(user)
    played(env, 1, 40)
    state, twin = env.get_state(), copy.deepcopy(env)
    expected, _ = gone_on(env, 20)
    np.testing.assert_array_equal(gone_on(twin, 20)[0], expected)
    other = made(user)
    played(other, 2, 55)
    other.set_state(state)
    np.testing.assert_array_equal(gone_on(other, 20)[0], expected)


def test_many_simulations_each_have_their_own(user):
    envs = gym.make_vec(ID, num_envs=3, user=user)
    envs.reset(seed=[0, 1, 2], options={"sequence": np.array([2, 0, 1])})
    applied = np.array([envs.step(np.zeros(envs.action_space.shape))[4]["applied_action"] for _ in range(30)])
    for index, sequence in enumerate((2, 0, 1)):
        np.testing.assert_array_equal(applied[:, index], played(made(user), sequence, 30)[0])


def test_by_address_as_others_are(recorded, tmp_path):
    path = recorded[0].save(tmp_path / "poses.npz")
    env = gym.make(ID, user="hand_envs.live.user:LiveUser", input=str(path), kappa="closed").unwrapped
    np.testing.assert_array_equal(played(env, 0, 20)[0], played(made(LiveUser(recorded, kappa="closed")), 0, 20)[0])


def test_without_a_start_the_task_draws_one(recorded):
    from dataclasses import replace

    env = made(LiveUser(replace(recorded[0], start={}), kappa="closed"))
    starts = [env.reset(seed=seed)[0] for seed in (0, 1)]
    assert (starts[0] != starts[1]).any()


def test_a_stream_as_bad_as_live_is_followed_all_the_same(recorded):
    worse = Worse(lost=0.2, gaps=0.5, gap=(0.4, 0.6))(recorded[0], seed=1)
    assert len(worse) < len(recorded[0])
    assert (worse.arrivals - worse.times).min() >= 0.03
    applied, _ = played(made(LiveUser(worse, kappa="closed")), 0)
    assert np.isfinite(applied).all()
    assert np.abs(np.diff(applied, axis=0)).max() <= 0.2 + 1e-9


def test_what_does_not_fit_is_refused(user, recorded):
    with pytest.raises(OptionError, match="from 0 to 2"):
        made(user).reset(options={"sequence": 3})
    with pytest.raises(OptionError, match="moves one simulation, not 2"):
        gym.make_vec(ID, num_envs=2, user=LiveUser("udp://127.0.0.1:9"))
    with pytest.raises(OptionError, match="rate=100"):
        made(LiveUser(recorded, rate=50))
    with pytest.raises(OptionError, match="made for another task than Pen"):
        gym.make("HandPenResidual-v0", user=LiveUser(recorded))
    with pytest.raises(OptionError, match="one address"):
        LiveUser(["udp://127.0.0.1:9763", recorded[0]])
    with pytest.raises(OptionError, match="No recording"):
        LiveUser([])
    with pytest.raises(OptionError, match="seconds must be greater than 0"):
        LiveUser(seconds=0)


class Stopped:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_a_hand_that_moves_now_is_heard_at_the_pace_of_reality(recorded):
    clock = Stopped()
    user = LiveUser("udp://127.0.0.1:0", kappa="closed", seconds=0.7, pace=Pace(clock, clock.sleep))
    env = made(user)
    env.reset(seed=0)
    session = env.episode.sim.attached[user]
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    frames = list(recorded[0].frames())
    for number in range(10):
        sender.sendto(encode(frames[number]), ("127.0.0.1", session._socket.port))
        sender.sendto(b"nonsense", ("127.0.0.1", session._socket.port))
        gone_on(env, 3)
    sender.close()
    counts = user.counts(env.episode.sim)
    assert clock.now == pytest.approx(1000.30)
    assert counts["taken"] >= 9
    assert counts["refused"] >= 9
    _, info = gone_on(env, 100)
    assert not info["tracked"]
    assert clock.now == pytest.approx(1000.70), "the episode ends when it is over"
    user.close(env.episode.sim)


def test_a_frame_counts_from_when_it_came_and_not_from_the_next_step(recorded, monkeypatch):
    """Frames come in the middle of steps of 10 ms; the hand moves to each from then on."""
    clock, arrivals, frames = Stopped(), [], iter(recorded[0].frames())
    user = LiveUser("udp://127.0.0.1:0", kappa="closed", pace=Pace(clock, clock.sleep))
    env = made(user)
    env.reset(seed=0)
    port = env.episode.sim.attached[user]._socket.port
    receive = Stream.receive
    monkeypatch.setattr(Stream, "receive", lambda self, *heard: arrivals.append(heard[1]) or receive(self, *heard))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:

        def sleep(seconds: float) -> None:
            """Every third step somebody sends, 4 ms after it began."""
            before, clock.now = clock.now - 1000, clock.now + seconds
            sent = 0.03 * np.floor(before / 0.03) + 0.004
            if before < sent - 1e-9 <= clock.now - 1000:
                sender.sendto(encode(next(frames)), ("127.0.0.1", port))

        user.pace.sleep = sleep
        gone_on(env, 30)
    env.close()
    assert len(arrivals) >= 9
    np.testing.assert_allclose((np.array(arrivals) - 1000) % 0.03, 0.004, atol=GLANCE)


def test_a_kept_recording_has_a_most(recorded, monkeypatch):
    """Whatever floods in, and however long the episode: the newest frames are kept, and a recording is made of them."""
    monkeypatch.setattr("hand_envs.live.user.MOST_KEPT", 20)
    user = LiveUser(recorded[0], kappa="closed", keep=True)
    env = made(user)
    played(env, 0)
    kept, frames = user.heard(env.episode.sim), list(recorded[0].frames())
    assert len(frames) > 60
    assert [frame.sequence for frame, _ in kept] == [frame.sequence for frame in frames[-20:]]
    np.testing.assert_allclose(Recording.of(kept).points[0], frames[-20].points)
    env.reset(options={"sequence": 0})
    assert len(user.heard(env.episode.sim)) < 20, "an episode keeps its own"


@pytest.mark.parametrize("vector", [False, True])
def test_a_closed_environment_listens_no_more_at_once(recorded, vector):
    """Another one may listen at the same address, while the closed one is still there."""
    user = LiveUser("udp://127.0.0.1:0", kappa="closed")
    env = gym.make_vec(ID, num_envs=1, user=user) if vector else made(user)
    env.reset(seed=0)
    sim = env.unwrapped.episode.sim
    port = sim.attached[user]._socket.port
    with pytest.raises(OptionError, match="Nothing can be heard"):
        Datagrams(port=port)
    env.close()
    Datagrams(port=port).close()
    assert user.counts(sim)["refused"] == 0
    if not vector:  # which steps on when closed; Gymnasium's does not
        assert not gone_on(env, 2)[1]["tracked"]
        assert user.counts(sim)["refused"] == 0
        env.reset(seed=0)
        assert sim.attached[user]._socket.port > 0, "an environment that begins anew listens again"
        env.close()


def test_pace():
    clock = Stopped()
    pace = Pace(clock, clock.sleep)
    pace.begin(0.0)
    assert pace.wait(0.01) == pytest.approx(0.01)
    clock.now += 0.03
    assert pace.wait(0.02) == pytest.approx(0.04), "a little late: what follows makes up for it"
    assert pace.wait(0.05) == pytest.approx(0.05)
    clock.now += 2
    assert pace.wait(0.06) == pytest.approx(0.06), "much too late: let go"
    assert pace.late == 1
    assert pace.wait(0.07) == pytest.approx(0.07)
    looks = []
    pace.wait(0.08, lambda: looks.append(pace.now()))
    np.testing.assert_allclose(np.diff([0.07, *looks]), GLANCE, atol=1e-9)
    assert looks[-1] == pytest.approx(0.08)
