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
    """

    async def send(self, call: Call, attempt: Attempt) -> Reply:
        """Send once, and answer with whatever status came back.

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
    """Is told what happens; see `dynamorm_async.events`. One that raises is logged and removed."""

    def notify(self, event: Event) -> None:
        """Take one event. Called on the event loop, so it must not block."""
        ...


class RetryPolicy(Protocol):
    """Says when a failed request is sent again. Whether it *may* be is not a policy's to decide.

    A request that may have taken effect, and must not take effect twice, is never sent again, whatever a policy says.
    The standard one is `dynamorm_async._retry.StandardRetry`.
    """

    def start(self, scope: Scope, max_attempts: int | None = None) -> RetryState:
        """Begin a call; on the way of every call, so it must cost next to nothing.

        Args:
            scope: The endpoint and table the call goes to.
            max_attempts: The limit set for this call alone, or None for the policy's own.
        """
        ...


class RetryState(Protocol):
    """The course of one call under a `RetryPolicy`."""

    def after(self, failure: Failure) -> Decision:
        """What to do after this failed attempt: `Retry`, `RefreshAndRetry` or `Stop`."""
        ...

    def succeeded(self) -> None:
        """The call succeeded, at the first attempt or a later one."""
        ...


class Clock(Protocol):
    """Time and waiting, injected so that tests can turn the hands."""

    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...
