"""A hand that follows another: the clutch, the start, a loss and the return, and what is asked of every intention."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hand_envs.core.hand import Hand
from hand_envs.live.arm import Place
from hand_envs.live.follower import BLEND, EASE, Follower, Rig
from hand_envs.live.packet import Frame
from hand_envs.live.stream import LOST, Stream
from hand_envs.live.turning import about_z, quaternion, rotation
from hand_envs.poses.conventions import BASES
from hand_envs.poses.frames import REST, aligned, palm_frame, view_direction
from hand_envs.registry import task_of

STEP, PERIOD = 0.01, 0.03


class Fist:
    """A kappa that is quick: every finger as bent as the middle finger's tip is near the wrist."""

    viewpoint = False

    def __init__(self, hand: Hand) -> None:
        self.joints = hand.wrist + hand.fingers

    def memory(self, n: int) -> dict[str, np.ndarray]:
        return {}

    def __call__(self, points: np.ndarray, memory: dict, wrist: np.ndarray) -> np.ndarray:
        bent = 8 * (0.18 - np.linalg.norm(points[:, 12], axis=-1))
        return np.concatenate([wrist, np.repeat(0.7 + bent[:, None], len(self.joints) - 2, axis=1)], axis=1)


@pytest.fixture(scope="module")
def rig() -> Rig:
    """That of the relocation, whose arm moves freely."""
    task = task_of("HandRelocate-v0", {})
    return Rig(task.hand, task.scene().compile(), Fist(task.hand))


class Person:
    """A person whom a follower follows, at 33 frames a second."""

    def __init__(self, rig: Rig, scale: float = 1.0, world: np.ndarray | None = None) -> None:
        self.rig, self.stream = rig, Stream()
        self.rest = np.zeros(rig.width)
        self.follower = Follower(rig, self.stream, self.rest, scale)
        home = rig.arm.place(rig.arm.servos.angles(self.rest[rig.arm.servos.numbers]))
        self.world = np.eye(3) if world is None else world
        self.wrist = Place(np.array([4.0, 5.0, 6.0]), self.world @ home.rotation)
        self.hand, self.engaged, self.number = REST, True, 0
        self.home, self.actions = home, []

    def go(self, seconds: float, move=(0, 0, 0), seen: bool = True) -> None:
        """Move evenly in the robot's axes, or be out of sight."""
        for _ in range(round(seconds / PERIOD)):
            now = PERIOD * self.number
            self.wrist = replace(self.wrist, position=self.wrist.position + self.world @ move * PERIOD / seconds)
            if seen:
                tremble = 1e-4 * np.random.default_rng(self.number).normal(size=REST.shape)
                wrist = np.concatenate([self.wrist.position, quaternion(self.wrist.rotation)])
                frame = Frame(self.hand + tremble, wrist, now, self.number, engaged=self.engaged)
                assert self.stream.receive(frame, now) == "taken"
            self.actions += [self.follower.intend(now + k * STEP) for k in range(3)]
            self.number += 1

    @property
    def palm(self) -> Place:
        """Where the servos pull the palm."""
        servos = self.rig.arm.servos
        return self.rig.arm.place(servos.angles(self.actions[-1][servos.numbers]))

    def moved(self) -> np.ndarray:
        return self.palm.position - self.home.position


class Watcher(Fist):
    """A kappa that keeps what it was shown."""

    viewpoint = True

    def __call__(self, points: np.ndarray, memory: dict, wrist: np.ndarray) -> np.ndarray:
        self.shown = points[0].copy()
        return super().__call__(aligned(points), memory, wrist)


def test_a_kappa_that_knows_the_viewpoint_sees_the_palm_from_below(rig):
    """As its pairs showed it: a camera 0.6 m below where the palm began, the palm where the robot's is asked to be."""
    kappa = Watcher(rig.arm.hand)
    person = Person(Rig(rig.arm.hand, rig.arm._model, kappa), world=about_z(1.0))
    person.go(0.3)
    np.testing.assert_allclose(kappa.shown[0], [0, 0, 0.6], atol=5e-3)
    np.testing.assert_allclose(palm_frame(kappa.shown), person.home.rotation, atol=0.02)
    person.go(1.5, move=(0.05, -0.04, 0.1))
    np.testing.assert_allclose(kappa.shown[0], [0.05, -0.04, 0.7], atol=5e-3)
    expected = person.palm.rotation.T @ -(kappa.shown[list(BASES)].mean(axis=0))
    np.testing.assert_allclose(view_direction(kappa.shown), expected / np.linalg.norm(expected), atol=0.02)


def test_the_palm_goes_where_the_wrist_goes(rig):
    person = Person(rig)
    person.go(1.0)
    np.testing.assert_allclose(person.moved(), 0, atol=1e-3)
    person.go(1.0, move=(0.05, 0.1, -0.07))
    person.go(0.5)
    np.testing.assert_allclose(person.moved(), [0.05, 0.1, -0.07], atol=2e-3)


def test_turns_are_followed(rig):
    person = Person(rig)
    person.go(1.0)
    turned = rotation(np.array([np.cos(0.1), *(np.sin(0.1) * np.array([0.6, 0.0, 0.8]))]))
    person.wrist = replace(person.wrist, rotation=turned @ person.wrist.rotation)
    person.go(0.5)
    np.testing.assert_allclose(person.palm.rotation @ person.home.rotation.T, turned, atol=5e-3)
    np.testing.assert_allclose(person.moved(), 0, atol=2e-3)


def test_scale(rig):
    person = Person(rig, scale=0.5)
    person.go(1.0)
    person.go(1.0, move=(0, 0.1, 0.1))
    person.go(0.5)
    np.testing.assert_allclose(person.moved(), [0, 0.05, 0.05], atol=2e-3)


@pytest.mark.parametrize("angle", [-2.5, 0.7, 3.1])
def test_it_does_not_matter_which_way_the_user_looks(rig, angle):
    """What is forwards for the user's hand is forwards for the robot's."""
    person = Person(rig, world=about_z(angle))
    person.go(1.0)
    person.go(1.0, move=(0.05, 0.1, -0.07))
    person.go(0.5)
    np.testing.assert_allclose(person.moved(), [0.05, 0.1, -0.07], atol=2e-3)


def test_with_the_clutch_open_the_arm_stays_and_is_recentred(rig):
    person = Person(rig)
    person.go(1.0)
    person.go(0.6, move=(0, 0.1, 0))
    person.engaged = False
    person.go(0.03)
    before = person.moved()
    person.go(0.6, move=(0, -0.3, 0.2))
    np.testing.assert_allclose(person.moved(), before, atol=1e-9)
    person.engaged = True
    person.go(0.3)
    np.testing.assert_allclose(person.moved(), before, atol=1e-3)
    person.go(0.6, move=(0, 0.1, 0.05))
    person.go(0.3)
    np.testing.assert_allclose(person.moved(), before + np.array([0, 0.1, 0.05]), atol=2e-3)


def test_a_wrist_that_is_not_known_moves_the_fingers_alone(rig):
    person = Person(rig)
    person.stream.receive(Frame(REST, np.zeros(7), 0.0, wrist_known=False), 0.0)
    actions = [person.follower.intend(k * STEP) for k in range(10)]
    arm = rig.arm.servos.numbers
    np.testing.assert_array_equal(actions[-1][arm], person.rest[arm])
    assert np.abs(actions[-1] - person.rest).max() > 0


def test_the_hand_is_taken_over_smoothly(rig):
    person = Person(rig)
    person.go(2 * BLEND)
    path = np.array(person.actions)
    way = np.abs(path[-1] - person.rest).max()
    assert way > 0.5, "the hand at rest is not the robot's"
    assert np.abs(path[0] - person.rest).max() < 0.01
    assert np.abs(np.diff(path, axis=0)).max() < 2.5 * way * STEP / BLEND
    halfway = np.abs(path[round(BLEND / 2 / STEP)] - person.rest).max() / way
    assert 0.3 < halfway < 0.7


def test_a_lost_hand_is_held_then_goes_back_to_rest_and_is_followed_again(rig):
    person = Person(rig)
    person.go(1.5)
    person.go(0.6, move=(0, 0.1, 0))
    held = person.actions[-1]
    person.go(0.27, seen=False)
    np.testing.assert_allclose(person.actions[-1], held, atol=0.02)
    person.go(LOST + EASE, seen=False)
    np.testing.assert_allclose(person.actions[-1], person.rest, atol=1e-6)
    lost = len(person.actions)
    person.go(2 * BLEND)
    path = np.array(person.actions)
    assert np.abs(np.diff(path[lost - 1 :], axis=0)).max() < 0.06, "no jump on the return"
    np.testing.assert_allclose(person.moved(), [0, 0.1, 0], atol=2e-3)


def test_no_actuator_moves_faster_than_it_may(rig):
    """The hand jumps half a metre and clenches within a frame."""
    person = Person(rig)
    person.go(2 * BLEND)
    person.wrist = replace(person.wrist, position=person.wrist.position + 0.5)
    person.go(0.5)
    assert np.abs(np.diff(person.actions, axis=0)).max() <= 0.2 + 1e-9


def test_whatever_is_heard_what_is_intended_is_an_action(rig):
    random, person = np.random.default_rng(0), Person(rig)
    now = 0.0
    for number in range(300):
        now += float(random.exponential(0.04))
        points = REST + random.choice([0, 1e-4, 1e-2]) * random.normal(size=REST.shape)
        quat = random.normal(size=4)
        wrist = np.concatenate([random.normal(size=3) * random.choice([0.1, 30]), quat / np.linalg.norm(quat)])
        flags = {
            "tracked": random.random() < 0.9,
            "engaged": random.random() < 0.9,
            "wrist_known": random.random() < 0.9,
        }
        person.stream.receive(Frame(points, wrist, now, number, **flags), now)
        action = person.follower.intend(now)
        assert np.isfinite(action).all()
        assert np.abs(action).max() <= 1
