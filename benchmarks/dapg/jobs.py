"""What a cell does: train, and count."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agents.common.evaluation import Evaluation
from agents.dapg import Agent, Config, Training

_SEED = 20_000  # of the first episode that counts: not one of those the curve is made of


def train(config: Mapping[str, Any], evaluate_every: int, episodes: int, folder: Path, nthread: int) -> dict[str, Any]:
    """Train, or go on with what a stopped attempt has left, and count with the best agent of the curve."""
    own = Config.from_data(config)
    training = Training(own, folder, True, nthread, evaluate_every, episodes)
    agent = Agent.load(training.run().with_name("best"))
    test = Evaluation(own.env, own.test_options(), episodes, _SEED, nthread, own.goal_steps)
    outcome = test.run(agent)
    test.env.close()
    return {
        "steps": training.steps,
        "seconds": round(training.seconds, 1),
        "successes": int(outcome.success.sum()),
        "episodes": episodes,
        "return": float(outcome.reward.mean()),
        "curve": [json.loads(line) for line in (folder / "progress.jsonl").read_text().splitlines()],
    }
