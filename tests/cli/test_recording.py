"""Films are whole or not there: full disks, interrupts, errors in between."""

from __future__ import annotations

import imageio.v3 as imageio
import numpy as np
import pytest
from conftest import needs_gl
from full_disk import run_on_full_disk

from hand_envs.errors import RenderingError
from hand_envs.rendering import Video, save_picture

CODE = "import sys; from hand_envs.cli import main; main(['record', 'HandPen-v0', sys.argv[1], *sys.argv[2:]])"
SMALL = ("--width", "64", "--height", "64", "--no-pretty", "--every", "2")


def noise(count: int):
    random = np.random.default_rng(0)
    return [random.integers(256, size=(64, 64, 3), dtype=np.uint8) for _ in range(count)]


@needs_gl
@pytest.mark.parametrize(("name", "largest"), [("a.mp4", 4000), ("a.gif", 20_000)])
def test_a_full_disk_is_an_error_and_leaves_the_film_that_was_there(tmp_path, name, largest):
    path = tmp_path / "films" / name
    path.parent.mkdir()
    path.write_bytes(b"an older film")
    done = run_on_full_disk(CODE, largest, str(path), *SMALL)
    assert done.returncode == 2, done.stderr
    assert "could not be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert path.read_bytes() == b"an older film"
    assert [each.name for each in path.parent.iterdir()] == [name]


def film(path, frames: int, error: type[BaseException] | None = None) -> Video:
    with Video(path, fps=25) as video:
        for frame in noise(frames):
            video.add(frame)
        if error is not None:
            raise error
    return video


@pytest.mark.parametrize("name", ["a.mp4", "a.gif"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_what_is_interrupted_leaves_no_film(tmp_path, name, error):
    with pytest.raises(error):
        film(tmp_path / name, 5, error)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.mp4", "a.gif"])
def test_what_the_encoder_lost_is_noticed(tmp_path, name, monkeypatch):
    """ffmpeg ends in silence when the disk is full: here it is as if the end of the file had not arrived."""
    check = Video._check

    def shortened(video: Video) -> None:
        video._beside.write_bytes(video._beside.read_bytes()[:-100])
        video.frames += name == "a.mp4"
        check(video)

    monkeypatch.setattr(Video, "_check", shortened)
    with pytest.raises(RenderingError, match="could not be written"):
        film(tmp_path / name, 6)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("count", [1, 40])
def test_a_film_has_all_its_frames(tmp_path, count):
    with Video(tmp_path / "a.mp4", fps=25) as video:
        for frame in noise(count):
            video.add(frame)
    assert len(imageio.imread(tmp_path / "a.mp4")) == count
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_a_film_without_frames_is_no_file(tmp_path):
    with Video(tmp_path / "a.mp4", fps=25):
        pass
    assert list(tmp_path.iterdir()) == []


def test_pictures_are_whole_or_not_there(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RenderingError, match="cannot be written"):
        save_picture(tmp_path / "file" / "a.png", noise(1)[0])
    code = (
        "import sys, numpy as np; from hand_envs.rendering import save_picture\n"
        "save_picture(sys.argv[1], np.random.default_rng(0).integers(256, size=(64, 64, 3), dtype=np.uint8))"
    )
    done = run_on_full_disk(code, 1000, str(tmp_path / "a.png"))
    assert "DatasetError" in done.stderr
    assert not (tmp_path / "a.png").exists()
