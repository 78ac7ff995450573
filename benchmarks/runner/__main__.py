"""Runs the cells that a function returns: `python -m benchmarks.runner my.table:cells --workers 2`."""

from __future__ import annotations

import sys
from typing import Annotated

import tyro

from benchmarks.runner import Options, run
from benchmarks.runner.cells import find
from hand_envs.cli.guard import guarded


def main(
    cells: Annotated[str, tyro.conf.Positional],
    options: Annotated[Options, tyro.conf.arg(name="")],
) -> int:
    """Run the cells that a function returns.

    Args:
        cells: where the function is: `package.module:function`.
        options: where they run, and where results go.
    """
    return guarded(lambda: run(find(cells)(), options).exit_code)


if __name__ == "__main__":
    sys.exit(tyro.cli(main, description=__doc__))
