"""The search on a household task: grasps, by the picture from above."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import needs_gl

pytest.importorskip("torch", reason="agents need the extra: pip install 'hand-envs[agents]'")

from agents.cem import Agent, CemConfig, Training
from agents.cem.attempts import first_deviation, grasp_in, make
from agents.cem.play import main as play
from agents.cem.priors import prior_of
from hand_envs.errors import OptionError

CUP = {"env": "HandRealPickCup-v0", "options": {"split": "train"}}


@needs_gl
def test_a_cup_is_grasped(tmp_path, capsys):
    training = Training(CemConfig(**CUP, episodes=3, warm_up=2, elites=2, iterations=5), tmp_path)
    assert grasp_in(training.env) is not None
    np.testing.assert_allclose(first_deviation(training.config, training.env)[[0, 3, 6, -1]], [0.02, 0.2, 0.15, 0.15])
    agent = Agent.load(training.run())
    training.env.close()
    done = training.log.episodes
    assert len({tuple(each.prior[:2]) for each in done}) == 3, "the cup stands elsewhere each time"
    assert all(0 <= each.reward <= 1 and each.success is not None for each in done)
    assert agent.policy.pictures.mean.shape == (64 * 4,)
    given = [
        str(tmp_path / "agent"),
        "--episodes",
        "1",
        "--film",
        "1",
        "--out",
        str(tmp_path),
        "--option",
        "split=test",
    ]
    assert play(given) == 0
    assert "of 1" in capsys.readouterr().out
    assert (tmp_path / "attempts.mp4").stat().st_size > 10_000, "every step is seen, not only the start and the end"


@needs_gl
def test_the_guess_is_where_the_cup_is():
    env = make(**{"env_id": CUP["env"], "options": CUP["options"]})
    guess = prior_of("", env)
    for seed in range(3):
        seen, _ = env.reset(seed=seed)
        cup = env.unwrapped.episode.sim.site("cup_grip").xpos[0]
        assert np.linalg.norm(guess(seen, "")[:2] - cup[:2]) < 0.03
    env.close()


def test_priors_of_grasps_are_for_grasps():
    for name in ("heuristic", "affordance"):
        with pytest.raises(OptionError, match="is for household tasks"):
            prior_of(name, make("one_step:Bowl-v0", {}))
