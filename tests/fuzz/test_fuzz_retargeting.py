"""Hostile hands, 100 000 of them, through every kappa: never an exception, never a NaN, never beyond a limit; and so
the place of a hand that follows them.
"""

from __future__ import annotations

import numpy as np
import pytest
from robots import hand_and_model, kappas
from test_fuzz_poses import hands, spoiled

from hand_envs.errors import HandEnvsError, OptionError, UnknownOptionError
from hand_envs.hands.mpl import MPL, mpl_scene
from hand_envs.poses.frames import FARTHEST, REST
from hand_envs.poses.placing import Placing
from hand_envs.poses.retargeting import kappa

pytestmark = pytest.mark.filterwarnings("error")

STREAMS = 500
STEPS = {"closed": 200, "coupled": 40, "learned": 200, "seeing": 40, "optimised": 10, "whole": 6}


def streams(which: str, steps: int, kappa) -> None:
    """Streams of hands, some of them spoiled, through one kappa."""
    rng = np.random.default_rng(0)
    memory, calm = kappa.memory(STREAMS), hands(rng, STREAMS)
    for step in range(steps):
        points = spoiled(rng, calm if step % 3 else hands(rng, STREAMS))
        wrist = np.where(rng.random((STREAMS, 2)) < 0.1, rng.choice([np.nan, np.inf, 1e300]), 0.1)
        angles = kappa(points, memory, wrist if step % 2 else None)
        assert np.isfinite(angles).all(), which
        assert (angles >= kappa.low).all()
        assert (angles <= kappa.high).all()
        assert all(np.isfinite(value).all() for value in memory.values())


@pytest.mark.parametrize("which", STEPS)
def test_hostile_hands(which, tmp_path, deep):
    streams(which, STEPS[which] * deep, kappas(tmp_path)[which])


def test_options_that_nobody_knows(tmp_path, deep):
    """A call takes the options it names, and no other name gets through to nothing."""
    rng, points = np.random.default_rng(0), REST[None]
    for one in kappas(tmp_path).values():
        names = [
            mangled(rng, name) for name in ("wrist", "contacts", "points", "steps", "file") for _ in range(20 * deep)
        ]
        for name in set(names) - {*one.options(), "points", "memory"}:
            with pytest.raises(UnknownOptionError, match="no option of that name"):
                one(points, one.memory(1), **{name: rng.normal()})


def test_names_of_kappas(deep):
    """A name is one of theirs, or refused; what ends with .npz is a file."""
    rng, (hand, model) = np.random.default_rng(1), hand_and_model("HandPen-v0")
    for name in ("closed", "optimised", "learned", "kappa.npz"):
        for _ in range(25 * deep):
            if (wrong := mangled(rng, name)) not in ("closed", "optimised"):
                with pytest.raises(HandEnvsError, match="No such kappa|There is no file|is in a file"):
                    kappa(wrong, hand, model)


def mangled(rng: np.random.Generator, name: str) -> str:
    """A name with a letter changed, doubled or left out, or as it is."""
    place, letter = int(rng.integers(len(name))), chr(int(rng.integers(97, 123)))
    return name[:place] + str(rng.choice([letter, name[place] * 2, "", name[place]])) + name[place + 1 :]


@pytest.mark.slow
def test_hostile_hands_by_optimisation_at_length(tmp_path):
    streams("optimised", 200, kappas(tmp_path)["optimised"])


def test_hostile_hands_have_a_place(deep):
    rng, placing = np.random.default_rng(0), Placing(MPL, mpl_scene().compile())
    for _ in range(40 * deep):
        pos, quat = placing.wrist_pose(spoiled(rng, hands(rng, STREAMS)))
        assert (np.abs(pos) < 2 * FARTHEST).all()
        np.testing.assert_allclose(np.linalg.norm(quat, axis=1), 1.0)
        assert (quat[:, 0] >= 0.0).all()
    for shape in ((21, 3), (2, 20, 3), (1, 2, 21, 3), (0,)):
        with pytest.raises(OptionError, match="21, 3"):
            placing.wrist_pose(np.zeros(shape))
