"""Pairs out of pose sequences: what was seen in a step, and the action that was demonstrated in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from agents.kappa.pairs import Pairs
from hand_envs.datasets.demonstrations import Demonstrations
from hand_envs.datasets.pose_sequences import KINDS, PoseSequences, read_pose_sequences
from hand_envs.errors import DatasetError
from hand_envs.files.shipped import shipped
from hand_envs.poses.retargeting import Kinematics
from hand_envs.registry import entry, task_of
from hand_envs.users.poses import posed_demonstrations


def pairs_of(
    env_id: str,
    split: str,
    sequences: str | Path | PoseSequences | None = None,
    demonstrations: Demonstrations | None = None,
    kinds: tuple[str, ...] = KINDS,
    fold: int | None = None,
    folds: int = 1,
) -> Pairs:
    """Pairs (x_t, a_t) of a split, with the viewpoint, of true and of estimated poses alike.

    Args:
        env_id: the environment; its hand's wrist and finger joints are what is learned.
        split: of the sequences.
        sequences: hands seen; by default those that come with the suite.
        demonstrations: what the sequences show, by default likewise.
        kinds: which poses.
        fold: leave out every demonstration of the split whose place has this remainder; None leaves out none.
        folds: what it is the remainder by.
    """
    if sequences is None:
        sequences = shipped(f"poses/{entry(env_id).name}.npz", f"pose sequences of {env_id}")
    if not isinstance(sequences, PoseSequences):
        sequences = read_pose_sequences(sequences)
    shown = posed_demonstrations(env_id) if demonstrations is None else demonstrations
    longest = max(map(len, shown))
    if sequences.env_id != env_id:
        raise DatasetError(f"The pose sequences are of {sequences.env_id}, and {env_id} is to be learned.")
    if len(shown) != len(sequences.frames) or sequences.frames.shape[2] < longest:
        raise DatasetError(
            f"There are {len(shown)} demonstrations of up to {longest} steps and pose sequences of "
            f"{len(sequences.frames)} of {sequences.frames.shape[2]} steps: they do not belong together."
        )
    task: Any = task_of(env_id)
    model = task.scene().compile()
    kinematics = Kinematics(task.hand, model)
    columns = [model.actuator(task.hand.actuator_prefix + joint).id for joint in kinematics.joints]
    points, targets = [], []
    numbers = sequences.of_split(split)
    for number in numbers[np.arange(len(numbers)) % folds != fold] if fold is not None else numbers:
        actions = np.clip(shown[number].actions[:, columns], -1.0, 1.0)
        for variant in sequences.frames[number]:
            for kind in kinds:
                points.append(sequences.points[kind][variant[: len(actions)]])
                targets.append(actions)
    return Pairs.of_points(
        np.concatenate(points), np.concatenate(targets), kinematics.joints, kinematics.low, kinematics.high, True
    )
