"""Hand images a second, drawn, labelled and spoiled like a sensor's: `python -m benchmarks.hand_images`.

All contestants take turns, a slice of time each, for several rounds; what counts is the median over the rounds of the
ratio to a bare `mjr_render` and `mjr_readPixels` of the same geoms. Images a second of a core's own time are told too:
they say what a machine that is busy otherwise would give.
"""

from __future__ import annotations

import itertools
import json
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import mujoco
import numpy as np
import tyro
from rich.console import Console
from rich.table import Table

from benchmarks import published
from benchmarks.command import say_written
from hand_envs.cli.guard import guarded
from hand_envs.core.simulation import cores
from hand_envs.files.atomic import write_text
from hand_envs.images import HandImages, HandRenderer
from hand_envs.images.cropping import windows
from hand_envs.images.flesh import placed

BARE = "bare mjr_render"
TO_REACH = ("stream, depth and colour, all cores", 800.0)
"""Images a second."""


@dataclass(frozen=True)
class Options:
    """What to measure, and how long."""

    rounds: int = 7
    """How many turns each contestant has."""
    seconds: float = 0.5
    """Length of a turn."""
    size: int = 128
    """Of an image in pixels."""
    batch: int = 64
    """Images drawn together."""
    out: Path = Path("outputs/hand_images")
    """Folder for results.json."""
    publish: bool = False
    """Keep the speeds in benchmarks/results. Only on a machine left alone!"""


@dataclass
class Speed:
    """Of one contestant."""

    name: str
    a_second: float
    a_core_second: float
    ratio: float
    """To the reference, of the same round."""


Turn = Callable[[], int]
"""Draws some images; returns how many."""


def contestants(options: Options) -> dict[str, Turn]:
    """What takes turns, by name."""
    images = HandImages(size=options.size)
    renderer = HandRenderer(options.size, options.size)
    poses = images.poses(range(options.batch))
    people = [images.shape(int(person)) for person in poses.people]
    looks = [images.look(index, int(person)) for index, person in enumerate(poses.people)]
    seen = windows(poses.centre, images.cube)

    def draw(coloured: bool) -> int:
        renderer.draw(people, poses.points, seen, forearms=poses.forearms, looks=looks if coloured else None)
        return options.batch

    where = placed(people, poses.points, poses.forearms)
    return {
        BARE: lambda: _bare(renderer, *where),
        "HandRenderer, depth": lambda: draw(False),
        "HandRenderer, depth and colour": lambda: draw(True),
        "stream, depth": _stream(images, options, threads=1, colour=False),
        "stream, depth, all cores": _stream(images, options, threads=cores(), colour=False),
        "stream, depth and colour, all cores": _stream(images, options, threads=cores(), colour=True),
    }


def _bare(renderer: HandRenderer, centres: np.ndarray, turns: np.ndarray) -> int:
    """What MuJoCo takes for the same hands: all else is left out, even the camera's window."""
    depth = np.empty((renderer.height, renderer.width), np.float32)
    for index in range(len(centres)):
        renderer._centres[:], renderer._turns[:] = centres[index], turns[index]
        mujoco.mjr_render(renderer._frame, renderer._scene, renderer._drawing)
        mujoco.mjr_readPixels(None, depth, renderer._frame, renderer._drawing)
    return len(centres)


def _stream(images: HandImages, options: Options, threads: int, colour: bool) -> Turn:
    batches: Iterator[object] = images.crops(options.batch, threads=threads, colour=colour)
    return lambda: options.batch * len(list(itertools.islice(batches, threads)))


def measure(options: Options) -> list[Speed]:
    """The speeds, contestants in turns."""
    turns = contestants(options)
    rates: dict[str, list[tuple[float, float]]] = {name: [] for name in turns}
    for name in turns:
        turns[name]()  # contexts, first blocks of poses
    for _ in range(options.rounds):
        for name, turn in turns.items():
            rates[name].append(_rate(turn, options.seconds))
    return [
        Speed(
            name,
            median(wall for wall, _ in rates[name]),
            median(own for _, own in rates[name]),
            median(mine / bare for (mine, _), (bare, _) in zip(rates[name], rates[BARE], strict=True)),
        )
        for name in turns
    ]


def _rate(turn: Turn, seconds: float) -> tuple[float, float]:
    """Images a second of the wall's clock, and of the processor time that all threads take together."""
    wall, own, count = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - wall < seconds:
        count += turn()
    return count / (time.perf_counter() - wall), count / (time.process_time() - own)


def main(options: Options) -> int:
    """Measure, print, write; exit status 1 if the speed to reach is not reached."""
    speeds = measure(options)
    table = Table("", "images/s", "images/s of a core's own time", f"x {BARE}", box=None)
    for speed in speeds:
        table.add_row(speed.name, f"{speed.a_second:.0f}", f"{speed.a_core_second:.0f}", f"{speed.ratio:.2f}")
    Console().print(table)
    name, least = TO_REACH
    found = next(speed for speed in speeds if speed.name == name)
    reached = found.a_second >= least
    print(f"{name}: {'reached' if reached else 'NOT reached'} {least:.0f} images/s on {cores()} cores")
    print(f"{cores()} cores that do nothing else: {cores() * found.a_core_second:.0f} images/s")
    result = {speed.name: asdict(speed) for speed in speeds}
    where = {"machine": platform.machine(), "cores": cores()}
    options.out.mkdir(parents=True, exist_ok=True)
    say_written(write_text(options.out / "results.json", json.dumps({**where, "speeds": result}, indent=1)))
    if options.publish:
        done = published.record("hand_images", "benchmarks.hand_images", where, result)
        say_written(published.publish("hand_images", [done]))
    return 0 if reached else 1


if __name__ == "__main__":
    raise SystemExit(guarded(lambda: main(tyro.cli(Options, description=__doc__))))
