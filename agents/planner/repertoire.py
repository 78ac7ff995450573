"""Where every start is the same and only the goal differs: motions to all goals are found together.

A repertoire holds the best motion known to each place, and each new motion is a change to one that ends near where none
leads yet (MAP-Elites). What leads halfway is found on the way, and turned into what leads farther; a search towards one
goal has nothing to go by until it nearly reaches it.

`python -m agents.planner.repertoire` finds how to turn the pen. One such repertoire comes with the suite.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tyro

from agents.planner.rollouts import Rollouts
from agents.planner.spline import basis, points_for
from hand_envs.errors import DatasetError
from hand_envs.files import atomic
from hand_envs.files.reading import read_npz, reading
from hand_envs.tasks.adroit import Pen

Array = np.ndarray

ENV_ID = "HandPen-v0"
STEPS, SPACING = 100, 5
HELD = 25  # steps at the end in which the pen is to point the same way
ALIKE = 0.95  # cosine between directions that count as the same
OWN = Path("runs/planner/pen-repertoire.npz")
"""Where your own is kept, and found."""

_CELL = 0.1  # width of the places that one motion each is kept for, in components of a unit vector
_REACHED = 0.97  # cosine to a motion's direction by which a goal counts as reached
_UNSTEADY = 0.02  # standard deviation of the noise in every try
_GOALS, _FIRST_GOAL = 400, 1000  # how many goals are aimed at, and the seed of the first: not those planned for
_AIMED = 0.7  # share of the tries that aim at a goal; others start from anywhere
_FRESH = 0.05  # share that starts from nothing
_FIRST = (0.1, 0.3, 0.6, 1.0)  # deviations of tries from nothing
_LARGEST = 2**30  # bytes of a repertoire
_CHANGES = (0.02, 0.05, 0.1, 0.2)  # deviations of changes


@dataclass
class Repertoire:
    """Motions and where each leads.

    Args:
        points: of splines, (n, points, actuators).
        directions: that the pen points in at the end, unit vectors (n, 3).
        merits: by which motions to the same place are compared, (n,).
    """

    points: Array
    directions: Array
    merits: Array

    def __len__(self) -> int:
        return len(self.merits)

    def nearest(self, direction: Array, count: int) -> Array:
        """Points of the motions that end nearest to a direction, the nearest first; at most so many."""
        order = np.argsort(-self.directions @ direction, kind="stable")[:count]
        near: Array = self.points[order]
        return near

    def offer(self, points: Array, directions: Array, merits: Array) -> Repertoire:
        """The best of what is here and these, one a place."""
        joined = [np.concatenate(pair) for pair in zip(self._parts(), (points, directions, merits), strict=True)]
        places = np.c_[np.floor(joined[1][:, :2] / _CELL), joined[1][:, 2] > 0]
        order = np.argsort(-joined[2], kind="stable")
        _, first = np.unique(places[order], axis=0, return_index=True)
        return Repertoire(*(part[order[np.sort(first)]] for part in joined))

    def save(self, path: Path) -> None:
        """Write a file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        points, directions, merits = (part.astype(np.float16) for part in self._parts())
        with atomic.replacing(path) as beside:
            np.savez_compressed(beside, points=points, directions=directions, merits=merits)

    @classmethod
    def load(cls, path: Path) -> Repertoire:
        """The repertoire in a file."""
        if not path.exists():
            raise DatasetError(f"There is no repertoire {path}: make one (python -m agents.planner.repertoire).")
        with reading(path, " Make it anew (python -m agents.planner.repertoire)."):
            stored = read_npz(path, _LARGEST)
            points, directions, merits = (stored[name].astype(float) for name in ("points", "directions", "merits"))
            count = len(merits)
            if points.shape[:1] + directions.shape + merits.shape != (count, count, 3, count) or points.ndim != 3:
                raise DatasetError(f"Its motions are of shape {points.shape}, and end at {directions.shape}.")
            return cls(points, directions, merits)

    def _parts(self) -> tuple[Array, Array, Array]:
        return self.points, self.directions, self.merits


class Explorer:
    """Tries changes to known motions.

    Args:
        count: how many tries are simulated together.
        seed: of the tries.
        nthread: threads to simulate on; what is found does not depend on it.
    """

    def __init__(self, count: int = 128, seed: int = 0, nthread: int = 1) -> None:
        self.rollouts = Rollouts(ENV_ID, {}, count, nthread)
        self.goals = np.stack([self._goal(_FIRST_GOAL + number) for number in range(_GOALS)])
        self._state = self.rollouts.begin(self.rollouts.draw(_FIRST_GOAL))
        self._rng, self._basis = np.random.default_rng(seed), basis(STEPS, SPACING)
        sim = self.rollouts.sim
        joints = sim.model.jnt_qposadr[sim.model.actuator_trnid[:, 0]]
        self._still = np.clip((sim.qpos[0, joints] - sim.control_center) / sim.control_reach, -1.0, 1.0)[0]
        self.known = Repertoire(np.empty((0, points_for(STEPS, SPACING), sim.model.nu)), np.empty((0, 3)), np.empty(0))

    def reached(self) -> float:
        """Share of the goals that a known motion ends near."""
        return float(self._reached().mean())

    def explore(self, rounds: int) -> Iterator[float]:
        """Share of goals reached after each round of tries."""
        for _ in range(rounds):
            points = np.clip(self._propose(), -1.0, 1.0)
            well, directions, merits = self._try(points)
            self.known = self.known.offer(points[well], directions[well], merits[well])
            yield self.reached()

    def _goal(self, seed: int) -> Array:
        self.rollouts.draw(seed)
        task, sim = self.rollouts.env.task, self.rollouts.env.episode.sim
        assert isinstance(task, Pen)
        goal: Array = task.target_direction(sim)[0].copy()
        return goal

    def _reached(self) -> Array:
        if not len(self.known):
            return np.zeros(len(self.goals), bool)
        reached: Array = (self.goals @ self.known.directions.T).max(1) > _REACHED
        return reached

    def _propose(self) -> Array:
        """Changes to known motions: noise from some point on, and a little of the difference to another one."""
        count, rng = self.rollouts.count, self._rng
        if len(self.known) < 2:
            return self._anew(count)
        known = self.known
        begun, other = rng.integers(len(known), size=(2, count))
        lacking = self.goals[~self._reached()]
        if len(lacking):
            near = lacking[rng.integers(len(lacking), size=count)] @ known.directions.T
            aimed = rng.random(count) < _AIMED
            begun = np.where(aimed, (near + 0.03 * rng.normal(size=near.shape)).argmax(1), begun)
            other = np.where(aimed, (near + 0.15 * rng.normal(size=near.shape)).argmax(1), other)
        shape = known.points.shape[1:]
        noise = rng.choice(_CHANGES, size=(count, 1, 1)) * rng.normal(size=(count, *shape))
        blend = 0.2 * rng.normal(size=(count, 1, 1)) * (known.points[other] - known.points[begun])
        since = np.where(rng.random(count) < 0.5, rng.integers(shape[0], size=count), 0)
        later = np.arange(shape[0])[None] >= since[:, None]
        points = known.points[begun] + later[..., None] * (noise + blend)
        fresh = rng.random(count) < _FRESH
        points[fresh] = self._anew(int(fresh.sum()))
        return points

    def _anew(self, count: int) -> Array:
        """The whole hand closes and opens a little, all joints alike; changes tell them apart."""
        deviation = self._rng.choice(_FIRST, size=(count, 1, 1))
        anew: Array = self._still + deviation * self._rng.normal(size=(count, points_for(STEPS, SPACING), 1))
        return anew

    def _try(self, points: Array) -> tuple[Array, Array, Array]:
        """Whether each motion ends with the pen held still, where the pen points then, and the merit of it."""
        task, sim = self.rollouts.task, self.rollouts.sim
        assert isinstance(task, Pen)
        actions = self._basis @ points
        actions += _UNSTEADY * self._rng.normal(size=actions.shape)
        self.rollouts.put(self._state)
        well, seen = np.ones(len(points), bool), []
        for step in range(STEPS):
            self.rollouts.act(actions[:, step])
            well &= ~task.dropped(sim)
            if step >= STEPS - HELD:
                well &= task.in_place(sim)
            seen.append(task.direction(sim).copy())
        path = np.stack(seen, axis=1)
        final = path[:, -HELD:].mean(1)
        final /= np.linalg.norm(final, axis=1, keepdims=True)
        alike = (path * final[:, None]).sum(-1)
        worst = alike[:, -HELD:].min(1)
        bend = np.square(np.diff(points, 2, axis=1)).mean((1, 2))
        return well & (worst > ALIKE), final, (alike > ALIKE).mean(1) + worst - 0.3 * bend


def main(rounds: int = 210, count: int = 128, seed: int = 0, nthread: int = 0, out: Path = OWN) -> None:
    """Find how to turn the pen, to all targets.

    Args:
        rounds: of tries.
        count: tries in a round.
        seed: of the tries.
        nthread: threads to simulate on, 0 for all cores.
        out: the file to write.
    """
    explorer = Explorer(count, seed, nthread)
    for number, reached in enumerate(explorer.explore(rounds), 1):
        if number % 10 == 0 or number == rounds:
            print(f"{number}/{rounds}: {len(explorer.known)} motions, {reached:.0%} of the targets reached", flush=True)
    if not len(explorer.known):
        raise SystemExit("No motion holds the pen: nothing is written. Try more rounds.")
    explorer.known.save(out)
    print(f"written: {out}")


if __name__ == "__main__":
    tyro.cli(main, description=__doc__)
