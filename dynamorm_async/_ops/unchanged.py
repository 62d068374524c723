"""Conditions that say that an item is still as it was read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dynamorm_async._codec import missing
from dynamorm_async._expr.conditions import Comparator, Compare, Condition, NotExists, Or, Value
from dynamorm_async._spec.fields import FieldSpec
from dynamorm_async.types import Item

__all__ = ["still_as_read"]


def still_as_read(fields: Iterable[FieldSpec], instance: Any, item: Item) -> list[Condition]:
    """That these fields of the stored item are as in an instance.

    Args:
        fields: Which.
        instance: As it was read.
        item: The same in wire form.
    """
    return [_same_value(field, instance, stored=field.attribute in item) for field in fields]


def _same_value(field: FieldSpec, instance: Any, *, stored: bool) -> Condition:
    if not stored:
        return NotExists(field.path)
    value = getattr(instance, field.name)
    same = Compare(Comparator.EQ, field.path, Value(value, field.slot))
    # An item from before the field was added reads back with its default.
    return Or((NotExists(field.path), same)) if field.template is None and value == missing(field) else same
