"""What conditions on fields say about the templated sort key that those fields make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dynamorm_async._expr.conditions import BeginsWith, Between, Comparator, Compare, Condition, Value
from dynamorm_async._ops.ranges import KeyRange
from dynamorm_async._spec.fields import FieldSpec
from dynamorm_async._spec.keys import KeyTemplate, TemplatePart
from dynamorm_async.errors import ValidationError

__all__ = ["in_order", "template_condition"]


def template_condition(
    field: FieldSpec, equals: Mapping[str, Any], ranges: Mapping[str, Sequence[Condition]]
) -> KeyRange | None:
    """A narrow range on the key that holds everything these conditions let through, or None.

    It may hold more, so the conditions themselves must still be tested.

    Args:
        field: A templated key attribute.
        equals: Values of the fields that feed it, where they are given.
        ranges: Conditions on the others, by field name.
    """
    template = field.template
    assert template is not None  # noqa: S101  asked for templated fields only
    prefix = template.prefix(equals)
    open_at = _first_open(template, equals)
    if open_at is not None:
        found = _part_range(field, template, prefix, open_at, ranges)
        if found is not None:
            return found
    if not prefix:
        return None
    narrows = any(name in equals for name in template.fields)
    return KeyRange(field, "begins_with", Value(prefix, field.slot), narrows=narrows)


def _first_open(template: KeyTemplate, equals: Mapping[str, Any]) -> int | None:
    """The position of the first part whose value is not given."""
    for position, part in enumerate(template.parts):
        if isinstance(part, TemplatePart) and equals.get(part.field) is None:
            return position
    return None


def _part_range(
    field: FieldSpec, template: KeyTemplate, prefix: str, position: int, ranges: Mapping[str, Sequence[Condition]]
) -> KeyRange | None:
    part = template.parts[position]
    assert isinstance(part, TemplatePart)  # noqa: S101  only fields are open
    conditions = ranges.get(part.field, ())
    for condition in conditions:
        match condition:
            case BeginsWith(_, Value(str(begins))):
                return KeyRange(field, "begins_with", Value(prefix + begins, field.slot))
            case _:
                pass
    last = position == len(template.parts) - 1
    if not in_order(part, last=last):
        return None
    low, high = _bounds(part, conditions)
    if low is None and high is None:
        return None
    end = _after(prefix) if high is None else prefix + high if last else _after(prefix + high)
    return _between(field, prefix + (low or ""), end)


def _between(field: FieldSpec, low: str, high: str | None) -> KeyRange | None:
    if high is None:
        return KeyRange(field, ">=", Value(low, field.slot)) if low else None
    if not low:
        return KeyRange(field, "<=", Value(high, field.slot))
    # Crossed ends are for the conditions themselves to sort out: BETWEEN cannot say that nothing is meant.
    return KeyRange(field, "BETWEEN", Value(low, field.slot), Value(high, field.slot)) if low <= high else None


def in_order(part: TemplatePart, *, last: bool) -> bool:
    """Whether the text of the key is in the order of this field's values.

    Free text is so only at the very end: before a separator, ``a#`` may sort after ``a!b#``.
    """
    return part.ordered and (last or not part.free)


def _bounds(part: TemplatePart, conditions: Sequence[Condition]) -> tuple[str | None, str | None]:
    low: str | None = None
    high: str | None = None
    for condition in conditions:
        match condition:
            case Compare((Comparator.GT | Comparator.GE), _, Value(value)):
                low = _text(part, value)
            case Compare((Comparator.LT | Comparator.LE), _, Value(value)):
                high = _text(part, value)
            case Between(_, Value(first), Value(second)):
                low, high = _text(part, first), _text(part, second)
            case _:
                pass
    return low, high


def _text(part: TemplatePart, value: object) -> str | None:
    """The value as it stands in a key; None if no key has it, as -1 in a part of four digits."""
    try:
        return part.encode(value)
    except (ValidationError, TypeError, AttributeError):
        return None


def _after(prefix: str) -> str | None:
    """The least text above every text that begins with the prefix; None if there is none."""
    if not prefix:
        return None
    following = ord(prefix[-1]) + 1
    if following > 0x10FFFF:
        return _after(prefix[:-1])
    # The code points of surrogates are no characters.
    return prefix[:-1] + chr(0xE000 if following == 0xD800 else following)
