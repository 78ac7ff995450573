"""Rewards and success against the formulas of the DAPG and residual-RL papers, worked out here by hand."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest

from hand_envs.core.episode import Episode
from hand_envs.tasks.adroit import Door, Hammer, Pen, Relocate


class Scene:
    """Stands in for a simulation of one copy: just the numbers a reward looks at."""

    def __init__(self, qvel=(), **objects):
        self.qvel = np.array([qvel], float)
        self.measured = {}
        self._objects = objects

    def _find(self, name):
        return self._objects[name]

    site = body = joint = _find


class Thing:
    def __init__(self, **fields):
        for name, value in fields.items():
            setattr(self, name, np.array([value], float))


def door(hinge, palm=(0, 0, 0), handle=(0, 3, 4), qvel=(1, 2)):
    return Scene(qvel, S_grasp=Thing(xpos=palm), S_handle=Thing(xpos=handle), door_hinge=Thing(qpos=[hinge]))


@pytest.mark.parametrize(
    ("hinge", "bonus"), [(0.0, 0), (0.2, 0), (0.21, 2), (1.0, 2), (1.01, 10), (1.35, 10), (1.36, 20)]
)
def test_door_dense(hinge, bonus):
    terms = Door().reward(door(hinge))
    assert sum(terms.values()) == pytest.approx(-0.1 * 5 - 0.1 * (hinge - 1.57) ** 2 - 1e-5 * 5 + bonus)


@pytest.mark.parametrize(
    ("hinge", "bonus", "success"),
    [(1.0, 0, False), (1.01, 8, True), (1.2, 8, True), (1.21, 10, True), (1.35, 10, True), (1.36, 20, True)],
)
def test_door_paper(hinge, bonus, success):
    task = Door(reward="paper")
    assert sum(task.reward(door(hinge)).values()) == pytest.approx(bonus - 0.1 * abs(hinge - 1.57))
    assert task.success(door(hinge)).item() is success


@pytest.mark.parametrize(("hinge", "success"), [(0.5, False), (1.0, False), (1.01, True)])
def test_door_guided(hinge, success):
    """A tenth of a radian pays 1 more, also between the steps of the paper's reward."""
    task, paper = Door(reward="guided"), Door(reward="paper")
    more = sum(task.reward(door(hinge)).values()) - sum(paper.reward(door(hinge)).values())
    assert more == pytest.approx(10 * hinge)
    assert task.success(door(hinge)).item() is success


@pytest.mark.parametrize(("hinge", "reward", "success"), [(1.3499, -0.1, False), (1.35, 10.0, True)])
def test_door_sparse(hinge, reward, success):
    task = Door(reward="sparse")
    assert sum(task.reward(door(hinge)).values()) == pytest.approx(reward)
    assert task.success(door(hinge)).item() is success


def hammer(depth, height=0.0, head_height=0.0, qvel=(3, 4)):
    return Scene(
        qvel,
        S_grasp=Thing(xpos=(0, 0, height)),
        Object=Thing(xpos=(1, 0, height)),
        tool=Thing(xpos=(0, 0, head_height)),
        S_target=Thing(xpos=(0, 2, head_height)),
        nail_goal=Thing(xpos=(0, 2 + depth, head_height)),
    )


@pytest.mark.parametrize(("depth", "bonus"), [(0.03, 0), (0.021, 0), (0.019, 25), (0.011, 25), (0.009, 100)])
def test_hammer_dense(depth, bonus):
    total = sum(Hammer().reward(hammer(depth)).values())
    assert total == pytest.approx(-0.1 * 1 - 2 - 10 * depth - 0.01 * 5 + bonus)


@pytest.mark.parametrize(("height", "head", "lift"), [(0.05, 0.05, 2), (0.05, 0.04, 0), (0.04, 0.05, 0), (0, 0, 0)])
def test_hammer_lift(height, head, lift):
    assert Hammer().reward(hammer(0.05, height, head))["lift"].item() == lift


@pytest.mark.parametrize(("depth", "bonus"), [(0.11, 0), (0.099, 75), (0.021, 75), (0.019, 100), (0.009, 100)])
def test_hammer_paper(depth, bonus):
    task = Hammer(reward="paper")
    assert sum(task.reward(hammer(depth)).values()) == pytest.approx(bonus - 10 * depth)
    assert task.success(hammer(depth)).item() is (depth < 0.01)


def pen(cosine, away=0.0, height=0.25):
    along = np.array([np.sqrt(1 - cosine**2), 0, cosine])
    frame = np.zeros((3, 3))
    frame[:, 2] = along
    return Scene(
        Object=Thing(xpos=(0, away, height), xmat=frame.ravel()),
        target=Thing(xmat=np.eye(3).ravel()),
        eps_ball=Thing(xpos=(0, 0, height)),
    )


@pytest.mark.parametrize(
    ("cosine", "away", "bonus"), [(0.89, 0, 0), (0.91, 0.07, 10), (0.91, 0.08, 0), (0.96, 0.07, 60), (0.96, 0.08, 0)]
)
def test_pen_dense(cosine, away, bonus):
    assert sum(Pen().reward(pen(cosine, away)).values()) == pytest.approx(-away + cosine + bonus)


def test_pen_dropped():
    assert Pen().reward(pen(0.5, height=0.07))["drop"].item() == -5
    assert Pen().reward(pen(0.5, height=0.08))["drop"].item() == 0
    assert Pen().lost(pen(0.5, height=0.07)).item() is True
    assert Pen(terminate_on_drop=False).lost(pen(0.5, height=0.07)) is None


@pytest.mark.parametrize(
    ("cosine", "away", "reward", "dense_success", "paper_success"),
    [(0.96, 0.07, 50, True, True), (0.96, 0.08, 0, False, True), (0.94, 0.0, 0, False, False)],
)
def test_pen_paper(cosine, away, reward, dense_success, paper_success):
    task = Pen(reward="paper")
    assert sum(task.reward(pen(cosine, away)).values()) == reward
    assert task.success(pen(cosine, away)).item() is paper_success
    assert Pen().success(pen(cosine, away)).item() is dense_success


def ball(away, height):
    return Scene(
        S_grasp=Thing(xpos=(0, 0, height)),
        Object=Thing(xpos=(0, 3, height)),
        target=Thing(xpos=(0, 3 + away, height)),
    )


@pytest.mark.parametrize(
    ("away", "height", "expected"),
    [
        (1.0, 0.04, -0.3),
        (1.0, 0.05, -0.3 + 1 - 0.5 * 4 - 0.5 * 1),
        (0.09, 0.04, -0.3 + 10),
        (0.04, 0.04, -0.3 + 30),
        (0.04, 0.05, -0.3 + 1 - 0.5 * 3.04 - 0.5 * 0.04 + 30),
    ],
)
def test_relocate_dense(away, height, expected):
    assert sum(Relocate().reward(ball(away, height)).values()) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("away", "reward", "dense_success", "paper_success"), [(0.11, 0, 0, 0), (0.09, 10, 1, 0), (0.04, 30, 1, 1)]
)
def test_relocate_paper(away, reward, dense_success, paper_success):
    task = Relocate(reward="paper")
    assert sum(task.reward(ball(away, 0.2)).values()) == reward
    assert task.success(ball(away, 0.2)).item() is bool(paper_success)
    assert Relocate().success(ball(away, 0.2)).item() is bool(dense_success)


@pytest.mark.parametrize("task", [Door, Hammer, Relocate])
def test_bringing_the_hand_closer_pays(task):
    """gymnasium-robotics 1.4 rewards the hand for staying away; whatever the pose, we must not."""
    episode = Episode(task(), nsim=50)
    random = np.random.default_rng(0)
    episode.sim.qpos[:] = random.uniform(-0.3, 0.3, episode.sim.qpos.shape)
    episode.sim.forward()
    reach = episode.task.reward(episode.sim)["reach"]
    thing = {Door: lambda sim: sim.site("S_handle").xpos}.get(task, lambda sim: sim.body("Object").xpos)(episode.sim)
    away = np.linalg.norm(episode.sim.site("S_grasp").xpos - thing, axis=1)
    assert np.corrcoef(reach, away)[0, 1] == pytest.approx(-1)
    assert (reach < 0).all()


def test_a_dropped_pen_ends_the_episode():
    env = gym.make("HandPen-v0")
    env.reset(seed=0)
    random = np.random.default_rng(0)
    steps = [env.step(random.uniform(-1, 1, 24)) for _ in range(60)]
    terminated = [each[2] for each in steps]
    height = env.unwrapped.episode.sim.body("Object").xpos[0, 2]
    assert any(terminated)
    first = terminated.index(True)
    assert steps[first][0][26] < 0.075 <= steps[first - 1][0][26]  # the pen's height in the observation
    assert height < 0.075


def test_unknown_reward_names_the_valid_ones():
    with pytest.raises(ValueError, match="did you mean 'sparse'.*dense, sparse, paper"):
        gym.make("HandDoor-v0", reward="spares")
