"""The ids of DexMV's nine tasks: each plain, and seen through pixels."""

from __future__ import annotations

from hand_envs.tasks.entry import Entry

_RELOCATED = (
    ("foam_brick", "FoamBrick"),
    ("large_clamp", "LargeClamp"),
    ("mustard_bottle", "MustardBottle"),
    ("mug", "Mug"),
    ("potted_meat_can", "PottedMeatCan"),
    ("sugar_box", "SugarBox"),
    ("tomato_soup_can", "TomatoSoupCan"),
)


def _relocation(thing: str, title: str) -> tuple[Entry, Entry]:
    words = thing.replace("_", " ")
    plain = Entry(
        f"HandRelocate{title}-v0",
        f"relocate-{thing.replace('_', '-')}",
        "hand_envs.tasks.dexmv.relocate:RelocateObject",
        "dexmv",
        "adroit",
        100,
        f"Pick up the {words} and carry it to its ghost.",
        {"object": thing},
    )
    return plain, plain.seen(f"HandRelocate{title}Visual-v0")


_POUR = Entry(
    "HandPour-v0",
    "pour",
    "hand_envs.tasks.dexmv.pour:Pour",
    "dexmv",
    "adroit",
    200,
    "Pour what is in a mug into a tank.",
)
_PLACE_INSIDE = Entry(
    "HandPlaceInside-v0",
    "place-inside",
    "hand_envs.tasks.dexmv.place_inside:PlaceInside",
    "dexmv",
    "adroit",
    200,
    "Put a banana into a mug.",
)

ENTRIES = (
    *(entry for thing, title in _RELOCATED for entry in _relocation(thing, title)),
    _POUR,
    _POUR.seen("HandPourVisual-v0"),
    _PLACE_INSIDE,
    _PLACE_INSIDE.seen("HandPlaceInsideVisual-v0"),
)
