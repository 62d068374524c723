"""Ranges on a sort key: several conditions become the one range that a key condition may have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from dynamorm_async._expr.conditions import BeginsWith, Between, Comparator, Compare, Condition, Value
from dynamorm_async._spec.build import bare
from dynamorm_async._spec.fields import FieldSpec

__all__ = ["KeyRange", "merge_ranges"]

_ORDERED_ALIKE = (str, bytes, int, float, Decimal, datetime, date, timedelta, UUID)
"""Types whose values are in the same order here and in the form in which they are stored."""


class KeyRange(msgspec.Struct, frozen=True):
    """One range on one key attribute: ``op`` is a comparison, ``BETWEEN`` or ``begins_with``."""

    field: FieldSpec
    op: str
    low: Value
    high: Value | None = None
    narrows: bool = True
    """False for a range that only keeps other models' items out, which says nothing about what was asked."""


class _Bound(msgspec.Struct, frozen=True):
    """One end of a range."""

    value: Value
    inside: bool
    """Whether the value itself belongs to the range."""

    @property
    def place(self) -> Any:
        """The value in a form that Python orders as the service does."""
        value = self.value.value
        return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value


def merge_ranges(field: FieldSpec, conditions: Sequence[Condition]) -> tuple[KeyRange, tuple[Condition, ...]]:
    """The one range, and the conditions that it covers exactly; the others must be tested on what comes back."""
    prefix = next((c for c in conditions if isinstance(c, BeginsWith)), None)
    if prefix is not None:
        return _single(field, prefix), (prefix,)
    if len(conditions) == 1 or field.converter is not None or bare(field.type) not in _ORDERED_ALIKE:
        return _single(field, conditions[0]), (conditions[0],)
    try:
        return _merged(field, conditions)
    except TypeError:
        # Values that Python cannot order do not fit the field either; encoding them will say so.
        return _single(field, conditions[0]), (conditions[0],)


def _merged(field: FieldSpec, conditions: Sequence[Condition]) -> tuple[KeyRange, tuple[Condition, ...]]:
    low, tightest_low = _tightest(conditions, _low, lambda bound: (bound.place, not bound.inside), max)
    high, tightest_high = _tightest(conditions, _high, lambda bound: (bound.place, bound.inside), min)
    if low is not None and high is not None and low.place <= high.place:
        found = KeyRange(field, "BETWEEN", low.value, high.value)
        # BETWEEN includes both ends, so a condition that excludes one is not covered.
        low, high = msgspec.structs.replace(low, inside=True), msgspec.structs.replace(high, inside=True)
    else:
        # One side only; or the ends are crossed, which BETWEEN cannot say: one is asked and the other tested.
        chosen = tightest_high if tightest_low is None else tightest_low
        assert chosen is not None  # noqa: S101  every filed range has an end
        found, low, high = _single(field, chosen), _low(chosen), _high(chosen)
    return found, tuple(condition for condition in conditions if _covers(low, high, condition))


def _tightest(
    conditions: Sequence[Condition],
    end: Callable[[Condition], _Bound | None],
    order: Callable[[_Bound], Any],
    choose: Callable[..., tuple[_Bound, Condition]],
) -> tuple[_Bound | None, Condition | None]:
    found = [(bound, condition) for condition in conditions if (bound := end(condition))]
    return choose(found, key=_of_bound(order)) if found else (None, None)


def _of_bound(order: Callable[[_Bound], Any]) -> Callable[[tuple[_Bound, Condition]], Any]:
    return lambda pair: order(pair[0])


def _single(field: FieldSpec, condition: Condition) -> KeyRange:
    match condition:
        case Compare(op, _, Value() as value):
            return KeyRange(field, op.value, value)
        case Between(_, Value() as low, Value() as high):
            return KeyRange(field, "BETWEEN", low, high)
        case BeginsWith(_, Value() as prefix):
            return KeyRange(field, "begins_with", prefix)
        case _:
            raise AssertionError(type(condition).__name__)


def _low(condition: Condition) -> _Bound | None:
    match condition:
        case Compare((Comparator.GT | Comparator.GE) as op, _, Value() as value):
            return _Bound(value, op is Comparator.GE)
        case Between(_, Value() as low, _):
            return _Bound(low, inside=True)
        case _:
            return None


def _high(condition: Condition) -> _Bound | None:
    match condition:
        case Compare((Comparator.LT | Comparator.LE) as op, _, Value() as value):
            return _Bound(value, op is Comparator.LE)
        case Between(_, _, Value() as high):
            return _Bound(high, inside=True)
        case _:
            return None


def _covers(low: _Bound | None, high: _Bound | None, condition: Condition) -> bool:
    """Whether everything between the bounds meets the condition."""
    own_low, own_high = _low(condition), _high(condition)
    return _within(own_low, low, above=True) and _within(own_high, high, above=False)


def _within(own: _Bound | None, bound: _Bound | None, *, above: bool) -> bool:
    if own is None:
        return True
    if bound is None:
        return False
    if own.place == bound.place:
        return own.inside or not bound.inside
    return bool(own.place < bound.place) is above
