"""What docs/hardware.md shows of the bus runs."""

import os
import re

import pytest
from conftest import ROOT

pytest.importorskip("serial", reason="needs the extra: pip install 'hand-envs[hardware]'")


@pytest.mark.skipif(os.name != "posix", reason="there are no pseudo terminals here")
def test_the_example_runs(capsys):
    section = (ROOT / "docs" / "hardware.md").read_text().split("## The bus")[1]
    example = re.search("```python\n(.*?)```", section, re.S)[1]
    exec(example.replace("baud=1_000_000)", "baud=1_000_000), patience=1.0", 1), {})  # beside other tests
    assert "Pong(model=1240, firmware=52)" in capsys.readouterr().out
