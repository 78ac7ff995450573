"""The one owner of a bus: requests and their answers, one at a time.

Answers carry no number of their request, so one that comes too late could be taken for that of the next. Lines keep
order, though. Before anything else is asked of a servo that owes an answer, it is read at a length that was not asked
for lately and that no other request has: when that comes, whatever was sent before has come, and is thrown away.
"""

from __future__ import annotations

import itertools
import math
import os
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from hand_envs.errors import BusError, NoReplyError, OptionError, ServoError
from hand_envs.hardware import instructions
from hand_envs.hardware.codec import BROADCAST, HIGHEST_ID, LONGEST, Decoder, Packet
from hand_envs.hardware.instructions import Status
from hand_envs.hardware.tables import X330, Register, block, register
from hand_envs.hardware.transports import Transport

Array = np.ndarray

RETURN_DELAY = 508e-6
"""s, the longest that a servo can be set to wait before it answers."""
SCAN = 0.8
"""s for which all that could be on a bus may take to say that they are."""
PONG = 3
"""Bytes of its data."""
_PROBES = range(32, 64)
"""Bytes that are read, in turn, to see whether an answer is still under way."""
_OVERHEAD = 12  # bytes of an answer beside its data, and one of stuffing


@dataclass(frozen=True)
class Pong:
    """What a servo tells when it is pinged."""

    model: int
    """Number; see `tables.MODELS`."""
    firmware: int
    """Version."""


@dataclass(frozen=True)
class Readings:
    """What servos said, all of them, in one exchange."""

    ids: tuple[int, ...]
    values: dict[str, Array]
    """By register, in its unit, one a servo in the order of ids."""
    time: float
    """When the last of it arrived (s), by the bus's clock."""
    alerts: frozenset[int]
    """Servos that have a hardware error."""

    def __getitem__(self, name: str) -> Array:
        return self.values[name]


class Bus:
    """Servos on a line, by id. Safe to use from several threads, and from a signal handler in the midst of a request.

    Every call ends within `tries` times `patience` and what its bytes take on the wire, twice that where an answer is
    owed; an exception at any moment, KeyboardInterrupt as well, leaves the bus usable. Values are in their register's
    unit (`tables.X330`).

    Args:
        transport: the line; nobody else may use it.
        tries: how often something is asked in all.
        patience: s for which answers may be late. USB adapters hold them back for up to 16 ms unless set otherwise.
        table: the servos' registers.
    """

    def __init__(
        self, transport: Transport, *, tries: int = 3, patience: float = 0.02, table: Mapping[str, Register] = X330
    ) -> None:
        if tries < 1 or not patience > 0:
            raise OptionError(f"A bus takes tries >= 1 and patience > 0 s, got {tries} and {patience}.")
        self.transport, self.tries, self.patience, self.table = transport, tries, patience, table
        self.clock = transport.clock
        """Gives the time of readings (s)."""
        self.alerts: set[int] = set()
        """Servos that told of a hardware error since this was last cleared."""
        self.counts: Counter[str] = Counter()
        """Requests, retries, missing answers, damaged packets, and strays that nobody asked for."""
        self._lock = threading.RLock()
        self._decoder = Decoder()
        self._owing: set[int] = set()
        self._probes = itertools.cycle(_PROBES)
        self._process = os.getpid()
        self._closed = False

    # --- one servo --------------------------------------------------------------------------------------------------

    def ping(self, id: int) -> Pong:
        """What it is."""
        ids = _checked([id])
        return _pong(self._ask(instructions.ping(id), ids, PONG)[id].data)

    def read(self, id: int, name: str) -> float:
        """What a register says."""
        return float(self.sync_read([id], [name])[name][0])

    def write(self, id: int, name: str, value: float) -> None:
        """Put a value into a register; returns when the servo has said that it is there."""
        entry = register(name, self.table)
        ids = _checked([id])
        request = instructions.write(id, entry.address, entry.data(value))
        self._expect_done(self._ask(request, ids, 0)[id], f"{value:g} into {name}")

    def write_checked(self, id: int, name: str, value: float) -> None:
        """The same, and look whether it is there: a servo that is shut down says yes to torque and stays without."""
        self.write(id, name, value)
        entry = register(name, self.table)
        there = self.read(id, name)
        if entry.data(value) != entry.data(there):
            raise BusError(f"Servo {id} took {value:g} into {name} and has {there:g} there.")

    def reboot(self, id: int) -> None:
        """Have it begin anew, without torque; only that ends a shutdown. It hears nothing for some 0.3 s: ping it."""
        try:
            self._expect_done(self._ask(instructions.reboot(*_checked([id])), [id], 0)[id], "a reboot")
        except NoReplyError:  # it may have obeyed, and what was lost is its answer
            return

    def clear_turns(self, id: int) -> None:
        """Have it forget whole turns, torque off: its position goes back into the first one."""
        self._expect_done(self._ask(instructions.clear(*_checked([id])), [id], 0)[id], "to forget its turns")

    # --- many servos ------------------------------------------------------------------------------------------------

    def ping_all(self, ids: Sequence[int] | None = None) -> dict[int, Pong]:
        """Who of these answers; of all that could be there if None, which takes 0.8 s."""
        if ids is None:
            return self._scan()
        found = {}
        for id in ids:
            try:
                found[id] = self.ping(id)
            except NoReplyError:
                continue
        return found

    def sync_read(
        self, ids: Sequence[int], names: Sequence[str], *, fast: bool = False, until: float = math.inf
    ) -> Readings:
        """What these registers say in all of these servos: of all, or a `NoReplyError`.

        Args:
            ids: of the servos.
            names: of the registers. Everything from the first to the last is read, so let them be neighbours.
            fast: have all answer in one packet, which servos with firmware 46 or newer can.
            until: s by the bus's clock, after which nothing is waited for.
        """
        ids = _checked(ids)
        first, size = block(names, self.table)
        size = _PROBES.stop if size in _PROBES else size
        answers = self._ask(instructions.sync_read(ids, first, size, fast), ids, size, fast, until)
        for answer in answers.values():
            self._expect_done(answer, f"to be read at {first}")
        entries = [register(name, self.table) for name in names]
        values = {
            entry.name: np.array(
                [entry.value(answers[id].data[entry.address - first : entry.end - first]) for id in ids]
            )
            for entry in entries
        }
        alerts = frozenset(id for id in ids if answers[id].alert)
        return Readings(tuple(ids), values, self.clock(), alerts)

    def sync_write(self, name: str, values: Mapping[int, float]) -> None:
        """Put a value into a register of each of these at once. Nobody answers: whether they took it has to be read."""
        entry = self._unacknowledged(name)
        _checked(list(values))
        self._tell(instructions.sync_write(entry.address, entry.size, {id: entry.data(v) for id, v in values.items()}))

    def broadcast(self, name: str, value: float, times: int = 1) -> None:
        """Put a value into a register of everybody, so many times over since nobody answers."""
        entry = self._unacknowledged(name)
        for _ in range(times):
            self._tell(instructions.write(BROADCAST, entry.address, entry.data(value)))

    def close(self) -> None:
        """Let go of the line, once or more. Torque stays as it is."""
        with self._lock:
            self._closed = True
            self.transport.close()

    # --- requests and answers ---------------------------------------------------------------------------------------

    def _unacknowledged(self, name: str) -> Register:
        entry = register(name, self.table)
        if entry.kept:
            raise OptionError(f"{name} is locked while torque is on, silently: write it to one servo at a time.")
        return entry

    @contextmanager
    def _owned(self) -> Iterator[None]:
        with self._lock:
            if self._closed:
                raise BusError("The bus is closed. Make a new one.")
            if os.getpid() != self._process:
                raise BusError("The bus belongs to the process that opened it. Open it in the one that uses it.")
            yield

    def _tell(self, request: bytes) -> None:
        _expect_short(request)
        with self._owned():
            self.counts["requests"] += 1
            self.transport.write(request)

    def _ask(
        self, request: bytes, ids: Sequence[int], size: int, fast: bool = False, until: float = math.inf
    ) -> dict[int, Status]:
        """The answers of all of these, with so many bytes of data or an error."""
        _expect_short(request)
        missing = set(ids)
        for attempt in range(self.tries):
            if attempt and self.clock() >= until:
                break
            with self._owned():
                self.counts["retries"] += attempt > 0
                if not self._settled(ids, until):
                    continue
                answers = self._exchange(request, ids, size, fast, until)
            missing = set(ids) - set(answers)
            if not missing:
                return answers
        self.counts["missing"] += len(missing)
        which = ", ".join(map(str, sorted(missing)))
        raise NoReplyError(
            f"No answer from servo {which} on {self.transport.name} ({self.tries} tries). "
            f"Look at power, cable, ids and baud rate ({self.transport.baud}).",
            tuple(sorted(missing)),
        )

    def _settled(self, ids: Sequence[int], until: float) -> bool:
        """Have those who owe an answer prove that it is no longer under way; False if none of them does."""
        owing = self._owing.intersection(ids)
        for id in sorted(owing):
            size = next(self._probes)
            if self._exchange(instructions.read(id, 0, size), [id], size, False, until):
                self._owing.clear()
                return True
        return not owing

    def _exchange(self, request: bytes, ids: Sequence[int], size: int, fast: bool, until: float) -> dict[int, Status]:
        """Ask once; those answers that came in time."""
        self.counts["requests"] += 1
        self._decoder.clear()
        self.transport.discard()
        self._owing.update(ids)
        self.transport.write(request)
        deadline = min(until, self.clock() + self._due(len(request), len(ids), size))
        answers: dict[int, Status] = {}
        while len(answers) < len(ids) and (left := deadline - self.clock()) > 0:
            for packet in self._heard(left):
                for answer in self._answers_in(packet, ids, size, fast):
                    self._owing.discard(answer.id)
                    if answer.code != instructions.CRC:  # the request was damaged on its way
                        answers[answer.id] = answer
        self._owing.update(set(ids).difference(answers))  # once more: a signal handler may have settled it meanwhile
        self.alerts.update(id for id, answer in answers.items() if answer.alert)
        return answers

    def _due(self, asked: int, servos: int, size: int) -> float:
        """Seconds in which everything has answered."""
        return self.patience + servos * RETURN_DELAY + 10 * (asked + servos * (size + _OVERHEAD)) / self.transport.baud

    def _heard(self, seconds: float) -> list[Packet]:
        damaged = self._decoder.damaged
        packets = self._decoder.feed(self.transport.read(seconds))
        self.counts["damaged"] += self._decoder.damaged - damaged
        return packets

    def _answers_in(self, packet: Packet, ids: Sequence[int], size: int, fast: bool) -> list[Status]:
        """Those in a packet that were asked for."""
        if fast:
            answers = instructions.fast_answers(packet, ids, size)
        else:
            alone = Status.of(packet)
            expected = alone and alone.id in ids and (len(alone.data) == size or (alone.code and not alone.data))
            answers = [alone] if alone and expected else None
        self.counts["stray"] += answers is None
        return answers or []

    def _scan(self) -> dict[int, Pong]:
        """Everybody who says that they are there."""
        found = {}
        with self._owned():
            self._decoder.clear()
            self.transport.discard()
            self.transport.write(instructions.ping())
            deadline = self.clock() + SCAN + self.patience
            while (left := deadline - self.clock()) > 0:
                for answer in filter(None, map(Status.of, self._heard(left))):
                    if len(answer.data) == PONG:
                        found[answer.id] = _pong(answer.data)
        return dict(sorted(found.items()))

    def _expect_done(self, answer: Status, what: str) -> None:
        if answer.code:
            reason = instructions.CODES.get(answer.code, f"error {answer.code}")
            raise ServoError(f"Servo {answer.id} refuses {what}: {reason}.", answer.id, answer.code)

    def __enter__(self) -> Bus:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


def _pong(data: bytes) -> Pong:
    return Pong(int.from_bytes(data[:2], "little"), data[2])


def _checked(ids: Sequence[int]) -> list[int]:
    if not ids or len(set(ids)) < len(ids) or not all(0 <= id <= HIGHEST_ID for id in ids):
        raise OptionError(f"Expected different ids of 0 to {HIGHEST_ID}, got {list(ids)}.")
    return list(ids)


def _expect_short(request: bytes) -> None:
    if len(request) > LONGEST:
        raise OptionError(
            f"A request has at most {LONGEST} bytes, this one {len(request)}. Ask fewer servos at a time."
        )
