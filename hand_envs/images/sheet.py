"""Contact sheets: made hands in colour and depth, and frames of a set with their joints."""

from __future__ import annotations

import numpy as np

from hand_envs.errors import OptionError
from hand_envs.images.cropping import windows
from hand_envs.images.frames import FrameSet
from hand_envs.images.made import HandImages
from hand_envs.images.renderer import HandRenderer
from hand_envs.images.views import before
from hand_envs.poses.conventions import PARENTS

Array = np.ndarray

_SIDE = 160
_COLOURS = np.array([[255, 90, 90], [255, 190, 60], [120, 220, 90], [80, 190, 255], [200, 120, 255]], np.uint8)


def of_people(people: int = 6, poses: int = 8, seed: int = 0) -> Array:
    """Rows of colour and depth, a pair a person."""
    if not 1 <= people <= 50 or not 1 <= poses <= 50:
        raise OptionError(f"A sheet has 1-50 people and poses, got {people} and {poses}.")
    renderer = HandRenderer(2 * _SIDE, 2 * _SIDE, slices=24)
    try:
        rows = [_row(renderer, person, poses, seed) for person in range(people)]
    finally:
        renderer.close()
    return np.concatenate([picture for row in rows for picture in row], axis=0)


def _row(renderer: HandRenderer, person: int, poses: int, seed: int) -> tuple[Array, Array]:
    images = HandImages(seed, (person,), centre_noise=0.0)
    hands = images.poses(range(poses))
    looks = [images.look(index, person) for index in range(poses)]
    middle = hands.points[:, 0] * 0.2 + hands.points[:, 9] * 0.8
    depth, colour = renderer.draw(
        [images.shape(person)] * poses, hands.points, windows(middle, 0.29), forearms=hands.forearms, looks=looks
    )
    assert colour is not None
    coloured = [_smaller(picture) for picture in before(colour, depth, looks)]
    near = middle[:, 2, None, None]
    grey = np.where(depth > 0, np.clip((near + 0.15 - depth) / 0.28, 0.1, 1.0) * 255, 0).astype(np.uint8)
    return np.concatenate(coloured, axis=1), np.concatenate([np.repeat(_smaller(g[..., None]), 3, -1) for g in grey], 1)


def _smaller(picture: Array) -> Array:
    """Half as large, edges smoothed."""
    height, width, channels = picture.shape
    return picture.reshape(height // 2, 2, width // 2, 2, channels).mean((1, 3)).astype(np.uint8)


def of_frames(frames: FrameSet, rows: int = 4, columns: int = 6, seed: int = 0) -> Array:
    """Frames of a set, drawn at random, cut out about the hand, with the joints upon them."""
    count = min(len(frames), rows * columns)
    if not count:
        raise OptionError(f"There are no frames in {frames.folder}.")
    chosen = np.sort(np.random.default_rng(seed).choice(len(frames), count, replace=False))
    (crops,) = frames.crops(count, chosen, size=2 * _SIDE)
    cells = np.zeros((rows * columns, 2 * _SIDE, 2 * _SIDE, 3), np.uint8)
    for cell, depth, points, centre in zip(cells[:count], crops.depth, crops.points, crops.centre, strict=True):
        cell[:] = np.where(depth < 1, (230 - 100 * (1 + depth)), 0)[..., None].astype(np.uint8)
        _draw_bones(cell, _pixels(points, centre, crops.cube))
    small = np.stack([_smaller(cell) for cell in cells])
    return small.reshape(rows, columns, _SIDE, _SIDE, 3).swapaxes(1, 2).reshape(rows * _SIDE, columns * _SIDE, 3)


def _pixels(points: Array, centre: Array, cube: float) -> Array:
    left, right, top, bottom = windows(centre[None], cube)[0]
    share = (points[:, :2] / points[:, 2:] - [left, top]) / [right - left, bottom - top]
    return share * 2 * _SIDE


def _draw_bones(picture: Array, pixels: Array) -> None:
    for joint, parent in enumerate(PARENTS[1:], start=1):
        path = pixels[parent] + (pixels[joint] - pixels[parent]) * np.linspace(0, 1, 120)[:, None]
        for shift in ((0, 0), (0, 1), (1, 0), (1, 1)):
            x, y = (path + shift).astype(int).T
            inside = (x >= 0) & (y >= 0) & (x < len(picture)) & (y < len(picture))
            picture[y[inside], x[inside]] = _COLOURS[(joint - 1) // 4]
