"""Plan demonstrations: `python -m agents.planner --env HandDoor-v0 --episodes 26 --out assets/demos`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import tyro
from rich.console import Console
from rich.progress import Progress

from agents.planner.make import dataset_id, plans, write
from agents.planner.plan import Plan, Planner
from agents.planner.problem import Problem
from agents.planner.problems import problem_of
from hand_envs.cli.guard import guarded
from hand_envs.errors import DatasetError


def main(
    env: str,
    style: str = Problem.style,
    episodes: int = 26,
    out: Path = Path("assets/demos"),
    work: Path = Path("runs/planner"),
    first_seed: int = 0,
    name: str | None = None,
    count: int = 64,
    nthread: int = 0,
) -> None:
    """Plan demonstrations of one environment and write them as a Minari dataset.

    Finished plans are kept in the work folder: interrupted, the same command goes on where it was.

    Args:
        env: the environment, such as HandDoor-v0.
        style: `planned`; for HandDoor-v0, HandPen-v0 and HandRelocate-v0 also `brisk`.
        episodes: how many; seeds are planned, one after the other, until there are so many.
        out: the folder of datasets.
        work: where finished plans are kept.
        first_seed: the seed that is planned first; the suite's demonstrations begin at 0, those held out at 1000.
        name: what the dataset is called instead of its style, such as `held-out`.
        count: how many tries are simulated together.
        nthread: threads to simulate on, 0 for all cores; the result does not depend on it.
    """
    kind = problem_of(env, style)
    if (out / dataset_id(kind, name)).exists():
        raise DatasetError(f"{out / dataset_id(kind, name)} exists: delete it, or choose another folder (--out).")
    folder = work / (env if style == Problem.style else f"{env}-{style}")
    console = Console()
    began = time.perf_counter()
    with Progress(console=console) as progress:
        bar = progress.add_task(env, total=episodes)

        def watch(plan: Plan) -> None:
            outcome = "solved" if plan.solved else "skipped"
            spent = time.perf_counter() - began
            console.print(f"seed {plan.seed}: {outcome}, {plan.steadiness:.0%} of noisy tries, {spent:.0f} s")
            progress.advance(bar, plan.solved)

        made = list(plans(Planner(kind, count, nthread), episodes, folder, watch, first_seed))
    if len(made) < episodes:
        console.print(f"Only {len(made)} could be planned, so nothing is written.")
        sys.exit(1)
    skipped = made[-1].seed + 1 - first_seed - len(made)
    console.print(f"{write(kind, made, out, name)}: {len(made)} demonstrations, {skipped} skipped")


if __name__ == "__main__":
    sys.exit(
        guarded(lambda: tyro.cli(main, description=__doc__), lambda: "Stopped. The same command goes on from here.")
    )
