"""Units and ranges of registers, by hand."""

import math

import pytest

from hand_envs.errors import OptionError
from hand_envs.hardware.tables import X330, block, register


def test_values_and_bytes():
    position = X330["goal_position"]
    assert position.data(math.pi) == (2048).to_bytes(4, "little")
    assert position.data(-math.pi / 2048) == b"\xff\xff\xff\xff", "-1 is -1"
    assert position.value(b"\x00\x08\x00\x00") == pytest.approx(math.pi)
    assert X330["present_current"].value(b"\xff\xff") == -1
    assert X330["bus_watchdog"].data(0.2) == b"\x0a"
    assert X330["bus_watchdog"].value(b"\xff") < 0
    assert X330["present_velocity"].value((100).to_bytes(4, "little")) == pytest.approx(22.9 * 2 * math.pi / 60)
    assert X330["profile_acceleration"].value((1).to_bytes(4, "little")) == pytest.approx(214.577 / 3600 * 2 * math.pi)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("goal_position", math.nan),
        ("goal_position", math.inf),
        ("goal_current", 2353),
        ("bus_watchdog", 2.6),
        ("bus_watchdog", -0.02),
        ("present_position", 1.0),
        ("torque_enable", 2),
        ("id", 253),
    ],
)
def test_what_does_not_belong_there_is_refused(name, value):
    with pytest.raises(OptionError, match=name):
        X330[name].data(value)


def test_names_and_blocks():
    with pytest.raises(OptionError, match="did you mean 'goal_position'"):
        register("goal_positon")
    assert block(["present_position", "present_current", "present_velocity"]) == (126, 10)
    with pytest.raises(OptionError, match="at least one"):
        block([])


def test_registers_do_not_overlap():
    taken = [place for entry in X330.values() for place in range(entry.address, entry.end)]
    assert len(taken) == len(set(taken))
    assert all(X330[name].kept for name in ("operating_mode", "current_limit", "shutdown"))
    assert not X330["torque_enable"].kept
