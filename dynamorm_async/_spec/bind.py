"""Conditions meet their model: raw ones get its fields and their types, and what nests too deeply is refused."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
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
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async._spec.paths import resolve_segments
from dynamorm_async.errors import InvalidRequestError

__all__ = ["bind_raw"]

_NESTING = frozenset({And, Not, Or, Raw})
_COMPARISONS: Mapping[Comparator, Callable[[Any, Any], Condition]] = {
    Comparator.EQ: operator.eq,
    Comparator.NE: operator.ne,
    Comparator.LT: operator.lt,
    Comparator.LE: operator.le,
    Comparator.GT: operator.gt,
    Comparator.GE: operator.ge,
}


def bind_raw(spec: ModelSpec, condition: Condition) -> Condition:
    """The condition without raw parts: each is replaced by what its text says of this model.

    Raises:
        UnknownFieldError: A text names a field that the model does not have.
        InvalidOperatorError: A function is used on a field that it cannot test.
        InvalidRequestError: Conditions nest deeper than 64.
    """
    if type(condition) not in _NESTING:  # which spares most conditions the patterns, that are dear for Structs
        return condition
    return _bound(spec, condition) if _any_raw(spec, condition) else condition


def _bound(spec: ModelSpec, condition: Condition) -> Condition:
    match condition:
        case Raw(_, tree):
            return _Binder(spec).bound(tree)
        case And(parts):
            return all_of(*(_bound(spec, part) for part in parts))
        case Or(parts):
            return _any_of([_bound(spec, part) for part in parts])
        case Not(part):
            return negate(_bound(spec, part))
        case _:
            return condition


def _any_raw(spec: ModelSpec, condition: Condition) -> bool:
    """Whether a part is raw. Level by level: whatever comes after goes down by recursion, and must not find it deep."""
    level: list[Condition] = [condition]
    found, depth = False, 0
    while level:
        inner: list[Condition] = []
        for part in level:
            if isinstance(part, (And, Or)):
                inner += part.parts
            elif isinstance(part, Not):
                inner.append(part.part)
            elif isinstance(part, Raw):
                found = True
        level, depth = inner, depth + 1
        if depth > NESTING_LIMIT + 1:
            raise InvalidRequestError(
                f"the condition nests more than {NESTING_LIMIT} levels of &, | and ~.",
                model=spec.name,
                hint="Write fewer groups inside each other; DynamoDB takes 300 operators in all.",
            )
    return found


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
