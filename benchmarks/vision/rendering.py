"""Pictures a second, with all faces and with few: `python -m benchmarks.vision.rendering`.

Both draw the same states in turns, so that what else the machine does hits both. Time is told as it passes and as the
cores spend it, which is what matters where something else wants them too.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import tyro
from rich.console import Console
from rich.table import Table

from hand_envs.cli.guard import guarded
from hand_envs.rendering import Eyes, Look, Pixels
from hand_envs.replay import make_env
from hand_envs.tasks.views import PAPER_CAMERAS

STEPS = 12  # at random, to states with bent fingers


@dataclass(frozen=True)
class Options:
    """What to measure."""

    envs: tuple[str, ...] = tuple(PAPER_CAMERAS)
    size: int = 112
    """Width and height of the pictures."""
    rounds: int = 9
    """How many turns each has."""
    pictures: int = 20
    """How many pictures a turn has."""


@dataclass(frozen=True)
class Row:
    """What one environment gave."""

    env: str
    size: int
    plain: float
    """Pictures a second."""
    light: float
    ratio: float
    """Light over plain."""
    plain_of_a_core: float
    """Pictures a second of a core's own time."""
    light_of_a_core: float
    ratio_of_a_core: float
    difference: float
    """Mean absolute difference of a light and a plain picture, of 255."""


def measure(ids: Iterable[str], size: int, rounds: int = 9, pictures: int = 20) -> list[dict[str, Any]]:
    """A row an environment: pictures/s plain and light, medians of the ratios of each round, mean difference of 255."""
    return [asdict(_measured(env_id, size, rounds, pictures)) for env_id in ids]


def _measured(env_id: str, size: int, rounds: int, pictures: int) -> Row:
    env = make_env(env_id)
    env.reset(seed=0)
    random = np.random.default_rng(0)
    for _ in range(STEPS):
        env.step(random.uniform(-0.5, 0.5, env.action_space.shape))
    sim, camera = env.episode.sim, PAPER_CAMERAS.get(env_id, env.task.pixel_camera or env.task.camera)
    looks = [Pixels(camera, size, size, light=light) for light in (False, True)]
    eyes = Eyes(sim, Look(camera))
    images = [eyes.images(pixels)[0].astype(int) for pixels in looks]
    turns = np.array([[_turn(eyes, pixels, pictures) for pixels in looks] for _ in range(rounds)])
    eyes.close()
    (plain, light), (plain_of_a_core, light_of_a_core) = np.median(turns, axis=0).T.tolist()
    ratio, ratio_of_a_core = np.median(turns[:, 1] / turns[:, 0], axis=0).tolist()
    difference = float(np.abs(images[1] - images[0]).mean())
    return Row(env_id, size, plain, light, ratio, plain_of_a_core, light_of_a_core, ratio_of_a_core, difference)


def _turn(eyes: Eyes, pixels: Pixels, pictures: int) -> tuple[float, float]:
    """Pictures a second, and a second of a core's own time."""
    began, spent = time.perf_counter(), time.process_time()
    for _ in range(pictures):
        eyes.images(pixels)
    return pictures / (time.perf_counter() - began), pictures / (time.process_time() - spent)


def main(options: Options) -> int:
    """Measure and print."""
    table = Table("", "pictures/s", "light", "ratio", "a core's own", "light", "ratio", "difference", box=None)
    for row in measure(options.envs, options.size, options.rounds, options.pictures):
        numbers = (row["plain"], row["light"], row["plain_of_a_core"], row["light_of_a_core"])
        plain, light, plain_of_a_core, light_of_a_core = (f"{number:.0f}" for number in numbers)
        ratio, ratio_of_a_core = f"{row['ratio']:.2f}", f"{row['ratio_of_a_core']:.2f}"
        difference = f"{row['difference']:.2f}"
        table.add_row(row["env"], plain, light, ratio, plain_of_a_core, light_of_a_core, ratio_of_a_core, difference)
    Console().print(table)
    return 0


if __name__ == "__main__":
    raise SystemExit(guarded(lambda: main(tyro.cli(Options, description=__doc__))))
