"""A hand that is emulated, at a device file that a driver can be pointed at."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from hand_envs.hands.profile import HandProfile
from hand_envs.hardware.ports import emulated_bus
from hand_envs.hardware.terminal import EmulatedPort


def serve(
    profile: HandProfile,
    path: str | Path | None = None,
    *,
    say: Callable[[str], object] = print,
    until: threading.Event | None = None,
) -> None:
    """Emulate the servos of a hand, each moving for itself in real time, until Ctrl+C or `until` is set.

    Args:
        profile: of the hand.
        path: where the device file is to be; in a temporary folder unless given.
        say: is told where it is.
        until: ends it.
    """
    with EmulatedPort(emulated_bus(profile, clock=time.monotonic), path) as port:
        say(f"An emulated {profile.name} hand: --port {port.path}. Ctrl+C ends it.")
        try:
            (until or threading.Event()).wait()
        except KeyboardInterrupt:
            return
