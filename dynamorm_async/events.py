"""What a session tells its observers, as frozen records."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from dynamorm_async.errors import Outcome

__all__ = [
    "Advice",
    "CallFinished",
    "CallStarted",
    "DynamormAdvice",
    "Event",
    "ItemsLeftOut",
    "PlanChosen",
    "RetryScheduled",
    "WriteSettled",
]


class CallStarted(msgspec.Struct, frozen=True):
    """A request is about to be sent for the first time."""

    operation: str
    table: str | None


class CallFinished(msgspec.Struct, frozen=True):
    """A call ended, well or badly. ``seconds`` covers all attempts and waits.

    A cancelled call has ``error="CancelledError"`` and the outcome that its write may have had.
    """

    operation: str
    table: str | None
    seconds: float
    attempts: int
    status: int
    error: str | None = None
    outcome: Outcome | None = None
    request_id: str | None = None
    replayed: bool = False
    """Whether it succeeded after an attempt whose answer was lost: what it returned may be that attempt's doing."""


class RetryScheduled(msgspec.Struct, frozen=True):
    """An attempt failed and another will follow in ``delay`` seconds."""

    operation: str
    table: str | None
    attempt: int
    delay: float
    error: str


class WriteSettled(msgspec.Struct, frozen=True):
    """The condition of a repeated write failed, and the stored item proved that the first attempt was applied.

    The call returns as if its answer had never been lost.
    """

    operation: str
    table: str | None


class ItemsLeftOut(msgspec.Struct, frozen=True):
    """`complete` left out what an index had: so many items are gone from the table, or match no more."""

    model: str
    index: str
    count: int


class PlanChosen(msgspec.Struct, frozen=True):
    """A query was planned."""

    model: str
    operation: str
    index: str | None
    reason: str


class Advice(msgspec.Struct, frozen=True):
    """Something that works and could be better; ``code`` is stable (``DA001``)."""

    code: str
    message: str
    model: str | None = None


class DynamormAdvice(UserWarning):
    """The same as a Python warning, to be silenced or made an error with the `warnings` filters.

    Attributes:
        code: Stable: ``DA001`` to ``DA005``; docs/guides/advice.md says what each means.

    Example:
        >>> import warnings
        >>> warnings.filterwarnings("error", category=DynamormAdvice)
        >>> warnings.filterwarnings("ignore", message="DA001", category=DynamormAdvice)
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.code = code
        self._text = text

    def __reduce__(self) -> tuple[type[DynamormAdvice], tuple[str, str]]:
        return type(self), (self.code, self._text)


Event: TypeAlias = CallStarted | CallFinished | RetryScheduled | WriteSettled | ItemsLeftOut | PlanChosen | Advice
