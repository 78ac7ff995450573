"""An emulated bus behind a device file, for whatever opens serial ports."""

from __future__ import annotations

import os
import select
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from hand_envs.errors import OptionError
from hand_envs.hardware.emulated import EmulatedBus

GLANCE = 0.005
"""s between looks at the clock while nobody speaks."""
_CHUNK = 4096


class EmulatedPort:
    """A pseudo terminal, at `path` as long as the block lasts; POSIX only. The bus needs a clock that goes by itself.

    Args:
        emulated: the bus.
        path: where a link to the device file is to be; in a folder of its own unless given.
    """

    def __init__(self, emulated: EmulatedBus, path: str | Path | None = None) -> None:
        if os.name != "posix":
            raise OptionError("There are no pseudo terminals here: use MemoryTransport, in the same process.")
        self.emulated = emulated
        self._folder = tempfile.TemporaryDirectory(prefix="hand-") if path is None else None
        self.path = str(path or Path(self._folder.name if self._folder else "") / "port")
        self._host = self._own = -1
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="emulated bus", daemon=True)

    def __enter__(self) -> EmulatedPort:
        self.plug_in()
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._stopping.set()
        self._thread.join()
        self.unplug()
        if self._folder:
            self._folder.cleanup()

    def unplug(self) -> None:
        """Pull the plug: whoever has the port open gets errors from then on."""
        with self.emulated.lock:
            if self._host < 0:
                return
            self.emulated.unplug()
            os.close(self._host)
            os.close(self._own)
            self._host = -1
            Path(self.path).unlink(missing_ok=True)

    def plug_in(self) -> None:
        """Put it back, at the same path."""
        import tty

        with self.emulated.lock:
            if Path(self.path).is_symlink():  # of somebody who was killed
                Path(self.path).unlink()
            # Our own end of the device stays open, or else the terminal hangs up whenever a host closes it.
            self._host, self._own = os.openpty()
            tty.setraw(self._own)
            os.set_blocking(self._host, False)
            os.symlink(os.ttyname(self._own), self.path)
            self.emulated.plug_in()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            host = self._host
            self._wait(host)
            with self.emulated.lock:
                self.emulated.advance()
                if host == self._host >= 0:
                    self._carry(host)

    def _wait(self, host: int) -> None:
        """Until the host speaks, an answer is due, or it is time to look at the clock again."""
        seconds = min(GLANCE, max(0.0, self.emulated.next_answer - self.emulated.clock()))
        if host < 0:
            self._stopping.wait(seconds)
            return
        with suppress(OSError):  # the plug was pulled meanwhile
            select.select([host], [], [], seconds)

    def _carry(self, host: int) -> None:
        with suppress(BlockingIOError):
            self.emulated.receive(os.read(host, _CHUNK))
        if data := self.emulated.send():
            with suppress(BlockingIOError):  # nobody reads: lost, as in an adapter whose buffer is full
                os.write(host, data)
