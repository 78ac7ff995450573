"""The folder of a run: what a training writes down, so that neither a kill nor a full disk loses what was noted."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np

from agents.common import checkpoints
from hand_envs.errors import DatasetError, HandEnvsError, OptionError
from hand_envs.files import atomic
from hand_envs.files.lock import alone_in

Note = dict[str, Any]
"""An evaluation: steps, seconds, and a summary for each split."""
Arrays = Mapping[str, np.ndarray]


class Config(Protocol):
    """Which training a run is of: its field `steps` may change when it goes on."""

    def as_data(self) -> dict[str, Any]:
        """Plain data for a file."""
        ...

    @classmethod
    def from_data(cls, data: Any) -> Self:
        """The config in a file."""
        ...


class RunFolder:
    """`config.json`, `progress.jsonl`, TensorBoard events, `prepared/`, `checkpoints/`, `best/`, in the end `agent/`.

    The newest checkpoint is what a run goes on from, and the evaluations up to there are in it; `progress.jsonl` is
    written from these. `best` holds how well it did, so it is replaced by nothing that is worse.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.agent, self.best = self.path / "agent", self.path / "best"
        self._checkpoints, self._prepared = self.path / "checkpoints", self.path / "prepared"
        self._progress = self.path / "progress.jsonl"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes out; what a kill left half done is put right first."""
        busy = f"Another process is training in {self.path}: wait for it, or choose another folder (--folder)."
        with alone_in(self.path, busy):
            self._recover()
            yield

    def _recover(self) -> None:
        for folder in (self.path, self._checkpoints, self._prepared):
            for aside in list(folder.glob(".*.old")):
                atomic.recover_folder(aside.with_name(aside.name[1 : -len(".old")]))
            for unfinished in list(folder.glob(".*.making")):
                shutil.rmtree(unfinished, ignore_errors=True)

    # --- which training it is ---------------------------------------------------------------------------------------

    def latest(self) -> Path | None:
        """The newest checkpoint."""
        found = sorted(path for path in self._checkpoints.glob("*") if path.name.isdigit())
        return found[-1] if found else None

    def check(self, config: Config, resume: bool) -> None:
        """Refuse a folder with another training in it, or with one that is not to go on."""
        kept = self.latest() or (self.agent if self.agent.exists() else None)
        if kept is None and not any(self._prepared.glob("*")):
            return
        if not resume:
            raise OptionError(f"There is a training in {self.path} already: --resume goes on with it.")
        folder = kept or self.path
        stored = checkpoints.read(folder, "config.json")
        try:
            before = type(config).from_data(stored)
        except OptionError as error:
            raise OptionError(f"{folder / 'config.json'}: {error}") from error
        changes = _changes(before, config)
        if changes:
            raise OptionError(f"The training in {self.path} is another one ({changes}); choose another folder.")

    def write_config(self, config: Config) -> None:
        """For people and programs that read it."""
        atomic.write_text(self.path / "config.json", json.dumps(config.as_data(), indent=2) + "\n")

    # --- what it has made -------------------------------------------------------------------------------------------

    def prepared(self, name: str, make: Callable[[], Arrays]) -> Arrays:
        """What takes minutes to make before a run can begin is made once, and then is here."""
        folder = self._prepared / name
        if not folder.exists():
            checkpoints.write(folder, {"arrays.npz": make()})
        arrays: Arrays = checkpoints.read(folder, "arrays.npz")
        return arrays

    def forget_prepared(self) -> None:
        """A run that has ended needs it no more; one that is given more steps makes it again."""
        shutil.rmtree(self._prepared, ignore_errors=True)

    def keep(self, steps: int, parts: Mapping[str, Any], notes: list[Note]) -> None:
        """Write a checkpoint with the evaluations up to it; older ones go."""
        folder = checkpoints.write(self._checkpoints / f"{steps:012d}", {**parts, "notes.json": notes})
        self.write_progress(notes)
        for other in folder.parent.iterdir():
            if other != folder:
                shutil.rmtree(other, ignore_errors=True)

    def write_progress(self, notes: list[Note]) -> None:
        """A line for each evaluation, for people and programs that read it."""
        atomic.write_text(self._progress, "".join(json.dumps(note) + "\n" for note in notes))

    def notes(self, steps: int) -> list[Note]:
        """The evaluations of the run that goes on after so many steps: what came after will happen again."""
        latest = self.latest()
        if latest is not None and (latest / "notes.json").exists():
            found = checkpoints.read(latest, "notes.json")
            if not isinstance(found, list) or not all(map(_is_note, found)):
                raise DatasetError(f"{latest / 'notes.json'} is damaged: it holds no evaluations.")
        else:  # of a run from before checkpoints had them
            found = list(filter(_is_note, map(_parsed, _lines(self._progress))))
        return [note for note in found if note["steps"] <= steps]

    def keep_best(self, success: float, steps: int, parts: Mapping[str, Any], notes: list[Note]) -> None:
        """Keep an agent unless the one that is kept did better."""
        if success >= self._best_success(notes):
            checkpoints.write(self.best, {**parts, "outcome.json": {"steps": steps, "success": success}})

    def _best_success(self, notes: list[Note]) -> float:
        if not self.best.exists():
            return -1.0
        try:
            return float(checkpoints.read(self.best, "outcome.json")["success"])
        except (HandEnvsError, TypeError, KeyError, ValueError):  # of a run from before it was there, or damaged
            return max((float(note["test"]["success"]) for note in notes), default=-1.0)


def _changes(before: Config, now: Config) -> str:
    """What differs but for the steps, in words."""
    old, new = (json.loads(json.dumps(each.as_data())) for each in (before, now))
    changed = [name for name in new if name != "steps" and old[name] != new[name]]
    return ", ".join(f"{name} {old[name]!r} -> {new[name]!r}" for name in changed)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(errors="replace").splitlines() if path.exists() else []
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror or error}.") from error


def _parsed(line: str) -> Any:
    """A line, or None for one that was torn by a crash."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _is_note(line: Any) -> bool:
    """Whether it is an evaluation."""
    if not isinstance(line, dict) or type(line.get("steps")) is not int or not isinstance(line.get("test"), dict):
        return False
    return isinstance(line["test"].get("success"), int | float)
