"""Which command was meant, and how its errors are told."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from tyro.extras import subcommand_cli_from_dict

from hand_envs.cli import browse, demos, doctor, watch
from hand_envs.errors import HandEnvsError

Command = Callable[..., Any]

_COMMANDS: dict[str, Command | dict[str, Command]] = {
    "list": browse.list_,
    "info": browse.info,
    "view": watch.view,
    "record": watch.record,
    "demos": {"show": demos.show, "check": demos.check, "convert": demos.convert},
    "bench": browse.bench,
    "doctor": doctor.doctor,
}


def demos_help() -> None:
    """Demonstrations: show, check, convert (`hand-envs demos --help`)."""


def main(arguments: list[str] | None = None) -> None:
    """Run `hand-envs` with the given arguments, or those of the process."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        if arguments[:1] == ["bench"] and arguments[1:] not in (["--help"], ["-h"]):
            browse.bench(tuple(arguments[1:]))  # its arguments are the benchmark's
        elif arguments[:1] == ["demos"]:
            group = _COMMANDS["demos"]
            assert isinstance(group, Mapping)
            subcommand_cli_from_dict(group, prog="hand-envs demos", description=demos.__doc__, args=arguments[1:])
        else:
            flat = {name: demos_help if isinstance(each, dict) else each for name, each in _COMMANDS.items()}
            subcommand_cli_from_dict(flat, prog="hand-envs", description=__package__ and _ABOUT, args=arguments)
    except HandEnvsError as error:
        print(f"hand-envs: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has seen enough


_ABOUT = "hand_envs: the Gymnasium suite for dexterous hands."
