"""moto's server: pure Python, any platform, the default. Keep tables under a thousand items."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import attrs

from dynamorm_async.testing.engines.kinds import Command, EngineNotAvailableError

__all__ = ["Moto"]

SERVER = str(Path(__file__).with_name("moto_server.py"))


@attrs.frozen(slots=True)
class Moto:
    """Starts ``moto[server]`` from this Python's own packages.

    Example:
        >>> async with engine(Moto()) as running:
        ...     print(running.endpoint)
    """

    name: str = "moto"

    def command(self, port: int) -> Command:  # noqa: ARG002 - moto chooses one itself, so nobody can take it first
        """See `EngineKind.command`.

        Args:
            port: Not used.

        Returns:
            The command.

        Raises:
            EngineNotAvailableError: A package that it needs is missing.
        """
        for package in ("moto", "flask", "flask_cors"):
            if importlib.util.find_spec(package) is None:
                raise EngineNotAvailableError(
                    f"the engine 'moto' needs the package {package!r}.",
                    hint="Install it with: pip install 'dynamorm-async[testing]'",
                )
        return Command((sys.executable, "-P", SERVER))
