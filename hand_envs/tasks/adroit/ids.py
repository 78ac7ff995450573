"""The ids of DAPG's four tasks: each plain, seen through pixels, and with a user in it."""

from __future__ import annotations

from hand_envs.tasks.entry import Entry


def _task(name: str, title: str, horizon: int, doc: str) -> Entry:
    return Entry(f"Hand{title}-v0", name, f"hand_envs.tasks.adroit.{name}:{title}", "adroit", "adroit", horizon, doc)


_DOOR = _task("door", "Door", 200, "Undo the latch and swing the door open.")
_HAMMER = _task("hammer", "Hammer", 200, "Pick up the hammer and drive the nail into the board.")
_PEN = _task("pen", "Pen", 100, "Turn the pen in the hand to the shown orientation.")
_RELOCATE = _task("relocate", "Relocate", 200, "Pick up the ball and carry it to the target.")

ENTRIES = (
    _DOOR,
    _DOOR.seen("HandDoorVisual-v0"),
    _DOOR.helped("HandDoorResidual-v0"),
    _HAMMER,
    _HAMMER.seen("HandHammerVisual-v0"),
    _HAMMER.helped("HandHammerResidual-v0"),
    _PEN,
    _PEN.seen("HandPenVisual-v0"),
    _PEN.helped("HandPenResidual-v0"),
    _RELOCATE,
    _RELOCATE.seen("HandRelocateVisual-v0"),
    _RELOCATE.helped("HandRelocateResidual-v0"),
)
