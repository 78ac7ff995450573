"""Infos of many, as Gymnasium lays them out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

Array = np.ndarray


def laid_out(summary: Mapping[str, Any], shown: Array, mask: Array | None = None) -> dict[str, Any]:
    """Copies, blank but where `shown`, each followed by a mask: `shown` itself, or another."""
    everywhere = shown.all()
    mask = shown if mask is None else mask
    info: dict[str, Any] = {}
    for name, value in summary.items():
        if isinstance(value, dict):
            info[name] = laid_out(value, shown, mask)
        elif everywhere:
            info[name] = value.copy()
        else:
            info[name] = np.where(_beside(shown, value), value, np.zeros((), value.dtype))
        info[f"_{name}"] = mask.copy()
    return info


def renewed(summary: Mapping[str, Any], fresh: Array, beginning: Mapping[str, Any]) -> dict[str, Any]:
    """A summary in which the rows that are `fresh` are those of the beginning."""
    return {
        name: renewed(value, fresh, beginning[name])
        if isinstance(value, dict)
        else np.where(_beside(fresh, value), beginning[name], value)
        for name, value in summary.items()
    }


def _beside(mask: Array, value: Array) -> Array:
    """The mask, in a shape that goes with rows of any width."""
    return mask.reshape(-1, *(1,) * (value.ndim - 1))
