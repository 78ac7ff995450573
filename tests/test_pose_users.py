"""Users who are seen by a camera: fingers from poses through kappa, the arm from the demonstration."""

import gymnasium as gym
import numpy as np
import pytest
from user_at_the_door import LENGTHS, aimless, seen_at_the_door

from hand_envs import HandEnv
from hand_envs.errors import DatasetError, OptionError
from hand_envs.poses.retargeting import Kappa
from hand_envs.tasks.adroit import Door
from hand_envs.users import PoseUser, Residual, TruePoseUser
from hand_envs.users.camera import Delays


class FromFirstPoint(Kappa):
    """Every joint at the middle of its range, moved by where the hand is: easy to foretell."""

    def _angles(self, hands, points, memory):
        share = 0.5 + points[:, :1, 0]
        return np.repeat(share, len(self.joints), axis=1) * (self.high - self.low) + self.low


def door(kind=PoseUser, split="all", noise=0.0, **options):
    model = Door().scene().compile()
    user = kind(aimless(), seen_at_the_door(), FromFirstPoint(Door.hand, model), noise=noise, split=split, **options)
    return HandEnv(Residual(Door(), user))


def intended(env, steps):
    """What is intended in each step, and the parts of the observation."""
    found = []
    for _ in range(steps):
        found.append(env.task.intended(env.episode.sim)[0].copy())
        env.step(np.zeros(28))
    return np.stack(found)


@pytest.mark.parametrize("kind", [TruePoseUser, PoseUser])
def test_fingers_are_those_of_the_poses_and_the_arm_that_of_the_demonstration(kind):
    env = door(kind)
    sequences = seen_at_the_door()
    for seed, demonstration in enumerate((0, 1, 2, 2, 2)):
        _, info = env.reset(seed=seed, options={"sequence": demonstration})
        variant = info["variant"]
        steps = LENGTHS[demonstration] - 1
        found = intended(env, steps)
        shown = aimless()[demonstration].actions[:steps]
        wrist = [env.episode.sim.model.actuator(f"A_{joint}").id for joint in Door.hand.wrist]
        arm = [column for column in range(4)]
        np.testing.assert_allclose(found[:, arm], shown[:, arm], atol=1e-12)
        np.testing.assert_allclose(found[:, wrist], shown[:, wrist], atol=1e-6)
        points = sequences.points[kind.kind][sequences.frames[demonstration, variant, :steps]]
        expected = np.clip(2 * (0.5 + points[:, 0, 0]) - 1, -1, 1)
        np.testing.assert_allclose(found[:, 6:], np.repeat(expected[:, None], 22, axis=1), atol=1e-9)


def test_the_noise_is_on_what_is_not_seen():
    env = door(noise=0.1)
    env.reset(seed=4, options={"sequence": 2})
    noisy = intended(env, 15)
    env = door()
    env.reset(seed=4, options={"sequence": 2})
    away = noisy - intended(env, 15)
    assert np.abs(away[:, 6:]).max() == 0
    assert 0.05 < away[:, :6].std() < 0.2


def test_every_variant_is_seen():
    env = door()
    assert {env.reset(seed=seed)[1]["variant"] for seed in range(12)} == {0, 1}


def test_splits_are_of_demonstrations_and_variants_of_one_stay_together():
    for number, split in enumerate(("train", "validation", "test")):
        user = PoseUser(aimless(), seen_at_the_door(), split=split)
        assert user.lengths.tolist() == [LENGTHS[number]]
    with pytest.raises(OptionError, match="validation"):
        PoseUser(aimless(), seen_at_the_door(), split="valid")


def test_features_are_observed_when_asked_for():
    env = door(features=True)
    layout = env.unwrapped.observation_layout
    observation, info = env.reset(seed=1, options={"sequence": 1})
    sequences, variant = seen_at_the_door(), info["variant"]
    np.testing.assert_allclose(observation[layout["features"]], sequences.features[sequences.frames[1, variant, 0]])
    observation = env.step(np.zeros(28))[0]
    np.testing.assert_allclose(observation[layout["features"]], sequences.features[sequences.frames[1, variant, 1]])


def test_images_come_at_the_camera_s_rate_late_and_not_all():
    generator = np.random.default_rng(0)
    assert Delays().none
    assert Delays(rate=50).draw(generator, 8).tolist() == [0, 0, 2, 2, 4, 4, 6, 6]
    assert Delays(late=0.03).draw(generator, 6).tolist() == [0, 0, 0, 0, 1, 2]
    drawn = Delays(rate=30, late=(0.03, 0.06), dropouts=0.2).draw(generator, 400)
    behind = np.arange(400) - drawn
    assert (np.diff(drawn) >= 0).all()
    assert behind[10:].min() >= 3
    assert 5 < behind.mean() < 12
    none = Delays(dropouts=0.99).draw(generator, 50)
    assert none[0] == 0


def test_a_late_camera_shows_earlier_intentions():
    steady = door()
    steady.reset(seed=0, options={"sequence": 0})
    now = intended(steady, 10)
    late = door(late=0.02)
    late.reset(seed=0, options={"sequence": 0})
    np.testing.assert_allclose(intended(late, 10), now[[0, 0, 0, 1, 2, 3, 4, 5, 6, 7]])


@pytest.mark.parametrize(
    "options", [{"rate": 0}, {"late": -1}, {"late": (2, 1)}, {"late": "soon"}, {"dropouts": 1}, {"late": np.nan}]
)
def test_impossible_cameras_are_refused(options):
    with pytest.raises(OptionError):
        PoseUser(aimless(), seen_at_the_door(), **options)


def test_what_does_not_belong_together_is_refused():
    with pytest.raises(DatasetError, match="do not belong together"):
        PoseUser(aimless()[:2], seen_at_the_door())
    with pytest.raises(OptionError, match="give both"):
        PoseUser.for_task("HandDoor-v0", demonstrations=aimless())
    with pytest.raises(DatasetError, match="HandDoor-v0, the user is to act in HandPen-v0"):
        PoseUser.for_task("HandPen-v0", sequences=seen_at_the_door())
    with pytest.raises(OptionError, match="kappa_file belongs to"):
        PoseUser(aimless(), seen_at_the_door(), kappa="closed", kappa_file="somewhere.npz")
    with pytest.raises(OptionError, match="at most as many"):
        PoseUser(aimless(), seen_at_the_door(), kappa_file=["a.npz"] * 4)
    with pytest.raises(OptionError, match="demo"):
        gym.make("HandDoorResidual-v0", user="estimate")


def test_sequences_of_one_s_own_have_the_suite_s_kappa(tmp_path):
    file = seen_at_the_door().write(tmp_path / "mine.npz")
    user = PoseUser.for_task("HandDoor-v0", aimless(), sequences=file, split="all", features=True)
    env = HandEnv(Residual(Door(), user))
    observation, _ = env.reset(seed=0)
    assert np.isfinite(observation).all()
    assert env.observation_layout["features"].stop - env.observation_layout["features"].start == 4


def test_a_camera_counts_seconds_and_not_steps():
    generator = np.random.default_rng(0)
    assert Delays(late=0.03).draw(generator, 4, seconds=0.03).tolist() == [0, 0, 1, 2]
