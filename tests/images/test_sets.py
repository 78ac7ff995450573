"""Hand images on disk: written and read, the published layouts, and what is damaged in them."""

from __future__ import annotations

import pickle
import shutil

import numpy as np
import pytest
from conftest import needs_gl
from PIL import Image

from hand_envs.cli import main
from hand_envs.errors import DatasetError, OptionError
from hand_envs.images import SR300, HandImages, Recipe, open_images, write_images
from hand_envs.images.bighand import ENDING
from hand_envs.images.lines import line
from hand_envs.images.png import read_depth, write_depth
from hand_envs.poses.conventions import from_canonical
from hand_envs.poses.frames import REST

POINTS = REST @ np.diag([1.0, -1.0, -1.0]) + [0.01, 0.02, 0.5]
DEPTH = (np.arange(480 * 640).reshape(480, 640) % 700).astype(np.uint16)


def bighand(folder, frames=3, subjects=(1,)):
    """As BigHand2.2M is laid out."""
    for subject in subjects:
        text = folder / "full_annotation" / f"Subject_{subject}" / f"1 75{ENDING}"
        text.parent.mkdir(parents=True)
        pictures = folder / f"Subject_{subject}" / "1 75"
        pictures.mkdir(parents=True)
        lines = []
        for number in range(1, frames + 1):
            write_depth(pictures / f"image_D{number:08d}.png", DEPTH)
            lines.append(line(f"{number:08d}", POINTS + np.array([0.001 * number, 0.0, 0.0])))
        text.write_text("\n".join(lines) + "\n")
    return folder, text


def ho3d(folder, **changes):
    """As HO-3D is laid out."""
    for name in ("depth", "meta"):
        (folder / "train" / "ABF10" / name).mkdir(parents=True)
    (folder / "train.txt").write_text("ABF10/0000\nABF10/0000\n")
    coded = np.zeros((480, 640, 3), np.uint8)
    coded[..., 0], coded[..., 1] = 160, 15  # 4000 steps of an eighth of a millimetre
    Image.fromarray(coded).save(folder / "train" / "ABF10" / "depth" / "0000.png")
    meta = {
        "handJoints3D": from_canonical(POINTS, "ho3d"),
        "camMat": np.array([[617.0, 0.0, 312.0], [0.0, 616.0, 241.0], [0.0, 0.0, 1.0]]),
        "objName": "003_cracker_box",
        "objRot": None,
        **changes,
    }
    with (folder / "train" / "ABF10" / "meta" / "0000.pkl").open("wb") as file:
        pickle.dump(meta, file, protocol=2)
    return folder


def test_bighand_is_read(tmp_path):
    frames = open_images(bighand(tmp_path, subjects=(1, 2))[0])
    assert len(frames) == 6
    assert not frames.synthetic
    assert frames.subjects == ("Subject_1", "Subject_2")
    assert list(frames.of("Subject_2")) == [3, 4, 5]
    frame = frames[4]
    assert np.allclose(frame.points, POINTS + np.array([0.002, 0.0, 0.0]), atol=1e-7)
    assert np.array_equal(frame.depth, DEPTH)
    assert frame.intrinsics == SR300
    with pytest.raises(OptionError, match="did you mean 'Subject_1'"):
        frames.of("Subject_11")
    with pytest.raises(IndexError):
        frames[6]


def test_the_order_of_bighand_s_joints_is_the_published_one(tmp_path):
    folder, text = bighand(tmp_path, 1)
    numbers = np.arange(63.0).reshape(21, 3) + np.array([0, 0, 400])
    text.write_text("00000001\t" + "\t".join(map(str, numbers.ravel())) + "\t\n")
    gather = [0, 1, 6, 7, 8, 2, 9, 10, 11, 3, 12, 13, 14, 4, 15, 16, 17, 5, 18, 19, 20]
    assert np.allclose(open_images(folder).points(0), numbers[gather] / 1000)


def test_frames_that_are_there_twice_are_dropped(tmp_path):
    folder, text = bighand(tmp_path, 3)
    lines = text.read_text().splitlines()
    again, renamed = lines[1], lines[2].replace("00000003", "00000009", 1)
    text.write_text("\n".join([*lines, again, renamed, ""]))
    frames = open_images(folder)
    assert (len(frames), frames.dropped) == (3, 2)


def test_hands_2017_is_read(tmp_path):
    (tmp_path / "training" / "images").mkdir(parents=True)
    write_depth(tmp_path / "training" / "images" / "image_D00000007.png", DEPTH)
    (tmp_path / "training" / "Training_Annotation.txt").write_text(line("image_D00000007.png", POINTS) + "\n")
    frame = open_images(tmp_path)[0]
    assert np.allclose(frame.points, POINTS, atol=1e-7)
    assert np.array_equal(frame.depth, DEPTH)
    with pytest.raises(OptionError, match="does not say whose"):
        open_images(tmp_path).of("Subject_1")


def test_ho3d_is_read(tmp_path):
    frames = open_images(ho3d(tmp_path))
    assert (len(frames), frames.dropped) == (1, 1)
    frame = frames[0]
    assert np.allclose(frame.points, POINTS)
    assert (frame.depth == 500).all()
    assert frame.intrinsics == (617.0, 616.0, 312.0, 241.0)


@pytest.mark.parametrize(
    "changes", [{"handJoints3D": None}, {"handJoints3D": np.zeros(3)}, {"camMat": np.zeros((3, 3))}, {"camMat": "x"}]
)
def test_ho3d_s_frames_without_a_hand_are_refused_by_name(tmp_path, changes):
    with pytest.raises(DatasetError, match=r"meta/0000\.pkl"):
        open_images(ho3d(tmp_path, **changes))[0]


def test_ho3d_s_pickles_run_nothing(tmp_path):
    folder = ho3d(tmp_path)
    (folder / "train" / "ABF10" / "meta" / "0000.pkl").write_bytes(pickle.dumps(print))
    with pytest.raises(DatasetError, match=r"0000\.pkl"):
        open_images(folder)[0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("\t500.", "\tnan", 1), "line 1"),
        (lambda text: text.rsplit("\t", 1)[0], "62 numbers"),
        (lambda text: text.replace("00000001", "../../etc/passwd", 1), "no file's name"),
        (lambda text: text.replace("00000001", "x" * 5000, 1), "bytes"),
        (lambda text: text.replace("\t", "\tten", 1), "line 1"),
    ],
)
def test_damaged_lines_are_refused_by_file_and_line(tmp_path, change, said):
    folder, text = bighand(tmp_path, 1)
    text.write_text(change(text.read_text().strip()))
    with pytest.raises(DatasetError, match=said) as error:
        open_images(folder)[0]
    assert str(text) in str(error.value)


def test_pictures_that_are_missing_or_of_another_kind_are_refused_by_name(tmp_path):
    folder, _ = bighand(tmp_path, 1)
    picture = folder / "Subject_1" / "1 75" / "image_D00000001.png"
    Image.new("RGB", (640, 480)).save(picture)
    with pytest.raises(DatasetError, match=r"image_D00000001\.png.*RGB"):
        open_images(folder)[0]
    Image.new("I;16", (320, 480)).save(picture)
    with pytest.raises(DatasetError, match="320 x 480"):
        open_images(folder)[0]
    picture.unlink()
    with pytest.raises(DatasetError, match="no file"):
        open_images(folder)[0]


def test_a_folder_of_something_else_is_refused_with_what_was_expected(tmp_path):
    with pytest.raises(DatasetError, match="BigHand2.2M has full_annotation"):
        open_images(tmp_path)
    with pytest.raises(OptionError, match="did you mean 'bighand'"):
        open_images(tmp_path, "bighands")


def test_depth_pictures_keep_every_millimetre(tmp_path):
    depth = np.array([[0, 1, 255, 256], [1000, 32767, 32768, 65535]], np.uint16)
    write_depth(tmp_path / "depth.png", depth)
    assert np.array_equal(read_depth(tmp_path / "depth.png"), depth)


@needs_gl
def test_made_images_are_written_and_read(tmp_path):
    assert list(write_images(tmp_path / "made", Recipe((4, 7), 3)))[-1] == 6
    frames = open_images(tmp_path / "made")
    assert frames.subjects == ("Subject_4", "Subject_7")
    expected = HandImages(0, (7,)).pictures(range(3))
    for index, number in enumerate(frames.of("Subject_7")):
        assert np.array_equal(frames[number].depth, expected.depth[index])
        assert np.abs(frames[number].points - expected.points[index]).max() < 1e-7
    (crops,) = frames.crops(8, frames.of("Subject_4"), centre_noise=0.005, seed=1)
    assert crops.depth.shape == (3, 128, 128)
    assert ((crops.depth < 1).mean((1, 2)) > 0.02).all()
    (again,) = frames.crops(8, [int(frames.of("Subject_4")[2])], centre_noise=0.005, seed=1)
    assert np.array_equal(again.centre[0], crops.centre[2])
    assert "SYNTHETIC" in (tmp_path / "made" / "full_annotation" / "README.txt").read_text()


@needs_gl
def test_writing_goes_on_where_it_was_interrupted(tmp_path, monkeypatch):
    monkeypatch.setattr("hand_envs.images.writing.FOLDER", 2)
    folder, recipe = tmp_path / "made", Recipe((1,), 5)
    writer = write_images(folder, recipe)
    for _ in range(3):
        next(writer)
    writer.close()
    assert [path.name for path in (folder / "Subject_1").iterdir()] == ["1 2"]
    first = folder / "Subject_1" / "1 2" / "image_D00000001.png"
    before = first.stat().st_mtime_ns
    assert max(write_images(folder, recipe)) == 5
    assert first.stat().st_mtime_ns == before
    whole = tmp_path / "whole"
    assert max(write_images(whole, recipe)) == 5
    for path in whole.rglob("*.*"):
        if path.is_file():
            assert path.read_bytes() == (folder / path.relative_to(whole)).read_bytes()


@needs_gl
def test_a_folder_made_otherwise_is_not_added_to(tmp_path):
    list(write_images(tmp_path, Recipe((1,), 1)))
    with pytest.raises(OptionError, match="was made by"):
        list(write_images(tmp_path, Recipe((1,), 1, seed=2)))
    assert max(write_images(tmp_path, Recipe((1, 2), 1))) == 2
    (tmp_path / "made.json").unlink()
    with pytest.raises(OptionError, match="not made here"):
        list(write_images(tmp_path, Recipe((1,), 1)))


@needs_gl
def test_an_interrupted_command_says_how_to_go_on(tmp_path, capsys, monkeypatch):
    def interrupted(*_):
        yield 1
        raise KeyboardInterrupt

    monkeypatch.setattr("hand_envs.cli.images.write_images", interrupted)
    with pytest.raises(SystemExit) as stopped:
        main(["images", "make", str(tmp_path)])
    assert stopped.value.code == 130
    assert "goes on" in " ".join(capsys.readouterr().err.split())


@needs_gl
def test_the_command_makes_and_shows(tmp_path, capsys):
    main(["images", "make", str(tmp_path / "made"), "--subjects", "1", "2", "--frames", "2"])
    assert "2 synthetic frames of each" in capsys.readouterr().out
    main(["images", "show", str(tmp_path / "made"), "--picture", str(tmp_path / "show.png")])
    assert "BigHand: 4 synthetic frames of 2 subjects" in capsys.readouterr().out
    with Image.open(tmp_path / "show.png") as picture:
        assert np.asarray(picture).max() > 100
    shutil.rmtree(tmp_path / "made" / "full_annotation")
    with pytest.raises(SystemExit):
        main(["images", "show", str(tmp_path / "made")])
    assert "in no layout that is known" in capsys.readouterr().err


@needs_gl
def test_the_sheet_shows_different_hands(tmp_path):
    main(["images", "sheet", str(tmp_path / "sheet.png"), "--people", "2", "--poses", "3"])
    with Image.open(tmp_path / "sheet.png") as picture:
        sheet = np.asarray(picture)
    assert sheet.shape == (4 * 160, 3 * 160, 3)
    depth = sheet[160:320, :160]
    assert 0.05 < (depth > 0).mean() < 0.7
    assert not np.array_equal(depth, sheet[480:, :160])
