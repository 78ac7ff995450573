"""Options of pictures, of any value: each draws a picture of that size, or is refused in our words."""

from __future__ import annotations

from collections import Counter

import gymnasium as gym
import numpy as np
from conftest import needs_gl
from fuzz.hostile_values import OBJECTS

from hand_envs.core.simulation import Simulation
from hand_envs.errors import HandEnvsError
from hand_envs.rendering import Eyes, Look, Pixels

RIGHT = {
    "camera": (None, "top", "fixed"),
    "width": (1, 8, 13),
    "height": (1, 8, 13),
    "light": (True, False),
    "background": tuple(range(6)),
}


@needs_gl
def test_any_options_draw_or_are_refused(deep):
    task = gym.make("HandDoor-v0", disable_env_checker=True).unwrapped.task
    eyes, rng, outcomes = Eyes(Simulation(task.scene()), Look()), np.random.default_rng(0), Counter()
    for _ in range(24 * deep):
        options = {name: values[rng.integers(len(values))] for name, values in RIGHT.items()}
        if rng.random() < 0.8:
            name = list(RIGHT)[rng.integers(len(RIGHT))]
            options[name] = OBJECTS[rng.integers(len(OBJECTS))]
        try:
            pixels = Pixels(**options)
            eyes.check_camera(pixels.camera)
        except HandEnvsError:
            outcomes["refused"] += 1
            continue
        outcomes["taken"] += 1
        if outcomes["taken"] <= 2 * deep:  # a context costs half a second
            assert eyes.images(pixels).shape == (1, pixels.height, pixels.width, 3)
            eyes.close()
    assert min(outcomes["refused"], outcomes["taken"]) > 4 * deep
