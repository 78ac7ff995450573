"""Who says how good an attempt was."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from agents.cem.attempts import Attempt
from agents.cem.config import CemConfig
from agents.cem.encoders import Encoder
from agents.cem.named import named
from agents.cem.pictures import read_picture
from hand_envs.errors import DatasetError, OptionError
from hand_envs.files.reading import check_file, reading

Reward = Callable[[Attempt], float]
"""The higher the better; only the order of attempts counts."""


def score(attempt: Attempt) -> float:
    """The environment's own."""
    return attempt.score


class Operator:
    """A person who has seen the attempt and says a number in [0, 1].

    Args:
        ask: shows a question and gives the answer, as `input` does.
    """

    def __init__(self, ask: Callable[[str], str] = input) -> None:
        self.ask = ask

    def __call__(self, attempt: Attempt) -> float:
        question = f"Episode {attempt.number + 1}: how good was the grasp, from 0 to 1? "
        while True:
            try:
                answer = self.ask(question)
            except EOFError:
                raise OptionError(
                    "Nobody answered how good the grasp was: reward=operator needs a terminal; --resume asks again."
                ) from None
            try:
                return _in_range(float(answer))
            except ValueError:
                question = f"That was {answer.strip()[:40]!r}; a number from 0 to 1, please: "


class Scripted:
    """Numbers that are known beforehand, one an episode."""

    def __init__(self, scores: Sequence[float]) -> None:
        self.scores = list(scores)

    @classmethod
    def read(cls, path: str | Path) -> Scripted:
        """The numbers in a text file, one a line."""
        path = Path(path)
        with reading(path):
            if check_file(path) > 2**24:
                raise ValueError("it is too large for a list of scores")
            lines = path.read_text().split("\n")
            return cls([_in_range(float(line)) for line in lines if line.strip()])

    def __call__(self, attempt: Attempt) -> float:
        if attempt.number >= len(self.scores):
            raise DatasetError(
                f"Episode {attempt.number + 1} has no score: {len(self.scores)} were given; add lines, and --resume."
            )
        return self.scores[attempt.number]


class Embedding:
    """How near the last picture is to the demonstration's: minus the distance of what an encoder makes of them."""

    def __init__(self, encoder: Encoder, demonstration: object) -> None:
        self.encoder, self.wanted = encoder, encoder(demonstration)

    def __call__(self, attempt: Attempt) -> float:
        found = self.encoder(attempt.after)
        if found.shape != self.wanted.shape:
            raise OptionError(
                f"The demonstration's picture gives {len(self.wanted)} features, the attempt's {len(found)}: take a "
                "picture by the same camera."
            )
        return -float(np.linalg.norm(found - self.wanted))


def reward_of(config: CemConfig, encoder: Encoder, ask: Callable[[str], str] = input) -> Reward:
    """The reward a config names."""
    if config.reward == "score":
        return score
    if config.reward == "operator":
        return Operator(ask)
    if config.scores is not None:
        return Scripted.read(config.scores)
    if config.demonstration is not None:
        return Embedding(encoder, read_picture(Path(config.demonstration)))
    own: Reward = named("reward", config.reward, ("score", "operator", "scripted", "embedding"))
    return own


def _in_range(number: float) -> float:
    if not (math.isfinite(number) and 0 <= number <= 1):
        raise ValueError(f"a score is from 0 to 1, got {number}")
    return number
