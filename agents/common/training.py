"""Training on Stable-Baselines3's on-policy algorithms: batch after batch, each written down when it is learned."""

from __future__ import annotations

import abc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from agents.common import checkpoints
from agents.common.config import TrainingConfig
from agents.common.evaluation import Evaluation
from agents.common.imports import need
from agents.common.learner import Learner
from agents.common.run import Note, RunFolder
from hand_envs.errors import DatasetError

torch: Any = need("torch")
BaseCallback: Any = need("stable_baselines3.common.callbacks").BaseCallback
_configure_logger: Any = need("stable_baselines3.common.logger").configure

Watch = Callable[[dict[str, Any]], None]
"""Hears of every batch: steps, seconds, success of the last episodes, and evaluations where there are any."""

C = TypeVar("C", bound=TrainingConfig)


class Training(abc.ABC, Generic[C]):
    """A run in a folder, which a kill or Ctrl+C at any moment sets back by at most a batch.

    An agent says how it is built, and if need be what it prepares and how it begins.

    Args:
        config: what to train.
        folder: where.
        resume: go on with the run that is there, if there is one.
        nthread: threads to simulate on; 0 for all cores.
        evaluate_every: steps between evaluations; 0 for none but the last.
        episodes: of an evaluation.
        watch: hears of every batch.
    """

    def __init__(
        self,
        config: C,
        folder: str | Path,
        resume: bool = False,
        nthread: int = 0,
        evaluate_every: int = 0,
        episodes: int = 100,
        watch: Watch | None = None,
    ) -> None:
        self.config, self.folder, self.resume, self.nthread = config, Path(folder), resume, nthread
        self.evaluate_every, self.episodes = evaluate_every, episodes
        self.watch = watch or (lambda batch: None)
        self.records = RunFolder(folder)
        self.records.check(config, resume)
        self.seconds = 0.0
        """Spent on preparing, beginning and learning; not on evaluations."""
        self.notes: list[Note] = []
        """The evaluations so far."""
        torch.manual_seed(config.seed)
        self.learner = self.build()
        self.bridge, self.venv, self.model = self.learner.bridge, self.learner.venv, self.learner.model
        self.tests = {split: self._test(split) for split in config.splits}

    # --- what an agent adds -----------------------------------------------------------------------------------------

    @abc.abstractmethod
    def build(self) -> Learner:
        """The algorithm and its environments."""

    def prepare(self) -> None:
        """Whatever every start needs, of a new run or one that goes on; `records.prepared` keeps what takes minutes."""

    def teach(self) -> None:
        """Before the first batch of a new run, such as cloning; the outcome is kept."""

    # --- running ----------------------------------------------------------------------------------------------------

    def run(self) -> Path:
        """Train to the end; returns the folder of the agent. Beside it is `best`, which did best in the evaluations."""
        with self.open():
            return self.learn()

    @contextmanager
    def open(self) -> Iterator[None]:
        """Be alone in the folder, and ready to learn: prepared and taught, or where the run was stopped."""
        try:
            with self.records.alone():
                self._begin()
                yield
        except OSError as error:  # TensorBoard's writer has no words for a full disk
            raise DatasetError(f"{self.folder} could not be written: {error}. Make room; --resume goes on.") from error

    def learn(self) -> Path:
        """Learn what is left, within `open`; returns the folder of the agent."""
        left = self.config.steps - self.steps
        if left > 0:
            callbacks = [*self.learner.callbacks, _Batches(self)]
            self.model.learn(-(-left // self.config.hold), callback=callbacks, reset_num_timesteps=False)
        if self._noted != self.steps:
            self._evaluate()
            self._keep()
        folder = checkpoints.write(self.records.agent, self.learner.agent_parts())
        self.records.forget_prepared()
        return folder

    @property
    def steps(self) -> int:
        """Environment steps taken."""
        return self.learner.steps

    @property
    def last(self) -> dict[str, dict[str, float]]:
        """The last evaluation, by split."""
        return {split: self.notes[-1][split] for split in self.tests if self.notes and split in self.notes[-1]}

    def end_batch(self, success: float | None) -> None:
        """After a batch is learned: everything is written down, so that at most the next one can be lost."""
        due = self.evaluate_every and self.steps % self.evaluate_every < self.config.batch
        evaluated = self._evaluate() if due else {}
        self._keep()
        self.watch({"steps": self.steps, "seconds": self.seconds, "success": success, **evaluated})

    def _begin(self) -> None:
        began = time.perf_counter()
        self.records.check(self.config, self.resume)
        last = self.records.latest()
        if last is None:
            self.records.write_config(self.config)
        self.prepare()
        self.model.set_logger(_configure_logger(str(self.folder), ["tensorboard"]))
        if last is not None:
            self.seconds = self.learner.thaw(last)
            self.notes = self.records.notes(self.steps)
            self.records.write_config(self.config)
            self.records.write_progress(self.notes)
        else:
            self.teach()
            self.seconds = time.perf_counter() - began
            self._keep()
        self.resume = True

    @property
    def _noted(self) -> int:
        return int(self.notes[-1]["steps"]) if self.notes else -1

    def _test(self, split: str) -> Evaluation:
        config = self.config
        options = config.judging_options(split)
        return Evaluation(config.env, options, self.episodes, nthread=self.nthread, goal_steps=config.goal_steps)

    def _evaluate(self) -> dict[str, Any]:
        """Evaluate, note it, and keep the agent if none was better in it before."""
        agent = self.learner.agent()
        summaries = {split: test.run(agent).summary() for split, test in self.tests.items()}
        for split, summary in summaries.items():
            self.model.logger.record(f"{split}/success", summary["success"])
        note = {"steps": self.steps, "seconds": round(self.seconds, 1), **summaries}
        self.records.keep_best(summaries["test"]["success"], self.steps, self.learner.agent_parts(), self.notes)
        self.notes = [*self.notes, note]
        return note

    def _keep(self) -> None:
        self.records.keep(self.steps, self.learner.freeze(self.seconds), self.notes)


class _Batches(BaseCallback):
    """Where Stable-Baselines3 lets us in."""

    def __init__(self, training: Training[Any]) -> None:
        super().__init__()
        self.training, self.first = training, True

    def _on_training_start(self) -> None:
        self.began = time.perf_counter()

    def _on_step(self) -> bool:
        return True

    def _on_rollout_start(self) -> None:
        """Also the end of the batch before it, which is learned by now."""
        if not self.first:
            self._end_batch()
        self.first = False

    def _on_training_end(self) -> None:
        self._end_batch()

    def _end_batch(self) -> None:
        now = time.perf_counter()
        self.training.seconds += now - self.began
        episodes = self.model.ep_success_buffer
        self.training.end_batch(float(np.mean(episodes)) if episodes else None)
        self.began = time.perf_counter()
