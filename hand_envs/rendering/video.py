"""Videos and pictures as files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from hand_envs.errors import OptionError, RenderingError

Array = np.ndarray


class Video:
    """A video file, written frame by frame: `with Video("door.mp4", fps=50) as video: video.add(frame)`.

    Needs no ffmpeg on the system. A `.gif` is written as one.
    """

    def __init__(self, path: str | Path, fps: float) -> None:
        self.path, self.fps = Path(path), fps
        self._writer: Any = None
        if self.path.suffix not in (".mp4", ".gif"):
            raise OptionError(f"A video is written to a .mp4 or .gif file, got {str(self.path)!r}.")

    def add(self, frame: Array) -> None:
        """Append a (height, width, 3) uint8 picture."""
        if self._writer is None:
            self._writer = self._open()
        try:
            self._writer.append_data(np.ascontiguousarray(frame))
        except OSError as error:
            raise RenderingError(f"{self.path} could not be written: {error}") from error

    def _open(self) -> Any:
        import imageio.v2 as imageio

        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.touch()
        except OSError as error:
            raise RenderingError(f"{self.path} cannot be written: {error}") from error
        if self.path.suffix == ".gif":
            return imageio.get_writer(self.path, duration=1000 / self.fps, loop=0)
        return imageio.get_writer(self.path, fps=self.fps, macro_block_size=2, codec="libx264", quality=7)

    def __enter__(self) -> Video:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._writer is not None:
            self._writer.close()
            if error is None and not self.path.stat().st_size:
                raise RenderingError(f"{self.path} could not be written; is the disk full?")


def save_picture(path: str | Path, picture: Array) -> Path:
    """Write a picture to a PNG or JPEG file."""
    from PIL import Image

    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path)
    return path


def strip(pictures: Iterable[Array]) -> Array:
    """Pictures of the same height side by side."""
    return np.concatenate(list(pictures), axis=1)
