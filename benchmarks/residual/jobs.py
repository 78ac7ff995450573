"""What a cell does: train an agent, or count how often it succeeds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gymnasium as gym

from agents.common.evaluation import Act, Evaluation
from agents.ppo_gail import Agent, Config, Nobody, Training
from benchmarks.runner import Earlier
from hand_envs.datasets.pose_sequences import read_pose_sequences
from hand_envs.files.shipped import shipped as bundled


def train(config: Mapping[str, Any], evaluate_every: int, episodes: int, folder: Path, nthread: int) -> dict[str, Any]:
    """Train, or go on with what a stopped attempt has left; the agent is in `folder/agent`."""
    training = Training(
        Config.from_data(config),
        folder,
        resume=True,
        nthread=nthread,
        evaluate_every=evaluate_every,
        episodes=episodes,
    )
    training.run()
    curve = [json.loads(line) for line in (folder / "progress.jsonl").read_text().splitlines()]
    return {"steps": training.steps, "seconds": round(training.seconds, 1), "curve": curve}


def evaluate(
    config: Mapping[str, Any],
    tests: Mapping[str, Mapping[str, Any]],
    episodes: int,
    seed: int,
    folder: Path,
    nthread: int,
    after: Mapping[str, Earlier] | None = None,
) -> dict[str, Any]:
    """Successes in `episodes` episodes of each test; without an agent before it, of the user alone."""
    own = Config.from_data(config)
    agents = [Agent.load(earlier.folder / "agent") for earlier in (after or {}).values()]
    successes = {}
    for name, options in tests.items():
        test = Evaluation(own.env, {**own.test_options(), **options}, episodes, seed, nthread)
        act: Act = agents[0] if agents else Nobody(gym.spaces.flatdim(test.env.single_action_space))
        successes[name] = int(test.run(act).success.sum())
        test.env.close()
    return {"successes": successes, "episodes": episodes}


def sequences(task: str, folder: Path, nthread: int) -> dict[str, Any]:
    """What the suite's pose sequences of a task are like."""
    return dict(read_pose_sequences(bundled(f"poses/{task}.npz", f"pose sequences of {task}")).notes)


def draws(
    env: str, tests: Mapping[str, Mapping[str, Any]], episodes: int, seed: int, folder: Path, nthread: int
) -> Any:
    """Which demonstration each episode of a test is of, and which of its sequences of images: the same for all rows."""
    drawn = {}
    for name, options in tests.items():
        test = Evaluation(env, options, episodes, seed, nthread)
        _, info = test.env.reset(seed=seed)
        drawn[name] = {what: info[what].tolist() for what in ("sequence", "variant")}
        test.env.close()
    return drawn


def evaluate_paired(
    env: str,
    tests: Mapping[str, Mapping[str, Any]],
    episodes: int,
    seed: int,
    shipped: str | None,
    residual: bool,
    folder: Path,
    nthread: int,
    after: Mapping[str, Earlier] | None = None,
) -> dict[str, Any]:
    """The success of each episode of each test, so that rows can be compared episode by episode.

    An agent is that of the training before it, or one that comes with the suite; without either, the user is alone.
    """
    agents = [Agent.load(earlier.folder / "best") for earlier in (after or {}).values()]
    if shipped is not None:
        agents = [Agent.load(bundled(f"agents/{shipped}", f"an agent for {env}"))]
    outcomes = {}
    for name, options in tests.items():
        test = Evaluation(env, {**options, "residual": residual}, episodes, seed, nthread)
        act: Act = agents[0] if agents else Nobody(gym.spaces.flatdim(test.env.single_action_space))
        outcomes[name] = "".join(map(str, test.run(act).success.astype(int)))
        test.env.close()
    return {"outcomes": outcomes, "episodes": episodes}
