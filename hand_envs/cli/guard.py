"""What a command does with an error: one line instead of a traceback, and an exit status that says so."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from hand_envs.errors import HandEnvsError

FAILED, INTERRUPTED = 2, 130


def guarded(command: Callable[[], Any], stopped: Callable[[], str] | None = None) -> int:
    """Run a command; returns its exit status. What is wrong with what the user gave is one line.

    Args:
        command: what to run; an int that it returns is its exit status.
        stopped: what to say after Ctrl+C, such as how to go on.
    """
    try:
        status = command()
        sys.stdout.flush()
    except HandEnvsError as error:
        print(f"error: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        if stopped is not None:
            print(stopped(), file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has seen enough; Python flushes once more at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # a full disk, a folder that is not the user's
        print(f"error: {error}", file=sys.stderr)
        return FAILED
    return status if isinstance(status, int) else 0
