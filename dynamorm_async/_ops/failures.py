"""From an answer that is no success to the error it stands for."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from dynamorm_async._ops.effects import Call, Reply, Safety
from dynamorm_async._struct import PartlyCompared
from dynamorm_async.errors import (
    DeadlineExceededError,
    DynamormError,
    Outcome,
    OutcomeUnknownError,
    ProtocolError,
    ServiceError,
    TransactionCanceledError,
    VersionConflictError,
    service_error,
)
from dynamorm_async.types import Item

__all__ = ["CancellationReason", "error_of", "forget_locals", "out_of_time", "unknown_outcome"]

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class CancellationReason(PartlyCompared, frozen=True):
    """Why one operation of a transaction stopped it; ``code`` is ``"None"`` for those that did not.

    Attributes:
        code: ``ConditionalCheckFailed``, ``TransactionConflict``, ``ThrottlingError``, ``ValidationError``, ...
        item: The item as it stands, in wire form, where the service returned it.
        operation: The caller's operation in words: ``"update Account"``.
        model: The model's name.  key: The item's key.
        current: The item as a model instance.
        error: What the same operation would have raised alone: `ConditionFailedError`, `ItemExistsError`,
            `VersionConflictError` or `ItemNotFoundError`; None if its condition did not fail.
    """

    hidden_fields: ClassVar[tuple[str, ...]] = ("detail", "item", "current")
    carried_fields: ClassVar[tuple[str, ...]] = ("error",)

    code: str
    detail: str = ""
    item: Item | None = None
    operation: str = ""
    model: str | None = None
    key: Any = None
    current: Any = None
    error: DynamormError | None = None

    @property
    def version_conflict(self) -> bool:
        """Whether the item was changed by someone else since it was read."""
        return isinstance(self.error, VersionConflictError)

    @property
    def failed(self) -> bool:
        """Whether this operation stopped the transaction."""
        return self.code != "None"


def error_of(call: Call, reply: Reply, attempts: int) -> ServiceError | ProtocolError:
    """The error an answer stands for. An answer that is not JSON is a ProtocolError, whatever its status."""
    body = _body(reply)
    if body is None:
        return ProtocolError(
            f"the endpoint answered status {reply.status} with no DynamoDB error.",
            op=call.operation,
            table=call.table,
            attempts=attempts,
            outcome=Outcome.NOT_APPLIED if 400 <= reply.status < 500 or call.safety is Safety.READ else Outcome.UNKNOWN,
        )
    code = str(body.get("__type", "")).rpartition("#")[2].partition(":")[0]
    kind = service_error(code, reply.status)
    # A 5xx may come after the write was carried out, and a 2xx is none of DynamoDB's; only a 4xx says that it was not.
    unsure = not 400 <= reply.status < 500 and call.safety is not Safety.READ
    error = kind(
        code=code,
        status=reply.status,
        detail=str(body.get("message") or body.get("Message") or ""),
        details=body,
        op=call.operation,
        table=call.table,
        request_id=reply.request_id,
        attempts=attempts,
        outcome=Outcome.UNKNOWN if unsure else None,
    )
    if isinstance(error, TransactionCanceledError):
        error.reasons = tuple(_reason(reason) for reason in body.get("CancellationReasons") or ())
    return error


def out_of_time(error: DynamormError) -> DynamormError:
    """The error of a call that had no time left to be sent again; what went wrong before is its cause."""
    if isinstance(error, DeadlineExceededError):
        return error
    late = DeadlineExceededError(
        f"the deadline leaves no time to send it again after {type(error).__name__}.", request_id=error.request_id
    )
    late.__cause__ = error
    return late


def unknown_outcome(call: Call, error: DynamormError, *, after_unknown: bool) -> OutcomeUnknownError:
    """The error of a write that may have been applied.

    Args:
        call: The request.
        error: How its last attempt ended.
        after_unknown: Whether it was an attempt before the last whose answer was lost.
    """
    name = type(error).__name__
    if after_unknown:
        problem = f"the answer to an earlier attempt was lost, and the last one ended with {name}."
    else:
        problem = f"the write was sent and its answer was lost ({name})."
    return OutcomeUnknownError(
        problem, op=call.operation, table=call.table, attempts=error.attempts, request_id=error.request_id
    )


def forget_locals(error: BaseException) -> None:
    """Empty the frames that an error has left: they hold items, keys and bodies, and some tools log all locals.

    Where it happened stays in the traceback.
    """
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        traceback.clear_frames(following.__traceback__)
        following = following.__cause__ or following.__context__


def _body(reply: Reply) -> Mapping[str, Any] | None:
    try:
        return _decode(reply.body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def _reason(reason: Mapping[str, Any]) -> CancellationReason:
    return CancellationReason(reason.get("Code") or "None", reason.get("Message") or "", reason.get("Item"))
