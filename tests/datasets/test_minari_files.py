"""Minari datasets as others find them: by id, with an environment that fits, and never half written."""

from __future__ import annotations

import json
import os
import signal
import sys

import h5py
import numpy as np
import pytest
from conftest import ROOT
from full_disk import run_on_full_disk

from hand_envs import datasets, replay
from hand_envs.cli import main
from hand_envs.datasets import Demonstration, Demonstrations
from hand_envs.datasets.formats.minari import _plain_options, read_pairs
from hand_envs.datasets.installing import install, shipped_datasets
from hand_envs.errors import DatasetError

FOLDER = ROOT / "assets" / "demos" / "hand"
NAMES = sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir())


def small(largest: float = 1.0, steps: int = 230, env_id: str = "HandDoor-v0") -> Demonstrations:
    state = {"qpos": np.zeros(30), "qvel": np.zeros(30), "door_body_pos": np.array([-0.2, 0.3, 0.3])}
    actions = np.random.default_rng(0).uniform(-largest, largest, (steps, 28))
    episode = Demonstration(state, actions, np.zeros((steps + 1, 39)), np.zeros(steps), 0, "small")
    return Demonstrations(env_id, (episode,))


@pytest.mark.parametrize("name", NAMES)
def test_what_ships_is_found_by_its_id_and_fits_the_environment_that_minari_makes(name, monkeypatch):
    import minari

    monkeypatch.setenv("MINARI_DATASETS_PATH", str(FOLDER.parent))
    dataset = minari.load_dataset(f"hand/{name}")
    env = dataset.recover_environment()
    assert env.spec.max_episode_steps is None, "episodes end when they end"
    assert dataset.action_space.is_bounded()
    assert all(dataset.action_space.contains(action) for action in dataset[0].actions)
    assert (dataset.action_space.low == env.action_space.low).all()


def test_an_episode_longer_than_the_limit_is_played_to_its_end(monkeypatch):
    import minari

    monkeypatch.setenv("MINARI_DATASETS_PATH", str(FOLDER.parent))
    dataset = minari.load_dataset("hand/door-planned-v0")
    env, episode = dataset.recover_environment(), dataset[0]
    (metadata,) = dataset.storage.get_episode_metadata([0])
    env.reset(options=metadata["options"])
    ends = [env.step(action)[2:4] for action in episode.actions]
    assert len(ends) == 230
    assert not np.any(ends)


def test_what_ships_needs_no_folder(capsys):
    assert datasets.load("hand/pen-planned-v0").env_id == "HandPen-v0"
    main(["demos", "show", "hand/door-planned-v0"])
    assert "26 demonstrations of HandDoor-v0" in capsys.readouterr().out
    with pytest.raises(DatasetError, match="hand/door-planned-v0"):
        datasets.load("hand/dor-planned-v0")


def test_one_of_a_users_own_hides_what_ships(tmp_path, monkeypatch):
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path))
    datasets.write_minari(small(), "hand/door-planned-v0")
    assert len(datasets.load("hand/door-planned-v0")) == 1


def test_installed_ones_are_found_by_minari(tmp_path, monkeypatch, capsys):
    import minari

    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "datasets"))
    main(["demos", "install"])
    assert "minari.load_dataset" in capsys.readouterr().out
    assert set(minari.list_local_datasets()) == {f"hand/{name}" for name in NAMES} == set(shipped_datasets())
    assert len(minari.load_dataset("hand/door-planned-v0")) == 26
    assert install() == []


def test_actions_beyond_the_bounds_are_kept_and_said_to_be(tmp_path):
    import minari

    for largest, bounded in ((1.0, True), (1.5, False)):
        folder = datasets.write_minari(small(largest), f"hand/up-to-{bounded}-v0", tmp_path)
        dataset = minari.MinariDataset(folder / "data")
        assert dataset.action_space.is_bounded() == bounded
        assert dataset.action_space.contains(small(largest)[0].actions[0])
        assert dataset.recover_environment().spec.max_episode_steps is None


@pytest.mark.parametrize("largest", [20_000, 100])
def test_a_full_disk_leaves_no_dataset(tmp_path, largest):
    code = (
        "import sys; from hand_envs.cli import main\n"
        "main(['demos', 'convert', sys.argv[1], 'hand/copy-v0', '--root', sys.argv[2]])"
    )
    root = tmp_path / "datasets"
    done = run_on_full_disk(code, largest, str(FOLDER / "relocate-mug-planned-v0"), str(root))
    assert done.returncode == 2, done.stderr
    assert "could not be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert not [path for path in root.rglob("*") if path.is_file()]


def test_an_interrupted_writing_leaves_no_dataset(tmp_path, monkeypatch):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("hand_envs.datasets.formats.minari_writing.replace_folder", interrupt)
    with pytest.raises(KeyboardInterrupt):
        datasets.write_minari(small(), "hand/copy-v0", tmp_path)
    assert list(tmp_path.rglob("*.hdf5")) == []


def test_what_a_killed_process_was_writing_is_removed_by_the_next(tmp_path):
    code = (
        "import os, signal, sys; from hand_envs.cli import main\n"
        "from hand_envs.datasets.formats import minari_writing\n"
        "minari_writing.replace_folder = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "main(['demos', 'convert', sys.argv[1], 'hand/copy-v0', '--root', sys.argv[2]])"
    )
    killed = run_on_full_disk(code, 2**30, str(FOLDER / "relocate-mug-planned-v0"), str(tmp_path))
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    (left,) = tmp_path.glob(".writing-*")
    writing, machine, pid, random = left.name.split("-")
    running = tmp_path / f"{writing}-{machine}-{os.getpid()}-{random}"
    remote = tmp_path / f"{writing}-another{machine}-{pid}-{random}"
    running.mkdir(), remote.mkdir()
    datasets.write_minari(small(steps=3), "hand/small-v0", tmp_path)
    assert set(tmp_path.glob(".writing-*")) == {running, remote}


def test_a_start_that_does_not_fit_names_its_demonstration():
    whole = small(steps=3)[0]
    wrong = Demonstration({"qpos": np.zeros(5)}, whole.actions, whole.observations, whole.rewards, source="wrong#0")
    with pytest.raises(DatasetError, match="wrong#0 cannot be started"):
        list(replay.check(Demonstrations("HandDoor-v0", (wrong,))))


def test_options_that_files_may_choose():
    assert list(_plain_options("HandDoor-v0")) == ["reward"]
    assert "success" in _plain_options("HandPour-v0")
    helped = _plain_options("HandDoorResidual-v0")
    assert {"noise", "limit", "split", "reward", "residual", "drift"} <= set(helped)
    assert not {"task", "base", "user", "demonstrations", "task_options"} & set(helped)


# --- of any environment: only numbers, and nothing of it is run ------------------------------------------------------


@pytest.fixture
def others(tmp_path):
    """A dataset of two episodes of somebody else's environment, whose metadata names code."""
    folder = tmp_path / "others" / "data"
    folder.mkdir(parents=True)
    with h5py.File(folder / "main_data.hdf5", "w") as file:
        for number, length in enumerate((2, 3)):
            group = file.create_group(f"episode_{number}")
            group["observations"] = np.full((length + 1, 4), number, np.float32)
            group["actions"] = np.full((length, 1), number, np.float32)
    spec = {"id": "Theirs-v0", "entry_point": "never_imported:Env"}
    (folder / "metadata.json").write_text(json.dumps({"total_episodes": 2, "env_spec": json.dumps(spec)}))
    return folder.parent


def test_states_and_actions_of_any_environment_are_read(others):
    pairs = read_pairs(others)
    assert [(states.shape, actions.shape) for states, actions in pairs] == [((2, 4), (2, 1)), ((3, 4), (3, 1))]
    assert pairs[1][0].max() == 1.0
    assert "never_imported" not in sys.modules


@pytest.mark.parametrize(
    ("put", "cause"),
    [
        (lambda group: group.create_group("observations"), "should be a dataset"),
        (lambda group: group.__setitem__("observations", np.zeros((3, 2, 2))), "Only flat ones"),
        (lambda group: group.__setitem__("observations", np.zeros((2, 4))), "one observation more"),
        (lambda group: group.__setitem__("observations", np.full((3, 4), np.nan)), "not finite"),
        (lambda group: group.__setitem__("observations", h5py.ExternalLink("/etc/x.hdf5", "/a")), "link to elsewhere"),
        (
            lambda group: group.create_dataset("observations", (2**40, 4), "f4"),
            "more than a file of this size can hold",
        ),
        (lambda group: None, "lacks /episode_0/observations"),
    ],
    ids=["dict", "pictures", "short", "nan", "link", "huge", "none"],
)
def test_what_else_is_in_them_is_refused(others, put, cause):
    with h5py.File(others / "data" / "main_data.hdf5", "a") as file:
        del file["episode_0"]["observations"]
        put(file["episode_0"])
    with pytest.raises(DatasetError, match=rf"main_data\.hdf5.*{cause}"):
        read_pairs(others)


def test_damaged_metadata_of_theirs_is_named(others):
    for text in ("{", "[]", '{"total_episodes": -1}'):
        (others / "data" / "metadata.json").write_text(text)
        with pytest.raises(DatasetError, match=r"metadata\.json"):
            read_pairs(others)
