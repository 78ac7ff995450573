"""GL contexts belong to the thread that made them: what another thread wants of them waits here."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

from hand_envs.errors import RenderingError

_waiting: dict[threading.Thread, list[Callable[[], None]]] = {}
_lock = threading.RLock()  # a garbage collection in the midst of this may come here again


class Owner:
    """The thread that something belongs to, which is the one that made it."""

    def __init__(self) -> None:
        self._thread = threading.current_thread()

    @property
    def here(self) -> bool:
        """Whether this is that thread."""
        return threading.current_thread() is self._thread

    def expect_here(self) -> None:
        """That this is that thread; the error that says what to do if not."""
        if not self.here:
            raise RenderingError(
                f"Pictures of this environment are drawn in thread {self._thread.name!r}, which drew the first one; "
                f"GL allows no other, and this is thread {threading.current_thread().name!r}. Render in the first "
                "alone, or close() the environment, after which any thread may render."
            )

    def give_back(self, free: Callable[[], None]) -> None:
        """Call `free` in that thread: now, or when it next draws or closes; now, too, if the thread has ended."""
        if self.here:
            free()
            return
        if not self._thread.is_alive():
            with contextlib.suppress(Exception):  # a GL that still holds it for the thread that was keeps it
                free()
            return
        with _lock:
            _waiting.setdefault(self._thread, []).append(free)


def free_what_waits() -> None:
    """Do what other threads have left to this one."""
    if not _waiting:
        return
    with _lock:
        waiting = _waiting.pop(threading.current_thread(), [])
    for free in waiting:
        free()
