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
)
from dynamorm_async._expr.path import Path

__all__ = ["attributes_of", "attributes_present", "paths_of"]


def attributes_of(condition: Condition) -> frozenset[str]:
    """The top-level attributes that a condition looks at."""
    return frozenset(path.attribute for path in paths_of(condition))


def paths_of(condition: Condition) -> Iterator[Path]:
    """The paths that a condition looks at."""
    match condition:
        case And(parts) | Or(parts):
            for part in parts:
                yield from paths_of(part)
        case Not(part) | Raw(_, part):
            yield from paths_of(part)
        case Exists(path) | NotExists(path) | HasType(path):
            yield path
        case _:
            for operand in _operands(condition):
                found = operand.path if isinstance(operand, Size) else operand
                if isinstance(found, Path):
                    yield found


def attributes_present(condition: Condition) -> frozenset[str]:
    """The top-level attributes that every item which meets the condition has."""
    match condition:
        case And(parts):
            return frozenset(name for part in parts for name in attributes_present(part))
        case Or() | Not() | NotExists() | Compare(Comparator.NE):
            return frozenset()
        case _:
            return attributes_of(condition)


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
