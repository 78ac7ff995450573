"""F-PHAB's depth pictures: each with the hand of its line, of the sequences that are asked for."""

from __future__ import annotations

import numpy as np
import pytest
from captures.made import made

from hand_envs.captures import read_fphab, write_fphab
from hand_envs.captures.fphab_layout import Layout
from hand_envs.cli import main
from hand_envs.errors import DatasetError, OptionError
from hand_envs.images import FPHAB, SR300, open_images, write_pictures

NAMES = [each.name for each in made()]


def depths(name, frames):
    """Pictures that differ by sequence and frame."""
    for frame in range(frames):
        yield np.full((480, 640), 400 + 10 * NAMES.index(name) + frame, np.uint16)


@pytest.fixture
def folder(tmp_path):
    write_fphab(tmp_path, made())
    for each in made():
        write_pictures(tmp_path, each.name, depths(each.name, len(each)))
    return tmp_path


def test_frames_are_those_of_the_lines(folder):
    frames = open_images(folder)
    assert isinstance(frames, FPHAB)
    assert frames.synthetic
    assert set(frames.subjects) == {"Subject_1", "Subject_2", "Subject_7"}
    assert len(frames) == sum(len(each) for each in made())
    for capture in read_fphab(folder, "pour_juice_bottle"):
        numbers = frames.of_sequences(capture.name)
        assert len(numbers) == len(capture)
        for row, number in enumerate(numbers):
            frame = frames[number]
            assert frame.name == f"Video_files/{capture.name}/depth/depth_{row:04d}.png"
            assert (frame.depth == 400 + 10 * NAMES.index(capture.name) + row).all()
            assert frame.intrinsics == SR300
            np.testing.assert_array_equal(frame.points, capture.points["gt"][row])
            np.testing.assert_array_equal(frames.points(number), frame.points)
    with pytest.raises(IndexError):
        frames[len(frames)]


def test_frames_are_found_by_subject_and_sequence(folder):
    frames = FPHAB(folder, "pour_juice_bottle")
    subject, take = frames.of("Subject_2"), frames.of_sequences("Subject_2/pour_juice_bottle/4")
    assert len(subject) == 9
    assert set(take) < set(subject)
    assert list(frames.of_sequences(*NAMES[::-1])[:4]) == list(frames.of("Subject_7"))
    with pytest.raises(OptionError, match="did you mean 'Subject_2'"):
        frames.of("Subject_22")
    with pytest.raises(OptionError, match="no such sequence"):
        frames.of_sequences("Subject_2/pour_juice_bottle/9")
    with pytest.raises(DatasetError, match="did you mean 'pour_juice_bottle'"):
        FPHAB(folder, "pour_juice_bottles")


def test_a_missing_or_damaged_frame_is_named(folder):
    frames = FPHAB(folder)
    path = Layout(folder).depth(NAMES[1]) / "depth_0002.png"
    number = frames.of_sequences(NAMES[1])[2]
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DatasetError, match=str(path)):
        frames[number]
    path.unlink()
    with pytest.raises(DatasetError, match=str(path)):
        frames[number]
    Layout(folder).skeleton(NAMES[0]).write_text("0 1 2 3\n" * 4)
    with pytest.raises(DatasetError, match=r"skeleton\.txt, line 1: It has 3 numbers"):
        FPHAB(folder)[frames.of_sequences(NAMES[0])[0]]


@pytest.mark.parametrize(
    ("name", "pictures", "message"),
    [
        (NAMES[0], lambda: depths(NAMES[0], 3), "has 4 frames, got 3 pictures"),
        (NAMES[0], lambda: [np.zeros((480, 640))] * 4, "float64"),
        (NAMES[0], lambda: [np.zeros((640, 480), np.uint16)] * 4, "640, 480"),
        ("Subject_9/pour_juice_bottle/1", lambda: [], "no made sequence"),
        ("../../elsewhere", lambda: [], "no made sequence"),
    ],
)
def test_pictures_are_written_all_or_none(folder, name, pictures, message):
    before = {path: path.read_bytes() for path in folder.rglob("*.png")}
    with pytest.raises(OptionError, match=message):
        write_pictures(folder, name, pictures())
    assert {path: path.read_bytes() for path in folder.rglob("*.png")} == before


def test_no_pictures_are_written_among_recordings(folder):
    Layout(folder).made.unlink()
    with pytest.raises(OptionError, match="no made sequence"):
        write_pictures(folder, NAMES[0], depths(NAMES[0], 4))
    assert not FPHAB(folder).synthetic


def test_the_command_says_what_is_there(folder, capsys):
    main(["images", "show", str(folder)])
    assert "FPHAB: 22 synthetic frames of 3 subjects" in capsys.readouterr().out
