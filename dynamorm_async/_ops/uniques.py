"""Guards: items that each hold a unique value, written in the transaction of the item that has the value.

See ``docs/design/unique.md`` for which write claims and gives up what.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import msgspec

from dynamorm_async._codec import Codec
from dynamorm_async._expr.conditions import Condition, Value, all_of
from dynamorm_async._expr.updates import Action, Clause
from dynamorm_async._ops.keys import key_of_item
from dynamorm_async._ops.prepare import Prepared, PreparedCheck, PreparedDelete, PreparedPut, PreparedUpdate
from dynamorm_async._ops.render import Settings
from dynamorm_async._ops.transacts import Guard, Write
from dynamorm_async._ops.unchanged import still_as_read
from dynamorm_async._spec.document import STORED
from dynamorm_async._spec.fields import FieldSpec, ModelSpec, UniqueSpec
from dynamorm_async._wire.size import PARTITION_KEY_LIMIT
from dynamorm_async.errors import InvalidRequestError, ValidationError
from dynamorm_async.types import Item, Key

__all__ = ["claiming", "guarded", "guards_between", "is_guard", "refuse_in_batch", "unique_fields"]

_PREFIX: Final = "UNIQUE"
_TAG: Final = "_unique"
_OWNER: Final = "_owner"

Claims: TypeAlias = Mapping[UniqueSpec, str]


def guarded(write: Write, instance: Any, settings: Settings) -> Write:
    """The write with the guards that it claims and gives up, and on condition that it knows what is stored.

    Raises:
        InvalidRequestError: What is stored is not known, so a guard could be left behind.
    """
    spec, prepared = write.prepared.spec, write.prepared
    if isinstance(prepared, PreparedCheck):
        return write
    if isinstance(prepared, PreparedUpdate) and not _touching(spec, prepared):
        return write
    before = _stored(write, instance)
    after = _after(prepared, before, settings.codec)
    guards = guards_between(spec, before, after, prepared.key, prepared.key)
    return msgspec.structs.replace(write, prepared=_conditioned(prepared, before, settings.codec), guards=guards)


def _stored(write: Write, instance: Any) -> Item | None:
    """The item as it is stored; None if there is none."""
    prepared = write.prepared
    if isinstance(prepared, PreparedPut) and prepared.creates:
        return None
    unchecked = isinstance(prepared, PreparedPut) and prepared.spec.version is not None and prepared.version is None
    stored: Item | None = None if instance is None or unchecked else instance.__dict__.get(STORED)
    if stored is None:
        raise InvalidRequestError(
            "which unique values the stored item has is not known, and they would stay taken.",
            op=write.operation,
            model=prepared.spec.name,
            hint="Read the item first and write the instance, or create() it.",
        )
    return stored


def _touching(spec: ModelSpec, prepared: PreparedUpdate) -> list[Action]:
    attributes = {field.attribute for field in unique_fields(spec)}
    return [action for action in prepared.actions if action.path.attribute in attributes]


def unique_fields(spec: ModelSpec) -> Mapping[FieldSpec, None]:
    """The fields that constraints are made of, each once."""
    return {field: None for one in spec.uniques for field in one.fields}


def _after(prepared: Prepared, before: Item | None, codec: Codec) -> Item | None:
    if isinstance(prepared, PreparedPut):
        return prepared.item
    if isinstance(prepared, PreparedDelete):
        return None
    assert isinstance(prepared, PreparedUpdate)  # noqa: S101  a check has no guards
    item = dict(before or {})
    for action in _touching(prepared.spec, prepared):
        if action.clause is Clause.REMOVE and len(action.path.segments) == 1:
            item.pop(action.path.attribute, None)
        elif action.clause is Clause.SET and isinstance(action.operand, Value) and len(action.path.segments) == 1:
            item[action.path.attribute] = codec.encode(action.path.slot, action.operand.value)
        else:
            raise InvalidRequestError(
                f"{action.path} is unique, and its new value is worked out by the service.",
                op=f"{prepared.spec.name}.update",
                model=prepared.spec.name,
                hint=f"Set {action.path} to a value.",
            )
    return item


def _conditioned(prepared: Prepared, before: Item | None, codec: Codec) -> Any:
    """The write on condition that the unique fields are still what was read.

    The version does not say so: an item that was deleted and created anew counts from one again.
    """
    if before is None:
        return prepared
    spec = prepared.spec
    own = [] if prepared.condition is None else [prepared.condition]
    same = still_as_read(unique_fields(spec), codec.model(spec).decode(before), before)
    return msgspec.structs.replace(prepared, condition=all_of(*own, *same))


# ---------------------------------------------------------------- guards


def guards_between(spec: ModelSpec, before: Item | None, after: Item | None, old: Key, new: Key) -> tuple[Guard, ...]:
    """What a change of an item claims and gives up.

    Args:
        spec: The model.
        before: The item as it is stored, or None if there is none.
        after: The item as it will be, or None if it goes.
        old: The item's key before.
        new: And after; another one if it moves.
    """
    had, has, table = _claims(spec, before), _claims(spec, after), new.table
    moved = old.identity != new.identity
    guards: list[Guard] = []
    for one, text in has.items():
        if had.get(one) != text:
            guards.append(_put(spec, table, one, text, new, owner=None))
        elif moved:
            guards.append(_put(spec, table, one, text, new, owner=old))
    guards += [_delete(spec, table, one, text, old) for one, text in had.items() if has.get(one) != text]
    return tuple(guards)


def claiming(spec: ModelSpec, instance: Any, key: Key, settings: Settings) -> tuple[Condition, tuple[Guard, ...]]:
    """The guards of an item that was stored before its constraints were declared, and that it is still as read.

    Raises:
        InvalidRequestError: The model has no constraints.
    """
    if not spec.uniques:
        raise InvalidRequestError("the model has no unique() constraint.", op=f"{spec.name}.claim", model=spec.name)
    item = settings.codec.model(spec).encode(instance)
    guards = [
        _put(spec, key.table, one, text, key, owner=key, or_none=True) for one, text in _claims(spec, item).items()
    ]
    return all_of(*still_as_read(unique_fields(spec), instance, item)), tuple(guards)


def _claims(spec: ModelSpec, item: Item | None) -> Claims:
    claims: dict[UniqueSpec, str] = {}
    for one in spec.uniques if item is not None else ():
        values = [(item or {}).get(field.attribute) for field in one.fields]
        if all(value is not None and "NULL" not in value for value in values):
            claims[one] = "#".join(
                _part(spec, field, value or {}) for field, value in zip(one.fields, values, strict=True)
            )
    return claims


def _part(spec: ModelSpec, field: FieldSpec, value: Mapping[str, Any]) -> str:
    ((tag, payload),) = value.items()
    if tag not in ("S", "N", "B"):
        raise ValidationError(
            f"{spec.name}.{field.name}: a value of DynamoDB type {tag} cannot be unique.", model=spec.name
        )
    return str(payload).replace("%", "%25").replace("#", "%23")


def _guard_key(spec: ModelSpec, table: str, one: UniqueSpec, text: str) -> Key:
    tag = spec.discriminator[1] if spec.discriminator else spec.name
    value = f"{_PREFIX}#{tag}.{one.name}#{text}"
    if len(value.encode()) > PARTITION_KEY_LIMIT:
        raise ValidationError(f"{spec.name}.{one.name}: the values are too long to be unique.", model=spec.name)
    item: Item = {spec.partition.attribute: {"S": value}}
    if spec.sort is not None:
        item[spec.sort.attribute] = {"S": _PREFIX}
    return key_of_item(spec, table, item)


def is_guard(item: Item) -> bool:
    """Whether an item, or a key, is that of a guard."""
    return any(str(value.get("S", "")).startswith(f"{_PREFIX}#") for value in item.values())


def _put(
    spec: ModelSpec, table: str, one: UniqueSpec, text: str, new: Key, *, owner: Key | None, or_none: bool = False
) -> Guard:
    """Take a value: where no one has it, or from its owner."""
    key = _guard_key(spec, table, one, text)
    tag = {} if spec.discriminator is None else {spec.discriminator[0]: {"S": _TAG}}
    body: dict[str, Any] = {"TableName": table, "Item": key.attributes | tag | {_OWNER: {"M": new.attributes}}}
    return Guard(one, key, {"Put": body | _owned(spec, owner, or_none=owner is None or or_none)})


def _delete(spec: ModelSpec, table: str, one: UniqueSpec, text: str, owner: Key) -> Guard:
    """Give a value up. An item from before the constraint has no guard, which does not hold it back."""
    key = _guard_key(spec, table, one, text)
    return Guard(one, key, {"Delete": {"TableName": table, "Key": key.attributes} | _owned(spec, owner, or_none=True)})


def _owned(spec: ModelSpec, owner: Key | None, *, or_none: bool) -> dict[str, Any]:
    names: dict[str, str] = {}
    texts: list[str] = []
    values: dict[str, Any] = {}
    if or_none:
        names["#n0"] = spec.partition.attribute
        texts.append("attribute_not_exists(#n0)")
    if owner is not None:
        names["#n1"] = _OWNER
        texts.append("#n1 = :v0")
        values = {"ExpressionAttributeValues": {":v0": {"M": owner.attributes}}}
    return {
        "ConditionExpression": " OR ".join(texts),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        "ExpressionAttributeNames": names,
        **values,
    }


def refuse_in_batch(spec: ModelSpec, verb: str) -> None:
    """Batches have no conditions, so they can keep nothing unique.

    Raises:
        InvalidRequestError: The model has constraints.
    """
    if spec.uniques:
        raise InvalidRequestError(
            "a batch has no conditions, so it cannot keep values unique.",
            op=f"{spec.name}.batch_{verb}",
            model=spec.name,
            hint="Write each item by itself, or use transactions.",
        )
