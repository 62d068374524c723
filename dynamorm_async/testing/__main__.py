"""``python -m dynamorm_async.testing``: list the engines, or install one into the user's cache."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from dynamorm_async.testing.engines import EngineNotAvailableError, engines, why_not_available

__all__: tuple[str, ...] = ()


@runtime_checkable
class Installable(Protocol):
    """An engine that can be fetched."""

    def install(self) -> object:
        """Fetch it, and say where it is."""
        ...


def parser() -> argparse.ArgumentParser:
    """What the command line looks like."""
    root = argparse.ArgumentParser(prog="python -m dynamorm_async.testing", description=__doc__)
    commands = root.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="show which engines can be started here")
    install = commands.add_parser("install", help="fetch an engine, pinned, into the user's cache")
    names = [name for name, make in engines().items() if isinstance(make(), Installable)]
    install.add_argument("engine", nargs="+", choices=names)
    return root


def install(name: str) -> str:
    """Install one engine, and say so."""
    kind = engines()[name]()
    if not isinstance(kind, Installable):
        raise EngineNotAvailableError(f"the engine {name!r} cannot be installed from here.")
    return f"{name}: {kind.install()}"


def status(name: str) -> str:
    """One line about an engine."""
    return f"{name}: {why_not_available(name) or 'ready to start'}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit code: 1 when an engine could not be installed, with one line that says why.
    """
    chosen = parser().parse_args(arguments)
    try:
        for name in engines() if chosen.command == "list" else chosen.engine:
            print(status(name) if chosen.command == "list" else install(name), flush=True)
    except EngineNotAvailableError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
