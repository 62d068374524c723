"""What each error means: whether it is worth another attempt, and what became of the write."""

from __future__ import annotations

from typing import Any

import pytest

from dynamorm_async import errors
from dynamorm_async._retry import Failure, Kind
from dynamorm_async.errors import (
    CancellationReason,
    ConnectionLostError,
    DynamormError,
    Outcome,
    ServiceError,
    ServiceUnavailableError,
    ThrottledError,
    TransactionCanceledError,
    TransactionInProgressError,
    TransportError,
)
from dynamorm_async.types import Safety

# Every error that a request can end in. A new class has to be entered here, and so to be thought about.
KINDS = {
    "AccessDeniedError": Kind.NEVER,
    "ChecksumMismatchError": Kind.TRANSIENT,
    "ConditionFailedError": Kind.NEVER,
    "ConnectionLostError": Kind.TRANSIENT,
    "CredentialsError": Kind.CREDENTIALS,
    "CredentialsExpiredError": Kind.CREDENTIALS,
    "DeadlineExceededError": Kind.TRANSIENT,
    "DuplicateItemError": Kind.NEVER,
    "EndpointUnreachableError": Kind.TRANSIENT,
    "IdempotentParameterMismatchError": Kind.NEVER,
    "ItemCollectionTooLargeError": Kind.NEVER,
    "ItemExistsError": Kind.NEVER,
    "LimitExceededError": Kind.NEVER,
    "PoolTimeoutError": Kind.NEVER,
    "ProtocolError": Kind.TRANSIENT,
    "ReplicatedWriteConflictError": Kind.TRANSIENT,
    "RequestLimitExceededError": Kind.THROTTLE,
    "ResponseTooLargeError": Kind.NEVER,
    "ServiceError": Kind.NEVER,
    "ServiceUnavailableError": Kind.TRANSIENT,
    "ServiceValidationError": Kind.NEVER,
    "TableInUseError": Kind.NEVER,
    "TableNotFoundError": Kind.NEVER,
    "ThrottledError": Kind.THROTTLE,
    "ThroughputExceededError": Kind.THROTTLE,
    "TransactionCanceledError": Kind.NEVER,
    "TransactionConflictError": Kind.CONFLICT,
    "TransactionInProgressError": Kind.IN_PROGRESS,
    "TransportError": Kind.NEVER,
    "UnexpectedRedirectError": Kind.NEVER,
    "VersionConflictError": Kind.NEVER,
    "UniqueConflictError": Kind.NEVER,
}
UNKNOWN_FOR_A_WRITE = {
    "ChecksumMismatchError",
    "ConnectionLostError",
    "ProtocolError",
    "ResponseTooLargeError",
    "ServiceUnavailableError",
    "TransactionInProgressError",
}


def failed(error: DynamormError, safety: Safety = Safety.REPEATABLE, **facts: Any) -> Failure:
    """The first attempt of a call, failed."""
    return Failure(error, attempt=1, elapsed=0.01, safety=safety, **facts)


def wire_errors() -> list[type[DynamormError]]:
    """Every class that an attempt can end in."""
    every = [getattr(errors, name) for name in errors.__all__]
    return [cls for cls in every if isinstance(cls, type) and issubclass(cls, ServiceError | TransportError)]


def test_every_error_of_the_wire_has_been_judged() -> None:
    """No error class is left to a default that nobody chose."""
    assert {cls.__name__ for cls in wire_errors()} == set(KINDS)


@pytest.mark.parametrize("cls", wire_errors(), ids=lambda cls: cls.__name__)
def test_an_error_has_its_kind(cls: type[DynamormError]) -> None:
    """Throttles, faults, conflicts and credentials are told from what another attempt would not mend."""
    assert failed(cls()).kind is KINDS[cls.__name__]


@pytest.mark.parametrize("cls", wire_errors(), ids=lambda cls: cls.__name__)
def test_a_write_is_unknown_where_its_answer_was_lost(cls: type[DynamormError]) -> None:
    """A write is unknown after a fault behind which it may have taken effect, and after no other."""
    expected = Outcome.UNKNOWN if cls.__name__ in UNKNOWN_FOR_A_WRITE else Outcome.NOT_APPLIED

    assert failed(cls()).outcome is expected


@pytest.mark.parametrize("cls", wire_errors(), ids=lambda cls: cls.__name__)
def test_a_read_is_never_unknown(cls: type[DynamormError]) -> None:
    """A read has no effect, so nothing about it can be unknown, and it may always be repeated."""
    failure = failed(cls(), Safety.READ)

    assert (failure.outcome, failure.repeatable) == (Outcome.NOT_APPLIED, True)


def test_a_subclass_of_a_users_own_is_judged_by_its_nearest_ancestor() -> None:
    """Deriving from an error changes nothing about how it is treated."""

    class MyThrottleError(ThrottledError):
        """A user's own."""

    assert failed(MyThrottleError()).kind is Kind.THROTTLE


@pytest.mark.parametrize(
    ("safety", "retry_unknown", "lost", "refused"),
    [
        (Safety.READ, True, True, True),
        (Safety.READ, False, True, True),
        (Safety.REPEATABLE, True, True, True),
        (Safety.REPEATABLE, False, False, True),
        (Safety.ONCE, True, False, True),
        (Safety.ONCE, False, False, True),
    ],
)
def test_idempotence_decides_whether_a_request_may_be_repeated(
    safety: Safety,
    retry_unknown: bool,  # noqa: FBT001 - a column of the table
    lost: bool,  # noqa: FBT001
    refused: bool,  # noqa: FBT001
) -> None:
    """After a lost answer only what is the same twice as once; after a refusal, anything."""  # R107
    assert failed(ConnectionLostError(), safety, retry_unknown=retry_unknown).repeatable is lost
    assert failed(ThrottledError(), safety, retry_unknown=retry_unknown).repeatable is refused


def test_a_connection_lost_before_a_byte_left_may_be_tried_again_by_anything() -> None:
    """The transport knows that nothing was sent and says so; an ADD is then safe to send."""
    unsent = ConnectionLostError(outcome=Outcome.NOT_APPLIED)

    assert failed(unsent, Safety.ONCE).repeatable


# ---------------------------------------------------------------- cancelled transactions


def canceled(*codes: str | None) -> TransactionCanceledError:
    """A cancellation as the service sends it."""
    return TransactionCanceledError(details={"CancellationReasons": [{"Code": code} for code in codes]})


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        (["None", "TransactionConflict"], Kind.CONFLICT),
        ([None, "TransactionConflict"], Kind.CONFLICT),
        (["ThrottlingError", "None"], Kind.THROTTLE),
        (["ProvisionedThroughputExceeded"], Kind.THROTTLE),
        (["TransactionConflict", "ThrottlingError"], Kind.THROTTLE),
        (["ConditionalCheckFailed", "TransactionConflict"], Kind.NEVER),
        (["ValidationError", "ThrottlingError"], Kind.NEVER),
        (["DuplicateItem"], Kind.NEVER),
        (["ItemCollectionSizeLimitExceeded", "None"], Kind.NEVER),
        (["None", "None"], Kind.NEVER),
        ([], Kind.NEVER),
        (["SomethingNew"], Kind.NEVER),
    ],
)
def test_a_cancelled_transaction_is_repeated_only_if_every_reason_passes_by_itself(
    codes: list[str | None], kind: Kind
) -> None:
    """One failed condition, or one unknown reason, and it is final; the slowest of the passing reasons counts."""
    assert failed(canceled(*codes)).kind is kind


def test_reasons_mapped_to_the_callers_operations_count_before_the_raw_ones() -> None:
    """Once the reasons are objects with a ``code``, those are read."""
    error = canceled("ConditionalCheckFailed")
    error.reasons = [CancellationReason("None"), CancellationReason("TransactionConflict")]

    assert failed(error).kind is Kind.CONFLICT


# ---------------------------------------------------------------- hot keys


@pytest.mark.parametrize(
    ("details", "kind"),
    [
        ({"ThrottlingReasons": [{"reason": "TableWriteKeyRangeThroughputExceeded"}]}, Kind.HOT_KEY),
        ({"throttlingReasons": [{"reason": "IndexReadKeyRangeThroughputExceeded"}]}, Kind.HOT_KEY),
        (
            {
                "ThrottlingReasons": [
                    {"reason": "TableReadKeyRangeThroughputExceeded"},
                    {"reason": "TableReadProvisionedThroughputExceeded"},
                ]
            },
            Kind.THROTTLE,
        ),
        ({"ThrottlingReasons": [{"reason": None}]}, Kind.THROTTLE),
        ({"ThrottlingReasons": []}, Kind.THROTTLE),
        ({}, Kind.THROTTLE),
    ],
)
def test_a_throttled_key_range_is_told_from_a_throttled_table(details: dict[str, Any], kind: Kind) -> None:
    """Only if the key range is the whole reason."""
    assert failed(ThrottledError(details=details)).kind is kind


# ---------------------------------------------------------------- the outcome of a whole call


def test_a_refusal_does_not_clear_up_a_lost_answer() -> None:
    """Reset, then throttled: the first write may have happened, whatever was said to the second."""
    first = failed(ConnectionLostError()).outcome_after(None)

    assert failed(ThrottledError()).outcome_after(first) is Outcome.UNKNOWN


def test_a_lost_answer_after_a_refusal_leaves_the_call_unknown() -> None:
    """Throttled, then a fault: unknown."""
    first = failed(ThrottledError()).outcome_after(None)

    assert first is Outcome.NOT_APPLIED
    assert failed(ServiceUnavailableError()).outcome_after(first) is Outcome.UNKNOWN


def test_a_cancellation_under_the_same_token_settles_what_a_lost_answer_left_open() -> None:
    """Had the transaction been carried out, repeating its token would have succeeded."""
    error = canceled("ConditionalCheckFailed")

    assert failed(error, token_age=1.0).outcome_after(Outcome.UNKNOWN) is Outcome.NOT_APPLIED
    assert failed(error).outcome_after(Outcome.UNKNOWN) is Outcome.UNKNOWN


def test_a_transaction_in_progress_is_unknown_and_may_be_asked_after_under_its_token() -> None:
    """It is being carried out; asking again with the same token does no harm."""
    failure = failed(TransactionInProgressError(), token_age=1.0)

    assert (failure.outcome, failure.repeatable) == (Outcome.UNKNOWN, True)
