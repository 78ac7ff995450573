"""Figures from the results of cells: those of a run, or the published ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from agents.common.imports import need_pyplot
from benchmarks.vision.adapted_tables import GROUPS, KIND, PARTS
from benchmarks.vision.paper import TASKS
from benchmarks.vision.tables import Results, of
from benchmarks.vision.variants import LEARNED, Variant

Array = np.ndarray

_WIDE = 4.0  # standard deviations that are drawn of a distribution


def curves(path: Path, results: Results, metadata: dict[str, str] | None = None) -> Path:
    """Success while learning, a panel a task: mean over seeds, their range shaded; cloning alone is a line."""
    pyplot = need_pyplot()
    tasks = [task for task in TASKS if any(of(results, task, each.row, each.kind) for each in LEARNED.values())]
    figure, panels = pyplot.subplots(1, len(tasks), figsize=(4 * len(tasks), 3.4), squeeze=False, sharey=True)
    for panel, task in zip(panels[0], tasks, strict=True):
        for number, (title, variant) in enumerate(LEARNED.items()):
            _line(panel, results, task, variant, {"label": title, "color": f"C{number}"})
        panel.set(title=task, xlabel="thousand samples", ylim=(-2, 102))
        panel.spines[["top", "right"]].set_visible(False)
    panels[0][0].set_ylabel("success (%)")
    panels[0][0].legend(frameon=False, fontsize=7)
    return _saved(figure, path, metadata)


def affine(path: Path, results: Results, metadata: dict[str, str] | None = None) -> Path:
    """Fig. 11: normal distributions fitted to scales and offsets, before stage 2 and after, a column a depth."""
    pyplot = need_pyplot()
    task = next(task for task in TASKS if of(results, task, KIND, KIND))
    layers = next(iter(of(results, task, KIND, KIND).values()))["layers"]
    last = {group: [each for each in layers if each["name"].split(".")[0] == group][-1] for group in GROUPS}
    figure, panels = pyplot.subplots(len(PARTS), len(GROUPS), figsize=(2.4 * len(GROUPS), 4.2), squeeze=False)
    for line, (part, called) in zip(panels, PARTS.items(), strict=True):
        for panel, (group, layer) in zip(line, last.items(), strict=True):
            for when, look in (("before", "--"), ("after", "-")):
                panel.plot(*_density(layer[part], when), look, label=f"{when} stage 2")
            panel.set(title=group if part == "weight" else "", yticks=[])
            panel.spines[["top", "right", "left"]].set_visible(False)
        line[0].set_ylabel(called)
    panels[0][0].legend(frameon=False, fontsize=7)
    return _saved(figure, path, metadata)


def _line(panel: Any, results: Results, task: str, variant: Variant, look: Mapping[str, Any]) -> None:
    found = [each["curve"] for each in of(results, task, variant.row, variant.kind).values()]
    if not found:
        return
    success = 100 * np.array([[point["test"]["success"] for point in curve] for curve in found])
    if variant.method == "bc":
        panel.axhline(success[:, -1].mean(), linestyle="--", linewidth=1, **look)
        return
    steps = [point["steps"] / 1e3 for point in found[0]]
    panel.plot(steps, success.mean(0), **look)
    panel.fill_between(steps, success.min(0), success.max(0), alpha=0.2, color=look["color"])


def _density(part: Mapping[str, Any], when: str) -> tuple[Array, Array]:
    """The normal distribution of a part of a layer, over the range that both moments need."""
    ends = [(mean - _WIDE * std, mean + _WIDE * std) for mean, std in (part["before"], part["after"])]
    places = np.linspace(min(low for low, _ in ends), max(high for _, high in ends), 200)
    mean, std = part[when]
    return places, np.exp(-0.5 * ((places - mean) / std) ** 2) / (std * np.sqrt(2 * np.pi))


def _saved(figure: Any, path: Path, metadata: dict[str, str] | None) -> Path:
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130, metadata=metadata)
    need_pyplot().close(figure)
    return path
