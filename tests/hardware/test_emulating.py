"""An emulated hand that is served until somebody ends it."""

import os
import threading

import pytest

pytest.importorskip("serial", reason="needs the extra: pip install 'hand-envs[hardware]'")
if os.name != "posix":
    pytest.skip("there are no pseudo terminals here", allow_module_level=True)

from hand_envs.hands.profile import profile
from hand_envs.hardware.bus import Bus
from hand_envs.hardware.emulating import serve
from hand_envs.hardware.transports import open_serial


def test_a_hand_is_there_until_it_is_ended(tmp_path):
    path, hand = tmp_path / "hand", profile("dash")
    path.symlink_to(tmp_path / "of-one-who-was-killed")
    end, there, said = threading.Event(), threading.Event(), []

    def say(line):
        said.append(line)
        there.set()

    serving = threading.Thread(target=serve, args=(hand, path), kwargs={"say": say, "until": end})
    serving.start()
    try:
        assert there.wait(30)
        with Bus(open_serial(str(path), hand.servos.baud), patience=1.0) as bus:
            assert list(bus.ping_all([motor.id for motor in hand.motors])) == [motor.id for motor in hand.motors]
    finally:
        end.set()
        serving.join()
    assert f"--port {path}" in said[0]
    assert not path.is_symlink()


def test_ctrl_c_ends_it_quietly(tmp_path):
    class Interrupted(threading.Event):
        def wait(self, timeout=None):
            raise KeyboardInterrupt

    serve(profile("dash"), tmp_path / "hand", say=lambda line: None, until=Interrupted())
    assert not (tmp_path / "hand").is_symlink()
