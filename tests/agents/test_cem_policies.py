"""What is fitted to the best attempts, by hand-made episodes whose answer is known; and who scores attempts."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="agents need the extra: pip install 'hand-envs[agents]'")
from one_step import OPTIMUM, Bowl

from agents.cem import Agent, CemConfig, Training
from agents.cem.attempts import Attempt
from agents.cem.encoders import pooled
from agents.cem.episodes import Episode
from agents.cem.evaluation import alone, learned, trials
from agents.cem.pictures import parts_of, read_picture, write_picture
from agents.cem.play import main as play
from agents.cem.policy import Policy, Principal
from agents.cem.rewards import Embedding, Operator, Scripted
from hand_envs.errors import DatasetError, OptionError

ONES = np.ones(2)


def fit(policy: str, episodes: list[Episode], **changes) -> Policy:
    config = CemConfig(policy=policy, elites=len(episodes), **{"iterations": 400, **changes})
    return Policy.fit(config, episodes, ONES, [0])


def drawn(policy: Policy, feature: float, prior: np.ndarray, count: int = 1) -> np.ndarray:
    return np.array([policy(np.array([feature]), prior, np.random.default_rng(seed)) for seed in range(count)])


def seen(count: int) -> list[Episode]:
    """What is good to add depends on what is seen: (feature, -feature)."""
    rng = np.random.default_rng(3)
    values, priors = rng.uniform(-1, 1, count), rng.uniform(-5, 5, (count, 2))
    return [Episode(p, np.array([v, -v]), np.array([v]), 1.0, True) for v, p in zip(values, priors, strict=True)]


@pytest.mark.parametrize(("policy", "error"), [("vae", 0.2), ("mlp", 0.1), ("transformer", 0.1), ("mean", 0.7)])
def test_what_is_added_depends_on_what_is_seen(policy, error):
    found = fit(policy, seen(40))
    prior = np.array([2.0, -1.0])
    for value in (-0.8, 0.0, 0.8):
        made = drawn(found, value, prior, 20).mean(axis=0) - prior
        away = np.abs(made - (value, -value)).max()
        assert away < error if policy != "mean" or value == 0 else away > 0.5, value


def test_chance_is_in_the_vae_alone():
    """Of two residuals that are as good, a VAE draws both; the mean of them, which is no good, is what an MLP gives."""
    both = [Episode(np.zeros(2), np.array([sign, 0.0]), np.zeros(1), 1.0, True) for sign in (1.0, -1.0) * 10]
    vae, mlp = (drawn(fit(name, both), 0.0, np.zeros(2), 100)[:, 0] for name in ("vae", "mlp"))
    assert (vae > 0.7).sum() > 15
    assert (vae < -0.7).sum() > 15
    assert np.abs(mlp).max() < 0.1


def test_the_transformer_is_asked_for_what_earned_most():
    rng = np.random.default_rng(0)
    episodes = []
    for _ in range(40):
        residual = rng.uniform(-1, 1, 2)
        episodes.append(Episode(rng.normal(size=2), residual, rng.normal(size=1), float(residual[0]), None))
    highest = max(each.residual[0] for each in episodes)
    made = drawn(fit("transformer", episodes), 0.0, np.zeros(2))[0]
    assert made[0] == pytest.approx(highest, abs=0.2)


def test_only_the_best_are_learned_from():
    good = [Episode(np.zeros(2), np.array([0.5, 0.25]), np.zeros(1), 1.0, True)] * 5
    bad = [Episode(np.zeros(2), np.array([-9.0, 9.0]), np.zeros(1), 0.0, False)] * 20
    for policy in ("vae", "mlp", "mean"):
        config = CemConfig(policy=policy, elites=5, iterations=200, floor=0.05)
        found = Policy.fit(config, bad + good, ONES, [0])
        np.testing.assert_allclose(drawn(found, 0.0, np.zeros(2))[0], [0.5, 0.25], atol=0.1)


def test_without_residual_the_prior_moves_nothing_by_itself():
    """Attempts that were the same whatever the prior said are said again; as residuals they would follow it."""
    rng = np.random.default_rng(0)
    priors = rng.uniform(-1, 1, (20, 2))
    episodes = [Episode(each, np.array([3.0, 4.0]) - each, np.zeros(1), 1.0, True) for each in priors]
    found = fit("mean", episodes, residual=False)
    np.testing.assert_allclose(drawn(found, 0.0, np.array([7.0, 7.0]))[0], [3, 4])
    moved = fit("mean", episodes)
    np.testing.assert_allclose(drawn(moved, 0.0, np.array([7.0, 7.0]))[0], np.array([10, 11]) - priors.mean(axis=0))


def test_the_same_seed_gives_the_same_policy():
    one, other = (drawn(fit("vae", seen(10)), 0.3, np.zeros(2), 3) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    config = CemConfig(elites=10, iterations=400)
    assert (drawn(Policy.fit(config, seen(10), ONES, [1]), 0.3, np.zeros(2), 3) != one).all()


def test_principal_components():
    """Two numbers that say the same are one; what does not vary is none; what is far off counts as 3 deviations."""
    line = np.array([[t, 2 * t, 7.0] for t in (-1.0, 0.0, 1.0)])
    found = Principal.of(line, 6)
    assert found.axes.shape == (3, 1)
    np.testing.assert_allclose(np.abs(found(line))[:, 0], np.abs([-1, 0, 1]) / np.std([-1, 0, 1]))
    assert abs(found(np.array([[1e6, 2e6, 7.0]]))[0, 0]) == 3
    assert Principal.of(np.ones((4, 3)), 6)(np.zeros((2, 3))).shape == (2, 0)


def attempt(number: int = 0, brightness: float = 0.0) -> Attempt:
    return Attempt(number, {}, np.zeros(2), {"depth": np.full((16, 16), brightness)}, 0.25, {})


def test_an_operator_is_asked_until_the_answer_is_one():
    questions, answers = [], iter(["", "good", "1.5", "nan", " 0.75 "])

    def ask(question: str) -> str:
        questions.append(question)
        return next(answers)

    assert Operator(ask)(attempt(4)) == 0.75
    assert "Episode 5" in questions[0]
    assert "'1.5'; a number from 0 to 1" in questions[3]

    def gone(question: str) -> str:
        raise EOFError

    with pytest.raises(OptionError, match="needs a terminal"):
        Operator(gone)(attempt())


def test_scores_that_are_known_beforehand(tmp_path):
    path = tmp_path / "scores.txt"
    path.write_text("0.5\n1\n\n0\n")
    scores = Scripted.read(path)
    assert [scores(attempt(number)) for number in range(3)] == [0.5, 1, 0]
    with pytest.raises(DatasetError, match="Episode 4 has no score: 3 were given"):
        scores(attempt(3))
    path.write_text("2\n")
    with pytest.raises(DatasetError, match=r"scores\.txt.*from 0 to 1, got 2"):
        Scripted.read(path)


def test_an_embedding_prefers_what_looks_like_the_demonstration(tmp_path):
    picture = write_picture(tmp_path / "last.npz", {"depth": np.full((16, 16), 0.5)})
    reward = Embedding(pooled, read_picture(picture))
    assert reward(attempt(brightness=0.5)) == 0
    assert reward(attempt(brightness=0.6)) == pytest.approx(-0.1 * 8), "64 cells, each 0.1 away"
    assert reward(attempt(brightness=0.6)) > reward(attempt(brightness=0.3))
    with pytest.raises(OptionError, match="gives 3 features, the attempt's 64"):
        Embedding(pooled, {"depth": np.zeros(3)})(attempt())


def test_a_search_by_embedding(tmp_path):
    """The bowl's picture is black where it is best."""
    black = write_picture(tmp_path / "black.npz", {"depth": np.zeros((16, 16)), "place": np.zeros(4)})
    config = CemConfig(
        env="one_step:Bowl-v0", options={"spread": 0.0}, sigma=(0.25,), elites=5, reward="embedding",
        demonstration=str(black), iterations=1,
    )  # fmt: skip
    training = Training(config, tmp_path / "run")
    training.run()
    rewards = [each.reward for each in training.log.episodes]
    assert max(rewards) <= 0
    assert np.mean(rewards[-10:]) > np.mean(rewards[:10])


def test_features_of_pictures():
    depth = np.arange(64.0).reshape(8, 8).repeat(2, axis=0).repeat(2, axis=1)
    np.testing.assert_allclose(pooled({"depth": depth}), np.arange(64))
    depth[0, 0] = np.nan
    assert np.isfinite(pooled(depth)).all()
    np.testing.assert_allclose(pooled(np.full((9, 9, 3), 255, np.uint8)), np.ones(192))
    np.testing.assert_allclose(pooled(np.array([3.0, 4.0])), [3, 4])
    assert parts_of({"a": {"b": np.zeros(2)}, "c": 1.0}).keys() == {"a.b", "c"}


def test_trials_and_films(tmp_path, capsys):
    config = CemConfig(env="one_step:Bowl-v0", prior="one_step:where_it_is", elites=5, iterations=100)
    agent = Agent.load(Training(config, tmp_path / "run").run())

    def prior(observation, text):
        return observation["place"].astype(float)

    counted = trials(Bowl(), alone(prior, ""), 5)
    np.testing.assert_allclose(counted.scores, 1 - np.sum(OPTIMUM**2), rtol=1e-6)
    assert counted.successes == 0
    assert trials(Bowl(), learned(agent, prior), 5).scores.mean() > counted.scores.mean() + 0.1
    given = [str(tmp_path / "run" / "agent"), "--film", "2", "--out", str(tmp_path / "film"), "--episodes", "3"]
    assert play(given) == 0
    said = capsys.readouterr().out
    assert "the prior alone  0 of 3" in said
    assert (tmp_path / "film" / "attempts.mp4").stat().st_size > 0
    assert play([str(tmp_path / "nothing")]) == 2
