"""Made sequences: hands that truly hold, a person's skeleton that follows, a camera, a folder that resumes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from agents.planner.captures import coin, pour
from agents.planner.captures.action import ACTIONS, action_of
from agents.planner.captures.camera import worn
from agents.planner.captures.fitting import fitted
from agents.planner.captures.make import Recipe, make_captures
from agents.planner.captures.rollout import Stage
from agents.planner.captures.turning import X, Y, Z, about, eased, upright
from hand_envs.captures.fphab import read_fphab
from hand_envs.errors import DatasetError, OptionError
from hand_envs.images.cropping import SR300
from hand_envs.images.png import read_depth
from hand_envs.poses.human import forward, sample, subject


def test_motions_begin_and_end_at_rest_and_turns_turn():
    share = eased(11, np.array([2.0]), np.array([8.0]))[0]
    np.testing.assert_allclose(share[[0, 2, 5, 8, 10]], [0.0, 0.0, 0.5, 1.0, 1.0])
    assert (np.diff(share) >= 0).all()
    np.testing.assert_allclose(about(Z, np.array(np.pi / 2)) @ X, Y, atol=1e-12)
    palm = upright(np.array([np.pi / 2]))[0]
    np.testing.assert_allclose(palm @ Z, -X, atol=1e-12)  # fingers to the left
    np.testing.assert_allclose(palm @ Y, Z, atol=1e-12)  # thumb up


def test_a_fit_finds_the_hand_that_made_the_points():
    person = subject(3)
    angles = np.repeat(sample(np.random.default_rng(1), 1), 9, axis=0)
    points = forward(person, angles) @ about(X, np.array(1.2)).T + (0.1, 0.2, 0.5)
    assert np.linalg.norm(fitted(person, points) - points, axis=-1).max() < 2e-3


def test_a_fit_has_the_persons_bones_and_keeps_the_fingertips():
    person, other = subject(701), subject(712)
    points = forward(other, sample(np.random.default_rng(2), 12))
    hands = fitted(person, points)
    thumb = np.linalg.norm(np.diff(hands[:, 1:5], axis=1), axis=-1)
    np.testing.assert_allclose(thumb, np.broadcast_to(person.bones[0], thumb.shape), atol=1e-12)


def test_a_camera_sees_all_of_it_from_above_and_hardly_sways():
    rng = np.random.default_rng(0)
    for _ in range(20):
        points = rng.uniform(-0.2, 0.2, (40, 25, 3))
        camera = worn(rng, points[:, :21], points[:, 21:])
        pixels = SR300.project(camera.sees(points))
        assert pixels.min() > 0
        assert (pixels < [640, 480]).all()
        assert (camera.down[1:] > [0.5, 0.3]).all()
        still = camera.sees(np.tile(points[:1], (40, 1, 1)))
        assert 0.0 < np.linalg.norm(still - still[:1], axis=-1).max() < 0.04
        np.testing.assert_allclose(np.linalg.det(camera.turn), 1.0)


def test_a_camera_looks_past_the_forearm():
    hand = np.zeros((5, 21, 3))
    hand[:, 9] = 0.0, 0.1 * np.cos(0.6), -0.1 * np.sin(0.6)  # ahead and down, as a worn camera looks
    for seed in range(10):
        camera = worn(np.random.default_rng(seed), hand, hand)
        knuckle = camera.turn[0] @ hand[0, 9]
        assert np.degrees(np.arccos(knuckle[2] / 0.1)) > 20.0


def test_a_carton_is_held_by_a_hand_that_closes_and_not_by_one_that_does_not():
    stage = Stage(action_of("pour_juice_bottle").task(), 32)
    scripts = pour.draw(np.random.default_rng(0), 32, 60)
    held = np.isfinite(pour.merit(scripts, stage.play(scripts)))
    assert 2 <= held.sum() < 24
    slack = replace(scripts, fingers=np.repeat(scripts.fingers[:, :1], 60, axis=1))
    assert not np.isfinite(pour.merit(slack, stage.play(slack))).any()


def test_a_coin_is_given_by_fingers_that_open_and_not_by_ones_that_do_not():
    stage = Stage(action_of("give_coin").task(), 32)
    scripts = coin.draw(np.random.default_rng(0), 32, 60)
    played = stage.play(scripts)
    held = np.isfinite(coin.merit(scripts, played))
    assert held.sum() >= 2
    away = np.linalg.norm((played.object_pos[held, -1] - scripts.box_pos[held])[:, :2], axis=-1)
    assert away.max() < 0.06
    closed = replace(scripts, fingers=np.repeat(scripts.fingers[:, :1], 60, axis=1))
    assert not np.isfinite(coin.merit(closed, stage.play(closed))).any()


def test_a_folder_is_made_resumed_and_read(tmp_path, monkeypatch):
    monkeypatch.setitem(ACTIONS, "give_coin", replace(ACTIONS["give_coin"], frames=(40, 40)))
    recipe = Recipe("give_coin", tries=32, enough=1)
    wanted = recipe.wanted(subjects=1, takes=2)
    finished = list(make_captures(tmp_path, recipe, wanted[:1], workers=1))
    assert 0.5 < finished[0].fit < 20.0
    first = tmp_path / "Video_files/Subject_1/give_coin/1/depth/depth_0000.png"
    skeleton = tmp_path / "Hand_pose_annotation_v1/Subject_1/give_coin/1/skeleton.txt"
    before = first.read_bytes(), skeleton.read_bytes()
    first.unlink()
    first.parent.rename(tmp_path / "gone")
    list(make_captures(tmp_path, recipe, wanted, workers=1))
    assert (first.read_bytes(), skeleton.read_bytes()) == before
    captures = read_fphab(tmp_path, "give_coin")
    assert [(each.split, len(each), each.objects) for each in captures] == [("train", 40, None), ("test", 40, None)]
    assert captures.notes["synthetic"] is True
    hand = captures[1].points["gt"][0]
    u, v = np.rint(SR300.project(hand)).astype(int).T
    assert np.median(np.abs(read_depth(first)[v, u] / 1000 - hand[:, 2])) < 0.03  # joints are below the skin
    with pytest.raises(DatasetError, match="made otherwise"):
        list(make_captures(tmp_path, replace(recipe, tries=33), wanted, workers=1))


@pytest.mark.parametrize("wrong", [{"tries": 0}, {"seed": -1}, {"enough": 0}, {"action": "give_coins"}])
def test_recipes_that_make_nothing_are_refused(wrong):
    with pytest.raises(OptionError):
        Recipe(**{"action": "give_coin", **wrong})


def test_subjects_and_takes_have_the_splits_of_the_layout():
    wanted = Recipe("pour_juice_bottle").wanted(8, 6)
    splits = [each.split for each in wanted]
    assert {name: splits.count(name) for name in set(splits)} == {
        "train": 12,
        "test": 12,
        "validation": 12,
        "others": 8,
    }
    with pytest.raises(OptionError, match="1 to 8 subjects"):
        Recipe("pour_juice_bottle").wanted(9, 6)
