"""Videos and pictures as files."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from hand_envs.errors import HandEnvsError, OptionError, RenderingError
from hand_envs.files.atomic import replacing

Array = np.ndarray
_END_OF_GIF = b";"


class Video:
    """A video file, written frame by frame: `with Video("door.mp4", fps=50) as video: video.add(frame)`.

    It is written beside its place and put there when it is whole; what fails or is interrupted leaves no video. Needs
    no ffmpeg on the system. A `.gif` is written as one.
    """

    def __init__(self, path: str | Path, fps: float) -> None:
        self.path, self.fps = Path(path), fps
        self.frames = 0
        self._writer: Any = None
        self._place: contextlib.AbstractContextManager[Path]
        self._beside = self.path
        if self.path.suffix not in (".mp4", ".gif"):
            raise OptionError(f"A video is written to a .mp4 or .gif file, got {str(self.path)!r}.")

    def add(self, frame: Array) -> None:
        """Append a (height, width, 3) uint8 picture."""
        if self._writer is None:
            self._writer = self._open()
        try:
            self._writer.append_data(np.ascontiguousarray(frame))
        except OSError as error:
            raise RenderingError(_failed(self.path, error)) from error
        self.frames += 1

    def _open(self) -> Any:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._place = replacing(self.path)
            self._beside = self._place.__enter__()
            self._beside.touch()
        except OSError as error:
            raise RenderingError(f"{self.path} cannot be written: {error}") from error
        if self.path.suffix == ".gif":
            return _Gif(self._beside, self.fps)
        import imageio.v2 as imageio

        return imageio.get_writer(self._beside, fps=self.fps, macro_block_size=2, codec="libx264", quality=7)

    def _check(self) -> None:
        """That all frames are in the file: ffmpeg ends in silence when a disk is full."""
        if self.path.suffix == ".gif":
            whole = self._beside.read_bytes().endswith(_END_OF_GIF)
        else:
            from imageio_ffmpeg import count_frames_and_secs  # type: ignore[import-untyped]

            whole = count_frames_and_secs(str(self._beside))[0] == self.frames
        if not whole:
            raise RenderingError(_failed(self.path, "not all frames are in it"))

    def __enter__(self) -> Video:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._writer is None:
            return
        failure = error
        try:
            self._writer.close()
            if error is None:
                self._check()
        except BaseException as found:
            failure = error or found
        self._place.__exit__(type(failure) if failure else None, failure, None)
        if failure is None or failure is error:
            return
        if isinstance(failure, HandEnvsError) or not isinstance(failure, Exception):
            raise failure
        raise RenderingError(_failed(self.path, failure)) from failure


class _Gif:
    """Pictures that become a .gif when it is closed; imageio's writer tries a failed one again when it is forgotten."""

    def __init__(self, path: Path, fps: float) -> None:
        self.path, self.duration = path, 1000 / fps
        self.pictures: list[Any] = []

    def append_data(self, frame: Array) -> None:
        from PIL import Image

        self.pictures.append(Image.fromarray(frame.copy()))

    def close(self) -> None:
        first, *others = self.pictures
        first.save(self.path, save_all=True, append_images=others, duration=self.duration, loop=0)


def _failed(path: Path, why: object) -> str:
    reason = str(why).strip().splitlines() or [type(why).__name__]
    return f"{path} could not be written ({reason[0]}), and nothing of it is left; is the disk full?"


def save_picture(path: str | Path, picture: Array) -> Path:
    """Write a picture to a PNG or JPEG file."""
    from PIL import Image

    path = Path(path)
    if path.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise OptionError(f"A picture is written to a .png or .jpg file, got {str(path)!r}.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RenderingError(f"{path} cannot be written: {error}") from error
    with replacing(path) as beside:
        Image.fromarray(picture).save(beside)
    return path


def strip(pictures: Iterable[Array]) -> Array:
    """Pictures of the same height side by side."""
    return np.concatenate(list(pictures), axis=1)
