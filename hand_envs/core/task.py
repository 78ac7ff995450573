"""What a task declares: its scene, its reset, what is observed, rewarded and called success."""

from __future__ import annotations

import abc
import importlib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import mujoco
import numpy as np

from hand_envs.core.hand import Hand
from hand_envs.core.simulation import Simulation, State
from hand_envs.core.streams import Streams
from hand_envs.core.world import World
from hand_envs.errors import DatasetError, OptionError, StateError, TaskError, choices, unknown_option

_PREFIXES = {"camera": "cam", "joint": "jnt"}  # where MuJoCo's fields are not called as the object is

_MOVED = {"hand_envs.assisted:Assisted": "hand_envs.users.residual:Residual"}  # as stored specs may call it

Array = np.ndarray
Parts = dict[str, Array]


@dataclass(frozen=True)
class Variation:
    """A quantity of the model that a reset draws: which object's which field, under the name datasets give it."""

    kind: str
    object: str
    attribute: str

    @property
    def field(self) -> str:
        """The model field that holds it: `body_pos` for a body's `pos`."""
        return f"{_PREFIXES.get(self.kind, self.kind)}_{self.attribute}"

    def of(self, sim: Simulation) -> Array:
        """Its live values, one row a simulation."""
        values: Array = getattr(getattr(sim, self.kind)(self.object), self.attribute)
        return values


class Task(abc.ABC):
    """A declaration, run by `Episode`: pure functions of the batched state of a `Simulation`.

    Every array has a leading simulation axis, and no method loops over simulations: the same code serves one
    simulation and a thousand. The class docstring is the task's documentation page.
    """

    horizon: ClassVar[int]
    """Control steps of an episode."""

    frame_skip: ClassVar[int] = 5
    """Physics steps in a control step."""

    variations: ClassVar[Mapping[str, Variation]] = {}
    """What resets change in the model, by the name datasets give it. Only these can be written to."""

    proprioception: ClassVar[tuple[str, ...]] = ()
    """Observation parts a hand knows of itself, without seeing the world: what `Visual` ids give beside the image."""

    camera: ClassVar[str] = "overview"
    """The camera that shows the task best to a person."""

    pixel_camera: ClassVar[str | None] = None
    """The camera of image observations, unless another is chosen; None for `camera`."""

    choosable: ClassVar[tuple[str, ...]] = ()
    """What `reset(options={name: ...})` may choose instead of having it drawn, each a whole number."""

    flags: ClassVar[tuple[str, ...]] = ()
    """What else `reset(options={name: True})` may say: `clear_fault`, where a hand may be a real one."""

    hand: ClassVar[Hand | None] = None
    """The hand that acts in it."""

    user: Any = None
    """Who acts in it beside the agent, if anybody: see `hand_envs.users`."""

    rewards: ClassVar[tuple[str, ...]] = ()
    """What its option `reward` can be, if it has one."""

    handled: ClassVar[tuple[str, ...]] = ()
    """The bodies that the hand is there to handle."""

    goal_steps: ClassVar[int | None] = None
    """Steps at the goal that make an episode a success, where those who made the task count so."""

    formats: ClassVar[tuple[str, ...]] = ()
    """Published formats of demonstrations whose starts `start_from` understands."""

    constant: ClassVar[Mapping[str, str]] = {}
    """Observation parts that random actions never change, each with the reason."""

    @property
    def unwrapped(self) -> Task:
        """The innermost task: itself, but for a wrapper."""
        return self

    @abc.abstractmethod
    def scene(self) -> mujoco.MjSpec:
        """The scene, with every body, joint and geom named."""

    def world(self) -> World | None:
        """Where it takes place if not in simulations of its scene, such as on a real hand; made anew by each call."""
        return None

    @abc.abstractmethod
    def reset(self, sim: Simulation, ids: Array, rng: Streams) -> None:
        """Vary simulations `ids`, which are in the scene's initial state; `rng` has one stream for each of them."""

    def choose(self, sim: Simulation, ids: Array, rng: Streams, chosen: Mapping[str, Array]) -> None:
        """Reset simulations `ids` with something `choosable` chosen, (len(ids),) each."""
        raise TaskError(f"{type(self).__name__} lets nothing be chosen, but names it as choosable: {self.choosable}.")

    @abc.abstractmethod
    def observe(self, sim: Simulation) -> Parts:
        """Named parts of the observation, each (n, width)."""

    @abc.abstractmethod
    def reward(self, sim: Simulation) -> Parts:
        """Named terms of the reward, each (n,); their sum is the reward."""

    @abc.abstractmethod
    def success(self, sim: Simulation) -> Array:
        """Whether the goal is reached now, (n,) bool."""

    def lost(self, sim: Simulation) -> Array | None:
        """Whether all is lost, which terminates the episode, (n,) bool; None for a task that cannot be lost."""
        return None

    def finished(self, sim: Simulation) -> Array | None:
        """Whether the episode is finished before its time limit, which truncates it, (n,) bool; None if never."""
        return None

    def keypoints(self, sim: Simulation) -> Array:
        """The 21 points of the hand by which poses are described (m), (n, 21, 3)."""
        if self.hand is None:
            raise TaskError(f"{type(self).__name__} does not declare its hand (`hand = ADROIT`).")
        return self.hand.keypoints(sim)

    def info(self, sim: Simulation) -> Parts:
        """What else to put in each step's info, named arrays with a row a simulation; the episode copies them."""
        return {}

    def prepare(self, sim: Simulation) -> None:  # noqa: B027  most tasks remember nothing
        """Make room for what the task has to remember (`sim.remember`); once, before anything else."""

    def close(self, sim: Simulation) -> None:  # noqa: B027  most tasks hold nothing
        """Let go of what is held open for these simulations, such as a socket: their environment was closed."""

    def place(self, sim: Simulation, index: int, state: Mapping[str, Array]) -> None:
        """Put one simulation in a state of `Simulation.get_state`, or at a start: `qpos`, `qvel` and variations.

        Whatever a start leaves out is as in the scene's initial state.
        """
        if "integration" in state:
            sim.set_state(index, state)
            return
        valid = {"qpos": sim.qpos, "qvel": sim.qvel}
        valid |= {name: variation.of(sim) for name, variation in self.variations.items()}
        for name, value in state.items():
            if name not in valid:
                raise StateError(f"A start of this task has no such quantity: {choices(name, valid)}")
            if np.shape(value) != valid[name].shape[1:]:
                raise StateError(f"{name} must have shape {valid[name].shape[1:]}, got {np.shape(value)}.")
            if not np.isfinite(value).all():
                raise StateError(f"{name} holds values that are not finite.")
        sim.start(index, {name: (valid[name], value) for name, value in state.items()})

    def start_from(self, format_name: str, record: Mapping[str, Any]) -> State:
        """The start (for `reset(options={"state": ...})`) that a demonstration in one of `formats` tells of."""
        known = f"it has them in {', '.join(self.formats)}" if self.formats else "it has none but Minari's"
        raise DatasetError(f"{type(self).__name__} has no demonstrations in the format {format_name!r}; {known}.")

    def control(self, sim: Simulation, action: Array) -> None:
        """Write actions in [-1, 1], (n, actuators), to `sim.ctrl`: scaled to the actuators' control ranges."""
        sim.ctrl[:] = sim.control_center + action * sim.control_reach


def load_task(task: str | Task | type[Task], options: Mapping[str, Any]) -> Task:
    """The task itself, from an instance, a class or its address `"package.module:Class"`, and its options."""
    if isinstance(task, Task):
        if options:
            raise OptionError(f"The task is already made; pass {', '.join(options)} when making it.")
        return task
    kind = task_class(task)
    valid = options_of(kind)
    for name in options:
        if valid is not None and name not in valid:
            raise unknown_option(kind.__name__, name, valid)
    return kind(**options)


def task_class(task: str | type[Task]) -> type[Task]:
    """The class of tasks, given itself or its address."""
    kind = import_class(task) if isinstance(task, str) else task
    if not (isinstance(kind, type) and issubclass(kind, Task)):
        raise OptionError(f"Expected a task, a class of tasks or its address 'package.module:Class', got {task!r}.")
    return kind


def options_of(kind: type) -> list[str] | None:
    """Names of the options of a class; None if it takes any."""
    parameters = inspect.signature(kind).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return None
    return [parameter.name for parameter in parameters]


def import_class(address: str, what: str = "task") -> Any:
    """The class at `package.module:Class`."""
    module, _, name = _MOVED.get(address, address).partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise OptionError(f"No {what} at {address!r} (expected 'package.module:Class'): {error}") from error
    return found
