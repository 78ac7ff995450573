"""Depth pictures as PNG files, written, and read with care for what strangers put into them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hand_envs.errors import DatasetError
from hand_envs.files.reading import check_file, reading

Array = np.ndarray

_MOST_SIDE = 4096
_MOST_BYTES = 2**26
_GREY16 = ("I;16", "I;16B", "I")
_HO3D = 0.00012498664727900177 * 1000
"""mm of a step in HO-3D's depth, which is red + 256 green."""


def write_depth(path: Path, depth: Array) -> None:
    """Write (height, width) uint16 mm."""
    from PIL import Image

    Image.fromarray(np.ascontiguousarray(depth, np.uint16)).save(path, compress_level=1)


def read_depth(path: Path, *, ho3d: bool = False) -> Array:
    """A depth picture (height, width) in uint16 mm: 16 bits of grey, or of HO-3D's red and green."""
    from PIL import Image

    with reading(path):
        if (size := check_file(path)) > _MOST_BYTES:
            raise DatasetError(f"It has {size} bytes, more than the {_MOST_BYTES} that are read.")
        with Image.open(path, formats=["PNG"]) as picture:
            if max(picture.size) > _MOST_SIDE:
                raise DatasetError(f"It is {picture.size[0]} x {picture.size[1]}; {_MOST_SIDE} a side are read.")
            expected = ("RGB", "RGBA") if ho3d else _GREY16
            if picture.mode not in expected:
                raise DatasetError(f"Its pixels are {picture.mode}, and should be {' or '.join(expected)}.")
            pixels = np.asarray(picture)
    if ho3d:
        steps = pixels[..., 0].astype(np.float64) + 256.0 * pixels[..., 1]
        return np.rint(steps * _HO3D).astype(np.uint16)
    return np.clip(pixels, 0, 65535).astype(np.uint16)
