"""The ids of the household tasks."""

from __future__ import annotations

from hand_envs.tasks.entry import Entry


def _row(title: str, name: str, task: str, doc: str) -> Entry:
    address = f"hand_envs.tasks.household.{task}"
    return Entry(f"HandReal{title}-v0", name, address, "household", "dash", 200, doc)


ENTRIES = (
    _row("PickCup", "pick-cup", "cups:PickCup", "Pick a cup up with a robot hand."),
    _row("PourCup", "pour-cup", "cups:PourCup", "Pick a cup up and turn it over with a robot hand."),
)
