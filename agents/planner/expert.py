"""The pen's slower demonstrations come from a trained expert: a search towards one target does not find how to turn it.

One comes with the suite; `python -m benchmarks.pen_expert` trains another, in half an hour on two cores, which the
planner then finds first.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np

from agents.planner.steady import STEPS
from hand_envs.core.simulation import State
from hand_envs.core.task import Array
from hand_envs.faces.env import HandVectorEnv
from hand_envs.files.shipped import shipped

_DARING, _WHIM = 0.8, 10  # standard deviation of the most daring try's whims, and steps that each lasts

FOLDER = Path("runs/planner/pen-expert")
"""Where your own is trained, and found."""


def expert_actions(start: State, tries: int = 128, seed: int = 0, nthread: int = 1) -> Array:
    """What the expert has the hand do from a start (`qpos`, `qvel`, variations), (STEPS, actuators).

    It tries many times at once, each more daring than the one before, and the one that holds the goal longest counts.
    """
    act = _expert()
    envs = HandVectorEnv("agents.planner.steady:SteadyPen", tries, nthread=nthread, max_episode_steps=-1)
    observation, _ = envs.reset(seed=seed, options={"state": start})
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
