"""Enums, stored by value, and Literals."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import NoneType
from typing import Any, Final, get_args
from weakref import WeakKeyDictionary

from dynamorm_async._codec.annotations import label
from dynamorm_async._codec.ownership import Dump, Load, ours
from dynamorm_async._codec.scalars import refuse, wrong_type
from dynamorm_async._wire.faults import BadValueError
from dynamorm_async.errors import ModelDefinitionError

__all__ = [
    "choice_tags",
    "choice_values",
    "dump_member",
    "enum_dump",
    "enum_load",
    "literal_dump",
    "literal_load",
    "load_member",
]

_TAGS: Final[Mapping[type, str]] = {
    str: "S",
    int: "N",
    Decimal: "N",
    bytes: "B",
    bool: "BOOL",
    NoneType: "NULL",
}
"""The types that a value to choose from can have: those which come back exactly as they were."""


def choice_values(kind: Any) -> list[tuple[Any, Any]]:
    """The Python values of an Enum or Literal, each with the plain value it is stored as.

    Raises:
        ModelDefinitionError: A value has a type that cannot be told apart after a round trip.
    """
    values: Iterable[Any] = get_args(kind) or kind
    return [(value, _plain(kind, value.value if isinstance(value, enum.Enum) else value)) for value in values]


def _plain(kind: Any, value: Any) -> Any:
    for base in type(value).__mro__:
        if base in _TAGS:
            return value if type(value) is base else base(value)
    raise ModelDefinitionError(
        f"{label(kind)} has a value of type {type(value).__name__}, which would not read back as itself.",
        hint="Use values of type str, int, Decimal, bytes or bool.",
    )


def choice_tags(kind: Any) -> frozenset[str]:
    """The wire types in which an Enum or Literal is stored."""
    return frozenset(_TAGS[type(plain)] for _, plain in choice_values(kind))


def _keyed(plain: Any) -> tuple[str | None, Any]:
    """A plain value with its wire type, so that 1 and True differ, and 1 and Decimal(1) do not."""
    return _TAGS.get(plain.__class__), plain


# ---------------------------------------------------------------- Enum


def enum_dump(kind: type[enum.Enum]) -> Dump:
    """The dump of an Enum: its member's value."""
    choice_values(kind)

    def dump(value: Any) -> Any:
        return _plain(kind, value.value) if isinstance(value, kind) else wrong_type(value, kind.__name__)

    return ours(dump)


def enum_load(kind: type[enum.Enum]) -> Load:
    """The load of an Enum. A value that is no member's is offered to the class, for ``_missing_`` and flags."""
    table = {_keyed(plain): member for member, plain in choice_values(kind)}
    tags = {tag for tag, _ in table}

    def load(plain: Any) -> Any:
        key = _keyed(plain)
        if key[0] not in tags:
            refuse(plain, kind.__name__, " or ".join(sorted(map(str, tags))))
        if key in table:
            return table[key]
        try:
            return kind(plain)
        except ValueError:
            raise BadValueError(f"the stored value is no member of {kind.__name__}.") from None

    return load


_LOADS: WeakKeyDictionary[type[enum.Enum], Load] = WeakKeyDictionary()


@ours
def dump_member(value: Any) -> Any:
    """The unstructure hook of all Enums, for converters: cattrs does not say which one is declared."""
    return _plain(type(value), value.value) if isinstance(value, enum.Enum) else wrong_type(value, "Enum")


@ours
def load_member(plain: Any, kind: type[enum.Enum]) -> Any:
    """The structure hook of all Enums."""
    load = _LOADS.get(kind)
    if load is None:
        load = _LOADS[kind] = enum_load(kind)
    return load(plain)


# ---------------------------------------------------------------- Literal


def literal_dump(kind: Any) -> Dump:
    """The dump of a Literal."""
    table: dict[tuple[Any, Any], Any] = {(value.__class__, value): plain for value, plain in choice_values(kind)}

    def dump(value: Any) -> Any:
        try:
            return table[type(value), value]
        except (KeyError, TypeError):
            raise BadValueError(f"a value of {label(kind)} was expected.") from None

    return ours(dump)


def literal_load(kind: Any) -> Load:
    """The load of a Literal."""
    table = {_keyed(plain): value for value, plain in choice_values(kind)}
    tags = {tag for tag, _ in table}

    def load(plain: Any) -> Any:
        key = _keyed(plain)
        if key[0] not in tags:
            refuse(plain, label(kind), " or ".join(sorted(map(str, tags))))
        if key in table:
            return table[key]
        raise BadValueError(f"the stored value is no value of {label(kind)}.")

    return load
