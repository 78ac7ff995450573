"""A hand that is sent in the background, by a process of its own, as a tracker would."""

from __future__ import annotations

import contextlib
import multiprocessing
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from hand_envs.live.sending import Sender, frame_of
from hand_envs.poses.human import forward, subject, walk


@contextlib.contextmanager
def sending(address: str, seconds: float, rate: float = 60.0) -> Iterator[None]:
    """Send a moving hand while the block runs, for so many seconds at most."""
    process = multiprocessing.get_context("spawn").Process(target=send, args=(address, seconds, rate), daemon=True)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()


def send(address: str, seconds: float, rate: float) -> None:
    """Send a hand that moves from one natural pose to the next, each frame when it is captured."""
    random = np.random.default_rng(0)
    poses = forward(subject(0), walk(random, int(seconds * rate), rate=rate))
    began = time.time()
    with Sender(address) as sender:
        for number, points in enumerate(poses):
            wrist = 0.05 * np.sin(number / rate * np.array([0.8, 1.1, 0.5]))
            frame = frame_of(points + wrist + 3e-4 * random.normal(size=points.shape), number)
            time.sleep(max(0.0, began + number / rate - time.time()))
            sender(replace(frame, time=time.time()))
