"""The demonstrations that tau comes from: a script that sees everything takes hold, moves, and is recorded.

`python -m hand_envs.attempts.demonstrate` makes those of all tasks anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hand_envs.attempts.many import Attempts
from hand_envs.attempts.trajectory import Trajectory
from hand_envs.core.simulation import Simulation
from hand_envs.core.turns import matrix_of, vector_of
from hand_envs.errors import TaskError
from hand_envs.files.shipped import FOLDERS
from hand_envs.registry import ENTRIES
from hand_envs.tasks.household.base import HouseholdTask
from hand_envs.tasks.household.spoons import STIRRED

Array = np.ndarray
Point = tuple[float, float, float]

STEP = 0.05  # s


@dataclass(frozen=True)
class Waypoint:
    """Where the hand is to be so long after it took hold."""

    time: float
    """s."""
    moved: Point = (0.0, 0.0, 0.0)
    """m, along the world's axes."""
    turned: Point = (0.0, 0.0, 0.0)
    """A rotation vector about the world's axes (rad)."""


@dataclass(frozen=True)
class Script:
    """A demonstration: how to take hold of the thing, and where to go with it."""

    contact: Point
    """From the thing's grip, along the palm's axes (m)."""
    wrist: tuple[Point, ...]
    """Rotation vectors, the first being done last (rad)."""
    closed: float
    """How far the hand closes, from open (0) to a power grasp (1)."""
    path: tuple[Waypoint, ...]

    def xi(self, task: HouseholdTask, sim: Simulation) -> Array:
        """The attempts, (n, numbers), for where the things are now."""
        matrix = sim.body(task.thing).xmat.reshape(-1, 3, 3)
        yaw = np.arctan2(matrix[:, 1, 0], matrix[:, 0, 0])
        turn = matrix_of(np.stack([0.0 * yaw, 0.0 * yaw, yaw], axis=-1))
        wrist = turn
        for vector in self.wrist:
            wrist = wrist @ matrix_of(np.array(vector))
        contact = sim.site(f"{task.thing}_grip").xpos + wrist @ np.array(self.contact)
        pose = task.profile.home + self.closed * (task.profile.closed - task.profile.home)
        return np.hstack([contact, vector_of(wrist), np.tile(pose, (len(yaw), 1))])

    @property
    def motion(self) -> Trajectory:
        """The path, a row a control step."""
        times = np.array([0.0, *(point.time for point in self.path)])
        rows = np.array([np.zeros(6), *((*point.moved, *point.turned) for point in self.path)])
        steps = np.arange(STEP, times[-1] + STEP / 2, STEP)
        eased = np.stack([np.interp(steps, times, column) for column in rows.T], axis=-1)
        return Trajectory(eased[:, :3], eased[:, 3:])


def _around(radius: float, angle: float) -> tuple[Waypoint, ...]:
    """Up a little, then round a circle that begins at its -y side (m, rad)."""
    lift, speed = 0.004, 0.10  # m, m/s
    angles = np.linspace(0.0, angle, 33)
    circle = radius * np.stack([np.sin(angles), 1.0 - np.cos(angles)], axis=-1)
    return tuple(
        Waypoint(0.3 + float(turn) * radius / speed, (float(x), float(y), lift))
        for turn, (x, y) in zip(angles, circle, strict=True)
    )


_SIDEWAYS = (np.pi / 2, 0.0, 0.0)

SCRIPTS: Mapping[str, Script] = {
    "pick-cup": Script(
        (0.0, 0.0, 0.0), (_SIDEWAYS,), 1.0, (Waypoint(1.0, (0.0, 0.0, 0.12)), Waypoint(1.6, (0, 0, 0.12)))
    ),
    "pour-cup": Script(
        (0.0, 0.0, 0.0),
        (_SIDEWAYS,),
        1.0,
        (
            Waypoint(0.8, (0.0, 0.0, 0.12)),
            Waypoint(2.9, (0.0, 0.05, 0.14), (-2.0, 0.0, 0.0)),
            Waypoint(3.3, (0.0, 0.05, 0.14), (-2.0, 0.0, 0.0)),
        ),
    ),
    "open-drawer": Script(
        (-0.005, 0.0, 0.0),
        ((0.0, 0.3, 0.0),),
        0.8,
        (Waypoint(1.2, (-0.08, 0.0, 0.0)), Waypoint(1.4, (-0.08, 0.0, 0.0))),
    ),
    "pick-spoon": Script(
        (-0.01, 0.0, -0.01),
        ((0.0, 0.0, -np.pi / 2),),
        1.1,
        (Waypoint(1.4, (0.0, 0.0, 0.22)), Waypoint(1.8, (0.0, 0.0, 0.22))),
    ),
    "stir-spoon": Script(
        (-0.01, 0.0, -0.018), ((0.0, 0.0, -np.pi / 2), (1.0, 0.0, 0.0)), 1.0, _around(STIRRED, 1.7 * np.pi)
    ),
    "scoop-grape": Script(
        (-0.01, 0.0, -0.018),
        ((0.0, 0.0, -np.pi / 2), (1.0, 0.0, 0.0)),
        1.0,
        (
            Waypoint(0.3, (0.0, 0.0, -0.015)),
            Waypoint(1.1, (0.0, -0.075, -0.015)),
            Waypoint(1.6, (0.0, -0.075, 0.0), (-0.4, 0.0, 0.0)),
            Waypoint(2.3, (0.0, 0.0, 0.12), (-0.4, 0.0, 0.0)),
            Waypoint(2.6, (0.0, 0.0, 0.12), (-0.4, 0.0, 0.0)),
        ),
    ),
}


def demonstrate(task: HouseholdTask, seed: int = 0) -> Trajectory:
    """Do the task once by its script, and take tau from what the arm did."""
    script = SCRIPTS[task.name]
    trial = Attempts(task, 1, nthread=1, tau=script.motion)
    trial.reset([seed])
    arm: list[Array] = []
    outcome = trial.outcome(
        script.xi(task, trial.episode.sim), lambda: arm.append(task.observe(trial.episode.sim)["arm"][0].copy())
    )
    if not outcome.success.all():
        raise TaskError(f"The script of {task.name} did not do the task, so there is nothing to record.")
    return Trajectory.record(np.array(arm), np.array(task.profile.palm.grasp), len(arm) - len(script.motion) - 1)


def main() -> None:
    """Make the trajectories that come with the suite."""
    for entry in ENTRIES:
        if entry.family == "household":
            task = entry.make_task()
            assert isinstance(task, HouseholdTask)
            demonstrate(task).save(FOLDERS[1] / "household" / f"{task.name}.json")
            print(f"{task.name}: recorded")


if __name__ == "__main__":
    main()
