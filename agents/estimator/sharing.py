"""Weights as what differs from others' that are there already: an estimator in a fifth of its size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents.common.imports import need

torch: Any = need("torch")
Weights = Mapping[str, Any]
_TALL, _WIDE, _BASE = ".tall", ".wide", "base"


def difference(weights: Weights, base: Weights, rank: int) -> dict[str, Any]:
    """What makes `weights` of `base`: of matrices that product of two, of this rank, which comes nearest."""
    kept = {_BASE: _fingerprint(base)}
    for name, value in weights.items():
        if value.ndim != 2 or min(value.shape) <= rank:
            kept[name] = value
            continue
        left, sizes, right = torch.linalg.svd(value - base[name], full_matrices=False)
        half = sizes[:rank].sqrt()
        kept[name + _TALL], kept[name + _WIDE] = left[:, :rank] * half, half[:, None] * right[:rank]
    return kept


def whole(kept: Weights, base: Weights) -> dict[str, Any]:
    """The weights again; a ValueError where `kept` is none, or of another base."""
    if not all(isinstance(value, torch.Tensor) for value in kept.values()):
        raise ValueError("it holds what is no weights")
    if _BASE not in kept or not torch.equal(kept[_BASE], _fingerprint(base)):
        raise ValueError("it is what differs from another estimator than the one that comes with the suite")
    return {name: kept[name] if name in kept else value + _product(kept, name, value) for name, value in base.items()}


def _product(kept: Weights, name: str, like: Any) -> Any:
    tall, wide = (kept.get(name + ending, torch.zeros(0)) for ending in (_TALL, _WIDE))
    if tall.ndim != 2 or wide.ndim != 2:
        raise ValueError(f"it lacks {name}")
    if (tall.shape[0], wide.shape[1]) != tuple(like.shape) or tall.shape[1] != wide.shape[0]:
        raise ValueError(f"what it adds to {name} is of another shape")
    return tall.float() @ wide.float()


def _fingerprint(weights: Weights) -> Any:
    """A number that other weights hardly have."""
    return torch.stack([value.double().abs().sum() for value in weights.values()]).sum()
