"""Flows for one write: send it, and turn a failed condition into what it means to the caller.

A condition that fails on the first attempt has failed. One that fails after an attempt whose answer was lost may
have been made false by that very attempt, so the item that comes back with the failure is compared with what was
written: if it is ours, the write is done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, Literal, TypeVar

from dynamorm_async._expr.conditions import NotExists, Value
from dynamorm_async._expr.evaluate import comparable
from dynamorm_async._expr.updates import Action, Clause
from dynamorm_async._ops.advice import LARGE, size_advice
from dynamorm_async._ops.decode import check_answer, decode_raw_written, decode_written
from dynamorm_async._ops.effects import Advised, Call, Flow, Reply, Safety, Settled
from dynamorm_async._ops.prepare import Prepared, PreparedCheck, PreparedDelete, PreparedPut, PreparedUpdate, apply
from dynamorm_async._ops.render import Settings
from dynamorm_async._ops.wording import worded
from dynamorm_async._spec.fields import ModelSpec, Role
from dynamorm_async._wire.json import encode_json
from dynamorm_async._wire.size import ITEM_LIMIT, item_size
from dynamorm_async.errors import (
    ConditionFailedError,
    DecodeError,
    DynamormError,
    ItemExistsError,
    ItemNotFoundError,
    ItemTooLargeError,
    Outcome,
    OutcomeUnknownError,
    ProtocolError,
    VersionConflictError,
)
from dynamorm_async.types import AttributeValue, Item

__all__ = [
    "Returning",
    "check_size",
    "delete_body",
    "delete_flow",
    "explained",
    "named",
    "put_body",
    "put_flow",
    "readable",
    "same_item",
    "update_body",
    "update_flow",
]


T = TypeVar("T")
Returning = Literal["old", "new", "none"]
"""Which item a write answers with: as it was, as it is now, or none."""
_WIRE: Final[Mapping[Returning, bytes]] = {
    "old": b',"ReturnValues":"ALL_OLD"}',
    "new": b',"ReturnValues":"ALL_NEW"}',
    "none": b',"ReturnValues":"NONE"}',
}
"""The last member of a request, and the end of it."""


def put_flow(
    prepared: PreparedPut,
    settings: Settings,
    instance: Any,
    *,
    operation: str,
    retry_unknown: bool = True,
    returning: Returning = "none",
) -> Flow[Any]:
    """Store the item; the instance gets its lifecycle values after it is stored."""
    body = b"{" + put_body(prepared, settings) + (_WIRE["old"] if returning == "old" else b"}")
    request = Call("PutItem", body, Safety.REPEATABLE, prepared.table, retry_unknown=retry_unknown)
    # JSON is never shorter than DynamoDB's own count, so most items need no counting.
    if len(request.body) > ITEM_LIMIT:
        check_size(prepared.spec, prepared.item, operation)
    reply: Reply | None = None
    try:
        reply = yield request
    except ConditionFailedError as error:
        shown = _is_shown_by(error, lambda stored: same_item(stored, prepared.item))
        if not (shown and _is_marked(prepared)):
            raise explained(error, prepared, settings, operation, shown=shown) from error
        yield Settled(request.operation, request.table)
    except DynamormError as error:
        raise named(error, prepared, operation) from error.__cause__
    if reply is not None and reply.body != b"{}":
        _carried_out(prepared, operation, partial(check_answer, reply.body, Outcome.UNKNOWN))
    apply(instance, prepared.changes)
    if len(request.body) > LARGE:
        yield from mind_size(prepared.spec, prepared.item)
    if reply is None or returning != "old":
        return None
    return _carried_out(prepared, operation, partial(decode_written, settings.codec.model(prepared.spec), reply.body))


def check_size(spec: ModelSpec, item: Item, operation: str) -> None:
    """Refuse an item over 409 600 bytes before it is sent.

    Raises:
        ItemTooLargeError: With its size and the limit.
    """
    size = item_size(item)
    if size > ITEM_LIMIT:
        raise ItemTooLargeError(size=size, limit=ITEM_LIMIT, op=operation, model=spec.name)


def mind_size(spec: ModelSpec, item: Item) -> Flow[None]:
    """Tell of an item that was stored and is near the limit."""
    for code, text in size_advice(item_size(item)):
        yield Advised(code, text, spec.name)


def update_flow(
    prepared: PreparedUpdate,
    settings: Settings,
    *,
    operation: str,
    retry_unknown: bool = True,
    returning: Returning = "new",
) -> Flow[Any]:
    """Carry out the update; the result is the item as it is now, as an instance, or what else is asked for."""
    body = b"{" + update_body(prepared, settings) + _WIRE[returning]
    # What adds up may be repeated where the version lets it happen only once.
    once = prepared.adds_up and prepared.version is None
    safety = Safety.ONCE if once else Safety.REPEATABLE
    request = Call("UpdateItem", body, safety, prepared.table, retry_unknown=retry_unknown)
    try:
        reply: Reply = yield request
    except ConditionFailedError as error:
        shown = _is_shown_by(error, lambda stored: _shows(prepared, stored, settings))
        if not (shown and _is_marked(prepared)):
            raise explained(error, prepared, settings, operation, shown=shown) from error
        yield Settled(request.operation, request.table)
        decode = partial(settings.codec.model(prepared.spec).decode, error.details["Item"])
        return _carried_out(prepared, operation, decode)
    except DynamormError as error:
        raise named(error, prepared, operation) from error.__cause__
    if returning == "new" and len(reply.body) > LARGE:
        yield from mind_size(prepared.spec, decode_raw_written(reply.body))
    answered = partial(decode_written, settings.codec.model(prepared.spec), reply.body)
    return _carried_out(prepared, operation, partial(_there, answered) if returning == "new" else answered)


def delete_flow(
    prepared: PreparedDelete,
    settings: Settings,
    *,
    operation: str,
    retry_unknown: bool = True,
    returning: Returning = "old",
) -> Flow[Any]:
    """Delete the item; the result is what it was, or None if there was none."""
    body = b"{" + delete_body(prepared, settings) + _WIRE[returning]
    request = Call("DeleteItem", body, Safety.REPEATABLE, prepared.table, retry_unknown=retry_unknown)
    try:
        reply: Reply = yield request
    except ConditionFailedError as error:
        raise explained(error, prepared, settings, operation) from error
    except DynamormError as error:
        raise named(error, prepared, operation) from error.__cause__
    return _carried_out(prepared, operation, partial(decode_written, settings.codec.model(prepared.spec), reply.body))


def named(error: DynamormError, prepared: Prepared, operation: str) -> DynamormError:
    """The same error, named as the caller named the write."""
    error.op, error.model, error.table = operation, prepared.spec.name, prepared.table
    return error


def _there(decode: Callable[[], T | None]) -> T:
    """The item as it is after an update; an answer that was asked for it has one.

    Raises:
        ProtocolError: It has none.
    """
    found = decode()
    if found is None:
        raise ProtocolError("the answer has no item.", outcome=Outcome.UNKNOWN)
    return found


def _carried_out(prepared: Prepared, operation: str, decode: Callable[[], T]) -> T:
    """The item that a successful write answered with. That it cannot be read does not undo the write."""
    try:
        return decode()
    except DecodeError as error:
        error.outcome = Outcome.APPLIED
        raise named(error, prepared, operation) from error.__cause__
    except ProtocolError as error:
        lost = OutcomeUnknownError("the answer to the write is not one of DynamoDB's.")
        raise named(lost, prepared, operation) from error


# ---------------------------------------------------------------- bodies, alike for one write and for a transaction's

# JSON without its brackets: where it goes decides what stands before and after.


def put_body(prepared: PreparedPut, settings: Settings) -> bytes:
    """What is stored, where, and under which condition."""
    body = b'"TableName":%b,"Item":%b' % (encode_json(prepared.table), prepared.written[1])
    if prepared.condition is None:
        return body
    return body + worded(None, prepared.condition, settings.codec.encode)


def update_body(prepared: PreparedUpdate, settings: Settings) -> bytes:
    """What is changed of which item, and under which condition."""
    return _named(prepared) + worded(prepared.actions, prepared.condition, settings.codec.encode)


def delete_body(prepared: PreparedDelete | PreparedCheck, settings: Settings) -> bytes:
    """Which item, and under which condition. A transaction's check has the same shape."""
    if prepared.condition is None:
        return _named(prepared)
    return _named(prepared) + worded(None, prepared.condition, settings.codec.encode)


def _named(prepared: PreparedUpdate | PreparedDelete | PreparedCheck) -> bytes:
    return b'"TableName":%b,"Key":%b}' % (encode_json(prepared.table), prepared.key_json)


# ---------------------------------------------------------------- what a failed condition means


def same_item(left: Item, right: Item) -> bool:
    """Whether two items are equal as DynamoDB sees them: number spelling and set order do not count."""
    return left.keys() == right.keys() and all(_same_value(left[name], right[name]) for name in left)


def _same_value(left: AttributeValue | None, right: AttributeValue) -> bool:
    return left is not None and comparable(left) == comparable(right)


def _is_shown_by(error: ConditionFailedError, shows: Callable[[Item], bool]) -> bool:
    """Whether an earlier attempt may have been applied, and the stored item is as it would be then."""
    stored = error.details.get("Item")
    return error.after_unknown and stored is not None and shows(stored)


def _is_marked(prepared: PreparedPut | PreparedUpdate) -> bool:
    """Whether the write stores something that no other writer stores, so that what shows it is proof.

    A version is none: two writers that read version 6 both write version 7. The time of the write, to the
    microsecond, is one beside it; so is an id that was made for this instance.
    """
    spec = prepared.spec
    if isinstance(prepared, PreparedUpdate):
        return spec.updated_at is not None
    stamped = {field.name for field in (spec.updated_at, spec.created_at) if field is not None}
    if stamped & prepared.changes.keys():
        return True
    return prepared.creates and any(field.role is Role.AUTO_ID for field in spec.fields)


def _shows(prepared: PreparedUpdate, stored: Item, settings: Settings) -> bool:
    """Whether the stored item shows every constant that this update set."""
    return all(_shows_one(action, stored, settings) for action in prepared.actions if _is_constant(action))


def _is_constant(action: Action) -> bool:
    return action.clause is Clause.SET and isinstance(action.operand, Value) and len(action.path.segments) == 1


def _shows_one(action: Action, stored: Item, settings: Settings) -> bool:
    assert isinstance(action.operand, Value)  # noqa: S101  the caller chose constants only
    wanted = settings.codec.encode(action.operand.slot, action.operand.value)
    return _same_value(stored.get(action.path.attribute), wanted)


def readable(spec: ModelSpec, stored: Item | None, settings: Settings) -> Any:
    """The stored item as an instance; None if it is no item of this model, which must not hide the failure."""
    try:
        return None if stored is None else settings.codec.model(spec).decode(stored)
    except DecodeError:
        return None


def explained(
    error: ConditionFailedError,
    prepared: Prepared,
    settings: Settings,
    operation: str,
    *,
    shown: bool = False,
) -> DynamormError:
    """The error that says what the failed condition means for this write.

    Args:
        error: The failed condition.
        prepared: The write.
        settings: Of the session.
        operation: As the caller named it.
        shown: Whether the stored item is as the write would leave it, and that is no proof.
    """
    spec = prepared.spec
    stored = error.details.get("Item")
    current = readable(spec, stored, settings)
    actual = None if current is None or spec.version is None else current.__dict__.get(spec.version.name)
    context: dict[str, Any] = {
        "op": operation,
        "model": spec.name,
        "table": prepared.table,
        "request_id": error.request_id,
        "attempts": error.attempts,
        "code": error.code,
        "status": error.status,
        "details": error.details,
    }
    if error.after_unknown and (shown or not _is_certain(prepared, actual)):
        return _undecided(stored is None, shown, current, context)
    if operation.endswith("create") and (stored is not None or isinstance(prepared.condition, NotExists)):
        return ItemExistsError("an item with this key exists; it is unchanged.", current=current, **context)
    if prepared.version is not None and actual != prepared.version and (actual is not None or prepared.version):
        return VersionConflictError(
            expected=prepared.version, actual=actual, current=current, hint="Read it again, or use mutate().", **context
        )
    if stored is None and isinstance(prepared, PreparedUpdate):
        return ItemNotFoundError(
            "there is no item with this key.",
            hint="create() makes one; update(..., must_exist=False) makes a partial one.",
            **{name: context[name] for name in ("op", "model", "table", "request_id", "attempts")},
        )
    return ConditionFailedError(current=current, **context)


def _is_certain(prepared: Prepared, actual: int | None) -> bool:
    """Whether the stored version proves that no attempt of a write was applied: nobody counts back.

    After a put or update of version 6 it would be 7, and not ours then (that is looked at before); after a deletion
    there would be no item, or a new one with a low version.
    """
    based_on = 0 if isinstance(prepared, PreparedPut) and prepared.creates else prepared.version
    if based_on is None or actual is None:
        return False
    if isinstance(prepared, PreparedDelete):
        return actual >= based_on > 0
    return actual in {based_on, based_on + 1}


def _undecided(is_gone: bool, shown: bool, current: Any, context: dict[str, Any]) -> OutcomeUnknownError:  # noqa: FBT001
    hint = None
    if is_gone:
        problem = "an earlier attempt may have been applied, and there is no such item now."
    elif shown:
        problem = "the stored item is as this write would leave it, but another writer may have written the same."
        hint = "Read it back; with updated_at() on the model, or exactly_once=True, the library can tell."
    else:
        problem = "an earlier attempt may have been applied, and the item changed since."
    facts = {name: context[name] for name in ("op", "model", "table", "request_id", "attempts")}
    return OutcomeUnknownError(problem, current=current, hint=hint, **facts)
