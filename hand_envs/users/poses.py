"""Users who are seen by a camera: their hand poses go through a retargeting kappa."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import mujoco
import numpy as np

from hand_envs.core.simulation import Simulation
from hand_envs.core.task import Parts, Task
from hand_envs.datasets.demonstrations import Demonstrations
from hand_envs.datasets.pose_sequences import SPLITS, PoseSequences, read_pose_sequences
from hand_envs.datasets.shipped import HELD_OUT, PRACTICE, demonstrations_of, has_planned, planned
from hand_envs.errors import DatasetError, OptionError, TaskError, choices
from hand_envs.files.shipped import shipped, shipped_or_none
from hand_envs.poses.retargeting import Kappa, Learned, actions, angles
from hand_envs.poses.retargeting import kappa as kappa_of
from hand_envs.registry import entry
from hand_envs.users.camera import CameraScript, Delays
from hand_envs.users.demonstrations import DemonstrationUser

Array = np.ndarray


class PoseUser(DemonstrationUser):
    """Does what was demonstrated, but is only seen: fingers are what a retargeting makes of the 21 points of its hand.

    For each demonstration there are several sequences of images of a hand that could have done it (algorithm 2 of
    Garcia-Hernando et al.); kappa(x_t) of a step is what `kappa` makes of that step's points. What 21 points do not
    determine is taken from the demonstration, with Gaussian noise: the arm, and the two wrist joints unless kappa was
    taught them (`learned` was).

    Args:
        demonstrations: what to do.
        sequences: the hands seen, a `PoseSequences` of these demonstrations.
        kappa: `learned`, `closed`, `optimised`, or a `Kappa` of your own.
        kappa_file: the file of a learned one; by default that which comes with the suite for the task. Of several, each
            is for every so-manieth demonstration: kappas that have not learned from what they are used on
            (cross-fitting), so that who trains on the split meets the errors that others will meet.
        noise: standard deviation of the noise on what the demonstration gives, in normalised action units. (The paper:
            0.05 rad.)
        split: `train`, `validation`, `test` or `all`.
        rate: images a second of the camera; None for one each step.
        late: how long after it was taken an image arrives (s): a number, or the least and the most.
        dropouts: share of the images that get lost.
        features: whether what the estimator says of the image besides, phi_t, is observed too.
        drift: as in `DemonstrationUser`: a slow bias of what is seen.
        tempo, shift, retreat: as in `DemonstrationUser`, for training.
    """

    kind: ClassVar[str] = "est"
    """Which of the poses are seen: as an estimator sees them in depth images, `user="est"`."""

    splits: ClassVar[tuple[str, ...]] = SPLITS

    def __init__(
        self,
        demonstrations: Demonstrations,
        sequences: PoseSequences,
        kappa: str | Kappa = "learned",
        kappa_file: str | Path | Sequence[str | Path] | None = None,
        noise: float = 0.05,
        split: str = "all",
        rate: float | None = None,
        late: float | tuple[float, float] = 0.0,
        dropouts: float = 0.0,
        features: bool = False,
        drift: float = 0.0,
        tempo: float = 0.0,
        shift: float | tuple[float, ...] = 0.0,
        retreat: float = 0.0,
    ) -> None:
        numbers = self._chosen(demonstrations, sequences, split)
        chosen = dataclasses.replace(demonstrations, episodes=tuple(demonstrations[number] for number in numbers))
        super().__init__(chosen, noise, "all", drift, tempo, shift, retreat)
        self.split, self.delays = split, Delays(rate, late, dropouts)
        if kappa_file is not None and kappa != "learned":
            raise OptionError(f"kappa_file belongs to kappa='learned', and kappa is {kappa!r:.40}.")
        self.kappa, self.kappa_files = kappa, _several(kappa_file)
        if not 1 <= len(self.kappa_files) <= len(self.demonstrations):
            raise OptionError(
                f"kappa_file is one file, or at most as many as the {len(self.demonstrations)} demonstrations; got "
                f"{len(self.kappa_files)}."
            )
        frames = sequences.frames[numbers, :, : self.lengths.max()]
        self.hands = sequences.points[self.kind][frames]
        self.features = self._seen_besides(sequences, frames) if features else None

    def _chosen(self, demonstrations: Demonstrations, sequences: PoseSequences, split: str) -> Array:
        """Numbers of the demonstrations of the split."""
        if split not in (*SPLITS, "all"):
            raise OptionError(f"Unknown split: {choices(split, (*SPLITS, 'all'))}")
        if self.kind not in sequences.points:
            raise DatasetError(f"These sequences have no {self.kind!r} poses, only {', '.join(sequences.points)}.")
        longest = max(len(each) for each in demonstrations)
        if len(sequences.frames) != len(demonstrations) or sequences.frames.shape[2] < longest:
            raise DatasetError(
                f"There are {len(demonstrations)} demonstrations of up to {longest} steps, and pose sequences of "
                f"{len(sequences.frames)} of {sequences.frames.shape[2]} steps: they do not belong together."
            )
        numbers = sequences.of_split(split)
        if not len(numbers):
            raise DatasetError(f"The split {split!r} of these pose sequences is empty.")
        return numbers

    @staticmethod
    def _seen_besides(sequences: PoseSequences, frames: Array) -> Array:
        if sequences.features is None:
            raise OptionError(
                "features=True, but these sequences were kept without what the estimator says of each image: make some "
                "with it, python -m agents.estimator.sequences --env ID --features --out FILE, and give sequences=FILE."
            )
        return sequences.features[frames]

    @classmethod
    def for_task(
        cls,
        env_id: str | None,
        demonstrations: str | Path | Demonstrations | None = None,
        noise: float = 0.05,
        split: str = "train",
        sequences: str | Path | PoseSequences | None = None,
        **options: Any,
    ) -> Self:
        """Who is seen doing what an environment's demonstrations show: by default those that come with the suite."""
        if sequences is None:
            if env_id is None or demonstrations is not None:
                raise OptionError("Pose sequences belong to demonstrations: give both (demonstrations=, sequences=).")
            sequences = shipped(f"poses/{entry(env_id).name}.npz", f"pose sequences of {env_id}")
        if env_id is not None and options.get("kappa", "learned") == "learned" and "kappa_file" not in options:
            options["kappa_file"] = _taught(env_id, split)
        if not isinstance(sequences, PoseSequences):
            sequences = read_pose_sequences(sequences)
        if env_id is not None and sequences.env_id != env_id:
            raise DatasetError(f"The pose sequences are of {sequences.env_id}, the user is to act in {env_id}.")
        found = posed_demonstrations(env_id) if demonstrations is None else demonstrations_of(env_id, demonstrations)
        return cls(found, sequences, noise=noise, split=split, **options)

    def script(self, sim: Simulation, task: Task) -> CameraScript:
        kappas = [self._retargeting(task, sim.model, file) for file in self.kappa_files]
        hand, taken = _hand(task), kappas[0]
        columns = [sim.model.actuator(hand.actuator_prefix + joint).id for joint in taken.joints]
        seen = np.repeat(self.actions[:, None], self.hands.shape[1], axis=1)
        for place, each in enumerate(kappas):
            mine = slice(place, None, len(kappas))
            seen[mine][..., columns] = _retargeted(each, self.hands[mine], seen[mine][..., columns])
        script = CameraScript(self, sim, task, seen)
        script.unsteady[columns if isinstance(taken, Learned) else columns[len(hand.wrist) :]] = 0.0
        return script

    def _retargeting(self, task: Task, model: mujoco.MjModel, file: str | Path | None) -> Kappa:
        options = {"file": file} if self.kappa == "learned" and file is not None else {}
        return kappa_of(self.kappa, _hand(task), model, **options)

    def intend(self, sim: Simulation, step: Array) -> Array:
        script: CameraScript = sim.attached[self]
        heard, variant = script.heard_at(step), script.variant
        intended = self.along(script, heard, lambda moment: script.seen[script.sequence, variant, moment])
        return intended + script.error_at(step)

    def observe(self, sim: Simulation, step: Array) -> Parts:
        if self.features is None:
            return {}
        script: CameraScript = sim.attached[self]
        moment = np.minimum(script.heard_at(step), self.lengths[script.sequence] - 1).astype(np.int64)
        return {"features": self.features[script.sequence, script.variant, moment].astype(np.float64)}

    def info(self, sim: Simulation) -> dict[str, Array]:
        script: CameraScript = sim.attached[self]
        return {**super().info(sim), "variant": script.variant}


class TruePoseUser(PoseUser):
    """A user whose hand poses are known exactly: `user="gt"`."""

    kind = "gt"


def posed_demonstrations(env_id: str | None) -> Demonstrations:
    """What the suite's pose sequences show: its demonstrations, those held out for counting, and some for practice."""
    shown = demonstrations_of(env_id)
    more = [demonstrations_of(env_id, planned(str(env_id), HELD_OUT))]
    if env_id is not None and has_planned(env_id, PRACTICE):
        more.append(demonstrations_of(env_id, planned(env_id, PRACTICE)))
    return dataclasses.replace(shown, episodes=(*shown, *(episode for each in more for episode in each)))


def _retargeted(kappa: Kappa, points: Array, shown: Array) -> Array:
    """Normalised actions of the joints that a kappa decides, (demonstrations, variants, steps, joints).

    The wrist is as it was shown, unless the kappa has learned to tell it.
    """
    out = np.empty((shown.shape[0] * shown.shape[1], *shown.shape[2:]))
    hands, memory = points.reshape(*out.shape[:2], 21, 3), kappa.memory(len(out))
    wrists = angles(shown, kappa.low, kappa.high)[..., : len(kappa.hand.wrist)].reshape(*out.shape[:2], -1)
    for step in range(out.shape[1]):
        wrist = None if isinstance(kappa, Learned) else wrists[:, step]
        out[:, step] = actions(kappa(hands[:, step], memory, wrist), kappa.low, kappa.high)
    return out.reshape(shown.shape)


def learned_kappa(env_id: str) -> Path:
    """The network that comes with the suite for a task's hand poses."""
    return shipped(f"kappa/{entry(env_id).name}.npz", f"learned retargeting for {env_id}")


def _taught(env_id: str, split: str) -> Path | list[Path]:
    """The suite's kappas for a task: for training, where there are such, those that are cross-fitted."""
    crossed = shipped_or_none(f"kappa/{entry(env_id).name}-crossed")
    if split == "train" and crossed is not None:
        return sorted(crossed.glob("*.npz"))
    return learned_kappa(env_id)


def _several(files: str | Path | Sequence[str | Path] | None) -> tuple[str | Path | None, ...]:
    return (files,) if files is None or isinstance(files, str | Path) else tuple(files)


def _hand(task: Task) -> Any:
    if task.hand is None:
        raise TaskError(f"{type(task.unwrapped).__name__} does not declare its hand, so no pose can move it.")
    return task.hand
