"""How well a set of conditions fits the key of an index, and the key condition that follows.

A key condition can only say: each partition attribute equals a value; sort attributes, from the left, equal values;
and one range on the next. It is a type of its own, so that an OR or a filter cannot get into it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

import msgspec

from dynamorm_async._expr.conditions import (
    BeginsWith,
    Between,
    Comparator,
    Compare,
    Condition,
    Value,
)
from dynamorm_async._expr.path import Path
from dynamorm_async._expr.walk import attributes_of, attributes_present
from dynamorm_async._ops.keytext import in_order, template_condition
from dynamorm_async._ops.ranges import KeyRange, merge_ranges
from dynamorm_async._spec.fields import FieldSpec, IndexSpec, ModelSpec

__all__ = ["AttributeConditions", "KeyCondition", "KeyFit", "conditions_by_attribute", "fit"]


class AttributeConditions(msgspec.Struct):
    """What is said of one top-level attribute."""

    equals: Compare | None = None
    ranges: list[Condition] = msgspec.field(default_factory=list[Condition])

    @property
    def value(self) -> Any:
        """The Python value it must equal."""
        return self.equals.right.value if self.equals is not None else None  # type: ignore[union-attr]  # checked when filed


class KeyCondition(msgspec.Struct, frozen=True):
    """Attribute values that must be equal, and at most one range on the attribute after them."""

    equal: tuple[tuple[FieldSpec, Value], ...]
    range: KeyRange | None = None


class KeyFit(msgspec.Struct, frozen=True):
    """The key condition an index allows, and the conditions it leaves to the filter."""

    key: KeyCondition
    rest: tuple[Condition, ...]
    """Goes into the filter."""
    residual: tuple[Condition, ...]
    """Looks at key attributes of this index, which the service takes no filter on: tested on what comes back."""
    score: int
    complete: bool
    """Whether the key names exactly one item of the table."""
    order_attributes: tuple[str, ...]
    """The attributes in whose order the items come, the same order under several names."""
    sparse: tuple[FieldSpec, ...] = ()
    """Key attributes that an item which meets the conditions may lack; then it is not in the index."""

    def describe(self) -> str:
        """In words, for ``explain()``."""
        names = [field.attribute for field, _ in self.key.equal]
        text = f"{' and '.join(names)} equal"
        return f"{text}, range on {self.key.range.field.attribute}" if self.key.range else text


def conditions_by_attribute(parts: Iterable[Condition]) -> dict[str, AttributeConditions]:
    """File the conditions that a key could use under their attribute; the first equality counts."""
    found: dict[str, AttributeConditions] = {}
    for part in parts:
        # Not by `match`, whose class patterns take three times as long; every query comes here.
        if isinstance(part, Compare):
            is_equality = part.op is Comparator.EQ
            path = part.left if part.op is not Comparator.NE and isinstance(part.right, Value) else None
        elif isinstance(part, Between):
            is_equality = False
            path = part.operand if isinstance(part.low, Value) and isinstance(part.high, Value) else None
        elif isinstance(part, BeginsWith):
            is_equality = False
            path = part.path if isinstance(part.prefix, Value) else None
        else:
            continue
        if not isinstance(path, Path) or len(path.segments) > 1:
            continue
        entry = found.setdefault(path.attribute, AttributeConditions())
        if not is_equality:
            entry.ranges.append(part)
        elif entry.equals is None and isinstance(part, Compare):
            entry.equals = part
    return found


def fit(spec: ModelSpec, index: IndexSpec, parts: tuple[Condition, ...]) -> KeyFit | str:
    """The key condition these conditions allow on this index, or why there is none."""
    filed = conditions_by_attribute(parts)
    used: list[Condition] = []
    equal: list[tuple[FieldSpec, Value]] = []
    for field in index.partition:
        value = _equality(spec, field, filed, used)
        if value is None:
            return f"its partition key attribute {field.attribute} is not given with =="
        equal.append((field, value))
    position = 0
    for field in index.sort:
        value = _equality(spec, field, filed, used)
        if value is None:
            break
        equal.append((field, value))
        position += 1
    key_range = None
    if position < len(index.sort):
        key_range = _range(spec, index.sort[position], filed, used)
    implied = {id(condition) for condition in used}
    keys = {field.attribute for field in (*index.partition, *index.sort)}
    rest: list[Condition] = []
    residual: list[Condition] = []
    for part in parts:
        if id(part) not in implied:
            (rest if keys.isdisjoint(attributes_of(part)) else residual).append(part)
    return KeyFit(
        KeyCondition(tuple(equal), key_range),
        tuple(rest),
        tuple(residual),
        score=2 * len(equal) + (key_range is not None and key_range.narrows),
        complete=index.kind is None and position == len(index.sort),
        order_attributes=_order_attributes(spec, index, position, filed),
        sparse=_sparse(spec, index, parts),
    )


def _equality(
    spec: ModelSpec, field: FieldSpec, filed: Mapping[str, AttributeConditions], used: list[Condition]
) -> Value | None:
    direct = filed.get(field.attribute)
    if direct is not None and direct.equals is not None:
        used.append(direct.equals)
        return direct.equals.right  # type: ignore[return-value]  # a Value: checked when filed
    if field.template is None:
        return None
    entries = {name: filed.get(spec.by_name[name].attribute) for name in field.template.fields}
    values = {name: entry.value for name, entry in entries.items() if entry is not None and entry.equals is not None}
    text = field.template.render(values)
    if text is None:
        return None
    used.extend(entry.equals for entry in entries.values() if entry is not None and entry.equals is not None)
    return Value(text, field.slot)


def _range(
    spec: ModelSpec, field: FieldSpec, filed: Mapping[str, AttributeConditions], used: list[Condition]
) -> KeyRange | None:
    direct = filed.get(field.attribute)
    if direct is not None and direct.ranges:
        merged, taken = merge_ranges(field, direct.ranges)
        used.extend(taken)
        return merged
    if field.template is None:
        return None
    feeding = [spec.by_name[name] for name in field.template.fields]
    entries = {part: filed.get(part.attribute, AttributeConditions()) for part in feeding}
    equals = {part.name: entry.value for part, entry in entries.items() if entry.equals is not None}
    # A field with a converter of its own is compared in another form than it has in the key.
    ranges = {part.name: entry.ranges for part, entry in entries.items() if part.converter is None}
    # What a template's key condition lets through is a superset, so its conditions stay in the filter too.
    return template_condition(field, equals, ranges)


def _order_attributes(
    spec: ModelSpec, index: IndexSpec, position: int, filed: Mapping[str, AttributeConditions]
) -> tuple[str, ...]:
    fixed = [field.attribute for field in index.sort[:position]]
    if position == len(index.sort):
        return tuple(reversed(fixed))
    field = index.sort[position]
    return (field.attribute, *_ordered_parts(spec, field, filed), *fixed)


def _ordered_parts(spec: ModelSpec, field: FieldSpec, filed: Mapping[str, AttributeConditions]) -> Iterator[str]:
    """The fields in whose order a templated key is: those that are given, and the first that is not."""
    if field.template is None:
        return
    parts = field.template.parts
    for part in parts:
        if isinstance(part, str):
            continue
        attribute = spec.by_name[part.field].attribute
        entry = filed.get(attribute)
        given = entry is not None and entry.equals is not None
        if given or in_order(part, last=part is parts[-1]):
            yield attribute
        if not given:
            return


def _sparse(spec: ModelSpec, index: IndexSpec, parts: Iterable[Condition]) -> tuple[FieldSpec, ...]:
    if index.kind is None:
        return ()
    present = {name for part in parts for name in attributes_present(part)}
    return tuple(field for field in (*index.partition, *index.sort) if _may_lack(spec, field, present))


def _may_lack(spec: ModelSpec, field: FieldSpec, present: set[str]) -> bool:
    if field.attribute in present:
        return False
    if field.template is not None:
        return any(_may_lack(spec, spec.by_name[name], present) for name in field.template.fields)
    return type(None) in get_args(field.type)
