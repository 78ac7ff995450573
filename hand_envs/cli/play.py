"""`play`: a person's hand, live or recorded, in an environment."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import tyro

from hand_envs.errors import OptionError
from hand_envs.faces.env import HandEnv
from hand_envs.live.pace import Pace
from hand_envs.live.playing import Report, make
from hand_envs.live.playing import play as played
from hand_envs.live.policy import Policy
from hand_envs.live.recording import Recording
from hand_envs.live.sources import DEFAULT
from hand_envs.live.user import LiveUser
from hand_envs.rendering import Look, Video, Window

_EVERY = 4  # steps between pictures: 25 a second


@dataclass(frozen=True)
class Hand:
    """Whose hand, and what is made of it."""

    input: str = DEFAULT
    """A recording (poses.npz), or the address to listen at."""
    agent: Path | None = None
    """The folder of a trained agent with its policy.npz (`python -m agents.common.export FOLDER`); nobody helps by
    default."""
    kappa: str = "optimised"
    """How fingers are retargeted: closed, optimised, learned (the network that comes with the suite for this task), or
    the file of a network of your own (kappa.npz, `python -m agents.kappa`)."""
    scale: float = 1.0
    """Of the wrist's way, for the arm's."""
    smooth: bool = False
    """Filter points and wrist, for trackers that tremble."""
    open: bool = False
    """Listen to other machines too: whoever reaches the port can move the hand."""
    seconds: float = 60.0
    """Of the longest episode of a hand that moves now."""
    episodes: int = 1
    seed: int = 0
    """Of the first episode's start, where a recording does not say it."""


def play(
    env_id: tyro.conf.Positional[str],
    hand: tyro.conf.OmitArgPrefixes[Hand] = Hand(),
    look: tyro.conf.OmitArgPrefixes[Look] = Look(),  # noqa: B008
    record: Path | None = None,
    keep: Path | None = None,
    window: bool = False,
) -> None:
    """Play with your own hand, tracked by a camera or a headset, or with a recorded one. Ctrl+C ends the episode.

    Args:
        env_id: an environment with a user, such as HandDoorResidual-v0.
        hand: whose hand, and what is made of it.
        look: the picture, with --record.
        record: write a video (.mp4 or .gif); it is drawn when the episode is over.
        keep: write what was heard as a recording (.npz), to play it again.
        window: show MuJoCo's viewer.
    """
    if hand.episodes < 1 or hand.seed < 0:
        raise OptionError(f"--episodes must be at least 1 and --seed at least 0, got {hand.episodes}, {hand.seed}.")
    policy = None if hand.agent is None else Policy.load(hand.agent)
    user = LiveUser.for_task(
        env_id,
        input=hand.input,
        kappa=hand.kappa,
        scale=hand.scale,
        smooth=hand.smooth,
        seconds=hand.seconds,
        open=hand.open,
        keep=keep is not None,
        pace=Pace(),
    )
    face: dict[str, Any] = {} if record is None else {"render_mode": "rgb_array", **asdict(look)}
    env = make(env_id, user, policy, **face)
    if user.address[0]:
        print(f"Listening at {hand.input}. The episode begins when a hand is seen; Ctrl+C ends it.", flush=True)
    show = Window(env.episode.sim) if window else None
    try:
        _episodes(env, user, policy, hand, show, record, keep)
    finally:
        env.close()
        if show is not None:
            show.close()


def _episodes(
    env: HandEnv,
    user: LiveUser,
    policy: Policy | None,
    hand: Hand,
    show: Window | None,
    record: Path | None,
    keep: Path | None,
) -> None:
    states: list[Any] = []

    def watch(step: int) -> None:
        if step % _EVERY == 0:
            if show is not None:
                show.show(0)
                if not show.is_open:
                    raise KeyboardInterrupt  # closing the window is another way of ending
            if record is not None:
                states.append(env.episode.sim.get_state(0))

    for number in range(hand.episodes):
        report = played(env, user, policy, hand.seed + number, watch)
        _tell(report)
        if keep is not None and (heard := user.heard(env.episode.sim)):
            print(Recording.of(heard).save(_numbered(keep, number, hand.episodes)))
        if report.stopped:
            break
    if record is not None and states:
        _draw(env, states, record)


def _tell(report: Report) -> None:
    print("\n".join(report.lines()), flush=True)


def _numbered(path: Path, number: int, of: int) -> Path:
    return path if of == 1 else path.with_stem(f"{path.stem}-{number}")


def _draw(env: HandEnv, states: list[Any], to: Path) -> None:
    """The video: drawn afterwards, since drawing takes longer than a step."""
    with Video(to, fps=env.metadata["render_fps"] / _EVERY) as video:
        for state in states:
            env.episode.sim.put_back(0, state)
            video.add(env.render())
    print(to)
