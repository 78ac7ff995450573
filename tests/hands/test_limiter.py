"""The limiter: what it lets through, what it holds back, and that nothing it gives is ever beyond a limit."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from hand_envs.errors import ActionError, OptionError
from hand_envs.hands.limiter import ARM, Limits, Workspace, limit

DT = 0.05
HAND = SimpleNamespace(
    motors=[
        SimpleNamespace(name="index_side", low=-1.0, high=1.0, speed=4.0, current=300),
        SimpleNamespace(name="index_forward", low=-0.3, high=2.2, speed=6.0, current=300),
    ]
)
LIMITS = Limits.of(HAND)
REST = np.zeros(len(LIMITS.names))
REST[2] = 0.2


def changed(**targets: float) -> np.ndarray:
    values = REST.copy()
    for name, value in targets.items():
        values[LIMITS.names.index(name)] = value
    return values


def test_what_is_near_goes_through():
    wanted = changed(arm_x=0.01, index_side=0.1)
    done = limit(LIMITS, wanted, REST, REST, DT)
    assert np.array_equal(done.sent, wanted)
    assert not done.clipped.any()


def test_the_arm_comes_first():
    assert LIMITS.names == (*ARM, "index_side", "index_forward")


@pytest.mark.parametrize(
    ("name", "wanted", "sent"),
    [
        ("arm_x", 0.2, 0.0125),  # 0.25 m/s for 50 ms
        ("arm_yaw", -2.0, -0.05),  # 1 rad/s
        ("index_side", 0.9, 0.2),  # 4 rad/s
        ("index_forward", -9.0, -0.3),  # its limit is nearer than 6 rad/s
    ],
)
def test_rates_and_limits(name, wanted, sent):
    done = limit(LIMITS, changed(**{name: wanted}), REST, REST, DT)
    assert np.allclose(done.sent, changed(**{name: sent}))
    assert done.clipped.sum() == 1


def test_a_target_leads_what_is_measured_by_no_more_than_the_lead():
    last = changed(index_forward=0.45)
    done = limit(LIMITS, changed(index_forward=0.7), last, REST, DT)
    assert done.sent[-1] == pytest.approx(0.5)


def test_a_finger_that_was_pushed_away_is_followed_no_faster_than_the_speed():
    last, measured = changed(index_forward=2.0), changed(index_forward=0.5)
    done = limit(LIMITS, last, last, measured, DT)
    assert done.sent[-1] == pytest.approx(1.7), "not at once to 1.0, where the lead would have it"


def test_a_motor_at_its_cap_presses_no_harder_but_may_let_go():
    last, current = changed(index_forward=0.3), changed(index_forward=-300.0)
    assert limit(LIMITS, changed(index_forward=0.4), last, REST, DT, current).sent[-1] == pytest.approx(0.3)
    assert limit(LIMITS, changed(index_forward=0.1), last, REST, DT, current).sent[-1] == pytest.approx(0.1)
    assert limit(LIMITS, changed(index_forward=0.4), last, REST, DT, current + 1).sent[-1] == pytest.approx(0.4)


def test_one_found_outside_is_led_back_at_its_speed():
    outside = changed(index_side=1.5)
    done = limit(LIMITS, changed(index_side=0.0), outside, outside, DT)
    assert done.sent[-2] == pytest.approx(1.3)


def test_many_are_limited_as_each():
    random = np.random.default_rng(0)
    wanted, last, measured = random.uniform(-2, 2, (3, 50, len(REST)))
    both = limit(LIMITS, wanted, last, measured, DT, wanted * 500)
    for row in range(50):
        one = limit(LIMITS, wanted[row], last[row], measured[row], DT, wanted[row] * 500)
        assert np.array_equal(one.sent, both.sent[row])
        assert np.array_equal(one.clipped, both.clipped[row])


def test_actions_are_targets_scaled():
    assert np.allclose(LIMITS.targets(np.ones(len(REST))), LIMITS.high)
    assert np.allclose(LIMITS.targets(np.full((4, len(REST)), -1.0)), LIMITS.low)
    action = np.random.default_rng(0).uniform(-1, 1, (5, len(REST)))
    assert np.allclose(LIMITS.actions(LIMITS.targets(action)), action)


def test_nothing_given_is_changed():
    arrays = [REST + 1, REST.copy(), REST.copy()]
    before = [array.copy() for array in arrays]
    limit(LIMITS, *arrays, DT)
    assert all(np.array_equal(one, other) for one, other in zip(arrays, before, strict=True))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_refused(bad):
    for place in range(3):
        arrays = [REST.copy(), REST.copy(), REST.copy()]
        arrays[place][1] = bad
        with pytest.raises(ActionError, match="finite"):
            limit(LIMITS, *arrays, DT)


def test_what_has_another_shape_is_refused():
    for wanted in (REST[:-1], REST[None], "0.5", None, 0.3):
        with pytest.raises(ActionError):
            limit(LIMITS, wanted, REST, REST, DT)
    with pytest.raises(ActionError, match="above 0 s"):
        limit(LIMITS, REST, REST, REST, 0.0)


def test_limits_that_are_none_are_refused():
    with pytest.raises(OptionError, match="below its high"):
        Limits.of(HAND, Workspace(low=(0.5,) * 6))
    with pytest.raises(OptionError, match="above zero"):
        Limits.of(HAND, lead=0.0)
    with pytest.raises(OptionError, match="8 numbers"):
        Limits.of(HAND, Workspace(speed=(0.1,)))
