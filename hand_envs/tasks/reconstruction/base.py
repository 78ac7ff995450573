"""What the tasks of experiment B share: a hand that follows a clip, and an object that nothing but the hand holds."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import mujoco
import numpy as np

from hand_envs.captures import SPLITS, Captures
from hand_envs.captures.files import read_captures
from hand_envs.core.measures import distance, euler_xyz, measured
from hand_envs.core.options import name_or_path, number_within, one_of, yes_or_no
from hand_envs.core.simulation import Simulation
from hand_envs.core.streams import Streams
from hand_envs.core.task import Array, Parts, Task
from hand_envs.errors import OptionError
from hand_envs.files.shipped import shipped
from hand_envs.hands.mpl import MPL
from hand_envs.tasks.reconstruction.clips import Clips
from hand_envs.tasks.reconstruction.scenery import REACH

PRESSED = 0.004  # m that a fingertip presses in, as intended (Antotsiou et al.)

_SEQUENCE, _STEP, _ERRORS = (f"reconstruction.{name}" for name in ("sequence", "step", "errors"))


class Reconstruction(Task):
    """A hand whose wrist goes where a clip's does, and whose fingers are the agent's.

    `info["lasted"]` is the share of the clip that was played: T-bar is its mean over episodes. `info["pose_error"]`,
    E_pose, is the mean distance (m) of the hand's 21 points from where they were annotated, over the frames played so
    far. An episode that is lost counts with the frames before.

    Args:
        captures: a file of captures, `Captures`, or None for the synthetic ones that come with the suite.
        split: `train`, `validation`, `test`, `others` or `all`.
        seen: `est` for hands as an estimator saw them, `gt` for hands as they were annotated.
        scatter: standard deviation (m) of where the object starts, in x and y, drawn each episode.
        ends_early: whether an episode is over when all is lost.
        reward: `paper`, or `bonus`: the paper's, and 1 in each step in which the goal is reached.
    """

    frame_skip = 7
    hand = MPL
    proprioception = ("hand", "hand_velocity")
    choosable = ("sequence",)
    rewards = ("paper", "bonus")
    camera = "overview"

    shipped_as: ClassVar[str]
    """What the suite's own captures are called."""
    start: ClassVar[tuple[float, float, float]]
    """Where the object starts (m)."""
    far: ClassVar[float]
    """m between object and palm at which all is lost."""
    thing: ClassVar[str]
    """The body that is held."""
    grip: ClassVar[float]
    """N by which a hand that closes pulls each fingertip to the object."""
    waits: int = 0
    """Steps before the clip begins, in which the object is handed over."""

    def __init__(
        self,
        captures: str | Path | Captures | None = None,
        split: str = "train",
        seen: str = "est",
        scatter: float = 0.003,
        ends_early: bool = True,
        reward: str = "paper",
    ) -> None:
        self.scatter = number_within("scatter", scatter, 0.0, 0.1, "a standard deviation in m")
        self.seen, self.split = one_of("seen", seen, ("est", "gt")), one_of("split", split, (*SPLITS, "all"))
        self.ends_early = yes_or_no("ends_early", ends_early)
        self.reward_type = one_of("reward", reward, self.rewards)
        if not isinstance(captures, Captures):
            what = f"captures for {type(self).__name__}"
            default = shipped(f"captures/{self.shipped_as}.npz", what) if captures is None else captures
            captures = read_captures(name_or_path("captures", default))
        self.captures = captures.of_split(split)
        self.clips = Clips.of(self.captures, self.seen, np.array(self.start))

    @property
    def horizon(self) -> int:  # type: ignore[override]
        """Steps of the longest clip, and what comes before it."""
        return self.waits + int(self.clips.lengths.max())

    @property
    def handled(self) -> tuple[str, ...]:  # type: ignore[override]
        """What it holds."""
        return (self.thing,)

    def prepare(self, sim: Simulation) -> None:
        sim.remember(_SEQUENCE, dtype=np.int64, low=0, high=len(self.clips) - 1)
        sim.remember(_STEP, dtype=np.int64, low=0, high=2**53)
        sim.remember(_ERRORS, low=0.0)
        sim.attached[self] = _Places(sim.model, self.thing)

    # --- the clip -------------------------------------------------------------------------------------------------

    def sequence(self, sim: Simulation) -> Array:
        """Which capture each simulation plays, (n,)."""
        return sim.memory[_SEQUENCE]

    def frame(self, sim: Simulation) -> Array:
        """The frame that each simulation is at, (n,)."""
        last = self.clips.lengths[self.sequence(sim)] - 1
        return np.clip(sim.memory[_STEP] - self.waits, 0, last)

    def steps_taken(self, sim: Simulation) -> Array:
        """Control steps of each episode, (n,)."""
        return sim.memory[_STEP]

    def reset(self, sim: Simulation, ids: Array, rng: Streams) -> None:
        self.begin(sim, ids, rng.integers(len(self.clips)), rng)

    def choose(self, sim: Simulation, ids: Array, rng: Streams, chosen: Mapping[str, Array]) -> None:
        sequence = chosen["sequence"]
        if (sequence < 0).any() or (sequence >= len(self.clips)).any():
            raise OptionError(
                f"sequence must be from 0 to {len(self.clips) - 1}, the captures of the split {self.split!r}; got "
                f"{sequence}."
            )
        self.begin(sim, ids, sequence, rng)

    def begin(self, sim: Simulation, ids: Array, sequence: Array, rng: Streams) -> None:
        """Start these clips: the hand where the first frame has it, the object where it was."""
        clips = self.clips
        sim.memory[_SEQUENCE][ids], sim.memory[_STEP][ids] = sequence, 0
        wrist = np.concatenate([clips.wrist_pos[sequence, 0], clips.wrist_quat[sequence, 0]], axis=1)
        sim.mocap_pos[ids, 0], sim.mocap_quat[ids, 0] = wrist[:, :3], wrist[:, 3:]
        sim.joint(MPL.root).qpos[ids] = wrist
        moved = self.scatter * np.sqrt(3.0) * rng.uniform((-1.0, -1.0, 0.0), (1.0, 1.0, 0.0))
        self.put_object(sim, ids, clips.object_pos[sequence] + moved, clips.object_quat[sequence])

    def put_object(self, sim: Simulation, ids: Array, pos: Array, quat: Array) -> None:
        """Put the object somewhere, at rest."""
        sim.qpos[ids, sim.attached[self].thing] = np.concatenate([pos, quat], axis=1)
        if self.waits:
            sim.mocap_pos[ids, 1], sim.mocap_quat[ids, 1] = pos, quat

    def control(self, sim: Simulation, action: Array) -> None:
        super().control(sim, action)
        sim.memory[_ERRORS] += (sim.memory[_STEP] > self.waits) * self.pose_error(sim)
        sim.memory[_STEP] += 1
        sequence, frame = self.sequence(sim), self.frame(sim)
        sim.mocap_pos[:, 0] = self.clips.wrist_pos[sequence, frame]
        sim.mocap_quat[:, 0] = self.clips.wrist_quat[sequence, frame]
        if self.waits:
            sim.eq_active[:, sim.model.equality("handed").id] = self.steps_taken(sim) <= self.waits

    def reward(self, sim: Simulation) -> Parts:
        terms = self.paper(sim)
        return terms if self.reward_type == "paper" else {**terms, "bonus": 1.0 * self.success(sim)}

    @abc.abstractmethod
    def paper(self, sim: Simulation) -> Parts:
        """The paper's reward."""

    # --- what is measured -----------------------------------------------------------------------------------------

    def hand_state(self, sim: Simulation) -> Parts:
        """Angles and speeds of the joints."""
        places: _Places = sim.attached[self]
        return {"hand": sim.qpos[:, places.hand], "hand_velocity": sim.qvel[:, places.hand_speed]}

    def put_fingers(self, sim: Simulation, ids: Array, angles: Array) -> None:
        """Put the hand's joints somewhere (rad), and have them stay."""
        sim.qpos[ids, sim.attached[self].hand] = angles
        sim.ctrl[ids] = angles

    def palm_to_object(self, sim: Simulation) -> Array:
        """From the palm to the object (m), (n, 3)."""
        to_object: Array = sim.body(self.thing).xpos - sim.site(MPL.palm).xpos
        return to_object

    def turned(self, sim: Simulation) -> Array:
        """How the object is turned as seen from the palm: Euler angles (rad), (n, 3)."""
        palm = sim.site(MPL.palm).xmat.reshape(-1, 3, 3)
        seen = palm.swapaxes(1, 2) @ sim.body(self.thing).xmat.reshape(-1, 3, 3)
        return euler_xyz(seen.reshape(-1, 9))

    @measured
    def gaps(self, sim: Simulation) -> Array:
        """How far each fingertip is from the object's surface (m), from the fore finger on, then the thumb, (n, 5).

        Negative where it presses in; `REACH` where it is farther than that.
        """
        gaps = [sim.sensor(f"gap_{tip}").data[:, 0] for tip in MPL.fingertips]
        return np.minimum(np.stack(gaps, axis=1), REACH)

    def ways(self, sim: Simulation) -> Array:
        """Which way the object's surface is from each fingertip, (n, 5, 3); zeros where it is not near."""
        ways = np.stack([sim.sensor(f"way_{tip}").data for tip in MPL.fingertips], axis=1)
        return np.where(self.gaps(sim)[..., None] < 0.0, -ways, ways)  # MuJoCo's turns round where they overlap

    def touched(self, sim: Simulation) -> Array:
        """Whether the hand touches the object, (n,)."""
        return sim.sensor("touched").data[:, 0] > 0

    def rests(self, sim: Simulation) -> Array:
        """Whether the object touches what it may rest on, (n,)."""
        return sim.sensor("rests").data[:, 0] > 0

    @measured
    def contact(self, sim: Simulation) -> Array:
        """A fifth for each fingertip that is not near, 0 for one that presses as intended, (n, 5).

        The terms of the contact fit of Antotsiou et al.
        """
        away = np.maximum(self.gaps(sim) + PRESSED, 0.0)
        return np.minimum(away / (REACH + PRESSED), 1.0) ** 2 / 5.0

    @measured
    def pose_error(self, sim: Simulation) -> Array:
        """How far the hand's 21 points are from where they were annotated now, on average (m), (n,)."""
        away = self.keypoints(sim) - self.clips.annotated[self.sequence(sim), self.frame(sim)]
        error: Array = np.sqrt(np.vecdot(away, away)).mean(axis=1)
        return error

    def lost(self, sim: Simulation) -> Array | None:
        return self.dropped(sim) if self.ends_early else None

    def dropped(self, sim: Simulation) -> Array:
        """Whether the object is out of the hand's reach, (n,)."""
        return distance(sim.body(self.thing).xpos, sim.site(MPL.palm).xpos) > self.far

    def finished(self, sim: Simulation) -> Array | None:
        return sim.memory[_STEP] >= self.waits + self.clips.lengths[self.sequence(sim)]

    def info(self, sim: Simulation) -> Parts:
        length = self.clips.lengths[self.sequence(sim)]
        played = np.clip(sim.memory[_STEP] - self.waits, 0, length)
        errors = sim.memory[_ERRORS] + (played > 0) * self.pose_error(sim)
        return {
            "sequence": self.sequence(sim),
            "frame": self.frame(sim),
            "lasted": played / length,
            "pose_error": errors / np.maximum(played, 1),
        }

    @abc.abstractmethod
    def scene(self) -> mujoco.MjSpec: ...


class _Places:
    """Where in `qpos` and `qvel` hand and object are."""

    def __init__(self, model: mujoco.MjModel, thing: str) -> None:
        joints = [model.joint(name) for name in MPL.joints]
        first = int(joints[0].qposadr[0])
        speed = int(joints[0].dofadr[0])
        self.hand, self.hand_speed = slice(first, first + len(joints)), slice(speed, speed + len(joints))
        free = int(model.jnt_qposadr[model.body(thing).jntadr[0]])
        self.thing = slice(free, free + 7)
