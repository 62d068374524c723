"""Where installed engines are kept, and the one step that puts them there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator, Sequence
from pathlib import Path

from dynamorm_async.testing.engines.kinds import EngineNotAvailableError

__all__ = ["directory", "run", "whole"]


def directory() -> Path:
    """The folder of installed engines: ``$XDG_CACHE_HOME/dynamorm-async/engines``, by default under ``~/.cache``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dynamorm-async" / "engines"


@contextlib.contextmanager
def whole(target: Path) -> Generator[Path]:
    """A new folder beside ``target`` that takes its place when the block ends well, and is removed when it does not.

    Two processes may do this at once: the first to finish wins, the other's work is the same and is dropped.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-", ignore_cleanup_errors=True) as work:
        made = Path(work) / target.name
        made.mkdir()
        yield made
        with contextlib.suppress(OSError):
            made.replace(target)
    if not target.exists():
        raise EngineNotAvailableError(f"could not put the engine into {target}.")


def run(arguments: Sequence[str], *, needs: str) -> None:
    """Run an installer.

    Args:
        arguments: The command.
        needs: What to tell the user to install when the command itself is missing.

    Raises:
        EngineNotAvailableError: It is missing or it failed; the message has what it wrote.
    """
    program = shutil.which(arguments[0])
    if program is None:
        raise EngineNotAvailableError(f"{arguments[0]!r} is not on PATH.", hint=needs)
    done = subprocess.run([program, *arguments[1:]], capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    if done.returncode:
        raise EngineNotAvailableError(f"{arguments[0]!r} ended with code {done.returncode}:\n{done.stderr.strip()}")
