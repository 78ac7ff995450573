"""What declarations have worked out for a simulation."""

from __future__ import annotations

from typing import Any


class Attached:
    """A dict whose keys are declarations themselves, not what they equal: a dataclass is one too."""

    def __init__(self) -> None:
        self._of: dict[int, tuple[object, Any]] = {}  # the declaration is kept, or another could get its number

    def __setitem__(self, declaration: object, value: Any) -> None:
        self._of[id(declaration)] = declaration, value

    def __getitem__(self, declaration: object) -> Any:
        try:
            return self._of[id(declaration)][1]
        except KeyError:
            raise KeyError(f"{type(declaration).__name__} has attached nothing here; does its `prepare` run?") from None

    def __contains__(self, declaration: object) -> bool:
        return id(declaration) in self._of
