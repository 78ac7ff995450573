"""A bus of emulated servos: bytes in, bytes out, and a plant that they move."""

from __future__ import annotations

import math
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from hand_envs.hardware import codec, instructions
from hand_envs.hardware.codec import BROADCAST, Decoder, Packet
from hand_envs.hardware.faults import Faults
from hand_envs.hardware.instructions import status
from hand_envs.hardware.plants import FirstOrder, Plant
from hand_envs.hardware.servo import EmulatedServo
from hand_envs.hardware.tables import FAST_SYNC_READ_SINCE, X330

KEPT_WRITES = 200_000
_AT = {entry.address: entry for entry in X330.values()}


class Written(NamedTuple):
    """A number that reached a servo."""

    time: float
    """s"""
    id: int
    name: str
    value: float
    error: int
    """0 if the servo took it."""


class EmulatedBus:
    """Servos on a wire. Everything happens in fixed steps of time, so the same bytes at the same times give the same.

    Args:
        ids: of the servos, in the plant's order.
        plant: what they move; each a motor of its own at 180 degrees unless given.
        clock: gives the time (s).
        model: model number of all.
        firmware: version of all.
        faults: what goes wrong.
        period: of a step (s).
        baud: bits per second that the wire carries; 10 a byte.
    """

    def __init__(
        self,
        ids: Sequence[int],
        *,
        plant: Plant | None = None,
        clock: Callable[[], float] = time.monotonic,
        model: int = 1240,
        firmware: int = 52,
        faults: Faults | None = None,
        period: float = 0.002,
        baud: int = 1_000_000,
    ) -> None:
        self.plant = plant or FirstOrder(np.full(len(ids), math.pi))
        self.clock, self.period, self.baud = clock, period, baud
        self.faults = faults or Faults()
        self.servos = {
            id: EmulatedServo(id, float(start), model, firmware)
            for id, start in zip(ids, self.plant.start, strict=True)
        }
        self._order = tuple(self.servos.values())
        self.plugged = True
        self.written: deque[Written] = deque(maxlen=KEPT_WRITES)
        """The last of everything that was written, or would have been if the servo had not refused."""
        self.lock = threading.RLock()
        """Whoever looks at servos while another thread serves them holds it."""
        self._of_many: dict[int, Callable[[int, int, bytes], None]] = {
            codec.SYNC_WRITE: self._sync_write,
            codec.SYNC_READ: self._sync_read,
            codec.FAST_SYNC_READ: self._fast_sync_read,
        }
        self._decoder = Decoder()
        self._began = self._heard = clock()
        self._steps = 0
        self._free = self._began
        self._answers: deque[tuple[float, bytes]] = deque()

    # --- time -------------------------------------------------------------------------------------------------------

    def advance(self) -> None:
        """Bring servos and plant to what the clock says."""
        with self.lock:
            due = math.floor((self.clock() - self._began) / self.period + 1e-6)
            if self._steps >= due:
                return
            while self._steps < due:
                self._steps += 1
                self._step(self._began + self._steps * self.period)
            for servo in self._order:
                servo.show(self.clock())

    def _step(self, now: float) -> None:
        servos = self._order
        for servo in servos:
            servo.watch(now - self._heard)
        goals = np.array([servo.goal(self.period) for servo in servos])
        torque = np.array([servo.torque for servo in servos])
        currents = np.array([servo.most_current for servo in servos])
        for servo, *felt in zip(servos, *self.plant.step(goals, torque, currents, self.period), strict=True):
            servo.feel(*map(float, felt))

    # --- the wire ---------------------------------------------------------------------------------------------------

    def unplug(self) -> None:
        """Pull the plug of the adapter; servos keep their power."""
        self.plugged = False

    def plug_in(self) -> None:
        """Put it back; what was on the wire is lost."""
        with self.lock:
            self._answers.clear()
            self._decoder.clear()
            self.plugged = True

    def receive(self, data: bytes) -> None:
        """Bytes from the host."""
        with self.lock:
            self.advance()
            if self.faults.echo:
                self._answers.append((self.clock(), data))
            for packet in self._decoder.feed(self.faults.request(data)):
                self._heard = self.clock()
                self._free = max(self._free, self._heard)
                self._obey(packet)

    def send(self) -> bytes:
        """Bytes to the host that have arrived by now."""
        with self.lock:
            self.advance()
            due = []
            while self._answers and self._answers[0][0] <= self.clock() + 1e-9:
                due.append(self._answers.popleft()[1])
            return b"".join(due)

    @property
    def next_answer(self) -> float:
        """When the next bytes arrive (s); infinity if there are none."""
        with self.lock:
            return self._answers[0][0] if self._answers else math.inf

    def _answer(self, data: bytes, after: float) -> None:
        """Put an answer on the wire, behind those that are there."""
        self._free += after + 10 * len(data) / self.baud
        self._answers.append((self._free + self.faults.delay(), self.faults.answer(data)))

    # --- instructions -----------------------------------------------------------------------------------------------

    def _awake(self, id: int) -> EmulatedServo | None:
        servo = self.servos.get(id)
        return servo if servo and self._heard >= servo.awake_from else None

    def _reply(self, servo: EmulatedServo, error: int, data: bytes = b"", level: int = 2) -> None:
        """The answer of a servo, if its return level is at least that."""
        if servo.get("status_return_level") >= level and servo.id not in self.faults.silent:
            alert = instructions.ALERT * servo.alert
            self._answer(status(servo.id, error | alert, data), servo.get("return_delay_time"))

    def _obey(self, packet: Packet) -> None:
        content = packet.parameters
        if packet.instruction in self._of_many:
            if packet.id == BROADCAST and len(content) > 4:
                address, size = struct.unpack("<HH", content[:4])
                self._of_many[packet.instruction](address, size, content[4:])
        elif packet.instruction != codec.STATUS:
            chosen = self.servos if packet.id == BROADCAST else [packet.id]
            for servo in filter(None, map(self._awake, chosen)):
                self._obey_alone(servo, packet, content)

    def _obey_alone(self, servo: EmulatedServo, packet: Packet, content: bytes) -> None:
        for_all = packet.id == BROADCAST
        if packet.instruction == codec.PING:
            self._reply(servo, 0, bytes(servo.table[0:2] + servo.table[6:7]), level=0)
            return
        if packet.instruction == codec.READ and len(content) == 4 and not for_all:
            self._reply(servo, *servo.read(*struct.unpack("<HH", content)), level=1)
            return
        if packet.instruction == codec.WRITE and len(content) > 2:
            error = self._write(servo, int.from_bytes(content[:2], "little"), content[2:])
        elif packet.instruction == codec.REBOOT:
            error = 0
        elif packet.instruction == codec.CLEAR:
            error = servo.forget_turns()
        else:
            error = instructions.INSTRUCTION
        if not for_all:
            self._reply(servo, error)
        if packet.instruction == codec.REBOOT:
            servo.reboot(self._heard)

    def _write(self, servo: EmulatedServo, address: int, data: bytes) -> int:
        id, error = servo.id, servo.write(address, data)
        if servo.id != id:
            self.servos = {other.id: other for other in self._order}
        for place in range(address, address + len(data)):
            entry = _AT.get(place)
            if entry and entry.end <= address + len(data):
                value = entry.value(data[place - address : entry.end - address])
                self.written.append(Written(self._heard, id, entry.name, value, error))
        return error

    def _sync_write(self, address: int, size: int, rows: bytes) -> None:
        for start in range(0, len(rows) - size, size + 1):
            if servo := self._awake(rows[start]):
                self._write(servo, address, rows[start + 1 : start + 1 + size])

    def _sync_read(self, address: int, size: int, ids: bytes) -> None:
        for servo in filter(None, map(self._awake, ids)):
            self._reply(servo, *servo.read(address, size), level=1)

    def _fast_sync_read(self, address: int, size: int, ids: bytes) -> None:
        """One answer from all, in which each waits for the one before: a servo that is missing ends it."""
        length = 1 + len(ids) * (size + 4)
        first = self._awake(ids[0])
        if first is None or length > codec.LONGEST:
            return
        packet = codec.HEADER + struct.pack("<BHB", BROADCAST, length, codec.STATUS)
        for id in ids:
            servo = self._awake(id)
            if servo is None or id in self.faults.silent or servo.get("firmware_version") < FAST_SYNC_READ_SINCE:
                break
            error, data = servo.read(address, size)
            packet += bytes([error | instructions.ALERT * servo.alert, id]) + data
            packet += struct.pack("<H", codec.crc16(packet))
        self._answer(packet, first.get("return_delay_time"))
