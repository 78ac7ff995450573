"""Pictures drawn, features made and steps taken a second, per encoder and size: `python -m benchmarks.vision.speed`.

Drawing, encoding and physics share the cores, so sampling takes at best as long as the three together:

    limit = 1 / (1 / drawn + 1 / encoded + 1 / stepped)

All take turns, a slice of time each, for several rounds; what counts is the median over the rounds of the ratio to the
limit of the same round.
"""

from __future__ import annotations

import functools
import itertools
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tyro

from agents.common.environments import make_vector, threads
from agents.common.imports import need
from agents.vision import Encoder, VectorFeatureObservation
from benchmarks import published
from benchmarks.command import say, say_written, write
from benchmarks.published import record
from benchmarks.runner.results import Record
from benchmarks.vision import speed_tables
from benchmarks.vision.speed_tables import DRAWN, ENCODED, SAMPLED, STEPPED
from hand_envs.cli.guard import guarded
from hand_envs.core.simulation import cores
from hand_envs.registry import plain_id
from hand_envs.rendering import Eyes, Look

torch: Any = need("torch")

Turn = Callable[[], int]
"""Does some work; returns how many pictures or steps that was."""


@dataclass(frozen=True)
class Options:
    """What to measure, and how long."""

    env: str = "HandDoorVisual-v0"
    encoders: tuple[str, ...] = ("random",)
    """By name, or folders: their weights make no difference to speed."""
    sizes: tuple[int, ...] = (112, 224)
    """Pixels of a picture."""
    precisions: tuple[str, ...] = ("bfloat16", "float32")
    lights: tuple[bool, ...] = (True, False)
    """Whether pictures are drawn of light geometry."""
    num_envs: int = 32
    nthread: int = 0
    """Threads for physics; 0 for all cores. torch takes as many as it does by itself (OMP_NUM_THREADS)."""
    device: str = "cpu"
    """Where features are made: cpu or cuda."""
    rounds: int = 5
    """How many turns each has."""
    seconds: float = 2.0
    """Length of a turn, at least."""
    out: Path = Path("outputs/vision-speed")
    publish: bool = False
    """Keep the speeds in benchmarks/results. Only on a machine left alone!"""


@dataclass(frozen=True)
class Setting:
    """What is measured."""

    encoder: str
    size: int
    precision: str
    light: bool

    def name(self, device: str) -> str:
        """In results and tables."""
        kind = "light" if self.light else "normal"
        return f"speed/{Path(self.encoder).name}/{self.size}/{self.precision}/{kind}/{device}"


def settings(options: Options) -> Iterator[Setting]:
    """All that there are."""
    yield from (
        Setting(*each)
        for each in itertools.product(options.encoders, options.sizes, options.precisions, options.lights)
    )


def measure(setting: Setting, options: Options) -> dict[str, list[float]]:
    """Let all parts of one setting take turns: pictures or steps a second, a value a round."""
    turns, close = _turns(setting, options)
    found: dict[str, list[float]] = {part: [] for part in turns}
    try:
        for number in range(options.rounds + 1):
            for part, turn in turns.items():
                speed = _timed(turn, options.seconds)
                if number > 0:  # the first one warms up
                    found[part].append(round(speed, 2))
    finally:
        close()
    return found


def _turns(setting: Setting, options: Options) -> tuple[dict[str, Turn], Callable[[], None]]:
    """The parts, and what gives back all they need."""
    encoder = Encoder.named(setting.encoder, size=setting.size, precision=setting.precision).to(options.device)
    pixels = {"width": setting.size, "height": setting.size, "light": setting.light}
    count, task = options.num_envs, plain_id(options.env)
    plain = make_vector(task, count, **threads(task, options.nthread))
    seen = make_vector(options.env, count, pixels=pixels, **threads(options.env, options.nthread))
    inside: Any = seen.unwrapped
    eyes = Eyes(inside.episode.sim, Look(inside.pixels.camera))
    whole = VectorFeatureObservation(seen, encoder)
    plain.reset(seed=1)
    whole.reset(seed=1)
    images = eyes.images(inside.pixels)
    actions = (
        np.random.default_rng(1).uniform(-1.0, 1.0, (64, *np.shape(plain.action_space.sample()))).astype(np.float32)
    )
    drawn = itertools.cycle(actions)

    def close() -> None:
        for each in (eyes, plain, whole):
            each.close()

    works: dict[str, Callable[[], object]] = {
        DRAWN: lambda: eyes.images(inside.pixels),
        ENCODED: lambda: encoder(images),
        STEPPED: lambda: plain.step(next(drawn)),
        SAMPLED: lambda: whole.step(next(drawn)),
    }
    return {name: functools.partial(_worth, work, count) for name, work in works.items()}, close


def _worth(work: Callable[[], object], count: int) -> int:
    work()
    return count


def _timed(turn: Turn, seconds: float) -> float:
    done, began = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - began) < seconds:
        done += turn()
    return done / elapsed


def _record(setting: Setting, found: dict[str, list[float]], options: Options) -> Record:
    asked = {name: getattr(options, name) for name in ("env", "num_envs", "nthread", "rounds", "seconds")}
    asked |= {**asdict(setting), "device": options.device}
    result = {"speeds": found, "cores": cores(), "torch_threads": torch.get_num_threads()}
    return record(setting.name(options.device), "benchmarks.vision.speed:measure", asked, result)


def main(options: Options) -> int:
    """Measure, print, write; returns the exit status."""
    if options.publish:
        published.refuse_now()
    records = []
    for setting in settings(options):
        say(setting.name(options.device))
        records.append(_record(setting, measure(setting, options), options))
    options.out.mkdir(parents=True, exist_ok=True)
    write(options.out / "speed", speed_tables.speeds({each.name: each.result for each in records}))
    if options.publish:
        say_written(published.publish("vision", records))
    return 0


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(Options, description=__doc__))))
