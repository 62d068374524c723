"""What a type looks like to the code generators: the types they know a shortcut for, and the rest.

A shape stands for exactly what the hooks do. Wherever a user's hook or field converter is responsible, or the type is
of a kind without a shortcut, the shape is `Opaque`: the generated code calls the dump and the load there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, TypeAlias
from uuid import UUID

import msgspec

from dynamorm_async._codec.annotations import container, is_literal, members, strip
from dynamorm_async._codec.choices import choice_values
from dynamorm_async._codec.containers import arguments
from dynamorm_async._codec.documents import Member, Record, is_document, record_for
from dynamorm_async._codec.hooks import dump_for, is_plain, load_for
from dynamorm_async._codec.ownership import Dump, Hooks, Load
from dynamorm_async._codec.unions import optional
from dynamorm_async._wire.json import is_bare

__all__ = [
    "LEAF_TAGS",
    "Choice",
    "Dynamic",
    "Fixed",
    "Leaf",
    "Listed",
    "Mapped",
    "NestedRecord",
    "Nullable",
    "Opaque",
    "SetOf",
    "Shape",
    "depth",
    "shape_of_member",
    "tag_of",
]

LEAF_TAGS: Final[Mapping[type, str]] = {
    str: "S",
    bytes: "B",
    bool: "BOOL",
    int: "N",
    float: "N",
    Decimal: "N",
    timedelta: "N",
    datetime: "S",
    date: "S",
    time: "S",
    UUID: "S",
}


class Opaque(msgspec.Struct, frozen=True, eq=False):
    """Anything: its dump and load are called."""

    dump: Dump
    load: Load


class Leaf(Opaque, frozen=True, eq=False):
    """A scalar type."""

    kind: type


class Choice(Opaque, frozen=True, eq=False):
    """An Enum or Literal whose values are all str, or all int."""

    tag: str
    values: tuple[tuple[Any, Any], ...]
    """Python value and plain value."""
    enum: type | None
    """None for a Literal."""


class Listed(Opaque, frozen=True, eq=False):
    """A list, or a tuple of any length."""

    item: Shape
    base: type


class Fixed(Opaque, frozen=True, eq=False):
    """A tuple of fixed length."""

    items: tuple[Shape, ...]


class Mapped(Opaque, frozen=True, eq=False):
    """A dict."""

    item: Shape


class SetOf(Opaque, frozen=True, eq=False):
    """A set of scalars."""

    item: Leaf | Choice
    base: type


class Nullable(Opaque, frozen=True, eq=False):
    """A shape, or None."""

    item: Shape


class NestedRecord(Opaque, frozen=True, eq=False):
    """A document."""

    record: Record
    shapes: tuple[Shape, ...]
    """One for each member of the record."""


class Dynamic(Opaque, frozen=True, eq=False):
    """``Any``: only the value itself can tell."""


Shape: TypeAlias = Opaque


def tag_of(shape: Shape) -> str | None:
    """The one wire type of a shape; None if there may be several."""
    match shape:
        case Leaf(kind=kind):
            return LEAF_TAGS[kind]
        case Choice(tag=tag):
            return tag
        case Listed() | Fixed():
            return "L"
        case Mapped() | NestedRecord():
            return "M"
        case SetOf(item=item):
            return f"{tag_of(item)}S"
        case _:
            return None


def depth(shape: Shape) -> int:
    """How many levels of DynamoDB's values it takes."""
    match shape:
        case Nullable(item=item):
            return depth(item)
        case Listed(item=item) | Mapped(item=item):
            return 1 + depth(item)
        case Fixed(items=parts) | NestedRecord(shapes=parts):
            return 1 + max(map(depth, parts), default=0)
        case _:
            return 1


def shape_of_member(member: Member, converter: Hooks) -> Shape:
    """The shape of one field."""
    if member.field.converter is not None or member.field.slot.epoch:
        return Opaque(member.dump, member.load)
    return _shape(member.field.type, converter)


def _shape(kind: Any, converter: Hooks) -> Shape:
    dump, load = dump_for(converter, kind), load_for(converter, kind)
    if not is_plain(converter, kind):
        return Opaque(dump, load)
    kind = strip(kind)
    if kind is Any:
        return Dynamic(dump, load)
    if kind in LEAF_TAGS:
        return Leaf(dump, load, kind)
    if len(members(kind)) > 1:
        return _nullable(kind, converter, dump, load)
    if is_literal(kind) or (isinstance(kind, type) and hasattr(kind, "__members__")):
        return _choice(kind, dump, load)
    if is_document(kind):
        return _nested(kind, converter, dump, load)
    return _container(kind, converter, dump, load)


def _nullable(kind: Any, converter: Hooks, dump: Dump, load: Load) -> Shape:
    single = optional(kind)
    item = None if single is None else _shape(single, converter)
    if item is None or tag_of(item) is None:
        return Opaque(dump, load)
    return Nullable(dump, load, item)


def _choice(kind: Any, dump: Dump, load: Load) -> Shape:
    values = tuple(choice_values(kind))
    for plain_type, tag in ((str, "S"), (int, "N")):
        if values and all(type(plain) is plain_type for _, plain in values):
            return Choice(dump, load, tag, values, kind if isinstance(kind, type) else None)
    return Opaque(dump, load)


def _nested(kind: type[Any], converter: Hooks, dump: Dump, load: Load) -> Shape:
    record = record_for(kind, converter)
    if record.templates or not all(is_bare(member.field.attribute) for member in record.members):
        return Opaque(dump, load)
    return NestedRecord(dump, load, record, tuple(shape_of_member(member, converter) for member in record.members))


def _container(kind: Any, converter: Hooks, dump: Dump, load: Load) -> Shape:
    base = container(kind)
    if base is None:
        return Opaque(dump, load)
    found = arguments(kind)
    if base is tuple and Ellipsis not in found:
        return Fixed(dump, load, tuple(_shape(argument, converter) for argument in found))
    item = _shape(found[0], converter)
    if base is dict:
        return Mapped(dump, load, item)
    if base in (set, frozenset):
        if isinstance(item, (Leaf, Choice)) and tag_of(item) in ("S", "N", "B"):
            return SetOf(dump, load, item, base)
        return Opaque(dump, load)
    return Listed(dump, load, item, base)
