"""The planner: splines that are smooth, searches that improve, plans that come out the same twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agents.planner import grip as grips
from agents.planner import make
from agents.planner.__main__ import main as command
from agents.planner.plan import Plan, Planner
from agents.planner.pour import PourProblem
from agents.planner.problems import PROBLEMS, problem_of
from agents.planner.relocate import RelocateProblem
from agents.planner.rollouts import Rollouts
from agents.planner.search import Search, Window
from agents.planner.spline import basis, points_for
from agents.planner.tune import known, tune, wide_tries
from agents.planner.tune import main as tune_command
from hand_envs import datasets, replay
from hand_envs.errors import DatasetError, OptionError


def test_a_spline_is_where_its_points_are_and_never_beyond():
    weights = basis(57, 10)
    assert weights.shape == (57, points_for(57, 10))
    np.testing.assert_allclose(weights.sum(1), 1.0)
    assert weights.min() >= 0.0
    line = weights @ np.arange(weights.shape[1])
    np.testing.assert_allclose(np.diff(line), 0.1)


def test_the_search_finds_better_points_and_leaves_others_alone():
    rollouts = Rollouts("HandRelocate-v0", RelocateProblem.options, 16)
    state = rollouts.begin(rollouts.draw(0))

    class Aside(RelocateProblem):
        steps = 30
        spread = arm_spread = 0.2
        bend = 0.0

        def cost(self, step):  # the arm is to be 5 cm aside
            return np.square(self.sim.qpos[:, 0] - 0.05)

    problem = Aside(rollouts.task, rollouts.sim)
    search = Search(problem, rollouts, np.random.default_rng(0), noise=0.0)
    points, window = np.zeros((problem.points, rollouts.sim.model.nu)), Window(3, problem.points, 0, problem.steps)
    better = search.improve(points, state, window, iterations=4)
    before, after = (search.costs(np.repeat(each[None], 16, 0), state, window)[0] for each in (points, better))
    assert after < 0.9 * before
    np.testing.assert_array_equal(better[:3], points[:3])
    assert np.abs(better).max() <= 1.0


def test_starts_are_the_tasks_own_and_differ():
    rollouts = Rollouts("HandRelocate-v0", RelocateProblem.options, 2)
    for seed in range(3):
        start = rollouts.draw(seed)
        observation, _ = rollouts.env.reset(seed=seed)
        np.testing.assert_array_equal(rollouts.env.reset(options={"state": start})[0], observation)
    assert not np.array_equal(rollouts.draw(0)["obj_pos"], rollouts.draw(1)["obj_pos"])


def test_a_plan_is_the_same_each_time_on_any_number_of_threads():
    first, second = (Planner(RelocateProblem, 8, nthread).plan(3, rounds=0) for nthread in (1, 2))
    np.testing.assert_array_equal(first.points, second.points)
    assert (first.solved, first.steadiness) == (second.solved, second.steadiness)


@pytest.mark.slow
def test_of_tries_about_a_guess_that_fails_one_is_taken_that_succeeds():
    clamp = problem_of("HandRelocateLargeClamp-v0")
    alone = type("Alone", (clamp,), {"scatter": 0.0})
    assert not Planner(alone).plan(0).solved
    assert Planner(clamp).plan(0).solved


def test_what_is_planned_is_kept_and_the_dataset_plays_back(tmp_path, monkeypatch):
    planned: list[int] = []
    planner = Planner(RelocateProblem, 8)

    def plan(seed: int) -> Plan:
        planned.append(seed)
        points = RelocateProblem(planner.rollouts.task, planner.rollouts.sim).guess()
        return Plan(seed, planner.rollouts.draw(seed), points, solved=seed != 1, steadiness=0.5)

    monkeypatch.setattr(planner, "plan", plan)
    assert [each.seed for each in make.plans(planner, 2, tmp_path / "work")] == [0, 2]
    made = list(make.plans(planner, 3, tmp_path / "work"))
    assert [each.seed for each in made] == [0, 2, 3]
    assert planned == [0, 1, 2, 3], "seeds once tried are not planned again"
    folder = make.write(RelocateProblem, made, tmp_path)
    assert folder == tmp_path / "hand" / "relocate-planned-v0"
    read = datasets.load(folder)
    assert [each.seed for each in read] == [0, 2, 3]
    assert all(check.reproduced() for check in replay.check(read))
    assert not list(Path(tmp_path).rglob("*.part"))
    held_out = datasets.load(make.write(RelocateProblem, made[:1], tmp_path, "held-out"))
    assert all(check.reproduced() for check in replay.check(held_out))
    np.testing.assert_array_equal(held_out[0].actions, read[0].actions)
    np.testing.assert_array_equal(held_out[0].observations, read[0].observations.astype(np.float32))
    assert held_out[0].observations.dtype == np.float32


def test_it_gives_up_where_too_many_seeds_fail(tmp_path, monkeypatch):
    planner = Planner(RelocateProblem, 2)
    start, points = planner.rollouts.draw(0), np.zeros((1, 1))
    monkeypatch.setattr(planner, "plan", lambda seed: Plan(seed, start, points, solved=False, steadiness=0.0))
    assert list(make.plans(planner, 3, tmp_path)) == []


def test_every_declaration_guesses_a_motion_it_can_judge():
    for (env_id, _), kind in PROBLEMS.items():
        rollouts = Rollouts(env_id, kind.options, 2)
        rollouts.begin(rollouts.draw(0))
        problem = kind(rollouts.task, rollouts.sim)
        points = problem.guess()
        assert points.shape == (problem.points, rollouts.sim.model.nu)
        assert np.abs(points).max() <= 1.0
        assert problem.cost(kind.steps - 1).shape == problem.solved().shape == (2,)
        assert not problem.solved().any()


def test_the_brisk_pen_is_turned_by_the_motion_that_holds_it_longest():
    kind = problem_of("HandPen-v0", "brisk")
    rollouts = Rollouts("HandPen-v0", kind.options, 16)
    state = rollouts.begin(rollouts.draw(4))
    problem = kind(rollouts.task, rollouts.sim)
    points = problem.guess()
    for index in (0, 15):
        again = rollouts.sim.get_state(index)
        assert all(np.array_equal(again[name], part) for name, part in state.items()), "as if nothing had been tried"
    for action in basis(kind.steps, kind.spacing) @ points:
        rollouts.act(np.repeat(action[None], 16, 0))
    assert problem.solved().all()


def test_the_numbers_of_a_grip_are_the_grip():
    for kind in (RelocateProblem, PourProblem):  # without and with a turn
        grip = kind.first
        numbers = np.concatenate(list(grip.groups().values()))
        again = grip.like(numbers)
        np.testing.assert_array_equal(np.concatenate(list(again.groups().values())), numbers)
        assert (again.hand, again.turned, again.aside) == (grip.hand, grip.turned, grip.aside)
        assert again.squeeze == again.hold
        assert {name: angle for name, angle in again.hold.items() if angle} == dict(grip.hold)


def test_a_grip_that_is_kept_begins_the_next_plan(tmp_path, monkeypatch):
    monkeypatch.setattr(grips, "FOUND", tmp_path / "grips.json")
    assert grips.found(PourProblem.env_id) is None
    changed = replace(PourProblem.first, offset=(0.01, 0.02, 0.03))
    grips.keep(PourProblem.env_id, changed)
    grips.keep(RelocateProblem.env_id, RelocateProblem.first)
    assert grips.found(PourProblem.env_id) == changed
    rollouts = Rollouts(PourProblem.env_id, PourProblem.options, 1)
    rollouts.begin(rollouts.draw(0))
    assert PourProblem(rollouts.task, rollouts.sim).grip == changed


def test_tuning_moves_the_grip_and_does_so_alike_each_time():
    runs = [list(tune(RelocateProblem, RelocateProblem.first, 2, 4, nthread)) for nthread in (1, 2)]
    assert runs[0] == runs[1]
    assert runs[0][0][1] != RelocateProblem.first


def test_tuning_is_for_things_that_are_gripped():
    with pytest.raises(OptionError, match="HandDoor-v0"):
        tune_command("HandDoor-v0")


def test_an_unknown_environment_is_named():
    with pytest.raises(OptionError, match="HandRelocate-v0"):
        problem_of("HandRelocat-v0")


def test_wide_tries_begin_with_the_grips_of_things_held_alike():
    mug, pour = problem_of("HandRelocateMug-v0"), PourProblem
    grips_of_mug, grips_of_pour = known(mug), known(pour)
    assert grips_of_mug[0] == grips.found(mug.env_id)
    assert len(grips_of_mug) > 2
    assert len(grips_of_pour) > 1
    assert not any(each in grips_of_mug for each in grips_of_pour), "which turns what it holds"


def test_of_wide_tries_the_best_is_kept_whatever_the_number_of_threads():
    good = RelocateProblem.first
    bad = replace(good, offset=(0.04, 0.04, 0.04))
    ((_, best),) = wide_tries(RelocateProblem, [bad, good], 1, 2, 1)  # with so few tries only these
    assert best.offset == good.offset
    runs = [list(wide_tries(RelocateProblem, [bad], 2, 8, nthread)) for nthread in (1, 2)]
    assert runs[0] == runs[1]
    assert len(runs[0]) == 2


def test_a_dataset_that_is_there_is_told_before_planning(tmp_path):
    (tmp_path / "hand" / "relocate-mug-planned-v0").mkdir(parents=True)
    with pytest.raises(DatasetError, match="delete it, or choose another folder"):
        command("HandRelocateMug-v0", out=tmp_path, work=tmp_path / "work")
    assert not (tmp_path / "work").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn", None], ids=["empty", "torn", "other"])
def test_a_damaged_plan_is_named_with_what_to_do(content, tmp_path):
    class NeverPlans:
        kind = RelocateProblem

    path = tmp_path / "seed-0.npz"
    np.savez(path, other=np.zeros(3)) if content is None else path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"seed-0\.npz cannot be read: .*Delete it to have that seed planned again"):
        list(make.plans(NeverPlans(), 1, tmp_path))


@pytest.mark.parametrize("text", ["{", "[]", '{"HandPour-v0": {"offset": [0, 0, 0]}}', '{"HandPour-v0": 3}'])
def test_damaged_grips_are_named(text, tmp_path, monkeypatch):
    monkeypatch.setattr(grips, "FOUND", tmp_path / "grips.json")
    grips.FOUND.write_text(text)
    with pytest.raises(DatasetError, match=r"grips\.json"):
        grips.found("HandPour-v0")
    if "HandPour" not in text:
        with pytest.raises(DatasetError, match=r"grips\.json"):
            grips.keep("HandPour-v0", PourProblem.first)
