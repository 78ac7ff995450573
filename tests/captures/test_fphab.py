"""F-PHAB's layout: hand-computed values, made sequences written and read, and what is damaged, by file and line."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from captures.made import DOWN, capture, made

from hand_envs.captures import Captures, read_fphab, write_fphab
from hand_envs.captures.fphab import DOWN as EXPECTED
from hand_envs.captures.fphab_layout import Layout
from hand_envs.errors import DatasetError, OptionError
from hand_envs.objects.meshes import read_mesh
from hand_envs.poses.conventions import JOINTS

# Joint by joint in F-PHAB's order, mm: a flat hand whose fingers lie along -y.
SKELETON = """\
wrist 0 0 400
thumb_cmc -30 -20 400
index_mcp -25 -90 400
middle_mcp 0 -95 400
ring_mcp 20 -90 400
little_mcp 40 -80 400
thumb_mcp -50 -50 400
thumb_ip -60 -75 400
thumb_tip -70 -95 400
index_pip -27 -130 400
index_dip -28 -155 400
index_tip -29 -175 400
middle_pip 0 -140 400
middle_dip 0 -168 400
middle_tip 0 -190 400
ring_pip 21 -132 400
ring_dip 22 -158 400
ring_tip 23 -178 400
little_pip 43 -112 400
little_dip 44 -130 400
little_tip 45 -147 400"""
JOINT_ROWS = [row.split() for row in SKELETON.splitlines()]
HAND = " ".join(" ".join(row[1:]) for row in JOINT_ROWS)


def recorded(folder, split="Training 1\nSubject_1/pour_milk/2 4\nTest 0\n", version="_v1_1", frames=2):
    """A sequence as F-PHAB has it, written by hand: frame, then column by column a turn by 90 degrees about z."""
    (folder / "data_split_action_recognition.txt").write_text(split)
    hands = folder / f"Hand_pose_annotation{version}" / "Subject_1" / "pour_milk" / "2"
    poses = folder / f"Object_6D_pose_annotation{version}" / "Subject_1" / "pour_milk" / "2"
    hands.mkdir(parents=True)
    poses.mkdir(parents=True)
    (hands / "skeleton.txt").write_text("".join(f"{frame} {HAND}\n" for frame in range(frames)))
    (poses / "object_pose.txt").write_text(
        "".join(f"{frame} 0 1 0 0 -1 0 0 0 0 0 1 0 10 -20 {500 + frame} 1\n" for frame in range(frames))
    )
    return folder


@pytest.mark.parametrize("version", ["_v1", "_v1_1"])
def test_recorded_numbers_mean_what_the_authors_say(tmp_path, version):
    (only,) = read_fphab(recorded(tmp_path, version=version), "pour_milk")
    assert (only.name, only.subject, only.split, len(only)) == ("Subject_1/pour_milk/2", "Subject_1", "train", 2)
    for joint, *place in JOINT_ROWS:
        np.testing.assert_allclose(only.points["gt"][1, JOINTS.index(joint)], np.array(place, float) / 1000)
    turn = [[0, -1, 0, 0.010], [1, 0, 0, -0.020], [0, 0, 1, 0.501], [0, 0, 0, 1]]
    np.testing.assert_allclose(only.objects[1], turn, atol=1e-12)


def test_round_trip(tmp_path):
    before = made()
    mesh = (
        np.array([[0, 0, 0], [0.07, 0, 0], [0, 0.07, 0], [0, 0, 0.2]]),
        np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]]),
    )
    write_fphab(tmp_path, before, model=mesh)
    after = read_fphab(tmp_path, before.action)
    assert after.notes == before.notes
    by_name = {each.name: each for each in after}
    assert by_name.keys() == {each.name for each in before}
    for old in before:
        new = by_name[old.name]
        assert (new.subject, new.split, new.rate) == (old.subject, old.split, old.rate)
        np.testing.assert_allclose(new.points["gt"], old.points["gt"], atol=5.1e-8)
        np.testing.assert_allclose(new.objects, old.objects, atol=1e-7)
        np.testing.assert_allclose(new.down, old.down, atol=1e-15)
    model = read_mesh(Layout(tmp_path).model(before.action))
    assert model.is_closed
    np.testing.assert_allclose(sorted(np.ptp(model.points, axis=0)), [0.07, 0.07, 0.2])
    assert "SYNTHETIC" in (tmp_path / "README.txt").read_text()


def test_actions_lie_beside_each_other(tmp_path):
    coin = Captures(
        "give_coin",
        tuple(replace(each, name=each.name.replace("pour_juice_bottle", "give_coin"), objects=None) for each in made()),
        {"synthetic": True},
    )
    for _ in range(2):
        write_fphab(tmp_path, made())
        write_fphab(tmp_path, coin)
    assert {each.split for each in read_fphab(tmp_path, "pour_juice_bottle")} == {
        "train",
        "validation",
        "test",
        "others",
    }
    assert [each.objects for each in read_fphab(tmp_path, "give_coin")] == [None] * 5
    assert (tmp_path / "Subjects_info" / "Subject_2_info.txt").read_text().splitlines()[3:] == [
        "pour_juice_bottle 2 6",
        "pour_juice_bottle 4 3",
        "give_coin 2 6",
        "give_coin 4 3",
    ]
    with pytest.raises(DatasetError, match="did you mean 'give_coin'"):
        read_fphab(tmp_path, "give_coins")


def test_validation_is_of_the_training_part(tmp_path):
    write_fphab(tmp_path, made())

    def splits(*patterns):
        return {each.name[8:]: each.split for each in read_fphab(tmp_path, "pour_juice_bottle", validation=patterns)}

    assert splits()["2/pour_juice_bottle/4"] == "train"
    assert splits("*/2") == {
        "1/pour_juice_bottle/1": "test",
        "1/pour_juice_bottle/2": "validation",
        "2/pour_juice_bottle/2": "validation",
        "2/pour_juice_bottle/4": "train",
        "7/pour_juice_bottle/1": "others",
    }
    assert list(splits("Subject_2/*").values()).count("validation") == 2
    assert read_fphab(tmp_path, "pour_juice_bottle", validation="*/2")[1].split == "validation"
    with pytest.raises(OptionError, match="none of the training sequences"):
        splits("*/1")


def without_notes(folder):
    (folder / "made.json").unlink()
    return folder


def test_gravity_follows_from_the_object(tmp_path):
    write_fphab(tmp_path, made())
    for each in read_fphab(without_notes(tmp_path), "pour_juice_bottle"):
        np.testing.assert_allclose(each.down, DOWN, atol=1e-6)
    given = read_fphab(tmp_path, "pour_juice_bottle", up=(0.0, 2.0, 0.0))
    np.testing.assert_allclose(given[0].down, [0.0, 0.8, -0.6], atol=1e-6)
    np.testing.assert_allclose(read_fphab(tmp_path, "pour_juice_bottle", down=(0, 3, 0))[0].down, [0, 1, 0])
    for option in ("up", "down"):
        for value in ((0, 0, 0), (0, 1), (0, np.nan, 1), "down", [1, [2], 3], (0, 1e200, 1e200)):
            with pytest.raises(OptionError, match=f"{option} must be a direction"):
                read_fphab(tmp_path, "pour_juice_bottle", **{option: value})


def test_gravity_without_object_is_the_stated_default(tmp_path):
    write_fphab(tmp_path, made(objects=False))
    captures = read_fphab(without_notes(tmp_path), "pour_juice_bottle")
    assert captures.notes == {"layout": "F-PHAB", "synthetic": False}
    np.testing.assert_allclose(captures[0].down, EXPECTED)


def test_broken_sequences_are_skipped(tmp_path):
    split = "Training 2\nSubject_1/pour_milk/2 4\nSubject_2/close_milk/4 7\nTest 1\nSubject_2/close_milk/1 7\n"
    recorded(tmp_path, split)
    assert [each.name for each in Layout(tmp_path).sequences("close_milk")] == ["Subject_2/close_milk/1"]


def replaced(line, word, by):
    def change(text):
        lines = text.splitlines()
        words = lines[line].split()
        words[word] = by
        return "\n".join([*lines[:line], " ".join(words), *lines[line + 1 :]])

    return change


def twice(line):
    return lambda text: "\n".join([*(lines := text.splitlines())[: line + 1], *lines[line:]])


SKELETON_DAMAGES = [
    (lambda text: text.rsplit(" ", 1)[0], "line 5", "62 numbers"),
    (replaced(1, 7, "nan"), "line 2", "'nan' is no finite number"),
    (replaced(1, 7, "1_0"), "line 2", "'1_0' is no finite number"),
    (replaced(3, 7, "ten"), "line 4", "'ten' is no finite number"),
    (replaced(1, 0, "3"), "line 2", "frame 3, and should be of frame 1"),
    (replaced(1, 0, "x"), "line 2", "number of its frame"),
    (twice(2), "line 4", "frame 2, and should be of frame 3"),
    (lambda text: "\n".join(text.splitlines()[1:]), "line 1", "frame 1, and should be of frame 0"),
    (replaced(2, 9, "-500"), "line 3", "behind the camera"),
    (replaced(2, 9, "99999"), "line 3", "farther than 5 m"),
    (replaced(2, 9, "1300"), "line 3", "no hand is that large"),
    (lambda _: "", "", "no hands"),
    (lambda text: text + "9" * 5000, "", "longer than"),
    (lambda text: "\n".join(text.splitlines()[:-1]), "Subjects_info", "has 4 frames.*says 5.*cut off"),
]


@pytest.mark.parametrize(("change", "where", "said"), SKELETON_DAMAGES)
def test_damaged_skeletons_are_refused_by_file_and_line(tmp_path, change, where, said):
    write_fphab(tmp_path, made())
    assert_refused(tmp_path, Layout(tmp_path).skeleton("Subject_1/pour_juice_bottle/2"), change, where, said)


@pytest.mark.parametrize(
    ("change", "where", "said"),
    [
        (lambda text: text.rsplit(" ", 1)[0], "line 5", "15 numbers"),
        (replaced(1, 7, "inf"), "line 2", "'inf' is no finite"),
        (twice(2), "line 4", "frame 2, after frame 2"),
        (lambda text: "\n".join(text.splitlines()[:3]), "", "2 of the 5 frames.*first is frame 3"),
        (replaced(0, 6, "0.9"), "line 1", "not rigid"),
        (replaced(0, 6, "900"), "line 1", "no rotation"),
        (replaced(0, 1, "-1"), "line 1", "mirrors"),
        (replaced(0, 15, "50000"), "line 1", "is the unit right"),
        (replaced(0, 16, "2"), "line 1", "last row"),
    ],
)
def test_damaged_object_poses_are_refused_by_file_and_line(tmp_path, change, where, said):
    write_fphab(tmp_path, made())
    assert_refused(tmp_path, Layout(tmp_path).object_pose("Subject_1/pour_juice_bottle/2"), change, where, said)


def test_object_poses_row_by_row_are_refused(tmp_path):
    recorded(tmp_path)
    path = Layout(tmp_path).object_pose("Subject_1/pour_milk/2")
    path.write_text("0 0 -1 0 10 1 0 0 -20 0 0 1 500 0 0 0 1\n")
    with pytest.raises(DatasetError, match="line 1: .*row by row"):
        read_fphab(tmp_path, "pour_milk")


def test_a_hand_in_metres_is_refused(tmp_path):
    recorded(tmp_path)
    path = Layout(tmp_path).skeleton("Subject_1/pour_milk/2")
    values = [f"{float(word) / 1000}" for word in HAND.split()]
    path.write_text("".join(f"{frame} {' '.join(values)}\n" for frame in range(2)))
    with pytest.raises(DatasetError, match=r"skeleton\.txt.*0\.095 mm"):
        read_fphab(tmp_path, "pour_milk")


@pytest.mark.parametrize(
    ("change", "where", "said"),
    [
        (replaced(1, 0, "Subject_1/../2"), "line 2", "should be Subject_<number>"),
        (replaced(1, 0, "Subject_1/pour_juice_bottle"), "line 2", "should be Subject_<number>"),
        (replaced(1, 1, "3"), "line 3", "another number"),
        (replaced(0, 1, "4"), "", "Training should have 4 sequences, and has 3"),
        (twice(1), "line 3", "is in line 2 already"),
        (lambda text: text.partition("\n")[2], "line 1", "begins with Training or Test"),
        (lambda text: text.partition("Test")[0] + "Test 0", "", ""),
    ],
)
def test_a_damaged_split_is_refused_by_line(tmp_path, change, where, said):
    write_fphab(tmp_path, made())
    path = Layout(tmp_path).split
    if said:
        assert_refused(tmp_path, path, change, where, said)
    else:
        path.write_text(change(path.read_text()))
        assert {each.split for each in read_fphab(tmp_path, "pour_juice_bottle")} == {"train", "validation"}


@pytest.mark.parametrize(
    ("change", "where", "said"),
    [
        (replaced(3, 2, "ten"), "line 4", "number of frames"),
        (replaced(3, 2, "4 5"), "line 4", "4 words"),
        (twice(3), "line 5", "earlier line"),
    ],
)
def test_damaged_lists_of_subjects_are_refused_by_line(tmp_path, change, where, said):
    write_fphab(tmp_path, made())
    assert_refused(tmp_path, Layout(tmp_path).subject("Subject_1"), change, where, said)


def assert_refused(folder, path, change, where, said):
    path.write_text(change(path.read_text()))
    with pytest.raises(DatasetError) as error:
        read_fphab(folder, "pour_juice_bottle")
    message = str(error.value)
    assert str(path) in message
    assert where in message
    assert re.search(said, message), message


@pytest.mark.parametrize(
    "about",
    [
        {},
        [],
        {"actions": {"pour_juice_bottle": {"notes": {}, "validation": ["../x"], "down": {}}}},
        {
            "actions": {
                "pour_juice_bottle": {"notes": {}, "validation": [], "down": {"Subject_1/pour_juice_bottle/1": "x"}}
            }
        },
    ],
)
def test_damaged_notes_are_refused_by_name(tmp_path, about):
    write_fphab(tmp_path, made())
    (tmp_path / "made.json").write_text(json.dumps(about))
    with pytest.raises(DatasetError, match=r"made\.json"):
        read_fphab(tmp_path, "pour_juice_bottle")


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(DatasetError, match="data_split_action_recognition"):
        read_fphab(tmp_path, "pour_juice_bottle")
    write_fphab(tmp_path, made())
    Layout(tmp_path).skeleton("Subject_1/pour_juice_bottle/2").unlink()
    with pytest.raises(DatasetError, match="Subject_1/pour_juice_bottle/2/skeleton"):
        read_fphab(tmp_path, "pour_juice_bottle")


@pytest.mark.parametrize(
    ("captures", "message"),
    [
        (replace(made(), notes={}), "synthetic=True"),
        (made(rate=60.0), "60 frames/s"),
        (replace(made(), captures=(capture(7, 1, "train"),)), "`others`"),
        (replace(made(), captures=(replace(capture(1, 1, "train"), name="Subject_2/pour_juice_bottle/1"),)), "called"),
        (replace(made(), captures=(replace(capture(1, 1, "train"), name="a"),)), "called"),
        (
            replace(
                made(), captures=(replace(capture(1, 1, "train"), points={"est": capture(1, 1, "train").points["gt"]}),)
            ),
            "gt",
        ),
    ],
)
def test_what_is_not_of_the_layout_is_not_written(tmp_path, captures, message):
    with pytest.raises((DatasetError, OptionError), match=message):
        write_fphab(tmp_path / "made", captures)
    assert not (tmp_path / "made").exists()


def test_recordings_are_never_written_over(tmp_path):
    recorded(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.txt")}
    for _ in range(2):
        with pytest.raises(OptionError, match="not made here"):
            write_fphab(tmp_path, made())
        Layout(tmp_path).split.unlink(missing_ok=True)  # which not everybody has with the recordings
    del before[Layout(tmp_path).split]
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_an_action_made_otherwise_is_not_written_over(tmp_path):
    write_fphab(tmp_path, made())
    with pytest.raises(OptionError, match="made by"):
        write_fphab(tmp_path, replace(made(), notes={"synthetic": True, "seed": 4}))
    with pytest.raises(OptionError, match="give it as `label`"):
        write_fphab(tmp_path, replace(made(), action="pour_milk"))


def test_more_frames_than_are_said_are_taken(tmp_path):
    write_fphab(tmp_path, made())
    path = Layout(tmp_path).subject("Subject_1")
    path.write_text(path.read_text().replace("pour_juice_bottle 2 5", "pour_juice_bottle 2 4"))
    by_name = {each.name: each for each in read_fphab(tmp_path, "pour_juice_bottle")}
    assert len(by_name["Subject_1/pour_juice_bottle/2"]) == 5
