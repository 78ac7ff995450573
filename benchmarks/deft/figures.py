"""Fig. 4, drawn from the results of cells: those of a run, or the published ones."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from agents.common.imports import need_pyplot
from benchmarks.deft.paper import FIGURE_4, MOMENTS, TASKS
from benchmarks.deft.tables import Results, counted
from benchmarks.report import Comparison, Number

_SPLIT = "train"


def moments(results: Results) -> list[int]:
    """After how many episodes success was counted."""
    return sorted({int(found[1]) for name in results if (found := re.search(r"/after-(\d+)$", name))})


def after(results: Results, task: str, moment: int) -> Number | None:
    """Success on a task after so many episodes."""
    paper = dict(zip(MOMENTS, FIGURE_4[task], strict=True)).get(moment)
    return counted(results, task, "deft", _SPLIT, paper, f"after-{moment}")


def table(results: Results) -> Comparison:
    """The numbers of the figure."""
    columns = [f"{moment} episodes" for moment in moments(results)]
    made = Comparison("Fig. 4 (on the twin, an approximation): success after so many episodes", columns, "%", digits=0)
    for task in TASKS:
        for moment in moments(results):
            if (number := after(results, task, moment)) is not None:
                made.put(task, f"{moment} episodes", number)
    return made


def draw(path: Path, results: Results, metadata: dict[str, str] | None = None) -> Path:
    """The figure: ours with its interval, the paper's dashed, a panel a task."""
    pyplot = need_pyplot()
    tasks = [task for task in TASKS if any(after(results, task, moment) for moment in moments(results))]
    figure, panels = pyplot.subplots(1, len(tasks), figsize=(2.3 * len(tasks), 2.6), squeeze=False, sharey=True)
    for panel, task in zip(panels[0], tasks, strict=True):
        _panel(panel, task, {m: number for m in moments(results) if (number := after(results, task, m)) is not None})
    panels[0][0].set_ylabel("success (%)")
    panels[0][0].legend(frameon=False, fontsize=8)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130, metadata=metadata)
    pyplot.close(figure)
    return path


def _panel(panel: Any, task: str, ours: dict[int, Number]) -> None:
    intervals = [number.interval for number in ours.values()]
    panel.plot(list(ours), [100 * number.ours for number in ours.values()], marker="o", label="ours (twin)")
    low, high = ([100 * each[side] for each in intervals if each is not None] for side in (0, 1))
    panel.fill_between(list(ours), low, high, alpha=0.2)
    panel.plot(MOMENTS, [100 * share for share in FIGURE_4[task]], "--", color="gray", label="paper (robot)")
    panel.set(title=task, xlabel="episodes", ylim=(-2, 102))
    panel.spines[["top", "right"]].set_visible(False)
