"""Fig. 3b in numbers: ours with the task's reward alone, and with imitation alone, on the door."""

from __future__ import annotations

import sys

import tyro

from benchmarks.command import guarded, write
from benchmarks.report import Comparison, success
from benchmarks.residual import table2
from benchmarks.residual.cells import Command, total
from benchmarks.residual.paper import ABLATION
from benchmarks.runner import Summary

TITLES = {"ours": "Ours", "ours-rl": "Ours, RL alone", "ours-il": "Ours, IL alone"}


def table(chains: table2.Chains, summary: Summary) -> Comparison:
    """Ours beside the paper's."""
    told = Comparison("Ablation: success on the door's test sequences at a noise of 0.05", ["success"], unit="%")
    for (method, _), each in chains.items():
        if counted := total(summary, [chain[-1].name for chain in each], "test"):
            told.put(TITLES[method], "success", success(*counted, paper=ABLATION[method] / 100))
    return told


def main(command: Command) -> int:
    """Run, print, write; returns the exit status."""
    chains = table2.cells(command, tuple(TITLES), ("door",))
    summary = command.go(cell for each in chains.values() for chain in each for cell in chain)
    write(command.out / "ablation", table(chains, summary))
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(Command, description=__doc__))))
