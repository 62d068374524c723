"""What an engine is: how it is found, how it is started, and what runs once it has started."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable

import attrs

from dynamorm_async.errors import ConfigurationError

__all__ = ["Command", "Engine", "EngineFailedError", "EngineKind", "EngineNotAvailableError"]


class EngineNotAvailableError(ConfigurationError):
    """The engine is not on this machine, or its name is unknown; the message names the fix."""


class EngineFailedError(ConfigurationError):
    """The engine did not become ready, or ended while it was in use.

    Attributes:
        log: The last lines that it wrote.
        code: Its exit code, if it ended by itself; negative for the number of a signal.
    """

    def __init__(self, message: str = "", *, log: str = "", code: int | None = None) -> None:
        super().__init__(f"{message} Its last words:\n{log}" if log else message)
        self.log = log
        self.code = code


@attrs.frozen(slots=True)
class Command:
    """The child process that serves as an engine.

    Attributes:
        arguments: The program and its arguments.
        environment: Variables to set on top of this process's own.
        port: Where it will listen on 127.0.0.1; None if it chooses one and prints it as its first line.

    Example:
        >>> command = Command(("my-engine", "--port", "8123"), port=8123)
    """

    arguments: tuple[str, ...]
    environment: Mapping[str, str] = attrs.field(factory=dict[str, str])
    port: int | None = None


@runtime_checkable
class EngineKind(Protocol):
    """A program that speaks DynamoDB's wire protocol and can be started here. Implement it to bring your own.

    Example:
        >>> isinstance(Moto(), EngineKind)
        True
    """

    @property
    def name(self) -> str:
        """What the engine is called in `engine()` and in messages."""
        ...

    def command(self, port: int) -> Command:
        """How to start it.

        Args:
            port: A port that was free a moment ago.

        Returns:
            A command that listens on 127.0.0.1, at ``port`` or at one that it announces.

        Raises:
            EngineNotAvailableError: It is not installed; the message says how to get it.
        """
        ...


@attrs.frozen(slots=True)
class Engine:
    """An engine that answers.

    Attributes:
        name: What it is called.
        endpoint: Its URL, for ``Session(endpoint=...)``.
        pid: Its process, when it was started here; None for an endpoint that was given.

    Example:
        >>> async with engine("moto") as running:
        ...     assert running.endpoint.startswith("http://127.0.0.1:")
    """

    name: str
    endpoint: str
    pid: int | None = None
    _failure: Callable[[], EngineFailedError | None] = attrs.field(default=lambda: None, repr=False, eq=False)

    def failure(self) -> EngineFailedError | None:
        """What there is to tell if it ended by itself: its exit code and the end of its log. It may read a file.

        Returns:
            An error to raise, or None while it runs.

        Example:
            >>> async with engine("moto") as running:
            ...     assert running.failure() is None
        """
        return self._failure()
