"""The One Euro filter: still when the hand is still, quick when it is quick (Casiez, Roussel and Vogel, 2012)."""

from __future__ import annotations

import numpy as np

from hand_envs.errors import OptionError

Array = np.ndarray
Memory = dict[str, Array]

LARGEST = 1e12
"""A value farther from zero is taken for missing, as one that is not finite is."""


class OneEuro:
    """A low pass whose cut-off rises with speed: f = cutoff + beta |v|, v low-passed at `derivative_cutoff`.

    One filter serves any number of streams: what it remembers of each lies in a `memory`, a row a stream. Values that
    are missing (NaN, infinite) leave their last output standing, and nothing else. Time is measured: `dt` may differ
    from call to call and from stream to stream, and when no time has passed nothing changes.

    To tune it: with `beta` 0, lower `cutoff` until a still hand is still; raise `beta` until a fast one lags little.

    Args:
        cutoff: Hz, of what stands still.
        beta: Hz for each unit of speed; of metres, 10 is 10 Hz at 1 m/s.
        derivative_cutoff: Hz.
        together: values along the last axis are a point's coordinates and share their speed. `False` for angles.
    """

    def __init__(
        self, cutoff: float = 1.5, beta: float = 10.0, derivative_cutoff: float = 1.0, together: bool = True
    ) -> None:
        given = {"cutoff": cutoff, "beta": beta, "derivative_cutoff": derivative_cutoff}
        for name, value in given.items():
            if not (np.isfinite(value) and (value > 0 or (name == "beta" and value == 0))):
                raise OptionError(f"{name} must be a positive number (beta may be 0); got {value!r}.")
        self.cutoff, self.beta, self.derivative_cutoff, self.together = cutoff, beta, derivative_cutoff, together

    def memory(self, n: int, shape: tuple[int, ...] = (21, 3)) -> Memory:
        """What is remembered of `n` streams of values of this shape before their first."""
        return {
            "value": np.zeros((n, *shape)),
            "speed": np.zeros((n, *shape)),
            "started": np.zeros((n, *shape), dtype=bool),
            "waited": np.zeros((n, *shape)),
        }

    def __call__(self, values: Array, dt: float | Array, memory: Memory) -> Array:
        """Filtered `values` (n, ...), and `memory` brought up to date.

        What is missing from the very start is 0.

        Args:
            values: one a stream.
            dt: seconds since the last call, one or (n,). None, a negative or a missing one is no time.
            memory: of `memory(n)`.
        """
        there, values = _there(values, memory["value"].shape)
        elapsed = memory["waited"] + _elapsed(dt, values.shape)
        moving = there & memory["started"] & (elapsed > 0)
        time = np.where(moving, elapsed, 1.0)
        change = np.where(moving, values - memory["value"], 0.0)
        speed = memory["speed"] + _share(self.derivative_cutoff, time) * (change / time - memory["speed"])
        size = np.linalg.norm(speed, axis=-1, keepdims=True) if self.together else np.abs(speed)
        filtered = memory["value"] + _share(self.cutoff + self.beta * size, time) * change
        memory["value"][:] = np.where(memory["started"], filtered, values)
        memory["speed"][:] = np.where(moving, speed, memory["speed"])
        memory["waited"][:] = np.where(there, 0.0, elapsed)
        memory["started"] |= there
        return memory["value"].copy()

    def sequence(self, values: Array, dt: float | Array) -> Array:
        """A whole stream (t, ...), filtered; `dt` is the time between two values, or (t,) since the one before."""
        memory = self.memory(1, np.shape(values)[1:])
        times = np.broadcast_to(dt, len(values))
        return np.concatenate([self(value[None], time, memory) for value, time in zip(values, times, strict=True)])


def _there(values: Array, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Which values are there, and the values with zeros for those that are not."""
    given = np.asarray(values, dtype=np.float64)
    if given.shape != shape:
        raise OptionError(f"The filter's memory is of values {shape}; got {given.shape}.")
    there = np.abs(given) <= LARGEST
    return there, np.where(there, given, 0.0)


def _elapsed(dt: float | Array, shape: tuple[int, ...]) -> Array:
    time = np.broadcast_to(np.asarray(dt, dtype=np.float64), shape[:1])
    time = np.where(np.isfinite(time), np.clip(time, 0.0, 1e6), 0.0)
    return np.broadcast_to(time.reshape(-1, *[1] * (len(shape) - 1)), shape)


def _share(cutoff: float | Array, time: Array) -> Array:
    """By how much an output goes to its input in this time: 1 / (1 + 1 / (2 pi f dt))."""
    turn = 2 * np.pi * cutoff * time
    return turn / (1 + turn)
