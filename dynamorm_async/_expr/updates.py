"""Update actions: what an UpdateItem does to one path."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Generic, TypeAlias, TypeVar

import msgspec

from dynamorm_async._expr.conditions import Value
from dynamorm_async._expr.path import Path

__all__ = [
    "Action",
    "Arithmetic",
    "Clause",
    "Computed",
    "IfNotExists",
    "ListJoin",
    "SetOperand",
    "paths_in",
]

T = TypeVar("T")


class Clause(enum.Enum):
    """The four clauses of an update expression, in the order in which they are written."""

    SET = "SET"
    REMOVE = "REMOVE"
    ADD = "ADD"
    DELETE = "DELETE"


class Computed(msgspec.Struct, Generic[T], frozen=True):
    """A value that the service works out: arithmetic, ``if_not_exists``, ``list_append``."""

    def __repr__(self) -> str:
        return f"<{self}>"


class Arithmetic(Computed[T], frozen=True):
    """``left + right`` or ``left - right``."""

    op: str
    left: SetOperand
    right: SetOperand

    def __str__(self) -> str:
        return f"{self.left} {self.op} {self.right}"


class IfNotExists(Computed[T], frozen=True):
    """The attribute's value, or another if it is missing."""

    path: Path
    otherwise: SetOperand

    def __str__(self) -> str:
        return f"if_not_exists({self.path}, {self.otherwise})"


class ListJoin(Computed[T], frozen=True):
    """``list_append(first, second)``."""

    first: SetOperand
    second: SetOperand

    def __str__(self) -> str:
        return f"list_append({self.first}, {self.second})"


SetOperand: TypeAlias = "Path | Value | Arithmetic[object] | IfNotExists[object] | ListJoin[object]"


def paths_in(operand: SetOperand) -> Iterator[Path]:
    """The paths that an operand reads."""
    match operand:
        case Path():
            yield operand
        case IfNotExists(path, otherwise):
            yield path
            yield from paths_in(otherwise)
        case Arithmetic(_, left, right) | ListJoin(left, right):
            yield from paths_in(left)
            yield from paths_in(right)
        case _:
            return


class Action(msgspec.Struct, frozen=True):
    """One change of one path. ``operand`` is None only for REMOVE.

    Example:
        >>> actions = [User.age.add(1), User.email.set("ada@new.test")]
        >>> user = await user.update(*actions)
    """

    clause: Clause
    path: Path
    operand: SetOperand | None = None

    def __repr__(self) -> str:
        sign = " = " if self.clause is Clause.SET else " "
        operand = "" if self.operand is None else f"{sign}{self.operand}"
        return f"<Action: {self.clause.value} {self.path}{operand}>"

    @property
    def adds_up(self) -> bool:
        """Whether applying it twice differs from once, so that it must not be repeated blindly."""
        if self.clause is Clause.ADD:
            return type(self.operand) is Value and not isinstance(self.operand.value, (set, frozenset))
        return self.operand is not None and _adds_up(self.operand)


def _adds_up(operand: SetOperand) -> bool:
    if type(operand) is IfNotExists:
        return _adds_up(operand.otherwise)
    # A copy of another attribute is not constant either: that attribute may change between two sendings.
    return type(operand) is not Value
