"""HDF5 files from strangers: what is read lies in the file itself and is no larger than the file can honestly hold."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hand_envs.errors import DatasetError
from hand_envs.files.reading import check_file, reading

if TYPE_CHECKING:
    import h5py

_PACKED = 64  # how many times smaller a file may be than what is in it
_FREELY = 2**28  # bytes, let pass in any case
_LARGEST_CHUNK = 2**21  # bytes; h5py makes none above 2**20
_LARGEST_ATTRIBUTE = 2**22  # bytes
_MOST_ATTRIBUTES = 1000
_FILTERS = (1, 2, 3, 32000)  # deflate, shuffle, fletcher32, lzf: no plugin is loaded


class PlainFile:
    """An HDF5 file of which only plain numbers are taken, within a budget of bytes."""

    def __init__(self, file: h5py.File, size: int) -> None:
        self.file = file
        self.left = max(_FREELY, _PACKED * size)
        """Bytes that may still be read."""

    def group(self, name: str) -> h5py.Group:
        """A group at the top of the file."""
        import h5py

        return self._member(self.file, name, h5py.Group)

    def numbers(self, group: h5py.Group, name: str) -> np.ndarray:
        """The array of numbers of that name in a group."""
        import h5py

        dataset = self._member(group, name, h5py.Dataset)
        where = f"{group.name}/{name}"
        if dataset.is_virtual or dataset.external:
            raise DatasetError(f"{where} refers to another file, which a dataset has no need of: it is refused.")
        self._afford(dataset.shape, dataset.dtype, where)
        self._check_chunks(dataset, where)
        array: np.ndarray = np.asarray(dataset[()])
        return array

    def attributes(self, group: h5py.Group) -> Mapping[str, Any]:
        """Numbers and text that are noted of a group."""
        import h5py

        if len(group.attrs) > _MOST_ATTRIBUTES:
            raise DatasetError(f"{group.name} has {len(group.attrs)} attributes, more than {_MOST_ATTRIBUTES}.")
        found = {}
        for name in group.attrs:
            attribute = group.attrs.get_id(name)
            is_text = h5py.check_string_dtype(attribute.dtype) is not None and attribute.shape == ()
            if not is_text:
                self._afford(attribute.shape, attribute.dtype, f"{group.name}@{name}", _LARGEST_ATTRIBUTE)
            found[name] = group.attrs[name]
        return found

    def _member(self, group: h5py.Group, name: str, kind: type) -> Any:
        import h5py

        link = group.get(name, getlink=True)
        if link is None:
            raise DatasetError(f"It lacks {group.name.rstrip('/')}/{name}.")
        if not isinstance(link, h5py.HardLink):
            raise DatasetError(f"{name} is a link to elsewhere, which a dataset has no need of: it is refused.")
        member = group[name]
        if not isinstance(member, kind):
            raise DatasetError(f"{name} should be a {kind.__name__.lower()}, it is a {type(member).__name__.lower()}.")
        return member

    def _afford(self, shape: tuple[int, ...] | None, dtype: np.dtype[Any], where: str, most: int | None = None) -> None:
        if shape is None or dtype.kind not in "biuf" or dtype.itemsize > 8:
            raise DatasetError(f"{where} holds {dtype}; only arrays of numbers are read.")
        size = math.prod(shape) * dtype.itemsize
        if size > min(self.left, most or self.left):
            raise DatasetError(f"{where} is said to have {size} bytes, more than a file of this size can hold.")
        self.left -= size

    def _check_chunks(self, dataset: h5py.Dataset, where: str) -> None:
        """That no packed piece is larger than it would be unpacked, and none unpacks to much."""
        if dataset.chunks is None:
            return
        properties = dataset.id.get_create_plist()
        filters = [properties.get_filter(number)[0] for number in range(properties.get_nfilters())]
        size = math.prod(dataset.chunks) * dataset.dtype.itemsize
        if size > _LARGEST_CHUNK or not set(filters) <= set(_FILTERS):
            raise DatasetError(f"{where} is packed in an unusual way, in pieces of {size} bytes by {filters}.")
        for number in range(dataset.id.get_num_chunks()):
            if dataset.id.get_chunk_info(number).size > 1.1 * size + 1024:
                raise DatasetError(f"{where} has a packed piece that is larger than it is unpacked.")


@contextmanager
def plain_file(path: Path) -> Iterator[PlainFile]:
    """Open an HDF5 file; whatever goes wrong with it is a `DatasetError` that names it."""
    import h5py

    with reading(path):
        size = check_file(path)
        with h5py.File(path, "r") as file:
            yield PlainFile(file, size)
