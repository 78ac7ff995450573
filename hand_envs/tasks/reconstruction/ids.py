"""The ids of the two tasks of experiment B: each plain, and with a user in it."""

from __future__ import annotations

from dataclasses import replace

from hand_envs.tasks.entry import Entry


def _rows(name: str, title: str, task: str, doc: str) -> tuple[Entry, Entry]:
    plain = Entry(
        f"Hand{title}-v0", name, f"hand_envs.tasks.reconstruction.{task}:{title}", "reconstruction", "mpl", None, doc
    )
    helped = plain.helped(f"Hand{title}Residual-v0")
    return plain, replace(helped, options={**helped.options, "user": "closing", "limit": 0.25})


ENTRIES = (
    *_rows("pour-juice", "PourJuice", "pour_juice", "Hold a juice carton while it is poured from, as in a video."),
    *_rows("give-coin", "GiveCoin", "give_coin", "Put a coin into somebody's hand, as in a video."),
)
