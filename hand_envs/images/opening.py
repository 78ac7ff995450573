"""A folder of hand images, whichever layout it is in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hand_envs.captures.fphab_layout import SPLIT
from hand_envs.errors import DatasetError, OptionError, choices
from hand_envs.images.bighand import ENDING, BigHand, Hands2017
from hand_envs.images.fphab import FPHAB
from hand_envs.images.frames import FrameSet
from hand_envs.images.ho3d import HO3D

LAYOUTS: dict[str, Callable[[Path], FrameSet]] = {
    "bighand": BigHand,
    "hands2017": Hands2017,
    "ho3d": HO3D,
    "fphab": FPHAB,
}


def open_images(folder: str | Path, layout: str | None = None) -> FrameSet:
    """The frames in a folder; the layout is recognised by what lies there unless it is named."""
    folder = Path(folder).expanduser()
    name = layout or _recognised(folder)
    if name not in LAYOUTS:
        raise OptionError(f"Unknown layout of hand images: {choices(name, LAYOUTS)}")
    return LAYOUTS[name](folder)


def _recognised(folder: Path) -> str:
    if not folder.is_dir():
        raise DatasetError(f"There is no folder {folder}.")
    if (folder / "full_annotation").is_dir():
        return "bighand"
    if any((folder / inner / "Training_Annotation.txt").exists() for inner in ("", "training")):
        return "hands2017"
    if (folder / "train.txt").exists():
        return "ho3d"
    if (folder / SPLIT).exists():
        return "fphab"
    raise DatasetError(
        f"{folder} holds hand images in no layout that is known: BigHand2.2M has full_annotation/Subject_*/*{ENDING}, "
        f"HANDS 2017 training/Training_Annotation.txt, HO-3D train.txt, F-PHAB {SPLIT}. `hand-envs images make` makes "
        "some."
    )
