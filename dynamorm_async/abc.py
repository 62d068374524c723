"""The Protocols at which this library can be extended. Each has at most four methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from dynamorm_async._ops.effects import Attempt, Call, Reply
    from dynamorm_async.events import Event

__all__ = ["Clock", "Observer", "Transport"]


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

    async def aclose(self) -> None:
        """Close what this transport opened. Idempotent."""
        ...


class Observer(Protocol):
    """Is told what happens; see `dynamorm_async.events`. One that raises is logged and removed."""

    def notify(self, event: Event) -> None:
        """Take one event. Called on the event loop, so it must not block."""
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
