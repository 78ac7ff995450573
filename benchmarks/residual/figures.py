"""Success while the methods learn, drawn from the results of cells: those of a run, or the published ones."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np

from agents.common.imports import need_pyplot
from benchmarks.residual.paper import METHODS, TASKS
from benchmarks.residual.tables import NOISE, SPLITS, Results, counted


def curves(results: Results) -> list[dict[str, Any]]:
    """A record for each task, method and seed that is there: steps and success on both splits."""
    found = []
    for task in TASKS:
        for method in METHODS:
            names = [name for name in results if fnmatchcase(name, f"{task}/{method}/noise-{NOISE}/*/train")]
            for name in names:
                points = results[name]["curve"]
                steps, train, test = zip(
                    *((point["steps"], *(point[split]["success"] for split in SPLITS)) for point in points), strict=True
                )
                seed = int(name.split("/")[3].removeprefix("seed-"))
                found.append(
                    {"task": task, "method": method, "seed": seed, "steps": steps, "train": train, "test": test}
                )
    return found


def draw(path: Path, results: Results, metadata: dict[str, str] | None = None) -> Path:
    """The figure: mean over seeds, with the range of seeds shaded; the user alone is a line."""
    pyplot = need_pyplot()
    drawn = curves(results)
    tasks = list(dict.fromkeys(each["task"] for each in drawn))
    figure, panels = pyplot.subplots(1, len(tasks), figsize=(4.4 * len(tasks), 3.4), squeeze=False)
    for panel, task in zip(panels[0], tasks, strict=True):
        _panel(panel, task, [each for each in drawn if each["task"] == task], results)
    handles = {text: line for panel in panels[0] for line, text in zip(*panel.get_legend_handles_labels(), strict=True)}
    figure.legend(handles.values(), handles.keys(), loc="lower center", ncols=len(handles), frameon=False)
    figure.tight_layout(rect=(0, 0.09, 1, 1))
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130, metadata=metadata)
    pyplot.close(figure)
    return path


def _panel(panel: Any, task: str, drawn: list[dict[str, Any]], results: Results) -> None:
    for number, (method, title) in enumerate(METHODS.items()):
        runs = [each for each in drawn if each["method"] == method]
        look = {"label": title, "color": f"C{number}"}
        if runs:
            success = 100 * np.array([each["test"] for each in runs])
            steps = np.array(runs[0]["steps"]) / 1e6
            panel.plot(steps, success.mean(0), **look)
            panel.fill_between(steps, success.min(0), success.max(0), alpha=0.2, color=look["color"])
        elif user := counted(results, task, method, NOISE, "table2", "test"):
            panel.axhline(100 * user[0] / user[1], linestyle="--", linewidth=1, **look)
    panel.set(title=task, xlabel="million samples", ylabel="success on test sequences (%)", ylim=(-2, 102))
    panel.spines[["top", "right"]].set_visible(False)
