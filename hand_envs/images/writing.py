"""Made images on disk, in the layout of BigHand2.2M."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from hand_envs.errors import OptionError
from hand_envs.files.atomic import replacing_folder, write_text
from hand_envs.files.lock import alone_in
from hand_envs.files.reading import read_json, reading
from hand_envs.images.bighand import ENDING, MADE
from hand_envs.images.lines import line
from hand_envs.images.made import HandImages
from hand_envs.images.png import write_depth
from hand_envs.images.sensor import Sensor

FOLDER = 500
"""Frames a folder: what is finished at once, and lost at most when interrupted."""
_README = """SYNTHETIC: these pictures are drawn, not photographed. They only have the layout of BigHand2.2M.
Lines of the annotation files: name of the picture, then 21 joints x, y, z in mm in the camera's frame (x to the right,
y down, z ahead): wrist; TMCP, IMCP, MMCP, RMCP, PMCP; then PIP, DIP, TIP of thumb, index, middle, ring and pinky.
640 x 480 pixels of 16 bits, mm. fx 475.065948, fy 475.065857, cx 315.944855, cy 245.287079.
"""


@dataclass(frozen=True)
class Recipe:
    """What to make."""

    subjects: tuple[int, ...] = (1, 2, 3)
    frames: int = 1000
    """Of each subject."""
    seed: int = 0
    view: str = "sphere"
    sensor: Sensor = field(default_factory=Sensor)


def write_images(folder: str | Path, recipe: Recipe) -> Iterator[int]:
    """Write a set to a folder, or go on where it was interrupted; yields how many frames are finished, again and again.

    A folder made by another recipe is refused; asking for more subjects adds them.
    """
    folder = Path(folder).expanduser()
    with alone_in(folder, f"Another process is writing to {folder}. Wait for it, or choose another folder."):
        _check(folder, recipe)
        done = 0
        for subject in recipe.subjects:
            images = HandImages(recipe.seed, (subject,), view=recipe.view, sensor=recipe.sensor)
            for start in range(0, recipe.frames, FOLDER):
                numbers = range(start, min(start + FOLDER, recipe.frames))
                for _ in _write(folder, f"Subject_{subject}", images, numbers):
                    done += 1
                    yield done
            images.close()


def _write(folder: Path, subject: str, images: HandImages, numbers: range) -> Iterator[None]:
    """One folder of pictures and its annotation file, which is written last."""
    view = f"{numbers.start + 1} {numbers.stop}"
    text = folder / "full_annotation" / subject / f"{view}{ENDING}"
    if not text.exists():
        lines = []
        text.parent.mkdir(parents=True, exist_ok=True)
        with replacing_folder(folder / subject / view) as making:
            for number in numbers:
                picture = images.pictures([number])
                name = f"image_D{number + 1:08d}.png"
                write_depth(making / name, picture.depth[0])
                lines.append(line(name.removeprefix("image_D").removesuffix(".png"), picture.points[0]))
                yield
        write_text(text, "\n".join(lines) + "\n")
    else:
        yield from (None for _ in numbers)


def _check(folder: Path, recipe: Recipe) -> None:
    """That what is there was made alike, and a note of how; subjects may be added to."""
    about = {"made_by": "hand_envs", "synthetic": True, **asdict(recipe)}
    about.pop("subjects")
    path = folder / MADE
    if path.exists():
        with reading(path):
            found = read_json(path)
        if found != about:
            raise OptionError(f"{folder} was made by {found}, not by {about}. Choose another folder.")
        return
    if (folder / "full_annotation").exists():
        raise OptionError(f"{folder} holds images that were not made here. Choose another folder.")
    write_text(path, json.dumps(about, indent=1))
    (folder / "full_annotation").mkdir()
    write_text(folder / "full_annotation" / "README.txt", _README)
