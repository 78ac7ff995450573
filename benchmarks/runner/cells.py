"""A cell of a table: one job, its options, and what it comes after."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, NamedTuple

from hand_envs.errors import OptionError, choices

PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=+-]{0,99}")
ADDRESS = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
GIVEN = ("folder", "after")  # what the runner passes besides the options


class Earlier(NamedTuple):
    """What a job gets of a cell it comes after: its result, and its folder to read from."""

    result: dict[str, Any]
    folder: Path


@dataclass(frozen=True)
class Cell:
    """One job of a table.

    The job is called with the options as keywords, and with

    - `folder`: a `Path` of its own. It is kept between attempts, so a job that was stopped finds its checkpoints there.
    - `after`, if the cell comes after others: a dict from their names to `Earlier`.
    - `nthread`, if it has a parameter of this name: how many cores are its own.

    It returns a dict that JSON can hold. Options and results are what is left of them after JSON, wherever it runs.
    """

    name: str
    """Unique; parts that are fit for file names, joined by `/`: `door/ours/noise-0.05/seed-1`."""
    job: str
    """Where the function is: `package.module:function`."""
    options: Mapping[str, Any] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    """Names of the cells whose results the job needs."""

    def __post_init__(self) -> None:
        if not all(PART.fullmatch(part) for part in self.name.split("/")):
            raise OptionError(
                f"Cell name {self.name!r} cannot be a file's: write parts of letters, digits and . _ = + - that begin "
                "with a letter or digit, joined by /."
            )
        if not ADDRESS.fullmatch(self.job):
            raise OptionError(f"Job {self.job!r} of cell {self.name}: write it as 'package.module:function'.")
        if taken := [name for name in GIVEN if name in self.options]:
            raise OptionError(f"Cell {self.name}: the runner itself passes {taken[0]!r}; name the option differently.")
        object.__setattr__(self, "options", as_json(dict(self.options), f"The options of cell {self.name}"))
        object.__setattr__(self, "after", tuple(self.after))


def as_json(value: dict[str, Any], what: str) -> dict[str, Any]:
    """The same as JSON gives it back; arrays become lists."""
    try:
        back = json.loads(json.dumps(value, default=_plain))
    except (TypeError, ValueError) as error:
        raise OptionError(f"{what} cannot be written as JSON: {error}.") from error
    return dict(back)


def _plain(value: Any) -> Any:
    """NumPy's and torch's numbers and arrays, without importing either."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} {value!r}")


def in_order(cells: Iterable[Cell]) -> list[Cell]:
    """The cells, each behind those it comes after; refuses names that clash, are missing, or run in a circle."""
    cells = list(cells)
    table = {cell.name: cell for cell in cells}
    if len(table) < len(cells):
        names = [cell.name for cell in cells]
        raise OptionError(f"Two cells have the name {next(name for name in names if names.count(name) > 1)!r}.")
    for cell in cells:
        if above := [str(parent) for parent in Path(cell.name).parents if str(parent) in table]:
            raise OptionError(f"The folder of cell {cell.name!r} would lie within that of cell {above[0]!r}.")
        for name in cell.after:
            if name not in table:
                raise OptionError(f"Cell {cell.name} comes after one that is not there: {choices(name, table)}")
    try:
        order = list(TopologicalSorter({cell.name: cell.after for cell in cells}).static_order())
    except CycleError as error:
        raise OptionError(f"These cells come after each other in a circle: {' -> '.join(error.args[1])}.") from error
    return [table[name] for name in order]


def find(address: str) -> Callable[..., Any]:
    """The function at `package.module:function`."""
    module, _, name = address.partition(":")
    functions = vars(importlib.import_module(module))
    if name not in functions:
        ours = [each for each, value in functions.items() if getattr(value, "__module__", "") == module]
        raise OptionError(f"No such function in {module}: {choices(name, ours)}")
    return functions[name]
