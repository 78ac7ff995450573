"""The README as the site's first page: a hook of MkDocs, named in `mkdocs.yml`, by which there is an `index.html`.

What package indexes show is another matter (`long_description`).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

README = Path(__file__).parent.parent / "README.md"
LINK = re.compile(r"(?P<picture>!?)\[(?P<text>[^\]]*)\]\((?P<target>[^)]+)\)")


def for_site(text: str) -> str:
    """Links into `docs` lead on from there; of others within the repository, only the words stay."""
    return LINK.sub(lambda link: _within_docs(link), text)


def on_files(files: Any, config: Any) -> Any:
    """The hook of MkDocs: the first page."""
    from mkdocs.structure.files import File

    files.append(File.generated(config, "index.md", content=for_site(README.read_text())))
    return files


def _within_docs(link: re.Match[str]) -> str:
    if _leads_out(link):
        return link[0]
    inside = link["target"].removeprefix("docs/")
    return link["text"] if inside == link["target"] else f"{link['picture']}[{link['text']}]({inside})"


def _leads_out(link: re.Match[str]) -> bool:
    """Out of the repository, or to another place on the page."""
    return link["target"].startswith(("https://", "http://", "#"))
