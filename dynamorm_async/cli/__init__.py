"""The command ``dynamorm``. Where the extra of a command is missing, it says so in one line."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence

from dynamorm_async.cli.catalogue import show_errors
from dynamorm_async.cli.mistakes import WrongArgumentsError, missing_package
from dynamorm_async.errors import DynamormError

__all__ = ["main"]

try:
    from dynamorm_async.cli.app import run
except ModuleNotFoundError as _error:
    _absent = _error

    def run(arguments: Sequence[str]) -> None:
        """Stand in for the commands, which cannot be imported; the catalogue of errors needs no package."""
        if arguments[:1] == ["errors"]:
            return show_errors(*arguments[1:2])
        raise missing_package(_absent, "shell" if arguments[:1] == ["shell"] else "demo")


FAILED, MISUSED, INTERRUPTED, TERMINATED = 1, 2, 130, 143
"""Exit codes; the last two are what a shell expects after Ctrl-C and after SIGTERM."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line, and turn whatever goes wrong into one line and an exit code.

    Args:
        arguments: What stands after ``dynamorm``; by default the arguments of this process.

    Returns:
        0, or 1 when something is missing or failed, 2 for wrong arguments, 130 after Ctrl-C, 143 after SIGTERM.
    """
    try:
        run(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
    except WrongArgumentsError as wrong:
        return _complain(str(wrong), MISUSED)
    except DynamormError as failure:
        return _complain(str(failure), FAILED)
    except KeyboardInterrupt:
        return _complain("stopped.", INTERRUPTED)
    except asyncio.CancelledError:
        return _complain("stopped.", TERMINATED)
    except BrokenPipeError:
        # Whoever read the output has closed it, as `head` does. Python would complain once more while it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return 0


def _complain(text: str, code: int) -> int:
    """Say it in one line: of a text of several, such as an engine's log, the first and the last."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    print("dynamorm:", *dict.fromkeys((lines[0], lines[-1])), file=sys.stderr)
    return code
