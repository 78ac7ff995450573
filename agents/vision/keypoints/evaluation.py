"""How good keypoints are, on episodes that nothing was learned from."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.common.imports import need
from agents.vision.keypoints.data import Frames, drawn_pairs
from agents.vision.keypoints.losses import PerceptualLoss
from agents.vision.keypoints.network import KeypointNetwork, resized

torch: Any = need("torch")
Array = np.ndarray
Tensor = Any
Prepare = Callable[[Array], Tensor]
_PAIRS, _BATCH = 64, 32
_FRAMES = 10  # of an episode, to explain the hand's joints with
_RIDGE = 1e-2


@dataclass(frozen=True)
class Judged:
    """What keypoints are worth. Errors are shares of those of the source picture, if it is taken for the target."""

    reconstruction: float
    """With the target's keypoints, averaged over the loss's terms."""
    unmoved: float
    """With the source's: what is reconstructed without knowing where anything is in the target."""
    joints: float
    """Share of the variance of the hand's joints that is linear in the keypoints."""
    moving: float
    """Standard deviation of a keypoint's place within an episode, in widths of the picture, averaged."""
    apart: float
    """From a keypoint to the nearest other one, in widths of the picture, averaged."""

    def summary(self) -> dict[str, float]:
        """Rounded, for files."""
        return {name: round(value, 4) for name, value in dataclasses.asdict(self).items()}


def judged(
    network: KeypointNetwork, loss: PerceptualLoss, prepare: Prepare, learn: Frames, judge: Frames, small: int
) -> Judged:
    """Judge by frames that were held out; joints are explained by what `learn` has of them.

    Args:
        network: to judge.
        loss: whose errors are counted.
        prepare: pictures for the network.
        learn: frames that it learned from.
        judge: frames that it did not.
        small: pixels a side of a reconstruction.
    """
    network.eval()
    with torch.inference_mode():
        errors = sum(_errors(network, loss, prepare, judge, small, seed) for seed in range(_PAIRS // _BATCH))
        known, asked = (_every(frames) for frames in (learn, judge))
        there, here = (_places(network, prepare, frames) for frames in (known, asked))
    reconstruction, unmoved, copied = errors.numpy()
    return Judged(
        reconstruction=float((reconstruction / copied).mean()),
        unmoved=float((unmoved / copied).mean()),
        joints=explained(_rows(there), _rows(known.proprio), _rows(here), _rows(asked.proprio)),
        moving=float(here.std(axis=1).mean()) / 2,
        apart=float(_nearest(here).mean()) / 2,
    )


def explained(known: Array, values: Array, asked: Array, truth: Array) -> float:
    """Share of the variance of `truth` that a ridge regression from (known, values) explains at `asked`."""
    mean, std = known.mean(axis=0), known.std(axis=0) + 1e-6
    inputs, offset = (known - mean) / std, values.mean(axis=0)
    weights = np.linalg.solve(
        inputs.T @ inputs + _RIDGE * len(inputs) * np.eye(inputs.shape[1]), inputs.T @ (values - offset)
    )
    left = truth - offset - (asked - mean) / std @ weights
    return float(1 - left.var(axis=0).sum() / truth.var(axis=0).sum())


def _errors(
    network: KeypointNetwork, loss: PerceptualLoss, prepare: Prepare, frames: Frames, small: int, seed: int
) -> Tensor:
    """Of the reconstruction, of one with the source's keypoints, and of the source itself; a row each."""
    source, target = map(prepare, drawn_pairs(frames, _BATCH, np.random.default_rng(seed)))
    before, after = resized(source, small), resized(target, small)
    images = network.decoded(before, network.places(target)), network.decoded(before, network.places(source)), before
    return torch.stack([loss.errors(image, after) for image in images])


def _every(frames: Frames) -> Frames:
    """Fewer frames of each episode."""
    kept = np.linspace(0, frames.images.shape[1] - 1, min(_FRAMES, frames.images.shape[1])).round().astype(int)
    return Frames(frames.images[:, kept], frames.proprio[:, kept])


def _places(network: KeypointNetwork, prepare: Prepare, frames: Frames) -> Array:
    """(episodes, frames, keypoints, 2)."""
    found: Array = np.stack([network.places(prepare(episode)).numpy() for episode in frames.images])
    return found.astype(np.float64)


def _rows(values: Array) -> Array:
    """A row a frame."""
    return values.reshape(values.shape[0] * values.shape[1], -1).astype(np.float64)


def _nearest(places: Array) -> Array:
    """Distance of each keypoint to the nearest other."""
    distance: Array = np.linalg.norm(places[..., :, None, :] - places[..., None, :, :], axis=-1)
    return np.sort(distance, axis=-1)[..., 1] if places.shape[-2] > 1 else np.zeros(1)
