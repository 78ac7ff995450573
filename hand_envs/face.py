"""What the two Gymnasium faces share: how an episode is built, its spaces, its pictures and its copies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium import spaces

from hand_envs.episode import Episode
from hand_envs.errors import OptionError, choices
from hand_envs.layout import Layout
from hand_envs.rendering import RENDER_MODES, Eyes, Look, Pixels
from hand_envs.task import Task, load_task

Array = np.ndarray
Observation = Array | dict[str, Array]


class Face:
    """A task at work on an `Episode`, about to be shown to Gymnasium."""

    metadata: dict[str, Any]

    def _build(
        self,
        task: str | Task | type[Task],
        nsim: int,
        nthread: int,
        max_episode_steps: int | None,
        render_mode: str | None,
        look: Look,
        pixels: Pixels | Mapping[str, Any] | None,
        task_options: dict[str, Any],
    ) -> None:
        if render_mode is not None and render_mode not in RENDER_MODES:
            raise OptionError(f"Unknown render_mode: {choices(render_mode, RENDER_MODES)}")
        self.task = load_task(task, task_options)
        self.episode = Episode(self.task, nsim, nthread, max_episode_steps)
        self.render_mode = render_mode
        self.pixels = Pixels.of(pixels, self.task.pixel_camera)
        self._eyes = Eyes(self.episode.sim, look.at(self.task.camera))
        self._action_space = spaces.Box(-1.0, 1.0, (self.episode.sim.model.nu,), np.float32)
        self._observation_space = self._make_observation_space()
        self.metadata = dict(
            type(self).metadata, render_fps=round(1 / (self.episode.sim.model.opt.timestep * self.task.frame_skip))
        )

    def _make_observation_space(self) -> spaces.Space[Any]:
        if self.pixels is None:
            return spaces.Box(-np.inf, np.inf, (self.episode.layout.size,), np.float64)
        width = sum(part.stop - part.start for part in map(self.episode.layout.__getitem__, self.task.proprioception))
        return spaces.Dict(
            {
                "image": spaces.Box(0, 255, (self.pixels.height, self.pixels.width, 3), np.uint8),
                "proprio": spaces.Box(-np.inf, np.inf, (width,), np.float64),
            }
        )

    def _see(self, flat: Array) -> Observation:
        """The observation to give for the flat one: itself, or an image and what the hand knows of itself."""
        if self.pixels is None:
            return flat
        parts = [flat[:, self.episode.layout[name]] for name in self.task.proprioception]
        return {"image": self._eyes.images(self.pixels), "proprio": np.concatenate(parts, axis=1)}

    @property
    def observation_layout(self) -> Layout:
        """Part name -> where it lies in the flat observation."""
        return self.episode.layout

    def _snapshot(self) -> dict[str, Any]:
        """All there is to a face but its GL context and its threads."""
        attributes = {key: value for key, value in self.__dict__.items() if key not in ("episode", "_eyes")}
        sim = self.episode.sim
        attributes["__episode__"] = {
            "look": self._eyes.look,
            "nthread": sim.nthread,
            "max_steps": self.episode.max_steps,
            "states": [self.episode.get_state(index) for index in range(sim.nsim)],
        }
        return attributes

    def _revive(self, attributes: dict[str, Any]) -> None:
        kept = attributes.pop("__episode__")
        self.__dict__.update(attributes)
        self.episode = Episode(self.task, len(kept["states"]), kept["nthread"], kept["max_steps"])
        self._eyes = Eyes(self.episode.sim, kept["look"])
        for index, state in enumerate(kept["states"]):
            self.episode.set_state(index, state)
