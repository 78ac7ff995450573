"""A UFactory xArm as the arm that carries the palm. Written to its library's documentation and never tried on one."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from hand_envs.core.turns import matrix_of
from hand_envs.errors import BusError, MissingDependencyError

Array = np.ndarray

CARTESIAN_ONLINE = 7
"""The mode in which a new target replaces the last one, and the arm plans its way there within its limits of speed."""
_GO, _STOP = 0, 4  # states
_MM = 1000.0
_COLLISIONS = {22: "itself", 31: "something", 35: "the edge of its safe space"}
_NOWHERE = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


class XArm:
    """An xArm at a network address; see `hand_envs.hardware.arm.Arm`.

    Args:
        address: of its control box.
        origin: where the middle of the table's top is, in the arm's base: x, y, z (m), yaw, pitch, roll (rad).
        flange: where the arm's flange is, in the palm's frame, alike.
        speed: the fastest it goes (m/s).
        api: the library's `XArmAPI`; made for the address unless given.
        clock: gives the time (s).
    """

    def __init__(
        self,
        address: str,
        *,
        origin: Any = _NOWHERE,
        flange: Any = _NOWHERE,
        speed: float = 0.25,
        api: Any = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.address, self.speed = address, speed
        self._base, self._flange = placed(np.asarray(origin, float)), placed(np.asarray(flange, float))
        self._api, self._clock = api, clock
        self._last: tuple[float, Array] | None = None

    def connect(self) -> None:
        if self._api is None:
            self._api = _api(self.address)
        self._done(self._api.motion_enable(enable=True), "be enabled")
        self._done(self._api.set_mode(CARTESIAN_ONLINE), "be steered")
        self._done(self._api.set_state(_GO), "be ready")
        self._last = None

    def read(self) -> tuple[Array, Array, Array]:
        code, place = self._connected.get_position(is_radian=True)
        self._done(code, "say where it is")
        x, y, z, roll, pitch, yaw = place
        of_flange = placed(np.array([x / _MM, y / _MM, z / _MM, yaw, pitch, roll]))
        # base <- table <- palm <- flange, solved for the palm over the table
        pose, now = row(np.linalg.inv(self._base) @ of_flange @ np.linalg.inv(self._flange)), self._clock()
        before, self._last = self._last, (now, pose)
        if before is None or now <= before[0]:
            return pose, np.zeros(6), np.zeros(6)
        moved = pose - before[1]
        moved[3:] = (moved[3:] + np.pi) % (2 * np.pi) - np.pi
        return pose, moved / (now - before[0]), np.zeros(6)

    def send(self, pose: Array) -> None:
        x, y, z, yaw, pitch, roll = row(self._base @ placed(np.asarray(pose, float)) @ self._flange)
        code = self._connected.set_position(
            x * _MM, y * _MM, z * _MM, roll, pitch, yaw, speed=self.speed * _MM, is_radian=True, wait=False
        )
        self._done(code, "go there")

    def hold(self) -> None:
        """Stop, and listen again; no error, since it is what is done when something else has gone wrong."""
        with suppress(Exception):
            self._connected.set_state(_STOP)
            self._connected.set_mode(CARTESIAN_ONLINE)
            self._connected.set_state(_GO)

    def collided(self) -> str:
        code = int(self._connected.error_code)
        if code in _COLLISIONS:
            return f"the arm ran into {_COLLISIONS[code]} (error {code})"
        return f"the arm reports error {code}" if code else ""

    def recover(self) -> None:
        if self._api is not None:
            self._api.clean_error()
            self._api.clean_warn()
            self.connect()

    def close(self) -> None:
        self.hold()
        if self._api is not None:
            self._api.disconnect()

    @property
    def _connected(self) -> Any:
        if self._api is None:
            raise BusError("The arm is not connected: connect() first.")
        return self._api

    def _done(self, code: int, what: str) -> None:
        if code != 0:
            raise BusError(
                f"The arm at {self.address} does not {what} (code {code}). Look at its control box and cable."
            )


def placed(pose: Array) -> Array:
    """The transform (4, 4) of x, y, z (m) and yaw, pitch, roll (rad): R = Rz(yaw) Ry(pitch) Rx(roll)."""
    yaw, pitch, roll = matrix_of(np.diag(pose[3:])[:, ::-1])
    transform = np.eye(4)
    transform[:3, :3], transform[:3, 3] = yaw @ pitch @ roll, pose[:3]
    return transform


def row(transform: Array) -> Array:
    """x, y, z (m) and yaw, pitch, roll (rad) of a transform; pitch is within a quarter turn."""
    turned = transform[:3, :3]
    yaw = np.arctan2(turned[1, 0], turned[0, 0])
    pitch = np.arctan2(-turned[2, 0], np.hypot(turned[2, 1], turned[2, 2]))
    roll = np.arctan2(turned[2, 1], turned[2, 2])
    return np.array([*transform[:3, 3], yaw, pitch, roll])


def _api(address: str) -> Any:
    try:
        from xarm.wrapper import XArmAPI
    except ImportError as error:
        raise MissingDependencyError("An xArm needs its library: pip install xarm-python-sdk") from error
    try:
        api = XArmAPI(address, is_radian=True)
    except Exception as error:  # its own, whatever it is
        raise BusError(f"No arm answers at {address}: {error}.") from error
    if not api.connected:
        raise BusError(f"No arm answers at {address}. Look at its control box and cable.")
    return api
