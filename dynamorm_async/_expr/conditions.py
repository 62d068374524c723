"""Conditions as frozen trees. Nothing here knows how they are written on the wire."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Any, NoReturn, TypeAlias

import attrs

from dynamorm_async._expr.path import Path
from dynamorm_async._expr.slot import Slot
from dynamorm_async.errors import InvalidRequestError

__all__ = [
    "And",
    "BeginsWith",
    "Between",
    "Comparator",
    "Compare",
    "Condition",
    "Contains",
    "Exists",
    "HasType",
    "In",
    "Never",
    "Not",
    "NotExists",
    "Operand",
    "Or",
    "Raw",
    "Size",
    "Value",
    "all_of",
    "conjuncts",
    "negate",
]


class Comparator(enum.Enum):
    """The six comparisons."""

    EQ = "="
    NE = "<>"
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="

    @property
    def mirrored(self) -> Comparator:
        """The comparison with its sides exchanged."""
        return _MIRRORED.get(self, self)


_MIRRORED = {
    Comparator.LT: Comparator.GT,
    Comparator.GT: Comparator.LT,
    Comparator.LE: Comparator.GE,
    Comparator.GE: Comparator.LE,
}


@attrs.frozen(slots=True)
class Value:
    """A Python value and the slot whose encoder applies to it. Its repr keeps the value to itself."""

    value: Any = attrs.field(repr=False)
    slot: Slot = attrs.field(repr=False)


@attrs.frozen(slots=True)
class Size:
    """``size(path)``: characters, bytes or elements."""

    path: Path


Operand: TypeAlias = Path | Size | Value


class Condition:
    """Something DynamoDB can test. Combine with ``&``, ``|`` and ``~``.

    Python's ``and``, ``or`` and ``not`` cannot be used.

    Example:
        >>> (User.age >= 18) & ~User.tags.contains("blocked")
    """

    __slots__ = ()

    def __and__(self, other: Condition) -> Condition:
        return all_of(self, other)

    def __or__(self, other: Condition) -> Condition:
        return Or((*_flat(Or, self), *_flat(Or, other))) if isinstance(other, Condition) else NotImplemented

    def __invert__(self) -> Condition:
        return negate(self)

    def __bool__(self) -> NoReturn:
        raise InvalidRequestError(
            "a condition has no truth value in Python.",
            hint="Combine conditions with & | ~ and put each one in parentheses; do not chain comparisons.",
        )


@attrs.frozen(slots=True)
class Compare(Condition):
    """``left op right``."""

    op: Comparator
    left: Operand
    right: Operand


@attrs.frozen(slots=True)
class Between(Condition):
    """``low <= operand <= high``."""

    operand: Path | Size
    low: Operand
    high: Operand


@attrs.frozen(slots=True)
class In(Condition):
    """``operand`` is one of the values; more than 100 are split when rendered."""

    operand: Path | Size
    values: tuple[Operand, ...]


@attrs.frozen(slots=True)
class BeginsWith(Condition):
    """A string or binary attribute begins with the prefix."""

    path: Path
    prefix: Operand


@attrs.frozen(slots=True)
class Contains(Condition):
    """A string has a part, or a list or set has an element."""

    path: Path
    element: Operand


@attrs.frozen(slots=True)
class Exists(Condition):
    """The attribute is there, whatever it holds."""

    path: Path


@attrs.frozen(slots=True)
class NotExists(Condition):
    """The attribute is not there."""

    path: Path


@attrs.frozen(slots=True)
class HasType(Condition):
    """The attribute is of a DynamoDB type: S, N, B, BOOL, NULL, L, M, SS, NS or BS."""

    path: Path
    type: str


@attrs.frozen(slots=True)
class And(Condition):
    """All of them."""

    parts: tuple[Condition, ...]


@attrs.frozen(slots=True)
class Or(Condition):
    """Any of them."""

    parts: tuple[Condition, ...]


@attrs.frozen(slots=True)
class Not(Condition):
    """Not this one. DynamoDB's NOT is also true where the attribute is missing."""

    part: Condition


@attrs.frozen(slots=True)
class Raw(Condition):
    """An expression given as text. It is parsed at once; a model then gives its names and values their types."""

    text: str
    tree: Condition = attrs.field(repr=False)


@attrs.frozen(slots=True)
class Never(Condition):
    """Matches nothing: an empty ``in``. A query with it is answered without a request."""


def _flat(kind: type[And | Or], condition: Condition) -> tuple[Condition, ...]:
    return condition.parts if isinstance(condition, kind) else (condition,)


def all_of(*conditions: Condition) -> Condition:
    """Join with AND, without nesting."""
    parts: list[Condition] = []
    for condition in conditions:
        if not isinstance(condition, Condition):
            raise InvalidRequestError(
                f"a condition was expected, not {type(condition).__name__}.",
                hint="Compare a field of the class with a value of the field's type, as in User.age >= 18.",
            )
        parts.extend(_flat(And, condition))
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def negate(condition: Condition) -> Condition:
    """NOT, without doubling it."""
    return condition.part if isinstance(condition, Not) else Not(condition)


def conjuncts(condition: Condition | None) -> Iterator[Condition]:
    """The conditions that must all hold."""
    if condition is not None:
        yield from _flat(And, condition)
