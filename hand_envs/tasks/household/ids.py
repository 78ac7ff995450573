"""The ids of the household tasks."""

from __future__ import annotations

from hand_envs.tasks.entry import Entry


def _row(title: str, name: str, task: str, doc: str) -> Entry:
    address = f"hand_envs.tasks.household.{task}"
    return Entry(f"HandReal{title}-v0", name, address, "household", "dash", 200, doc)


ENTRIES = (
    _row("PickCup", "pick-cup", "cups:PickCup", "Pick a cup up with a robot hand."),
    _row("PourCup", "pour-cup", "cups:PourCup", "Pick a cup up and turn it over with a robot hand."),
    _row("OpenDrawer", "open-drawer", "drawer:OpenDrawer", "Open a drawer with a robot hand."),
    _row("PickSpoon", "pick-spoon", "spoons:PickSpoon", "Pick a spoon up from the table with a robot hand."),
    _row("ScoopGrape", "scoop-grape", "spoons:ScoopGrape", "Scoop a grape out of a dish with a robot hand."),
    _row("StirSpoon", "stir-spoon", "spoons:StirSpoon", "Stir a pot with a robot hand."),
)
