"""Users who are seen in a video: a retargeting kappa makes joint angles of their hands, and may tighten the grasp."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from hand_envs.captures import SPLITS
from hand_envs.core.hand import Hand
from hand_envs.core.measures import clip
from hand_envs.core.options import number_within, yes_or_no
from hand_envs.core.simulation import Simulation
from hand_envs.core.streams import Streams
from hand_envs.core.task import Task
from hand_envs.errors import OptionError, TaskError
from hand_envs.poses.retargeting import Kappa, actions
from hand_envs.poses.retargeting import kappa as kappa_of
from hand_envs.tasks.reconstruction.base import Reconstruction
from hand_envs.tasks.reconstruction.give_coin import GiveCoin
from hand_envs.tasks.reconstruction.scenery import REACH
from hand_envs.users.user import User

Array = np.ndarray

_THERE = 0.05  # m between fore finger and box within which a closing hand lets go of the coin
_SURE = 0.02  # m from the object at which a closing finger goes there whatever kappa says
_SLIGHT = 1e-4  # m^2: fingers that can hardly move there do not try
_TURNING, _TURN = "wrist_PRO", 0.2  # rad, when it is there


class CaptureUser(User):
    """The hand of the clip that a reconstruction task plays, through a kappa: `user="ik"`.

    The wrist is the task's own; the fingers are what kappa makes of each frame's 21 points.

    Args:
        kappa: `closed`, as Antotsiou et al. have it, `optimised`, or a `Kappa` of your own.
        features: whether what the estimator says of each image besides, phi_t, is observed too; None if it was kept.
    """

    constant: ClassVar[Mapping[str, str]] = {
        "intended": "kappa leaves the wrist's joints at rest: the whole hand turns",
        "features": "an estimator's layer has elements that no image moves",
    }

    splits: ClassVar[tuple[str, ...]] = tuple(split for split in SPLITS if split != "others")

    def __init__(self, kappa: str | Kappa = "closed", features: bool | None = None) -> None:
        self.kappa = kappa
        self.features = features if features is None else yes_or_no("features", features)

    def prepare(self, sim: Simulation, task: Task) -> None:
        sim.attached[self] = _Seen(self, sim, _reconstruction(task))

    def begin(self, sim: Simulation, ids: Array, rng: Streams, sequence: Array | None = None) -> None:
        seen: _Seen = sim.attached[self]
        task = seen.task
        if sequence is None:
            task.reset(sim, ids, rng)
        else:
            task.choose(sim, ids, rng, {"sequence": sequence})
        first = seen.actions[task.sequence(sim)[ids], 0]
        task.put_fingers(sim, ids, sim.control_center[0] + first * sim.control_reach[0])

    def intend(self, sim: Simulation, step: Array) -> Array:
        seen: _Seen = sim.attached[self]
        intended: Array = seen.actions[seen.task.sequence(sim), seen.task.frame(sim)]
        return intended

    def finished(self, sim: Simulation, step: Array) -> Array:
        task = sim.attached[self].task
        finished: Array = task.finished(sim)
        return finished

    def observe(self, sim: Simulation, step: Array) -> dict[str, Array]:
        seen: _Seen = sim.attached[self]
        if seen.features is None:
            return {}
        return {"features": seen.features[seen.task.sequence(sim), seen.task.frame(sim)].astype(np.float64)}

    def pose(self, sim: Simulation, step: Array) -> Array:
        task = sim.attached[self].task
        annotated: Array = task.clips.annotated[task.sequence(sim), task.frame(sim)]
        return annotated


class ClosingUser(CaptureUser):
    """Tightens the grasp on top of kappa: `user="closing"`.

    A fingertip that is within 4 cm of the object is pressed to its surface, the nearer the harder: the targets of its
    joints are J^T f / k beyond kappa's, with the finger's Jacobian J, the force f and the servos' gain k. A coin is
    thinner than kappa is precise, so thumb and fore finger go to it first: there the targets are q + a (d / (a^T a) +
    f / k), with their angles q, the distance d to the surface and a = J^T n for the way n there. At the box they do so
    no more, and the wrist turns a little.

    Args:
        force: N, of a fingertip at the object; None for what suits the task.
        **options: of `CaptureUser`.
    """

    def __init__(self, kappa: str | Kappa = "closed", features: bool | None = None, force: float | None = None) -> None:
        super().__init__(kappa, features)
        self.force = force if force is None else number_within("force", force, 0.0, 50.0, "a force in N")

    def intend(self, sim: Simulation, step: Array) -> Array:
        seen: _Seen = sim.attached[self]
        pinched = self._pinched if isinstance(seen.task, GiveCoin) else self._tightened
        return clip(pinched(sim, seen, super().intend(sim, step)), -1.0, 1.0)

    def _tightened(self, sim: Simulation, seen: _Seen, meant: Array) -> Array:
        nearness = 1.0 - seen.task.gaps(sim) / REACH  # more than 1 where it presses already
        pull = self._force(seen.task) * clip(nearness, 0.0, 1.0)
        moves = seen.fingers.moves(sim, seen.task.ways(sim))
        tightened: Array = meant + moves * pull[:, seen.fingers.of] / seen.fingers.gain / sim.control_reach
        return tightened

    def _pinched(self, sim: Simulation, seen: _Seen, meant: Array) -> Array:
        task, fingers, gaps = seen.task, seen.fingers, seen.task.gaps(sim)
        assert isinstance(task, GiveCoin)
        there = np.maximum(1.0 - task.fore_to_box(sim) / _THERE, 0.0)[:, None]
        closing = clip((REACH - gaps) / (REACH - _SURE), 0.0, 1.0) * (there == 0.0)
        closing[:, 1:4] = 0.0
        moves = fingers.moves(sim, task.ways(sim))
        force = np.where(closing > 0.0, self._force(task), 0.0)
        angles = sim.qpos[:, fingers.places] + moves * (
            fingers.way_off(moves, gaps) + force[:, fingers.of] / fingers.gain
        )
        pinch = (angles - sim.control_center) / sim.control_reach
        share = closing[:, fingers.of] * fingers.there
        pinched: Array = meant + share * (pinch - meant) + _TURN * there * seen.turn / sim.control_reach
        return pinched

    def _force(self, task: Reconstruction) -> float:
        return task.grip if self.force is None else self.force


class _Fingers:
    """The finger joints of a hand that servos of position drive."""

    def __init__(self, sim: Simulation, hand: Hand) -> None:
        model = sim.model
        names = [tip.removesuffix("tip") for tip in hand.fingertips]
        joints = [model.joint(model.actuator(number).trnid[0]) for number in range(model.nu)]
        finger = [next((i for i, name in enumerate(names) if joint.name.startswith(name)), -1) for joint in joints]
        self.there = np.array(finger) >= 0
        """Which actuators move a finger."""
        self.of = np.maximum(finger, 0)
        """Which finger each actuator moves."""
        self.places = np.array([int(joint.qposadr[0]) for joint in joints])
        """Where their angles are in `qpos`."""
        self.gain = model.actuator_gainprm[:, 0]
        """N m/rad."""
        self._joints = np.array([joint.id for joint in joints])
        self._tips = hand.fingertips

    def moves(self, sim: Simulation, ways: Array) -> Array:
        """How far a fingertip moves along its way (n, 5, 3) by each of its joints: J^T n (m/rad), (n, actuators)."""
        tips = np.stack([sim.site(tip).xpos for tip in self._tips], axis=1)[:, self.of]
        lever = np.cross(sim.xaxis[:, self._joints], tips - sim.xanchor[:, self._joints])
        moves: Array = self.there * np.vecdot(lever, ways[:, self.of])
        return moves

    def way_off(self, moves: Array, gaps: Array) -> Array:
        """How far each actuator would bring its fingertip to the surface: d / (a^T a), 0 where it touches."""
        squares = np.zeros_like(gaps)
        np.add.at(squares.T, self.of, (moves**2).T)
        far: Array = np.maximum(gaps, 0.0) / (squares + _SLIGHT)
        return far[:, self.of]


class _Seen:
    """What a user has worked out for simulations: the actions of every frame."""

    def __init__(self, user: CaptureUser, sim: Simulation, task: Reconstruction) -> None:
        self.task, clips = task, task.clips
        kappa = kappa_of(user.kappa, task.hand, sim.model)
        memory = kappa.memory(len(clips))
        columns = [sim.model.actuator(task.hand.actuator_prefix + joint).id for joint in kappa.joints]
        self.actions = np.zeros((*clips.hands.shape[:2], sim.model.nu))
        for frame in range(clips.hands.shape[1]):
            self.actions[:, frame, columns] = actions(kappa(clips.hands[:, frame], memory), kappa.low, kappa.high)
        if user.features and clips.features is None:
            raise OptionError(
                "features=True, but what the estimator says of each image was not kept in these captures."
            )
        self.features = None if user.features is False else clips.features
        self.fingers = _Fingers(sim, task.hand)
        self.turn = np.zeros(sim.model.nu)
        self.turn[sim.model.actuator(task.hand.actuator_prefix + _TURNING).id] = 1.0


def _reconstruction(task: Task) -> Reconstruction:
    inner = task.unwrapped
    if not isinstance(inner, Reconstruction):
        raise TaskError(
            f"{type(inner).__name__} plays no clip, so nobody is seen in it: this user is for tasks that do."
        )
    return inner
