"""Fig. 3a and 8: success on the test sequences while the methods learn, a panel a task."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tyro

from agents.common.imports import need_pyplot
from benchmarks.command import guarded, say_written
from benchmarks.residual import table2
from benchmarks.residual.cells import Command
from benchmarks.residual.paper import METHODS
from benchmarks.runner import Summary


@dataclass(frozen=True)
class CurvesCommand(Command):
    """What to draw."""

    tasks: tuple[str, ...] = ()
    """door, hammer, pen, relocate; none means all of the preset."""
    methods: tuple[str, ...] = tuple(METHODS)
    """The user alone is drawn as a line."""


def curves(chains: table2.Chains, summary: Summary) -> list[dict[str, object]]:
    """A record for each task, method and seed that is there: steps and success on both splits."""
    told: list[dict[str, object]] = []
    for (method, task), each in chains.items():
        for seed, chain in enumerate(each):
            result = summary.results.get(chain[0].name)
            if result is None or len(chain) == 1:
                continue
            points = [
                (point["steps"], *(point[split]["success"] for split in table2.SPLITS)) for point in result["curve"]
            ]
            steps, train, test = zip(*points, strict=True)
            told.append({"task": task, "method": method, "seed": seed, "steps": steps, "train": train, "test": test})
    return told


def draw(path: Path, told: list[dict[str, object]], chains: table2.Chains, summary: Summary) -> Path:
    """The figure: mean over seeds, with the range of seeds shaded."""
    pyplot = need_pyplot()
    tasks = list(dict.fromkeys(task for _, task in chains))
    figure, panels = pyplot.subplots(1, len(tasks), figsize=(4.4 * len(tasks), 3.4), squeeze=False)
    colours = {method: f"C{number}" for number, method in enumerate(METHODS)}
    for panel, task in zip(panels[0], tasks, strict=True):
        for method in METHODS:
            runs = [each for each in told if each["task"] == task and each["method"] == method]
            if runs:
                success = 100 * np.array([each["test"] for each in runs])
                steps = np.array(runs[0]["steps"]) / 1e6
                panel.plot(steps, success.mean(0), label=METHODS[method], color=colours[method])
                panel.fill_between(steps, success.min(0), success.max(0), alpha=0.2, color=colours[method])
        user = [summary.results.get(chain[-1].name) for chain in chains.get(("ik", task), [])]
        if user and all(user):
            rate = np.mean([each["successes"]["test"] / each["episodes"] for each in user if each])
            panel.axhline(100 * rate, label=METHODS["ik"], color=colours["ik"], linestyle="--", linewidth=1)
        panel.set(title=task, xlabel="million samples", ylabel="success on test sequences (%)", ylim=(-2, 102))
        panel.spines[["top", "right"]].set_visible(False)
    handles = {text: line for panel in panels[0] for line, text in zip(*panel.get_legend_handles_labels(), strict=True)}
    figure.legend(handles.values(), handles.keys(), loc="lower center", ncols=len(handles), frameon=False)
    figure.tight_layout(rect=(0, 0.09, 1, 1))
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130)
    pyplot.close(figure)
    return path


def main(command: CurvesCommand) -> int:
    """Run what is not there yet, draw; returns the exit status."""
    chains = table2.cells(command, command.methods, command.tasks)
    summary = command.go(cell for each in chains.values() for chain in each for cell in chain)
    told = curves(chains, summary)
    lines = command.out / "curves.jsonl"
    lines.write_text("".join(json.dumps(each) + "\n" for each in told))
    say_written(lines, draw(command.out / "curves.png", told, chains, summary))
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(CurvesCommand, description=__doc__))))
