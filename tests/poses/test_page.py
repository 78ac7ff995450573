"""The page about hand points: its code runs, and its table is that of the conventions."""

from __future__ import annotations

import re

import numpy as np
from conftest import ROOT

from hand_envs.poses.conventions import CONVENTIONS, from_canonical
from hand_envs.poses.frames import REST, mirrored

PAGE = (ROOT / "docs" / "hand_points.md").read_text()


def test_the_code_runs(tmp_path, capsys):
    rng = np.random.default_rng(0)
    np.save("recorded.npy", from_canonical(mirrored(REST + rng.normal(0, 1e-3, (9, 21, 3))), "openxr"))
    names: dict = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(block, names)
    assert capsys.readouterr().out == "", "nothing is wrong with these"
    assert np.abs(names["points"] - REST).max() < 0.01


def test_the_table():
    rows = dict(re.findall(r"\| `(\w+)` \| (\d+ \| \w+) \|", PAGE))
    for name, how in CONVENTIONS.items():
        if name != "visionpro27":
            assert rows.pop(name) == f"{len(how.joints)} | {'mm' if how.unit == 1e-3 else 'm'}"
    assert not rows
