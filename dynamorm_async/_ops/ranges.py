"""Ranges on a sort key: several conditions become the one range that a key condition may have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from dynamorm_async._expr.conditions import BeginsWith, Between, Comparator, Compare, Condition, Value
from dynamorm_async._spec.fields import FieldSpec

__all__ = ["KeyRange", "merge_ranges"]


@attrs.frozen(slots=True)
class KeyRange:
    """One range on one key attribute: ``op`` is a comparison, ``BETWEEN`` or ``begins_with``."""

    field: FieldSpec
    op: str
    low: Value
    high: Value | None = None
    narrows: bool = True
    """False for a range that only keeps other models' items out, which says nothing about what was asked."""


def merge_ranges(field: FieldSpec, conditions: Sequence[Condition]) -> tuple[KeyRange, tuple[Condition, ...]]:
    """The one range, and the conditions that it covers exactly; the others must be tested on what comes back."""
    if len(conditions) == 1:
        return _single(field, conditions[0]), tuple(conditions)
    prefix = next((c for c in conditions if isinstance(c, BeginsWith)), None)
    if prefix is not None:
        return KeyRange(field, "begins_with", prefix.prefix), (prefix,)
    lows = [bound for condition in conditions if (bound := _low(condition))]
    highs = [bound for condition in conditions if (bound := _high(condition))]
    low, high = _tightest(lows, max), _tightest(highs, min)
    if low is None or high is None:
        only = low or high
        assert only is not None  # noqa: S101  every filed range has an end
        return _single(field, only[2]), (only[2],)
    if _crossed(low[0], high[0]):
        # Nothing lies between, which BETWEEN cannot say; one side is asked and the other tested.
        return _single(field, low[2]), _covered(conditions, low, None)
    return KeyRange(field, "BETWEEN", low[0], high[0]), _covered(conditions, low, high)


_Bound = tuple[Value, bool, Condition]
"""A value, whether it is itself inside, and the condition it is from."""


def _single(field: FieldSpec, condition: Condition) -> KeyRange:
    match condition:
        case Compare(op, _, Value() as value):
            return KeyRange(field, op.value, value)
        case Between(_, Value() as low, Value() as high):
            return KeyRange(field, "BETWEEN", low, high)
        case BeginsWith(_, prefix):
            return KeyRange(field, "begins_with", prefix)
        case _:
            raise AssertionError(type(condition).__name__)


def _low(condition: Condition) -> _Bound | None:
    match condition:
        case Compare((Comparator.GT | Comparator.GE) as op, _, Value() as value):
            return value, op is Comparator.GE, condition
        case Between(_, Value() as low, _):
            return low, True, condition
        case _:
            return None


def _high(condition: Condition) -> _Bound | None:
    match condition:
        case Compare((Comparator.LT | Comparator.LE) as op, _, Value() as value):
            return value, op is Comparator.LE, condition
        case Between(_, _, Value() as high):
            return high, True, condition
        case _:
            return None


def _tightest(bounds: Sequence[_Bound], choose: Any) -> _Bound | None:
    if not bounds:
        return None
    value = choose((bound[0].value for bound in bounds), key=_sortable)
    return next(bound for bound in bounds if bound[0].value == value)


def _sortable(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value


def _crossed(low: Value, high: Value) -> bool:
    return bool(_sortable(low.value) > _sortable(high.value))


def _covered(conditions: Sequence[Condition], low: _Bound, high: _Bound | None) -> tuple[Condition, ...]:
    """A condition is covered if both its ends are no tighter than the range, which includes both its ends."""
    covered = []
    for condition in conditions:
        own_low, own_high = _low(condition), _high(condition)
        fits_low = own_low is None or (own_low[1] or own_low[0].value != low[0].value)
        fits_high = own_high is None or (high is not None and (own_high[1] or own_high[0].value != high[0].value))
        if fits_low and fits_high:
            covered.append(condition)
    return tuple(covered)
