"""What the tests of faults share: models, a clock whose hands are turned by waiting, and a world that misbehaves."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import datetime

import attrs

from dynamorm_async import (
    Attr,
    Model,
    Session,
    attr,
    created_at,
    partition_key,
    sort_key,
    ttl,
    updated_at,
    version,
)
from dynamorm_async.events import CallFinished, Event, RetryScheduled
from dynamorm_async.testing.faults import Fault, FaultProxy, FaultServer

__all__ = [
    "Account",
    "Claim",
    "Events",
    "Job",
    "Log",
    "Other",
    "VirtualClock",
    "alone",
    "before",
]


class Account(Model[str], table="accounts"):
    """No version and no times: nothing tells whose write it was."""

    id: Attr[str] = partition_key()
    credits: Attr[int] = attr(default=0)
    owner: Attr[str | None] = attr(default=None)
    entries: Attr[list[str]] = attr(factory=list)


class Other(Model[str], table="others"):
    id: Attr[str] = partition_key()
    n: Attr[int] = attr(default=0)


class Job(Model[str], table="jobs"):
    """A version, and the times that prove whose write it was."""

    id: Attr[str] = partition_key()
    status: Attr[str] = attr(default="open")
    runs: Attr[int] = attr(default=0)
    created_at: Attr[datetime] = created_at()
    updated_at: Attr[datetime] = updated_at()
    version: Attr[int] = version()
    expires: Attr[datetime | None] = ttl()


class Claim(Model[str], table="claims"):
    """A version alone, which two writers can both reach."""

    id: Attr[str] = partition_key()
    status: Attr[str] = attr(default="open")
    version: Attr[int] = version()


class Log(Model[str, int], table="logs"):
    name: Attr[str] = partition_key()
    n: Attr[int] = sort_key()
    text: Attr[str] = attr(default="")


MODELS = (Account, Other, Job, Claim, Log)


class VirtualClock:
    """Waiting takes no time, and is written down.

    Attributes:
        slept: How long was waited, each time, in seconds.
    """

    def __init__(self) -> None:
        self.slept: list[float] = []
        self._passed = 0.0

    def now(self) -> float:
        """Seconds since the epoch: a fixed day, and what has been waited."""
        return 1_900_000_000.0 + self._passed

    def monotonic(self) -> float:
        """Seconds that have been waited."""
        return self._passed

    async def sleep(self, seconds: float) -> None:
        """Turn the hands."""
        self.slept.append(seconds)
        self._passed += seconds


@attrs.define
class Events:
    """An observer that keeps what it is told."""

    seen: list[Event] = attrs.field(factory=list)

    def notify(self, event: Event) -> None:
        """Keep it."""
        self.seen.append(event)

    def of(self, kind: type) -> list[Event]:
        """Those of one kind."""
        return [event for event in self.seen if isinstance(event, kind)]

    @property
    def delays(self) -> list[float]:
        """Waits before retries."""
        return [event.delay for event in self.of(RetryScheduled)]

    @property
    def last(self) -> CallFinished:
        """How the last call ended."""
        return self.of(CallFinished)[-1]


@contextlib.asynccontextmanager
async def before(endpoint: str, *script: Fault, **options: object) -> AsyncIterator[tuple[FaultProxy, Session]]:
    """A proxy in front of an engine, and a session through it."""
    async with FaultProxy(endpoint, script) as proxy, Session(endpoint=proxy.endpoint, **options) as db:
        with db.scope():
            yield proxy, db


@contextlib.asynccontextmanager
async def alone(
    *script: Fault, answer: object = None, tls: object = None, **options: object
) -> AsyncIterator[tuple[FaultServer, Session]]:
    """A scripted server with no engine behind it, and a session to it."""
    async with FaultServer(script, answer, tls=tls) as server, Session(endpoint=server.endpoint, **options) as db:
        with db.scope():
            yield server, db
