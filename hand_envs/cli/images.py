"""Images of hands: make a set on disk, look at one, draw a sheet of hands."""

from __future__ import annotations

from pathlib import Path

import tyro

from hand_envs.images.opening import open_images
from hand_envs.images.sheet import of_frames, of_people
from hand_envs.images.writing import Recipe, write_images
from hand_envs.rendering import save_picture


def make(
    folder: tyro.conf.Positional[Path],
    subjects: tuple[int, ...] = (1, 2, 3),
    frames: int = 1000,
    seed: int = 0,
    view: str = "sphere",
) -> None:
    """Make depth pictures of hands with exact labels, in the layout of BigHand2.2M; started again, it goes on.

    Args:
        folder: where to.
        subjects: seeds of the people whose hands these are.
        frames: of each of them.
        seed: of the set.
        view: sphere, below (the camera sees the palm) or above.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    recipe = Recipe(tuple(subjects), frames, seed, view)
    columns = (TextColumn("drawing hands"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, transient=True, console=Console(stderr=True)) as progress:
        bar = progress.add_task("", total=len(recipe.subjects) * frames)
        try:
            for done in write_images(folder, recipe):
                progress.update(bar, completed=done)
        except KeyboardInterrupt:
            progress.console.print(f"Stopped. The same command goes on in {folder}.", markup=False)
            raise
    print(f"{len(recipe.subjects)} subjects, {frames} synthetic frames of each, in {folder}")
    print(f"hand-envs images show {folder}")


def show(folder: tyro.conf.Positional[Path], layout: str | None = None, picture: Path | None = None) -> None:
    """What is in a folder of hand images: BigHand2.2M's, HANDS 2017's, HO-3D's, F-PHAB's or made ones.

    Args:
        folder: where they are.
        layout: bighand, hands2017, ho3d or fphab; by default recognised.
        picture: a .png or .jpg to draw some of the frames to, with their joints.
    """
    frames = open_images(folder, layout)
    whose = f" of {len(frames.subjects)} subjects" if frames.subjects else ""
    again = f", {frames.dropped} more that are there twice" if frames.dropped else ""
    made = "synthetic " if frames.synthetic else ""
    print(f"{type(frames).__name__}: {len(frames)} {made}frames{whose}{again}")
    if picture is not None:
        print(save_picture(picture, of_frames(frames)))


def sheet(path: tyro.conf.Positional[Path], people: int = 6, poses: int = 8, seed: int = 0) -> None:
    """Draw virtual people's hands, colour over depth: a row a person.

    Args:
        path: the picture to write, .png or .jpg.
        people: how many.
        poses: of each.
        seed: of poses, views and light.
    """
    print(save_picture(path, of_people(people, poses, seed)))
