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
    """A request is about to be sent for the first time.

    Attributes:
        operation: DynamoDB's name: ``GetItem``.
        table: The table, if the call is for one.

    Example:
        >>> CallStarted("GetItem", "users").operation
        'GetItem'
    """

    operation: str
    table: str | None


class CallFinished(msgspec.Struct, frozen=True):
    """A call ended, well or badly. ``seconds`` covers all attempts and waits.

    A cancelled call has ``error="CancelledError"`` and the outcome that its write may have had.

    Attributes:
        operation: DynamoDB's name: ``GetItem``.
        table: The table, if the call is for one.
        seconds: From the first attempt to the end.
        attempts: How many requests were sent.
        status: The HTTP status of the last answer; 0 if there was none.
        error: The class of the error, or None.
        outcome: What became of it, if it failed.
        request_id: The service's.
        replayed: Whether it succeeded after an attempt whose answer was lost.

    Example:
        >>> CallFinished("GetItem", "users", 0.004, 1, 200).error is None
        True
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
    """An attempt failed and another will follow in ``delay`` seconds.

    Attributes:
        operation: DynamoDB's name: ``GetItem``.
        table: The table, if the call is for one.
        attempt: Which attempt failed, from 1.
        delay: Seconds.
        error: The class of the error.

    Example:
        >>> RetryScheduled("GetItem", "users", 1, 0.02, "ThrottledError").delay
        0.02
    """

    operation: str
    table: str | None
    attempt: int
    delay: float
    error: str


class WriteSettled(msgspec.Struct, frozen=True):
    """The condition of a repeated write failed, and the stored item proved that the first attempt was applied.

    The call returns as if its answer had never been lost.

    Attributes:
        operation: DynamoDB's name: ``PutItem``.
        table: The table.

    Example:
        >>> WriteSettled("PutItem", "users").table
        'users'
    """

    operation: str
    table: str | None


class ItemsLeftOut(msgspec.Struct, frozen=True):
    """`complete` left out what an index had: so many items are gone from the table, or match no more.

    Attributes:
        model: The model's name.
        index: The index's Python name.
        count: How many.

    Example:
        >>> ItemsLeftOut("User", "by_email", 2).count
        2
    """

    model: str
    index: str
    count: int


class PlanChosen(msgspec.Struct, frozen=True):
    """A query was planned.

    Attributes:
        model: The model's name.
        operation: ``GetItem``, ``Query`` or ``Scan``.
        index: The index's name in DynamoDB, or ``"table"``.
        reason: Why this one.

    Example:
        >>> plans = []
        >>> class Plans:
        ...     def notify(self, event):
        ...         if isinstance(event, PlanChosen):
        ...             plans.append(event)
        >>> async with Session(endpoint=db.endpoint, observers=[Plans()]) as watched:
        ...     users = await User.query(User.email == "ada@acme.test").using(watched)
        >>> plans[0].index
        'gsi-email'
    """

    model: str
    operation: str
    index: str | None
    reason: str


class Advice(msgspec.Struct, frozen=True):
    """Something that works and could be better; ``code`` is stable (``DA001``).

    Attributes:
        code: Stable: ``DA001`` to ``DA005``.
        message: What could be better.
        model: The model's name.

    Example:
        >>> Advice("DA001", "filters more than it returns", "User").code
        'DA001'
    """

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
"""What an observer is told: one of these."""
