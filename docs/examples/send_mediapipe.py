"""Send the hand that a webcam sees, by MediaPipe, to `hand-envs play`.

pip install mediapipe opencv-python
python docs/examples/send_mediapipe.py hand_landmarker.task    # the model file is Google's: see MediaPipe's own page

Depth is a single camera's weak axis. Points are MediaPipe's "world" landmarks, rescaled to your own hand by `--palm`;
where the wrist is follows from how large the hand looks, so it is rough: add --smooth to `hand-envs play`. Do not
mirror the picture: MediaPipe tells left from right by it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tyro

from hand_envs.live.packet import Frame
from hand_envs.live.sending import FACING, Sender, frame_of
from hand_envs.live.sources import DEFAULT

WRIST, MIDDLE = 0, 9


@dataclass(frozen=True)
class Options:
    """The camera and the hand."""

    model: tyro.conf.Positional[Path]
    """hand_landmarker.task."""
    to: str = DEFAULT
    camera: int = 0
    side: str = "right"
    palm: float = 0.095
    """Your own hand's length from the wrist to the middle finger's knuckle (m)."""
    focal: float = 1.0
    """The camera's focal length, in widths of its picture."""


def hand_of(world: np.ndarray, picture: np.ndarray, aspect: float, options: Options) -> np.ndarray:
    """The 21 points (m) in the world of the person before the camera.

    Args:
        world: MediaPipe's world landmarks (21, 3), m.
        picture: its landmarks (21, 3) in widths and heights of the picture.
        aspect: height of the picture, in widths.
        options: the camera and the hand.
    """
    hand = world * options.palm / max(float(np.linalg.norm(world[MIDDLE] - world[WRIST])), 1e-6)
    flat = picture[:, :2] * [1.0, aspect]
    seen = np.linalg.norm(flat[MIDDLE] - flat[WRIST])
    across = np.linalg.norm((hand[MIDDLE] - hand[WRIST])[:2])
    away = options.focal * max(across, 0.3 * options.palm) / max(float(seen), 1e-3)
    middle = flat[WRIST] - [0.5, aspect / 2]
    wrist = np.array([middle[0] * away / options.focal, middle[1] * away / options.focal, away])
    return (hand - hand[WRIST] + wrist) @ FACING.T


def frame_from(result: Any, sequence: int, aspect: float, options: Options, at: float) -> Frame:
    """The frame of what MediaPipe found: a hand of the right side, or none."""
    for hands, world, picture in zip(
        result.handedness, result.hand_world_landmarks, result.hand_landmarks, strict=True
    ):
        if hands[0].category_name.lower() == options.side:
            points = [np.array([[each.x, each.y, each.z] for each in landmarks]) for landmarks in (world, picture)]
            hand = hand_of(*points, aspect, options)
            return frame_of(hand, sequence, options.side, time=at, confidence=min(max(hands[0].score, 0.0), 1.0))
    return Frame(np.zeros((21, 3)), np.zeros(7), at, sequence, options.side, tracked=False, wrist_known=False)


def main(options: Options) -> None:
    """Look and send until Ctrl+C."""
    try:
        import cv2
        import mediapipe
    except ImportError as error:
        raise SystemExit(f"This example needs MediaPipe ({error}): pip install mediapipe opencv-python") from error
    if not options.model.is_file():
        raise SystemExit(f"There is no {options.model}: get hand_landmarker.task from MediaPipe's page of models.")
    vision, camera = mediapipe.tasks.vision, cv2.VideoCapture(options.camera)
    settings = vision.HandLandmarkerOptions(
        base_options=mediapipe.tasks.BaseOptions(model_asset_path=str(options.model)),
        running_mode=vision.RunningMode.VIDEO,
        num_hands=2,
    )
    began, sequence = time.time(), 0
    with vision.HandLandmarker.create_from_options(settings) as landmarker, Sender(options.to) as send:
        while True:
            seen, picture = camera.read()
            at = time.time()
            if not seen:
                raise SystemExit(f"Camera {options.camera} gives no picture.")
            image = mediapipe.Image(mediapipe.ImageFormat.SRGB, cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
            result = landmarker.detect_for_video(image, int((at - began) * 1000))
            send(frame_from(result, sequence, picture.shape[0] / picture.shape[1], options, at))
            sequence += 1


if __name__ == "__main__":
    try:
        main(tyro.cli(Options))
    except KeyboardInterrupt:
        print("Stopped.")
