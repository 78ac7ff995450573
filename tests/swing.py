"""A task small enough to know everything about it: a pole on a hinge, pushed by a motor."""

from __future__ import annotations

import mujoco
import numpy as np

from hand_envs import Episode, Task
from hand_envs.core.task import Variation

SCENE = """
<mujoco>
  <worldbody>
    <camera name="overview" pos="0 -3 0"/>
    <body name="base"><body name="pole"><joint name="hinge" axis="0 1 0"/><geom name="rod" size="0.1"/></body></body>
  </worldbody>
  <actuator><motor name="push" joint="hinge" ctrlrange="-1 1"/></actuator>
</mujoco>
"""


class Swing(Task):
    """Swing."""

    horizon = 4
    frame_skip = 2
    variations = {"base_pos": Variation("body", "base", "pos")}
    proprioception = ("angle",)

    def __init__(self, always: bool = True) -> None:
        self.always = always

    def scene(self):
        return mujoco.MjSpec.from_string(SCENE)

    def reset(self, sim, ids, rng):
        sim.body("base").pos[ids, 0] = rng.uniform(1, 2)

    def observe(self, sim):
        return {"angle": sim.qpos, "place": sim.body("pole").xpos}

    def reward(self, sim):
        return {"one": np.ones(sim.nsim), "angle": sim.qpos[:, 0] * 2}

    def success(self, sim):
        return np.full(sim.nsim, self.always) | (sim.qpos[:, 0] > 0.5)


def started(nsim: int = 3, **options) -> Episode:
    episode = Episode(Swing(**options), nsim, max_steps=4)
    episode.reset(np.arange(nsim), [np.random.default_rng(i) for i in range(nsim)])
    return episode


def assert_same_states(states, others) -> None:
    for state, other in zip(states, others, strict=True):
        assert state.keys() == other.keys()
        for name, value in state.items():
            assert value.tobytes() == other[name].tobytes(), name
