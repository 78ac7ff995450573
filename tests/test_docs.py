"""What the documents say is what the code does."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys

import pytest
from conftest import ROOT

from hand_envs.registry import ENTRIES, IDS


def test_environment_pages_are_up_to_date():
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / "generate.py", "--check"], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr


def test_every_environment_has_a_page_with_a_picture():
    for env_id in IDS:
        page = ROOT / "docs" / "environments" / f"{env_id}.md"
        picture = page.with_suffix(".png")
        assert picture.name in page.read_text()
        assert picture.read_bytes()[:4] == b"\x89PNG"


@pytest.mark.slow
def test_a_stale_page_is_noticed(tmp_path, monkeypatch):
    generate = runpy.run_path(str(ROOT / "docs" / "generate.py"))
    main = generate["main"]
    monkeypatch.setitem(main.__globals__, "FOLDER", tmp_path)
    main(generate["Options"](pictures=False))
    main(generate["Options"](check=True))
    (tmp_path / "HandDoor-v0.md").write_text("old")
    with pytest.raises(SystemExit, match=r"HandDoor-v0\.md"):
        main(generate["Options"](check=True))


def test_the_readme_lists_every_environment_and_its_links_lead_somewhere():
    readme = (ROOT / "README.md").read_text()
    assert [entry.id for entry in ENTRIES if f"`{entry.id}`" not in readme and not entry.visual] == []
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"), ROOT / "CONTRIBUTING.md"):
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / link).exists(), f"{page.name} links to {link}"


README_BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S)


def test_the_readme_has_python():
    assert len(README_BLOCKS) >= 4


@pytest.mark.parametrize("block", README_BLOCKS, ids=range(len(README_BLOCKS)))
def test_the_readmes_python_runs(block, tmp_path):
    """As a reader would paste it."""
    if "stable_baselines3" in block:
        pytest.importorskip("stable_baselines3")
    command, here = [sys.executable, "-c", block], {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=tmp_path, env=here)
    assert done.returncode == 0, done.stderr
