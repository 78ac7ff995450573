"""What learns on features: besides the algorithm and its environments, what sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agents.common import learner
from agents.vision.agent import Agent
from agents.vision.config import Config
from agents.vision.encoders.encoder import Encoder


@dataclass
class Learner(learner.Learner):
    """An algorithm, its environments and its encoder.

    Args:
        encoder: what it sees with.
        reference: files that say in an agent's folder which encoder that is.
    """

    config: Config
    encoder: Encoder = field(kw_only=True)
    reference: dict[str, Any] = field(kw_only=True)

    def agent(self) -> Agent:
        return Agent(self.config, super().agent().act, self.encoder)

    def agent_parts(self) -> dict[str, Any]:
        moving = self.encoder.moving
        statistics = {"statistics.pt": moving.get_state()} if moving is not None and self.config.momentum > 0 else {}
        return {**super().agent_parts(), **self.reference, **statistics}


class SameEncoder:
    """A checkpoint's mark of the encoder, without which its weights mean nothing."""

    def __init__(self, digest: str) -> None:
        self.digest = digest

    def get_state(self) -> dict[str, Any]:
        return {"digest": self.digest}

    def set_state(self, state: Mapping[str, Any]) -> None:
        if state["digest"] != self.digest:
            raise ValueError("the encoder is another one than this run began with")
