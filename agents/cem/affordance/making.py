"""Clips by number: which task, which thing, whose hand, where; drawn from the camera that agents have."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import numpy as np

from agents.cem.affordance.clips import EXACT, Clip, Errors, label_of
from agents.cem.affordance.cropping import AboveTable
from agents.cem.affordance.grasps import taken
from agents.cem.affordance.labels import Label
from agents.cem.affordance.stages import Stage, resized
from hand_envs.attempts.view import View
from hand_envs.core.task import import_class
from hand_envs.errors import DatasetError
from hand_envs.images.renderer import HandRenderer
from hand_envs.images.views import Look, look, tone
from hand_envs.poses.human import HumanShape, subject
from hand_envs.tasks.household.base import HouseholdTask
from hand_envs.tasks.household.ids import ENTRIES

Array = np.ndarray

PEOPLE = {"train": range(0, 40), "test": range(100, 120)}
"""Nobody's hand is in both."""
SIZES = (128, 256)
"""Of pictures (pixels)."""
_AWAY = (0.16, 0.08, 0.035, 0.0)
"""m that the hand is back from its grasp, frame by frame; the last is the contact."""
_SLICES = 12
WORDS = {
    "pick": ("pick up the {}", "take the {}", "grab the {}", "lift the {}"),
    "pour": ("pour from the {}", "pour the {} out", "empty the {}"),
    "open": ("open the {}", "pull the {} open"),
    "scoop": ("scoop with the {}", "scoop a grape with the {}"),
    "stir": ("stir with the {}", "stir the pot with the {}"),
}
"""How people say what they do, by the first word of the task's own."""


def made(
    count: int, seed: int, split: str = "train", errors: Errors = EXACT, each: int = 25
) -> Iterator[tuple[Clip, Label]]:
    """So many clips of a split's things, and the labels that they give; one in which no contact is seen is none.

    Args:
        count: of clips.
        seed: what they are follows from it.
        split: `train`, with things of other sizes than its own too, or `test`.
        errors: of the labels; none by default.
        each: so many in a row are of one thing, which is quicker than another every time.
    """
    left, number = count, 0
    while left > 0:
        for found in _of_stage(number, min(each, left), seed, split, errors):
            yield found
            left -= 1
        number += 1


def _of_stage(number: int, count: int, seed: int, split: str, errors: Errors) -> Iterator[tuple[Clip, Label]]:
    """Clips of one thing."""
    generator = np.random.default_rng([seed, number, split == "test"])
    entry = ENTRIES[number % len(ENTRIES)]
    kind: type[HouseholdTask] = import_class(entry.task, "task")
    names = tuple(kind.objects[split])
    task = kind(split=split, object=names[number // len(ENTRIES) % len(names)])
    if split == "train":
        task.object = resized(task.object, generator)
    size = SIZES[int(generator.integers(len(SIZES)))] if split == "train" else SIZES[-1]
    with ExitStack() as stack:
        stage = Stage(task, size)
        stack.callback(stage.close)
        renderer = HandRenderer(size, size, _SLICES)
        stack.callback(renderer.close)
        for clip_number in range(count):
            draw = np.random.default_rng([seed, number, clip_number, split == "test"])
            stage.arrange(draw, split)
            person = int(draw.choice(list(PEOPLE[split])))
            clip = filmed(stage, renderer, draw, person)
            with suppress(DatasetError):
                yield clip, label_of(clip, AboveTable(), draw, errors)


def filmed(stage: Stage, renderer: HandRenderer, generator: np.random.Generator, person: int) -> Clip:
    """A clip of this person who takes hold of what is on a stage."""
    colour, depth = stage.picture()
    grasp = taken(generator, hand_shape(person), stage.grip(generator), stage.solids())
    bumps = generator.normal(0.0, 0.1, 2)
    hands = np.stack([grasp.points(share, away) for share, away in zip((0.0, 0.2, 0.5, 1.0), _AWAY, strict=True)])
    looks = [_lit(generator, person)] * len(hands)
    drawn_depth, drawn = renderer.draw(
        [grasp.shape] * len(hands),
        _in_camera(hands, stage.view),
        np.broadcast_to(_window(stage.view), (len(hands), 4)),
        forearms=np.tile([*bumps, -1.0], (len(hands), 1)),
        looks=looks,
    )
    assert drawn is not None
    before = (drawn_depth > 0) & (drawn_depth < depth)
    colours = np.where(before[..., None], drawn, colour)
    depths = np.where(before, drawn_depth, depth)
    text = str(generator.choice(_said(stage.task)))
    return Clip(np.concatenate([colour[None], colours]), np.concatenate([depth[None], depths]), stage.view, text, grasp)


@functools.cache
def hand_shape(person: int) -> HumanShape:
    """A person's hand."""
    return subject(person)


def _said(task: HouseholdTask) -> tuple[str, ...]:
    """What may be said of a task: its own words, and others' ways to say it."""
    first, thing = task.words.split()[0], {"chest": "drawer"}.get(task.thing, task.thing)
    return (task.words, *(words.format(thing) for words in WORDS.get(first, ())))


def _lit(generator: np.random.Generator, person: int) -> Look:
    return look(generator, tone(person))


def _in_camera(points: Array, view: View) -> Array:
    """Points of the world (m) in the camera's frame."""
    seen: Array = (points - view.position) @ view.rotation
    return seen


def _window(view: View) -> Array:
    """Left, right, top and bottom of the picture as x / z, x / z, y / z, y / z."""
    half = view.center / view.focal
    return np.array([-half[0], half[0], -half[1], half[1]])
