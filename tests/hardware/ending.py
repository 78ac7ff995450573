"""A process that drives an emulated hand and ends in one way or another; what is left of the hand is printed at last.

The emulated bus is in the process itself, in real time, and outlives the driver; a `kill -9` is tested elsewhere.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import time

how = sys.argv[1]
chained = []


def tell() -> None:
    """What the servos are like, once everything has ended."""
    torque = sum(servo.torque for servo in bus.servos.values())
    print(f"torque {torque} after {time.monotonic() - began:.2f} s, chained {chained}", flush=True)


atexit.register(tell)  # the last to be called, since it is the first here

from hand_envs.hands.profile import profile  # noqa: E402
from hand_envs.hardware.bus import Bus  # noqa: E402
from hand_envs.hardware.calibration import Calibration  # noqa: E402
from hand_envs.hardware.driver import HandDriver  # noqa: E402
from hand_envs.hardware.ports import emulated_bus  # noqa: E402
from hand_envs.hardware.transports import MemoryTransport  # noqa: E402

if how == "terminated":  # nothing is called after a signal's own effect, so the last words come just before

    def kill(pid: int, number: int, kill=os.kill) -> None:
        tell()
        kill(pid, number)

    os.kill = kill
if how == "chained":
    signal.signal(signal.SIGTERM, lambda number, frame: (chained.append(number), sys.exit(3)))

hand = profile("dash")
bus = emulated_bus(hand, clock=time.monotonic)
driver = HandDriver(hand, lambda: Bus(MemoryTransport(bus)), Calibration.nominal(hand, "ending"))
driver.connect()
began = time.monotonic()
for _ in range(5):
    driver.step(driver.sent)
assert sum(servo.torque for servo in bus.servos.values()) == len(hand.motors)
print("ready", flush=True)
began = time.monotonic()
if how == "exception":
    raise RuntimeError("something else")
if how == "exit":
    sys.exit(0)
if how == "hung":
    time.sleep(60)
while how != "normal":
    driver.step(driver.sent)
    began = time.monotonic()
