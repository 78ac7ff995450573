"""Agent folders and checkpoints, damaged at random: they load, or are refused with the name of the file."""

from __future__ import annotations

import json
import random
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from conftest import ROOT

pytest.importorskip("sb3_contrib", reason="agents need the extra: pip install 'hand-envs[agents]'")
pytest.importorskip("imitation", reason="pip install --no-deps imitation==1.0.1")
import torch
from stable_baselines3.common.running_mean_std import RunningMeanStd

from agents import estimator, ppo_gail, vision
from agents.common import checkpoints
from agents.common.agent import SavedPolicy, agent_parts, policy_for
from agents.common.run import RunFolder
from agents.dapg import Agent
from agents.estimator.deep import DeepEstimator
from agents.vision.reference import parts_of
from hand_envs.errors import DatasetError, OptionError

VALUES: list[Any] = [
    None, True, -1, 0, 3, 10**6, 10**12, 10**400, 1e308, float("nan"), float("inf"), -0.5, "", "door", [], {}, [[]],
    [10_000_000, 10_000_000], [1] * 1000, {"a": {"b": []}}, [float("nan")] * 28,
]  # fmt: skip


def mutate(path: Path, draw: random.Random) -> str:
    """Damage a file; returns how."""
    by_bytes = [truncated, flipped, zeroed, doubled, emptied, removed]
    by_kind = {".json": [retyped, retyped], ".npz": [rearranged, claiming, squeezed], ".pt": [retensored, squeezed]}
    change = draw.choice([*by_bytes, *by_kind[path.suffix] * 4])
    change(path, draw)
    return f"{path.name} {change.__name__}"


def truncated(path: Path, draw: random.Random) -> None:
    path.write_bytes(path.read_bytes()[: draw.randrange(path.stat().st_size)])


def flipped(path: Path, draw: random.Random) -> None:
    content = bytearray(path.read_bytes())
    for _ in range(draw.choice([1, 1, 20])):
        content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    path.write_bytes(content)


def zeroed(path: Path, draw: random.Random) -> None:
    content = path.read_bytes()
    start = draw.randrange(len(content))
    path.write_bytes(content[:start] + bytes(min(200, len(content) - start)) + content[start + 200 :])


def doubled(path: Path, draw: random.Random) -> None:
    path.write_bytes(path.read_bytes() * 2)


def emptied(path: Path, draw: random.Random) -> None:
    path.write_bytes(b"")


def removed(path: Path, draw: random.Random) -> None:
    path.unlink()


def retyped(path: Path, draw: random.Random) -> None:
    """Some value in a JSON file is another one."""
    data = json.loads(path.read_text())
    places: list[tuple[Any, Any]] = []

    def walk(part: Any) -> None:
        for key in part if isinstance(part, dict) else range(len(part)):
            places.append((part, key))
            if isinstance(part[key], dict | list):
                walk(part[key])

    walk(data)
    if places and draw.random() < 0.9:
        part, key = draw.choice(places)
        part[key] = draw.choice(VALUES)
    else:
        data = draw.choice(VALUES)
    path.write_text(json.dumps(data))


def rearranged(path: Path, draw: random.Random) -> None:
    """An array is of another shape or kind, or holds what is no number."""
    with np.load(path) as stored:
        arrays = dict(stored)
    name = draw.choice(list(arrays))
    array = arrays[name]
    nan = np.full(array.shape, np.nan)
    huge = np.full(array.shape, 1e300)
    others = [nan, huge, -huge, array[..., :1] if array.ndim else np.zeros(3), array[None], array.astype("U4")]
    unreal = np.zeros(array.shape, complex)
    arrays[name] = draw.choice([*others, np.zeros(0), unreal, np.array(3), np.zeros((1, 1, 1))])
    if draw.random() < 0.2:
        del arrays[name]
    np.savez(path, **arrays)


def claiming(path: Path, draw: random.Random) -> None:
    """An array's header claims terabytes."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = draw.choice(list(members))
    header = "{'descr': '<f8', 'fortran_order': False, 'shape': (" + draw.choice(["10**12", "1000000000000"]) + ",), }"
    text = header.encode().ljust(117) + b"\n"
    members[name] = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + members[name][128:]
    _pack(path, members, zipfile.ZIP_STORED)


def squeezed(path: Path, draw: random.Random) -> None:
    """A compressed archive, in which a little may be much."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    _pack(path, {**members, draw.choice(list(members)): bytes(10**6)}, zipfile.ZIP_DEFLATED)


def _pack(path: Path, members: dict[str, bytes], how: int) -> None:
    with zipfile.ZipFile(path, "w", how) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def retensored(path: Path, draw: random.Random) -> None:
    """A tensor is another one, or none."""
    state = torch.load(path, weights_only=True)
    part: Any = state
    while isinstance(part, dict) and part:
        name = draw.choice(list(part))
        if not isinstance(part[name], dict) or draw.random() < 0.1:
            break
        part = part[name]
    old = part[name]
    shape = tuple(old.shape) if isinstance(old, torch.Tensor) else (3,)
    nan, double = torch.full(shape, float("nan")), torch.zeros(shape).double()
    values = [nan, torch.zeros(1, 1, 1), double, torch.zeros(0)]
    spread = torch.zeros(1).expand(10**9)  # a billion numbers that are one
    part[name] = draw.choice([*values, torch.full(shape, float("inf")), spread, None, "x", 3, [], {}])
    if draw.random() < 0.2:
        del part[name]
    torch.save(state, path)


def survive(folder: Path, tmp_path: Path, draw: random.Random, times: int, use: Callable[[Path], None]) -> int:
    """Use damaged copies of a folder; returns how many were refused."""
    names, refused = sorted(path.name for path in folder.iterdir() if path.name != "versions.json"), 0
    copy = tmp_path / folder.name
    for number in range(times):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(folder, copy)
        name = draw.choice(names)
        how = mutate(copy / name, draw)
        try:
            use(copy)
        except (DatasetError, OptionError) as error:
            refused += 1
            text = str(error)
        except Exception as error:
            raise AssertionError(f"mutant {number} ({how}) ended in {type(error).__name__}: {error}") from error
        else:
            continue
        assert f"{copy}/" in text or name in text or "is another one" in text, (
            f"mutant {number} ({how}) does not name the file: {text}"
        )
    return refused


def test_damaged_agents_load_and_act_or_are_refused(tmp_path, deep):
    seen = np.zeros((2, 39))

    def use(folder: Path) -> None:
        for agent in (Agent.load(folder), SavedPolicy.load(folder)):
            assert np.isfinite(agent(seen)).all()

    shipped = ROOT / "assets" / "agents" / "dapg" / "door"
    refused = survive(shipped, tmp_path, random.Random(0), 90 * deep, use)
    assert refused > 50 * deep


def test_damaged_differences_from_the_shipped_estimator_are_refused_or_used(tmp_path, deep):
    begun = estimator.load()
    folder = DeepEstimator(replace(begun.config, begin="shipped", rank=2), begun.network).save(tmp_path / "kept", {})
    depth, centre = np.zeros((1, 128, 128)), np.array([[0.0, 0.0, 0.5]])

    def use(copy: Path) -> None:
        with np.errstate(all="ignore"):
            estimator.load(copy)(depth, centre)

    (tmp_path / "copies").mkdir()
    assert survive(folder, tmp_path / "copies", random.Random(0), 25 * deep, use) > 10 * deep


@pytest.fixture(scope="module")
def visual(tmp_path_factory):
    """An agent that sees with random weights of which some were adapted, by statistics that follow."""
    config = vision.configured(encoder="random", size=32, momentum=0.1, network=(4,), precision="float32")
    encoder = vision.Encoder.named("random", size=32)
    parts = parts_of(encoder, "random")
    adapted = {"layer1.0.bn1.weight": encoder.network.layer1[0].bn1.weight + 0.1}
    statistics = encoder.follow(0.1).get_state()
    actions = gym.spaces.Box(-1.0, 1.0, (3,))
    policy = policy_for(gym.spaces.Box(-np.inf, np.inf, (514,)), actions, (4,))
    rest = agent_parts(config, actions, policy, RunningMeanStd(shape=(514,)))
    files = {**rest, **parts, "encoder.pt": adapted, "statistics.pt": statistics}
    return checkpoints.write(tmp_path_factory.mktemp("visual") / "agent", files)


def test_damaged_visual_agents_load_and_act_or_are_refused(tmp_path, visual, deep):
    seen = {"image": np.zeros((2, 40, 30, 3), np.uint8), "proprio": np.zeros((2, 2))}

    def use(folder: Path) -> None:
        agent = vision.Agent.load(folder)
        with np.errstate(all="ignore"):
            agent(seen)

    assert survive(visual, tmp_path, random.Random(2), 20 * deep, use) > 8 * deep


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A training with all that a checkpoint may hold, and its newest checkpoint."""
    changes = {**ppo_gail.Config.tiny, "steps": 16, "curriculum": 0.5}
    folder = tmp_path_factory.mktemp("trained")
    training = ppo_gail.Training(ppo_gail.configured(**changes), folder, nthread=1, episodes=1)
    training.run()
    return training, training.records.latest()


def test_damaged_checkpoints_are_gone_on_from_or_refused(tmp_path, trained, deep):
    training, checkpoint = trained

    def use(folder: Path) -> None:
        records = RunFolder(folder.parent.parent)
        records.check(training.config, resume=True)
        training.learner.thaw(folder)
        records.notes(10**9)

    (tmp_path / "checkpoints").mkdir()
    refused = survive(checkpoint, tmp_path / "checkpoints", random.Random(1), 80 * deep, use)
    assert refused > 50 * deep
    training.learner.thaw(checkpoint)
