"""What is learned of a picture: one linear layer on the features, its loss, and its error in units that people know."""

from __future__ import annotations

from typing import Any

from agents.common.imports import need
from agents.vision.pretraining.data import HELD
from agents.vision.pretraining.varying import Examples

torch: Any = need("torch")
functional: Any = need("torch.nn.functional")
Tensor = Any

_WRIST, _KNUCKLE = 0, 9


class Joints:
    """The 21 joints from the wrist, in lengths of the hand: wrist to middle knuckle."""

    width = 63
    unit = "mm"

    @staticmethod
    def loss(found: Tensor, truth: Examples) -> Tensor:
        return (found.view(-1, 21, 3) - _from_wrist(truth) / _lengths(truth)).norm(dim=-1).mean()

    @staticmethod
    def error(found: Tensor, truth: Examples, size: int) -> Tensor:
        """Mean distance (mm) of each picture's joints, where the length of the hand is known."""
        off = found.view(-1, 21, 3) * _lengths(truth) - _from_wrist(truth)
        return 1e3 * off.norm(dim=-1).mean(dim=1)


class Places:
    """Where the 21 joints are seen, from -1 to 1."""

    width = 42
    unit = "px"

    @staticmethod
    def loss(found: Tensor, truth: Examples) -> Tensor:
        return (found.view(-1, 21, 2) - truth.seen).norm(dim=-1).mean()

    @staticmethod
    def error(found: Tensor, truth: Examples, size: int) -> Tensor:
        """Mean distance (px) of each picture's joints."""
        return (found.view(-1, 21, 2) - truth.seen).norm(dim=-1).mean(dim=1) * (size / 2)


class Things:
    """What is held."""

    width = len(HELD)
    unit = "share wrong"

    @staticmethod
    def loss(found: Tensor, truth: Examples) -> Tensor:
        return functional.cross_entropy(found, truth.held)

    @staticmethod
    def error(found: Tensor, truth: Examples, size: int) -> Tensor:
        """1 for each picture whose class is another."""
        return (found.argmax(dim=1) != truth.held).float()


Head = type[Joints] | type[Places] | type[Things]
HEADS: dict[str, Head] = {"3d": Joints, "2d": Places, "objects": Things}
"""By `PretrainingConfig.labels`."""


def _from_wrist(truth: Examples) -> Tensor:
    return truth.points - truth.points[:, :1]


def _lengths(truth: Examples) -> Tensor:
    return (truth.points[:, _KNUCKLE] - truth.points[:, _WRIST]).norm(dim=-1)[:, None, None]
