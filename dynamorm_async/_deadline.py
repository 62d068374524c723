"""How long a call may take: deadlines by context, which nest."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar

import msgspec

__all__ = ["Limit", "current_deadline", "deadline", "within"]


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


@contextmanager
def deadline(seconds: float) -> Generator[None]:
    """Let every call inside end within that many seconds from now: waiting for a connection, attempts and body.

    Deadlines nest, and the earliest counts.

    Args:
        seconds: From now on. In Lambda: ``context.get_remaining_time_in_millis() / 1000 - 0.3``.

    Yields:
        Nothing.

    Raises:
        DeadlineExceededError: From the call that did not end in time, if nothing was applied.
        OutcomeUnknownError: The same, if it was a write that may have been.

    Example:
        >>> with deadline(0.8):
        ...     user = await User.get("acme", "1")
    """
    with within(seconds, time.monotonic):
        yield


@contextmanager
def within(seconds: float, monotonic: Callable[[], float]) -> Generator[None]:
    """Like `deadline`, on the clock that ``monotonic`` reads."""
    outer = _current.get()
    if outer is not None and outer.remaining <= seconds:
        yield
        return
    token = _current.set(Limit(monotonic() + seconds, monotonic))
    try:
        yield
    finally:
        _current.reset(token)
