"""How fast DAPG trains, by a clock of our own."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("sb3_contrib", reason="needs hand-envs[agents]")
pytest.importorskip("imitation", reason="agents need the extra, and imitation")

from benchmarks.dapg import speed
from hand_envs.errors import OptionError


class Clock:
    """A second goes by each time it is asked."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        self.now += 1.0
        return self.now


@pytest.mark.slow
@pytest.mark.slow
def test_the_share_is_the_time_within_the_engine():
    """By a clock that goes on when it is looked at: each step looks twice, the end of a batch once, so that two batches
    of three steps take 2 x (3 x 2 + 1) s, of which 2 x 3 are the engine's."""
    options = speed.Options(num_envs=2, num_steps=3, batches=2, nthread=1)
    found = speed.measure("HandHammer-v0", options, Clock())
    assert (found.samples, found.seconds, found.engine_seconds) == (12, 14.0, 6.0)
    assert found.rate == pytest.approx(12 / 14)
    assert found.share == pytest.approx(6 / 14)


@pytest.mark.slow
def test_it_writes_what_it_found_and_judges(tmp_path, capsys):
    out = tmp_path / "speed.json"
    options = speed.Options(tasks=("HandPour-v0",), num_envs=2, num_steps=4, batches=1, nthread=1, out=out)
    status = speed.main(options)
    (found,) = json.loads(out.read_text())
    assert 0 < found["share"] < 1
    assert status == int(found["share"] < speed.LEAST)
    assert ("missed" if status else "met") in capsys.readouterr().out


def test_nonsense_is_refused():
    with pytest.raises(OptionError, match="did you mean 'HandDoor-v0'"):
        speed.main(speed.Options(tasks=("HandDor-v0",)))
    with pytest.raises(OptionError, match="At least one batch"):
        speed.main(speed.Options(batches=0))
