"""GL contexts belong to the thread and the process that made them: whoever else asks gets an error, not a deadlock."""

from __future__ import annotations

import contextlib
import ctypes
import os
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

from hand_envs.errors import RenderingError

_waiting: dict[threading.Thread, list[Callable[[], None]]] = {}
_lock = threading.RLock()  # a garbage collection in the midst of this may come here again
_owners: weakref.WeakSet[Owner] = weakref.WeakSet()


class _Here(threading.local):
    """How many pictures this thread is in the midst of."""

    drawing = 0


_here = _Here()


class Process:
    """Whether this process may draw: not if it was forked from one that had."""

    drawn = False
    lost = False

    @classmethod
    def expect_gl(cls) -> None:
        """That it may; the error that says what to do if not."""
        if cls.lost:
            raise RenderingError(
                "This process was forked from one that had drawn pictures, and GL does not live through that: a call "
                "would never return. Start processes with 'spawn' or 'forkserver', or draw the first picture after the "
                "fork."
            )

    @classmethod
    def forked(cls) -> None:
        """This is the child: what GL was in use is the parent's, and freeing it would never return either."""
        cls.lost = cls.lost or cls.drawn
        _waiting.clear()
        for owner in list(_owners):
            for each in owner.held:
                ctypes.pythonapi.Py_IncRef(ctypes.py_object(each))
            owner.held = ()


class Owner:
    """The thread that something belongs to, which is the one that made it."""

    def __init__(self) -> None:
        Process.expect_gl()
        self._thread = threading.current_thread()
        self.held: tuple[Any, ...] = ()
        """What is freed where it was made, or not at all."""
        _free_what_waits()
        _owners.add(self)

    def expect_here(self) -> None:
        """That this is that thread; the error that says what to do if not."""
        Process.expect_gl()
        here = threading.current_thread()
        if here is not self._thread:
            raise RenderingError(
                f"Pictures of this environment are drawn in thread {self._thread.name!r}, which drew the first one; "
                f"GL allows no other, and this is thread {here.name!r}. Render in the first alone, or close() the "
                "environment, after which any thread may render."
            )
        _free_what_waits()

    @contextlib.contextmanager
    def drawing(self) -> Iterator[None]:
        """While its GL is in use: another's that is forgotten now waits, since freeing takes the current context."""
        self.expect_here()
        _here.drawing += 1
        try:
            yield
        finally:
            _here.drawing -= 1

    def give_back(self, free: Callable[[], None]) -> None:
        """Call `free` in that thread: now, or when it next draws or closes; now, too, if the thread has ended."""
        self.held = ()
        if Process.lost:
            return
        here = threading.current_thread() is self._thread
        if here and not _here.drawing:
            _free_what_waits()
            free()
        elif not here and not self._thread.is_alive():
            with contextlib.suppress(Exception):  # a GL that still holds it for the thread that was keeps it
                free()
        else:
            with _lock:
                _waiting.setdefault(self._thread, []).append(free)


def _free_what_waits() -> None:
    """Do what other threads have left to this one."""
    if not _waiting or _here.drawing:
        return
    with _lock:
        waiting = _waiting.pop(threading.current_thread(), [])
    for free in waiting:
        free()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=Process.forked)
