"""dex-retargeting (Qin et al. 2023) on our hand, where it is installed."""

from __future__ import annotations

import contextlib
import tempfile
from importlib import util
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.retargeting.urdf import ROOT, TIPS, write_urdf
from hand_envs.poses.retargeting import Kinematics

Array = np.ndarray

NOTE = "dex-retargeting is not installed, so it is left out: pip install 'hand-envs[bench]'."


def installed() -> bool:
    """Whether there is anything to compare with."""
    return all(util.find_spec(name) is not None for name in ("dex_retargeting", "pinocchio", "nlopt"))


class DexRetargeting:
    """One of its objectives: "vector" (palm to tips) or "dexpilot" (these and all gaps between tips).

    It is given fingertips on the robot's measures already, so its scale is 1. What it says beyond a limit (it lets
    itself 1e-3 rad) is left as it is.

    Args:
        kind: of the objective.
        kinematics: of the hand, which a URDF is written from.
        filter: its exponential filter's share of the new frame; 1 for none.
    """

    def __init__(self, kind: str, kinematics: Kinematics, filter: float = 1.0) -> None:
        from dex_retargeting.retargeting_config import RetargetingConfig

        self.kinematics = kinematics
        with tempfile.TemporaryDirectory() as folder:
            path = write_urdf(kinematics, Path(folder) / "hand.urdf")
            options: dict[str, Any] = {"type": kind, "urdf_path": str(path.resolve()), "low_pass_alpha": filter}
            if kind == "dexpilot":
                options |= {"wrist_link_name": ROOT, "finger_tip_link_names": list(TIPS)}
            else:
                numbers = np.array([[0] * 5, [4, 8, 12, 16, 20]])
                options |= {
                    "target_origin_link_names": [ROOT] * 5,
                    "target_task_link_names": list(TIPS),
                    "target_link_human_indices": numbers,
                }
            with contextlib.redirect_stdout(None):
                self.solver = RetargetingConfig.from_dict(options).build()
        origin, task = np.asarray(self.solver.optimizer.target_link_human_indices)
        self._origin, self._task = origin, task
        self._columns = [kinematics.joints.index(name) for name in self.solver.joint_names]

    def __call__(self, tips: Array) -> Array:
        """Angles (joints) in rad for one frame's fingertips (5, 3) in the palm's frame (m), thumb first."""
        points = np.zeros((21, 3))
        points[[4, 8, 12, 16, 20]] = tips
        angles = self.kinematics.rest.copy()
        angles[self._columns] = self.solver.retarget(points[self._task] - points[self._origin])
        angles[self._columns] += self.kinematics.zero[self._columns]
        return angles
