"""Training on Stable-Baselines3's on-policy algorithms: a run in a folder, resumable at every batch."""

from __future__ import annotations

import abc
import json
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import torch

from agents.common import checkpoints
from agents.common.agent import Agent, agent_parts
from agents.common.evaluation import Evaluation
from agents.common.imports import need
from agents.common.sb3 import SB3VecEnv
from hand_envs.errors import OptionError

BaseCallback: Any = need("stable_baselines3.common.callbacks").BaseCallback
_configure_logger: Any = need("stable_baselines3.common.logger").configure

Watch = Callable[[dict[str, Any]], None]
"""Told of every batch: steps, seconds, success of the last episodes, and evaluations where there are any."""

Array = np.ndarray

_CHECKPOINTS, _PROGRESS = "checkpoints", "progress.jsonl"


class OnPolicyTraining(abc.ABC):
    """A run in a folder: `config.json`, `progress.jsonl`, TensorBoard events, checkpoints, and in the end `agent/`.

    A config has at least `seed`, `steps`, `batch` and `hold` (environment steps of a batch and of a decision),
    `actuators`, `network`, `goal_steps` (see `Evaluation`), `test_options(split)` and `as_data()`.

    Args:
        config: what to train.
        folder: where.
        resume: go on with the run that is there, if there is one.
        nthread: threads to simulate on; 0 for all cores.
        evaluate_every: steps between evaluations; 0 for none but the last.
        episodes: of an evaluation.
        watch: told of every batch.
    """

    bridge: SB3VecEnv
    """The environments."""
    venv: Any
    """The same as the algorithm sees them: a `VecNormalize`."""
    model: Any
    """The algorithm."""
    tests: dict[str, Evaluation]

    def __init__(
        self,
        config: Any,
        folder: str | Path,
        resume: bool = False,
        nthread: int = 0,
        evaluate_every: int = 0,
        episodes: int = 100,
        watch: Watch | None = None,
    ) -> None:
        self.config, self.folder, self.nthread = config, Path(folder), nthread
        self.evaluate_every, self.episodes = evaluate_every, episodes
        self.watch = watch or (lambda told: None)
        last = _latest(self.folder)
        if last is not None or (self.folder / "agent").exists():
            self._check_resume(resume)
        began = time.perf_counter()
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "config.json").write_text(json.dumps(config.as_data(), indent=2) + "\n")
        torch.manual_seed(config.seed)
        self._build()
        self.model.set_logger(_configure_logger(str(self.folder), ["tensorboard"]))
        self.seconds: float
        """Spent on building, beginning and learning; not on evaluations."""
        self.last: dict[str, dict[str, float]] = {}
        """The last evaluation, by split."""
        if last is not None:
            self._thaw(last)
        else:
            self._begin()
            self.seconds = time.perf_counter() - began
        self._best = -1.0
        self._noted = self._forget_after(self.steps)

    # --- what an agent adds -----------------------------------------------------------------------------------------

    @abc.abstractmethod
    def _build(self) -> None:
        """Make `bridge`, `venv`, `model` and `tests`."""

    def _begin(self) -> None:  # noqa: B027  most need nothing
        """Before the first batch of a run that is new."""

    def _extra_parts(self) -> dict[str, Any]:
        """Parts of a checkpoint beside what every run has."""
        return {}

    def _restore(self, folder: Path) -> None:  # noqa: B027
        """Go on from the extra parts in a checkpoint."""

    def _go_on_from(self, observation: Array) -> None:  # noqa: B027
        """These are the observations that the environments of a checkpoint are at."""

    def _after_step(self, seen: Mapping[str, Any]) -> None:  # noqa: B027
        """After a step of the environments; `seen` are the algorithm's local variables."""

    def _after_rollout(self) -> None:  # noqa: B027
        """After a batch is collected, before it is learned."""

    def _make_tests(self, *splits: str) -> dict[str, Evaluation]:
        """An evaluation for each split."""
        config = self.config
        return {
            split: Evaluation(
                config.env,
                config.test_options(split),
                self.episodes,
                nthread=self.nthread,
                goal_steps=config.goal_steps,
            )
            for split in splits
        }

    def _check_spaces(self) -> None:
        for kind, space in {"observation": self.bridge.observation_space, "action": self.bridge.action_space}.items():
            if not isinstance(space, gym.spaces.Box) or len(space.shape) != 1:
                raise OptionError(
                    f"The {kind}s of {self.config.env} must be a flat Box for this agent, they are {space}."
                )

    def _check_resume(self, resume: bool) -> None:
        if not resume:
            raise OptionError(f"There is a training in {self.folder} already: --resume goes on with it.")
        stored = json.loads((self.folder / "config.json").read_text())
        before = json.loads(json.dumps(type(self.config).from_data(stored).as_data()))  # with what is new since then
        now = json.loads(json.dumps(self.config.as_data()))
        changed = [name for name in now if name != "steps" and before.get(name) != now[name]]
        if changed:
            told = ", ".join(f"{name} {before.get(name)!r} -> {now[name]!r}" for name in changed)
            raise OptionError(f"The training in {self.folder} is another one ({told}); choose another folder.")

    # --- running --------------------------------------------------------------------------------------------------

    @property
    def steps(self) -> int:
        """Environment steps taken."""
        return int(self.model.num_timesteps) * self.config.hold

    def run(self) -> Path:
        """Train to the end; returns the folder of the agent. Beside it is `best`, which did best in the evaluations."""
        left = self.config.steps - self.steps
        if left > 0:
            self.model.learn(-(-left // self.config.hold), callback=_Batches(self), reset_num_timesteps=False)
        if self._noted != self.steps:
            self._note(self._evaluate())
        return checkpoints.write(self.folder / "agent", self._agent_parts())

    def end_batch(self, success: float | None) -> None:
        """After a batch is learned: everything is written down, so that at most the next one can be lost."""
        due = self.evaluate_every and self.steps % self.evaluate_every < self.config.batch
        told = self._evaluate() if due else {}
        if told:
            self._note(told)
        self._freeze()
        self.watch({"steps": self.steps, "seconds": self.seconds, "success": success, **told})

    def _evaluate(self) -> dict[str, Any]:
        rms, width = self.venv.obs_rms, self.bridge.action_space.shape[0]
        agent = Agent(self.config, self.model.policy, width, rms.mean, rms.var)
        self.last = {split: test.run(agent).summary() for split, test in self.tests.items()}
        for split, summary in self.last.items():
            self.model.logger.record(f"{split}/success", summary["success"])
        return {"steps": self.steps, "seconds": round(self.seconds, 1), **self.last}

    def _note(self, told: Mapping[str, Any]) -> None:
        """Write down an evaluation, and the agent if none was better in it before."""
        success = self._judged(told)
        if success >= self._best:
            self._best = success
            checkpoints.write(self.folder / "best", self._agent_parts())
        with (self.folder / _PROGRESS).open("a") as file:
            file.write(json.dumps(told) + "\n")
        self._noted = self.steps

    @staticmethod
    def _judged(told: Mapping[str, Any]) -> float:
        """Success by which agents of a run are compared."""
        return float(told["test"]["success"])

    # --- stopping and going on ------------------------------------------------------------------------------------

    def _agent_parts(self) -> dict[str, Any]:
        return agent_parts(self.config, self.bridge.action_space, self.model.policy, self.venv.obs_rms)

    def _freeze(self) -> None:
        parts = {
            **self._agent_parts(),
            **self._extra_parts(),
            "optimizer.pt": self.model.policy.optimizer.state_dict(),
            "torch.pt": {"generator": torch.get_rng_state()},
            "progress.json": {
                "steps": self.steps,
                "seconds": self.seconds,
                "updates": self.model._n_updates,
                "generator": _numpy_generator(),
            },
            "run.npz": {
                "observation": self.model._last_obs,
                "starts": self.model._last_episode_starts,
                "returns": self.venv.returns,
                "return_mean": self.venv.ret_rms.mean,
                "return_variance": self.venv.ret_rms.var,
                "return_count": self.venv.ret_rms.count,
            },
        }
        frozen = self.bridge.freeze()
        if frozen is not None:
            parts["envs.npz"] = frozen
        folder = checkpoints.write(self.folder / _CHECKPOINTS / f"{self.steps:012d}", parts)
        for other in folder.parent.iterdir():
            if other != folder:
                shutil.rmtree(other)

    def _thaw(self, folder: Path) -> None:
        model, venv = self.model, self.venv
        progress, run = checkpoints.read(folder, "progress.json"), checkpoints.read(folder, "run.npz")
        normaliser = checkpoints.read(folder, "normaliser.npz")
        model.policy.load_state_dict(checkpoints.read(folder, "policy.pt"))
        model.policy.optimizer.load_state_dict(checkpoints.read(folder, "optimizer.pt"))
        model.num_timesteps = progress["steps"] // self.config.hold
        model._n_updates, self.seconds = progress["updates"], progress["seconds"]
        rms = venv.obs_rms
        rms.mean, rms.var, rms.count = normaliser["mean"], normaliser["variance"], float(normaliser["count"])
        rms = venv.ret_rms
        rms.mean, rms.var, rms.count = run["return_mean"], run["return_variance"], float(run["return_count"])
        self._restore(folder)
        if (folder / "envs.npz").exists():
            observation = self.bridge.thaw(checkpoints.read(folder, "envs.npz"))
            self._go_on_from(observation)
            venv.returns = run["returns"]
            model._last_obs, model._last_episode_starts = run["observation"], run["starts"]
        # Last, since building and resetting draws too.
        torch.set_rng_state(checkpoints.read(folder, "torch.pt")["generator"])
        _set_numpy_generator(progress["generator"])

    def _forget_after(self, steps: int) -> int:
        """Drop notes of what happened after the checkpoint and will happen again; returns the steps of the last."""
        path = self.folder / _PROGRESS
        lines = path.read_text().splitlines() if path.exists() else []
        kept = [line for line in lines if line.endswith("}") and json.loads(line)["steps"] <= steps]
        path.write_text("".join(f"{line}\n" for line in kept))
        if not kept:
            return -1
        notes = [json.loads(line) for line in kept]
        self._best, last = max(map(self._judged, notes)), notes[-1]
        self.last = {split: last[split] for split in self.tests if split in last}
        return int(last["steps"])


class _Batches(BaseCallback):
    """Where Stable-Baselines3 lets us in."""

    def __init__(self, training: OnPolicyTraining) -> None:
        super().__init__()
        self.training, self.first = training, True

    def _on_training_start(self) -> None:
        self.began = time.perf_counter()

    def _on_step(self) -> bool:
        self.training._after_step(self.locals)
        return True

    def _on_rollout_start(self) -> None:
        """Also the end of the batch before it, which is learned by now."""
        if not self.first:
            self._end_batch()
        self.first = False

    def _on_rollout_end(self) -> None:
        self.training._after_rollout()

    def _on_training_end(self) -> None:
        self._end_batch()

    def _end_batch(self) -> None:
        now = time.perf_counter()
        self.training.seconds += now - self.began
        episodes = self.model.ep_success_buffer
        self.training.end_batch(float(np.mean(episodes)) if episodes else None)
        self.began = time.perf_counter()


def _latest(folder: Path) -> Path | None:
    found = sorted(path for path in (folder / _CHECKPOINTS).glob("*") if not path.name.startswith("."))
    return found[-1] if found else None


def _numpy_generator() -> list[Any]:
    """Stable-Baselines3 shuffles with NumPy's global generator."""
    name, keys, position, has_gauss, cached = np.random.get_state()  # noqa: NPY002
    return [name, np.asarray(keys).tolist(), position, has_gauss, cached]


def _set_numpy_generator(state: list[Any]) -> None:
    name, keys, *rest = state
    np.random.set_state((name, np.array(keys, np.uint32), *rest))  # noqa: NPY002
