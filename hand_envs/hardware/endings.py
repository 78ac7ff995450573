"""However a process ends, the hand is put down first: at its normal end, at Ctrl+C, and when it is told to terminate.

The first signal puts it down gently and is then passed on to whoever handled it before; a second one meanwhile takes
all torque at once. Nothing can be done about a kill -9: then the servos' own watchdogs stop them.
"""

from __future__ import annotations

import atexit
import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Endings:
    """Puts a hand down before the process ends.

    Args:
        gently: holds, relaxes, takes torque.
        at_once: takes torque.
    """

    def __init__(self, gently: Callable[[], object], at_once: Callable[[], object]) -> None:
        self._gently, self._at_once = gently, at_once
        self._before: dict[int, Any] = {}
        self._ending = False

    def watch(self) -> None:
        """From now on. Signals are only heard where Python lets them be, in the main thread."""
        atexit.register(self._gently)
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                self._before[number] = signal.signal(number, self._on_signal)

    def forget(self) -> None:
        """No longer: handlers are as they were, unless somebody has put another one over ours."""
        atexit.unregister(self._gently)
        for number, handler in self._before.items():
            if signal.getsignal(number) == self._on_signal:
                signal.signal(number, signal.SIG_DFL if handler is None else handler)
        self._before = {}

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        before = self._before.get(number, signal.SIG_DFL)
        if self._ending:
            self._at_once()
        else:
            self._ending = True
            try:
                self._gently()
            finally:
                self._ending = False
        self._pass_on(number, frame, before)

    def _pass_on(self, number: int, frame: FrameType | None, before: Any) -> None:
        if callable(before):
            before(number, frame)
        elif before is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
