"""Household tasks: DEFT's rules by hand-made numbers, scenes that rest, a limiter in between."""

from __future__ import annotations

import numpy as np
import pytest

from hand_envs.core.episode import Episode
from hand_envs.errors import OptionError
from hand_envs.registry import ENTRIES
from hand_envs.tasks.household import rules
from hand_envs.tasks.household.base import turned

ROWS = [entry for entry in ENTRIES if entry.family == "household"]
every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
YES, NO = np.array([True]), np.array([False])


def started(row, seeds=(0,), **options) -> Episode:
    episode = Episode(row.make_task(**options), len(seeds), 1)
    episode.reset(np.arange(len(seeds)), [np.random.default_rng(seed) for seed in seeds])
    return episode


# --- rules ---------------------------------------------------------------------------------------------------------


def test_a_cup_is_picked_if_it_left_the_table_and_was_never_dropped():
    assert rules.cup_picked(YES, NO, YES)
    for left, dropped, held in ((NO, NO, YES), (YES, YES, YES), (YES, NO, NO)):
        assert not rules.cup_picked(left, dropped, held)


def test_a_cup_is_poured_if_its_rim_is_lower_than_its_base_in_the_hand():
    low, high = np.array([0.1]), np.array([0.2])
    assert rules.cup_poured(YES, NO, YES, low, high)
    assert not rules.cup_poured(YES, NO, YES, high, low)
    assert not rules.cup_poured(YES, YES, YES, low, high)


def test_a_drawer_is_opened_by_a_centimetre():
    start = np.array([0.015])
    assert rules.drawer_opened(start + 0.0101, start)
    assert not rules.drawer_opened(start + 0.0099, start)
    assert not rules.drawer_opened(start - 0.015, start)


def test_stirring_is_half_a_turn_either_way():
    assert rules.stirred(np.radians([181.0, -181.0, 179.0, 0.0])).tolist() == [True, True, False, False]


def test_scooping_needs_a_grape_and_a_hand():
    assert rules.grape_scooped(np.array([0, 1, 3]), np.array([True, True, False])).tolist() == [False, True, False]


def test_a_turn_goes_the_short_way():
    np.testing.assert_allclose(rules.turn(np.radians(170.0), np.radians(-170.0)), np.radians(20.0))
    np.testing.assert_allclose(rules.turn(np.radians(-170.0), np.radians(170.0)), np.radians(-20.0))


# --- rules in scenes that are set by hand ---------------------------------------------------------------------------


def named(name: str):
    return next(row for row in ROWS if row.name == name)


def test_a_drawer_that_is_pulled_by_hand_of_ours_counts():
    episode = started(named("open-drawer"))
    task, sim = episode.task, episode.sim
    assert not task.done(sim)[0]
    sim.joint("chest_opening").qpos[0] += 0.011
    assert task.done(sim)[0]
    assert task.progress(sim)[0] == pytest.approx(0.011 / 0.05)


def test_a_spoon_in_the_air_is_off_the_table():
    episode = started(named("pick-spoon"))
    task, sim = episode.task, episode.sim
    sim.step(5)
    assert not task.done(sim)[0]
    sim.joint("spoon").qpos[0, 2] += 0.05
    sim.forward()
    assert task.done(sim)[0]
    assert not task.held(sim)[0]  # nobody has it


def test_a_spoon_carried_around_the_pot_by_nobody_has_not_stirred():
    episode = started(named("stir-spoon"))
    task, sim = episode.task, episode.sim
    middle = sim.site("pot_base").xpos[0, :2].copy()
    for angle in np.radians([0.0, 60.0, 120.0, 180.0, 240.0]):
        sim.joint("spoon").qpos[0, :2] = middle + 0.025 * np.array((np.cos(angle), np.sin(angle)))
        sim.forward()
        task.follow(sim)
    assert task.turned(sim)[0] == 0.0


def test_a_grape_counts_while_it_lies_in_the_bowl():
    episode = started(named("scoop-grape"))
    task, sim = episode.task, episode.sim
    assert task.grapes(sim)[0] == 0
    sim.joint("grape_3").qpos[0, :3] = sim.site("spoon_bowl").xpos[0]
    sim.forward()
    assert task.grapes(sim)[0] == 1
    assert not task.done(sim)[0]  # the dish holds the spoon


def test_an_upturned_cup_in_the_air_is_poured_by_nobody():
    episode = started(named("pour-cup"))
    task, sim = episode.task, episode.sim
    sim.joint("cup").qpos[0, 2:] = 0.3, 0.0, 1.0, 0.0, 0.0
    sim.forward()
    assert sim.site("cup_rim").xpos[0, 2] < task.height(sim)[0]
    assert not task.done(sim)[0]


# --- scenes --------------------------------------------------------------------------------------------------------


@every_row
@pytest.mark.parametrize("split", ["train", "test"])
def test_things_rest_where_episodes_begin(row, split):
    for name in row.make_task().objects[split]:
        episode = started(row, (0, 1), split=split, object=name)
        task, sim = episode.task, episode.sim
        before = np.stack([sim.body(thing).xpos.copy() for thing in task.things])
        sim.step(100)
        after = np.stack([sim.body(thing).xpos for thing in task.things])
        assert np.abs(after - before).max() < 0.004, name
        assert not task.success(sim).any()
        assert not task.collides(sim).any()


@every_row
def test_splits_differ_in_objects_and_places(row):
    task = row.make_task()
    assert not set(task.objects["train"]) & set(task.objects["test"])
    shapes = [repr(thing) for split in task.objects.values() for thing in split.values()]
    assert len(set(shapes)) == len(shapes) >= 4
    episodes = [started(row, range(20), split=split) for split in ("train", "test")]
    train, test = (episode.sim.body(task.thing).xpos[:, 1] for episode in episodes)
    assert train.max() < test.min()


def test_things_are_moved_together():
    episode = started(named("stir-spoon"), range(5))
    apart = np.linalg.norm(episode.sim.body("spoon").xpos - episode.sim.body("pot").xpos, axis=1)
    np.testing.assert_allclose(apart, apart[0], atol=1e-9)


def test_a_quarter_turn_about_the_vertical():
    half = np.array([np.pi / 4])
    np.testing.assert_allclose(
        turned(np.cos(half), np.sin(half), np.array([[1.0, 0, 0, 0]]))[0], [0.5**0.5, 0, 0, 0.5**0.5]
    )


def test_no_target_leaps_and_what_was_sent_is_said():
    episode = started(named("pick-cup"))
    before = episode.sim.ctrl.copy()
    transition = episode.step(np.ones((1, 18)))
    sent = episode.sim.ctrl[0]
    assert transition.info["clipped"][0].any()
    assert np.abs(sent - before[0])[:3].max() <= 0.25 * 0.05 + 1e-12
    np.testing.assert_allclose(episode.task.limits.targets(transition.info["action_sent"][0]), sent, atol=1e-12)


def test_pressing_the_palm_on_a_cup_ends_the_episode():
    for ends_early in (True, False):
        episode = started(named("pick-cup"), ends_early=ends_early)
        x, y, _ = episode.sim.body("cup").xpos[0]
        down = np.array((x - 0.05, y, 0.05, 0.0, 0.0, 0.0, *episode.task.profile.home))
        steps = [episode.step(episode.task.limits.actions(down)[None]) for _ in range(60)]
        assert any(step.info["collision"][0] for step in steps)
        assert any(step.terminated[0] for step in steps) == ends_early


def test_options_that_do_nothing_are_refused():
    with pytest.raises(OptionError, match="backend='hardware'"):
        named("pick-cup").make_task(port="/dev/ttyUSB0")
    with pytest.raises(OptionError, match="red_cup"):
        named("pick-cup").make_task(object="red_cap")
    with pytest.raises(OptionError, match="split"):
        named("pick-cup").make_task(split="validation")
