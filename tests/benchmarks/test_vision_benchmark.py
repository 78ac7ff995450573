"""The cells of vision's benchmarks, and what their jobs do."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import replace

import numpy as np
import pytest
from conftest import needs_gl

pytest.importorskip("torch", reason="agents need the extra: pip install 'hand-envs[agents]'")

from agents.vision import Encoder
from benchmarks.runner import Earlier, Options
from benchmarks.runner.cells import find, in_order
from benchmarks.vision import cloning, jobs, speed
from benchmarks.vision.cells import Cells, unique
from benchmarks.vision.cloned import clone
from benchmarks.vision.command import VisionCommand
from benchmarks.vision.paper import TASKS
from benchmarks.vision.presets import PRESETS
from benchmarks.vision.rows import CATALOGUE, EXPERT, ROWS
from benchmarks.vision.targets import targets
from benchmarks.vision.variants import LEARNED, MOMENTUM, STAGES
from hand_envs.errors import OptionError
from hand_envs.registry import IDS
from hand_envs.replay.play import make_env


def names(chain) -> list[str]:
    return [cell.name for cell in chain]


def test_every_number_has_its_cells():
    cells = Cells(PRESETS["laptop"])
    chains = cells.cloned((*PRESETS["laptop"].rows, EXPERT))
    assert len(chains) == len(TASKS) * 7
    everything = in_order(unique([*chains, *cells.probed(PRESETS["laptop"].rows)]))
    features = [cell for cell in everything if cell.name.endswith("/features")]
    assert len(features) == len(TASKS) * (5 + 3), "once a row and task, and once a network where each seed draws one"
    assert len([cell for cell in everything if cell.name.startswith("encoders/")]) == 3
    assert {cell.options["env"] for cell in everything if "env" in cell.options} <= set(IDS)
    for cell in everything:
        assert callable(find(cell.job)) if "learning" not in cell.job else True


def test_a_random_network_is_drawn_for_each_seed_and_has_what_the_others_have():
    cells = Cells(PRESETS["quick"])
    first, second = (cells.clone("door", "random", seed) for seed in (1, 2))
    assert names(first) == ["door/random/seed-1/features", "door/random/seed-1/cloned"]
    assert [each[0].options["sight"]["encoder"]["seed"] for each in (first, second)] == [1, 2]
    trained = cells.clone("door", "3d", 2)
    assert names(trained) == ["encoders/3d/seed-1/pretrained", "door/3d/features", "door/3d/seed-2/cloned"]
    same = {"env", "episodes"}
    assert {name: trained[1].options[name] for name in same} == {name: second[0].options[name] for name in same}
    pixels = [chain[-2].options["sight"]["pixels"] for chain in (first, trained)]
    assert pixels[0] == pixels[1]
    alike = {"env", "epochs", "episodes", "seed", "momentum"}
    assert [{name: chain[-1].options[name] for name in alike} for chain in (second,)] == [
        {name: trained[-1].options[name] for name in alike}
    ]


def test_stages_are_encoders_behind_each_other():
    cells = Cells(PRESETS["quick"])
    chain = cells.learned("door", STAGES["All stages"], 3)
    assert names(chain) == [
        "encoders/3d/seed-1/pretrained",
        "door/adapted/seed-1/adapted",
        f"door/adapted/seed-3/dapg-momentum-{MOMENTUM:g}",
    ]
    assert chain[-1].options["encoder"]["cell"] == "door/adapted/seed-1/adapted"
    assert chain[1].options["adapt"] == "affine"
    everything = cells.learned("door", STAGES["All stages, 2 adapts 100 %"], 1)
    assert everything[1].options["adapt"] == "all"
    assert len(cells.learned("door", LEARNED["Nothing (random), cloned"], 1)) == 1
    redrawn = Cells(replace(PRESETS["quick"], redrawn=True)).learned("door", STAGES["All stages"], 3)
    assert redrawn[0].name == "encoders/3d/seed-3/pretrained"


def test_backgrounds_are_of_the_test_alone():
    cells = Cells(PRESETS["quick"])
    plain, before = (cells.clone("door", "random", 1, background) for background in (0, 2))
    assert plain[0] == before[0], "what is cloned from is as ever"
    assert before[-1].name == "door/random/seed-1/background-2"
    assert before[-1].options["sight"]["pixels"]["background"] == 2
    assert "background" not in plain[-1].options["sight"]["pixels"]


def test_encoders_that_are_there_are_taken_instead_of_trained(tmp_path):
    Encoder.named("random", size=32).save(tmp_path / "mine", card={"steps": 7})
    command = VisionCommand(preset="smoke", encoders=(f"3d={tmp_path / 'mine'}", f"own={tmp_path / 'mine'}"))
    assert command.size.rows == ("own", "random", "blind")
    chain = command.cells.clone("door", "3d", 1)
    assert chain[0].name == "encoders/3d/given"
    weights = (tmp_path / "mine" / "weights.pt").read_bytes()
    assert chain[0].options["digest"] == hashlib.sha256(weights).hexdigest()[:16]
    result = jobs.given(**chain[0].options, folder=tmp_path / "cell")
    assert result == {"card": {"steps": 7}}
    after = {chain[0].name: Earlier(result, tmp_path / "cell")}
    told = chain[1].options["sight"]["encoder"]
    assert find("benchmarks.vision.sights:encoder_of")(told, after).size == 32


@pytest.mark.parametrize(
    ("text", "problem"),
    [("3d", "written NAME=FOLDER"), ("random=runs", "cannot say what random is"), ("3d=nowhere", "no weights.pt")],
)
def test_encoders_that_cannot_be(text, problem):
    with pytest.raises(OptionError, match=problem):
        VisionCommand(encoders=(text,)).size  # noqa: B018


def test_rows_and_tasks_are_known():
    with pytest.raises(OptionError, match="did you mean 'relocate-mug'"):
        VisionCommand(tasks=("relocate-mugs",)).size  # noqa: B018
    with pytest.raises(OptionError, match="--rows takes"):
        VisionCommand(rows=("4d",)).size  # noqa: B018
    assert set(VisionCommand(preset="paper").size.rows) >= set(CATALOGUE)
    assert EXPERT not in ROWS, "it is in every table"


def test_cloning_learns_whatever_the_scale_of_features():
    rng = np.random.default_rng(0)
    features, numbers = rng.normal(size=(256, 6)), rng.normal(size=(256, 2))
    actions = 0.3 * np.stack([features[:, 0] - features[:, 1], numbers[:, 0]], axis=1)
    seen = np.concatenate([features, numbers], axis=1)
    policy = clone(features, numbers, actions, epochs=40, seed=1)
    assert np.abs(policy(seen) - np.clip(actions, -1, 1)).mean() < 0.05
    scaled = clone(1000 * features, numbers, actions, epochs=40, seed=1)
    large = np.concatenate([1000 * features, numbers], axis=1)
    np.testing.assert_allclose(scaled(large), policy(seen), atol=0.02)
    assert np.abs(clone(features, numbers, actions, epochs=40, seed=2)(seen) - policy(seen)).max() > 1e-3


def test_numbers_that_hardly_vary_count_for_little():
    """A joint that is still in the demonstrations, and moves by a hundredth of a radian later, is no surprise."""
    features, still = np.random.default_rng(0).normal(size=(100, 3)), np.zeros((100, 1))
    policy = clone(features, still, np.zeros((100, 2)), epochs=1, seed=1)
    moved = np.concatenate([features, still + 0.01], axis=1)
    assert policy.standardised(moved)[:, 3].numpy() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("env_id", "width"), [("HandDoor-v0", 9), ("HandHammer-v0", 10), ("HandPen-v0", 15), ("HandPour-v0", 13)]
)
def test_what_features_are_asked_for(env_id, width):
    env = make_env(env_id)
    state = env.reset(seed=1)[0]
    layout = env.observation_layout
    asked = targets(env_id, np.stack([state, state]))
    assert asked["hand"].shape == (2, 24)
    assert asked["object"].shape == (2, width)
    np.testing.assert_allclose(asked["hand"][0], np.degrees(state[layout["hand"]][-24:]))
    place = {
        "HandDoor-v0": lambda: state[layout["palm_to_handle"]],
        "HandHammer-v0": lambda: state[layout["hammer"]] - state[layout["palm"]],
        "HandPen-v0": lambda: state[layout["pen"]],
        "HandPour-v0": lambda: state[layout["palm_to_mug"]],
    }[env_id]()
    np.testing.assert_allclose(asked["place"][1], 1e3 * place)


@needs_gl
@pytest.mark.slow
def test_the_jobs_on_features(tmp_path):
    cells = Cells(PRESETS["smoke"])
    found, after = {}, {}
    for chain in (cells.clone("pen", "random", 1), cells.probe("pen", "random", 1), cells.clone("pen", EXPERT, 1)):
        for cell in chain:
            folder = tmp_path / cell.name
            folder.mkdir(parents=True, exist_ok=True)
            needed = {"after": {name: after[name] for name in cell.after}} if cell.after else {}
            job = find(cell.job)
            nthread = {} if job is jobs.probe else {"nthread": 1}
            if cell.name not in found:
                found[cell.name] = job(**cell.options, folder=folder, **needed, **nthread)
                after[cell.name] = Earlier(found[cell.name], folder)
    assert found["pen/random/seed-1/features"] == {"pictures": 300, "width": 512}
    counted = found["pen/random/seed-1/cloned"]
    assert (len(counted["success"]), len(counted["returns"])) == (2, 2)
    assert sum(found["pen/expert/seed-1/cloned"]["returns"]) > 0
    probed = found["pen/random/seed-1/probed"]["hand"]
    assert len(probed["error"]) == 3, "folds of three episodes"
    assert all(error > 0 for error in probed["error"])


@needs_gl
def test_speeds_are_measured_and_written(tmp_path):
    small = {"sizes": (32,), "precisions": ("float32",), "lights": (True,), "num_envs": 2}
    assert speed.main(speed.Options(**small, rounds=2, seconds=0.01, out=tmp_path / "speed")) == 0
    with (tmp_path / "speed" / "speed.csv").open(newline="") as file:
        found = {line["column"]: float(line["ours"]) for line in csv.DictReader(file)}
    assert list(found) == ["drawn", "encoded", "stepped", "limit", "sampled", "sampled / limit (%)"]
    assert all(value > 0 for value in found.values())


@needs_gl
@pytest.mark.slow
def test_the_whole_table(tmp_path, capsys):
    command = VisionCommand(preset="smoke", run=Options(tmp_path, workers=1))
    assert cloning.main(command) == 0
    assert (tmp_path / "cloning-success.md").read_text().count("pen") == 1
    assert cloning.main(command) == 0, "and nothing runs again"
