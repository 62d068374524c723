"""The expressions of a write as JSON: worded once for all writes of one outline, then filled with the values of each.

An outline is everything but the values: which operators on which paths, in which order. Two writes of one outline have
the same texts, names and placeholders, so these are kept, as bytes. Values are numbered in the order in which a
`Collector` meets them, and `_condition` and `_action` walk in that order, too.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec

from dynamorm_async._expr.compile import Collector
from dynamorm_async._expr.conditions import (
    And,
    BeginsWith,
    Between,
    Compare,
    Condition,
    Contains,
    Exists,
    HasType,
    In,
    Not,
    NotExists,
    Operand,
    Or,
    Raw,
    Value,
)
from dynamorm_async._expr.evaluate import check_stored_ends
from dynamorm_async._expr.path import Path
from dynamorm_async._expr.slot import Slot
from dynamorm_async._expr.updates import Action, Arithmetic, IfNotExists, ListJoin, SetOperand
from dynamorm_async._wire.json import encode_json
from dynamorm_async.types import AttributeValue

__all__ = ["worded"]

_MOST: Final = 512
"""Outlines kept; a program has a few dozen, and one that makes names up (keys of maps) has no use for them."""
_VALUE: Final = ""
"""Stands for a value in an outline. Nothing else there is a bare text."""

Values: TypeAlias = list[Any]
"""Of what is encoded, its `Value`; of what is said as it is, the attribute value."""
Encode: TypeAlias = Callable[[Slot, Any], AttributeValue]


class _Wording(msgspec.Struct, frozen=True):
    text: bytes
    """The members of a request, each after a comma; with values, up to where they come."""
    placeholders: tuple[str, ...]
    ranges: tuple[tuple[str, str], ...] = ()
    """The placeholders of both ends of each BETWEEN."""


_known: Final[dict[Hashable, _Wording]] = {}


def worded(actions: Sequence[Action] | None, condition: Condition | None, encode: Encode) -> bytes:
    """The members of a request that say what an update does, under which condition, and what their placeholders mean.

    Args:
        actions: Of an update; None for another write.
        condition: Of the write.
        encode: Turns a slot and a Python value into an attribute value.

    Returns:
        JSON, with a comma before each member.

    Raises:
        InvalidRequestError: An expression is longer than 4 096 bytes or has more than 300 operators, or the ends of a
            BETWEEN are exchanged.
        ValidationError: A value cannot be stored as declared.
    """
    values: Values = []
    outline = (
        None if actions is None else tuple([_action(action, values) for action in actions]),
        None if condition is None else _condition(condition, values),
    )
    wording = _known.get(outline) or _learned(outline, actions, condition)
    if not values:
        return wording.text
    said: dict[str, AttributeValue] = {}
    for placeholder, value in zip(wording.placeholders, values, strict=True):
        said[placeholder] = encode(value.slot, value.value) if type(value) is Value else value
    for low, high in wording.ranges:
        check_stored_ends(values[wording.placeholders.index(low)].slot.label, said[low], said[high])
    return wording.text + encode_json(said)


def _learned(outline: Hashable, actions: Sequence[Action] | None, condition: Condition | None) -> _Wording:
    collector = Collector(_unsaid)
    members: dict[str, Any] = {}
    if actions is not None:
        members["UpdateExpression"] = collector.update(actions)
    if condition is not None:
        members["ConditionExpression"] = collector.condition(condition)
        # Costs nothing, and is what makes a failure explainable.
        members["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    if collector.names:
        members["ExpressionAttributeNames"] = collector.names
    text = b"," + encode_json(members)[1:-1] if members else b""
    if collector.values:
        text += b',"ExpressionAttributeValues":'
    if len(_known) >= _MOST:
        _known.clear()
    wording = _known[outline] = _Wording(text, tuple(collector.values), tuple(collector.ranges))
    return wording


def _unsaid(_: Slot, __: object) -> AttributeValue:
    """For a value that only has its placeholder."""
    return {}


# ---------------------------------------------------------------- outlines

# By exact type and without pattern matching: this runs for every condition of every write. Whatever is not known here
# is its own outline, for it holds no values; and the collector refuses it, if it does not know it either.


def _operand(operand: Operand, values: Values) -> Hashable:
    if type(operand) is Value:
        values.append(operand)
        return _VALUE
    if type(operand) is Path:
        return operand.segments
    return operand


def _condition(condition: Condition, values: Values) -> Hashable:
    # The three of nearly all writes.
    if type(condition) is Compare:
        return condition.op._value_, _operand(condition.left, values), _operand(condition.right, values)
    if type(condition) is Exists:
        return Exists, condition.path.segments
    if type(condition) is And:
        return And, *[_condition(part, values) for part in condition.parts]
    kind = type(condition)
    outlined = _OUTLINED.get(kind)
    return kind if outlined is None else (kind, *outlined(condition, values))


def _between(condition: Between, values: Values) -> tuple[Hashable, ...]:
    low, high = condition.low, condition.high
    return _operand(condition.operand, values), _operand(low, values), _operand(high, values)


def _in(condition: In, values: Values) -> tuple[Hashable, ...]:
    return _operand(condition.operand, values), *[_operand(value, values) for value in condition.values]


def _begins_with(condition: BeginsWith, values: Values) -> tuple[Hashable, ...]:
    return condition.path.segments, _operand(condition.prefix, values)


def _contains(condition: Contains, values: Values) -> tuple[Hashable, ...]:
    return condition.path.segments, _operand(condition.element, values)


def _not_exists(condition: NotExists, _: Values) -> tuple[Hashable, ...]:
    return (condition.path.segments,)


def _has_type(condition: HasType, values: Values) -> tuple[Hashable, ...]:
    values.append({"S": condition.type})
    return (condition.path.segments,)


def _or(condition: Or, values: Values) -> tuple[Hashable, ...]:
    return tuple([_condition(part, values) for part in condition.parts])


def _not(condition: Not, values: Values) -> tuple[Hashable, ...]:
    return (_condition(condition.part, values),)


def _raw(condition: Raw, values: Values) -> tuple[Hashable, ...]:
    return (_condition(condition.tree, values),)


_OUTLINED: Final[Mapping[type[Condition], Callable[[Any, Values], tuple[Hashable, ...]]]] = {
    BeginsWith: _begins_with,
    Between: _between,
    Contains: _contains,
    HasType: _has_type,
    In: _in,
    Not: _not,
    NotExists: _not_exists,
    Or: _or,
    Raw: _raw,
}


def _action(action: Action, values: Values) -> Hashable:
    operand = action.operand
    outline = None if operand is None else _set_operand(operand, values)
    return action.clause._value_, action.path.segments, outline


def _set_operand(operand: SetOperand, values: Values) -> Hashable:
    if type(operand) is Value:
        values.append(operand)
        return _VALUE
    if type(operand) is Path:
        return operand.segments
    if type(operand) is Arithmetic:
        return Arithmetic, operand.op, _set_operand(operand.left, values), _set_operand(operand.right, values)
    if type(operand) is IfNotExists:
        return IfNotExists, operand.path.segments, _set_operand(operand.otherwise, values)
    if type(operand) is ListJoin:
        return ListJoin, _set_operand(operand.first, values), _set_operand(operand.second, values)
    return type(operand)
