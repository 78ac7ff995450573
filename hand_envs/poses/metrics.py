"""How far one hand's points are from another's: errors a joint, their mean, shares within a distance, Procrustes.

Points are (..., 21, 3) in m, canonical, predicted and true in the same frame. A joint that was not predicted (NaN) is
NaN among the errors and in their mean, and a miss among the shares.
"""

from __future__ import annotations

import numpy as np

from hand_envs.errors import OptionError
from hand_envs.poses.conventions import shaped

Array = np.ndarray


def joint_errors(predicted: Array, truth: Array) -> Array:
    """Distance (m) of each joint from where it is, (..., 21)."""
    predicted, truth = shaped(predicted, what="Predicted points"), shaped(truth, what="True points")
    return np.linalg.norm(predicted - truth, axis=-1)


def mpjpe(predicted: Array, truth: Array) -> float:
    """The mean error of all joints of all hands (m)."""
    return float(joint_errors(predicted, truth).mean())


def pck(predicted: Array, truth: Array, thresholds: Array | float) -> Array:
    """The share of joints within each threshold (m), of the shape of `thresholds`."""
    errors = np.sort(joint_errors(predicted, truth), axis=None)  # NaN goes last
    return np.searchsorted(errors, np.asarray(thresholds, dtype=np.float64), side="right") / max(errors.size, 1)


def auc(predicted: Array, truth: Array, low: float = 0.0, high: float = 0.05) -> float:
    """The area under `pck` from `low` to `high` (m), over that of a perfect prediction.

    Exact: a joint with error e is within a share (high - e) / (high - low) of the thresholds.
    """
    if not low < high:
        raise OptionError(f"auc needs low < high, in metres; got low={low}, high={high}.")
    errors = joint_errors(predicted, truth)
    return float(np.nan_to_num(np.clip((high - errors) / (high - low), 0.0, 1.0), nan=0.0).mean())


def procrustes(predicted: Array, truth: Array, scale: bool = True) -> Array:
    """`predicted` turned, moved and, with `scale`, made larger or smaller so that it is nearest to `truth`."""
    predicted, truth = shaped(predicted, what="Predicted points"), shaped(truth, what="True points")
    centre, goal = predicted.mean(axis=-2, keepdims=True), truth.mean(axis=-2, keepdims=True)
    centred = predicted - centre
    left, values, right = np.linalg.svd(np.swapaxes(centred, -1, -2) @ (truth - goal))
    sign = np.ones_like(values)
    sign[..., 2] = np.sign(np.linalg.det(left) * np.linalg.det(right))
    turned = centred @ ((left * sign[..., None, :]) @ right)
    if scale:
        spread = np.maximum((centred**2).sum(axis=(-1, -2)), np.finfo(np.float64).tiny)
        turned *= ((values * sign).sum(axis=-1) / spread)[..., None, None]
    return turned + goal
