"""Make `poses.npz` of a video for `hand-envs reconstruct`, by MediaPipe.

pip install mediapipe opencv-python
python docs/examples/mediapipe_to_poses.py hand_landmarker.task video.mp4 poses.npz
hand-envs reconstruct --poses poses.npz --intrinsics FX FY CX CY --palm 0.095 --object mug

`points` are MediaPipe's "world" landmarks: a hand's shape in metres about its own middle, of a hand of common size.
`image` are its landmarks in pixels, by which `--intrinsics` place that shape before the camera. The model file is
Google's: see MediaPipe's own page. Do not mirror the video: MediaPipe tells left from right by it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tyro


@dataclass(frozen=True)
class Options:
    """The video and the hand."""

    model: tyro.conf.Positional[Path]
    """hand_landmarker.task."""
    video: tyro.conf.Positional[Path]
    poses: tyro.conf.Positional[Path]
    """The .npz to write."""
    side: str = "right"


def arrays(results: Iterable[tuple[float, Any]], width: int, height: int, side: str) -> dict[str, np.ndarray]:
    """What `poses.npz` holds, of times (s) and what MediaPipe found then; NaN where it found no such hand.

    Args:
        results: of each frame.
        width: of the picture (pixels).
        height: of the picture (pixels).
        side: of the hand.
    """
    times, points, image = [], [], []
    for time, result in results:
        shape, seen = np.full((21, 3), np.nan), np.full((21, 2), np.nan)
        found = zip(result.handedness, result.hand_world_landmarks, result.hand_landmarks, strict=True)
        for kinds, world, picture in found:
            if kinds[0].category_name.lower() == side:
                shape = np.array([[each.x, each.y, each.z] for each in world])
                seen = np.array([[each.x * width, each.y * height] for each in picture])
                break
        times.append(time)
        points.append(shape)
        image.append(seen)
    return {"times": np.array(times), "points": np.array(points), "image": np.array(image)}


def main(options: Options) -> None:
    """Look at every frame."""
    try:
        import cv2
        import mediapipe
    except ImportError as error:
        raise SystemExit(f"This example needs MediaPipe ({error}): pip install mediapipe opencv-python") from error
    for path in (options.model, options.video):
        if not path.is_file():
            raise SystemExit(f"There is no {path}.")
    vision, video = mediapipe.tasks.vision, cv2.VideoCapture(str(options.video))
    rate = video.get(cv2.CAP_PROP_FPS) or 30.0
    size = [int(video.get(each)) for each in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)]
    settings = vision.HandLandmarkerOptions(
        base_options=mediapipe.tasks.BaseOptions(model_asset_path=str(options.model)),
        running_mode=vision.RunningMode.VIDEO,
        num_hands=2,
    )
    with vision.HandLandmarker.create_from_options(settings) as landmarker:

        def results() -> Iterable[tuple[float, Any]]:
            number = 0
            while True:
                there, picture = video.read()
                if not there:
                    return
                image = mediapipe.Image(mediapipe.ImageFormat.SRGB, cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
                yield number / rate, landmarker.detect_for_video(image, int(1000 * number / rate))
                number += 1

        found = arrays(results(), *size, options.side)
    np.savez(options.poses, **found)
    lost = int(np.isnan(found["points"][:, 0, 0]).sum())
    print(f"{options.poses}: {len(found['times'])} frames of {size[0]} x {size[1]} pixels, {lost} without a hand")


if __name__ == "__main__":
    main(tyro.cli(Options))
