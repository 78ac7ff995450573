"""Made clips: hands that take hold of things, the labels that their frames give, and what a prior makes of them."""

from __future__ import annotations

import json
from dataclasses import replace

import mujoco
import numpy as np
import pytest
from conftest import ROOT, needs_gl

pytest.importorskip("torch", reason="agents need the extra: pip install 'hand-envs[agents]'")

from agents.cem.affordance.__main__ import main
from agents.cem.affordance.clips import EXACT, Clip, Errors, contact_frame, hand_of, label_of
from agents.cem.affordance.cropping import AboveTable
from agents.cem.affordance.grasps import HOOK, PINCH, POWER, Grasp, Grip, taken
from agents.cem.affordance.mapping import joints_of, motors_of, palm_of, robot_wrist
from agents.cem.affordance.prior import BENEATH, HALF_HAND, contact_at, load
from agents.cem.affordance.solids import Solids
from hand_envs.attempts.view import View
from hand_envs.core.turns import angle_between, matrix_of
from hand_envs.errors import DatasetError, OptionError
from hand_envs.hands.profile import profile
from hand_envs.poses.human import average
from hand_envs.poses.mano import from_mano

DOWN = np.diag([1.0, -1.0, -1.0])
FLAT = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
"""A palm that looks down."""
VIEW = View(64, 64, 80.0, DOWN, np.array([0.0, 0.0, 0.8]))
"""A camera that looks straight down from 0.8 m: a pixel of the table is 1 cm."""


def solids(*geoms: dict) -> Solids:
    spec = mujoco.MjSpec()
    body = spec.worldbody.add_body(name="thing", pos=(0, 0, 0.1))
    for number, geom in enumerate(geoms):
        body.add_geom(name=f"part{number}", **geom)
    model = spec.compile()
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    return Solids(model, data, ["thing"])


CYLINDER = {"type": mujoco.mjtGeom.mjGEOM_CYLINDER, "size": (0.03, 0.05, 0)}


@pytest.mark.parametrize(
    ("geom", "point", "distance"),
    [
        ({"type": mujoco.mjtGeom.mjGEOM_BOX, "size": (0.02, 0.03, 0.04)}, (0.05, 0.07, 0.1), 0.05),
        ({"type": mujoco.mjtGeom.mjGEOM_BOX, "size": (0.02, 0.03, 0.04)}, (0.015, 0.0, 0.1), -0.005),
        (CYLINDER, (0.06, 0.0, 0.12), 0.03),
        (CYLINDER, (0.0, 0.0, 0.16), 0.01),
        ({"type": mujoco.mjtGeom.mjGEOM_CAPSULE, "size": (0.01, 0.05, 0)}, (0.0, 0.0, 0.17), 0.01),
        ({"type": mujoco.mjtGeom.mjGEOM_SPHERE, "size": (0.02, 0, 0)}, (0.03, 0.04, 0.1), 0.03),
        (CYLINDER, (0.3, 0.0, 0.02), 0.02),  # the table is nearer
    ],
)
def test_distances_from_things(geom, point, distance):
    assert solids(geom)(np.array([point]))[0] == pytest.approx(distance, abs=1e-9)


def test_hands_do_not_close_on_what_nobody_can_measure():
    with pytest.raises(OptionError, match="ELLIPSOID"):
        solids({"type": mujoco.mjtGeom.mjGEOM_ELLIPSOID, "size": (0.1, 0.2, 0.1)})


@pytest.mark.parametrize("kind", [POWER, PINCH, HOOK])
def test_a_hand_takes_hold_as_it_was_told_and_stays_out_of_things(kind):
    cup, shape = solids(CYLINDER), average()
    grip = Grip(np.array([0.0, 0.0, 0.1]), np.array([0.0, 0.0, 1.0]), np.array([0.0, 1.0, 0.0]), 0.03, kind)
    for seed in range(8):
        grasp = taken(np.random.default_rng(seed), shape, grip, cup)
        assert np.linalg.det(grasp.palm) == pytest.approx(1.0)
        assert grasp.palm[1, 0] > 0.8, "the palm looks to +y"
        assert grasp.palm[2, 1] > 0.8, "the thumb is above"
        points = grasp.points()
        assert (cup(points)[1:] > 0).all(), "no joint is in the cup or in the table"
        tips = cup(points[[4, 8, 12]], table=False) - shape.radii[[4, 8, 12]]
        if kind == POWER:
            assert tips.min() < 0.02, "a finger reaches it"


def test_an_open_hand_comes_from_behind():
    grip = Grip(np.array([0.0, 0.0, 0.1]), np.array([0.0, 0.0, 1.0]), np.array([0.0, 1.0, 0.0]), 0.03)
    grasp = taken(np.random.default_rng(0), average(), grip, solids(CYLINDER))
    far, near = grasp.points(0.0, 0.1), grasp.points(0.0, 0.0)
    np.testing.assert_allclose(np.linalg.norm(near - far, axis=1), 0.1, atol=1e-9)
    assert near[0, 1] > far[0, 1], "along the palm's look"


# --- labels of clips ------------------------------------------------------------------------------------------------


def clip_of(*gaps: float | None) -> Clip:
    """A block 4 cm high in the picture's middle; in each further frame something 2 cm thick, so far (m) beside it."""
    depth = np.full((len(gaps) + 1, 64, 64), 0.8)
    depth[:, 28:36, 28:36] = 0.76
    for frame, gap in enumerate(gaps, start=1):
        if gap is not None:
            left = 36 + round(gap * 100)
            depth[frame, 30:34, left - 2 : left + 8] = 0.735
    grasp = Grasp(average(), np.eye(3), np.zeros(3), np.zeros(22), np.zeros(22), PINCH)
    return Clip(np.zeros((*depth.shape, 3), np.uint8), depth, VIEW, "pick up the block", grasp)


def parts(clip: Clip) -> tuple[np.ndarray, np.ndarray]:
    return clip.depth < clip.depth[0] - 0.004, AboveTable()(clip.colour[0], clip.view.cloud(clip.depth[0]), "")


@pytest.mark.parametrize(("gaps", "frame"), [((0.15, 0.06, 0.0, 0.0), 3), ((None, 0.0), 2), ((0.0, 0.1, 0.0), 1)])
def test_contact_begins_in_the_first_frame_that_is_as_near_as_any(gaps, frame):
    clip = clip_of(*gaps)
    assert contact_frame(clip, *parts(clip)) == frame


def test_contact_is_where_the_hand_meets_the_thing():
    label = label_of(clip_of(0.15, 0.0), AboveTable(), np.random.default_rng(0))
    np.testing.assert_array_equal(label.box, [28, 28, 36, 36])
    assert (np.abs(label.contact - [36.0, 32.0]) <= 2.5).all()
    assert not label.image.any(), "the first frame"


def test_clips_without_contact_give_no_label():
    for clip in (clip_of(0.15, 0.2), clip_of(None, None)):
        with pytest.raises(DatasetError, match="touches"):
            label_of(clip, AboveTable(), np.random.default_rng(0))


def test_a_hand_is_said_in_the_cameras_frame():
    clip = clip_of(0.0)
    exact = hand_of(clip.grasp, VIEW, np.random.default_rng(0))
    np.testing.assert_allclose(VIEW.rotation @ palm_of(matrix_of(exact[:3])), clip.grasp.palm, atol=1e-9)
    np.testing.assert_allclose(from_mano(exact[None, 3:])[0], clip.grasp.angles, atol=1e-9)


def test_the_errors_of_labels_are_those_that_are_stated():
    grasp, rng = clip_of(0.0).grasp, np.random.default_rng(1)
    exact, errors = hand_of(grasp, VIEW, rng), Errors(power=0.0)
    hands = np.stack([hand_of(grasp, VIEW, rng, errors) for _ in range(600)])
    np.testing.assert_allclose(np.std(hands[:, 3:] - exact[3:]), errors.pose, rtol=0.05)
    turned = angle_between(matrix_of(hands[:, :3]), matrix_of(exact[:3]))
    np.testing.assert_allclose(np.sqrt(np.mean(turned**2) / 3), errors.wrist, rtol=0.1)
    taken_for = [
        np.abs(hand_of(grasp, VIEW, rng, replace(EXACT, power=0.85))[3:] - exact[3:]).max() for _ in range(600)
    ]
    assert np.mean(np.array(taken_for) > 0.5) == pytest.approx(0.85, abs=0.05)


# --- a human hand as a robot's --------------------------------------------------------------------------------------


def test_a_palm_that_looks_down_is_a_wrist_that_is_not_turned():
    palm = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])  # out of the palm: down; fingers: x
    np.testing.assert_allclose(robot_wrist(palm), np.eye(3))
    thumb_up = matrix_of(np.array([np.pi / 2, 0.0, 0.0])) @ palm
    np.testing.assert_allclose(thumb_up[:, 1], [0, 0, 1], atol=1e-12)
    np.testing.assert_allclose(robot_wrist(thumb_up), matrix_of(np.array([np.pi / 2, 0.0, 0.0])), atol=1e-12)


@pytest.mark.parametrize("name", ["dash", "leap"])
def test_every_joint_follows_its_human_one(name):
    hand, angles = profile(name), np.zeros(22)
    angles[1:6] = 0.3, 0.8, 0.0, 0.2, 0.3
    angles[6:] = np.tile([0.05, 0.5, 0.6, 0.42], 4)
    motors = dict(zip([motor.name for motor in hand.motors], motors_of(angles, hand), strict=True))
    assert motors["index_side"] == pytest.approx(0.05)
    assert motors["ring_forward"] == pytest.approx(0.5)
    if name == "leap":
        assert (motors["middle_pip"], motors["middle_dip"]) == pytest.approx((0.6, 0.42))
    else:  # one string bends both, DIP 0.7 of PIP
        assert motors["middle_curl"] == pytest.approx(0.6)
    assert motors["thumb_side"] > 1.0, "the thumb stands against the fingers"


@pytest.mark.parametrize("name", ["dash", "leap"])
def test_no_hand_is_told_what_it_cannot_do(name):
    hand, rng = profile(name), np.random.default_rng(0)
    for _ in range(50):
        motors = motors_of(rng.uniform(-np.pi, np.pi, 22), hand)
        assert (motors >= hand.low).all()
        assert (motors <= hand.high).all()


def test_the_joints_of_a_straight_finger_are_at_zero():
    joints = joints_of(np.zeros(22))
    assert all(joints[finger, link, "bend"] == 0 for finger in ("index", "little") for link in range(3))


# --- the prior ------------------------------------------------------------------------------------------------------


def test_contact_lies_at_the_depth_of_the_nearest_part_of_the_thing():
    clip = clip_of(0.0)
    _, mask = parts(clip)
    inside = contact_at(np.array([[30.0, 32.0], [34.0, 32.0]]), mask, clip.depth[0], VIEW, FLAT)
    np.testing.assert_allclose(inside, [0, 0, 0.04 - BENEATH], atol=1e-9)
    beside = contact_at(np.array([[40.0, 32.0]]), mask, clip.depth[0], VIEW, FLAT)
    assert beside[2] == pytest.approx(0.04 - BENEATH)
    assert beside[0] == pytest.approx(8 / 80 * (0.76 + BENEATH))


def test_a_contact_on_a_rim_is_as_high_as_the_rim():
    depth = np.full((64, 64), 0.8)
    depth[26:38, 26:38] = 0.7
    depth[27:37, 27:37] = 0.79  # what one sees in it
    mask = depth < 0.795
    held = contact_at(np.array([[28.0, 32.0], [36.0, 32.0]]), mask, depth, VIEW, FLAT)
    np.testing.assert_allclose(held, [0, 0, 0.1 - BENEATH], atol=1e-9)
    upright = matrix_of(np.array([np.pi / 2, 0.0, 0.0])) @ FLAT
    held = contact_at(np.array([[28.0, 32.0], [36.0, 32.0]]), mask, depth, VIEW, upright)
    np.testing.assert_allclose(held, [0, 0, 0.1 - HALF_HAND], atol=1e-9)


SHIPPED = ROOT / "assets" / "agents" / "affordance"


def test_the_prior_that_ships_is_small_and_finds_a_block():
    assert sum(file.stat().st_size for file in SHIPPED.iterdir()) < 2e6
    clip = clip_of(0.0)
    picture = np.where(parts(clip)[1][..., None], 200, 90).astype(np.uint8) * np.ones(3, np.uint8)
    for name in ("dash", "leap"):
        prior = load(name)
        xi = prior(picture, clip.depth[0], VIEW, "pick up the cup")
        assert xi.shape == (6 + len(prior.profile.motors),)
        assert np.abs(xi[:2]).max() < 0.06, "on the block or beside it"
        np.testing.assert_array_equal(xi, prior(picture, clip.depth[0], VIEW, "pick up the cup"))
    with pytest.raises(OptionError, match="Nothing to grasp"):
        load()(picture, np.full((64, 64), 0.8), VIEW, "pick up the cup")


@needs_gl
def test_made_clips_are_the_same_for_the_same_seed_and_touch_what_they_show():
    from agents.cem.affordance.making import made

    (one, label), (again, same) = (next(iter(made(1, 3))) for _ in range(2))
    np.testing.assert_array_equal(one.colour, again.colour)
    np.testing.assert_array_equal(label.contact, same.contact)
    _, mask = one.depth, AboveTable()(one.colour[0], one.view.cloud(one.depth[0]), "")
    tips = one.grasp.points()[[4, 8, 12, 16, 20]]
    thing = one.view.cloud(one.depth[0])[mask]
    assert np.linalg.norm(tips[:, None] - thing, axis=-1).min() < 0.06
    assert (one.depth[-1] < one.depth[0] - 0.004).sum() > 50, "there is a hand in the last frame"


@needs_gl
def test_the_whole_way_by_the_command_line(tmp_path, capsys):
    made, run, card = tmp_path / "clips", tmp_path / "run", tmp_path / "run" / "agent" / "card.json"
    assert main(["make", str(made), "--clips", "6"]) == 0
    assert len(list(made.rglob("*.pkl"))) == 6
    assert json.loads((made / "made.json").read_text())["synthetic"] is True
    assert main(["make", str(made)]) != 0, "what is there stays"
    few = ["--steps", "16", "--batch", "8", "--held-out", "0.2"]
    assert main(["train", "--data", str(made), "--folder", str(run), *few]) == 0
    assert main(["evaluate", str(run / "agent"), "--clips", "2", "--card"]) == 0
    test = json.loads(card.read_text())["test"]["all"]
    assert test["contact, middle of the box (mm)"] > 0
    assert main(["draw", str(tmp_path / "a.png"), "--source", str(run / "agent"), "--clips", "1"]) == 0
    assert (tmp_path / "a.png").stat().st_size > 10_000
    assert "choose another folder" in capsys.readouterr().err
