"""What a cell of Table IV does: play every split's clips and keep what each episode came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import gymnasium as gym

from agents.common.evaluation import Act, Evaluation
from agents.ppo_gail import Agent, Nobody
from benchmarks.runner import Earlier

KEPT = ("lasted", "pose_error", "sequence")
_DIGITS = 5


def evaluate(
    env: str,
    options: Mapping[str, Any],
    splits: Sequence[str],
    episodes: int,
    seed: int,
    folder: Path,
    nthread: int,
    after: Mapping[str, Earlier] | None = None,
) -> dict[str, Any]:
    """Success of each episode, the share of the clip it lasted, its mean pose error (m), and which clip it played.

    The agent is the best of the training before it; without one the user is alone.
    """
    agents = [Agent.load(earlier.folder / "best") for earlier in (after or {}).values()]
    found = {}
    for split in splits:
        test = Evaluation(env, {**options, "split": split}, episodes, seed, nthread, kept=KEPT)
        act: Act = agents[0] if agents else Nobody(gym.spaces.flatdim(test.env.single_action_space))
        outcome = test.run(act)
        test.env.close()
        found[split] = {
            "success": "".join(map(str, outcome.success.astype(int))),
            "unstable": int(outcome.unstable.sum()),
            **{name: [round(float(value), _DIGITS) for value in outcome.ends[name]] for name in KEPT},
        }
    return {"splits": found, "episodes": episodes}
