"""Retargeting (kappa): from the 21 points of a human hand to the joint angles of a robot's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mujoco

from hand_envs.core.hand import Hand
from hand_envs.core.task import options_of
from hand_envs.errors import OptionError, choices, unknown_option
from hand_envs.poses.retargeting.closed import Closed
from hand_envs.poses.retargeting.kappa import Kappa, actions, angles
from hand_envs.poses.retargeting.kinematics import Kinematics
from hand_envs.poses.retargeting.learned import Learned
from hand_envs.poses.retargeting.objective import Contacts, Weights
from hand_envs.poses.retargeting.optimised import Optimised
from hand_envs.poses.retargeting.proportions import Proportions

KAPPAS: dict[str, type[Kappa]] = {"closed": Closed, "learned": Learned, "optimised": Optimised}


def kappa(which: str | Path | Kappa, hand: Hand, model: mujoco.MjModel, **options: Any) -> Kappa:
    """The kappa of that name for a hand, or the given one if it is of that hand.

    Args:
        which: "closed", "learned" or "optimised", the file of a learned one (.npz), or a kappa.
        hand: the robot's.
        model: with that hand in it.
        options: the kappa's own, e.g. `file` of "learned".
    """
    if isinstance(which, Kappa):
        if options:
            raise OptionError(f"A kappa that is made already takes no options; got {', '.join(options)}.")
        if which.joints != hand.wrist + hand.fingers:
            raise OptionError(f"This kappa is for the hand {which.hand.name!r}, and {hand.name!r} has other joints.")
        return which
    if str(which).endswith(".npz"):
        which, options = "learned", {"file": which, **options}
    if not isinstance(which, str) or which not in KAPPAS:
        raise OptionError(f"No such kappa: {choices(which, KAPPAS)} (or the .npz file of a learned one).")
    valid = (options_of(KAPPAS[which]) or [])[2:]  # behind hand and model
    for name in options:
        if name not in valid:
            raise unknown_option(f"The kappa {which!r}", name, valid)
    if which == "learned" and "file" not in options:
        raise OptionError(
            "The kappa 'learned' is in a file: give that, kappa.npz, instead of its name, or file=kappa.npz."
        )
    try:
        return KAPPAS[which](hand, model, **options)
    except TypeError as error:
        raise OptionError(f"Options of the kappa {which!r}: {error}") from error


__all__ = [
    "KAPPAS",
    "Closed",
    "Contacts",
    "Kappa",
    "Kinematics",
    "Learned",
    "Optimised",
    "Proportions",
    "Weights",
    "actions",
    "angles",
    "kappa",
]
