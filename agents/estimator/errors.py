"""How far estimates are from the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.estimator.crops import Crops
from agents.estimator.protocol import Estimator
from hand_envs.poses.metrics import joint_errors

Array = np.ndarray


@dataclass(frozen=True)
class Errors:
    """Distances (m) of the estimated from the true joints, (n, 21)."""

    distances: Array

    @property
    def mean(self) -> float:
        """Over all joints of all images (m)."""
        return float(self.distances.mean())

    @property
    def per_joint(self) -> Array:
        """Of each joint (m), (21,)."""
        return self.distances.mean(axis=0)

    def pck(self, thresholds: float | Array) -> Array:
        """Share of joints within these distances (m)."""
        return np.mean(self.distances.reshape(-1) <= np.asarray(thresholds)[..., None], axis=-1)

    def frames_within(self, thresholds: float | Array) -> Array:
        """Share of images of which no joint is further off."""
        return np.mean(self.distances.max(axis=1) <= np.asarray(thresholds)[..., None], axis=-1)

    def summary(self) -> dict[str, float]:
        """In millimetres."""
        worst = self.distances.mean(axis=1)
        return {
            "frames": len(self.distances),
            "mean_mm": round(1e3 * self.mean, 3),
            "median_mm": round(1e3 * float(np.median(self.distances)), 3),
            "p95_frame_mm": round(1e3 * float(np.quantile(worst, 0.95)), 3),
            "pck_20mm": round(float(self.pck(0.02)), 4),
        }


def measured(estimator: Estimator, crops: Crops) -> Errors:
    """The errors of an estimator on images of known poses."""
    points, _ = estimator(crops.depth, crops.centre)
    return Errors(joint_errors(points, crops.points))
