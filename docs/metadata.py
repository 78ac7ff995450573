"""The README of the wheel: a hook of hatchling, named in `pyproject.toml`."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class Readme(MetadataHookInterface):
    """Makes the long description, whose links lead out of the repository or not at all."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Called by hatchling where `readme` is dynamic."""
        root = Path(self.root)
        text = runpy.run_path(str(root / "docs" / "readme.py"))["for_package"]((root / "README.md").read_text())
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
