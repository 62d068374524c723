"""ministack: the second opinion. It pins another botocore, so it lives in a virtual environment of its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import attrs

from dynamorm_async.testing.engines import cache
from dynamorm_async.testing.engines.kinds import Command, EngineNotAvailableError

__all__ = ["Ministack"]

VERSION = "1.5.33"
SCRIPTS = "Scripts" if os.name == "nt" else "bin"


@attrs.frozen(slots=True)
class Ministack:
    """Starts the ministack that `install` put into the cache.

    Example:
        >>> why = why_not_available(Ministack().name)
    """

    name: str = "ministack"

    @property
    def home(self) -> Path:
        """Its virtual environment, one for each Python that installs it."""
        return cache.directory() / f"ministack-{VERSION}-python{sys.version_info[0]}.{sys.version_info[1]}"

    @property
    def python(self) -> Path:
        """The Python of its virtual environment."""
        return self.home / SCRIPTS / ("python.exe" if os.name == "nt" else "python")

    def command(self, port: int) -> Command:
        """See `EngineKind.command`.

        Args:
            port: Where it will listen.

        Returns:
            The command.

        Raises:
            EngineNotAvailableError: It is not installed.
        """
        if not self.python.exists():
            raise EngineNotAvailableError(
                "the engine 'ministack' is not installed.",
                hint="Install it with: python -m dynamorm_async.testing install ministack",
            )
        environment = {
            "BIND_HOST": "127.0.0.1",  # its default is every interface
            "GATEWAY_PORT": str(port),
            "LOG_LEVEL": "WARNING",
            "PYTHONPATH": "",
            "SERVICES": "dynamodb,dynamodbstreams",
        }
        return Command((str(self.python), "-m", "ministack"), environment, port)

    def install(self) -> Path:
        """Make the virtual environment and install the pinned version with pip.

        Returns:
            The virtual environment.

        Raises:
            EngineNotAvailableError: Python's ``venv`` or pip failed; the message has what they wrote.
        """
        if not self.python.exists():
            with cache.whole(self.home) as made:
                needs = "Install Python with its venv module."
                cache.run([sys.executable, "-m", "venv", str(made)], needs=needs)
                python = str(made / self.python.relative_to(self.home))
                cache.run([python, "-m", "pip", "install", "--quiet", f"ministack=={VERSION}"], needs=needs)
        return self.home
