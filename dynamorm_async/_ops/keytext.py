"""What conditions on fields say about the templated sort key that those fields make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from dynamorm_async._expr.conditions import BeginsWith, Between, Comparator, Compare, Condition, Value
from dynamorm_async._ops.ranges import KeyRange
from dynamorm_async._spec.fields import FieldSpec
from dynamorm_async._spec.keys import TemplatePart

__all__ = ["template_condition"]

_LAST = "\U0010ffff"
"""The greatest character, so that everything with a prefix lies below prefix + this."""


def template_condition(
    field: FieldSpec, equals: Mapping[str, Any], ranges: Mapping[str, Sequence[Condition]]
) -> KeyRange | None:
    """The narrowest range on the key that holds everything these conditions let through, or None.

    It may hold more, so the conditions themselves must still be tested.
    """
    template = field.template
    assert template is not None  # noqa: S101  asked for templated fields only
    prefix = template.prefix(equals)
    part = next(
        (part for part in template.parts if isinstance(part, TemplatePart) and equals.get(part.field) is None), None
    )
    if part is not None and _ordered(part, last=part is template.parts[-1]):
        found = _bounds(part, ranges.get(part.field, ()))
        if found is not None:
            low, high = found
            ends = Value(prefix + low, field.slot), Value(prefix + high + _LAST, field.slot)
            return KeyRange(field, "BETWEEN", *ends)
    if not prefix:
        return None
    narrows = any(name in equals for name in template.fields)
    return KeyRange(field, "begins_with", Value(prefix, field.slot), narrows=narrows)


def _ordered(part: TemplatePart, *, last: bool) -> bool:
    """Whether the text of the key is in the order of this field's values.

    Free text is so only at the very end: before a separator, ``a#`` may sort after ``a!b#``.
    """
    return part.ordered and (last or not part.free)


def _bounds(part: TemplatePart, conditions: Sequence[Condition]) -> tuple[str, str] | None:
    low = high = None
    for condition in conditions:
        match condition:
            case Compare((Comparator.GT | Comparator.GE), _, Value(value)):
                low = value
            case Compare((Comparator.LT | Comparator.LE), _, Value(value)):
                high = value
            case Between(_, Value(first), Value(second)):
                low, high = first, second
            case BeginsWith(_, Value(text)) if isinstance(text, str):
                return text, text
            case _:
                pass
    if low is None and high is None:
        return None
    return ("" if low is None else _text(part, low)), ("" if high is None else _text(part, high))


def _text(part: TemplatePart, value: datetime | date | int | str) -> str:
    return part.encode(value)
