"""Options of any value, of tasks that have many: each makes a task that plays, or is refused in our words."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from fuzz.hostile_values import OBJECTS

from hand_envs import HandVectorEnv
from hand_envs.errors import HandEnvsError
from hand_envs.tasks.household.drawer import OpenDrawer
from hand_envs.tasks.reconstruction.give_coin import GiveCoin
from hand_envs.tasks.reconstruction.pour_juice import PourJuice
from hand_envs.users.captures import CaptureUser, ClosingUser
from hand_envs.users.residual import Residual

RIGHT: dict[str, tuple[Any, ...]] = {
    "split": ("train", "validation", "test", "others", "all"),
    "seen": ("est", "gt"),
    "scatter": (0.0, 0.003, 0.1),
    "ends_early": (True, False),
    "reward": ("paper", "bonus"),
    "captures": (None,),
}
OF_A_CARTON = {"object": ("juice_carton", "mug"), "table": (True, False), "mirrored": (True, False)}
OF_A_USER = {"kappa": ("closed", "optimised"), "features": (None, True, False)}
OF_A_HOUSE = {
    "hand": ("dash", "leap"),
    "split": ("train", "test"),
    "object": (None, "white_chest", "blue_chest"),
    "ends_early": (True, False),
    "backend": ("twin",),
    "port": (None,),
    "calibration": (None,),
    "arm": (None,),
}


def drawn(rng: np.random.Generator, right: dict[str, tuple[Any, ...]], wrong: float) -> dict[str, Any]:
    """Some options, each wrong so often."""
    names = [name for name in right if rng.random() < 0.4]
    return {
        name: OBJECTS[rng.integers(len(OBJECTS))]
        if rng.random() < wrong
        else right[name][rng.integers(len(right[name]))]
        for name in names
    }


@pytest.mark.parametrize("kind", [PourJuice, GiveCoin])
def test_any_options_make_a_task_or_are_refused(kind):
    rng, outcomes = np.random.default_rng(0), Counter()
    for _ in range(40):
        right = RIGHT | (OF_A_CARTON if kind is PourJuice else {})
        user = ClosingUser if rng.random() < 0.5 else CaptureUser
        try:
            task = kind(**drawn(rng, right, 0.3))
            of_user = OF_A_USER | ({"force": (None, 0.0, 16, 50.0)} if user is ClosingUser else {})
            with_user = Residual(task, user(**drawn(rng, of_user, 0.3)))
            env = HandVectorEnv(with_user, 1)
        except HandEnvsError:
            outcomes["refused"] += 1
            continue
        env.reset(seed=int(rng.integers(100)))
        observation = env.step(env.action_space.sample())[0]
        assert np.isfinite(observation).all()
        outcomes["played"] += 1
    assert min(outcomes["refused"], outcomes["played"]) > 0.1 * outcomes.total()


@pytest.mark.parametrize("name", OF_A_HOUSE)
def test_any_option_makes_a_household_task_or_is_refused(name):
    outcomes = Counter()
    for value in (*OF_A_HOUSE[name], *OBJECTS):
        try:
            OpenDrawer(**{name: value})
            outcomes["made"] += 1
        except HandEnvsError:
            outcomes["refused"] += 1
    assert outcomes["made"] >= len(OF_A_HOUSE[name])
    assert outcomes["refused"] > outcomes["made"]
