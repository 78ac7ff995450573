"""When each task is done: the rules by which DEFT's trials were judged, as pure functions of numbers a simulation.

Lengths in m, angles in rad.
"""

from __future__ import annotations

import numpy as np

from hand_envs.task import Array

OPENED = 0.01
"""How much more open a drawer is to be than at the start (m)."""
AROUND = np.pi
"""How far around the pot a spoon's base is to go (rad)."""


def cup_picked(left: Array, dropped: Array, held: Array) -> Array:
    """The cup has left the table and stays grasped for the whole trial.

    Args:
        left: whether it has left the table, ever.
        dropped: whether it was let go of since, or stood on the table again, ever.
        held: whether the hand holds it now, and nothing else carries it.
    """
    return left & held & ~dropped


def cup_poured(left: Array, dropped: Array, held: Array, rim: Array, base: Array) -> Array:
    """The cup is grasped throughout, and rotated so that its rim is lower than its base.

    Args:
        left: as in `cup_picked`.
        dropped: as in `cup_picked`.
        held: as in `cup_picked`.
        rim: height of the rim's middle.
        base: height of the base's middle.
    """
    return cup_picked(left, dropped, held) & (rim < base)


def drawer_opened(opening: Array, start: Array) -> Array:
    """The drawer, slightly open at the start, is at least 1 cm more open."""
    return opening - start >= OPENED


def spoon_picked(touching: Array) -> Array:
    """The spoon is not touching the table."""
    return ~touching


def stirred(turned: Array) -> Array:
    """The spoon's base went at least 180 degrees around the pot, counting only while it was grasped."""
    return np.abs(turned) >= AROUND


def grape_scooped(grapes: Array, held: Array) -> Array:
    """At least one grape is on the spoon, and the hand holds the spoon."""
    return (grapes >= 1) & held


def turn(before: Array, now: Array) -> Array:
    """By which angle one direction follows another, in [-pi, pi)."""
    return (now - before + np.pi) % (2 * np.pi) - np.pi
