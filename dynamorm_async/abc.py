"""The Protocols at which this library can be extended. Each has at most four methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from dynamorm_async._ops.effects import Attempt, Call, Reply
    from dynamorm_async._retry import Decision, Failure, Scope
    from dynamorm_async.events import Event

__all__ = ["Clock", "Observer", "RetryPolicy", "RetryState", "Transport"]


@runtime_checkable
class Transport(Protocol):
    """Moves one request and its answer. The one seam between this library and a network.

    Cache, rate limiter, recorder and fakes are transports around another transport.

    Example:
        >>> class Counting:
        ...     def __init__(self, inner):
        ...         self.inner, self.count = inner, 0
        ...
        ...     async def send(self, call, attempt):
        ...         self.count += 1
        ...         return await self.inner.send(call, attempt)
        ...
        ...     async def recover(self, code, reply):
        ...         return await self.inner.recover(code, reply)
        ...
        ...     async def aclose(self):
        ...         await self.inner.aclose()
        >>> isinstance(Counting(db.runner.transport), Transport)
        True
    """

    async def send(self, call: Call, attempt: Attempt) -> Reply:
        """Send once, and answer with whatever status came back.

        Args:
            call: The request: its operation, its body as bytes, and what a second sending would do.
            attempt: Which attempt it is, from 1, and until when an answer is of use.

        Returns:
            Status, body and headers.

        Raises:
            TransportError: No usable answer; its ``outcome`` is NOT_APPLIED if no byte of the request left.
        """
        ...

    async def recover(self, code: str, reply: Reply) -> bool:
        """Remove the cause of an authentication error (old credentials, a wrong clock), once for a call.

        Args:
            code: The error's wire code.
            reply: The answer that carried it; its ``date`` header is the server's clock.

        Returns:
            Whether sending again can succeed.
        """
        ...

    async def aclose(self) -> None:
        """Close what this transport opened. Idempotent."""
        ...


class Observer(Protocol):
    """Is told what happens; see `dynamorm_async.events`. One that raises is logged and removed.

    Example:
        >>> class Waits:
        ...     def notify(self, event):
        ...         if isinstance(event, events.RetryScheduled):
        ...             print(event.operation, event.delay)
        >>> session = Session(endpoint="http://127.0.0.1:8000", observers=[Waits()])
    """

    def notify(self, event: Event) -> None:
        """Take one event. Called on the event loop, so it must not block.

        Args:
            event: One of `dynamorm_async.events`.
        """
        ...


class RetryPolicy(Protocol):
    """Says when a failed request is sent again. Whether it *may* be is not a policy's to decide.

    A request that may have taken effect, and must not take effect twice, is never sent again, whatever a policy says.
    The standard one is `dynamorm_async._retry.StandardRetry`.

    Example:
        >>> from dynamorm_async._retry import Stop, StopReason
        >>> class Never:
        ...     def start(self, scope, max_attempts=None):
        ...         return self
        ...
        ...     def after(self, failure):
        ...         return Stop(StopReason.ATTEMPTS)
        ...
        ...     def succeeded(self): ...
        >>> session = Session(endpoint="http://127.0.0.1:8000", retry=Never())
    """

    def start(self, scope: Scope, max_attempts: int | None = None) -> RetryState:
        """Begin a call; on the way of every call, so it must cost next to nothing.

        Args:
            scope: The endpoint and table the call goes to.
            max_attempts: The limit set for this call alone, or None for the policy's own.

        Returns:
            The state of that call, which is asked after each failed attempt.
        """
        ...


class RetryState(Protocol):
    """The course of one call under a `RetryPolicy`.

    Example:
        >>> import random
        >>> from dynamorm_async._retry import StandardRetry
        >>> state = StandardRetry(dice=random.random).start(("http://127.0.0.1:8000", "users"))
        >>> state.succeeded()
    """

    def after(self, failure: Failure) -> Decision:
        """What to do after this failed attempt: `Retry`, `RefreshAndRetry` or `Stop`.

        Args:
            failure: The error, its kind, and which attempt it was.

        Returns:
            What to do, and after how many seconds.
        """
        ...

    def succeeded(self) -> None:
        """The call succeeded, at the first attempt or a later one."""
        ...


class Clock(Protocol):
    """Time and waiting, injected so that tests can turn the hands.

    Example:
        >>> from dynamorm_async.testing import InstantClock
        >>> session = Session(endpoint="http://127.0.0.1:8000", clock=InstantClock())
    """

    def now(self) -> float:
        """Seconds since the epoch.

        Returns:
            Seconds.
        """
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back.

        Returns:
            Seconds.
        """
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait.

        Args:
            seconds: How long.
        """
        ...
