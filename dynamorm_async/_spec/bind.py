"""Raw conditions meet their model: names become its fields, and values get the fields' types."""

from __future__ import annotations

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
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async._spec.paths import resolve_segments

__all__ = ["bind_raw"]

_MAY_HOLD_RAW = frozenset({And, Not, Or, Raw})


def bind_raw(spec: ModelSpec, condition: Condition) -> Condition:
    """The condition without raw parts: each is replaced by what its text says of this model.

    Raises:
        UnknownFieldError: A text names a field that the model does not have.
        InvalidOperatorError: A function is used on a field that it cannot test.
    """
    if type(condition) not in _MAY_HOLD_RAW:  # which spares most conditions the patterns, that are dear for Structs
        return condition
    match condition:
        case Raw(_, tree):
            return _Binder(spec).bound(tree)
        case And(parts) if _any_raw(condition):
            return all_of(*(bind_raw(spec, part) for part in parts))
        case Or(parts) if _any_raw(condition):
            return _any_of([bind_raw(spec, part) for part in parts])
        case Not(part) if _any_raw(condition):
            return negate(bind_raw(spec, part))
        case _:
            return condition


def _any_raw(condition: Condition) -> bool:
    if type(condition) not in _MAY_HOLD_RAW:
        return False
    match condition:
        case Raw():
            return True
        case And(parts) | Or(parts):
            return any(map(_any_raw, parts))
        case Not(part):
            return _any_raw(part)
        case _:
            return False


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
