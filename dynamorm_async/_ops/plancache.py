"""Plans by the shape of a query: planned once, then filled with the values of each query of that shape.

A shape is everything but the values. Where the values decide (several ranges on one sort key, keys made by templates,
an empty ``in``) a query is planned anew each time.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import msgspec

from dynamorm_async._expr.conditions import (
    BeginsWith,
    Between,
    Compare,
    Condition,
    Exists,
    In,
    Never,
    NotExists,
    Value,
    all_of,
    conjuncts,
)
from dynamorm_async._expr.path import Path
from dynamorm_async._expr.walk import attributes_of, attributes_present
from dynamorm_async._ops.keyfit import KeyCondition, KeyFit
from dynamorm_async._ops.plan import Operation, Plan, make_plan, scan_filter, with_tag
from dynamorm_async._ops.ranges import KeyRange
from dynamorm_async._ops.requests import ListRequest
from dynamorm_async._spec.fields import FieldSpec, ModelSpec

__all__ = ["CacheInfo", "cache_info", "planned"]

_MOST = 512
"""Shapes kept of one model; a program has a few dozen, and one that makes shapes up has no use for them."""


class CacheInfo(NamedTuple):
    """How often a plan was there already."""

    hits: int
    misses: int
    uncacheable: int


class _Recipe(msgspec.Struct, frozen=True):
    """A plan without values: which condition goes where."""

    plan: Plan
    equal: tuple[tuple[FieldSpec, int], ...]
    range: tuple[KeyRange, int] | None
    rest: tuple[int, ...]
    residual: tuple[int, ...]

    def fill(self, request: ListRequest, parts: tuple[Condition, ...]) -> Plan:
        """The plan for these conditions."""
        plan = self.plan
        fit = plan.fit
        if fit is None:
            filter_ = scan_filter(request, plan.index)
            return Plan(request, plan.operation, plan.index, None, filter_, plan.forward, plan.candidates, plan.advice)
        rest = tuple(parts[number] for number in self.rest)
        filled = KeyFit(
            KeyCondition(
                tuple((field, parts[number].right) for field, number in self.equal),  # type: ignore[attr-defined]  # a Compare, by its shape
                None if self.range is None else _filled_range(self.range[0], parts[self.range[1]]),
            ),
            rest,
            tuple(parts[number] for number in self.residual),
            fit.score,
            fit.complete,
            fit.order_attributes,
            fit.sparse,
        )
        filter_ = None
        if plan.operation is Operation.QUERY:
            filter_ = with_tag(request, plan.index, all_of(*rest) if rest else None)
        return Plan(request, plan.operation, plan.index, filled, filter_, plan.forward, plan.candidates, plan.advice)


def _filled_range(known: KeyRange, part: Condition) -> KeyRange:
    match part:
        case Compare(_, _, Value() as value):
            return KeyRange(known.field, known.op, value)
        case Between(_, Value() as low, Value() as high):
            return KeyRange(known.field, known.op, low, high)
        case BeginsWith(_, Value() as prefix):
            return KeyRange(known.field, known.op, prefix)
        case _:
            raise AssertionError(type(part).__name__)


_recipes: WeakKeyDictionary[ModelSpec, dict[Hashable, _Recipe | None]] = WeakKeyDictionary()
_counts = {"hits": 0, "misses": 0, "uncacheable": 0}


def cache_info() -> CacheInfo:
    """The counts of this process."""
    return CacheInfo(**_counts)


def planned(request: ListRequest) -> Plan:
    """The plan of a request, from the cache if one of its shape was planned before.

    Raises:
        ScanNotAllowedError: As `make_plan`, as are the others.
    """
    spec = request.spec
    known = _recipes.get(spec)
    if known is None:
        known = _recipes[spec] = {}
    parts = tuple(conjuncts(request.condition))
    shape = _shape(request, parts)
    recipe = known.get(shape, _UNKNOWN)
    if isinstance(recipe, _Recipe):
        _counts["hits"] += 1
        return recipe.fill(request, parts)
    plan = make_plan(request)
    if recipe is None:
        _counts["uncacheable"] += 1
        return plan
    _counts["misses"] += 1
    if len(known) >= _MOST:
        known.clear()
    known[shape] = _recipe(plan, parts)
    return plan


_UNKNOWN: Any = object()


def _shape(request: ListRequest, parts: tuple[Condition, ...]) -> Hashable:
    order, select = request.order, request.select
    return (
        request.scan,
        request.index,
        order and (order.path and order.path.segments, order.descending, order.in_memory is None),
        request.consistent,
        request.complete,
        None if select is None else tuple([path.segments for path in select]),
        *map(_part_shape, parts),
    )


def _part_shape(part: Any) -> Hashable:
    # By exact type and without pattern matching: this runs for every condition of every query.
    kind = part.__class__
    if kind is Compare:
        left, right = part.left, part.right
        if type(left) is Path and type(right) is Value:
            return part.op, left.segments
    elif kind is Between:
        operand, low, high = part.operand, part.low, part.high
        if type(operand) is Path and type(low) is Value and type(high) is Value:
            return kind, operand.segments
    elif kind is BeginsWith:
        if type(part.prefix) is Value:
            return kind, part.path.segments
    elif kind is Exists or kind is NotExists:
        return kind, part.path.segments
    elif kind is In and type(part.operand) is Path:
        others: list[Any] = [type(value) for value in part.values]
        if others.count(Value) == len(others):
            return kind, part.operand.segments
    return kind, attributes_of(part), attributes_present(part)


def _recipe(plan: Plan, parts: tuple[Condition, ...]) -> _Recipe | None:
    """What to keep of a plan; None if the values had a part in it."""
    spec = plan.request.spec
    keys = [field for index in (spec.primary, *spec.indexes) for field in (*index.partition, *index.sort)]
    if plan.operation is Operation.NOTHING or any(isinstance(part, Never) for part in parts):
        return None
    if any(field.template is not None for field in keys):
        return None
    # Neither the request nor the looked-at fits are kept: they hold values.
    kept = msgspec.structs.replace(
        plan,
        request=ListRequest(spec),
        filter=None,
        candidates=tuple(msgspec.structs.replace(candidate, fit=None) for candidate in plan.candidates),
    )
    if plan.fit is None:
        return _Recipe(kept, (), None, (), ())
    numbers = {id(part): number for number, part in enumerate(parts)}
    sources = {id(part.right): number for number, part in enumerate(parts) if isinstance(part, Compare)}
    key = plan.fit.key
    covered = None if key.range is None else _only_range(key.range.field, parts)
    if key.range is not None and covered is None:
        return None
    empty = msgspec.structs.replace(plan.fit, key=KeyCondition(()), rest=(), residual=())
    return _Recipe(
        msgspec.structs.replace(kept, fit=empty),
        tuple((field, sources[id(value)]) for field, value in key.equal),
        None if key.range is None or covered is None else (_without_values(key.range), covered),
        tuple(numbers[id(part)] for part in plan.fit.rest),
        tuple(numbers[id(part)] for part in plan.fit.residual),
    )


def _without_values(known: KeyRange) -> KeyRange:
    empty = Value(None, known.low.slot)
    return KeyRange(known.field, known.op, empty, None if known.high is None else empty)


def _only_range(field: FieldSpec, parts: tuple[Condition, ...]) -> int | None:
    """The number of the one range on a field; None if there are several, between which the values decide."""
    found = [number for number, part in enumerate(parts) if _is_range_on(field.attribute, part)]
    return found[0] if len(found) == 1 else None


def _is_range_on(name: str, part: Condition) -> bool:
    match part:
        case Compare(_, Path((str(first),)), Value()) | Between(Path((str(first),)), Value(), Value()):
            return first == name
        case BeginsWith(Path((str(first),)), Value()):
            return first == name
        case _:
            return False
