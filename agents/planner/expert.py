"""The pen's slower demonstrations come from a trained expert: a search towards one target does not find how to turn it.

One comes with the suite; `python -m benchmarks.pen_expert` trains another, in half an hour on two cores, which the
planner then finds first.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path

import gymnasium as gym
import numpy as np

from hand_envs.core.simulation import Simulation, State
from hand_envs.core.streams import Streams
from hand_envs.core.task import Array, Parts
from hand_envs.faces.env import HandVectorEnv
from hand_envs.files.shipped import shipped
from hand_envs.tasks.adroit import Pen

ENV_ID = "HandPenSteady-v0"
STEPS = 150
_DARING, _WHIM = 0.8, 10  # standard deviation of the most daring try's whims, and steps that each lasts
_COMMAND = "steady.command"
_FOLLOWS = 0.15  # share of the way to what is asked that the hand is to go in a step


class SteadyPen(Pen):
    """The pen, with commands that follow what is asked as a slow hand would: what is applied is smooth.

    The hand starts with the command that keeps it as it is.
    """

    horizon = STEPS

    def prepare(self, sim: Simulation) -> None:
        super().prepare(sim)
        sim.remember(_COMMAND, sim.model.nu)

    def reset(self, sim: Simulation, ids: Array, rng: Streams) -> None:
        super().reset(sim, ids, rng)
        self._keep_still(sim, ids)

    def place(self, sim: Simulation, index: int, state: Mapping[str, Array]) -> None:
        super().place(sim, index, state)
        if "integration" not in state:  # a start
            self._keep_still(sim, np.array([index]))

    def _keep_still(self, sim: Simulation, ids: Array) -> None:
        joints = sim.model.jnt_qposadr[sim.model.actuator_trnid[:, 0]]
        still = (sim.qpos[ids][:, joints] - sim.control_center) / sim.control_reach
        sim.memory[_COMMAND][ids] = np.clip(still, -1.0, 1.0)

    def control(self, sim: Simulation, action: Array) -> None:
        command = sim.memory[_COMMAND]
        command += _FOLLOWS * (action - command)
        super().control(sim, command)

    def observe(self, sim: Simulation) -> Parts:
        return {**super().observe(sim), "command": sim.memory[_COMMAND]}

    def info(self, sim: Simulation) -> Parts:
        return {"applied_action": sim.memory[_COMMAND].copy()}


if ENV_ID not in gym.registry:
    gym.register(
        ENV_ID,
        entry_point="hand_envs.env:HandEnv",
        vector_entry_point="hand_envs.env:HandVectorEnv",
        max_episode_steps=STEPS,
        kwargs={"task": "agents.planner.expert:SteadyPen"},
    )


FOLDER = Path("runs/planner/pen-expert")
"""Where your own is trained, and found."""


def expert_actions(start: State, tries: int = 128, seed: int = 0, nthread: int = 1) -> Array:
    """What the expert has the hand do from a start (`qpos`, `qvel`, variations), (STEPS, actuators).

    It tries many times at once, each more daring than the one before, and the one that holds the goal longest counts.
    """
    act = _expert()
    envs = HandVectorEnv("agents.planner.expert:SteadyPen", tries, nthread=nthread, max_episode_steps=-1)
    observation, _ = envs.reset(options={"state": start})
    rng, width = np.random.default_rng(seed), envs.episode.sim.model.nu
    daring = np.linspace(0.0, _DARING, tries)[:, None]
    actions, held, lost = [], np.zeros(tries), np.zeros(tries, bool)
    for step in range(STEPS):
        if step % _WHIM == 0:
            whim: Array = daring * rng.normal(size=(tries, width))
        observation, _, terminated, _, info = envs.step(np.clip(act(observation) + whim, -1.0, 1.0))
        actions.append(info["applied_action"])
        lost |= terminated
        held = np.where(info["success"] & ~lost, held + 1, 0)
    best: Array = np.stack(actions)[:, held.argmax()]
    return best


@functools.cache
def _expert() -> Callable[[Array], Array]:
    from agents.common.agent import SavedPolicy  # torch, which no other plan needs

    own = FOLDER / "agent"
    return SavedPolicy.load(own if own.exists() else shipped("experts/pen", "experts for the pen"))
