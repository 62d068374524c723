"""What type checkers see of expressions beside `Expr`: a document as far as this room knows it, and slips."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

__all__ = ["BracketsNeeded", "Described", "Undeclared"]


class Described(Protocol):
    """A stored document."""

    __dynamorm_spec__: ClassVar[Any]


class Undeclared:
    """Nothing is of this class: where it is asked for, only what is declared as ``Any`` passes."""


class BracketsNeeded:
    """What type checkers see of ``in_("text")``: no condition. Write ``in_(["text"])``."""
