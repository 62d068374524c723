"""Conditions as frozen trees. Nothing here knows how they are written on the wire."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Any, ClassVar, NoReturn, TypeAlias

import msgspec

from dynamorm_async._expr.path import Path
from dynamorm_async._expr.slot import Slot
from dynamorm_async._struct import Discreet
from dynamorm_async.errors import InvalidRequestError

__all__ = [
    "NESTING_LIMIT",
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

NESTING_LIMIT = 64
"""Parentheses, groups and NOTs inside each other. DynamoDB's 300 operators allow more; nobody writes them by hand."""


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


class Value(Discreet, frozen=True):
    """A Python value and the slot whose encoder applies to it. Its repr keeps the value to itself."""

    hidden_fields: ClassVar[tuple[str, ...]] = ("value", "slot")

    value: Any
    slot: Slot

    def __str__(self) -> str:
        return "…"


class Size(msgspec.Struct, frozen=True):
    """``size(path)``: characters, bytes or elements."""

    path: Path

    def __str__(self) -> str:
        return f"size({self.path})"


Operand: TypeAlias = Path | Size | Value


class Condition(Discreet, frozen=True):
    """Something DynamoDB can test. Combine with ``&``, ``|`` and ``~``.

    Python's ``and``, ``or`` and ``not`` cannot be used.

    Example:
        >>> (User.age >= 18) & ~User.tags.contains("blocked")
    """

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

    def __repr__(self) -> str:
        return f"<Condition: {self}>"


class Compare(Condition, frozen=True):
    """``left op right``."""

    op: Comparator
    left: Operand
    right: Operand

    def __str__(self) -> str:
        return f"{self.left} {self.op.value} {self.right}"


class Between(Condition, frozen=True):
    """``low <= operand <= high``."""

    operand: Path | Size
    low: Operand
    high: Operand

    def __str__(self) -> str:
        return f"{self.operand} BETWEEN {self.low} AND {self.high}"


class In(Condition, frozen=True):
    """``operand`` is one of the values; more than 100 are split when rendered."""

    operand: Path | Size
    values: tuple[Operand, ...]

    def __str__(self) -> str:
        return f"{self.operand} IN ({len(self.values)} values)"


class BeginsWith(Condition, frozen=True):
    """A string or binary attribute begins with the prefix."""

    path: Path
    prefix: Operand

    def __str__(self) -> str:
        return f"begins_with({self.path}, {self.prefix})"


class Contains(Condition, frozen=True):
    """A string has a part, or a list or set has an element."""

    path: Path
    element: Operand

    def __str__(self) -> str:
        return f"contains({self.path}, {self.element})"


class Exists(Condition, frozen=True):
    """The attribute is there, whatever it holds."""

    path: Path

    def __str__(self) -> str:
        return f"attribute_exists({self.path})"


class NotExists(Condition, frozen=True):
    """The attribute is not there."""

    path: Path

    def __str__(self) -> str:
        return f"attribute_not_exists({self.path})"


class HasType(Condition, frozen=True):
    """The attribute is of a DynamoDB type: S, N, B, BOOL, NULL, L, M, SS, NS or BS."""

    path: Path
    type: str

    def __str__(self) -> str:
        return f"attribute_type({self.path}, {self.type})"


class And(Condition, frozen=True):
    """All of them."""

    parts: tuple[Condition, ...]

    def __str__(self) -> str:
        return " AND ".join(_within(part) for part in self.parts)


class Or(Condition, frozen=True):
    """Any of them."""

    parts: tuple[Condition, ...]

    def __str__(self) -> str:
        return " OR ".join(_within(part) for part in self.parts)


class Not(Condition, frozen=True):
    """Not this one. DynamoDB's NOT is also true where the attribute is missing."""

    part: Condition

    def __str__(self) -> str:
        return f"NOT {_within(self.part)}"


class Raw(Condition, frozen=True):
    """An expression given as text. It is parsed at once; a model then gives its names and values their types."""

    hidden_fields: ClassVar[tuple[str, ...]] = ("tree",)

    text: str
    tree: Condition

    def __str__(self) -> str:
        return self.text


class Never(Condition, frozen=True):
    """Matches nothing: an empty ``in``. A query with it is answered without a request."""

    def __str__(self) -> str:
        return "never"


def _within(part: Condition) -> str:
    """In parentheses where it is of several parts itself."""
    return f"({part})" if isinstance(part, (And, Or)) else str(part)


def _flat(kind: type[And | Or], condition: Condition) -> tuple[Condition, ...]:
    # Not by `isinstance`, which is dear where a Struct is of another class.
    return condition.parts if type(condition) is kind else (condition,)


def all_of(*conditions: Condition) -> Condition:
    """Join with AND, without nesting."""
    parts: list[Condition] = []
    for condition in conditions:
        # `isinstance` is dear for a Struct, and this runs for every condition of every call.
        if type(condition) not in _KINDS:
            raise InvalidRequestError(
                f"a condition was expected, not {type(condition).__name__}.",
                hint="Compare a field of the class with a value of the field's type, as in User.age >= 18.",
            )
        if type(condition) is And:
            parts += condition.parts
        else:
            parts.append(condition)
    return parts[0] if len(parts) == 1 else And(tuple(parts))


_KINDS = frozenset(Condition.__subclasses__())


def negate(condition: Condition) -> Condition:
    """NOT, without doubling it."""
    return condition.part if isinstance(condition, Not) else Not(condition)


def conjuncts(condition: Condition | None) -> Iterator[Condition]:
    """The conditions that must all hold."""
    if condition is not None:
        yield from _flat(And, condition)
