"""Flows for one write: send it, and turn a failed condition into what it means to the caller.

A condition that fails on the first attempt has failed. One that fails after an attempt whose answer was lost may
have been made false by that very attempt, so the item that comes back with the failure is compared with what was
written: if it is ours, the write is done.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dynamorm_async._expr.compile import Collector
from dynamorm_async._expr.conditions import Condition, NotExists, Value
from dynamorm_async._expr.evaluate import comparable
from dynamorm_async._expr.updates import Action, Clause
from dynamorm_async._ops.decode import decode_written
from dynamorm_async._ops.effects import Flow, Reply, Safety
from dynamorm_async._ops.prepare import Prepared, PreparedCheck, PreparedDelete, PreparedPut, PreparedUpdate, apply
from dynamorm_async._ops.render import Settings, call
from dynamorm_async._spec.fields import ModelSpec
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
    VersionConflictError,
)
from dynamorm_async.types import AttributeValue, Item, Key

__all__ = [
    "check_size",
    "delete_body",
    "delete_flow",
    "explained",
    "put_body",
    "put_flow",
    "readable",
    "same_item",
    "update_body",
    "update_flow",
]


def put_flow(prepared: PreparedPut, settings: Settings, instance: Any, *, operation: str) -> Flow[None]:
    """Store the item; the instance gets its lifecycle values after it is stored."""
    request = call("PutItem", put_body(prepared, settings), prepared.key.table, Safety.REPEATABLE)
    # JSON is never shorter than DynamoDB's own count, so most items need no counting.
    if len(request.body) > ITEM_LIMIT:
        check_size(prepared.spec, prepared.item, operation)
    try:
        yield request
    except ConditionFailedError as error:
        stored = error.details.get("Item")
        if not (error.after_unknown and stored is not None and same_item(stored, prepared.item)):
            raise explained(error, prepared, settings, operation) from error.__cause__
    apply(instance, prepared.changes)


def check_size(spec: ModelSpec, item: Item, operation: str) -> None:
    """Refuse an item over 409 600 bytes before it is sent.

    Raises:
        ItemTooLargeError: With its size and the limit.
    """
    size = item_size(item)
    if size > ITEM_LIMIT:
        raise ItemTooLargeError(size=size, limit=ITEM_LIMIT, op=operation, model=spec.name)


def update_flow(prepared: PreparedUpdate, settings: Settings, *, operation: str) -> Flow[Any]:
    """Carry out the update; the result is the item as it is now, as an instance."""
    body = update_body(prepared, settings) | {"ReturnValues": "ALL_NEW"}
    safety = Safety.ONCE if prepared.adds_up else Safety.REPEATABLE
    try:
        reply: Reply = yield call("UpdateItem", body, prepared.key.table, safety)
    except ConditionFailedError as error:
        stored = error.details.get("Item")
        if error.after_unknown and stored is not None and _updated(prepared, stored, settings):
            return settings.codec.model(prepared.spec).decode(stored)
        raise explained(error, prepared, settings, operation) from error.__cause__
    return decode_written(settings.codec.model(prepared.spec), reply.body)


def delete_flow(prepared: PreparedDelete, settings: Settings, *, operation: str) -> Flow[Any]:
    """Delete the item; the result is what it was, or None if there was none."""
    body = delete_body(prepared, settings) | {"ReturnValues": "ALL_OLD"}
    try:
        reply: Reply = yield call("DeleteItem", body, prepared.key.table, Safety.REPEATABLE)
    except ConditionFailedError as error:
        raise explained(error, prepared, settings, operation) from error.__cause__
    return decode_written(settings.codec.model(prepared.spec), reply.body)


# ---------------------------------------------------------------- bodies, alike for one write and for a transaction's


def put_body(prepared: PreparedPut, settings: Settings) -> dict[str, Any]:
    """What is stored, where, and under which condition."""
    body: dict[str, Any] = {"TableName": prepared.key.table, "Item": prepared.item}
    if prepared.condition is None:
        return body
    return _with_condition(body, Collector(settings.codec.encode), prepared.condition)


def update_body(prepared: PreparedUpdate, settings: Settings) -> dict[str, Any]:
    """What is changed of which item, and under which condition."""
    collector = Collector(settings.codec.encode)
    body = _named(prepared.key) | {"UpdateExpression": collector.update(prepared.actions)}
    return _with_condition(body, collector, prepared.condition)


def delete_body(prepared: PreparedDelete | PreparedCheck, settings: Settings) -> dict[str, Any]:
    """Which item, and under which condition. A transaction's check has the same shape."""
    return _with_condition(_named(prepared.key), Collector(settings.codec.encode), prepared.condition)


def _named(key: Key) -> dict[str, Any]:
    return {"TableName": key.table, "Key": key.attributes}


def _with_condition(body: dict[str, Any], collector: Collector, condition: Condition | None) -> dict[str, Any]:
    if condition is not None:
        body["ConditionExpression"] = collector.condition(condition)
        # Costs nothing, and is what makes a failure explainable.
        body["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    body.update(collector.body())
    return body


# ---------------------------------------------------------------- what a failed condition means


def same_item(left: Item, right: Item) -> bool:
    """Whether two items are equal as DynamoDB sees them: number spelling and set order do not count."""
    return left.keys() == right.keys() and all(_same_value(left[name], right[name]) for name in left)


def _same_value(left: AttributeValue | None, right: AttributeValue) -> bool:
    return left is not None and comparable(left) == comparable(right)


def _updated(prepared: PreparedUpdate, stored: Item, settings: Settings) -> bool:
    """Whether the stored item shows every constant this update set, among them one that only it can have set."""
    constants = [action for action in prepared.actions if isinstance(action.operand, Value)]
    marks = {field.attribute for field in (prepared.spec.version, prepared.spec.updated_at) if field is not None}
    if not marks & {action.path.attribute for action in constants}:
        return False
    return all(_shows(action, stored, settings) for action in _top_level_sets(constants))


def _top_level_sets(actions: Iterable[Action]) -> Iterable[Action]:
    return (action for action in actions if action.clause is Clause.SET and len(action.path.segments) == 1)


def _shows(action: Action, stored: Item, settings: Settings) -> bool:
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
) -> DynamormError:
    """The error that says what the failed condition means for this write."""
    spec = prepared.spec
    stored = error.details.get("Item")
    current = readable(spec, stored, settings)
    actual = None if current is None or spec.version is None else current.__dict__.get(spec.version.name)
    context: dict[str, Any] = {
        "op": operation,
        "model": spec.name,
        "table": prepared.key.table,
        "request_id": error.request_id,
        "attempts": error.attempts,
        "outcome": _outcome(error, prepared.version, actual),
        "code": error.code,
        "status": error.status,
        "details": error.details,
    }
    if error.after_unknown and stored is None:
        return OutcomeUnknownError(
            "an earlier attempt may have been applied, and the item is gone.",
            **{name: context[name] for name in ("op", "model", "table", "request_id", "attempts")},
        )
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


def _outcome(error: ConditionFailedError, version: int | None, actual: int | None) -> Outcome:
    """NOT_APPLIED if that is certain.

    After a lost answer it is certain only from the version: it still is what the write was based on, or its
    successor is someone else's.
    """
    if not error.after_unknown or (version is not None and actual in (version, version + 1)):
        return Outcome.NOT_APPLIED
    return Outcome.UNKNOWN
