"""Values that are none, or none that can be simulated; and what a face is made of, to see whether they changed it."""

from __future__ import annotations

import decimal
import fractions
from typing import Any

import numpy as np

from hand_envs import HandEnv
from hand_envs.errors import HandEnvsError

OBJECTS: tuple[Any, ...] = (
    None, True, 0, -1, 1, 2, 2.7, 1e300, -1e300, 1e11, np.nan, np.inf, -np.inf, 10**400, 2**63, -(2**63), 2**64,
    "0.5", "", "nan", b"0.5", 1j, [], [[]], {}, {1: 2}, {0.5}, (1, (2, 3)), [[1], [2, 3]], object(), int, range(3),
    decimal.Decimal("0.5"), fractions.Fraction(1, 2), np.datetime64("2026-01-01"), np.timedelta64(3, "s"), slice(3),
    np.array("0.5"), np.array(b"0.5"), np.array(None), np.zeros(0), np.zeros((0, 3)), np.zeros((2, 2), np.int8),
)  # fmt: skip
DTYPES = (
    "f8", "f8", "f8", "f4", "f2", "g", "i1", "i8", "u8", "?", "c8", "c16", "O", "U8", "S8", "M8[s]", "m8[s]", ">f8",
)  # fmt: skip


class Unconvertible:
    """Raises what nobody expects when it is made an array of."""

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        raise RuntimeError("no array of this")


def numbers(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers of every size there is, some of them none."""
    kind = rng.integers(6)
    values = np.asarray(rng.uniform(-1, 1, shape))
    if kind == 0:
        return values
    if kind < 3:
        values = np.asarray(values * 10.0 ** rng.integers(-320, 308))
    if values.size and kind != 1:
        worst = (np.nan, np.inf, -np.inf, 1e300, -1e300, 1e11, 1e9, -1e6, 1e-310, 3.0)
        for _ in range(rng.integers(1, 3)):
            values.flat[rng.integers(values.size)] = worst[rng.integers(len(worst))]
    return values


def reshaped(rng: np.random.Generator, values: np.ndarray) -> Any:
    """The same in another shape, or in a container."""
    kind = rng.integers(8)
    if kind == 0 and values.size:
        return values.ravel()[: rng.integers(values.size)]
    if kind == 1:
        return values[None]
    if kind == 2:
        return values.tolist()
    if kind == 3 and values.size:
        return np.ma.array(values, mask=rng.random(values.shape) < 0.5)
    if kind == 4 and values.ndim:
        return [*values.tolist(), [1.0]]
    if kind == 5:
        return np.asfortranarray(values)
    return values


def hostile(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Something to give where an array of numbers of this shape is asked for."""
    kind = rng.integers(10)
    if kind == 0:
        return OBJECTS[rng.integers(len(OBJECTS))]
    if kind == 1:
        return np.array([(0.5, 1)] * int(np.prod(shape)), dtype=[("a", float), ("b", int)]).reshape(shape)
    if kind == 2:
        return Unconvertible() if rng.random() < 0.5 else [Unconvertible()] * 3
    values = numbers(rng, shape)
    if kind < 6:
        with np.errstate(all="ignore"):
            values = np.asarray(np.nan_to_num(values)).astype(DTYPES[rng.integers(len(DTYPES))], casting="unsafe")
    return reshaped(rng, values)


def everything(env: Any) -> dict[str, Any]:
    """All that a refusal must leave as it was."""
    single = isinstance(env, HandEnv)
    generators = [env._np_random] if single else list(env._generators)
    seeds = [env._np_random_seed] if single else list(env._seeds)
    states = env.episode.snapshot(range(env.episode.sim.nsim))
    return {
        "states": [{name: (value.dtype, value.shape, value.tobytes()) for name, value in s.items()} for s in states],
        "generators": [(id(each), str(each.bit_generator.state)) for each in generators if each is not None],
        "seeds": seeds,
        "flags": (np.copy(env._started).tolist(), None if single else env._done.tolist()),
        "clock": (env.episode._clock, env.episode._began.tolist(), env.episode.success_once.tolist()),
    }


def refused(env: Any, do: Any) -> bool:
    """Whether it was refused; and that this was in our words, and changed nothing."""
    before, said = everything(env), None
    try:
        do()
    except HandEnvsError as error:
        said = str(error)
    if said is not None:
        assert everything(env) == before, f"changed by what was refused: {said}"
    return said is not None
