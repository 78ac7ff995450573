"""Named observation parts <-> one flat vector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from hand_envs.errors import HandEnvsError, choices


class Layout(Mapping[str, slice]):
    """Where each named part of an observation lies in the flat vector.

    A mapping from part name to `slice`, in order, so that `observation[..., layout["hinge"]]` is the hinge.
    Parts are arrays of shape (n, width): one row a simulation.
    """

    def __init__(self, widths: Mapping[str, int]) -> None:
        self._slices: dict[str, slice] = {}
        start = 0
        for name, width in widths.items():
            self._slices[name] = slice(start, start + width)
            start += width
        self.size = start

    @classmethod
    def of(cls, parts: Mapping[str, np.ndarray]) -> Layout:
        """The layout of a sample of parts."""
        for name, part in parts.items():
            if part.ndim != 2:
                raise HandEnvsError(
                    f"Observation part {name!r} must have shape (simulations, width), got {part.shape}."
                )
        return cls({name: part.shape[1] for name, part in parts.items()})

    def pack(self, parts: Mapping[str, np.ndarray]) -> np.ndarray:
        """A new (n, size) array of the parts side by side."""
        return np.concatenate(list(parts.values()), axis=1)

    def unpack(self, vector: np.ndarray) -> dict[str, np.ndarray]:
        """Views of the named parts of one vector or of a stack of them."""
        if vector.shape[-1] != self.size:
            raise HandEnvsError(f"Expected a last axis of {self.size} values, got shape {vector.shape}.")
        return {name: vector[..., part] for name, part in self._slices.items()}

    def __getitem__(self, name: str) -> slice:
        try:
            return self._slices[name]
        except KeyError:
            raise KeyError(f"No such observation part: {choices(name, self._slices)}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._slices)

    def __len__(self) -> int:
        return len(self._slices)

    def __repr__(self) -> str:
        parts = ", ".join(f"{name}[{part.start}:{part.stop}]" for name, part in self._slices.items())
        return f"Layout({parts})"
