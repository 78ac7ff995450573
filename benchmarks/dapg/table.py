"""Success of DAPG, natural policy gradient from scratch and cloning, on every task with demonstrations."""

from __future__ import annotations

import sys

import tyro

from benchmarks.command import guarded, write
from benchmarks.dapg.cells import PUBLISHED, TITLES, Chains, Command, cells, short
from benchmarks.report import Comparison, success
from benchmarks.runner import Summary


def table(chains: Chains, summary: Summary) -> Comparison:
    """Ours beside the policies published with DAPG."""
    tasks = list(dict.fromkeys(task for _, task in chains))
    told = Comparison("Success, as DAPG and H-InDex count it", [short(task) for task in tasks], unit="%")
    for (method, task), each in chains.items():
        found = [summary.results[cell.name] for cell in each if cell.name in summary.results]
        if len(found) == len(each):
            counted = sum(one["successes"] for one in found), sum(one["episodes"] for one in found)
            told.put(TITLES[method], short(task), success(*counted, PUBLISHED.get(task) if method == "dapg" else None))
    return told


def main(command: Command) -> int:
    """Run, print, write; returns the exit status."""
    chains = cells(command)
    summary = command.go(cell for each in chains.values() for cell in each)
    write(command.out / "table", table(chains, summary))
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(Command, description=__doc__))))
