"""A policy by cloning alone, the same for whatever it sees."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.common.imports import need

torch: Any = need("torch")

Array = np.ndarray

NETWORK = (256, 256)
MINIBATCH = 128
RATE = 1e-3
_LARGEST = 10.0  # of what is seen, in standard deviations
_LEAST = 1e-4  # variance by which a number in rad or m is standardised, and of features the share of their mean one
_TINY = 1e-12


@dataclass(frozen=True)
class Cloned:
    """Actions for what is seen, a row each.

    Every number is standardised by the demonstrations, whoever's features it is of: those of a random network spread
    over other ranges than a trained one's, and none shall count for less by that.
    """

    network: Any
    mean: Array
    std: Array

    def __call__(self, seen: Array) -> Array:
        with torch.no_grad():
            actions: Array = self.network(self.standardised(seen)).numpy()
        return np.clip(actions, -1.0, 1.0)

    def standardised(self, seen: Array) -> Any:
        """What the network takes."""
        flat = (np.asarray(seen, np.float64) - self.mean) / self.std
        return torch.as_tensor(np.clip(flat, -_LARGEST, _LARGEST).astype(np.float32))


def clone(features: Array, numbers: Array, actions: Array, epochs: int, seed: int) -> Cloned:
    """Learn to act as was meant where this was seen: the least squared error, by Adam.

    Args:
        features: (n, w), of pictures.
        numbers: (n, k), in rad and m.
        actions: (n, j), that were meant.
        epochs: passes over them.
        seed: of the network and of the order.
    """
    torch.manual_seed(seed)
    seen = np.concatenate([features, numbers], axis=1)
    variance = np.concatenate([_of_features(features), np.maximum(numbers.var(0, np.float64), _LEAST)])
    widths = (seen.shape[1], *NETWORK, actions.shape[1])
    layers = [torch.nn.Linear(into, out) for into, out in itertools.pairwise(widths)]
    network = torch.nn.Sequential(layers[0], *(part for layer in layers[1:] for part in (torch.nn.Tanh(), layer)))
    policy = Cloned(network, seen.mean(0, np.float64), np.sqrt(variance))
    inputs, targets = policy.standardised(seen), torch.as_tensor(np.clip(actions, -1.0, 1.0).astype(np.float32))
    optimizer = torch.optim.Adam(network.parameters(), RATE)
    for _ in range(epochs):
        for batch in torch.randperm(len(inputs)).split(MINIBATCH):
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(network(inputs[batch]), targets[batch]).backward()
            optimizer.step()
    return policy


def _of_features(features: Array) -> Array:
    """Variances by which they are standardised: the least is relative, since every encoder has a scale of its own."""
    variance = features.var(0, np.float64)
    return np.maximum(variance, max(_LEAST * float(variance.mean()), _TINY)) if len(variance) else variance
