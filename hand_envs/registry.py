"""The table of environments. Registration, documentation, the command line and the tests are all driven by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym

from hand_envs.core.task import Task, load_task
from hand_envs.errors import OptionError, choices

ASSISTED = "hand_envs.users.assisted:Assisted"


@dataclass(frozen=True)
class Entry:
    """One environment id."""

    id: str
    task: str
    """Address of the task's class, `"package.module:Class"`."""
    family: str
    hand: str
    horizon: int | None
    """The task's own; repeated here so that registering imports no task. A test compares. None: the user ends it."""
    doc: str
    options: Mapping[str, Any] = field(default_factory=dict)
    """What the id sets: options of `HandEnv` or of the task."""
    baseline: str | None = None
    """Command that trains the baseline agent."""

    @property
    def visual(self) -> bool:
        """Whether it is observed through pixels."""
        return "pixels" in self.options

    @property
    def plain(self) -> bool:
        """Whether it is a task observed by its state, with nobody else in it."""
        return not self.visual and not self.has_user

    @property
    def has_user(self) -> bool:
        """Whether a user acts in it, whom an agent helps."""
        return self.task == ASSISTED

    def make_task(self, **changes: Any) -> Task:
        """The task as the id has it, with changes of its options."""
        own = {name: value for name, value in self.options.items() if name != "pixels"}
        return load_task(self.task, {**own, **changes})

    def register(self) -> None:
        """Tell Gymnasium."""
        gym.register(
            id=self.id,
            entry_point="hand_envs.env:HandEnv",
            vector_entry_point="hand_envs.env:HandVectorEnv",
            max_episode_steps=self.horizon,
            kwargs={"task": self.task, **self.options},
        )


def _adroit(name: str, horizon: int, doc: str) -> tuple[Entry, ...]:
    """A task of the Adroit family, its visual twin, and the one with a user in it."""
    task = f"hand_envs.tasks.adroit.{name.lower()}:{name}"
    return (
        Entry(f"Hand{name}-v0", task, "adroit", "adroit", horizon, doc),
        Entry(f"Hand{name}Visual-v0", task, "adroit", "adroit", horizon, f"{doc} From pixels.", {"pixels": {}}),
        Entry(
            f"Hand{name}Residual-v0",
            ASSISTED,
            "adroit",
            "adroit",
            None,
            f"{doc} A user means to; the agent corrects.",
            {"base": f"Hand{name}-v0"},
            f"python -m agents.ppo_gail --env Hand{name}Residual-v0",
        ),
    )


def _dexmv(name: str, task: str, horizon: int, doc: str, **options: Any) -> tuple[Entry, ...]:
    """A task of the DexMV family, and its visual twin."""
    address = f"hand_envs.tasks.dexmv.{task}"
    return (
        Entry(f"Hand{name}-v0", address, "dexmv", "adroit", horizon, doc, options),
        Entry(
            f"Hand{name}Visual-v0",
            address,
            "dexmv",
            "adroit",
            horizon,
            f"{doc} From pixels.",
            {**options, "pixels": {}},
        ),
    )


def _relocate_object(name: str) -> tuple[Entry, ...]:
    """The relocation of an object, named as in `foam_brick`."""
    camel = "".join(word.capitalize() for word in name.split("_"))
    doc = f"Pick up the {name.replace('_', ' ')} and carry it to its ghost."
    return _dexmv(f"Relocate{camel}", "relocate:RelocateObject", 100, doc, object=name)


ENTRIES: tuple[Entry, ...] = (
    *_adroit("Door", 200, "Undo the latch and swing the door open."),
    *_adroit("Hammer", 200, "Pick up the hammer and drive the nail into the board."),
    *_adroit("Pen", 100, "Turn the pen in the hand to the shown orientation."),
    *_adroit("Relocate", 200, "Pick up the ball and carry it to the target."),
    *_relocate_object("foam_brick"),
    *_relocate_object("large_clamp"),
    *_relocate_object("mustard_bottle"),
    *_relocate_object("mug"),
    *_relocate_object("potted_meat_can"),
    *_relocate_object("sugar_box"),
    *_relocate_object("tomato_soup_can"),
    *_dexmv("Pour", "pour:Pour", 200, "Pour what is in a mug into a tank."),
    *_dexmv("PlaceInside", "place_inside:PlaceInside", 200, "Put a banana into a mug."),
)

IDS: tuple[str, ...] = tuple(entry.id for entry in ENTRIES)


def entry(env_id: str) -> Entry:
    """The entry of an id; the error lists the valid ones."""
    for candidate in ENTRIES:
        if candidate.id == env_id:
            return candidate
    raise OptionError(f"No such environment: {choices(env_id, IDS)}")


def register_all() -> None:
    """Register every id with Gymnasium; importing `hand_envs` does it."""
    for each in ENTRIES:
        if each.id not in gym.registry:
            each.register()


def task_of(env_id: str, options: Mapping[str, Any]) -> Task | None:
    """The task that an id has with these options, without compiling a scene; None for ids of other kinds."""
    spec = gym.registry.get(env_id)
    if spec is None or "task" not in spec.kwargs:
        return None
    of_faces = ("render_mode", "camera", "width", "height", "pretty", "pixels", "max_episode_steps", "nthread")
    given = {**spec.kwargs, **options}
    return load_task(given.pop("task"), {name: each for name, each in given.items() if name not in of_faces})
