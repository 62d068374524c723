"""How long a call may take: deadlines by context, which nest."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from contextvars import ContextVar

import msgspec

__all__ = ["Limit", "Within", "current_deadline", "deadline"]


class Limit(msgspec.Struct, frozen=True):
    """A deadline, on the clock it was set by: a session's clock need not be the machine's."""

    ends: float
    monotonic: Callable[[], float]

    @property
    def remaining(self) -> float:
        """Seconds until then; negative when it has passed."""
        return self.ends - self.monotonic()


_current: ContextVar[Limit | None] = ContextVar("dynamorm_deadline", default=None)


def current_deadline() -> Limit | None:
    """The deadline of this context, if it has one."""
    return _current.get()


class Within(AbstractContextManager[None]):
    """Like `deadline`, on the clock that ``monotonic`` reads.

    It is no generator: one that is entered and never left would leave when it is collected, wherever that happens.
    """

    __slots__ = ("_monotonic", "_seconds", "_token")

    def __init__(self, seconds: float, monotonic: Callable[[], float]) -> None:
        self._seconds = seconds
        self._monotonic = monotonic

    def __enter__(self) -> None:
        outer = _current.get()
        is_covered = outer is not None and outer.remaining <= self._seconds
        limit = outer if is_covered else Limit(self._monotonic() + self._seconds, self._monotonic)
        self._token = _current.set(limit)

    def __exit__(self, *_: object) -> None:
        # Elsewhere: an async generator that nobody ended is closed by the loop, when its context is no longer.
        with suppress(ValueError):
            _current.reset(self._token)


def deadline(seconds: float) -> AbstractContextManager[None]:
    """Let every call inside end within that many seconds from now: waiting for a connection, attempts and body.

    Deadlines nest, and the earliest counts.

    Args:
        seconds: From now on. In Lambda: ``context.get_remaining_time_in_millis() / 1000 - 0.3``.

    Returns:
        A context manager, for one block.

    Raises:
        DeadlineExceededError: From the call that did not end in time, if nothing was applied.
        OutcomeUnknownError: The same, if it was a write that may have been.

    Example:
        >>> with deadline(0.8):
        ...     user = await User.get("acme", "1")
    """
    return Within(seconds, time.monotonic)
