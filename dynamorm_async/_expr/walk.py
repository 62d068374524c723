"""Which paths an expression mentions."""

from __future__ import annotations

from collections.abc import Iterator

from dynamorm_async._expr.conditions import (
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
)

__all__ = ["attributes_of", "attributes_present"]


def attributes_of(condition: Condition) -> frozenset[str]:
    """The top-level attributes that a condition looks at."""
    return frozenset(_attributes(condition))


def attributes_present(condition: Condition) -> frozenset[str]:
    """The top-level attributes that every item which meets the condition has."""
    match condition:
        case And(parts):
            return frozenset(name for part in parts for name in attributes_present(part))
        case Or() | Not() | NotExists() | Compare(Comparator.NE):
            return frozenset()
        case _:
            return attributes_of(condition)


def _attributes(condition: Condition) -> Iterator[str]:
    match condition:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _attributes(part)
        case Not(part):
            yield from _attributes(part)
        case Exists(path) | NotExists(path) | HasType(path):
            yield path.attribute
        case Raw(_, tree):
            yield from _attributes(tree)
        case _:
            yield from _of(*_operands(condition))


def _operands(condition: Condition) -> tuple[Operand, ...]:
    match condition:
        case Compare(_, left, right):
            return left, right
        case Between(operand, low, high):
            return operand, low, high
        case In(operand, values):
            return operand, *values
        case Contains(path, other) | BeginsWith(path, other):
            return path, other
        case _:
            return ()


def _of(*operands: Operand) -> Iterator[str]:
    for operand in operands:
        if isinstance(operand, Size):
            yield operand.path.attribute
        elif not isinstance(operand, Value):
            yield operand.attribute
