"""A hand's profile: read from its file, refused where it contradicts itself, and the coupling it describes."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from hand_envs.errors import DatasetError, OptionError
from hand_envs.hands.profile import FOLDER, names, profile, read_profile

DASH = (FOLDER / "dash.toml").read_text()


def changed(tmp_path: Path, *replaced: tuple[str, str]) -> Path:
    """Dash's file with the first of each pair, which is in it, replaced."""
    text = DASH
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "changed.toml"
    path.write_text(text)
    return path


def test_dash_has_twelve_motors_for_sixteen_joints():
    dash = profile("dash")
    assert (len(dash.motors), len(dash.joints)) == (12, 16)
    assert [finger.name for finger in dash.digits] == ["index", "middle", "ring", "thumb"]
    assert dash.approximation
    curl = [motor.name for motor in dash.motors].index("index_curl")
    moved = {joint.name: ratio for joint, ratio in zip(dash.joints, dash.coupling[:, curl], strict=True) if ratio}
    assert moved == {"index_pip": 1.0, "index_dip": 0.7}


@pytest.mark.parametrize("name", names())
def test_a_profile_says_what_its_file_says(name):
    table, hand = tomllib.loads((FOLDER / f"{name}.toml").read_text()), profile(name)
    assert [motor.id for motor in hand.motors] == [row["id"] for row in table["motors"]]
    np.testing.assert_array_equal(np.transpose([hand.low, hand.high]), [row["range"] for row in table["motors"]])
    np.testing.assert_array_equal(hand.home, [row["open"] for row in table["motors"]])
    np.testing.assert_array_equal(hand.closed, [row["closed"] for row in table["motors"]])
    assert (hand.name, hand.servos.baud) == (name, table["servos"]["baud"])
    assert profile(FOLDER / f"{name}.toml") == hand


@pytest.mark.parametrize("name", names())
def test_free_joints_let_their_motors_be_where_they_are(name):
    hand = profile(name)
    motors = np.random.default_rng(0).uniform(hand.low, hand.high, (50, len(hand.motors)))
    joints = hand.joint_angles(motors)
    assert joints.shape == (50, len(hand.joints))
    np.testing.assert_allclose(hand.motor_angles(joints), motors, atol=1e-12)
    np.testing.assert_array_equal(hand.clip(motors + 10.0), np.broadcast_to(hand.high, motors.shape))


def test_a_string_is_shared_by_ratio_and_stiffness(tmp_path):
    """Of springs 0.04 and 0.08, bent by 1 and 0.7 for each radian, in equilibrium with one tension."""
    path = changed(
        tmp_path,
        (
            '"index_curl", ratio = 0.7, range = [-0.15, 1.20], stiffness = 0.04',
            '"index_curl", ratio = 0.7, range = [-0.15, 1.20], stiffness = 0.08',
        ),
    )
    hand = read_profile(path)
    rows = [joint.name for joint in hand.joints]
    column = hand.pulleys[:, [motor.name for motor in hand.motors].index("index_curl")]
    pip, dip = column[rows.index("index_pip")], column[rows.index("index_dip")]
    assert (0.04 * 1.0) / pip == pytest.approx((0.08 * 0.7) / dip)  # the tension
    assert pip * 1.0 + dip * 0.7 == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("id = 2,", "id = 1,", r"motors.id.* has 1 2 times"),
        ("id = 2,", "id = 300,", r"motors\[1\].id.* is 300; a whole number from 0 to 252"),
        ("id = 2,", "", r"motors\[1\].id.* is missing"),
        ("sign = 1,", "sign = 0,", r"motors\[0\].sign.* is 0; 1 or -1"),
        ("range = [-0.35, 0.35]", "range = [0.35, -0.35]", r"motors\[0\].range.* lower end first"),
        ("range = [-0.35, 0.35]", "range = [-0.35, 0.9]", r"motors\[0\].range.*beyond its own range"),
        ("zero = 3.14159", "zero = 0.1", r"motors\[0\].range.* the shaft from -0.25"),
        ("current = 500", "curent = 500", r"`motors\[0\].current` is missing; is 'curent' meant"),
        ("closed = 0.95 }", "closed = 0.95, colour = 1 }", r"`motors\[1\]` has a key it cannot have: got 'colour'"),
        ("closed = 0.95", "closed = 2.0", r"motors\[1\].closed.* is 2.0; a number from -0.2 to 1.05"),
        ('motor = "index_forward"', 'motor = "index_forwards"', r"joints\[1\].motor.*did you mean 'index_forward'"),
        ('motor = "index_forward"', 'motor = "index_side"', r"motors\[1\].*moves no joint"),
        ("stiffness = 0.04", "stiffness = 0", r"stiffness.* of index_pip is 0"),
        ("link = 2", "link = 1", r"joints.* of the index carry the links \[0, 0, 1, 1\]"),
        ("link = 2", "link = true", r"joints\[3\].link.* is True"),
        ("friction = 0.9", "friction = 1.3", r"palm.friction.* is 1.3; a number from 0.01 to 1 "),
        ("points = [1.0, 0.0, 0.0]", "points = [0.9, 0.9, 0.0]", r"finger.index.points.* at a right angle"),
        ("points = [1.0, 0.0, 0.0]", "points = [1.0, 0.0]", r"finger.index.points.* a list of 3 numbers"),
        ("[finger.ring]", "[finger.wrong]", r"finger.ring.* is missing"),
        ("absent = true", "absent = false", r"finger.little.radii.* is missing"),
        ("[finger.index]", "[finger.index]\nabsent = true", r"`finger.index` has a key it cannot have: got 'radii'"),
        ("radii = [0.0100, 0.0090, 0.0085]", "radii = [0.01, 0.009, 0.02]", r"finger.index.radii.* ends with 0.02 m"),
        ('name = "index_side"', 'name = "arm_x"', r"motors\[0\].name.* the arm's"),
        ("gain = 6.0", "gain = nan", r"servos.gain.* is nan"),
        ("voltage = [4.5, 6.0]", 'voltage = "5 V"', r"servos.voltage.* is '5 V'"),
        ("[servos]", "[servoes]", r"servos.* is missing"),
        ("approximation = true", "approximation = 1", r"approximation.* is 1; true or false"),
        ("name = ", "name == ", r"cannot be read"),
    ],
)
def test_a_contradiction_is_named_with_its_key_and_file(tmp_path, old, new, said):
    path = changed(tmp_path, (old, new))
    with pytest.raises(DatasetError, match=said) as caught:
        read_profile(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_palm_of_nothing_is_refused(tmp_path):
    begin, end = DASH.index("boxes = ["), DASH.index("decor = [")
    with pytest.raises(DatasetError, match=r"`palm.boxes` is empty"):
        read_profile(changed(tmp_path, (DASH[begin:end], "boxes = []\n")))


def test_leap_has_the_published_ids_limits_and_zero():
    """Facts of its API: per finger [side, forward, PIP, DIP], index 0-3, middle 4-7, ring 8-11, thumb 12-15."""
    leap = profile("leap")
    assert [motor.id for motor in leap.motors] == list(range(16))
    assert [motor.name for motor in leap.motors[:4]] == ["index_side", "index_forward", "index_pip", "index_dip"]
    low, high = [-1.047, -0.314, -0.506, -0.366], [1.047, 2.230, 1.885, 2.042]
    np.testing.assert_array_equal(leap.low, [*low * 3, -0.349, -0.470, -1.200, -1.340])
    np.testing.assert_array_equal(leap.high, [*high * 3, 2.094, 2.443, 1.900, 1.880])
    assert {(motor.zero, motor.sign) for motor in leap.motors} == {(3.14159, 1)}
    assert max(motor.current for motor in leap.motors) <= 550
    by_name = {motor.name: joint for motor in leap.motors for joint in leap.joints if joint.motor == motor.name}
    assert all(name == joint.name for name, joint in by_name.items())
    np.testing.assert_array_equal(leap.coupling.sum(axis=0), np.ones(16))


def test_a_hand_that_is_not_there_is_named():
    with pytest.raises(OptionError, match=r"did you mean 'dash'\? Valid: dash, leap"):
        profile("dsah")
    with pytest.raises(DatasetError, match=r"There is no file nowhere.toml"):
        profile("nowhere.toml")
