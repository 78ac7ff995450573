"""A clip becomes a trajectory that plays again, and a report whose numbers are those of the simulation."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from reconstruction.clips import HANDS, poses_file, told, tracked

from hand_envs import replay
from hand_envs.cli import main
from hand_envs.datasets import load
from hand_envs.errors import DatasetError, OptionError, RenderingError
from hand_envs.live.policy import Policy
from hand_envs.reconstruction import run
from hand_envs.reconstruction.performing import FINGERS, Course
from hand_envs.reconstruction.report import contact_report, text
from hand_envs.reconstruction.run import DATASET, Wish, reconstruct

CUBE = "".join(
    f"v {x} {y} {z}\n" for x in (-30, 30) for y in (-30, 30) for z in (0, 180)
) + "f 1 2 4 3\nf 5 7 8 6\nf 1 5 6 2\nf 3 4 8 7\nf 1 3 7 5\nf 2 6 8 4\n"  # fmt: skip


@pytest.fixture(autouse=True)
def without_gl(monkeypatch):
    def fails(*_: object) -> None:
        raise RenderingError("no GL in this test")

    monkeypatch.setattr(run, "_film", fails)


@pytest.fixture(scope="module")
def lifted(tmp_path_factory):
    out = tmp_path_factory.mktemp("reconstruction") / "lifted"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "_film", lambda *_: (_ for _ in ()).throw(RenderingError("no GL in this test")))
        return out, reconstruct(tracked(), Wish("juice_carton", told=told()), out)


def test_the_carton_is_lifted_and_the_report_says_by_whom(lifted):
    out, report = lifted
    contacts = report["contacts"]
    assert contacts["success"]
    assert not contacts["unstable"]
    (*_, hold) = contacts["holds"]
    assert "thumb" in hold["by"]
    assert len(hold["by"]) >= 2
    assert hold["mean_force_N"] > 0.5 * 9.81  # friction of 1 at most has to carry half a kilogram
    assert 0.0 <= hold["slip_at_end_mm"] <= hold["slip_mm"] < 40.0
    assert 0.0 < contacts["penetration_95_percent_mm"] < 6.0 < contacts["deepest_penetration_mm"]  # of how it starts
    assert report["object_error_mm"] < 60.0
    assert json.loads((out / "report.json").read_text()) == report
    assert "no GL in this test" in (out / "report.txt").read_text()


def test_the_trajectory_loads_and_plays_again_wherever_its_folder_is(lifted, tmp_path):
    moved = tmp_path / "elsewhere"
    shutil.copytree(lifted[0], moved)
    demonstrations = load(moved / DATASET)
    assert demonstrations.options["captures"] == str(moved / "captures.npz")
    (check,) = replay.check(demonstrations)
    assert check.reproduced()
    assert check.success_at_end
    (moved / "captures.npz").unlink()
    with pytest.raises(DatasetError, match="captures.npz, which should lie in"):
        load(moved / DATASET)


def test_a_mesh_of_a_left_hand_is_cut_mirrored_and_kept(tmp_path):
    mesh = tmp_path / "box.obj"
    mesh.write_text(CUBE)
    np.savez(tmp_path / "poses.npz", points=HANDS[:12] * [-1.0, 1.0, 1.0])
    out = tmp_path / "out"
    main(
        f"reconstruct --poses {tmp_path / 'poses.npz'} --object {mesh} --scale 0.001 --mass 0.2 --most-pieces 1 "
        f"--user ik --start 0 0.2 0.5 --out {out}".split()
    )
    demonstrations = load(out / DATASET)
    assert demonstrations.options["mirrored"] is True
    assert demonstrations.options["object"] == str(out / "object")
    (check,) = replay.check(demonstrations)
    assert check.reproduced()
    report = json.loads((out / "report.json").read_text())
    assert "The object is 60 x 60 x 180 mm and weighs 0.200 kg." in report["notes"]


def test_an_object_in_the_hand_is_handed_over(tmp_path):
    report = reconstruct(tracked(objects=False), Wish("juice_carton", told=told()), tmp_path / "out")
    assert any("in the hand" in note for note in report["notes"])
    assert report["contacts"]["over_time"]["time_s"][0] < 0.0
    assert not any(report["contacts"]["over_time"]["on_table"])


@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError("disk full")])
@pytest.mark.parametrize("step", ["perform", "write_minari", "contact_report", "draw_contacts"])
def test_what_is_interrupted_leaves_nothing(tmp_path, monkeypatch, failure, step):
    def fails(*_: object) -> None:
        raise failure

    if step != "perform":
        monkeypatch.setattr(run, "perform", lambda *_: _Played())
        monkeypatch.setattr(run, "write_minari", lambda *_: None)
        monkeypatch.setattr(run, "contact_report", lambda *_: {})
        monkeypatch.setattr(run, "_object_error", lambda *_: None)
    monkeypatch.setattr(run, step, fails)
    with pytest.raises(failure if isinstance(failure, type) else OSError):
        reconstruct(tracked(), Wish("juice_carton", told=told()), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


class _Played:
    demonstrations = course = env = None


def test_what_cannot_be_is_refused_before_anything_is_written(tmp_path, capsys):
    path = poses_file(tmp_path)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(SystemExit):
        main(["reconstruct", "--poses", str(path), "--object", "carton", "--out", str(tmp_path / "out")])
    assert "No such object" in capsys.readouterr().err
    heavier = Wish("mug", cutting=run.Cutting(mass=1.0), told=told())
    with pytest.raises(OptionError, match="are for a mesh"):
        reconstruct(tracked(), heavier, tmp_path / "out")
    with pytest.raises(OptionError, match="exists: choose another folder"):
        reconstruct(tracked(), Wish("mug", told=told()), tmp_path)
    assert sorted(tmp_path.iterdir()) == before


def test_an_agent_of_other_observations_is_refused(tmp_path):
    one = np.zeros(1)
    policy = Policy(one, one, (np.zeros((1, 1)),), (one,), one, one, np.zeros(1, int), 1, "HandDoor-v0", 0.25)
    with pytest.raises(OptionError, match="trained in HandDoor-v0"):
        reconstruct(tracked(), Wish("juice_carton", told=told(), policy=policy), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_the_report_counts_what_happened():
    """Ten steps: two fingers hold from the fourth on, off the table, and the object slides by 1 mm a step."""
    forces = np.zeros((10, len(FINGERS)))
    forces[3:, 0], forces[3:, 1], forces[5, 5] = 4.0, 2.0, 1.0
    places = np.zeros((10, 3))
    places[:, 1] = 1e-3 * np.arange(10)
    turns = np.tile(np.eye(3), (10, 1, 1))
    angle = np.radians(30.0)
    turns[9, :2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    depths = np.where(np.arange(10) == 6, 2e-3, 5e-4)
    course = Course(
        np.arange(1, 11) / 30.0,
        forces,
        depths,
        np.arange(10) < 3,
        places,
        turns,
        places,
        np.full(10, 7e-3),
        True,
        False,
    )
    found = contact_report(course)
    assert found["holds"] == [
        {
            "from_s": 0.133,
            "to_s": 0.333,
            "by": ["thumb", "index"],
            "mean_force_N": round(6.0 + 1.0 / 7.0, 3),
            "slip_mm": 6.0,
            "slip_at_end_mm": 6.0,
            "turned_degrees": 30.0,
        }
    ]
    assert found["deepest_penetration_mm"] == 2.0
    assert found["fingers"]["palm"] == {"touches": [[0.2, 0.2]], "mean_force_N": 1.0, "largest_force_N": 1.0}
    page = text({"notes": ["A note."], "contacts": found, "bones": {"parts_mm": {"palm": [80.0, 90.0]}}})
    assert "Held from 0.13 to 0.33 s by thumb, index with 6.1 N in all" in page
    assert "slipped by 6.0 mm and turned by 30 degrees" in page
