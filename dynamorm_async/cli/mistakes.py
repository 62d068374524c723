"""What can be wrong with a command line."""

from __future__ import annotations

from dynamorm_async.errors import ConfigurationError

__all__ = ["WrongArgumentsError"]


class WrongArgumentsError(ConfigurationError):
    """The command line cannot be read; the message says why."""

    default_hint = "See `dynamorm --help`."
