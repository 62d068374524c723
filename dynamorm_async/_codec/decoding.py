"""Generates the decoder of a model: wire structs, which msgspec fills straight from JSON, to Python instances.

For each type there is a struct with one field for each wire type that it may have (``S``, ``N``, ...), so that msgspec
checks the wire type, parses datetimes, UUIDs and base64, and builds no dicts. The source reads the structs. Whatever is
not as expected raises, and the item is decoded once more by the slow way, which finds the fault or reads it after all.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, Union
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from dynamorm_async._codec.documents import Member, Record
from dynamorm_async._codec.rules import missing
from dynamorm_async._codec.scalars import parse_zoned
from dynamorm_async._codec.shapes import (
    Choice,
    Dynamic,
    Fixed,
    Leaf,
    Listed,
    Mapped,
    NestedRecord,
    Nullable,
    SetOf,
    Shape,
    tag_of,
)
from dynamorm_async._codec.source import Source
from dynamorm_async._codec.storing import writer_for
from dynamorm_async._wire.faults import BadValueError
from dynamorm_async._wire.numbers import (
    DECIMALS,
    INTS,
    is_fraction,
    parse_decimal,
    parse_float,
    parse_int,
    parse_number,
)
from dynamorm_async._wire.values import load
from dynamorm_async.types import UNSET as UNSET_VALUE

__all__ = ["DecoderSource", "local", "wire_struct"]


def mismatch(*_: object) -> Any:
    """Leave the item to the slow way."""
    raise BadValueError("the item is not as the compiled decoder expects.")


def _null(null: object, payload: object) -> None:
    """None, if the value is NULL and nothing else."""
    if null is not True or payload is not UNSET:
        mismatch()


def _empty(wire: Any, base: type[Any], *, nullable: bool) -> Any:
    """What a set type reads from something else than a set."""
    null, listed = wire.NULL, getattr(wire, "L", UNSET)
    tags = sum(getattr(wire, name) is not UNSET for name in wire.__struct_fields__)
    if tags == 1 and null is True:
        return None if nullable else base()
    return base() if tags == 1 and listed == [] else mismatch()


_NAMES: Final[Mapping[str, Any]] = {
    "DECIMALS": DECIMALS,
    "Decimal": Decimal,
    "INTS": INTS,
    "UNSET": UNSET,
    "UTC": UTC,
    "empty": _empty,
    "is_fraction": is_fraction,
    "load": load,
    "mismatch": mismatch,
    "null": _null,
    "parse_decimal": parse_decimal,
    "parse_float": parse_float,
    "parse_int": parse_int,
    "parse_number": parse_number,
    "zoned": parse_zoned,
}

_PAYLOADS: Final[Mapping[type, Any]] = {
    bytes: bytes,
    bool: bool,
    datetime: datetime,
    date: date,
    time: time,
    UUID: UUID,
}
"""What msgspec makes of the payload; text for all others."""

_READS: Final[Mapping[type, str]] = {
    int: "(INTS.get({0}) or parse_int({0}))",
    float: "(float({0}) if is_fraction({0}) else parse_float({0}))",
    Decimal: "(DECIMALS.get({0}) or (Decimal({0}) if len({0}) > 8 and is_fraction({0}) else parse_decimal({0})))",
    datetime: "({0} if {0}.tzinfo is UTC else zoned({0}))",
}


@functools.lru_cache(maxsize=512)
def wire_struct(*fields: tuple[str, Any]) -> Any:
    """The struct for a value of these wire types; of several, a value has one, and msgspec cannot say which."""
    several = len(fields) > 1
    definitions = [(tag, Union[payload, UnsetType], UNSET) if several else (tag, payload) for tag, payload in fields]  # noqa: UP007
    return msgspec.defstruct("_".join(tag for tag, _ in fields), definitions, gc=False, forbid_unknown_fields=True)


class DecoderSource:
    """Writes expressions that read wire structs, and the functions and structs for records.

    Args:
        title: The model's name.
    """

    def __init__(self, title: str) -> None:
        self.source = Source(f"build {title}", _NAMES)
        self._documents: dict[tuple[type[Any], int], tuple[Any, str]] = {}

    # ------------------------------------------------------------ wire types

    def wire(self, shape: Shape, level: int = 1) -> Any:
        """The type that msgspec decodes a value of this shape into."""
        tag = tag_of(shape.item if isinstance(shape, Nullable) else shape)
        match shape:
            case Nullable(item=SetOf() as item):
                return wire_struct((str(tag), self._payload(item, level)), ("NULL", bool), ("L", list[Any]))
            case Nullable(item=item):
                return wire_struct((str(tag), self._payload(item, level)), ("NULL", bool))
            case SetOf():
                return wire_struct((str(tag), self._payload(shape, level)), ("NULL", bool))
            case _:
                return dict[str, Any] if tag is None else wire_struct((tag, self._payload(shape, level)))

    def _payload(self, shape: Shape, level: int) -> Any:
        match shape:
            case Leaf(kind=kind):
                return _PAYLOADS.get(kind, str)
            case Listed(item=item):
                return _generic(list, self.wire(item, level + 1))
            case Mapped(item=item):
                return _generic(dict, str, self.wire(item, level + 1))
            case Fixed(items=items):
                return _generic(tuple, *(self.wire(item, level + 1) for item in items))
            case SetOf(item=item, base=base):
                return _generic(base if _final(item) else list, self._payload(item, level))
            case NestedRecord():
                return self._document(shape, level)[0]
            case _:
                return str

    # ------------------------------------------------------------ reading

    def read(self, shape: Shape, wire: str, level: int = 1) -> str:
        """An expression for the value in the wire struct that the variable ``wire`` holds."""
        item = shape.item if isinstance(shape, Nullable) else shape
        tag = tag_of(item)
        if tag is None:
            loaded = f"load({wire}, {level})"
            return loaded if isinstance(shape, Dynamic) else f"{self.source.bind('load', shape.load)}({loaded})"
        payload = f"{wire}.{tag}"
        text = self._read_payload(item, payload, level)
        if isinstance(item, SetOf):
            nullable = isinstance(shape, Nullable)
            others = f"{wire}.NULL is UNSET" + (f" and {wire}.L is UNSET" if nullable else "")
            otherwise = f"empty({wire}, {item.base.__name__}, nullable={nullable})"
            return f"({text} if {payload} is not UNSET and {others} else {otherwise})"
        if isinstance(shape, Nullable):
            return f"({text} if {payload} is not UNSET and {wire}.NULL is UNSET else null({wire}.NULL, {payload}))"
        return text

    def _read_payload(self, shape: Shape, payload: str, level: int) -> str:
        match shape:
            case Leaf(kind=kind) if kind is timedelta:
                return f"{self.source.bind('load', shape.load)}(parse_number({payload}))"
            case Leaf(kind=kind):
                return _READS.get(kind, "{0}").format(payload)
            case Choice(tag=tag):
                table = self.source.bind("choices", {plain: value for value, plain in shape.values})
                return f"{table}[{payload}]" if tag == "S" else f"{table}[parse_number({payload})]"
            case SetOf(item=item, base=base):
                member = self.source.name("x")
                each = f"{self._read_payload(item, member, level)} for {member} in {payload}"
                return payload if _final(item) else f"{base.__name__}([{each}])"
            case Fixed(items=items):
                return (
                    "("
                    + "".join(f"{self.read(item, f'{payload}[{n}]', level + 1)}, " for n, item in enumerate(items))
                    + ")"
                )
            case NestedRecord():
                return f"{self._document(shape, level)[1]}({payload})"
            case _:
                return self._read_many(shape, payload, level)

    def _read_many(self, shape: Shape, payload: str, level: int) -> str:
        inner = self.source.name("x")
        match shape:
            case Mapped(item=item):
                return f"{{k: {self.read(item, inner, level + 1)} for k, {inner} in {payload}.items()}}"
            case Listed(item=item, base=base):
                each = f"[{self.read(item, inner, level + 1)} for {inner} in {payload}]"
                return each if base is list else f"tuple({each})"
            case _:
                raise TypeError(f"no reader for {type(shape).__name__}")  # every other shape has one of its own

    # ------------------------------------------------------------ records

    def _document(self, shape: NestedRecord, level: int) -> tuple[Any, str]:
        key = (shape.record.cls, level)
        if key not in self._documents:
            lines: list[str] = []
            struct = self.record(shape.record, shape.shapes, lines, level=level + 1)
            function = self.source.function(self.source.name("document"), "w", lines)
            self._documents[key] = (struct, function)
        return self._documents[key]

    def record(
        self,
        record: Record,
        shapes: Sequence[Shape],
        lines: list[str],
        *,
        level: int = 1,
        feeding: Collection[str] = (),
        extra: Sequence[tuple[str, str, Any]] = (),
        checks: Sequence[str] = (),
    ) -> Any:
        """Write the lines that return the instance for the struct ``w``.

        Args:
            record: The model or document.
            shapes: One for each of its members.
            lines: Where the lines go.
            level: The nesting level of the fields' values.
            feeding: Fields that feed templates: without an attribute of their own they are left to the slow way.
            extra: More struct fields: name, attribute and type.
            checks: Lines to go before the end; they see a field in ``feeding`` under its `local` name.

        Returns:
            The struct.
        """
        fields: list[Any] = [(name, Union[kind, UnsetType], UNSET) for name, _, kind in extra]  # noqa: UP007
        rename = {name: attribute for name, attribute, _ in extra}
        writer = writer_for(record)
        lines += writer.head(self.source)
        for number, (member, shape) in enumerate(zip(record.members, shapes, strict=True)):
            field, position = member.field, f"f{number}"
            rename[position] = field.attribute
            kind, text = self.wire(shape, level), self.read(shape, f"w.{position}", level)
            absent = "mismatch()" if field.name in feeding else self._absent(member)
            required = absent is None and not member.optional_argument
            fields.append((position, kind) if required else (position, Union[kind, UnsetType], UNSET))  # noqa: UP007
            if not required or text.count(f"w.{position}.") != 1:
                lines.append(f"x = w.{position}")
                text = self.read(shape, "x", level)
            if absent is not None:
                text = f"{text} if x is not UNSET else {absent}"
            if field.name in feeding:
                lines.append(f"{local(field.name)} = {text}")
                text = local(field.name)
            lines += writer.store(member, text)
        lines += [*checks, *writer.tail()]
        return msgspec.defstruct(f"{record.name}Wire", fields, rename=rename, kw_only=True, gc=False)

    def _absent(self, member: Member) -> str | None:
        """The expression for a missing attribute; None if there must be one."""
        field = member.field
        if member.optional_argument:
            return None
        if field.factory is not None:
            return f"{self.source.bind('factory', field.factory)}()"
        found = missing(field)
        if found is UNSET_VALUE:
            return None
        if found is not None and field.default is UNSET_VALUE:
            return f"{found.__class__.__name__}()"  # an empty set, made anew for each instance
        return "None" if found is None else self.source.bind("default", found)


def local(name: str) -> str:
    """The local name under which generated code keeps the value of a field that feeds a template."""
    return f"value_{name}"


def _generic(base: Any, *arguments: Any) -> Any:
    """``base[arguments]`` for types that are made at run time."""
    return base[arguments]


def _final(shape: Shape) -> bool:
    """Whether what msgspec makes of a set's member is the value."""
    return isinstance(shape, Leaf) and shape.kind in (str, bytes, UUID)
