"""What can be wrong with a command line."""

from __future__ import annotations

from typing import ClassVar

from dynamorm_async.errors import ConfigurationError

__all__ = ["WrongArgumentsError", "missing_package"]


class WrongArgumentsError(ConfigurationError):
    """The command line cannot be read; the message says why."""

    default_hint: ClassVar[str | None] = "See `dynamorm --help`."


def missing_package(error: ModuleNotFoundError, extra: str) -> ConfigurationError:
    """What to raise when a command cannot be imported.

    Raises:
        ModuleNotFoundError: The module is one of ours, so something else is wrong.
    """
    package = (error.name or "").partition(".")[0]
    if package in {"", "dynamorm_async"}:
        raise error
    return ConfigurationError(
        f"the package {package!r} is missing.", hint=f"Install it with: pip install 'dynamorm-async[{extra}]'"
    )
