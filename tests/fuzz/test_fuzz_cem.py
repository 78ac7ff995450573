"""Logs and agents of searches, damaged at random: they are read, or refused with the name of the file."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="agents need the extra: pip install 'hand-envs[agents]'")

from agents.cem import Agent, CemConfig
from agents.cem.agent import agent_parts
from agents.cem.episodes import Episode, read_episodes
from agents.cem.pictures import read_picture, write_picture
from agents.cem.policy import Policy
from agents.cem.rewards import Scripted
from agents.common import checkpoints
from hand_envs.errors import DatasetError, OptionError

VALUES = (None, True, -1, 10**400, 1e308, float("nan"), float("-inf"), "", "1", [], [[]], {}, [1] * 5, [None], [{}])


def episodes(count: int) -> list[Episode]:
    rng = np.random.default_rng(0)
    return [Episode(*rng.normal(size=(2, 3)), rng.normal(size=4), float(rng.normal()), True) for _ in range(count)]


def names(error: Exception, what: str) -> None:
    assert what in str(error)


def damaged(content: bytes, draw: random.Random) -> bytes:
    kind, place = draw.randrange(4), draw.randrange(len(content))
    if kind == 0:
        return content[:place]
    if kind == 1:
        return content[:place] + bytes([draw.randrange(256)]) + content[place + 1 :]
    return content[:place] + content[draw.randrange(len(content)) :] if kind == 2 else content * 2


def test_logs(tmp_path, deep):
    draw, path, read = random.Random(1), tmp_path / "episodes.jsonl", 0
    lines = [each.line() for each in episodes(5)]
    for _ in range(200 * deep):
        changed = list(lines)
        number = draw.randrange(5)
        if draw.random() < 0.5:
            line = json.loads(lines[number])
            line[draw.choice([*line, "more"])] = draw.choice(VALUES)
            changed[number] = json.dumps(line) + "\n"
            path.write_text("".join(changed))
        else:
            path.write_bytes(damaged("".join(changed).encode(), draw))
        try:
            found = read_episodes(path)
        except DatasetError as error:
            names(error, str(path))
            continue
        read += 1
        for each in found:
            assert np.isfinite([*each.prior, *each.residual, *each.features, each.reward]).all()
    assert read < 190 * deep


@pytest.mark.parametrize("policy", ["vae", "mlp", "transformer", "mean"])
def test_agents(tmp_path, deep, policy):
    config = CemConfig(policy=policy, iterations=1, hidden=4, episodes=5)
    whole = tmp_path / "whole"
    fitted = Policy.fit(config, episodes(5), np.ones(3), [1])
    checkpoints.write(whole, agent_parts(config, fitted))
    draw, loaded = random.Random(2), 0
    for _ in range(25 * deep):
        folder = tmp_path / "agent"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(whole, folder)
        change(folder / draw.choice(["config.json", "policy.npz", "policy.npz", "policy.pt"]), draw)
        try:
            agent = Agent.load(folder)
        except (DatasetError, OptionError) as error:
            names(error, str(folder))
            continue
        loaded += 1
        assert np.isfinite(agent.policy(np.zeros(4), np.zeros(3), np.random.default_rng(0))).all()
    assert loaded < 25 * deep


def change(path: Path, draw: random.Random) -> None:
    if path.suffix == ".npz" and draw.random() < 0.7:
        arrays = dict(np.load(path))
        name = draw.choice(list(arrays))
        arrays[name] = draw.choice(
            [arrays[name][:-1], arrays[name] * np.nan, arrays[name].astype("U8"), np.zeros(()), arrays[name][None]]
        )
        np.savez(path, **arrays)
    elif path.suffix == ".json" and draw.random() < 0.7:
        fields = json.loads(path.read_text())
        fields[draw.choice(list(fields))] = draw.choice(VALUES)
        path.write_text(json.dumps(fields))
    else:
        path.write_bytes(damaged(path.read_bytes(), draw))


def test_pictures_and_scores(tmp_path, deep):
    draw = random.Random(3)
    seen = {"rgb": np.zeros((4, 5, 3), np.uint8), "depth": np.ones((4, 5), np.float32)}
    picture, scores = write_picture(tmp_path / "seen.npz", seen), tmp_path / "scores.txt"
    whole = picture.read_bytes()
    assert read_picture(picture).keys() == seen.keys()
    for _ in range(100 * deep):
        picture.write_bytes(damaged(whole, draw))
        scores.write_bytes(damaged(b"0.5\n1\n0.25\n\n0\n", draw))
        for read, path in ((read_picture, picture), (Scripted.read, scores)):
            try:
                found = read(path)
            except DatasetError as error:
                names(error, str(path))
            else:
                assert path != scores or all(0 <= each <= 1 for each in found.scores)
