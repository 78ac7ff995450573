"""What a prediction costs: 1 of the contact's error, 0.1 of the wrist's, 0.1 of the hand's (DEFT)."""

from __future__ import annotations

import itertools
from typing import Any

from agents.common.imports import need

torch: Any = need("torch")
Tensor = Any


def contact_error(points: Tensor, centres: Tensor) -> Tensor:
    """Distance (n,) of points (n, k, 2) from centres (n, k, 2), in the order in which it is least."""
    orders = torch.tensor(list(itertools.permutations(range(points.shape[1]))))
    away = ((points[:, :, None] - centres[:, None]) ** 2).sum(dim=-1)  # [n, point, centre]
    costs = away[:, torch.arange(points.shape[1]), orders].sum(dim=-1)  # [n, order]
    return (costs.min(dim=1).values + 1e-12).sqrt()


def wrist_error(hands: Tensor, truth: Tensor) -> Tensor:
    """Length (n,) of what the wrists' rotation vectors differ by."""
    return (hands[:, :3] - truth[:, :3] + 1e-9).norm(dim=1)


def pose_error(hands: Tensor, truth: Tensor) -> Tensor:
    """Length (n,) of what the joints' rotation vectors differ by."""
    return (hands[:, 3:] - truth[:, 3:] + 1e-9).norm(dim=1)
