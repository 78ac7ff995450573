"""What the two Gymnasium faces share: how an episode is built, its spaces, its pictures and its copies."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import mujoco
import numpy as np
from gymnasium import spaces

from hand_envs.core.episode import Episode
from hand_envs.core.layout import Layout
from hand_envs.core.task import Task
from hand_envs.errors import OptionError, TaskError, choices
from hand_envs.rendering import Eyes, Look, Pixels

Array = np.ndarray
Observation = Array | dict[str, Array]


class Face:
    """A task at work on an `Episode`, about to be shown to Gymnasium."""

    metadata: dict[str, Any]
    _randomness: ClassVar[tuple[str, ...]]
    """Attributes with the random generators and their seeds, one or a list of them."""

    def _build(self, task: Task, nsim: int, nthread: int, limit: int | None, look: Look, pixels: Pixels | None) -> None:
        if not is_whole(nthread) or nthread < 0:
            raise OptionError(f"nthread must be a number of threads, or 0 for all cores, got {nthread!r}.")
        if limit is not None and (not is_whole(limit) or limit == 0):
            raise OptionError(f"max_episode_steps must be at least 1, or -1 for no limit, got {limit!r}.")
        if limit is None and not is_whole(task.horizon):
            raise TaskError(f"{type(task).__name__}.horizon must be the steps of an episode, got {task.horizon!r}.")
        limit = task.horizon if limit is None else limit
        self.task, self.pixels = task, pixels
        self.episode = Episode(task, nsim, nthread, None if limit < 0 else limit)
        self._eyes = Eyes(self.episode.sim, look)
        if pixels is not None:
            self._eyes.check_camera(pixels.camera)
        self._action_space = spaces.Box(-1.0, 1.0, (len(self.episode.sim.actuators),), np.float32)
        self._observation_space = self._make_observation_space()
        self.metadata = {**type(self).metadata, "render_fps": round(1 / self.dt)}

    def _check_mode(self, render_mode: str | None) -> str | None:
        modes = type(self).metadata["render_modes"]
        if render_mode is not None and render_mode not in modes:
            raise OptionError(f"Unknown render_mode: {choices(render_mode, modes)}")
        return render_mode

    def _make_observation_space(self) -> spaces.Space[Any]:
        if self.pixels is None:
            return spaces.Box(-np.inf, np.inf, (self.episode.layout.size,), np.float64)
        own = [self.episode.layout[name] for name in self.task.proprioception]
        if not own:
            raise TaskError(f"{type(self.task).__name__} must name its proprioception to be observed through pixels.")
        return spaces.Dict(
            {
                "image": spaces.Box(0, 255, (self.pixels.height, self.pixels.width, 3), np.uint8),
                "proprio": spaces.Box(-np.inf, np.inf, (sum(part.stop - part.start for part in own),), np.float64),
            }
        )

    def _see(self, flat: Array) -> Observation:
        """The observation to give for the flat one: itself, or an image and what the hand knows of itself."""
        if self.pixels is None:
            return flat
        parts = [flat[:, self.episode.layout[name]] for name in self.task.proprioception]
        return {"image": self._eyes.images(self.pixels), "proprio": np.concatenate(parts, axis=1)}

    def _close(self) -> None:
        self._eyes.close()
        self.episode.close()

    # --- what MuJoCo's users look for -------------------------------------------------------------------------------

    @property
    def observation_layout(self) -> Layout:
        """Part name -> where it lies in the flat observation."""
        return self.episode.layout

    @property
    def dt(self) -> float:
        """What a control step takes (s)."""
        return self.episode.sim.timestep * self.task.frame_skip

    def _model(self, index: int) -> mujoco.MjModel:
        return self._plain(index)[0]

    def _data(self, index: int) -> mujoco.MjData:
        return self._plain(index)[1]

    def _plain(self, index: int) -> tuple[mujoco.MjModel, mujoco.MjData]:
        """Simulation `index` as a model and data of MuJoCo, both new."""
        sim = self.episode.sim
        model, data = mujoco.MjModel.__copy__(sim.model), mujoco.MjData(sim.model)
        sim.materialize(index, model, data)
        return model, data

    # --- what is refused changes nothing ----------------------------------------------------------------------------

    @contextlib.contextmanager
    def _undone_if_refused(self, ids: Sequence[int]) -> Iterator[None]:
        """If what is done here to episodes `ids` raises, they and the random generators are as they were before."""
        episodes = self.episode.snapshot(ids)
        held = {name: getattr(self, name) for name in self._randomness}
        held = {name: list(value) if isinstance(value, list) else value for name, value in held.items()}
        drawn = [(each, each.bit_generator.state) for each in _generators(held.values())]
        try:
            yield
        except BaseException:
            self.episode.put_back(ids, episodes)
            for name, value in held.items():
                setattr(self, name, value)
            for generator, state in drawn:
                generator.bit_generator.state = state
            raise

    # --- copies -----------------------------------------------------------------------------------------------------

    def _snapshot(self) -> dict[str, Any]:
        """All there is to a face but its GL context and its threads."""
        attributes = {key: value for key, value in self.__dict__.items() if key not in ("episode", "_eyes")}
        sim = self.episode.sim
        attributes["__episode__"] = {
            "look": self._eyes.look,
            "nthread": sim.nthread,
            "max_steps": self.episode.max_steps,
            "states": self.episode.snapshot(range(sim.nsim)),
        }
        return attributes

    def _revive(self, attributes: dict[str, Any]) -> None:
        attributes = dict(attributes)
        kept = attributes.pop("__episode__")
        self.__dict__.update(attributes)
        states = kept["states"]
        self.episode = Episode(self.task, len(states), kept["nthread"], kept["max_steps"])
        self._eyes = Eyes(self.episode.sim, kept["look"])
        self.episode.put_back(range(len(states)), states)


def is_whole(number: Any) -> bool:
    """Whether it is a whole number; True and False are none."""
    return isinstance(number, int | np.integer) and not isinstance(number, bool)


def whole_seed(seed: Any) -> int | None:
    """A seed as Gymnasium's generators take it."""
    if seed is None:
        return None
    if not is_whole(seed) or seed < 0:
        raise OptionError(f"A seed must be a whole number of at least 0, or None, got {seed!r}.")
    return int(seed)


def _generators(values: Any) -> list[np.random.Generator]:
    each = [one for value in values for one in (value if isinstance(value, list) else [value])]
    return [one for one in each if isinstance(one, np.random.Generator)]
