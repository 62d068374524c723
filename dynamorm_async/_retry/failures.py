"""What a failed attempt means: its kind, its outcome, and whether sending it again does harm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from dynamorm_async._retry.decisions import Kind
from dynamorm_async.errors import (
    ConnectionLostError,
    CredentialsError,
    DeadlineExceededError,
    DynamormError,
    EndpointUnreachableError,
    Outcome,
    ProtocolError,
    ReplicatedWriteConflictError,
    ResponseTooLargeError,
    ServiceUnavailableError,
    ThrottledError,
    TransactionCanceledError,
    TransactionConflictError,
    TransactionInProgressError,
    UnexpectedRedirectError,
)
from dynamorm_async.types import Safety

__all__ = ["TOKEN_OPERATIONS", "Failure"]

TOKEN_OPERATIONS: Final = frozenset({"TransactWriteItems", "ExecuteTransaction"})
"""The operations that carry an idempotency token; for their failures `Failure.token_age` is given."""


class _Rule(msgspec.Struct, frozen=True):
    kind: Kind
    unknown: bool = False
    """Whether a write may have taken effect although the error itself does not say so."""


_NEVER: Final = _Rule(Kind.NEVER)
_RULES: Final[Mapping[type, _Rule]] = {
    ThrottledError: _Rule(Kind.THROTTLE),
    ServiceUnavailableError: _Rule(Kind.TRANSIENT, unknown=True),
    ReplicatedWriteConflictError: _Rule(Kind.TRANSIENT),
    TransactionConflictError: _Rule(Kind.CONFLICT),
    TransactionInProgressError: _Rule(Kind.IN_PROGRESS, unknown=True),
    CredentialsError: _Rule(Kind.CREDENTIALS),
    EndpointUnreachableError: _Rule(Kind.TRANSIENT),
    ConnectionLostError: _Rule(Kind.TRANSIENT),
    # An attempt that took too long, if the call's own deadline has not passed; if it has, the deadline stops it.
    DeadlineExceededError: _Rule(Kind.TRANSIENT),
    ProtocolError: _Rule(Kind.TRANSIENT),
    ResponseTooLargeError: _NEVER,
    UnexpectedRedirectError: _NEVER,
}
"""By class, the nearest ancestor counts. What is not here is `Kind.NEVER`: a full pool, above all, since waiting
longer for a connection of one's own only lengthens the queue."""

_CANCELED_BY_THROTTLE: Final = frozenset({"ThrottlingError", "ProvisionedThroughputExceeded"})
_CANCELED_IN_PASSING: Final = _CANCELED_BY_THROTTLE | {"TransactionConflict"}


def _rule(error: DynamormError) -> _Rule:
    return next((_RULES[cls] for cls in type(error).__mro__ if cls in _RULES), _NEVER)


def _kind(error: DynamormError) -> Kind:
    if isinstance(error, TransactionCanceledError):
        return _kind_of_cancellation(error)
    if isinstance(error, ThrottledError) and _is_hot_key(error.details):
        return Kind.HOT_KEY
    return _rule(error).kind


def _kind_of_cancellation(error: TransactionCanceledError) -> Kind:
    """Retried only if every operation was stopped by something that passes; the slowest of the reasons counts."""
    codes = set(_cancellation_codes(error)) - {None, "None"}
    if not codes or not codes <= _CANCELED_IN_PASSING:
        return Kind.NEVER
    return Kind.THROTTLE if codes & _CANCELED_BY_THROTTLE else Kind.CONFLICT


def _cancellation_codes(error: TransactionCanceledError) -> Iterable[str | None]:
    if error.reasons:
        return [reason.code for reason in error.reasons]
    return [reason.get("Code") for reason in error.details.get("CancellationReasons") or ()]


def _is_hot_key(details: Mapping[str, Any]) -> bool:
    reasons = details.get("ThrottlingReasons") or details.get("throttlingReasons") or ()
    return bool(reasons) and all("KeyRange" in (reason.get("reason") or "") for reason in reasons)


class Failure(msgspec.Struct, frozen=True):
    """One failed attempt, as a policy is told of it.

    Attributes:
        error: What went wrong.
        attempt: Which attempt it was, from 1.
        elapsed: Seconds since the first attempt began.
        safety: What sending the request twice would do.
        retry_unknown: Whether a `Safety.REPEATABLE` write may be repeated when it may have taken effect.
        remaining: Seconds until the call's deadline, or None.
        retry_after: The answer's ``x-amz-retry-after`` header, in milliseconds, or None.
        token_age: Seconds since the call's idempotency token was first sent, or None if it has none.
    """

    error: DynamormError
    attempt: int
    elapsed: float
    safety: Safety
    retry_unknown: bool = True
    remaining: float | None = None
    retry_after: str | None = None
    token_age: float | None = None

    @property
    def kind(self) -> Kind:
        """How the failure is treated."""
        return _kind(self.error)

    @property
    def outcome(self) -> Outcome:
        """What became of this one attempt."""
        if self.safety is Safety.READ:
            return Outcome.NOT_APPLIED
        return Outcome.UNKNOWN if _rule(self.error).unknown else self.error.outcome

    @property
    def repeatable(self) -> bool:
        """Whether sending the request again does no harm. Nothing is sent again where this is false."""
        if self.outcome is not Outcome.UNKNOWN:
            return True
        return self.safety is Safety.REPEATABLE and self.retry_unknown

    def outcome_after(self, previous: Outcome | None) -> Outcome:
        """What became of the whole call, given what the attempts before left behind.

        An attempt that may have taken effect stays that way whatever a later one says, with one exception: a
        transaction that is cancelled under its token was not carried out under it before.
        """
        canceled = self.token_age is not None and isinstance(self.error, TransactionCanceledError)
        return previous if previous is Outcome.UNKNOWN and not canceled else self.outcome
