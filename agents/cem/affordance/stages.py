"""Household things on their table without any robot, as a person finds them; and where a person takes hold of them."""

from __future__ import annotations

import dataclasses
from typing import Any

import mujoco
import numpy as np

from agents.cem.affordance.grasps import HOOK, PINCH, POWER, Grip
from agents.cem.affordance.solids import Solids
from hand_envs.attempts.view import View
from hand_envs.core.simulation import Simulation
from hand_envs.errors import OptionError
from hand_envs.rendering.camera import Camera
from hand_envs.rendering.look import Look
from hand_envs.tasks.household.base import HouseholdTask
from hand_envs.tasks.household.catalogue import PLACES
from hand_envs.tasks.household.objects import Chest, Spoon, Vessel
from hand_envs.tasks.household.scenery import add_table, rested

Array = np.ndarray

_UP, _LEFT = np.array([0.0, 0.0, 1.0]), np.array([0.0, 1.0, 0.0])
_BY_THE_RIM = 0.15
"""Share of cups that are taken by the rim, from above."""
_PINCHED, _PINCHED_STEEP, _STEEP = 0.6, 0.25, 0.6
"""Shares of spoons that are pinched, lying and standing (sine of the handle's angle); others are held in the fist."""


class Stage:
    """The things of a household task on the table, and the camera above them.

    Args:
        task: whose things; its `object` may be another than it came with.
        size: of pictures (pixels).
    """

    def __init__(self, task: HouseholdTask, size: int) -> None:
        self.task = task
        spec = mujoco.MjSpec()
        add_table(spec)
        task.add_things(spec)
        for name, (pos, quat) in rested(task.add_things, task.things, spec.option.timestep).items():
            spec.body(name).pos, spec.body(name).quat = pos, quat
        self.sim = Simulation(spec)
        self.start = self.sim.qpos.copy()
        look = Look(task.pixel_camera, size, size, pretty=False)
        self.camera, self.view = Camera(self.sim, look), View.of(self.sim.model, task.pixel_camera, size, size)
        self.data: Any = mujoco.MjData(self.sim.model)

    def arrange(self, generator: np.random.Generator, split: str) -> None:
        """Put the things somewhere among the places of a split."""
        place = PLACES[split]
        self.sim.qpos[:] = self.start
        self.task.move_things(self.sim, np.array([0]), generator.uniform(place.low, place.high)[None])
        for joint in range(self.sim.model.njnt):  # what slides is a little open
            if self.sim.model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_SLIDE:
                self.sim.qpos[:, self.sim.model.jnt_qposadr[joint]] = generator.uniform(0.005, 0.02)
        self.sim.forward()
        self.data.qpos[:] = self.sim.qpos[0]
        mujoco.mj_forward(self.sim.model, self.data)

    def picture(self) -> tuple[Array, Array]:
        """Colour (h, w, 3) uint8 and depth (h, w) m."""
        return self.camera.picture(0), self.camera.depth(0)

    def solids(self) -> Solids:
        """What fingers close on."""
        return Solids(self.sim.model, self.data, self.task.things)

    def grip(self, generator: np.random.Generator) -> Grip:
        """Where and how a person takes hold, this time."""
        thing = self.task.object
        point = self.data.site(f"{self.task.thing}_grip").xpos.copy()
        turn = self.data.body(self.task.thing).xmat.reshape(3, 3)
        return _GRIPS[type(thing)](generator, thing, point, turn)

    def close(self) -> None:
        """Give the GL context back."""
        self.camera.close()


def _of_vessel(generator: np.random.Generator, cup: Vessel, point: Array, turn: Array) -> Grip:
    """By its side, from the right, anywhere from the middle up; or by the rim that is nearest."""
    around = generator.normal(0.0, 0.35)
    toward = np.array([-np.sin(around), np.cos(around), 0.0])
    if generator.random() < _BY_THE_RIM:
        rim = (cup.radius + cup.flare) * -toward
        return Grip(point + rim + 0.38 * cup.height * _UP, toward, np.array([0.5, 0.0, -1.0]), cup.wall / 2, PINCH)
    lift = generator.normal(-0.05, 0.12) * cup.height * _UP
    return Grip(point + lift, _UP, toward, cup.radius)


def _of_chest(generator: np.random.Generator, chest: Chest, point: Array, turn: Array) -> Grip:
    """By the bar: fingers hook it from above."""
    length, radius = chest.bar[:2]
    along, toward = turn @ _LEFT, turn @ np.array([0.1, 0.0, -1.0])
    return Grip(point + generator.normal(0.0, 0.12) * length * along, along, toward, radius, HOOK)


def _of_spoon(generator: np.random.Generator, spoon: Spoon, point: Array, turn: Array) -> Grip:
    """By the handle, fingers across it: pinched or in the fist, from above or, the steeper it is, from the right."""
    along = turn @ np.array([np.cos(spoon.rise), 0.0, np.sin(spoon.rise)])
    point = point + generator.normal(0.0, 0.12) * spoon.handle * along
    along = along if along[1] + 2.0 * along[2] > 0 else -along  # the thumb's side is up, or to the left
    pinched = generator.random() < (_PINCHED if abs(along[2]) < _STEEP else _PINCHED_STEEP)
    down = generator.normal(0.6 if pinched else 0.2, 0.15)  # how much the fingers point down
    beside = abs(along[2]) * _LEFT - np.sqrt(1.0 - along[2] ** 2) * _UP
    toward = beside * np.cos(down) - np.cross(-_UP, along) * np.sin(down)
    return Grip(point, along, toward, spoon.thickness, PINCH if pinched else POWER)


_GRIPS: dict[type, Any] = {Vessel: _of_vessel, Chest: _of_chest, Spoon: _of_spoon}


def resized(thing: Any, generator: np.random.Generator) -> Any:
    """Another of its kind: each of its lengths 0.85 to 1.15 of what it was."""
    if type(thing) not in _GRIPS:
        raise OptionError(f"Nobody knows how people take hold of a {type(thing).__name__}.")
    names = [each.name for each in dataclasses.fields(thing) if each.name not in _KEPT]
    return dataclasses.replace(thing, **{name: _scaled(getattr(thing, name), generator) for name in names})


_KEPT = ("mass", "drawer", "color", "drawer_color", "friction", "wall", "rise", "open")


def _scaled(value: Any, generator: np.random.Generator) -> Any:
    scale = generator.uniform(0.85, 1.15, np.shape(value))
    return tuple(np.multiply(value, scale)) if isinstance(value, tuple) else float(value * scale)
