"""Success and return while learning: for each task two panels, one above the other."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import tyro

from agents.common.imports import need_pyplot
from benchmarks.command import say_written
from benchmarks.dapg.cells import Chains, Command, cells, short
from benchmarks.dapg.tables import TITLES
from benchmarks.runner import Summary
from hand_envs.cli.guard import guarded
from hand_envs.files.atomic import write_text

_COLUMNS = 5  # of the figure; more tasks go below


def curves(chains: Chains, summary: Summary) -> list[dict[str, Any]]:
    """A record for each task, method and seed that is there: steps, success and return."""
    found = []
    for (method, task), each in chains.items():
        for cell in each:
            if cell.name in summary.results:
                curve = summary.results[cell.name]["curve"]
                columns = {name: [point["test"][name] for point in curve] for name in ("success", "return")}
                steps = [point["steps"] for point in curve]
                seed = cell.options["config"]["seed"]
                found.append({"task": task, "method": method, "seed": seed, "steps": steps, **columns})
    return found


def draw(path: Path, found: list[dict[str, Any]]) -> Path:
    """The figure: mean over seeds, with the range of seeds shaded; cloning, which takes no samples, is a line."""
    pyplot = need_pyplot()
    tasks = list(dict.fromkeys(each["task"] for each in found))
    columns = min(len(tasks), _COLUMNS)
    bands = -(-len(tasks) // columns)
    figure, panels = pyplot.subplots(2 * bands, columns, figsize=(2.9 * columns + 1, 4.4 * bands + 0.8), squeeze=False)
    for number in range(bands * columns):
        band, column = divmod(number, columns)
        pair = panels[2 * band : 2 * band + 2, column]
        if number >= len(tasks):
            for panel in pair:
                panel.set_axis_off()
            continue
        runs = [each for each in found if each["task"] == tasks[number]]
        for panel, name in zip(pair, ("success", "return"), strict=True):
            _panel(panel, name, runs)
        pair[0].set(title=short(tasks[number]), ylim=(-2, 102))
        pair[1].set(xlabel="million samples")
        if column == 0:
            pair[0].set(ylabel="success (%)")
            pair[1].set(ylabel="return")
    handles: dict[str, Any] = {}
    for panel in panels[::2].flat:
        handles |= dict(zip(*reversed(panel.get_legend_handles_labels()), strict=True))
    bottom = 0.5 / (4.4 * bands + 0.8)
    figure.legend(handles.values(), handles.keys(), loc="lower center", ncols=len(handles), frameon=False)
    figure.tight_layout(rect=(0, bottom, 1, 1))
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
    return path


def _panel(panel: Any, name: str, runs: list[dict[str, Any]]) -> None:
    """What one quantity did in one task, a colour a method."""
    for number, (method, title) in enumerate(TITLES.items()):
        own = [each for each in runs if each["method"] == method]
        if not own:
            continue
        values = np.array([each[name] for each in own]) * (100 if name == "success" else 1)
        look = {"label": title, "color": f"C{number}"}
        if method == "bc":
            panel.axhline(values[:, -1].mean(), linestyle="--", linewidth=1, **look)
            continue
        steps = np.array(own[0]["steps"]) / 1e6
        panel.plot(steps, values.mean(0), **look)
        panel.fill_between(steps, values.min(0), values.max(0), alpha=0.2, color=look["color"])
    panel.spines[["top", "right"]].set_visible(False)


def main(command: Command) -> int:
    """Run what is not there yet, draw; returns the exit status."""
    chains = cells(command)
    summary = command.go(cell for each in chains.values() for cell in each)
    found = curves(chains, summary)
    lines = command.out / "curves.jsonl"
    write_text(lines, "".join(json.dumps(each) + "\n" for each in found))
    say_written(lines)
    if found:
        say_written(draw(command.out / "curves.png", found))
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(Command, description=__doc__))))
