"""What package indexes show: the README, without links and pictures that only a repository resolves.

No public address of the repository is known, so there is nothing to make them absolute with. Hatchling calls this.
"""

from __future__ import annotations

import re
from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface

_PICTURE = re.compile(r"!\[[^\]]*\]\((?!https?:)[^)]*\)\n*")
_LINK = re.compile(r"\[([^\]]*)\]\((?!https?:|#)[^)]*\)")


def long_description(readme: str) -> str:
    """The text of a README with its relative pictures left out and its relative links as plain words."""
    return _LINK.sub(r"\1", _PICTURE.sub("", readme))


class LongDescription(MetadataHookInterface):
    """Gives the project its `readme`."""

    def update(self, metadata: dict[str, object]) -> None:
        """Add what pyproject.toml leaves to this hook."""
        readme = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": long_description(readme)}
