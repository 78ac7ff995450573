"""Our packets and servos against the maker's own library, which is needed nowhere else."""

import os
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("serial", reason="needs the extra: pip install 'hand-envs[hardware]'")
sdk = pytest.importorskip("dynamixel_sdk", reason="a cross-check: pip install dynamixel-sdk")
if os.name != "posix":
    pytest.skip("there are no pseudo terminals here", allow_module_level=True)

from hand_envs.hardware import codec, instructions, tables  # noqa: E402
from hand_envs.hardware.emulated import EmulatedBus  # noqa: E402
from hand_envs.hardware.plants import FirstOrder  # noqa: E402
from hand_envs.hardware.tables import X330  # noqa: E402
from hand_envs.hardware.terminal import EmulatedPort  # noqa: E402

IDS = [1, 2, 3, 4]
START = np.array([1.0, 2.0, 3.0, 4.0])
PRESENT = X330["present_current"].address, 10


class Wire:
    """A port of the SDK's that keeps what is written to it, and gives what it was told to."""

    is_using, baudrate = False, 1_000_000

    def __init__(self, answer: bytes = b"") -> None:
        self.written, self.answer = b"", bytearray(answer)

    def clearPort(self): ...

    def writePort(self, packet):
        self.written += bytes(packet)
        return len(packet)

    def readPort(self, length):
        data, self.answer = self.answer[:length], self.answer[length:]
        return list(data)

    def setPacketTimeout(self, length): ...

    def setPacketTimeoutMillis(self, milliseconds): ...

    def isPacketTimeout(self):
        return not self.answer


handler = sdk.PacketHandler(2.0)


def stuffed(packet: bytes) -> bytes:
    """As the SDK means to send it: its 4.1.0 stuffs a copy that it forgets, and then sends the original."""
    meant = handler.addStuffing(list(packet))
    crc = handler.updateCRC(0, meant, len(meant) - 2)
    return bytes(meant[:-2]) + crc.to_bytes(2, "little")


def test_requests_are_the_same_bytes():
    random = np.random.default_rng(0)
    for _ in range(300):
        id, address = int(random.integers(253)), int(random.integers(256))
        data = bytes(random.choice([0xFF, 0xFD, 0x00, 0x12], size=random.integers(1, 30)).astype(np.uint8))
        wire = Wire()
        handler.writeTxOnly(wire, id, address, len(data), list(data))
        assert stuffed(wire.written) == instructions.write(id, address, data), data.hex()


def test_ours_are_understood_and_theirs_too():
    random = np.random.default_rng(1)
    for _ in range(300):
        id, error = int(random.integers(253)), int(random.integers(256))
        data = bytes(random.choice([0xFF, 0xFD, 0x00, 0x12], size=random.integers(1, 30)).astype(np.uint8))
        packet = instructions.status(id, error, data)
        received, result = handler.rxPacket(Wire(packet), True)
        assert (bytes(received), result) == (packet, sdk.COMM_SUCCESS)
        if b"\xff\xff\xfd" not in data:  # its 4.1.0 loses bytes where it takes stuffing out, in place
            received, _ = handler.rxPacket(Wire(packet), False)
            assert (received[4], received[8], bytes(received[9:-2])) == (id, error, data)
        assert codec.crc16(packet[:-2]) == handler.updateCRC(0, list(packet[:-2]), len(packet) - 2)


@pytest.fixture
def emulated():
    return EmulatedBus(IDS, plant=FirstOrder(START))


@pytest.fixture
def port(emulated):
    with EmulatedPort(emulated) as emulated_port:
        port = sdk.PortHandler(emulated_port.path)
        # It waits 34 ms, and takes what comes later for the answer to its next request.
        port.setPacketTimeout = lambda length: port.setPacketTimeoutMillis(5000)
        assert port.openPort()
        assert port.setBaudRate(1_000_000)
        yield port
        port.closePort()


def test_the_sdk_takes_emulated_servos_for_real_ones(port, emulated):
    assert handler.ping(port, 2)[0] == 1240
    assert handler.read4ByteTxRx(port, 2, 132)[0] == round(2.0 / tables.TICK)
    assert handler.write1ByteTxRx(port, 2, 64, 1)[-1] == 0
    assert handler.write1ByteTxRx(port, 2, 11, 5)[-1] == instructions.ACCESS, "locked: torque is on"
    emulated.servos[3].fail(tables.VOLTAGE)
    assert handler.read1ByteTxRx(port, 3, 70)[-1] == instructions.ALERT
    assert handler.reboot(port, 3)[-1] == instructions.ALERT


@pytest.mark.parametrize("fast", [False, True])
def test_the_sdk_reads_all_at_once(port, fast):
    group = sdk.GroupSyncRead(port, handler, *PRESENT)
    for id in IDS:
        group.addParam(id)
    assert (group.fastSyncRead() if fast else group.txRxPacket()) == sdk.COMM_SUCCESS
    ticks = [group.getData(id, X330["present_position"].address, 4) for id in IDS]
    assert ticks == np.round(START / tables.TICK).astype(int).tolist()


def test_the_sdk_writes_to_all_at_once(port, emulated):
    group = sdk.GroupSyncWrite(port, handler, 116, 4)
    for id in IDS:
        group.addParam(id, list(X330["goal_position"].data(id / 2)))
    assert group.txPacket() == sdk.COMM_SUCCESS
    handler.ping(port, 1)
    with emulated.lock:
        goals = [emulated.servos[id].get("goal_position") for id in IDS]
    np.testing.assert_allclose(goals, [0.5, 1.0, 1.5, 2.0], atol=tables.TICK)


def test_registers_lie_where_the_sdk_has_them():
    easy = pytest.importorskip("dynamixel_easy_sdk", reason="this version of the SDK ships no tables")
    lines = (Path(easy.__file__).parent / "control_table" / "xc330_m288_fw52.model").read_text().splitlines()
    rows = [line.split("\t") for line in lines[lines.index("[control table]") + 2 :]]
    theirs = {name.lower().replace(" ", "_"): (int(address), int(size)) for address, size, name in rows}
    ours = {name: (entry.address, entry.size) for name, entry in X330.items()}
    del ours["startup_configuration"]  # only the manual has it
    assert ours == {name: theirs.get(name) for name in ours}
