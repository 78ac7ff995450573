"""What the documents say is what the code does."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import ROOT, can_draw

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


@pytest.fixture
def generate(tmp_path, monkeypatch) -> SimpleNamespace:
    """`docs/generate.py`, which writes elsewhere."""
    module = runpy.run_path(str(ROOT / "docs" / "generate.py"))
    (tmp_path / "README.md").write_text((ROOT / "README.md").read_text())
    monkeypatch.setitem(module["main"].__globals__, "FOLDER", tmp_path)
    monkeypatch.setitem(module["main"].__globals__, "WITH_RESULTS", (tmp_path / "README.md",))
    return SimpleNamespace(**module)


@pytest.mark.slow
def test_a_stale_page_is_noticed(generate, tmp_path):
    generate.main(generate.Options(pictures=False))
    generate.main(generate.Options(check=True))
    (tmp_path / "HandDoor-v0.md").write_text("old")
    with pytest.raises(SystemExit, match=r"HandDoor-v0\.md"):
        generate.main(generate.Options(check=True))


def test_a_number_changed_by_hand_is_noticed(generate, tmp_path):
    readme = tmp_path / "README.md"
    text = readme.read_text()
    row = next(line for line in text.splitlines() if line.startswith("| with agent"))
    changed = re.sub(r"\d+ \(", lambda number: f"{int(number[0][:-2]) + 1} (", row, count=1)
    assert changed != row
    readme.write_text(text.replace(row, changed))
    with pytest.raises(SystemExit, match=r"README\.md"):
        generate.main(generate.Options(check=True))


def test_tables_of_numbers_are_made_not_typed():
    """Of the tables in documents only those without results stand outside of the marks."""
    for path in (ROOT / "README.md", ROOT / "docs" / "architecture.md", ROOT / "assets" / "README.md"):
        typed = re.sub(r"<!-- results: .*?<!-- end -->", "", path.read_text(), flags=re.S)
        heads = [table.splitlines()[0] for table in re.findall(r"(?:^\|.*\n)+", typed, re.M)]
        assert [head for head in heads if head.split("|")[1].strip() not in ("id", "paper", "family", "part")] == []


def test_pictures_of_a_family_are_padded_to_a_grid(generate):
    def size(count: int) -> tuple[int, ...]:
        return generate.grid([np.zeros((30, 40, 3), np.uint8)] * count).shape

    one = size(1)
    assert size(4) == (one[0], 4 * one[1], 3)
    assert size(5) == (2 * one[0], 3 * one[1], 3)
    assert size(9) == (3 * one[0], 3 * one[1], 3)


def test_every_family_has_its_picture():
    for family in {entry.family for entry in ENTRIES}:
        assert (ROOT / "docs" / f"{family}.png").exists()


def test_the_sites_first_page_has_no_link_that_leads_nowhere():
    site = runpy.run_path(str(ROOT / "docs" / "readme.py"))["for_site"]((ROOT / "README.md").read_text())
    inside = [link for link in links(site) if not link.startswith(("https:", "#"))]
    assert "adroit.png" in inside
    assert "architecture.md" in inside
    assert [link for link in inside if not (ROOT / "docs" / link).exists()] == []
    assert "[CHANGELOG.md]" not in site, "of what is not part of the site, the words stay"


def links(text: str) -> list[str]:
    return re.findall(r"\]\(([^)]+)\)", text)


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
    if "HandImages" in block and not can_draw():
        pytest.skip("no picture can be drawn here: run `hand-envs doctor`")
    command, here = [sys.executable, "-c", block], {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=tmp_path, env=here)
    assert done.returncode == 0, done.stderr
