"""Every hand that comes with the suite holds a cup of 0.25 kg and 7 cm, by friction no greater than 1."""

from __future__ import annotations

import numpy as np
import pytest
from gripping import cup_scene, grasp, place_in_hand

from hand_envs.core.simulation import Simulation
from hand_envs.hands.limiter import Workspace
from hand_envs.hands.profile import HandProfile, names, profile


@pytest.fixture(params=names())
def hand(request) -> HandProfile:
    return profile(request.param)


@pytest.mark.parametrize("timestep", [0.002, 0.004])
def test_it_holds_a_cup_that_is_shaken_for_five_seconds(hand, timestep):
    """Up and down and to the sides, at most as fast as the arm may, at 500 and at 250 Hz."""
    sim = Simulation(cup_scene(hand, timestep=timestep))
    grasp(sim, hand)
    before, steps = place_in_hand(sim), round(0.05 / timestep)
    swing, rate = 0.02, 9.0  # m, rad/s
    assert swing * rate < Workspace().speed[0]
    for step in range(100):
        sim.ctrl[:, :3] = swing * np.sin(rate * 0.05 * step + np.arange(3.0))
        sim.ctrl[:, 3] = 0.15 * np.sin(5.0 * 0.05 * step)
        assert sim.step(steps) is None
    assert np.linalg.norm(place_in_hand(sim) - before) < 0.01
    assert (sim.sensordata > 0.5).sum() >= 3  # fingertips that press, by more than 0.5 N


def test_it_is_friction_that_holds(hand):
    sim = Simulation(cup_scene(hand, friction=0.05))
    grasp(sim, hand)
    sim.step(500)
    assert sim.body("cup").xpos[0, 2] < 0.0
