"""What an estimator sees and says: crops with the true and the estimated skeleton, and shares of joints by error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from agents.common.imports import need_pyplot
from agents.estimator.crops import Crops, to_image
from agents.estimator.errors import Errors
from agents.estimator.protocol import Estimator
from hand_envs.files import atomic

_ROWS, _COLUMNS = 3, 6
_FINGERS = [[0, *range(first, first + 4)] for first in range(1, 21, 4)]
_TRUE, _ESTIMATED = "#2ca02c", "#d62728"


def draw(path: Path, estimate: Estimator, crops: Crops, errors: Errors) -> None:
    """Write the picture: images from the best to the worst, at even ranks of their errors."""
    plt = need_pyplot()
    figure = plt.figure(figsize=(2.0 * _COLUMNS + 5.0, 2.15 * _ROWS), constrained_layout=True)
    left, right = figure.subfigures(1, 2, width_ratios=[2.0 * _COLUMNS, 5.0])
    ranked = np.argsort(errors.distances.mean(axis=1))
    chosen = ranked[(np.linspace(0.02, 0.98, _ROWS * _COLUMNS) * (len(ranked) - 1)).astype(int)]
    points, _ = estimate(crops.depth[chosen], crops.centre[chosen])
    for axes, index, estimated in zip(left.subplots(_ROWS, _COLUMNS).flat, chosen, points, strict=True):
        one = crops[np.array([index])]
        _draw_hand(axes, one, estimated, 1e3 * errors.distances[index].mean())
    _draw_shares(right.subplots(), errors)
    with atomic.replacing(path) as beside:
        figure.savefig(beside, dpi=90)
    plt.close(figure)


def _draw_hand(axes: Any, crop: Crops, estimated: np.ndarray, error: float) -> None:
    axes.imshow(crop.depth[0], cmap="gray_r", vmin=-1, vmax=1.3, extent=(-1, 1, 1, -1), interpolation="nearest")
    for points, colour in ((crop.points, _TRUE), (estimated[None], _ESTIMATED)):
        seen = to_image(points, crop.centre, crop.side)[0]
        for finger in _FINGERS:
            axes.plot(*seen[finger].T, color=colour, linewidth=1.1, marker="o", markersize=1.8)
    axes.set(xlim=(-1, 1), ylim=(1, -1), xticks=[], yticks=[])
    axes.set_title(f"{error:.1f} mm", fontsize=8, pad=2)


def _draw_shares(axes: Any, errors: Errors) -> None:
    within = np.linspace(0, 0.05, 101)
    axes.plot(1e3 * within, 100 * errors.pck(within), label=f"joints (mean error {1e3 * errors.mean:.1f} mm)")
    axes.plot(1e3 * within, 100 * errors.frames_within(within), label="images, by their worst joint")
    axes.plot([], [], color=_TRUE, marker="o", label="true skeleton")
    axes.plot([], [], color=_ESTIMATED, marker="o", label="estimated")
    axes.set(xlabel="error within (mm)", ylabel="share (%)", xlim=(0, 50), ylim=(0, 100))
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8, loc="lower right")
