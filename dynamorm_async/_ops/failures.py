"""From an answer that is no success to the error it stands for."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from typing import Any

import msgspec

from dynamorm_async._ops.effects import Call, Reply, Safety
from dynamorm_async.errors import (
    CancellationReason,
    DeadlineExceededError,
    DynamormError,
    Outcome,
    OutcomeUnknownError,
    ProtocolError,
    ServiceError,
    TransactionCanceledError,
    service_error,
)

__all__ = ["error_of", "forget_locals", "out_of_time", "unknown_outcome"]

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class _Reason(msgspec.Struct):
    Code: str | None = None
    Message: str | None = None
    Item: dict[str, Any] | None = None


class _Known(msgspec.Struct):
    """What is read of an error's body beside its texts, each as DynamoDB sends it."""

    Item: dict[str, Any] | None = None
    CancellationReasons: list[_Reason] | None = None


_check = msgspec.json.Decoder(_Known).decode


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
        _check(reply.body)
        return _decode(reply.body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def _reason(reason: Mapping[str, Any]) -> CancellationReason:
    return CancellationReason(reason.get("Code") or "None", reason.get("Message") or "", reason.get("Item"))
