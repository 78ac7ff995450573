"""What senders have in common: from the points of a tracker to packets."""

from __future__ import annotations

import socket
import time
from types import TracebackType

import numpy as np

from hand_envs.errors import OptionError
from hand_envs.live.packet import Frame, encode
from hand_envs.live.sources import DEFAULT, where
from hand_envs.live.turning import quaternion
from hand_envs.poses.conventions import to_canonical
from hand_envs.poses.frames import mirrored, palm_frame

Array = np.ndarray

Y_UP = np.array([[0.0, 0.0, -1.0], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
"""From a world with x right, y up and -z forward (OpenXR, WebXR) to one with x forward, y left and z up."""
FACING = np.array([[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
"""From a camera's axes (x right, y down, z away from it) to the world of the person who looks into it."""


def frame_of(points: Array, sequence: int, side: str = "right", convention: str = "canonical", **more: object) -> Frame:
    """The frame of points (n, 3) in m that are all in one world with z up: they tell the wrist's pose too.

    Args:
        points: of the convention.
        sequence: by one more each frame.
        side: which hand it is.
        convention: of the points.
        more: other fields of a `Frame`; `time` is now unless given.
    """
    hand = to_canonical(points, convention)
    in_mirror = np.outer([1, -1, 1], [1, -1, 1])  # the axes of a left hand are those of its mirror image, mirrored
    axes = palm_frame(mirrored(hand)) * in_mirror if side == "left" else palm_frame(hand)
    wrist = np.concatenate([hand[0], quaternion(axes)])
    values = {"time": time.time(), "wrist": wrist, **more}
    return Frame(points=points, sequence=sequence, side=side, convention=convention, **values)  # type: ignore[arg-type]


class Sender:
    """Sends frames to an address: `with Sender("udp://127.0.0.1:9763") as send: send(frame)`."""

    def __init__(self, address: str = DEFAULT) -> None:
        to = where(address)
        if not isinstance(to, tuple):
            raise OptionError(f"Expected an address such as {DEFAULT}, got {address!r}.")
        family, *_, place = socket.getaddrinfo(*to, type=socket.SOCK_DGRAM)[0]
        self._to = place
        self._socket = socket.socket(family, socket.SOCK_DGRAM)

    def __call__(self, frame: Frame) -> None:
        """Send a frame; nobody needs to hear it."""
        try:
            self._socket.sendto(encode(frame), self._to)
        except ConnectionRefusedError:  # nobody listened to the last one
            return

    def __enter__(self) -> Sender:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._socket.close()
