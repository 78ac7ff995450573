"""Training: Adam on the mean squared error of actions, in batches of a shuffled pass after the other."""

from __future__ import annotations

import itertools
import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from agents.common import checkpoints
from agents.common.imports import need
from agents.common.run import RunFolder
from agents.kappa.pairs import Pairs
from agents.kappa.settings import Settings
from hand_envs.errors import OptionError
from hand_envs.files.reading import reading
from hand_envs.poses.retargeting import learned

torch: Any = need("torch")
Array = np.ndarray
Watch = Callable[[int, float], None]

_KEEP_EVERY = 20.0  # s
_WATCH_EVERY = 200  # iterations
_EVALUATE_EVERY = 5_000  # iterations
_NARROWEST = 1e-3  # a part of the input that varies less is not scaled


class Training:
    """A kappa in the making, in a folder: a kill sets it back by twenty seconds at most, and it goes on bit for bit.

    Args:
        pairs: to learn from.
        folder: of the run; `kappa.npz` is in it at the end.
        settings: how.
        validation: pairs whose error decides which weights are kept; without them the last are.
        resume: go on with the run in the folder.
        watch: hears of the iteration and of the loss now and then.
    """

    def __init__(
        self,
        pairs: Pairs,
        folder: str | Path,
        settings: Settings | None = None,
        validation: Pairs | None = None,
        resume: bool = False,
        watch: Watch | None = None,
    ) -> None:
        self.pairs, self.validation, self.settings = pairs, validation, settings or Settings()
        if validation is not None and (validation.joints, validation.viewpoint) != (pairs.joints, pairs.viewpoint):
            raise OptionError("The validation pairs are of other joints or inputs than those to learn from.")
        self.records, self.resume = RunFolder(folder), resume
        self.watch = watch or (lambda iteration, loss: None)
        self.file = self.records.path / "kappa.npz"
        self.mean = pairs.inputs.mean(axis=0)
        spread = pairs.inputs.std(axis=0)
        self.scale = np.where(spread < _NARROWEST, 1.0, spread)
        self.network = _network(pairs, self.settings)
        self.optimizer = torch.optim.Adam(self.network.parameters(), self.settings.rate, fused=True)
        self.iteration, self.loss, self.error = 0, math.nan, math.inf
        self.best = _copy(self.network)

    def run(self) -> Path:
        """Train to the end, or go on; returns the file of the kappa."""
        with self.records.alone():
            self._begin()
            self._learn()
            self._keep()
            return self._write()

    # --- going on -----------------------------------------------------------------------------------------------------

    def _identity(self) -> dict[str, Any]:
        """What a run may not change when it goes on; iterations may be added."""
        own = {name: value for name, value in self.settings.as_data().items() if name != "iterations"}
        return {
            **own,
            "pairs": self.pairs.digest(),
            "validation": self.validation.digest() if self.validation else None,
        }

    def _begin(self) -> None:
        folder = self.records.latest()
        if folder is None:
            return
        if not self.resume:
            raise OptionError(f"There is a training in {self.records.path} already: --resume goes on with it.")
        state = checkpoints.read(folder, "state.json")
        with reading(folder / "state.json"):
            before, now = dict(state["identity"]), self._identity()
            self.iteration, error = int(state["iteration"]), state["error"]
            self.error = math.inf if error is None else float(error)
        changes = [f"{name} {before.get(name)!r} -> {now[name]!r}" for name in now if before.get(name) != now[name]]
        if changes:
            raise OptionError(f"The training in {self.records.path} is another one ({', '.join(changes)}).")
        for name, load, own in (
            ("network.pt", checkpoints.load_weights, self.network),
            ("optimizer.pt", checkpoints.load_optimizer, self.optimizer),
            ("best.pt", checkpoints.load_weights, best := _network(self.pairs, self.settings)),
        ):
            with reading(folder / name):
                load(own, checkpoints.read(folder, name))
        self.best = _copy(best)

    def _keep(self) -> None:
        state = {
            "iteration": self.iteration,
            "error": self.error if math.isfinite(self.error) else None,
            "identity": self._identity(),
        }
        parts = {
            "network.pt": self.network.state_dict(),
            "optimizer.pt": self.optimizer.state_dict(),
            "best.pt": self.best,
            "state.json": state,
        }
        self.records.keep(self.iteration, parts, [])

    # --- learning -----------------------------------------------------------------------------------------------------

    def _learn(self) -> None:
        given = _tensor((self.pairs.inputs - self.mean) / self.scale)
        wanted = _tensor(self.pairs.targets)
        count, size = len(given), min(self.settings.batch, len(given))
        rounds, order, kept = count // size, None, time.monotonic()
        while self.iteration < self.settings.iterations:
            turn, place = divmod(self.iteration, rounds)
            if order is None or place == 0:
                order = torch.from_numpy(np.random.default_rng([self.settings.seed, turn]).permutation(count))
            rows = order[place * size : (place + 1) * size]
            self.optimizer.zero_grad()
            loss = torch.nn.functional.mse_loss(self.network(given[rows]), wanted[rows])
            loss.backward()
            self.optimizer.step()
            self.iteration += 1
            if self.iteration % _WATCH_EVERY == 0:
                self.loss = float(loss.detach())
                if not math.isfinite(self.loss):
                    raise OptionError(f"The training diverged: lower the rate, {self.settings.rate}.")
                self.watch(self.iteration, self.loss)
            if self.iteration % _EVALUATE_EVERY == 0 or self.iteration == self.settings.iterations:
                self._evaluate()
            if time.monotonic() - kept > _KEEP_EVERY:
                self._keep()
                kept = time.monotonic()

    def _evaluate(self) -> None:
        """Without validation the newest weights are the best."""
        if self.validation is None:
            self.best = _copy(self.network)
            return
        error = self._error_of(self.validation)
        if error < self.error:
            self.error, self.best = error, _copy(self.network)

    def _error_of(self, pairs: Pairs) -> float:
        """Mean distance (rad) of joints from where they should be."""
        with torch.no_grad():
            made = self.network(_tensor((pairs.inputs - self.mean) / self.scale)).numpy()
        away = np.abs(np.clip(made, -1, 1) - pairs.targets) * (pairs.high - pairs.low) / 2
        return float(away.mean())

    def _write(self) -> Path:
        self.network.load_state_dict(self.best)
        layers = [layer for layer in self.network if isinstance(layer, torch.nn.Linear)]
        numbers = [(each.weight.detach().numpy().T, each.bias.detach().numpy()) for each in layers]
        made = {
            **self._identity(),
            "iterations": self.iteration,
            "count": len(self.pairs.inputs),
            "error on validation (rad)": self.error if math.isfinite(self.error) else None,
            "versions": checkpoints.versions(),
        }
        viewpoint = self.pairs.viewpoint
        return learned.save(self.file, self.pairs, numbers, self.mean, self.scale, viewpoint, json.dumps(made))


def train(
    inputs: Array,
    targets: Array,
    folder: str | Path,
    joints: tuple[str, ...],
    low: Array,
    high: Array,
    settings: Settings | None = None,
    validation: Pairs | None = None,
    resume: bool = False,
    watch: Watch | None = None,
) -> Path:
    """Train a kappa on arrays; returns its file, for `hand_envs.poses.retargeting.Learned`.

    Args:
        inputs: (n, 63): `normalised(points)` flattened; (n, 66) with `view_direction(points)` behind it.
        targets: actions (n, j) in [-1, 1].
        folder: of the run.
        joints: `hand.wrist + hand.fingers`.
        low: control ranges (j,), rad.
        high: the same.
        settings: how to train.
        validation: pairs whose error decides which weights are kept.
        resume: go on with the run in the folder.
        watch: hears of the iteration and of the loss now and then.
    """
    return Training(Pairs(inputs, targets, joints, low, high), folder, settings, validation, resume, watch).run()


def _network(pairs: Pairs, settings: Settings) -> Any:
    widths = (pairs.inputs.shape[1], *settings.network, len(pairs.joints))
    layers: list[Any] = []
    with torch.random.fork_rng():
        torch.manual_seed(settings.seed)
        for before, after in itertools.pairwise(widths):
            layers += [torch.nn.Linear(before, after), torch.nn.Tanh()]
    return torch.nn.Sequential(*layers[:-1])


def _copy(network: Any) -> dict[str, Any]:
    return {name: value.detach().clone() for name, value in network.state_dict().items()}


def _tensor(array: Array) -> Any:
    return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32))
