"""`Discreet`: a small frozen value, some of whose fields its repr keeps to itself.

The library's own values are Structs of msgspec, whose methods are in C already: generating a class with attrs takes
thirty times as long, and every import pays for a hundred. What a user declares is an attrs class.
"""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

__all__ = ["Discreet", "Discretion", "PartlyCompared"]


class Discretion:
    """A Struct with fields that are not for show."""

    __slots__ = ()

    hidden_fields: ClassVar[tuple[str, ...]] = ()
    """Left out of the repr: what users store, and what is too long to read."""
    __struct_fields__: ClassVar[tuple[str, ...]]

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__qualname__}({shown})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [(name, getattr(self, name)) for name in self.__struct_fields__ if name not in self.hidden_fields]


class Discreet(Discretion, msgspec.Struct, frozen=True):
    """A frozen value with fields that are not for show."""


class PartlyCompared(Discreet, frozen=True):
    """A record with fields that are only carried along: two that differ in them alone are equal."""

    carried_fields: ClassVar[tuple[str, ...]] = ()

    def _compared(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.__struct_fields__ if name not in self.carried_fields)

    def __eq__(self, other: object) -> bool:
        return self._compared() == other._compared() if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._compared())
