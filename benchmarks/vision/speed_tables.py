"""The table of speeds, from results: those of a run, or the published ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from benchmarks.report import Comparison, Number
from benchmarks.vision.tables import Results

DRAWN, ENCODED, STEPPED, SAMPLED = "drawn", "encoded", "stepped", "sampled"
LIMIT, SHARE = "limit", "sampled / limit (%)"


def speeds(results: Results) -> Comparison:
    """Each part of each setting a second, medians over the rounds; and the share of the limit, of the same round."""
    table = Comparison("Pictures and steps a second", [DRAWN, ENCODED, STEPPED, LIMIT, SAMPLED, SHARE], digits=0)
    for name in sorted(name for name in results if name.startswith("speed/")):
        found: Mapping[str, Sequence[float]] = results[name]["speeds"]
        title = ", ".join(name.split("/")[1:])
        limits = [limit(*parts) for parts in zip(found[DRAWN], found[ENCODED], found[STEPPED], strict=True)]
        for part in (DRAWN, ENCODED, STEPPED, SAMPLED):
            table.put(title, part, Number(median(found[part])))
        table.put(title, LIMIT, Number(median(limits)))
        shares = [100 * sampled / most for sampled, most in zip(found[SAMPLED], limits, strict=True)]
        table.put(title, SHARE, Number(median(shares)))
    return table


def limit(*speeds: float) -> float:
    """Of doing all in turn, each so many times a second: 1 / sum(1 / speed)."""
    return 1 / sum(1 / speed for speed in speeds)
