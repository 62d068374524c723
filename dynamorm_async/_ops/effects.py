"""What a flow may ask of the outside world.

A *flow* is a generator that yields effects and is sent their results; it never awaits. The runner is the only
place that carries effects out, so everything that yields them can be tested with a list of replies.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, ClassVar, TypeAlias, TypeVar

import msgspec

from dynamorm_async._struct import Discreet
from dynamorm_async.types import Safety

__all__ = ["Advised", "Attempt", "Call", "Effect", "Flow", "LeftOut", "Reply", "Safety", "Settled", "Sleep", "Together"]

T = TypeVar("T")


class Call(Discreet, frozen=True):
    """One request: an operation by its wire name and the bytes of its body."""

    hidden_fields: ClassVar[tuple[str, ...]] = ("body",)

    operation: str
    body: bytes
    safety: Safety = Safety.READ
    table: str | None = None
    service: str = "dynamodb"
    """``dynamodb`` or ``dynamodbstreams``: chooses the endpoint and the ``X-Amz-Target`` prefix."""
    retry_unknown: bool = True
    """Whether a `REPEATABLE` write may be sent again when its answer was lost."""


class Attempt(msgspec.Struct):
    """How far one call has come; the runner counts it, transports read it."""

    number: int = 1
    limit: int = 1
    deadline: float | None = None
    """On the runner's monotonic clock, in seconds; None for no deadline."""
    invocation_id: str = ""


class Reply(msgspec.Struct, frozen=True):
    """An answer of the service, of whatever status. ``headers`` have lower-case names."""

    status: int
    body: bytes
    headers: Mapping[str, str] = msgspec.field(default_factory=dict[str, str])
    attempts: int = 1

    @property
    def request_id(self) -> str | None:
        """The service's id of the request."""
        return self.headers.get("x-amzn-requestid")


class Sleep(msgspec.Struct, frozen=True):
    """Wait that many seconds."""

    seconds: float


class Settled(msgspec.Struct, frozen=True):
    """Tell the observers that a write whose answer was lost was found applied."""

    operation: str
    table: str | None


class LeftOut(msgspec.Struct, frozen=True):
    """Tell the observers that an index had entries whose items the table has no more."""

    model: str
    index: str
    count: int


class Advised(msgspec.Struct, frozen=True):
    """Tell the observers, and the caller by a warning, of something that could be better."""

    code: str
    text: str
    model: str


class Together(msgspec.Struct, frozen=True):
    """Run flows side by side, at most ``limit`` at once.

    The answer is a list of results in order; an element is the exception if that flow raised one.
    """

    flows: Sequence[Flow[Any]]
    limit: int


Effect: TypeAlias = Advised | Call | LeftOut | Settled | Sleep | Together
Flow: TypeAlias = Generator[Effect, Any, T]
