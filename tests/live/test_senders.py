"""The senders in docs/examples, with fakes for their devices: what they send is the hand that was seen."""

from __future__ import annotations

import json
import runpy
import sys
import threading
import urllib.error
import urllib.request
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import ROOT

from hand_envs.live.packet import decode, encode
from hand_envs.live.recording import recording
from hand_envs.live.sending import FACING, Y_UP, frame_of
from hand_envs.live.sources import Datagrams
from hand_envs.live.stream import Stream
from hand_envs.live.turning import quaternion, rotation
from hand_envs.poses.conventions import from_canonical
from hand_envs.poses.frames import REST, aligned, mirrored, palm_frame

TURN = rotation(np.array([0.5, 0.5, -0.5, 0.5])) @ rotation(np.array([np.cos(0.2), np.sin(0.2), 0, 0]))
PLACE = np.array([0.3, -0.2, 1.1])
WORLD = REST @ TURN.T + PLACE
"""A right hand somewhere in a world with z up."""


def example(name: str) -> SimpleNamespace:
    sys.modules.pop(name, None)
    return SimpleNamespace(**runpy.run_path(str(ROOT / "docs" / "examples" / f"{name}.py")))


def expect_the_hand(frame, atol: float = 1e-6) -> None:
    """The packet of a frame says where the hand is that `WORLD` is, in shape and in space."""
    read = decode(encode(frame))
    assert Stream().receive(read, 0.0) == "taken"
    hand = read.canonical()
    np.testing.assert_allclose(aligned(hand.points), aligned(REST), atol=atol)
    np.testing.assert_allclose(hand.wrist[:3], WORLD[0], atol=atol)
    np.testing.assert_allclose(rotation(hand.wrist[3:]), palm_frame(WORLD), atol=atol)


def test_points_in_a_world_tell_the_wrist():
    expect_the_hand(frame_of(WORLD, 0))


def test_a_left_hand_s_mirror_image_is_the_right_one():
    expect_the_hand(frame_of(mirrored(WORLD), 0, "left"))


@pytest.mark.parametrize("axes", [Y_UP, FACING])
def test_axes_are_turned_and_not_mirrored(axes):
    np.testing.assert_allclose(axes @ axes.T, np.eye(3))
    assert np.linalg.det(axes) == pytest.approx(1)


def test_up_and_forward():
    np.testing.assert_array_equal(Y_UP @ [0, 1, 0], [0, 0, 1])
    np.testing.assert_array_equal(Y_UP @ [0, 0, -1], [1, 0, 0])
    np.testing.assert_array_equal(FACING @ [0, -1, 0], [0, 0, 1])
    np.testing.assert_array_equal(FACING @ [0, 0, -1], [1, 0, 0]), "towards the camera is forwards"


def test_visionpro():
    joints = from_canonical(REST, "visionpro")
    wrist, fingers = np.eye(4), np.tile(np.eye(4), (25, 1, 1))
    wrist[:3, :3], wrist[:3, 3] = TURN, PLACE
    fingers[:, :3, 3] = joints
    latest = {"right_wrist": wrist[None], "right_fingers": fingers}
    expect_the_hand(example("send_visionpro").frame_from(latest, 3, "right", 5.0))


def posted(**changes) -> bytes:
    joints = (from_canonical(WORLD, "webxr") @ Y_UP).ravel().tolist()
    return json.dumps(
        {"side": "right", "sequence": 3, "time": 5000, "tracked": True, "joints": joints, **changes}
    ).encode()


def test_webxr():
    frame_from = example("send_webxr").frame_from
    frame = frame_from(posted(), "right")
    expect_the_hand(frame)
    assert (frame.time, frame.sequence) == (5.0, 3)
    assert not frame_from(posted(tracked=False, joints=None), "right").tracked


@pytest.mark.parametrize(
    "content",
    [
        posted(side="left"), posted(joints=[1.0] * 74), posted(joints=[float("nan")] * 75), posted(joints={}),
        posted(sequence=float("inf")), b"[]", b"nonsense", b"[" * 5000, posted(time=None),
    ],
)  # fmt: skip
def test_what_another_page_posts_is_no_hand(content):
    assert example("send_webxr").frame_from(content, "right") is None


def test_the_page_s_posts_are_relayed():
    module, frames = example("send_webxr"), []
    with module.server(module.Options(port=0), frames.append) as serving:
        thread = threading.Thread(target=serving.serve_forever, daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{serving.server_address[1]}/"
        assert b"getJointPose" in urllib.request.urlopen(address, timeout=5).read()
        kind = {"Content-Type": "application/json"}
        urllib.request.urlopen(urllib.request.Request(address, posted(), kind), timeout=5)
        text, rebound = {"Content-Type": "text/plain"}, {**kind, "Host": "evil.example"}
        for content, headers in ((posted(), text), (posted(), rebound), (b"0" * 20_000, kind)):
            with pytest.raises(urllib.error.HTTPError, match="400"):
                urllib.request.urlopen(urllib.request.Request(address, content, headers), timeout=5)
        serving.shutdown()
        thread.join()
    (frame,) = frames
    expect_the_hand(frame)


def landmarks(points: np.ndarray) -> list[SimpleNamespace]:
    return [SimpleNamespace(x=x, y=y, z=z) for x, y, z in points]


def test_mediapipe():
    """A hand half a metre before a camera of 60 degrees, seen as MediaPipe tells it: in its own units."""
    module = example("send_mediapipe")
    options = module.Options("model", palm=float(np.linalg.norm(REST[9] - REST[0])), focal=0.9)
    hand = REST @ rotation(np.array([0.0, 0.0, 0.0, 1.0]))[:, [1, 2, 0]].T  # its back to the camera, the fingers up
    camera = hand - hand[0] + [0.1, 0.05, 0.5]
    picture = 0.9 * camera[:, :2] / camera[:, 2:] / [1.0, 0.75] + 0.5
    result = SimpleNamespace(
        handedness=[[SimpleNamespace(category_name="Right", score=0.9)]],
        hand_world_landmarks=[landmarks(0.8 * (hand - hand.mean(axis=0)))],
        hand_landmarks=[landmarks(np.column_stack([picture, hand[:, 2]]))],
    )
    frame = module.frame_from(result, 0, 0.75, options, 5.0)
    np.testing.assert_allclose(aligned(frame.points), aligned(hand), atol=1e-6)
    np.testing.assert_allclose(frame.wrist[:3], FACING @ camera[0], atol=0.02)
    assert not module.frame_from(SimpleNamespace(handedness=[], hand_world_landmarks=[], hand_landmarks=[]), 1, 0.75,
                                 options, 5.0).tracked  # fmt: skip


@pytest.mark.parametrize(("name", "arguments"), [("send_mediapipe", ["x.task"]), ("send_visionpro", ["10.0.0.1"])])
def test_without_its_library_a_sender_says_what_to_install(name, arguments, monkeypatch):
    for library in ("mediapipe", "cv2", "avp_stream"):
        monkeypatch.setitem(sys.modules, library, None)
    module = example(name)
    with pytest.raises(SystemExit, match="pip install"):
        module.main(module.Options(*arguments))


@pytest.fixture
def listening():
    source = Datagrams(port=0)
    yield source
    source.close()


def test_poses_are_sent(listening, tmp_path, monkeypatch):
    module = example("send_poses")
    monkeypatch.setattr(module.main.__globals__["time"], "sleep", lambda seconds: None)
    to = f"udp://127.0.0.1:{listening.port}"
    assert module.main(module.Options(to=to, seconds=0.5)) == 30
    stream = Stream()
    assert [stream.receive(frame, frame.time) for frame, _ in listening.hear(0.0)] == ["taken"] * 30
    kept = recording(np.arange(5) / 30, np.tile(WORLD, (5, 1, 1)), np.tile([*PLACE, *quaternion(TURN)], (5, 1)))
    assert module.main(module.Options(kept.save(tmp_path / "poses.npz"), to=to)) == 5
    assert len(listening.hear(9.0)) == 5


def test_what_goes_wrong_on_the_way():
    module = example("send_poses")
    options = module.Options(rate=100.0, seconds=10.0, drop=0.2, delay=(0.03, 0.06), duplicate=0.1)
    sent = list(module.on_the_way(module.made_up(options), options))
    times, numbers = np.array([at for at, _ in sent]), [frame.sequence for _, frame in sent]
    delays = np.array([at - frame.time for at, frame in sent])
    assert (np.diff(times) >= 0).all()
    assert 0.03 <= delays.min() < delays.max() <= 0.06
    assert len(set(numbers)) == pytest.approx(800, abs=50)
    assert len(numbers) - len(set(numbers)) == pytest.approx(80, abs=30)


def test_a_video_becomes_poses():
    module = example("mediapipe_to_poses")
    point, pixel = SimpleNamespace(x=0.1, y=0.2, z=0.3), SimpleNamespace(x=0.25, y=0.5, z=0.0)

    def result(*sides):
        kinds = [[SimpleNamespace(category_name=side)] for side in sides]
        each = len(sides)
        return SimpleNamespace(
            handedness=kinds, hand_world_landmarks=[[point] * 21] * each, hand_landmarks=[[pixel] * 21] * each
        )

    frames = [(0.0, result("Left", "Right")), (0.1, result()), (0.2, result("Left"))]
    found = module.arrays(frames, 1920, 1080, "right")
    assert found["times"].tolist() == [0.0, 0.1, 0.2]
    assert found["points"][0, 7].tolist() == [0.1, 0.2, 0.3]
    assert found["image"][0, 20].tolist() == [480.0, 540.0]
    assert np.isnan(found["points"][1:]).all()
    assert np.isnan(found["image"][1:]).all()
