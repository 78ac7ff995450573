"""Which command was meant."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from tyro.extras import subcommand_cli_from_dict

from hand_envs.cli import browse, demos, doctor, hand, images, objects, play, reconstruct, run, watch
from hand_envs.cli.guard import guarded

Command = Callable[..., Any]


def _demos() -> None:
    """Demonstrations: show, check, convert, install (`hand-envs demos --help`)."""


def _objects() -> None:
    """Objects to handle: add, list, show, remove (`hand-envs object --help`)."""


def _hand() -> None:
    """A robot hand: doctor, calibrate, home, move, record, emulate (`hand-envs hand --help`)."""


def _images() -> None:
    """Images of hands: make, show, sheet (`hand-envs images --help`)."""


_GROUPS: dict[str, tuple[Command, dict[str, Command]]] = {
    "demos": (_demos, {"show": demos.show, "check": demos.check, "convert": demos.convert, "install": demos.install}),
    "object": (
        _objects,
        {"add": objects.add, "list": objects.list_, "show": objects.show, "remove": objects.remove},
    ),
    "hand": (
        _hand,
        {
            "doctor": hand.doctor,
            "calibrate": hand.calibrate,
            "home": hand.home,
            "move": hand.move,
            "record": hand.record,
            "emulate": hand.emulate,
        },
    ),
    "images": (_images, {"make": images.make, "show": images.show, "sheet": images.sheet}),
}
_COMMANDS: dict[str, Command] = {
    "list": browse.list_,
    "info": browse.info,
    "view": watch.view,
    "record": watch.record,
    "play": play.play,
    "reconstruct": reconstruct.reconstruct,
    "demos": _demos,
    "object": _objects,
    "images": _images,
    "hand": _hand,
    "run": run.run,
    "bench": browse.bench,
    "doctor": doctor.doctor,
}
_ABOUT = "hand_envs: the Gymnasium suite for dexterous hands."


def main(arguments: list[str] | None = None) -> None:
    """Run `hand-envs` with the given arguments, or those of the process."""
    given = sys.argv[1:] if arguments is None else arguments
    if status := guarded(lambda: _run(given)):
        sys.exit(status)


def _run(arguments: list[str]) -> None:
    if arguments[:1] == ["bench"]:
        browse.bench(tuple(arguments[1:]))  # its arguments are the benchmark's, --help too
    elif arguments[:1] == ["run"]:
        run.run(tuple(arguments[1:]))  # and those of the module it runs
    elif group := _GROUPS.get("".join(arguments[:1])):
        about, commands = group
        prog = f"hand-envs {arguments[0]}"
        subcommand_cli_from_dict(commands, prog=prog, description=about.__doc__, args=arguments[1:])
    else:
        subcommand_cli_from_dict(_COMMANDS, prog="hand-envs", description=_ABOUT, args=arguments)
