"""Which paths an expression mentions."""

from __future__ import annotations

from collections.abc import Iterator

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
)

__all__ = ["attributes_of"]


def attributes_of(condition: Condition) -> frozenset[str]:
    """The top-level attributes that a condition looks at."""
    return frozenset(_attributes(condition))


def _attributes(condition: Condition) -> Iterator[str]:
    match condition:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _attributes(part)
        case Not(part):
            yield from _attributes(part)
        case Compare(_, left, right):
            yield from _of(left, right)
        case Between(operand, low, high):
            yield from _of(operand, low, high)
        case In(operand, _):
            yield from _of(operand)
        case Contains(path, element):
            yield from _of(path, element)
        case BeginsWith(path) | Exists(path) | NotExists(path) | HasType(path):
            yield path.attribute
        case Raw(_, names):
            yield from names.values()
        case _:
            return


def _of(*operands: Operand) -> Iterator[str]:
    for operand in operands:
        if isinstance(operand, Size):
            yield operand.path.attribute
        elif not isinstance(operand, Value):
            yield operand.attribute
