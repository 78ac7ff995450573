"""Why a hand has stopped, and that it stays stopped until somebody says that it may go on."""

from __future__ import annotations

from dataclasses import dataclass

from hand_envs.errors import FaultError, OptionError, choices

KINDS = {
    "arm": "the arm does not answer, or refuses",
    "alert": "a servo reports a hardware error",
    "collision": "the arm has run into something",
    "deadman": "no step came for so long that the motors were left to stand",
    "hot": "a servo is too hot",
    "overrun": "too many steps in a row came too late",
    "restarted": "a servo has lost its torque: it was restarted",
    "silent": "where the hand is has not been heard for too long",
    "stopped": "somebody has stopped it",
    "unplugged": "the port is gone",
    "watchdog": "the servos had heard nothing for so long that they stopped by themselves",
}


@dataclass(frozen=True)
class Fault:
    """What went wrong."""

    kind: str
    detail: str
    time: float
    """s, of the driver's timer."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise OptionError(f"Unknown fault: {choices(self.kind, KINDS)}")

    def __str__(self) -> str:
        return f"{KINDS[self.kind]} ({self.detail})" if self.detail else KINDS[self.kind]


class Latch:
    """Holds the first fault until it is cleared."""

    def __init__(self) -> None:
        self.fault: Fault | None = None
        self.generation = 0
        """Grows with each fault and each clearing: what was meant for an earlier one is not for now."""

    def set(self, fault: Fault) -> bool:
        """Hold this one, unless one is held; whether it is the first."""
        if self.fault is not None:
            return False
        self.fault = fault
        self.generation += 1
        return True

    def clear(self) -> None:
        """Go on."""
        self.generation += self.fault is not None
        self.fault = None

    def check(self) -> None:
        """That there is none."""
        if self.fault is not None:
            raise FaultError(
                f"The hand has stopped: {self.fault}. Look at it, then reset(options={{'clear_fault': True}})."
            )
