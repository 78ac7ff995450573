"""Send a hand to `hand-envs play`: a recorded one, or one that is made up.

python docs/examples/send_poses.py poses.npz --rate 60
python docs/examples/send_poses.py --rate 30 --drop 0.1 --delay 0.03 0.06 --duplicate 0.1
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import tyro

from hand_envs.live.packet import Frame
from hand_envs.live.recording import Recording
from hand_envs.live.sending import Sender, frame_of
from hand_envs.live.sources import DEFAULT
from hand_envs.poses.human import forward, subject, walk


@dataclass(frozen=True)
class Options:
    """What to send, and what goes wrong on the way."""

    recording: tyro.conf.Positional[Path | None] = None
    """A recording (.npz); without it a made-up hand opens, closes and moves about."""
    to: str = DEFAULT
    rate: float = 60.0
    """Frames a second of the made-up hand."""
    seconds: float = 60.0
    """How long the made-up hand moves."""
    drop: float = 0.0
    """Share of the frames that are not sent."""
    delay: tuple[float, float] = (0.0, 0.0)
    """Seconds between which the delay of each is drawn."""
    duplicate: float = 0.0
    """Share of the frames that are sent twice."""
    seed: int = 0


def made_up(options: Options) -> Iterator[Frame]:
    """A hand that comes from one natural pose to another while its wrist moves on a slow loop of 10 cm."""
    random = np.random.default_rng(options.seed)
    poses = forward(subject(options.seed), walk(random, int(options.seconds * options.rate), rate=options.rate))
    for number, points in enumerate(poses):
        angle = 2 * np.pi * number / options.rate / 8
        wrist = 0.05 * np.array([np.sin(angle), np.sin(2 * angle), 1 - np.cos(angle)])
        trembling = 3e-4 * random.normal(size=points.shape)
        yield frame_of(points + wrist + trembling, number, time=number / options.rate)


def on_the_way(frames: Iterator[Frame], options: Options) -> Iterator[tuple[float, Frame]]:
    """When to send which frame (s): some late, some twice, some never, in the order of sending."""
    random, waiting, order = np.random.default_rng(options.seed + 1), [], 0
    for frame in frames:
        for _ in range(0 if random.uniform() < options.drop else 1 + (random.uniform() < options.duplicate)):
            heapq.heappush(waiting, (frame.time + random.uniform(*options.delay), order, frame))
            order += 1
        while waiting and waiting[0][0] <= frame.time:
            at, _, ready = heapq.heappop(waiting)
            yield at, ready
    while waiting:
        at, _, ready = heapq.heappop(waiting)
        yield at, ready


def main(options: Options) -> int:
    """Send all of it at the pace of reality; returns how many packets that were."""
    frames = Recording.load(options.recording).frames() if options.recording else made_up(options)
    began, count = time.time(), 0
    with Sender(options.to) as send:
        for at, frame in on_the_way(frames, options):
            time.sleep(max(0.0, began + at - time.time()))
            send(replace(frame, time=began + frame.time))
            count += 1
    print(f"{count} packets sent to {options.to}")
    return count


if __name__ == "__main__":
    main(tyro.cli(Options))
