"""Which command was meant, and how its errors are told."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from tyro.extras import subcommand_cli_from_dict

from hand_envs.cli import browse, demos, doctor, watch
from hand_envs.errors import HandEnvsError

Command = Callable[..., Any]


def _demos() -> None:
    """Demonstrations: show, check, convert (`hand-envs demos --help`)."""


_DEMOS: dict[str, Command] = {"show": demos.show, "check": demos.check, "convert": demos.convert}
_COMMANDS: dict[str, Command] = {
    "list": browse.list_,
    "info": browse.info,
    "view": watch.view,
    "record": watch.record,
    "demos": _demos,
    "bench": browse.bench,
    "doctor": doctor.doctor,
}
_ABOUT = "hand_envs: the Gymnasium suite for dexterous hands."


def main(arguments: list[str] | None = None) -> None:
    """Run `hand-envs` with the given arguments, or those of the process."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        if arguments[:1] == ["bench"]:
            browse.bench(tuple(arguments[1:]))  # its arguments are the benchmark's, --help too
        elif arguments[:1] == ["demos"]:
            subcommand_cli_from_dict(_DEMOS, prog="hand-envs demos", description=demos.__doc__, args=arguments[1:])
        else:
            subcommand_cli_from_dict(_COMMANDS, prog="hand-envs", description=_ABOUT, args=arguments)
    except HandEnvsError as error:
        print(f"hand-envs: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has seen enough
