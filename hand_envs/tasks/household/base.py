"""What the household tasks share: a robot hand on an arm over a table, what its servos tell, and a score in stages."""

from __future__ import annotations

import abc
import inspect
from pathlib import Path
from typing import Any, ClassVar

import mujoco
import numpy as np

from hand_envs.core.measures import clip, distance, measured, norm
from hand_envs.core.options import name_or_path, one_of, yes_or_no
from hand_envs.core.simulation import Simulation
from hand_envs.core.streams import Streams
from hand_envs.core.world import World
from hand_envs.errors import OptionError
from hand_envs.hands.built import add_hand, settle_physics
from hand_envs.hands.limiter import ARM, Limits, limit
from hand_envs.hands.profile import profile
from hand_envs.hardware.world import report, score, stopped
from hand_envs.task import Array, Parts, Task
from hand_envs.tasks.household.catalogue import PLACES, SPLITS, Choice, choose
from hand_envs.tasks.household.scenery import add_push, add_table, add_touch, rested

BACKENDS = ("twin", "hardware")
HOME = (-0.25, 0.0, 0.40, 0.0, 0.0, 0.0)
"""Where the palm begins (m, rad): behind the things and above them, out of the camera's sight of them."""
COLLISION = 30.0
"""N upon the palm at which the arm stops, and the episode ends."""
NEAR, HELD, GOAL, DONE = 0.2, 0.2, 0.4, 0.2
"""What each stage of the score is worth; they add up to 1."""
_GOOD = 0.5  # of an operator's score, from which it is a success
_MISSED = 0.005  # m by which an arm may miss its home
_NEARNESS = 0.06  # m from the grip at which 1 / e of the first stage is earned
_WHOLE, _ALONE = mujoco.mjtObj.mjOBJ_XBODY, mujoco.mjtObj.mjOBJ_BODY
_CLIPPED = "household.clipped"
_PALM = "palm"
_TABLE = (mujoco.mjtObj.mjOBJ_GEOM, "table")


_SHARED = inspect.cleandoc(
    """
    `split="test"` has other objects, beside those places.

    ## Actions
    Targets in [-1, 1]: six of the arm, scaled to its workspace (x, y, z in m; yaw, pitch, roll in rad; at 0 the palm
    is down and the fingers along x), then one a motor, scaled to its range. One step is 50 ms. A limiter stands between
    them and the servos: `info["action_sent"]` is what was sent, `info["clipped"]` where that is something else.

    ## Observations
    | part | width | unit | |
    |---|---|---|---|
    | arm | 6 | m, rad | where the arm has the palm |
    | motors | 12 | rad | angles of the motors |
    | speeds | 12 | rad/s | |
    | currents | 12 | A | what the motors draw |

    Nothing of the object: the camera `above` shows it (`pixels={}`, or `hand_envs.attempts.GraspEpisode` with depth).

    ## Episode end
    Truncated after 200 steps. Terminated by a hard collision of the arm: more than 30 N upon the palm.

    ## Version history
    - v0: DEFT's task, on the twin of a hand, which is an approximation.

    Args:
        hand: `dash`, `leap`, or the path of a profile.
        split: `train` or `test`: which objects, and where they stand.
        object: one of them by name; the split's first by default.
        ends_early: whether a hard collision of the arm ends the episode.
        backend: `twin`, or `hardware` for a hand on a wire, whose score an operator gives.
        port: of the hand, such as /dev/ttyUSB0, or `emulated`.
        calibration: its file; that of the hand's name by default.
        operator: who is asked, see `hand_envs.hardware`; the console by default.
        arm: what carries the hand, see `hand_envs.hardware.arm`.
    """
)


class HouseholdTask(Task):
    """A robot hand on an arm does something about the house; the agent is told nothing but what its servos tell.

    A subclass names its `objects`, adds its things (`add_things`), and says what `progress` is, what `success` is, and
    what it must `follow`. Its options are on every page of theirs.
    """

    frame_skip = 25
    horizon = 200
    camera = "overview"
    pixel_camera = "above"
    proprioception = ("arm", "motors", "speeds", "currents")

    name: ClassVar[str]
    """What files call it."""
    words: ClassVar[str]
    """The task in words."""
    objects: ClassVar[Choice]
    """What is handled: objects by name, for each split."""
    thing: ClassVar[str]
    """The body that is handled."""
    others: ClassVar[tuple[str, ...]] = ()
    """Bodies that move freely beside it."""

    def __init_subclass__(cls) -> None:
        """Its page goes on with what all of them share."""
        super().__init_subclass__()
        cls.__doc__ = f"{inspect.cleandoc(cls.__doc__ or '')}\n\n{_SHARED}"

    def __init__(
        self,
        hand: str | Path = "dash",
        split: str = "train",
        object: str | None = None,
        ends_early: bool = True,
        backend: str = "twin",
        port: str | None = None,
        calibration: str | Path | None = None,
        operator: Any = None,
        arm: Any = None,
    ) -> None:
        self.backend = one_of("backend", backend, BACKENDS)
        self.wire = {"port": port, "calibration": calibration, "operator": operator, "arm": arm}
        if self.backend == "twin" and any(value is not None for value in self.wire.values()):
            raise OptionError(f"{', '.join(self.wire)} are of a hand on a wire: say backend='hardware' too.")
        self.split, self.ends_early = one_of("split", split, SPLITS), yes_or_no("ends_early", ends_early)
        self.object_name, self.object = choose(self.objects, split, object)
        self.profile = profile(name_or_path("hand", hand))
        self.limits = Limits.of(self.profile)
        self.hand = add_hand(_empty(), self.profile)  # type: ignore[misc]  # each its own

    @property
    def handled(self) -> tuple[str, ...]:  # type: ignore[override]
        """What the hand is there to handle."""
        return (self.thing,)

    @property
    def digits(self) -> dict[str, str]:
        """The first body of each finger that the hand has, the thumb's last."""
        assert self.hand is not None
        thumb, *fingers = self.hand.bones[1:]
        first = {body.partition("_")[0]: body for body, *_ in (*fingers, thumb)}
        return {finger.name: first[finger.name] for finger in self.profile.digits}

    @property
    def things(self) -> tuple[str, ...]:
        """All that moves freely."""
        return (self.thing, *self.others)

    # --- the scene --------------------------------------------------------------------------------------------------

    @abc.abstractmethod
    def add_things(self, spec: mujoco.MjSpec) -> None:
        """Put the things on the table, or a little above it."""

    def scene(self) -> mujoco.MjSpec:
        spec = _empty()
        add_hand(spec, self.profile)
        add_table(spec)
        self.add_things(spec)
        for name, (pos, quat) in rested(self.add_things, self.things, spec.option.timestep).items():
            body = spec.body(name)
            body.pos, body.quat = pos, quat
        thing = (_WHOLE, self.thing)
        add_touch(spec, "touched", (_WHOLE, _PALM), thing)
        add_touch(spec, "touched_by_palm", (_ALONE, _PALM), (_ALONE, self.thing))
        for digit, first in self.digits.items():
            add_touch(spec, f"touched_by_{digit}", (_WHOLE, first), (_ALONE, self.thing))
        add_touch(spec, "resting", thing, _TABLE)
        add_push(spec, "push", _PALM)
        return spec

    def world(self) -> World | None:
        if self.backend == "twin":
            return None
        from hand_envs.hardware.connecting import open_world  # with all that speaks to a port

        home = np.array((*HOME, *self.profile.home))
        return open_world(self, self.profile, self.limits, home, **self.wire)

    def prepare(self, sim: Simulation) -> None:
        sim.remember(_CLIPPED, len(self.limits.names), dtype=np.int64, low=0, high=1)

    def reset(self, sim: Simulation, ids: Array, rng: Streams) -> None:
        place = PLACES[self.split]
        self.move_things(sim, ids, rng.uniform(place.low, place.high))
        missed = rng.uniform([-_MISSED] * 3, [_MISSED] * 3)
        home = np.tile((*HOME, *self.profile.home), (len(ids), 1))
        home[:, :3] += missed
        self.put_hand(sim, ids, home)

    def move_things(self, sim: Simulation, ids: Array, moved: Array) -> None:
        """Move all things by x and y (m), after turning them by yaw (rad) about the first; `moved` is (ids, 3)."""
        cos, sin = np.cos(moved[:, 2]), np.sin(moved[:, 2])
        center = sim.joint(self.thing).qpos[ids, :2]
        for name in self.things:
            pose = sim.joint(name).qpos
            x, y = (pose[ids, :2] - center).T
            pose[ids, :2] = center + np.stack([cos * x - sin * y, sin * x + cos * y], axis=1) + moved[:, :2]
            half = moved[:, 2] / 2
            pose[ids, 3:] = turned(np.cos(half), np.sin(half), pose[ids, 3:])

    def put_hand(self, sim: Simulation, ids: Array, targets: Array) -> None:
        """Put the hand where these targets have it, (ids, 6 + motors), at rest."""
        arm = len(ARM)
        joints = np.hstack([targets[:, :arm], self.profile.joint_angles(targets[:, arm:])])
        sim.qpos[ids, : joints.shape[1]] = joints  # the hand's joints are the scene's first
        sim.ctrl[ids] = targets

    # --- what acts, and what its servos tell -------------------------------------------------------------------------

    def control(self, sim: Simulation, action: Array) -> None:
        self.follow(sim)
        wanted = self.limits.targets(action)
        limited = limit(self.limits, wanted, sim.ctrl, sim.actuator_length, self.frame_skip * sim.timestep)
        sim.ctrl[:] = limited.sent
        sim.memory[_CLIPPED][:] = limited.clipped

    def follow(self, sim: Simulation) -> None:
        """Remember what of the state before a step matters later."""

    def observe(self, sim: Simulation) -> Parts:
        arm = len(ARM)
        return {
            "arm": sim.actuator_length[:, :arm],
            "motors": sim.actuator_length[:, arm:],
            "speeds": sim.actuator_velocity[:, arm:],
            "currents": self.currents(sim),
        }

    def currents(self, sim: Simulation) -> Array:
        """What each motor draws (A)."""
        return sim.actuator_force[:, len(ARM) :] / self.profile.servos.torque

    def info(self, sim: Simulation) -> Parts:
        return {
            "action_sent": self.limits.actions(sim.ctrl),
            "clipped": sim.memory[_CLIPPED] > 0,
            "collision": self.collides(sim),
            **report(sim),
        }

    def collides(self, sim: Simulation) -> Array:
        """Whether something pushes the palm as hard as an arm does not bear, (n,) bool."""
        return norm(sim.sensor("push").data) > COLLISION

    def lost(self, sim: Simulation) -> Array | None:
        return self.collides(sim) if self.ends_early else None

    def finished(self, sim: Simulation) -> Array | None:
        return stopped(sim)

    # --- how far the task is -----------------------------------------------------------------------------------------

    @abc.abstractmethod
    def progress(self, sim: Simulation) -> Array:
        """How far the task itself is, from 0 to 1, (n,)."""

    @abc.abstractmethod
    def done(self, sim: Simulation) -> Array:
        """Whether it is done now, by DEFT's rule, (n,) bool."""

    def success(self, sim: Simulation) -> Array:
        given = score(sim)
        return self.done(sim) if given is None else given >= _GOOD

    def reward(self, sim: Simulation) -> Parts:
        given = score(sim)
        if given is not None:  # what nobody but an operator saw
            nothing = np.zeros_like(given)
            return {"near": nothing, "held": nothing, "goal": nothing, "done": given}
        grip = sim.site(f"{self.thing}_grip").xpos
        return {
            "near": NEAR * np.exp(-distance(sim.site("grasp").xpos, grip) / _NEARNESS),
            "held": HELD * self.held(sim),
            "goal": GOAL * clip(self.progress(sim), 0.0, 1.0),
            "done": DONE * self.done(sim),
        }

    def sensed(self, sim: Simulation, name: str) -> Array:
        """Whether this touch sensor tells of a touch, (n,) bool."""
        touches: Array = sim.sensor(name).data[:, 0] > 0
        return touches

    def resting(self, sim: Simulation) -> Array:
        """Whether the thing touches the table, (n,) bool."""
        return self.sensed(sim, "resting")

    @measured
    def grasped(self, sim: Simulation) -> Array:
        """Whether two of palm, thumb and fingers touch the thing, (n,) bool: one alone can but push."""
        parts = [self.sensed(sim, f"touched_by_{part}") for part in ("palm", *self.digits)]
        return np.sum(parts, axis=0) >= 2

    @measured
    def held(self, sim: Simulation) -> Array:
        """Whether the hand has the thing in its grasp, and the table has not, (n,) bool."""
        return self.grasped(sim) & ~self.resting(sim)


def _empty() -> mujoco.MjSpec:
    spec = mujoco.MjSpec()
    spec.compiler.degree = False
    settle_physics(spec)
    return spec


def turned(cos: Array, sin: Array, quat: Array) -> Array:
    """Quaternions (n, 4) after turns about the vertical by twice the angles of these cosines and sines, (n,)."""
    w, x, y, z = quat.T
    return np.stack([cos * w - sin * z, cos * x - sin * y, cos * y + sin * x, cos * z + sin * w], axis=1)
