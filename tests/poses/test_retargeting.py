"""Kappas: the robot's own poses come back, left is right mirrored, one is as many, and nothing bad gets through."""

from __future__ import annotations

import numpy as np
import pytest
from robots import HANDS, draw, hand_and_model, kappas, network

from hand_envs.errors import DatasetError, OptionError, UnknownOptionError
from hand_envs.poses.frames import REST, aligned, mirrored
from hand_envs.poses.human import forward, sample, subject, walk
from hand_envs.poses.retargeting import Closed, Contacts, Learned, Optimised, actions, angles, kappa

WHICH = ("closed", "coupled", "optimised", "whole", "learned", "seeing")
every_kappa = pytest.mark.parametrize("which", WHICH)


@pytest.fixture(scope="module")
def all_kappas(tmp_path_factory):
    return kappas(tmp_path_factory.mktemp("networks"))


def humans(n: int, seed: int = 0) -> np.ndarray:
    return forward(subject(seed), sample(np.random.default_rng(seed), n))


def turned(points: np.ndarray, seed: int = 0) -> np.ndarray:
    """The same hands elsewhere and turned otherwise."""
    generator = np.random.default_rng(seed)
    frame, _ = np.linalg.qr(generator.normal(size=(3, 3)))
    return points @ (frame * np.linalg.det(frame)) + generator.normal(size=3)


def tips(kappa, angles):
    return kappa.kinematics.forward(angles).fingers[:, :, 3]


@pytest.mark.parametrize("env_id", HANDS)
def test_the_robots_own_poses_come_back_in_closed_form(env_id):
    kappa = Closed(*hand_and_model(env_id))
    wanted = draw(kappa.kinematics, 300)
    for joint, name in enumerate(kappa.joints):
        if name in ("LFJ4", "THJ2"):  # what the closed form leaves at rest
            wanted[:, joint] = kappa.kinematics.rest[joint]
        if name in ("FFJ2", "MFJ2", "RFJ2", "LFJ2"):  # nearer than that to the axis of its spread, a finger tells less
            wanted[:, joint] *= 0.3
    found = kappa(turned(kappa.kinematics.forward(wanted).points), kappa.memory(300))
    off = np.abs(found - wanted)
    assert np.quantile(off, 0.98) < 1e-6
    assert np.median(off.max(axis=1)) < 1e-6


@pytest.mark.parametrize("env_id", HANDS)
def test_the_robots_own_tips_come_back_by_optimisation(env_id):
    hand, model = hand_and_model(env_id)
    kappa = Optimised(hand, model, pinch=(0.0, 1e-3))
    wanted = draw(kappa.kinematics, 200)
    wanted[:, kappa.joints.index("LFJ4")] = 0.0  # it moves the knuckle that the palm is found by
    points = turned(kappa.kinematics.forward(wanted).points)
    memory = kappa.memory(200)
    for _ in range(5):
        found = kappa(points, memory)
    off = np.linalg.norm(tips(kappa, found) - tips(kappa, wanted), axis=-1)
    assert np.median(off) < 1e-4
    assert np.quantile(off.max(axis=1), 0.95) < 1e-3


@every_kappa
def test_one_is_as_many_bit_for_bit(all_kappas, which):
    kappa = all_kappas[which]
    frames = humans(30).reshape(3, 10, 21, 3)
    frames[1, 4, 7:9] = np.nan
    many = kappa.memory(10)
    together = [kappa(frame, many) for frame in frames]
    for row in range(10):
        memory = kappa.memory(1)
        for frame, wanted in zip(frames, together, strict=True):
            np.testing.assert_array_equal(kappa(frame[row : row + 1], memory)[0], wanted[row])
        for name, value in memory.items():
            np.testing.assert_array_equal(value[0], many[name][row])


@every_kappa
def test_a_left_hand_mirrored_is_a_right_one(all_kappas, which):
    kappa, right = all_kappas[which], humans(20)
    left = mirrored(right)
    np.testing.assert_array_equal(kappa(mirrored(left), kappa.memory(20)), kappa(right, kappa.memory(20)))


@pytest.mark.parametrize("which", ["closed", "optimised", "learned"])
def test_where_the_hand_is_and_how_it_is_turned_does_not_count(all_kappas, which):
    kappa, points = all_kappas[which], humans(50)
    here, there = kappa(points, kappa.memory(50)), kappa(turned(points), kappa.memory(50))
    np.testing.assert_allclose(here, there, atol=1e-6)


def test_a_larger_person_is_the_same_robot(all_kappas):
    points = humans(20)
    closed, optimised = all_kappas["closed"], all_kappas["optimised"]
    np.testing.assert_allclose(closed(points, closed.memory(20)), closed(1.2 * points, closed.memory(20)), atol=1e-9)
    open_hands = np.linalg.norm(points[:, 4:5] - points[:, [8, 12, 16, 20]], axis=-1).min(axis=1) > 0.06
    both = [optimised(scale * points, optimised.memory(20))[open_hands] for scale in (1.0, 1.2)]
    assert open_hands.sum() > 3
    np.testing.assert_allclose(*both, atol=1e-6)


def test_calibration_takes_a_persons_measures():
    hand, model = hand_and_model("HandPen-v0")
    points = humans(20)
    measured, calibrated = Optimised(hand, model), Optimised(hand, model, human=points)
    np.testing.assert_allclose(measured.proportions(points), calibrated.proportions(points), atol=1e-6)
    short = points.copy()
    short[:, 8] = short[:, 7]  # a tip that was taken for the joint before it
    assert np.abs(measured.proportions(short) - measured.proportions(points)).max() > 0.01
    np.testing.assert_allclose(calibrated.proportions(short)[:, 1, :3], calibrated.proportions(points)[:, 1, :3])


def test_a_pinch_closes_and_opens_without_a_jump(all_kappas):
    kappa = all_kappas["optimised"]
    poses = sample(np.random.default_rng(0), 300)
    gaps = np.linalg.norm(np.diff(forward(subject(0), poses)[:, [4, 8]], axis=1)[:, 0], axis=-1)
    closed, opened = poses[gaps.argmin()], poses[np.abs(gaps - 0.1).argmin()]
    share = np.concatenate([np.linspace(0, 1, 60), np.linspace(1, 0, 60)])[:, None]
    frames = forward(subject(0), opened + share * (closed - opened))
    memory = kappa.memory(1)
    found = np.concatenate([kappa(frame[None], memory) for frame in frames])
    robot = np.linalg.norm(tips(kappa, found)[:, 0] - tips(kappa, found)[:, 1], axis=-1)
    assert robot[60] < 0.003
    assert robot[0] > 0.05
    assert np.abs(np.diff(found, axis=0)).max() < 0.15


def test_the_thumb_meets_the_nearest_finger_though_others_are_near(all_kappas):
    kappa = all_kappas["whole"]
    points = humans(3000)
    gaps = np.linalg.norm(points[:, 4:5] - points[:, [8, 12, 16, 20]], axis=-1)
    points = points[(gaps[:, 0] < 0.015) & (gaps[:, 1] < 0.025) & (gaps[:, 0] < gaps[:, 1] - 0.005)]
    assert len(points) > 20
    memory = kappa.memory(len(points))
    for _ in range(5):
        found = tips(kappa, kappa(points, memory))
    assert np.linalg.norm(found[:, 0] - found[:, 1], axis=-1).mean() < 0.0027


@pytest.mark.parametrize("which", ["optimised", "whole"])
def test_nothing_jumps_that_the_humans_hand_does_not(all_kappas, which):
    kappa, n = all_kappas[which], 12
    walks = [forward(subject(seed), walk(np.random.default_rng(seed), 60)) for seed in range(n)]
    frames = np.stack(walks, axis=1)
    frames[::20] = humans(3 * n, seed=1).reshape(3, n, 21, 3)  # and a leap at times
    memory = kappa.memory(n)
    found = np.stack([kappa(frame, memory) for frame in frames])
    moved = np.linalg.norm(np.diff(aligned(frames), axis=0), axis=-1).max(axis=-1)
    change = np.abs(np.diff(found, axis=0)).max(axis=-1)
    assert (change <= 0.14 + np.maximum(moved - 0.01, 0.0) / 0.08 + 1e-9).all()
    assert change[moved < 0.01].max() > 0.1
    assert change.max() > 0.5


def test_contacts_draw_tips_into_the_object(all_kappas):
    kappa = all_kappas["optimised"]
    points = REST[None]
    memory = kappa.memory(1)
    free = tips(kappa, kappa(points, memory))[0, 1]
    surface = np.full((1, 5, 3), np.nan)
    normals = np.zeros((1, 5, 3))
    surface[0, 1], normals[0, 1] = free + np.array([0.01, 0.0, 0.0]), [-1.0, 0.0, 0.0]
    for _ in range(3):
        pressed = tips(kappa, kappa(points, memory, contacts=Contacts(surface, normals)))[0, 1]
    assert pressed[0] - surface[0, 1, 0] == pytest.approx(0.004, abs=1e-3)
    with pytest.raises(OptionError, match=r"\(1, 5, 3\)"):
        kappa(points, memory, contacts=Contacts(surface[:, :4]))


def test_no_finger_stays_stuck_and_none_jumps_out_of_it():
    """Hands that rest, while the robot's joints are at one limit or the other: steps alone leave one of 20 there."""
    hand, model = hand_and_model("HandPen-v0")
    kappa = Optimised(hand, model, pinch=(0.0, 1e-3))
    kin = kappa.kinematics
    wanted = draw(kin, 100)
    wanted[:, kappa.joints.index("LFJ4")] = 0.0  # it moves the knuckle that the palm is found by
    points, memory = kin.forward(wanted).points, kappa.memory(100)
    kappa(points, memory)
    memory["angles"][:, 2:] = np.where(np.random.default_rng(1).random((100, 22)) < 0.5, kin.least[2:], kin.most[2:])
    frames = np.array([memory["angles"].copy(), *(kappa(points, memory) for _ in range(30))])
    assert np.linalg.norm(tips(kappa, frames[-1]) - tips(kappa, wanted), axis=-1).max() < 0.03
    assert np.abs(np.diff(frames, axis=0)).max() <= 0.14 + 1e-12


def test_no_joint_changes_more_than_it_is_let():
    kappa = Optimised(*hand_and_model("HandPen-v0"), most_change=0.05)
    memory, frames = kappa.memory(1), humans(20)
    found = np.concatenate([kappa(frame[None], memory) for frame in frames])
    assert np.abs(np.diff(found, axis=0)).max() <= 0.05 + 1e-12


@every_kappa
def test_the_wrist_is_what_is_given(all_kappas, which):
    kappa, points = all_kappas[which], humans(3)
    given = np.array([[0.1, -0.2], [9.0, -9.0], [np.nan, 0.3]])
    found = kappa(points, kappa.memory(3), given)[:, :2]
    np.testing.assert_array_equal(found, [[0.1, -0.2], [kappa.high[0], kappa.low[1]], [0.0, 0.3]])
    if which not in ("learned", "seeing"):
        assert not kappa(points, kappa.memory(3))[:, :2].any()
    with pytest.raises(OptionError, match="WRJ1"):
        kappa(points, kappa.memory(3), given[:2])


@every_kappa
def test_what_is_missing_stays_where_it_was(all_kappas, which):
    kappa, points = all_kappas[which], humans(2)
    memory = kappa.memory(2)
    first = kappa(points, memory)
    lost = points.copy()
    lost[:, 5:9] = np.nan
    lost[1] = np.nan
    if which != "seeing":  # where the camera is, is not to be seen then
        np.testing.assert_allclose(kappa(lost, memory), first, atol=0.12)
    nothing = kappa(np.full((2, 21, 3), np.nan), kappa.memory(2))
    assert np.isfinite(nothing).all()


@pytest.mark.parametrize(
    ("which", "options", "said"),
    [
        ("closed", {"contacts": None}, "Closed got an unexpected keyword argument 'contacts'.* Valid: wrist$"),
        ("learned", {"contact": None}, "Learned got an unexpected keyword argument 'contact'"),
        ("optimised", {"contact": None}, "'contact'; did you mean 'contacts'"),
    ],
)
def test_what_a_call_does_not_know_is_refused(all_kappas, which, options, said):
    """Contacts given to a kappa that cannot use them would have been passed over in silence."""
    kappa, points = all_kappas[which], humans(2)
    with pytest.raises(UnknownOptionError, match=said):
        kappa(points, kappa.memory(2), **options)


@pytest.mark.parametrize(
    "wrong", [{"wrist": np.zeros((3, 2))}, {"contacts": Contacts(np.zeros((1, 5, 3)))}, {"contact": 1}]
)
def test_a_call_that_is_refused_leaves_the_memory(all_kappas, wrong):
    kappa = all_kappas["optimised"]
    memory = kappa.memory(2)
    kappa(humans(2), memory)
    before = {name: value.copy() for name, value in memory.items()}
    with pytest.raises(OptionError):
        kappa(humans(2, seed=1), memory, **wrong)
    for name, value in memory.items():
        np.testing.assert_array_equal(value, before[name])


def test_points_of_another_number_are_refused(all_kappas):
    kappa = all_kappas["closed"]
    with pytest.raises(OptionError, match="3 simulations"):
        kappa(humans(2), kappa.memory(3))
    with pytest.raises(OptionError, match="21"):
        kappa(np.zeros((2, 20, 3)), kappa.memory(2))


def test_actions_are_angles():
    low, high = np.array([-1.0, 0.0]), np.array([1.0, 4.0])
    np.testing.assert_array_equal(actions(np.array([[0.5, 1.0]]), low, high), [[0.5, -0.5]])
    np.testing.assert_array_equal(angles(np.array([[0.5, -0.5]]), low, high), [[0.5, 1.0]])


def test_kappas_by_name(all_kappas, tmp_path):
    hand, model = hand_and_model("HandPen-v0")
    file = network(tmp_path / "kappa.npz", all_kappas["closed"])
    for each in (file, str(file)):
        assert isinstance(kappa(each, hand, model), Learned)
    assert isinstance(kappa("closed", hand, model), Closed)
    assert kappa(all_kappas["optimised"], hand, model) is all_kappas["optimised"]
    with pytest.raises(OptionError, match="optimised"):
        kappa("optimized", hand, model)
    with pytest.raises(OptionError, match="'learned' is in a file"):
        kappa("learned", hand, model)
    with pytest.raises(UnknownOptionError, match="'stepps'; did you mean 'steps'"):
        kappa("optimised", hand, model, stepps=3)


@pytest.mark.parametrize(
    "options",
    [
        {"steps": 0}, {"pinch": (0.04, 0.02)}, {"most_change": 0.0}, {"scale": "fingers"}, {"scale": -1.0},
    ],
)  # fmt: skip
def test_options_that_cannot_be(options):
    with pytest.raises(OptionError, match=next(iter(options))):
        Optimised(*hand_and_model("HandPen-v0"), **options)


def test_a_network_is_what_its_file_says(tmp_path):
    hand, model = hand_and_model("HandPen-v0")
    closed = Closed(hand, model)
    with np.load(network(tmp_path / "kappa.npz", closed)) as file:
        arrays = dict(file)
    arrays["weight2"][:], arrays["bias2"][:] = 0.0, np.linspace(-2, 2, len(closed.joints))
    np.savez(tmp_path / "constant.npz", **arrays)
    kappa = Learned(hand, model, tmp_path / "constant.npz")
    wanted = angles(np.clip(np.linspace(-2, 2, len(closed.joints)), -1, 1), closed.low, closed.high)
    np.testing.assert_allclose(kappa(humans(1), kappa.memory(1))[0], wanted, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"version": np.array(2)}, "version 2"),
        ({"weight1": np.zeros((63, 64))}, r"weight1.*\(64, 64\)"),
        ({"weight1": None}, "weight2|weight1"),
        ({"bias0": np.full(64, np.nan)}, "not finite"),
        ({"scale": np.zeros(63)}, "above 0"),
        ({"joints": np.array(["J"] * 24)}, "FFJ3"),
        ({"viewpoint": np.array(True)}, r"\(66,\)"),
        ({"mean": np.array(["a"] * 63)}, "mean"),
    ],
)
def test_a_file_that_is_wrong_says_how(tmp_path, change, said):
    hand, model = hand_and_model("HandPen-v0")
    path = network(tmp_path / "kappa.npz", Closed(hand, model))
    with np.load(path) as file:
        arrays = {name: array for name, array in ({**file} | change).items() if array is not None}
    np.savez(path, **arrays)
    with pytest.raises(DatasetError, match=said) as error:
        Learned(hand, model, path)
    assert str(path) in str(error.value)
