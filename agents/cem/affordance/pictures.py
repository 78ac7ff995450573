"""What a prior says, drawn over what it sees: heat maps, five points, the wrist's axes; beside it what a person did."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from agents.cem.affordance.clips import Clip
from agents.cem.affordance.cropping import cut, square_of
from agents.cem.affordance.evaluate import true_contact
from agents.cem.affordance.labels import Label
from agents.cem.affordance.prior import Prediction, Prior
from agents.common.imports import need_pyplot
from hand_envs.attempts.view import View
from hand_envs.core.turns import angle_between
from hand_envs.files import atomic

Array = np.ndarray

_COLUMNS, _PIXELS = 4, 200
_AXES = (("#e41a1c", "out of the palm"), ("#4daf4a", "to the thumb"), ("#377eb8", "along the fingers"))
_LONG = 0.05  # m, of the axes that are drawn


def draw(path: Path, prior: Prior, clips: Sequence[tuple[Clip, Label]]) -> None:
    """Write a picture: each clip as it is foreseen, and as it happened."""
    plt = need_pyplot()
    rows = -(-len(clips) // _COLUMNS)
    figure, axes = plt.subplots(2 * rows, _COLUMNS, figsize=(3 * _COLUMNS, 6.3 * rows), constrained_layout=True)
    for panel in np.ravel(axes):
        panel.set_axis_off()
    for number, (clip, label) in enumerate(clips):
        row, column = divmod(number, _COLUMNS)
        _draw(np.atleast_2d(axes)[2 * row : 2 * row + 2, column], prior, clip, label)
    for colour, name in _AXES:
        figure.axes[0].plot([], [], color=colour, label=name)
    figure.legend(loc="outside lower center", ncols=3, fontsize=9, frameon=False)
    with atomic.replacing(path) as beside:
        figure.savefig(beside, dpi=80)
    plt.close(figure)


def _draw(panels: Any, prior: Prior, clip: Clip, label: Label) -> None:
    found = prior.predict(clip.colour[0], clip.depth[0], clip.view, clip.text)
    truth = true_contact(clip, label, found.mask)
    off = 1e3 * np.linalg.norm(found.contact - truth)
    turned = np.degrees(angle_between(found.palm, clip.grasp.palm))
    square = square_of(np.array(label.box), 2.2)
    for panel, frame in zip(panels, (0, -1), strict=True):
        panel.imshow(np.rint(cut(clip.colour[frame], square, _PIXELS)).astype(np.uint8), extent=_extent(square))
        panel.set(xlim=(square[0], square[2]), ylim=(square[3], square[1]))
    seen, happened = panels
    draw_prediction(seen, found, clip.view)
    seen.set_title(f"{clip.text}: {off:.0f} mm, {turned:.0f} degrees off", fontsize=8)
    happened.plot(*np.asarray(label.contact).T, "o", color="white", markeredgecolor="black", markersize=4)
    _draw_axes(happened, truth, clip.grasp.palm, clip.view)
    happened.set_title(f"a person ({clip.grasp.kind})", fontsize=8)


def draw_prediction(panel: Any, found: Prediction, view: View) -> None:
    """Heat maps, points and wrist, in pixels of the picture."""
    heat = found.maps.sum(axis=0)
    shade = np.clip(heat / max(float(heat.max()), 1e-9), 0, 1) ** 0.5
    panel.imshow(shade, cmap="inferno", alpha=0.65 * shade, extent=_extent(found.square), interpolation="bilinear")
    panel.plot(*found.points.T, "o", color="white", markeredgecolor="black", markersize=4)
    _draw_axes(panel, found.contact, found.palm, view)


def _draw_axes(panel: Any, contact: Array, palm: Array, view: View) -> None:
    start, ends = view.pixels(contact), view.pixels(contact + _LONG * palm.T)
    for end, (colour, _) in zip(ends, _AXES, strict=True):
        panel.plot(*np.stack([start, end]).T, color=colour, linewidth=2.0)


def _extent(square: Array) -> tuple[float, float, float, float]:
    left, top, right, bottom = (float(edge) for edge in square)
    return left, right, bottom, top
