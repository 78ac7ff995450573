"""Send the hand that an Apple Vision Pro sees, by VisionProTeleop, to `hand-envs play`.

pip install avp_stream
python docs/examples/send_visionpro.py 10.0.0.5    # what the app Tracking Streamer shows

Its stream says neither when a hand was seen nor whether it is: frames that repeat are taken for a lost hand.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import tyro

from hand_envs.live.packet import Frame
from hand_envs.live.sending import Sender, frame_of
from hand_envs.live.sources import DEFAULT


@dataclass(frozen=True)
class Options:
    """The headset and the hand."""

    headset: tyro.conf.Positional[str]
    """Its address."""
    to: str = DEFAULT
    side: str = "right"
    rate: float = 60.0


def frame_from(latest: Mapping[str, np.ndarray], sequence: int, side: str, at: float) -> Frame:
    """The frame of VisionProTeleop's `latest`: the wrist (1, 4, 4) in a world with z up, the fingers in the wrist."""
    wrist = np.asarray(latest[f"{side}_wrist"], np.float64).reshape(4, 4)
    joints = wrist @ np.asarray(latest[f"{side}_fingers"], np.float64)
    convention = {25: "visionpro", 27: "visionpro27"}[len(joints)]
    return frame_of(joints[:, :3, 3], sequence, side, convention, time=at)


def main(options: Options) -> None:
    """Send until Ctrl+C."""
    try:
        from avp_stream import VisionProStreamer
    except ImportError as error:
        raise SystemExit(f"This example needs VisionProTeleop ({error}): pip install avp_stream") from error
    streamer = VisionProStreamer(ip=options.headset, record=False)
    sequence = 0
    with Sender(options.to) as send:
        while True:
            if streamer.latest is not None:
                send(frame_from(streamer.latest, sequence, options.side, time.time()))
                sequence += 1
            time.sleep(1 / options.rate)


if __name__ == "__main__":
    try:
        main(tyro.cli(Options))
    except KeyboardInterrupt:
        print("Stopped.")
