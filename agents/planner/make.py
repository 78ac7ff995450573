"""Making a dataset: one plan a seed, kept as soon as it is finished, then played and written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import h5py
import numpy as np

from agents.planner.plan import Plan, Planner
from agents.planner.problem import Problem
from agents.planner.spline import basis
from hand_envs.datasets import Demonstration, Demonstrations, write_minari
from hand_envs.files import atomic
from hand_envs.files.reading import read_npz, reading
from hand_envs.registry import entry
from hand_envs.replay import make_env, replay

_PACKING = {"compression": "gzip", "compression_opts": 9, "shuffle": True}
_LARGEST_PLAN = 2**24  # bytes; one has some kilobytes


def plans(
    planner: Planner, episodes: int, folder: Path, watch: Callable[[Plan], None] = lambda plan: None, first: int = 0
) -> Iterator[Plan]:
    """Solved plans for seeds from `first` on until there are enough; what `folder` already holds is not planned again.

    It gives up after `patience` seeds for each that was asked for.
    """
    seed, found = first, 0
    while found < episodes and seed - first < planner.kind.patience * episodes:
        path = folder / f"seed-{seed}.npz"
        plan = _load(path) if path.exists() else planner.plan(seed)
        if not path.exists():
            _save(path, plan)
        watch(plan)
        if plan.solved:
            found += 1
            yield plan
        seed += 1


def _save(path: Path, plan: Plan) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fields = asdict(plan)
    start = {f"start.{name}": value for name, value in fields.pop("start").items()}
    with atomic.replacing(path) as beside:
        np.savez(beside, **fields, **start)


def _load(path: Path) -> Plan:
    with reading(path, " Delete it to have that seed planned again."):
        stored = read_npz(path, _LARGEST_PLAN)
        start = {name.removeprefix("start."): array for name, array in stored.items() if name.startswith("start.")}
        seed, solved, steadiness = int(stored["seed"]), bool(stored["solved"]), float(stored["steadiness"])
        return Plan(seed, start, stored["points"], solved, steadiness)


def demonstration(kind: type[Problem], plan: Plan) -> Demonstration:
    """A plan played in the environment."""
    env = make_env(kind.env_id, kind.options)
    actions = np.clip(basis(kind.steps, kind.spacing) @ plan.points, -1.0, 1.0)
    blank = Demonstration(
        state=plan.start,
        actions=actions,
        observations=np.zeros((len(actions), *(env.observation_space.shape or ()))),
        rewards=np.zeros(len(actions)),
        seed=plan.seed,
        source=f"{kind.style} seed {plan.seed}",
    )
    return replay(env, blank)[0]


def dataset_id(kind: type[Problem], name: str | None = None) -> str:
    """What the dataset of its demonstrations is called: by its style, or another name."""
    return f"hand/{entry(kind.env_id).name}-{name or kind.style}-v0"


def write(kind: type[Problem], made: list[Plan], out: Path, name: str | None = None) -> Path:
    """Write the demonstrations of these plans in `out`; returns the dataset's folder.

    Observations are kept in single precision: who learns from them plays them again, and half the digits tell whether
    they come out as they did.
    """
    played = (demonstration(kind, plan) for plan in made)
    episodes = tuple(replace(each, observations=each.observations.astype(np.float32)) for each in played)
    folder = write_minari(Demonstrations(kind.env_id, episodes, kind.options), dataset_id(kind, name), out, "hand_envs")
    for path in (folder / "data").glob("*.hdf5"):
        _compress(path)
    return folder


def _compress(path: Path) -> None:
    """Rewrite an HDF5 file with its larger arrays compressed, each in one piece: newer formats need less for those."""
    with (
        atomic.replacing(path) as beside,
        h5py.File(path) as source,
        h5py.File(beside, "w", libver=("v110", "v110")) as target,
    ):
        target.attrs.update(source.attrs)

        def copy(name: str, item: h5py.Group | h5py.Dataset) -> None:
            if isinstance(item, h5py.Group):
                target.require_group(name).attrs.update(item.attrs)
                return
            packing = {**_PACKING, "chunks": item.shape} if item.size > 100 else {}
            target.create_dataset(name, data=item[()], dtype=item.dtype, **packing).attrs.update(item.attrs)

        source.visititems(copy)
