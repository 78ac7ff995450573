"""Users who do what was demonstrated, with an unsteady hand."""

from __future__ import annotations

import numpy as np

from hand_envs.datasets.demonstrations import Demonstrations
from hand_envs.errors import DatasetError, OptionError, choices
from hand_envs.simulation import Simulation
from hand_envs.streams import Streams
from hand_envs.task import Task
from hand_envs.users.user import User

Array = np.ndarray

SPLITS = {"all": slice(None), "train": slice(0, None, 2), "test": slice(1, None, 2)}
"""Which demonstrations a split takes: even ones train, odd ones test."""

_SEQUENCE, _NOISE = "user.sequence", "user.noise_seed"


class DemonstrationUser(User):
    """Replays demonstrations from their initial states, with Gaussian noise on every actuator and step.

    Which demonstration, and the noise of the whole episode, are drawn from the simulation's own generator when the
    episode begins, so they do not depend on what is done in it.

    Args:
        demonstrations: what to do.
        noise: standard deviation sigma of the noise in normalised action units, where actions are from -1 to 1.
        split: `train` (even demonstrations), `test` (odd ones) or `all`.
    """

    def __init__(self, demonstrations: Demonstrations, noise: float = 0.0, split: str = "all") -> None:
        if split not in SPLITS:
            raise OptionError(f"Unknown split: {choices(split, SPLITS)}")
        if not 0 <= noise < np.inf:
            raise OptionError(f"noise must be a standard deviation of at least 0, got {noise}.")
        self.noise, self.split = noise, split
        self.demonstrations = demonstrations[SPLITS[split]]
        if not len(self.demonstrations):
            raise DatasetError(f"The split {split!r} of {len(demonstrations)} demonstrations is empty.")
        self.lengths = np.array([len(each) for each in self.demonstrations])
        self.actions = np.stack([_held(each.actions, self.lengths.max()) for each in self.demonstrations])

    def prepare(self, sim: Simulation, task: Task) -> None:
        if self.actions.shape[2] != sim.model.nu:
            raise DatasetError(
                f"The demonstrations of {self.demonstrations.env_id} have {self.actions.shape[2]} actions a step, "
                f"{type(task).__name__} has {sim.model.nu} actuators."
            )
        self._starts = self._stacked_starts(sim, task)
        sim.remember(_SEQUENCE, dtype=np.int64)
        sim.remember(_NOISE, dtype=np.int64)
        self._drawn = np.full(sim.nsim, -1, np.int64)  # the seeds that the noise below was drawn with
        self._noise = np.zeros((sim.nsim, *self.actions.shape[1:]))

    def _stacked_starts(self, sim: Simulation, task: Task) -> dict[str, Array]:
        """The initial states of all demonstrations, one array a part."""
        states = []
        for episode in self.demonstrations:
            task.place(sim, 0, episode.state)
            states.append(sim.get_state(0))
        sim.reset()
        return {name: np.stack([state[name] for state in states]) for name in states[0]}

    def begin(self, sim: Simulation, ids: Array, rng: Streams) -> None:
        sequence = rng.integers(len(self.demonstrations))
        sim.put(ids, {name: part[sequence] for name, part in self._starts.items()})
        sim.memory[_SEQUENCE][ids] = sequence
        sim.memory[_NOISE][ids] = rng.integers(2**63 - 1)

    def intend(self, sim: Simulation, step: Array) -> Array:
        sequence = sim.memory[_SEQUENCE]
        step = np.minimum(step, self.lengths[sequence] - 1)
        intended = self.actions[sequence, step]
        if self.noise:
            self._draw(sim.memory[_NOISE])
            intended = intended + self._noise[np.arange(sim.nsim), step]
        return intended

    def finished(self, sim: Simulation, step: Array) -> Array:
        return step >= self.lengths[sim.memory[_SEQUENCE]]

    def _draw(self, seeds: Array) -> None:
        """Draw the noise of the episodes that are new here, all of each at once."""
        for index in np.flatnonzero(seeds != self._drawn):
            generator = np.random.default_rng(seeds[index])
            self._noise[index] = generator.normal(0.0, self.noise, self._noise.shape[1:])
            self._drawn[index] = seeds[index]


def _held(actions: Array, steps: int) -> Array:
    """Actions for so many steps, the last of them held."""
    return np.concatenate([actions, np.repeat(actions[-1:], steps - len(actions), axis=0)])
