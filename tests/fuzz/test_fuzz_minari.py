"""Minari datasets from strangers: damaged bytes, changed values, links to elsewhere, files that unpack to too much."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import h5py
import numpy as np
import pytest
from fuzz.mutants import damaged, outcome, tell, within

from hand_envs import datasets
from hand_envs.cli import main
from hand_envs.datasets import Demonstration, Demonstrations
from hand_envs.errors import DatasetError

MUTANTS = 120  # of each kind
METADATA, DATA = "metadata.json", "main_data.hdf5"


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """A small dataset that is sound; each test damages a copy of it."""
    random = np.random.default_rng(0)
    state = {"qpos": np.zeros(30), "qvel": np.zeros(30), "door_body_pos": np.array([-0.2, 0.3, 0.3])}
    episodes = tuple(
        Demonstration(
            state,
            random.uniform(-1, 1, (5, 28)),
            random.normal(size=(6, 39)).astype(precision),
            np.zeros(5),
            seed,
            f"small #{seed}",
        )
        for seed, precision in enumerate((np.float64, np.float32))
    )
    made = Demonstrations("HandDoor-v0", episodes, {"reward": "paper"})
    return datasets.write_minari(made, "hand/small-v0", tmp_path_factory.mktemp("whole"))


@pytest.fixture
def folder(whole, tmp_path) -> Path:
    shutil.copytree(whole, tmp_path / "small-v0")
    return tmp_path / "small-v0" / "data"


def read(folder: Path, counts: Counter[str] | None = None) -> str:
    with within():
        found = outcome(lambda: datasets.load(folder), folder)
    if counts is not None:
        counts[found] += 1
    return found


def test_damaged_bytes(folder, deep):
    random, counts = np.random.default_rng(1), Counter()
    contents = {name: (folder / name).read_bytes() for name in (METADATA, DATA)}
    for number in range(MUTANTS * deep):
        name = (DATA, DATA, METADATA)[number % 3]
        (folder / name).write_bytes(damaged(contents[name], random))
        read(folder, counts)
        (folder / name).write_bytes(contents[name])
    tell("Minari, damaged", counts)
    assert counts["refused"] > counts["read"] > 0


VALUES = (None, True, -1, 2**70, 1e400, float("nan"), "", "x" * 10_000, [], {}, [[]], {"a": {"b": 1}}, "[" * 5000)


def test_changed_metadata(folder, deep):
    random, counts = np.random.default_rng(2), Counter()
    sound = json.loads((folder / METADATA).read_text())
    for _ in range(MUTANTS * deep):
        changed = json.loads(json.dumps(sound))
        name = random.choice(["total_episodes", "description", "env_spec", "dataset_id", "data_format", "action_space"])
        value = VALUES[random.integers(len(VALUES))]
        if name == "description" and random.random() < 0.7:
            value = json.dumps({"env_id": random.choice(["HandDoor-v0", "HandDoorResidual-v0"]), "options": value})
        changed[name] = value
        if random.random() < 0.2:
            del changed[str(random.choice(list(sound)))]
        (folder / METADATA).write_text(json.dumps(changed))
        read(folder, counts)
    tell("Minari, metadata", counts)
    assert counts["refused"] > 0


ARRAYS = (
    np.zeros(0),
    np.zeros((5, 28), np.int8),
    np.full((5, 28), np.nan),
    np.full((5, 28), 1e308),
    np.zeros((5, 28), np.complex128),
    np.array(3.0),
    np.array([b"text"]),
    np.zeros((5, 28), [("x", "f8")]),
    np.zeros((0, 28)),
    np.zeros((6, 39, 1)),
    np.zeros(5, bool),
)
NOTES = (-1, 2**63 - 1, 1.5, np.nan, "text", b"bytes", [1, 2], np.zeros((3, 3)), h5py.Empty("f8"), True, np.zeros(0))


def test_changed_values(folder, deep):
    random, counts = np.random.default_rng(3), Counter()
    sound = (folder / DATA).read_bytes()
    names = ["observations", "actions", "rewards", "terminations", "truncations"]
    notes = ["seed", "source", "last_observation_repeated", "options/state/qpos", "options/state/new", "id"]
    for _ in range(MUTANTS * deep):
        (folder / DATA).write_bytes(sound)
        with h5py.File(folder / DATA, "a") as file:
            episode = file["episode_1"]
            if random.random() < 0.5:
                name = str(random.choice(names))
                del episode[name]
                if random.random() < 0.9:
                    episode[name] = ARRAYS[random.integers(len(ARRAYS))]
            else:
                episode.attrs[str(random.choice(notes))] = NOTES[random.integers(len(NOTES))]
        read(folder, counts)
    tell("Minari, values", counts)
    assert counts["refused"] > 0
    assert counts["read"] > 0


def refused(folder: Path, match: str) -> None:
    with within(megabytes=60), pytest.raises(DatasetError, match=match):
        datasets.load(folder)


@pytest.mark.parametrize("link", ["external", "soft"])
@pytest.mark.parametrize("place", ["episode_1", "episode_1/actions"])
def test_links_are_not_followed(folder, tmp_path, link, place):
    shutil.copy(folder / DATA, tmp_path / "secret.hdf5")
    with h5py.File(folder / DATA, "a") as file:
        del file[place]
        target = h5py.ExternalLink(str(tmp_path / "secret.hdf5"), f"/{place}")
        file[place] = target if link == "external" else h5py.SoftLink("/episode_0/actions")
    refused(folder, f"{DATA}.*a link to elsewhere")


def test_data_in_other_files_is_not_read(folder, tmp_path):
    (tmp_path / "secret.bin").write_bytes(np.zeros((5, 28)).tobytes())
    with h5py.File(folder / DATA, "a") as file:
        del file["episode_1/actions"]
        secret = [(str(tmp_path / "secret.bin"), 0, 5 * 28 * 8)]
        file["episode_1"].create_dataset("actions", (5, 28), "f8", external=secret)
    refused(folder, "refers to another file")
    with h5py.File(folder / DATA, "a") as file:
        layout = h5py.VirtualLayout((5, 28), "f8")
        layout[:] = h5py.VirtualSource(str(tmp_path / "other.hdf5"), "actions", (5, 28))
        del file["episode_1/actions"]
        file["episode_1"].create_virtual_dataset("actions", layout)
    refused(folder, "refers to another file")


def test_what_is_larger_than_its_file_is_refused_before_room_is_made(folder):
    with h5py.File(folder / DATA, "a") as file:
        del file["episode_1/actions"]
        file["episode_1"].create_dataset("actions", (10**9, 28), "f8", chunks=(1000, 28), compression="gzip")
    refused(folder, "more than a file of this size can hold")
    with h5py.File(folder / DATA, "a") as file:
        del file["episode_1/actions"]
        file["episode_1"].create_dataset("actions", (5, 28), "f8", chunks=(10**6, 28), maxshape=(None, 28))
    refused(folder, "in pieces of")


def test_a_piece_that_unpacks_without_end_is_refused(folder):
    import zlib

    with h5py.File(folder / DATA, "a") as file:
        del file["episode_1/actions"]
        actions = file["episode_1"].create_dataset("actions", (5, 28), "f8", chunks=(5, 28), compression="gzip")
        actions.id.write_direct_chunk((0, 0), zlib.compress(bytes(2**24), 9))
    refused(folder, "larger than it is unpacked")


def test_the_environment_that_a_file_names_is_not_made(folder, tmp_path):
    """Minari makes it where a space is missing, and an entry point can be any function."""
    mark = tmp_path / "it_ran"
    metadata = json.loads((folder / METADATA).read_text())
    spec = {**json.loads(metadata["env_spec"]), "entry_point": "os:system", "kwargs": {"command": f"touch {mark}"}}
    del metadata["action_space"]
    (folder / METADATA).write_text(json.dumps({**metadata, "env_spec": json.dumps(spec)}))
    assert len(datasets.load(folder)) == 2
    assert not mark.exists()


@pytest.mark.parametrize("env_id", ["HandDoor-v0", "HandDoorResidual-v0"])
@pytest.mark.parametrize("name", ["base", "user", "demonstrations", "task", "task_options", "nonsense"])
def test_options_that_name_code_or_files_are_refused(folder, env_id, name):
    metadata = json.loads((folder / METADATA).read_text())
    metadata["description"] = json.dumps({"env_id": env_id, "options": {name: "os:system"}})
    (folder / METADATA).write_text(json.dumps(metadata))
    refused(folder, f"{METADATA}.*asks for an option of {env_id}")


@pytest.mark.parametrize(
    "options", [{"noise": "much"}, {"residual": 3}, {"limit": None}, {"w_task": True}, {"noise": 1e300}]
)
def test_options_of_another_type_are_refused(folder, options):
    metadata = json.loads((folder / METADATA).read_text())
    metadata["description"] = json.dumps({"env_id": "HandDoorResidual-v0", "options": options})
    (folder / METADATA).write_text(json.dumps(metadata))
    refused(folder, "asks for an option")


def test_names_in_a_file_neither_break_nor_command_the_terminal(folder, capsys):
    with h5py.File(folder / DATA, "a") as file:
        file["episode_0"].attrs["source"] = "[/bold] \x1b[2J\x07 [red]"
    main(["demos", "show", str(folder)])
    shown = capsys.readouterr().out
    assert "[/bold] ?[2J? [red]" in shown
    metadata = json.loads((folder / METADATA).read_text())
    metadata["description"] = json.dumps({"env_id": "HandDoor-v0", "options": {"\x1b[2J": 1}})
    (folder / METADATA).write_text(json.dumps(metadata))
    with pytest.raises(DatasetError) as error:
        datasets.load(folder)
    assert "\x1b" not in str(error.value)


def test_commands_end_with_a_line_whatever_the_values(folder, deep, capsys):
    """Values that are read may still not fit the environment; the commands say so."""
    random, statuses = np.random.default_rng(4), Counter()
    sound = (folder / DATA).read_bytes()
    names = ["options/state/qpos", "options/state/qvel", "options/state/door_body_pos", "options/state/new"]
    for number in range(6 * deep):
        (folder / DATA).write_bytes(sound)
        with h5py.File(folder / DATA, "a") as file:
            value = random.choice([0.0, 1e6, -1.0]) * np.ones(random.choice([1, 3, 30]))
            file["episode_0"].attrs[names[number % 4]] = value
        for command in ("show", "check"):
            with within():
                try:
                    main(["demos", command, str(folder)])
                    statuses[0] += 1
                except SystemExit as stopped:
                    statuses[stopped.code] += 1
        said = capsys.readouterr()
        assert "Traceback" not in said.err
    assert set(statuses) <= {0, 1, 2}
    assert statuses[2] > 0
