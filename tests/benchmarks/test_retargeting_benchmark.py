"""The benchmark of kappas: its URDF is the hand, its measures are what they say, and it runs."""

from __future__ import annotations

from xml.etree import ElementTree as Xml

import numpy as np
import pytest
from conftest import needs_gl
from PIL import Image
from robots import draw, network

from benchmarks.retargeting import picture, tables
from benchmarks.retargeting.__main__ import Options, count
from benchmarks.retargeting.contestants import contestants
from benchmarks.retargeting.measures import measures
from benchmarks.retargeting.poses import Poses, made, reachable, tracked
from benchmarks.retargeting.urdf import TIPS, write_urdf
from hand_envs.errors import DatasetError
from hand_envs.poses.frames import REST
from hand_envs.poses.retargeting import Closed, Kinematics, Optimised


@pytest.fixture(scope="module")
def kinematics() -> Kinematics:
    return Kinematics(*picture.bare_adroit())


def rotation(axis: int, angle: float) -> np.ndarray:
    """About x, y or z."""
    cosine, sine = np.cos(angle), np.sin(angle)
    turn = np.eye(3)
    first, second = (axis + 1) % 3, (axis + 2) % 3
    turn[[first, second], [first, second]] = cosine
    turn[second, first], turn[first, second] = sine, -sine
    return turn


def placed(robot: Xml.Element, link: str, angles: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Rotation and place of a link, by what the file says."""
    joint = next((each for each in robot.iter("joint") if each.find("child").get("link") == link), None)
    if joint is None:
        return np.eye(3), np.zeros(3)
    turn, place = placed(robot, joint.find("parent").get("link"), angles)
    origin = joint.find("origin")
    offset, (roll, pitch, yaw) = (np.array(origin.get(name).split(), dtype=float) for name in ("xyz", "rpy"))
    place = place + turn @ offset
    turn = turn @ rotation(2, yaw) @ rotation(1, pitch) @ rotation(0, roll)
    if joint.get("type") == "revolute":
        x, y, z = np.array(joint.find("axis").get("xyz").split(), dtype=float)
        cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
        angle = angles[joint.get("name")]
        turn = turn @ (np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross)
    return turn, place


def test_the_urdf_is_the_hand(tmp_path, kinematics):
    robot = Xml.parse(write_urdf(kinematics, tmp_path / "hand.urdf")).getroot()
    for angles in draw(kinematics, 5):
        named = dict(zip(kinematics.joints, angles, strict=True))
        for finger, tip in enumerate(TIPS):
            found = placed(robot, tip, named)[1]
            np.testing.assert_allclose(found, kinematics.forward(angles[None]).fingers[0, finger, 3], atol=1e-12)
    limits = {joint.get("name"): joint.find("limit") for joint in robot.iter("joint") if joint.get("type") != "fixed"}
    assert set(limits) == set(kinematics.hand.fingers)
    assert float(limits["THJ0"].get("lower")) == pytest.approx(-1.571)


def test_measures_by_hand(kinematics):
    angles = np.tile(kinematics.rest, (5, 1))
    human = np.tile(REST, (5, 1, 1))
    human[3, 4] = human[3, 8]  # a pinch of the human's, and none of the robot's
    angles[2:, 3] += 0.25
    angles[4, -1] = kinematics.low[-1] - 0.5
    targets = kinematics.forward(angles).fingers
    targets[:, 1, 3] += [0.003, 0.0, 0.004]
    found = measures(kinematics, angles, targets, human, angles + 0.1)
    assert found["tips"] == pytest.approx(1.0)
    assert found["joints"] == pytest.approx(0.25)
    assert found["largest jump"] == pytest.approx(kinematics.rest[-1] - (kinematics.low[-1] - 0.5))
    assert found["jump, calm"] == pytest.approx(0.25)
    assert found["beyond limits"] == pytest.approx(0.5)
    assert found["angles"] == pytest.approx(0.1)
    bent = kinematics.forward(angles).fingers[3]
    assert found["gap < 15"] == pytest.approx(1e3 * np.linalg.norm(bent[0, 3] - bent[1, 3]))
    assert found["false pinches"] == 0.0
    assert "gap < 15" not in measures(kinematics, angles[:4], targets[:4], np.tile(REST, (4, 1, 1)), None)


def test_a_touch_that_was_not_meant_is_false(kinematics):
    angles = np.tile(kinematics.rest, (4, 1))
    hand, model = picture.bare_adroit()
    pinch = made(300).points
    gaps = np.linalg.norm(pinch[:, 4] - pinch[:, 8], axis=-1)
    kappa = Optimised(hand, model)
    memory = kappa.memory(1)
    for _ in range(10):
        angles[:] = kappa(pinch[gaps.argmin()][None], memory)
    found = measures(kinematics, angles, kinematics.forward(angles).fingers, np.tile(REST, (4, 1, 1)), None)
    assert found["false pinches"] == 100.0


def test_the_robots_own_poses_are_poses_of_the_robot(kinematics):
    poses = reachable(kinematics, 50)
    np.testing.assert_array_equal(kinematics.forward(poses.angles).points, poses.points)
    assert np.ptp(poses.angles, axis=0)[kinematics.joints.index("FFJ2")] > 0.05
    assert not np.ptp(poses.angles, axis=0)[kinematics.joints.index("LFJ4")]
    np.testing.assert_array_equal(np.ptp(poses.points[:, [0, 5, 9, 13, 17]], axis=0), 0.0)


def test_tracked_frames_are_read(tmp_path):
    np.savez(tmp_path / "frames.npz", joints=np.tile(REST, (3, 1, 1)).astype(np.float32))
    assert tracked(tmp_path / "frames.npz").points.shape == (3, 21, 3)
    np.savez(tmp_path / "other.npz", points=np.zeros((3, 21, 3)))
    with pytest.raises(DatasetError, match="joints"):
        tracked(tmp_path / "other.npz")


def test_everybody_retargets_every_frame(tmp_path):
    hand, model = picture.bare_adroit()
    file = network(tmp_path / "kappa.npz", Closed(hand, model))
    result = count(made(8), Options(network=file, batches=2))
    ours = {"optimised", *(f"{name}, finger by finger" for name in ("closed", "optimised", "learned"))}
    assert ours <= set(result["rows"])
    assert all(row["ms"] > 0 and np.isfinite(row["tips"]) for row in result["rows"].values())
    table = tables.of({"made": result}, "made")
    assert "| tips, mm |" in table.markdown_table()
    assert "| closed, finger by finger |" in table.markdown_table()
    names = [each.name for each in contestants(hand, model, made(3).points, None)]
    assert "learned, finger by finger" not in names


@needs_gl
def test_the_picture_shows_the_pose(tmp_path):
    hand, model = picture.bare_adroit()
    closed = Closed(hand, model)
    poses = {"open": REST, "gone": np.full((21, 3), np.nan)}
    angles = {"closed": closed(np.stack(list(poses.values())), closed.memory(2))}
    shown = np.asarray(Image.open(picture.draw(tmp_path / "kappa.png", poses, angles)))
    assert shown.shape == (26 + 600, 600, 3)
    assert shown[26:326, :300].std() > 5
    assert shown[26:326, 300:].std() > 5


def test_a_pose_set_has_a_name():
    assert Poses("made", REST[None]).angles is None
