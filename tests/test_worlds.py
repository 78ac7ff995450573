"""A driver in place of a simulation: an episode runs in any world."""

from __future__ import annotations

import numpy as np
import pytest
from swing import Swing

from hand_envs import Episode
from hand_envs.core.attached import Attached
from hand_envs.core.world import World
from hand_envs.errors import ActionError


class Wheels:
    """Two wheels that a driver turns: all that an episode needs of a world, and what its task reads."""

    nsim, actuators, timestep = 2, ("torque",), 0.01

    def __init__(self):
        self.memory, self.measured, self.attached = {}, {}, Attached()
        self.angle, self.torque = np.zeros((2, 1)), np.zeros((2, 1))

    def remember(self, name, width=None, dtype=np.float64, low=None, high=None):
        return self.memory.setdefault(name, np.zeros(self.nsim if width is None else (self.nsim, width), dtype))

    def reset(self, ids=None):
        self.angle[ids] = 0.0

    def forward(self, ids=None):
        self.measured.clear()

    def step(self, nstep):
        self.angle += self.torque * nstep * self.timestep
        slipped = self.angle[:, 0] > 0.45
        self.angle[slipped] = 0.0
        return slipped if slipped.any() else None

    def get_state(self, index):
        return {"angle": self.angle[index].copy()}

    def set_state(self, index, state):
        self.angle[index] = state["angle"]

    put_back = set_state

    def clear_fault(self):
        """Nothing stops them."""

    def close(self):
        self.closed = True


class Turn(Swing):
    variations = {}

    def reset(self, sim, ids, rng):
        sim.angle[ids] = rng.uniform([0.0], [0.1])

    def observe(self, sim):
        return {"angle": sim.angle}

    def reward(self, sim):
        return {"angle": sim.angle[:, 0].copy()}

    def success(self, sim):
        return sim.angle[:, 0] > 0.3

    def control(self, sim, action):
        sim.torque[:] = action * 5

    def place(self, sim, index, state):
        sim.set_state(index, state)


def test_an_episode_runs_in_any_world():
    world: World = Wheels()
    episode = Episode(Turn(), max_steps=4, world=world)
    assert episode.layout.size == 1
    episode.reset(np.arange(2), [np.random.default_rng(0), np.random.default_rng(1)])
    start = episode.observe()
    assert (start > 0).all()
    episode.step(np.array([[1.0], [0.0]]))
    state = episode.get_state(0)
    assert state["angle"] == start[0] + 0.1
    last = [episode.step(np.array([[1.0], [0.0]])) for _ in range(3)][-1]
    assert last.unstable.tolist() == last.terminated.tolist() == [True, False]
    assert last.truncated.all()
    episode.set_state(1, state)
    assert episode.elapsed.tolist() == [4, 1]
    with pytest.raises(ActionError, match="actuator torque"):
        episode.step(np.array([[0.0], [np.nan]]))
