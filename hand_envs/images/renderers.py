"""Renderers of all sizes that a thread asks for: GL belongs to threads."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from hand_envs.images.renderer import HandRenderer
from hand_envs.objects.shape import Shape


class Renderers:
    """Makes each renderer when it is first asked for, one a thread and size.

    Args:
        slices: see `HandRenderer`.
        things: likewise.
    """

    def __init__(self, slices: int = 8, things: Sequence[Shape] = ()) -> None:
        self._slices, self._things = slices, tuple(things)
        self._here = threading.local()

    def of(self, width: int, height: int) -> HandRenderer:
        """The one of this thread."""
        kept: dict[tuple[int, int], HandRenderer] = self._here.__dict__.setdefault("renderers", {})
        if (width, height) not in kept:
            kept[width, height] = HandRenderer(width, height, self._slices, self._things)
        return kept[width, height]

    def close(self) -> None:
        """Give back this thread's GL contexts; they are made again when needed."""
        kept = self._here.__dict__.pop("renderers", {})
        while kept:
            kept.popitem()[1].close()
