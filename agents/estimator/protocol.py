"""What an estimator is, whoever made it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from hand_envs.core.task import import_class
from hand_envs.errors import OptionError
from hand_envs.files.shipped import shipped

Array = np.ndarray

SHIPPED = {"shipped": "agents/estimator", "shipped-fphab": "agents/estimator-fphab"}
"""Estimators that come with the suite."""


@runtime_checkable
class Estimator(Protocol):
    """Points of hands from crops of depth images.

    One of somebody else's needs no more than this, in a module that can be imported; `load("mine:make")` finds it:

    >>> class Mean:
    ...     side = 0.25
    ...
    ...     def __call__(self, depth, centres):
    ...         points = np.repeat(centres[:, None], 21, axis=1)
    ...         return points, np.zeros((len(depth), 0))
    >>> make = Mean
    >>> isinstance(make(), Estimator)
    True
    """

    side: float
    """Of the cube (m) that crops show."""

    def __call__(self, depth: Array, centres: Array) -> tuple[Array, Array]:
        """Points (n, 21, 3) in the camera's frame (m), and features (n, F), of hands.

        Args:
            depth: crops (n, H, W): from -1, half a cube before its centre, to 1, where nothing is.
            centres: of the cubes, (n, 3), in the camera's frame (m).
        """
        ...


def load(source: str | Path | Estimator | None = None, **options: Any) -> Estimator:
    """An estimator: itself, from the folder of a training, or from the factory at "package.module:factory".

    Args:
        source: which; None or `shipped` for the one that comes with the suite, `shipped-fphab` for the one that knows
            hands with things in them, seen by who wears the camera.
        options: of the factory.
    """
    if source is None or (isinstance(source, str) and source in SHIPPED):
        source = shipped(SHIPPED[source or "shipped"], "estimator")
    if isinstance(source, str | Path):
        if Path(source).exists() or ":" not in str(source):
            from agents.estimator.deep import DeepEstimator  # torch is imported when it is needed

            made: Any = DeepEstimator.load(source, **options)
        else:
            made = import_class(str(source), "estimator")(**options)
    else:
        made = source
    if not isinstance(made, Estimator):
        raise OptionError(f"An estimator has a `side` and is called with crops and centres; {made!r:.80} is none.")
    return made
