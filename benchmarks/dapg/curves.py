"""Success and return while learning, a column a task."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import tyro

from agents.common.imports import need_pyplot
from benchmarks.command import guarded, told_where
from benchmarks.dapg.cells import TITLES, Chains, Command, cells
from benchmarks.runner import Summary


def curves(chains: Chains, summary: Summary) -> list[dict[str, Any]]:
    """A record for each task, method and seed that is there: steps, success and return."""
    told = []
    for (method, task), each in chains.items():
        for seed, cell in enumerate(each):
            if cell.name in summary.results:
                curve = summary.results[cell.name]["curve"]
                columns = {name: [point["test"][name] for point in curve] for name in ("success", "return")}
                steps = [point["steps"] for point in curve]
                told.append({"task": task, "method": method, "seed": seed, "steps": steps, **columns})
    return told


def draw(path: Path, told: list[dict[str, Any]]) -> Path:
    """The figure: mean over seeds, with the range of seeds shaded; cloning, which takes no samples, is a line."""
    pyplot = need_pyplot()
    tasks = list(dict.fromkeys(each["task"] for each in told))
    figure, panels = pyplot.subplots(2, len(tasks), figsize=(3.2 * len(tasks) + 1, 5.6), squeeze=False)
    colours = {method: f"C{number}" for number, method in enumerate(TITLES)}
    for column, task in enumerate(tasks):
        for row, (name, label) in enumerate((("success", "success (%)"), ("return", "return"))):
            panel = panels[row, column]
            for method in TITLES:
                runs = [each for each in told if each["task"] == task and each["method"] == method]
                if not runs:
                    continue
                values = np.array([each[name] for each in runs]) * (100 if name == "success" else 1)
                if method == "bc":
                    panel.axhline(
                        values[:, -1].mean(), label=TITLES[method], color=colours[method], linestyle="--", linewidth=1
                    )
                    continue
                steps = np.array(runs[0]["steps"]) / 1e6
                panel.plot(steps, values.mean(0), label=TITLES[method], color=colours[method])
                panel.fill_between(steps, values.min(0), values.max(0), alpha=0.2, color=colours[method])
            panel.set(title=task if row == 0 else "", xlabel="million samples" if row else "", ylabel=label)
            panel.spines[["top", "right"]].set_visible(False)
            if name == "success":
                panel.set_ylim(-2, 102)
    handles = dict(zip(*reversed(panels[0, 0].get_legend_handles_labels()), strict=True))
    figure.legend(handles.values(), handles.keys(), loc="lower center", ncols=len(handles), frameon=False)
    figure.tight_layout(rect=(0, 0.05, 1, 1))
    figure.savefig(path, dpi=130)
    pyplot.close(figure)
    return path


def main(command: Command) -> int:
    """Run what is not there yet, draw; returns the exit status."""
    chains = cells(command)
    summary = command.go(cell for each in chains.values() for cell in each)
    told = curves(chains, summary)
    lines = command.out / "curves.jsonl"
    lines.write_text("".join(json.dumps(each) + "\n" for each in told))
    told_where(lines, draw(command.out / "curves.png", told))
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(Command, description=__doc__))))
