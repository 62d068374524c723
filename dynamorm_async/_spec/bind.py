"""Conditions meet their model: fields must be its own, raw names and values become its, and the too deep is refused."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dynamorm_async._expr.conditions import (
    NESTING_LIMIT,
    And,
    BeginsWith,
    Between,
    Comparator,
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
    Size,
    Value,
    all_of,
    negate,
)
from dynamorm_async._expr.face import Expr, SizeExpr
from dynamorm_async._expr.functions import begins_with, contains, has_type
from dynamorm_async._expr.path import Path
from dynamorm_async._expr.walk import paths_of
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async._spec.origin import own_paths
from dynamorm_async._spec.paths import resolve_segments
from dynamorm_async.errors import InvalidRequestError

__all__ = ["bind"]

_COMPARISONS: Mapping[Comparator, Callable[[Any, Any], Condition]] = {
    Comparator.EQ: operator.eq,
    Comparator.NE: operator.ne,
    Comparator.LT: operator.lt,
    Comparator.LE: operator.le,
    Comparator.GT: operator.gt,
    Comparator.GE: operator.ge,
}


def bind(spec: ModelSpec, condition: Condition, verb: str) -> Condition:
    """The condition as one of this model: every field in it is the model's own, and raw parts say what they mean here.

    Args:
        spec: The model.
        condition: As the caller made it.
        verb: What the caller does with it, for errors.

    Raises:
        UnknownFieldError: It has a field of another model, or a raw text names one that the model does not have.
        InvalidOperatorError: A function is used on a field that it cannot test.
        InvalidRequestError: Conditions nest deeper than 64.
    """
    if type(condition) in _JOINED:
        _check_depth(spec, condition, verb)
    return _bound(spec, condition, verb)


def _bound(spec: ModelSpec, condition: Condition, verb: str) -> Condition:
    # By exact type: this runs for every condition of every call, and nearly all are of the first kind.
    if type(condition) is Compare:
        left = condition.left
        if type(left) is Path and type(condition.right) is Value and id(left.top or left.slot) in spec.origins:
            return condition
    joined = _JOINED.get(type(condition))
    if joined is not None:
        return joined(spec, condition, verb)
    own_paths(spec, paths_of(condition), verb)
    return condition


def _check_depth(spec: ModelSpec, condition: Condition, verb: str) -> None:
    """Level by level: whatever comes after goes down by recursion, and must not find it deep."""
    level: list[Condition] = [condition]
    for _ in range(NESTING_LIMIT + 1):
        inner: list[Condition] = []
        for part in level:
            if isinstance(part, (And, Or)):
                inner += part.parts
            elif isinstance(part, Not):
                inner.append(part.part)
        level = inner
        if not level:
            return
    raise InvalidRequestError(
        f"the condition nests more than {NESTING_LIMIT} levels of &, | and ~.",
        op=f"{spec.name}.{verb}",
        model=spec.name,
        hint="Write fewer groups inside each other; DynamoDB takes 300 operators in all.",
    )


def _all(spec: ModelSpec, condition: And, verb: str) -> Condition:
    parts = [_bound(spec, part, verb) for part in condition.parts]
    return condition if _same(parts, condition.parts) else all_of(*parts)


def _any(spec: ModelSpec, condition: Or, verb: str) -> Condition:
    parts = [_bound(spec, part, verb) for part in condition.parts]
    return condition if _same(parts, condition.parts) else _any_of(parts)


def _not(spec: ModelSpec, condition: Not, verb: str) -> Condition:
    part = _bound(spec, condition.part, verb)
    return condition if part is condition.part else negate(part)


def _raw(spec: ModelSpec, condition: Raw, verb: str) -> Condition:
    try:
        return _Binder(spec).bound(condition.tree)
    except InvalidRequestError as error:
        error.op = error.op or f"{spec.name}.{verb}"
        raise


_JOINED: Mapping[type[Condition], Callable[[ModelSpec, Any, str], Condition]] = {
    And: _all,
    Not: _not,
    Or: _any,
    Raw: _raw,
}


def _same(parts: Sequence[Condition], before: Sequence[Condition]) -> bool:
    return all(map(operator.is_, parts, before))


def _any_of(parts: list[Condition]) -> Condition:
    found, *others = parts
    for other in others:
        found = found | other
    return found


class _Binder:
    """Says with the expressions of a model what a text says, so that either means the same."""

    def __init__(self, spec: ModelSpec) -> None:
        self.spec = spec

    def bound(self, condition: Condition) -> Condition:
        match condition:
            case And(parts):
                return all_of(*map(self.bound, parts))
            case Or(parts):
                return _any_of([self.bound(part) for part in parts])
            case Not(part):
                return negate(self.bound(part))
            case Compare(_, Value()):
                return condition
            case Compare(op, left, right):
                return _COMPARISONS[op](self.typed(left), self.typed(right))
            case Between(operand, low, high):
                return self.typed(operand).between(self.typed(low), self.typed(high))  # type: ignore[no-any-return]
            case In(operand, values):
                return self.typed(operand).in_([self.typed(value) for value in values])  # type: ignore[no-any-return]
            case _:
                return self.function(condition)

    def function(self, condition: Condition) -> Condition:
        match condition:
            case Exists(path):
                return Exists(self.path(path))
            case NotExists(path):
                return NotExists(self.path(path))
            case HasType(path, kind):
                return has_type(self.path(path), kind)
            case BeginsWith(path, Value(value)):
                return begins_with(self.path(path), value)
            case BeginsWith(path, Path() | Size() as prefix):
                return BeginsWith(self.path(path), self.located(prefix))
            case Contains(path, Value(value)):
                return contains(self.path(path), value)
            case Contains(path, Path() | Size() as element):
                return Contains(self.path(path), self.located(element))
            case _:
                return condition

    def typed(self, operand: Operand) -> Any:
        """What stands for an operand in an expression: a value takes the type of what it is compared with."""
        if isinstance(operand, Value):
            return operand.value
        return SizeExpr(self.path(operand.path)) if isinstance(operand, Size) else Expr[Any](self.path(operand))

    def located(self, operand: Path | Size) -> Path | Size:
        return Size(self.path(operand.path)) if isinstance(operand, Size) else self.path(operand)

    def path(self, path: Path) -> Path:
        return resolve_segments(self.spec, path.segments)
