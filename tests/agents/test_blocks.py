"""Blocks that a process of their own makes."""

import functools
import itertools

import numpy as np
import pytest

from agents.common.blocks import PEOPLE, blocks
from hand_envs.errors import DatasetError, OptionError


def squares(base: int):
    if base < 0:
        raise OptionError("a base below 0")

    def make(number: int) -> np.ndarray:
        if base * number > 6:
            raise ValueError("too large")
        return np.full(3, base * number)

    return make


def test_blocks_of_another_process_are_those_of_this_one():
    found = []
    for process in (False, True):
        with blocks(functools.partial(squares, 2), 1, process) as coming:
            found.append([block.tolist() for block in itertools.islice(coming, 3)])
    assert found[0] == found[1] == [[2] * 3, [4] * 3, [6] * 3]


def test_what_goes_wrong_where_blocks_are_made_is_said_here():
    with blocks(functools.partial(squares, -1), 0) as coming, pytest.raises(OptionError, match="a base below 0"):
        next(coming)
    with blocks(functools.partial(squares, 7), 1) as coming, pytest.raises(DatasetError, match="ValueError: too large"):
        next(coming)


def test_nobody_is_in_two_splits():
    whose = [person for people in PEOPLE.values() for person in people]
    assert len(whose) == len(set(whose))
