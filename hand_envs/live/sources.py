"""Where frames come from: a recording, or a socket."""

from __future__ import annotations

import abc
import ipaddress
import socket
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from hand_envs.errors import OptionError, PacketError
from hand_envs.live.packet import MOST_BYTES, Frame, decode
from hand_envs.live.recording import Recording

Heard = tuple[Frame, float]
"""A frame, and when it arrived (s)."""

DEFAULT = "udp://127.0.0.1:9763"
MOST_AT_ONCE = 256
"""Datagrams read in one go; whoever sends more loses them, and the hand goes on."""
SILENT = 0.3  # s; after that another sender may be heard


class Source(abc.ABC):
    """Gives frames when they arrive."""

    counts: Counter[str]
    """What came, by what became of it."""

    @abc.abstractmethod
    def hear(self, now: float) -> list[Heard]:
        """What has arrived since the last call, in the order of arrival."""

    def close(self) -> None:  # noqa: B027  most have nothing to close
        """Hear no more."""


class Playback(Source):
    """A recording, from its beginning: what arrived at s seconds is heard at s seconds."""

    def __init__(self, recording: Recording) -> None:
        self.counts = Counter()
        arrivals = recording.arrivals - recording.times[0]
        frames = list(recording.frames())
        self._heard = [(frames[index], float(arrivals[index])) for index in np.argsort(arrivals, kind="stable")]
        self._next = 0

    def hear(self, now: float) -> list[Heard]:
        first = self._next
        while self._next < len(self._heard) and self._heard[self._next][1] <= now:
            self._next += 1
        self.counts["heard"] += self._next - first
        return self._heard[first : self._next]


class Datagrams(Source):
    """A UDP socket. Nothing that arrives raises: what is no packet is counted as refused, with the last reason kept.

    One sender at a time: whoever speaks while another does is a stranger, and not heard.

    Args:
        host: an address of this machine; another than loopback only if `open` is true.
        port: 0 for any that is free.
        open: let other machines send. Who can reach the port can move the hand: packets are not signed.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 9763, open: bool = False) -> None:
        if not open and not _is_loopback(host):
            raise OptionError(f"{host} can be reached from other machines; pass --open if they may move the hand.")
        self.counts = Counter()
        self.reason = ""
        self._sender: tuple[object, float] | None = None
        try:
            family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
            self._socket = socket.socket(family, socket.SOCK_DGRAM)
            self._socket.setblocking(False)
            self._socket.bind(address)
        except OSError as error:
            if (opened := getattr(self, "_socket", None)) is not None:
                opened.close()
            raise OptionError(f"Nothing can be heard at udp://{host}:{port}: {error}.") from error
        self.port = int(self._socket.getsockname()[1])

    def hear(self, now: float) -> list[Heard]:
        heard: list[Heard] = []
        if self._socket.fileno() < 0:  # closed
            return heard
        for _ in range(MOST_AT_ONCE):
            try:
                packet, sender = self._socket.recvfrom(MOST_BYTES)
            except BlockingIOError:
                break
            except OSError:  # such as a sender that has gone, which some systems tell
                self.counts["refused"] += 1
                continue
            if (frame := self._read(packet, sender, now)) is not None:
                heard.append((frame, now))
        return heard

    def _read(self, packet: bytes, sender: object, now: float) -> Frame | None:
        try:
            frame = decode(packet)
        except PacketError as error:
            self.counts["refused"] += 1
            self.reason = str(error)
            return None
        if self._sender is not None and self._sender[0] != sender and now - self._sender[1] < SILENT:
            self.counts["strangers"] += 1
            return None
        self._sender = sender, now
        self.counts["heard"] += 1
        return frame

    def close(self) -> None:
        self._socket.close()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def unix_time() -> float:
    """Seconds since 1970 that never jump."""
    return _BEGAN + time.monotonic()


_BEGAN = time.time() - time.monotonic()


def where(address: str) -> tuple[str, int] | Path:
    """Host and port of `udp://host:port`, or the path of a recording."""
    if "://" not in address:
        return Path(address)
    parts = urlsplit(address)
    try:
        port = parts.port
    except ValueError:
        port = None
    if parts.scheme != "udp" or not parts.hostname or port is None or parts.path:
        raise OptionError(f"Expected a recording such as poses.npz or an address such as {DEFAULT}, got {address!r}.")
    return parts.hostname, port
