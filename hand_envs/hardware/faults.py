"""What may go wrong between a host and its servos."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hand_envs.hardware.instructions import status

ABSENT = 200
"""An id for answers that nobody asked for."""


@dataclass
class Faults:
    """Each may be changed at any time; probabilities are per packet, 0 to 1."""

    latency: float = 0.0
    """s by which every answer is late."""
    jitter: float = 0.0
    """s by which it may be later still."""
    drop: float = 0.0
    """Answers lost."""
    flip: float = 0.0
    """Answers with one to three bits changed."""
    truncate: float = 0.0
    """Answers that end too early."""
    stray: float = 0.0
    """Answers before which something comes that is none."""
    request_drop: float = 0.0
    """Requests lost."""
    request_flip: float = 0.0
    """Requests with one to three bits changed."""
    echo: bool = False
    """Whether the host hears itself, as on adapters with one wire."""
    silent: set[int] = field(default_factory=set)
    """Servos that hear everything and answer nothing."""
    seed: int = 0

    def __post_init__(self) -> None:
        self._random = np.random.default_rng(self.seed)

    def delay(self) -> float:
        """S."""
        return self.latency + self.jitter * float(self._random.random())

    def request(self, data: bytes) -> bytes:
        """What arrives of what the host sends."""
        if self._happens(self.request_drop):
            return b""
        return self._flipped(data) if self._happens(self.request_flip) else data

    def answer(self, data: bytes) -> bytes:
        """What arrives of what a servo sends."""
        before = self._rubbish() if self._happens(self.stray) else b""
        if self._happens(self.drop):
            return before
        if self._happens(self.flip):
            data = self._flipped(data)
        if self._happens(self.truncate):
            data = data[: int(self._random.integers(len(data)))]
        return before + data

    def _happens(self, probability: float) -> bool:
        return bool(probability) and self._random.random() < probability

    def _flipped(self, data: bytes) -> bytes:
        changed = bytearray(data)
        for bit in self._random.choice(8 * len(data), size=int(self._random.integers(1, 4)), replace=False):
            changed[bit // 8] ^= 1 << bit % 8
        return bytes(changed)

    def _rubbish(self) -> bytes:
        noise = self._random.bytes(int(self._random.integers(1, 16)))
        return noise if self._random.random() < 0.5 else status(ABSENT, 0, noise)
