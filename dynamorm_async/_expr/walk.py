"""Which paths an expression mentions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

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
from dynamorm_async._expr.path import Path

__all__ = ["attributes_of", "attributes_present", "paths_of"]


def attributes_of(condition: Condition) -> frozenset[str]:
    """The top-level attributes that a condition looks at."""
    return frozenset(path.attribute for path in paths_of(condition))


def paths_of(condition: Condition) -> Iterable[Path]:
    """The paths that a condition looks at."""
    # By exact type and without pattern matching: this runs for many conditions of many calls.
    found = _PATHS.get(type(condition))
    return () if found is None else found(condition)


def attributes_present(condition: Condition) -> frozenset[str]:
    """The top-level attributes that every item which meets the condition has."""
    match condition:
        case And(parts):
            return frozenset(name for part in parts for name in attributes_present(part))
        case Or() | Not() | NotExists() | Compare(Comparator.NE):
            return frozenset()
        case _:
            return attributes_of(condition)


def _own(condition: Exists | NotExists | HasType) -> Iterable[Path]:
    return (condition.path,)


def _compared(condition: Compare) -> Iterable[Path]:
    return _among(condition.left, condition.right)


def _between(condition: Between) -> Iterable[Path]:
    return _among(condition.operand, condition.low, condition.high)


def _in(condition: In) -> Iterable[Path]:
    return _among(condition.operand, *condition.values)


def _contains(condition: Contains) -> Iterable[Path]:
    return _among(condition.path, condition.element)


def _begins_with(condition: BeginsWith) -> Iterable[Path]:
    return _among(condition.path, condition.prefix)


def _parts(condition: And | Or) -> Iterable[Path]:
    return [path for part in condition.parts for path in paths_of(part)]


def _not(condition: Not) -> Iterable[Path]:
    return paths_of(condition.part)


def _raw(condition: Raw) -> Iterable[Path]:
    return paths_of(condition.tree)


def _among(*operands: Operand) -> Iterable[Path]:
    # `type() is`, for `isinstance` is dear where a Struct is of another class.
    return [
        operand.path if type(operand) is Size else operand  # type: ignore[misc]  # no Value is left
        for operand in operands
        if type(operand) is not Value
    ]


_PATHS: Final[Mapping[type[Condition], Callable[[Any], Iterable[Path]]]] = {
    And: _parts,
    BeginsWith: _begins_with,
    Between: _between,
    Compare: _compared,
    Contains: _contains,
    Exists: _own,
    HasType: _own,
    In: _in,
    Not: _not,
    NotExists: _own,
    Or: _parts,
    Raw: _raw,
}
