"""Fig. 7, learning on hand poses, and Fig. 6, learning at different noises; and how many samples it takes."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np

from agents.common.imports import need_pyplot
from benchmarks.report import Comparison, Number
from benchmarks.residual.paper import TABLE_5, TASKS
from benchmarks.residual.pose_tables import Results, title

Array = np.ndarray

CONVERGED = 0.95
"""Of the best success on validation sequences: where a run has learned what it learns."""


def curve(results: Results, pattern: str) -> tuple[Array, Array] | None:
    """Steps, and success of each seed (seeds, points), of trainings whose names fit; None without any."""
    found = [results[name]["curve"] for name in sorted(results) if fnmatchcase(name, pattern)]
    if not found:
        return None
    points = min(map(len, found))
    steps = np.array([point["steps"] for point in found[0][:points]])
    return steps, np.array([[point["test"]["success"] for point in each[:points]] for each in found])


def pattern_of(task: str, row: str) -> str:
    """Of the names of a row's trainings."""
    method, _, kind = row.partition(" ")
    return f"{task}/{method}/poses-{kind}/*/train"


def convergence(results: Results) -> Comparison:
    """Samples until a run is within 5 % of the best it reaches on validation sequences, in millions."""
    table = Comparison("Samples to convergence (million)", tuple(TASKS), digits=2)
    for row in TABLE_5:
        for task in TASKS:
            if found := curve(results, pattern_of(task, row)):
                steps, success = found[0], found[1].mean(axis=0)
                if success.max() > 0:
                    reached = int(np.argmax(success >= CONVERGED * success.max()))
                    table.put(title(row), task, Number(float(steps[reached]) / 1e6))
    return table


def draw(path: Path, results: Results, metadata: dict[str, str] | None = None) -> Path:
    """Fig. 7: a panel a task, a line a method and what it was trained on."""
    tasks = [task for task in TASKS if any(curve(results, pattern_of(task, row)) for row in TABLE_5)]
    lines = {
        task: {title(row): found for row in TABLE_5 if (found := curve(results, pattern_of(task, row)))}
        for task in tasks
    }
    return _panels(path, lines, "success on validation sequences (%)", metadata)


def draw_noises(path: Path, results: Results, noises: tuple[str, ...], metadata: dict[str, str] | None = None) -> Path:
    """Fig. 6: the door, a line a noise in training."""
    named = {noise: curve(results, f"door/ours/noise-{noise}/*/train") for noise in noises}
    lines = {"door": {f"noise {noise}": found for noise, found in named.items() if found}}
    return _panels(path, lines, "success on test sequences (%)", metadata)


def _panels(
    path: Path, lines: dict[str, dict[str, tuple[Array, Array]]], label: str, metadata: dict[str, str] | None
) -> Path:
    pyplot = need_pyplot()
    figure, panels = pyplot.subplots(1, max(1, len(lines)), figsize=(4.4 * max(1, len(lines)), 3.4), squeeze=False)
    names = list(dict.fromkeys(name for each in lines.values() for name in each))
    for panel, (task, found) in zip(panels[0], lines.items(), strict=True):
        for name, (steps, success) in found.items():
            _line(panel, steps / 1e6, 100 * success, name, f"C{names.index(name) % 10}")
        panel.set(title=task, xlabel="million samples", ylabel=label, ylim=(-2, 102))
        panel.spines[["top", "right"]].set_visible(False)
    handles = {text: line for panel in panels[0] for line, text in zip(*panel.get_legend_handles_labels(), strict=True)}
    figure.legend(handles.values(), handles.keys(), loc="lower center", ncols=max(1, len(handles)), frameon=False)
    figure.tight_layout(rect=(0, 0.09, 1, 1))
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130, metadata=metadata)
    pyplot.close(figure)
    return path


def _line(panel: Any, steps: Array, success: Array, name: str, colour: str) -> None:
    panel.plot(steps, success.mean(0), label=name, color=colour)
    panel.fill_between(steps, success.min(0), success.max(0), alpha=0.2, color=colour)
