"""The encoder that comes with the suite."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import needs_gl

torch = pytest.importorskip("torch")

from agents.common.blocks import TEST  # noqa: E402
from agents.vision.encoders.encoder import Encoder  # noqa: E402
from agents.vision.pretraining.data import Source  # noqa: E402
from agents.vision.pretraining.probing import probe  # noqa: E402
from agents.vision.pretraining.varying import DEVIATION, MEAN, varied  # noqa: E402
from hand_envs.files.reading import read_json  # noqa: E402
from hand_envs.files.shipped import shipped, shipped_or_none  # noqa: E402

pytestmark = pytest.mark.skipif(
    shipped_or_none("agents/encoder") is None, reason="no encoder ships yet: it comes with the next training"
)


@needs_gl
def test_it_knows_hands_that_it_never_saw():
    encode, other = Encoder.named("default"), Encoder.named("random", size=112)
    pictures = varied(Source(0, TEST).block(0, 320), encode.size, [3])
    images = ((pictures.images * DEVIATION + MEAN) * 255).round().byte().permute(0, 2, 3, 1).numpy()
    joints = 1e3 * (pictures.points - pictures.points[:, :1]).reshape(320, 63).numpy()[:, 3:]  # mm, from the wrist
    errors = [probe(each(images), joints, np.arange(320)).error.mean() for each in (encode, other)]
    assert errors[0] < 0.85 * errors[1]


def test_it_is_small_and_says_how_far_it_errs():
    folder = shipped("agents/encoder", "encoder")
    card = read_json(folder / "card.json")
    assert sum(path.stat().st_size for path in folder.iterdir()) < 25e6
    assert card["validation"]["unit"] == "mm"
    assert card["validation"]["error_as_kept"] == pytest.approx(card["validation"]["error"], rel=0.01)
