"""A port that fails in every way that ports do is one error of ours."""

import pytest

from hand_envs.errors import UnpluggedError
from hand_envs.hardware.transports import SerialTransport

termios = pytest.importorskip("termios", reason="POSIX has it")


class Port:
    """A port of pyserial's, which raises once what it is told to."""

    in_waiting = 3

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.written = error, []

    def _fail(self):
        if self.error is not None:
            error, self.error = self.error, None
            raise error

    def write(self, data):
        self._fail()
        self.written.append(data)

    def read(self, size):
        self._fail()
        return b"x" * size

    def reset_input_buffer(self):
        self._fail()

    def close(self):
        self._fail()


@pytest.mark.parametrize("error", [OSError(5, "gone"), termios.error(5, "gone"), TypeError("closed")], ids=repr)
@pytest.mark.parametrize(
    "use",
    [lambda line: line.write(b"a"), lambda line: line.read(1.0), lambda line: line.discard()],
    ids=["w", "r", "d"],
)
def test_it_is_gone_for_good(use, error):
    port = Port(error)
    line = SerialTransport(port, "/dev/hand", 1_000_000)
    with pytest.raises(UnpluggedError, match="/dev/hand is gone: .* connect again") as raised:
        use(line)
    assert raised.value.__cause__ is error
    with pytest.raises(UnpluggedError):
        line.write(b"b")
    assert port.written == []


def test_closing_a_port_that_is_gone_is_quiet():
    line = SerialTransport(Port(termios.error(5, "gone")), "/dev/hand", 1_000_000)
    line.close()
    line.close()
    with pytest.raises(UnpluggedError):
        line.read(1.0)


def test_everything_that_waits_is_read():
    line = SerialTransport(Port(), "/dev/hand", 1_000_000)
    assert line.read(1.0) == b"xxxx"


def test_an_error_of_another_kind_is_not_taken_for_a_pulled_plug():
    line = SerialTransport(Port(ZeroDivisionError()), "/dev/hand", 1_000_000)
    with pytest.raises(ZeroDivisionError):
        line.write(b"a")
    line.write(b"b")
