"""Conditions meet their model: fields must be its own, raw names become its fields, and raw values get their types."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import is_
from typing import Any

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
    Size,
    Value,
    all_of,
    negate,
)
from dynamorm_async._expr.functions import begins_with, check_ends, contains, has_type
from dynamorm_async._expr.path import Path
from dynamorm_async._expr.slot import Slot
from dynamorm_async._expr.walk import paths_of
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async._spec.origin import own_paths
from dynamorm_async._spec.paths import resolve_segments
from dynamorm_async.errors import InvalidRequestError

__all__ = ["bind"]


def bind(spec: ModelSpec, condition: Condition, verb: str) -> Condition:
    """The condition as one of this model: every field in it is the model's own, and raw parts say what they mean here.

    Args:
        spec: The model.
        condition: As the caller made it.
        verb: What the caller does with it, for errors.

    Raises:
        UnknownFieldError: It has a field of another model, or a raw text names one that the model does not have.
        InvalidOperatorError: A function is used on a field that it cannot test.
    """
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


def _all(spec: ModelSpec, condition: And, verb: str) -> Condition:
    parts = [bind(spec, part, verb) for part in condition.parts]
    return condition if _same(parts, condition.parts) else all_of(*parts)


def _any(spec: ModelSpec, condition: Or, verb: str) -> Condition:
    parts = [bind(spec, part, verb) for part in condition.parts]
    return condition if _same(parts, condition.parts) else _any_of(parts)


def _not(spec: ModelSpec, condition: Not, verb: str) -> Condition:
    part = bind(spec, condition.part, verb)
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
    return all(map(is_, parts, before))


def _any_of(parts: list[Condition]) -> Condition:
    found, *others = parts
    for other in others:
        found = found | other
    return found


class _Binder:
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
            case Compare(op, left, right):
                return Compare(op, self.operand(left, right), self.operand(right, left))
            case Between(operand, low, high):
                ends = self.operand(low, operand), self.operand(high, operand)
                check_ends(*ends)
                return Between(self.located(operand), *ends)
            case In(operand, values):
                return In(self.located(operand), tuple(self.operand(value, operand) for value in values))
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
            case BeginsWith(path, prefix):
                return BeginsWith(self.path(path), self.operand(prefix, path))
            case Contains(path, Value(value)):
                return contains(self.path(path), value)
            case Contains(path, element):
                return Contains(self.path(path), self.operand(element, path))
            case _:
                return condition

    def operand(self, operand: Operand, other: Operand) -> Operand:
        """An operand; a value takes the type of what it is compared with."""
        if not isinstance(operand, Value):
            return self.located(operand)
        if isinstance(other, Path):
            return Value(operand.value, self.path(other).slot)
        return Value(operand.value, Slot(int, "size")) if isinstance(other, Size) else operand

    def located(self, operand: Path | Size) -> Path | Size:
        return Size(self.path(operand.path)) if isinstance(operand, Size) else self.path(operand)

    def path(self, path: Path) -> Path:
        return resolve_segments(self.spec, path.segments)
