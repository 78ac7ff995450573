"""Runs the cells of a paper's table as independent jobs, here or on a Ray cluster; a second run goes on where it was.

from benchmarks.runner import Cell, Options, run

cells = [Cell(f"door/seed-{seed}", "my.table:train", {"seed": seed}) for seed in range(5)]
summary = run(cells, Options(out=Path("outputs/door")))
summary.results["door/seed-0"]       # the dict that my.table.train returned
sys.exit(summary.exit_code)
"""

from benchmarks.runner.cells import Cell, Earlier
from benchmarks.runner.run import Options, run
from benchmarks.runner.schedule import Summary

__all__ = ["Cell", "Earlier", "Options", "Summary", "run"]
