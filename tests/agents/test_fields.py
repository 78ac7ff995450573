"""What every config is made of, whoever writes its file: the fields of all agents alike."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from agents.cem.config import CemConfig
from agents.common.config import TrainingConfig
from agents.common.fields import Fields
from agents.estimator.config import EstimatorConfig
from agents.kappa.settings import Settings
from hand_envs.errors import OptionError

HOSTILE: list[Any] = [
    None, True, -1, 0, 3, 0.5, 10**12, 10**400, math.nan, math.inf, "", "door", b"small", [], [[]], [1] * 20_000,
    {"a": []}, [math.nan], np.float64(2.0), object(),
]  # fmt: skip
every_config = pytest.mark.parametrize("kind", [TrainingConfig, EstimatorConfig, Settings, CemConfig])


@every_config
def test_a_config_is_plain_data_and_comes_back(kind):
    config = kind()
    assert isinstance(config, Fields)
    stored = json.loads(json.dumps(config.as_data(), allow_nan=False))
    assert stored == config.as_data()
    assert kind.from_data(stored) == config
    with pytest.raises(OptionError, match="no such field: got 'seeds'; did you mean 'seed'"):
        kind.from_data({**stored, "seeds": 1})
    with pytest.raises(OptionError, match="a table of fields"):
        kind.from_data([stored])


@every_config
def test_hostile_fields_are_refused_or_can_be_written_down(kind, deep):
    rng, made = np.random.default_rng(0), 0
    for _ in range(300 * deep):
        name = str(rng.choice(list(kind().as_data())))
        try:
            config = kind.from_data({name: HOSTILE[rng.integers(len(HOSTILE))]})
        except OptionError:
            continue
        made += 1
        assert kind.from_data(json.loads(json.dumps(config.as_data(), allow_nan=False))) == config
    assert 0 < made < 200 * deep
