"""The errors hand_envs raises: each names what was given, what was expected, and what to do about it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class HandEnvsError(Exception):
    """Base of every error raised on purpose by hand_envs."""


class ActionError(HandEnvsError, ValueError):
    """An action of the wrong shape, or with values that are not numbers."""


class OptionError(HandEnvsError, ValueError):
    """An option with an unknown name or a value that is not allowed."""


class UnknownOptionError(OptionError, TypeError):
    """An option with an unknown name, where Python itself would raise a TypeError.

    Others who make environments try an option and go on without it if the error says "unexpected keyword argument".
    """


class StateError(HandEnvsError, ValueError):
    """A state that does not fit the simulation it is given to."""


class TaskError(HandEnvsError, TypeError):
    """A task that does not declare what it should."""


class RenderingError(HandEnvsError, RuntimeError):
    """No picture can be made: GL is missing, or the camera or size is wrong."""


class DatasetError(HandEnvsError, ValueError):
    """A file from outside that is missing, malformed or refused as unsafe."""


class PacketError(HandEnvsError, ValueError):
    """A packet of a live stream that is malformed, or of no hand."""


class BusError(HandEnvsError, RuntimeError):
    """Something is wrong on the bus of a real hand."""


class NoReplyError(BusError):
    """Servos did not answer in time, however often they were asked."""

    def __init__(self, message: str, missing: tuple[int, ...]) -> None:
        super().__init__(message)
        self.missing = missing
        """Their ids."""


class ServoError(BusError):
    """A servo refused what it was told."""

    def __init__(self, message: str, id: int, code: int) -> None:
        super().__init__(message)
        self.id, self.code = id, code


class UnpluggedError(BusError):
    """The port is no longer there."""


class CalibrationError(HandEnvsError, ValueError):
    """A calibration that is missing, damaged or another hand's: the hand is not moved."""


class HardwareError(HandEnvsError, RuntimeError):
    """A robot hand that is not as its profile says, or is asked for what it cannot do now."""


class FaultError(HandEnvsError, RuntimeError):
    """A robot hand that has stopped because of a fault, and stays so until that is cleared."""


class MissingDependencyError(HandEnvsError, ImportError):
    """An optional package is needed and not installed."""


def choices(given: object, valid: Iterable[str]) -> str:
    """The tail of an error message: the nearest valid choice, then all of them.

    >>> choices("dnse", ["dense", "sparse"])
    "got 'dnse'; did you mean 'dense'? Valid: dense, sparse"
    """
    names = [str(name) for name in valid]
    close = difflib.get_close_matches(str(given), names, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else "."
    return f"got {given!r}{hint} Valid: {', '.join(names)}"


def unknown_option(whose: str, name: str, valid: Iterable[str], hint: str = "") -> UnknownOptionError:
    """The error for an option that `whose` does not have; libraries look for the words Python has for it."""
    return UnknownOptionError(
        f"{whose} got an unexpected keyword argument {name!r}; it has no option of that name{hint}: "
        f"{choices(name, valid)}"
    )
