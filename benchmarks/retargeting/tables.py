"""The tables of what was counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.report import Comparison

Results = Mapping[str, Mapping[str, Any]]
"""What was counted, by pose set."""

COLUMNS = {
    "tips": ("tips, mm", 2),
    "tips, no pinch": ("tips, no pinch, mm", 2),
    "joints": ("joints, mm", 2),
    "angles": ("angles, rad", 3),
    "gap < 15": ("gap, human's < 15 mm", 1),
    "gap < 30": ("gap, human's < 30 mm", 1),
    "false pinches": ("false pinches, %", 1),
    "largest jump": ("largest jump, rad", 2),
    "jump, calm": ("jump, calm hand, rad", 2),
    "jerk": ("jerk, rad", 3),
    "beyond limits": ("beyond limits, rad", 4),
    "ms": ("ms a frame", 2),
    "ms in 64": ("ms in a batch of 64", 3),
}
"""Those shown: how, and with how many digits."""


def of(found: Results, name: str) -> Comparison:
    """The published numbers of one pose set."""
    result = found.get(name, {"rows": {}})
    shown = [key for key in COLUMNS if any(key in row for row in result["rows"].values())]
    table = Comparison(f"Retargeting, {name}", [], notes=tuple(COLUMNS[key][0] for key in shown))
    for row in sorted(result["rows"], key=_order):
        values = result["rows"][row]
        table.rows[row] = {}
        for key in shown:
            title, digits = COLUMNS[key]
            table.note(row, title, f"{values[key]:.{digits}f}" if key in values else "")
    return table


def _order(row: str) -> tuple[int, str]:
    """Ours first, each beside what it is compared with."""
    kinds = ("optimised", "dex-retargeting vector", "dex-retargeting dexpilot", "closed", "learned")
    return next(number for number, kind in enumerate(kinds) if row.startswith(kind)), row
