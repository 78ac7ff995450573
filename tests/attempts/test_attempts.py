"""Attempts: plans by hand-made numbers, tau that is recorded and anchored, one and many alike."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
from conftest import needs_gl

from hand_envs.attempts import Attempts, GraspEpisode, Trajectory
from hand_envs.attempts.demonstrate import SCRIPTS, demonstrate
from hand_envs.attempts.heuristic import heuristic_attempt, middle_of_things
from hand_envs.attempts.plan import SQUEEZE, STAGES, STANDOFF, Plan
from hand_envs.attempts.trajectory import angles_of, wrist_of
from hand_envs.attempts.view import View
from hand_envs.core.turns import matrix_of
from hand_envs.errors import ActionError, DatasetError, OptionError
from hand_envs.hands.profile import profile
from hand_envs.registry import ENTRIES

ROWS = [entry for entry in ENTRIES if entry.family == "household"]
SLOW = ("pour-cup", "pick-spoon", "stir-spoon")  # for which others stand
DASH = profile("dash")
UP = Trajectory(np.linspace((0.0, 0.0, 0.0), (0.0, 0.0, 0.1), 10), np.zeros((10, 3)))


def tries(name: str, count: int) -> Attempts:
    row = next(row for row in ROWS if row.name == name)
    made = Attempts(row.make_task(), count, nthread=1)
    made.reset(range(count))
    return made


def test_wrists_of_angles_and_back():
    angles = np.random.default_rng(0).uniform(-1.4, 1.4, (50, 3))
    np.testing.assert_allclose(angles_of(wrist_of(angles)), angles, atol=1e-12)
    np.testing.assert_allclose(wrist_of(np.array((np.pi / 2, 0.0, 0.0))) @ (1, 0, 0), (0, 1, 0), atol=1e-12)  # yaw
    np.testing.assert_allclose(wrist_of(np.array((0.0, np.pi / 2, 0.0))) @ (1, 0, 0), (0, 0, -1), atol=1e-12)  # pitch
    np.testing.assert_allclose(wrist_of(np.array((0.0, 0.0, np.pi / 2))) @ (0, 1, 0), (0, 0, 1), atol=1e-12)  # roll


def test_a_recorded_trajectory_is_put_to_where_hold_is_taken():
    grasp = np.array(DASH.palm.grasp)
    arm = np.array(
        [(0.0, 0.0, 0.3, 0.0, 0.0, 0.0), (0.1, 0.0, 0.3, 0.0, 0.0, 0.0), (0.1, 0.0, 0.5, np.pi / 2, 0.0, 0.0)]
    )
    tau = Trajectory.record(arm, grasp, begin=1)
    assert len(tau) == 2
    np.testing.assert_allclose(tau.moved[0], 0.0)
    points, wrists = tau.anchored(np.array([[1.0, 2.0, 3.0]]), np.eye(3)[None])
    np.testing.assert_allclose(points[0, 0], (1.0, 2.0, 3.0))
    # the point of grasp swings about the wrist: from (x, y) to (-y, x)
    swung = np.array((-grasp[1] - grasp[0], grasp[0] - grasp[1], 0.2))
    np.testing.assert_allclose(points[1, 0] - points[0, 0], swung, atol=1e-12)
    np.testing.assert_allclose(wrists[1, 0] @ (1, 0, 0), (0, 1, 0), atol=1e-12)


def test_a_plan_goes_from_above_to_the_contact_and_closes_there():
    xi = np.concatenate([(0.1, 0.0, 0.1), (0.0, 0.0, 0.0), DASH.home])[None]
    start = np.concatenate([(-0.2, 0.0, 0.4, 0.0, 0.0, 0.0), DASH.home])[None]
    plan = Plan.of(start, xi, UP, DASH)
    at = {stage: plan.targets[np.flatnonzero(np.array(plan.stages) == stage)[-1], 0] for stage in STAGES[:-1]}
    there = np.array((0.1, 0.0, 0.1)) - DASH.palm.grasp
    np.testing.assert_allclose(at["go"][:3], there)
    np.testing.assert_allclose(at["approach"][:3], np.add(there, (0.0, 0.0, 2 * STANDOFF)))  # palm down: its back is up
    np.testing.assert_allclose(at["follow"][:3], np.add(there, (0.0, 0.0, 0.1)))
    closing = np.sign(DASH.closed - DASH.home) * SQUEEZE
    np.testing.assert_allclose(at["squeeze"][6:], DASH.clip(DASH.home + closing))
    assert plan.stages.count("follow") == len(UP)


def test_a_turn_beyond_half_a_turn_is_not_unwound():
    turns = np.linspace((0.0, 0.0, 0.0), (-3.0, 0.0, 0.0), 40)
    xi = np.concatenate([(0.0, 0.0, 0.2), (-1.0, 0.0, 0.0), DASH.home])[None]
    start = np.concatenate([(0.0, 0.0, 0.2, 0.0, 0.0, 0.0), DASH.home])[None]
    roll = Plan.of(start, xi, Trajectory(np.zeros((40, 3)), turns), DASH).targets[:, 0, 5]
    assert np.abs(np.diff(roll)).max() < 0.2
    assert roll[-1] == pytest.approx(-4.0)


@pytest.mark.parametrize(
    "row", [pytest.param(row, marks=[pytest.mark.slow] if row.name in SLOW else [], id=row.name) for row in ROWS]
)
def test_a_hand_that_knows_does_every_task_wherever_the_things_are(row):
    """And the trajectory that comes with the suite is the script's, from another place."""
    many = tries(row.name, 2)
    outcome = many.outcome(SCRIPTS[row.name].xi(many.setting.task, many.episode.sim))
    assert outcome.success.all()
    assert (outcome.score > 0.8).all()
    assert (outcome.score <= 1.0).all()
    assert (outcome.stage == len(STAGES) - 1).all()


def test_many_attempts_do_not_know_of_each_other():
    many, xi = tries("pick-cup", 3), None
    xi = SCRIPTS["pick-cup"].xi(many.setting.task, many.episode.sim)
    xi[1, 2] = 0.0  # collides
    together = many.outcome(xi)
    assert together.collision.tolist() == [False, True, False]
    assert together.stage[1] < len(STAGES) - 1
    alone = tries("pick-cup", 1).outcome(xi[:1])
    assert alone.score[0] == together.score[0]


@needs_gl
def test_an_attempt_is_one_step_and_the_same_alone():
    env = GraspEpisode(gym.make("HandRealPickCup-v0", disable_env_checker=True))
    seen, info = env.reset(seed=0)
    assert seen in env.observation_space
    assert info["stage"] == "approach"
    many = tries("pick-cup", 1)
    xi = SCRIPTS["pick-cup"].xi(many.setting.task, many.episode.sim)
    seen, score, terminated, truncated, info = env.step(xi[0])
    assert seen in env.observation_space
    assert (terminated, truncated, info["stage"], info["success"]) == (True, False, "done", True)
    assert score == many.attempt(xi)[0]
    env.close()


@needs_gl
def test_the_camera_tells_where_things_are():
    many = tries("pick-cup", 1)
    seen = many.pictures()[0]
    cup = many.episode.sim.site("cup_grip").xpos[0]
    np.testing.assert_allclose(middle_of_things(seen["depth"], many.setting.view), cup, atol=0.012)
    xi = heuristic_attempt(seen["depth"], many.setting.view, DASH)
    assert not many.outcome(xi[None]).success[0]  # what is to be learned
    many.close()


def test_pixels_and_points_are_each_other():
    view = View(64, 48, 50.0, matrix_of(np.array((0.3, -2.0, 0.5))), np.array((0.1, 0.2, 0.8)))
    pixels = np.random.default_rng(0).uniform(0, 48, (20, 2))
    depth = np.linspace(0.3, 2.0, 20)
    np.testing.assert_allclose(view.pixels(view.points(pixels, depth)), pixels, atol=1e-9)
    ahead = view.points(view.center, np.array(1.0))
    np.testing.assert_allclose(ahead, view.position + view.rotation[:, 2])


def test_a_demonstration_is_recorded_the_same_again():
    task = next(row for row in ROWS if row.name == "pick-cup").make_task()
    again, shipped = demonstrate(task), Attempts(task, 1, 1).setting.tau
    np.testing.assert_allclose(again.moved, shipped.moved, atol=2e-5)
    np.testing.assert_allclose(again.turned, shipped.turned, atol=2e-5)


def test_what_is_no_attempt_is_refused_and_changes_nothing():
    many = tries("pick-cup", 1)
    before = many.episode.get_state(0)
    for wrong in (np.zeros(18), np.zeros((1, 17)), np.full((1, 18), np.nan), np.array([["a"] * 18])):
        with pytest.raises(ActionError, match="attempt"):
            many.outcome(wrong)
    after = many.episode.get_state(0)
    assert all(np.array_equal(before[name], after[name]) for name in before)
    with pytest.raises(OptionError, match="household"):
        GraspEpisode(gym.make("HandDoor-v0"))


def test_saved_and_read_again(tmp_path):
    UP.save(tmp_path / "up.json")
    np.testing.assert_allclose(Trajectory.load(tmp_path / "up.json").moved, UP.moved, atol=1e-5)
    for text in (
        "{",
        "[]",
        '{"moved": [[1, 2, 3]]}',
        '{"moved": [[1, 2]], "turned": [[1, 2]]}',
        '{"moved": [], "turned": []}',
    ):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(DatasetError):
            Trajectory.load(tmp_path / "bad.json")
