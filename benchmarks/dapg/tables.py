"""The table, from the results of cells: those of a run, or the published ones."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from benchmarks.report import Comparison, success
from hand_envs.registry import ENTRIES

TITLES = {"dapg": "DAPG", "npg": "NPG from scratch", "bc": "cloning alone"}
PUBLISHED = {"HandDoor-v0": 1.0, "HandHammer-v0": 1.0, "HandPen-v0": 0.8, "HandRelocate-v0": 1.0}
"""Success of the policies that were published with DAPG, on these dynamics (forty episodes each)."""
SIZES = ("samples", "minutes")
"""Columns on the training of DAPG."""

Results = Mapping[str, Mapping[str, Any]]
"""What cells gave, by their names."""


def table(results: Results) -> Comparison:
    """Success of each method on each task, summed over seeds, beside the policies published with DAPG."""
    found = Comparison("Success, as DAPG and H-InDex count it", list(TITLES.values()), "%", digits=0, notes=SIZES)
    for task in [entry.id for entry in ENTRIES if entry.plain]:
        for method, title in TITLES.items():
            seeds = [each for name, each in results.items() if fnmatchcase(name, f"{task}/{method}/*")]
            if not seeds:
                continue
            counts = sum(each["successes"] for each in seeds), sum(each["episodes"] for each in seeds)
            found.put(task, title, success(*counts, PUBLISHED.get(task) if method == "dapg" else None))
            if method == "dapg":
                found.note(task, "samples", f"{max(each['steps'] for each in seeds) / 1e6:.1f} M")
                found.note(task, "minutes", f"{max(each['seconds'] for each in seeds) / 60:.0f}")
    return found
