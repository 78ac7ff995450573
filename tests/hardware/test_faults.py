"""What may go wrong does, as often as it is said to, and the same for the same seed."""

import numpy as np
import pytest

from hand_envs.hardware.faults import Faults

PACKET = bytes(range(40))


def changed_bits(data: bytes) -> int:
    return sum((one ^ other).bit_count() for one, other in zip(PACKET, data, strict=True))


def test_nothing_goes_wrong_unless_it_is_asked_for():
    faults = Faults()
    assert faults.answer(PACKET) == faults.request(PACKET) == PACKET
    assert faults.delay() == 0.0


def test_each_does_what_it_says():
    assert Faults(drop=1.0).answer(PACKET) == Faults(request_drop=1.0).request(PACKET) == b""
    assert 1 <= changed_bits(Faults(flip=1.0).answer(PACKET)) <= 3
    assert 1 <= changed_bits(Faults(request_flip=1.0).request(PACKET)) <= 3
    cut = Faults(truncate=1.0).answer(PACKET)
    assert len(cut) < len(PACKET)
    assert PACKET.startswith(cut)
    strayed = Faults(stray=1.0).answer(PACKET)
    assert strayed.endswith(PACKET)
    assert len(strayed) > len(PACKET)
    late = [Faults(latency=0.01, jitter=0.02, seed=seed).delay() for seed in range(50)]
    assert 0.01 <= min(late) < 0.015
    assert 0.025 < max(late) <= 0.03


@pytest.mark.parametrize("name", ["drop", "flip", "truncate", "stray"])
def test_probabilities(name):
    faults, again = (Faults(seed=1, **{name: 0.3}) for _ in range(2))
    answers = [faults.answer(PACKET) for _ in range(1000)]
    assert np.mean([answer != PACKET for answer in answers]) == pytest.approx(0.3, abs=0.05)
    assert answers == [again.answer(PACKET) for _ in range(1000)]
