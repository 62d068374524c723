"""DynamoDB Local: AWS's own, under AWS's licence. Never shipped or fetched by this library."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import attrs

from dynamorm_async.testing.engines.kinds import Command, EngineNotAvailableError

__all__ = ["DynamoDBLocal"]

VARIABLE = "DYNAMODB_LOCAL_JAR"


def from_environment() -> Path | None:
    """The jar that the environment names."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else None


@attrs.frozen(slots=True)
class DynamoDBLocal:
    """Starts the jar that you downloaded, and accepted the licence of, with the ``java`` on PATH.

    It has no option for the address it listens on, so other machines may reach it while it runs, unlike every other
    engine here.

    Attributes:
        jar: ``DynamoDBLocal.jar``, with ``DynamoDBLocal_lib`` beside it; by default ``$DYNAMODB_LOCAL_JAR``.

    Example:
        >>> local_jar = DynamoDBLocal(jar="dynamodb/DynamoDBLocal.jar")
    """

    jar: Path | None = attrs.field(factory=from_environment, converter=attrs.converters.optional(Path))
    name: str = "dynamodb-local"

    def command(self, port: int) -> Command:
        """See `EngineKind.command`.

        Args:
            port: Where it will listen.

        Returns:
            The command.

        Raises:
            EngineNotAvailableError: There is no jar, or no Java.
        """
        if self.jar is None or not self.jar.is_file():
            found = "" if self.jar is None else f" There is none at {self.jar}."
            raise EngineNotAvailableError(
                f"the engine 'dynamodb-local' needs a jar of yours.{found}",
                hint=f"Set {VARIABLE}, or pass engine=DynamoDBLocal(jar=...).",
            )
        java = shutil.which("java")
        if java is None:
            raise EngineNotAvailableError("the engine 'dynamodb-local' needs 'java' on PATH.", hint="Install a Java.")
        libraries = f"-Djava.library.path={self.jar.parent / 'DynamoDBLocal_lib'}"
        options = ("-inMemory", "-sharedDb", "-disableTelemetry", "-port", str(port))
        return Command((java, libraries, "-jar", str(self.jar), *options), port=port)
