"""Pictures of the data generation scheme (Fig. 1) and of what an agent makes of an estimated hand (Fig. 4).

python -m benchmarks.residual.scheme     demonstration, retrieved image, estimate, hand after kappa, for four tasks
python -m benchmarks.residual.scheme --agent outputs/poses-laptop/cells/door/ours/poses-est/seed-1/train/best
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import tyro

from agents.common.imports import need_pyplot
from agents.estimator.crops import to_image
from agents.estimator.sequences import MadeImages
from agents.ppo_gail import Agent, Nobody
from benchmarks.command import say_written
from benchmarks.residual.paper import TASKS
from hand_envs.cli.guard import guarded
from hand_envs.datasets.pose_sequences import PoseSequences, read_pose_sequences
from hand_envs.errors import DatasetError
from hand_envs.faces.env import HandEnv
from hand_envs.files import atomic
from hand_envs.files.shipped import shipped

Array = np.ndarray

_FINGERS = [[0, *range(first, first + 4)] for first in range(1, 21, 4)]
_TRUE, _ESTIMATED = "#2ca02c", "#d62728"
_SIZE = 300


@dataclass(frozen=True)
class Command:
    """What to draw."""

    out: Path = Path("docs")
    agent: Path | None = None
    """Also draw Fig. 4, with this agent, of any of the tasks."""
    moments: tuple[float, ...] = (0.25, 0.6)
    """Of a demonstration, as shares of its length."""
    times: int = 6
    """Pictures of Fig. 4 in a row."""


def main(command: Command) -> int:
    """Draw; returns the exit status."""
    say_written(draw_scheme(command.out / "pose_scheme.png", command.moments))
    if command.agent is not None:
        say_written(draw_help(command.out / "pose_help.png", Agent.load(command.agent), command.times))
    return 0


def draw_scheme(path: Path, moments: tuple[float, ...]) -> Path:
    """A row a task and moment: what was demonstrated, the image found, the estimate, and the hand that kappa makes."""
    pyplot = need_pyplot()
    rows = [(task, moment) for task in TASKS for moment in moments]
    figure, axes = pyplot.subplots(len(rows), 4, figsize=(8.6, 2.15 * len(rows)), squeeze=False)
    for line, (task, moment) in zip(axes, rows, strict=True):
        _scheme_row(line, task, moment)
    titles = ("demonstrated", "most alike image", "true and estimated", "hand after kappa")
    for panel, title in zip(axes[0], titles, strict=True):
        panel.set_title(title, fontsize=10)
    return _written(figure, path)


def _scheme_row(line: Any, task: str, moment: float) -> None:
    sequences, images = _sequences(task)
    env = _env(task, user="est", kappa="learned", split="test", noise=0.0)
    _, info = env.reset(seed=3)
    step = int(moment * sequences.frames.shape[2])
    number = sequences.of_split("test")[info["sequence"]]
    for _ in range(step):
        env.step(np.zeros(env.action_space.shape or 0))
    user, sim = env.task.user, env.episode.sim
    hands = _posed(env, user.meant(sim, np.array([step]))), _posed(env, user.intend(sim, np.array([step])))
    line[0].imshow(hands[0])
    line[3].imshow(hands[1])
    _draw_image(line[1], line[2], sequences, images, int(sequences.frames[number, info["variant"], step]))
    line[0].set_ylabel(f"{task}, step {step}")
    env.close()


def _draw_image(plain: Any, marked: Any, sequences: PoseSequences, images: MadeImages, row: int) -> None:
    """An image, and with the true and the estimated hand over it."""
    crop = images.images[[int(sequences.numbers[row])]]  # type: ignore[index]
    for panel in (plain, marked):
        panel.imshow(crop.depth[0], cmap="gray_r", vmin=-1, vmax=1.3, extent=(-1, 1, 1, -1))
    for kind, colour in (("gt", _TRUE), ("est", _ESTIMATED)):
        seen = to_image(sequences.points[kind][row][None], crop.centre, np.array([crop.cube]))[0]
        for finger in _FINGERS:
            marked.plot(*seen[finger].T, color=colour, linewidth=1.2, marker="o", markersize=1.8)
    marked.set(xlim=(-1, 1), ylim=(1, -1))


def _posed(env: HandEnv, action: Array) -> Array:
    """A picture of the hand where an action would have it, with everything else as it is."""
    task, sim, hand = env.task.unwrapped, env.episode.sim, env.task.hand
    assert hand is not None
    state = sim.get_state(0)
    task.control(sim, np.clip(action, -1.0, 1.0))
    for joint in hand.wrist + hand.fingers:
        actuator = sim.model.actuator(hand.actuator_prefix + joint).id
        sim.joint(joint).qpos[0] = sim.ctrl[0, actuator]
    sim.forward()
    picture: Array = env.render()  # type: ignore[assignment]
    sim.set_state(0, state)
    return picture


def draw_help(path: Path, agent: Agent, times: int) -> Path:
    """Estimated hand, user alone and with the agent, over an episode in which the agent makes the difference."""
    pyplot = need_pyplot()
    task = next(task for task, title in TASKS.items() if title in agent.config.env)
    seed = _telling_seed(task, agent)
    takes = [_take(task, act, seed, times) for act in (Nobody(agent.width), agent)]
    sequences, images = _sequences(task)
    figure, axes = pyplot.subplots(3, times, figsize=(2.1 * times, 6.4), squeeze=False)
    steps, number, variant = takes[0][1]
    for column, step in enumerate(steps):
        row = int(sequences.frames[sequences.of_split("test")[number], variant, step])
        _draw_image(axes[0, column], axes[0, column], sequences, images, row)
        axes[0, column].set_title(f"{step / 100:.2f} s", fontsize=9)
        for line, (frames, _) in enumerate(takes, start=1):
            axes[line, column].imshow(frames[min(column, len(frames) - 1)])
    for line, name in enumerate(("estimated hand", "user alone", "with the agent")):
        axes[line, 0].set_ylabel(name)
    return _written(figure, path)


def _telling_seed(task: str, agent: Agent) -> int:
    """The first of which the agent makes a success where the user alone fails."""
    for seed in range(40):
        alone, helped = (_play(task, act, seed) for act in (Nobody(agent.width), agent))
        if helped and not alone:
            return seed
    raise DatasetError("In forty episodes there was none in which the agent made the difference.")


def _play(task: str, act: Any, seed: int) -> bool:
    env = _env(task, user="est", split="test")
    observation, info = env.reset(seed=seed)
    ended = False
    while not ended:
        observation, _, terminated, truncated, info = env.step(act(observation))
        ended = terminated or truncated
    env.close()
    return bool(info["success"])


def _take(task: str, act: Any, seed: int, times: int) -> tuple[list[Array], tuple[list[int], int, int]]:
    """Frames of an episode at even moments; the moments, and which sequence it was."""
    env = _env(task, user="est", split="test")
    observation, info = env.reset(seed=seed)
    steps = np.linspace(0, env.task.user.lengths.max() - 1, times).astype(int).tolist()
    frames, ended = [], False
    for step in range(steps[-1] + 1):
        if step in steps:
            frames.append(env.render())
        if not ended:
            observation, _, terminated, truncated, _ = env.step(act(observation))
            ended = terminated or truncated
    env.close()
    return frames, (steps, int(info["sequence"]), int(info["variant"]))  # type: ignore[return-value]


def _env(task: str, **options: Any) -> HandEnv:
    made = gym.make(
        f"Hand{TASKS[task]}Residual-v0",
        disable_env_checker=True,
        render_mode="rgb_array",
        width=_SIZE,
        height=_SIZE,
        **options,
    ).unwrapped
    assert isinstance(made, HandEnv)
    return made


def _sequences(task: str) -> tuple[PoseSequences, MadeImages]:
    sequences = read_pose_sequences(shipped(f"poses/{task}.npz", f"pose sequences of {task}"))
    return sequences, MadeImages(int(sequences.notes["pool_images"]), int(sequences.notes["person"]))


def _written(figure: Any, path: Path) -> Path:
    for panel in figure.axes:
        panel.set(xticks=[], yticks=[])
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic.replacing(path) as beside:
        figure.savefig(beside, dpi=90)
    need_pyplot().close(figure)
    return path


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(Command, description=__doc__))))
