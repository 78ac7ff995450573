"""Where bytes to servos go, and come from."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from hand_envs.errors import BusError, MissingDependencyError, UnpluggedError
from hand_envs.hardware.emulated import EmulatedBus

GLANCE = 0.002
"""s for which a read waits at most; whoever wants to wait longer reads again."""
STUCK = 0.5
"""s after which a port that takes no bytes counts as gone."""

# What a port raises that is no longer there. On POSIX it may be the terminal's own error, which is no OSError; pyserial
# adds a TypeError where another thread has closed it.
_OF_A_PORT: tuple[type[Exception], ...] = (OSError, TypeError)
with suppress(ImportError):
    import termios

    _OF_A_PORT += (termios.error,)
_OF_OPENING: tuple[type[Exception], ...] = (*_OF_A_PORT, ValueError)


class Transport(Protocol):
    """A line to servos. An `UnpluggedError` from any of these is for good."""

    name: str
    """For messages."""
    baud: int
    """Bits per second."""
    clock: Callable[[], float]
    """By which it waits (s)."""

    def write(self, data: bytes) -> None:
        """Send."""

    def read(self, seconds: float) -> bytes:
        """What has come, waiting no longer than that for the first of it; often nothing."""

    def discard(self) -> None:
        """Forget what has come."""

    def close(self) -> None:
        """Once or more."""


class MemoryTransport:
    """A line to an emulated bus in the same process. On a `ManualClock` its waiting is what lets time pass."""

    name = "an emulated bus"

    def __init__(self, emulated: EmulatedBus) -> None:
        self.emulated, self.baud, self.clock = emulated, emulated.baud, emulated.clock
        self._sleep = getattr(emulated.clock, "advance", time.sleep)

    def write(self, data: bytes) -> None:
        self._expect_plugged()
        self.emulated.receive(data)

    def read(self, seconds: float) -> bytes:
        self._expect_plugged()
        if not (data := self.emulated.send()):
            self._sleep(max(0.0, min(seconds, self.emulated.next_answer - self.clock())))
            data = self.emulated.send()
        return data

    def discard(self) -> None:
        self._expect_plugged()
        self.emulated.send()

    def close(self) -> None: ...

    def _expect_plugged(self) -> None:
        if not self.emulated.plugged:
            raise UnpluggedError(f"{self.name} was unplugged. Plug it in and begin anew.")


class SerialTransport:
    """A serial port, of which this process is the only user. See `open_serial`."""

    clock = staticmethod(time.monotonic)

    def __init__(self, port: Any, name: str, baud: int) -> None:
        self.name, self.baud = name, baud
        self._port = port
        self._gone = False

    def write(self, data: bytes) -> None:
        with self._plugged():
            self._port.write(data)

    def read(self, seconds: float) -> bytes:
        with self._plugged():
            first = self._port.read(1)
            return first + self._port.read(self._port.in_waiting) if first else b""

    def discard(self) -> None:
        with self._plugged():
            self._port.reset_input_buffer()

    def close(self) -> None:
        self._gone = True
        with suppress(*_OF_A_PORT):
            self._port.close()

    @contextmanager
    def _plugged(self) -> Iterator[None]:
        """Whatever a port raises that is no longer there is one error of ours, and remains it."""
        if self._gone:
            raise UnpluggedError(f"{self.name} is gone. Plug it in, and connect again.")
        try:
            yield
        except _OF_A_PORT as error:
            self._gone = True
            raise UnpluggedError(f"{self.name} is gone: {error}. Plug it in, and connect again.") from error


def open_serial(port: str, baud: int = 1_000_000) -> SerialTransport:
    """Open a serial port, by its device (`/dev/ttyUSB0`, `COM13`), for this process alone."""
    try:
        import serial
    except ImportError as error:
        raise MissingDependencyError("A serial port needs pyserial: pip install 'hand-envs[hardware]'") from error
    try:
        opened = serial.Serial(port, baud, timeout=GLANCE, write_timeout=STUCK, exclusive=True)
    except _OF_OPENING as error:
        reason = "another process has it" if "lock" in str(error) else str(error)
        raise BusError(f"{port} cannot be opened at {baud} baud: {reason}.") from error
    with suppress(ValueError, OSError, NotImplementedError, AttributeError):  # an adapter of another make
        opened.set_low_latency_mode(True)
    return SerialTransport(opened, port, baud)
