"""Generates the encoder of a model: Python instances straight to attribute values.

For each value the source tests its exact type and builds the attribute value in place; whatever is not as expected
(a subclass, text beyond ASCII, a big number, a wrong type) goes to the dump of its type, which decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec

from dynamorm_async._codec.ownership import Dump
from dynamorm_async._codec.scalars import dump_datetime
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
)
from dynamorm_async._codec.source import Source
from dynamorm_async._wire.numbers import INT_TEXTS, MAX_DIGITS, decimal_text, float_text, int_text
from dynamorm_async._wire.values import MAX_DEPTH, checked_text, dump
from dynamorm_async.errors import ModelDefinitionError
from dynamorm_async.types import AttributeValue

__all__ = ["EncoderSource"]

_NAMES: Final[Mapping[str, Any]] = {
    "Decimal": Decimal,
    "UUID": UUID,
    "date": date,
    "datetime": datetime,
    "decimal_text": decimal_text,
    "dump_datetime": dump_datetime,
    "float_text": float_text,
    "int_text": int_text,
    "isascii": str.isascii,
    "plain": msgspec.to_builtins,
    "INT_TEXTS": INT_TEXTS,
    "ONLY_BYTES": {bytes},
    "ONLY_INT": {int},
    "ONLY_STR": {str},
}

_LEAVES: Final[Mapping[type, tuple[str, str]]] = {
    str: ("type({0}) is str and {0}.isascii()", "{{'S': {0}}}"),
    int: ("type({0}) is int", "{{'N': INT_TEXTS[{0}] if -1000 < {0} < 10000 else int_text({0})}}"),
    bool: ("({0} is True or {0} is False)", "{{'BOOL': {0}}}"),
    float: ("type({0}) is float", "{{'N': float_text({0})}}"),
    Decimal: ("type({0}) is Decimal", "{{'N': decimal_text({0})}}"),
    bytes: ("type({0}) is bytes", "{{'B': plain({0})}}"),
    UUID: ("type({0}) is UUID", "{{'S': plain({0})}}"),
    datetime: ("type({0}) is datetime", "{{'S': dump_datetime({0})}}"),
    date: ("type({0}) is date", "{{'S': plain({0})}}"),
}
"""When a value is as expected, and what its attribute value is."""

_SETS: Final[Mapping[type, tuple[str, str]]] = {
    str: ("{{*map(type, {0})}} == ONLY_STR and ''.join({0}).isascii()", "{{'SS': sorted({0})}}"),
    int: ("{{*map(type, {0})}} == ONLY_INT", "{{'NS': sorted(map(int_text, {0}))}}"),
    bytes: (
        "{{*map(type, {0})}} == ONLY_BYTES",
        "{{'BS': sorted(map(plain, {0}))}}",
    ),
}


class Shortcut(msgspec.Struct, frozen=True):
    """An expression for an attribute value, and the condition under which it holds."""

    condition: str
    expression: str


class EncoderSource:
    """Writes expressions for the attribute values of one model.

    Args:
        title: The model's name.
        fallback: For values of unknown types, see `dump`.
    """

    def __init__(self, title: str, fallback: Dump) -> None:
        self.source = Source(f"encode {title}", _NAMES)
        self._fallback = fallback
        self._documents: dict[tuple[type[Any], int], str] = {}

    def value(self, shape: Shape, value: str, level: int = 1) -> str:
        """An expression for the attribute value of what is in the variable ``value``."""
        slow = f"{self._slow(shape, level)}({value})"
        found = self.shortcut(shape.item if isinstance(shape, Nullable) else shape, value, level)
        text = slow if found is None else f"({found.expression} if {found.condition} else {slow})"
        return f"({{'NULL': True}} if {value} is None else {text})" if isinstance(shape, Nullable) else text

    def shortcut(self, shape: Shape, value: str, level: int = 1) -> Shortcut | None:
        """The expression for the usual case of a shape that is not None; None if there is no shortcut."""
        if level > MAX_DEPTH:
            raise ModelDefinitionError("a type is nested deeper than DynamoDB's 32 levels.")
        match shape:
            case Leaf(kind=kind) if kind in _LEAVES:
                return Shortcut(*(text.format(value) for text in _LEAVES[kind]))
            case SetOf(item=Leaf(kind=kind), base=base) if kind in _SETS:
                condition, expression = (text.format(value) for text in _SETS[kind])
                return Shortcut(f"type({value}) is {base.__name__} and {condition}", expression)
            case Choice():
                return self._choice(shape, value)
            case NestedRecord(record=record):
                cls = self.source.bind("cls", record.cls)
                return Shortcut(f"type({value}) is {cls}", f"{self._document(shape, level)}({value})")
            case _:
                return self._container(shape, value, level)

    def _container(self, shape: Shape, value: str, level: int) -> Shortcut | None:
        match shape:
            case Listed(item=item, base=base):
                return Shortcut(f"type({value}) is {base.__name__}", f"{{'L': {self._each(item, value, level)}}}")
            case Mapped(item=item):
                inner = self.source.name("v")
                keys = f"{{*map(type, {value})}} <= ONLY_STR and all(map(isascii, {value}))"
                pairs = f"{{k: {self.value(item, inner, level + 1)} for k, {inner} in {value}.items()}}"
                return Shortcut(f"type({value}) is dict and {keys}", f"{{'M': {pairs}}}")
            case Fixed(items=items):
                each = ", ".join(self.value(item, f"{value}[{n}]", level + 1) for n, item in enumerate(items))
                return Shortcut(f"type({value}) is tuple and len({value}) == {len(items)}", f"{{'L': [{each}]}}")
            case _:
                return None

    def _each(self, item: Shape, value: str, level: int) -> str:
        inner = self.source.name("v")
        return f"[{self.value(item, inner, level + 1)} for {inner} in {value}]"

    def _choice(self, shape: Choice, value: str) -> Shortcut | None:
        plain = [plain for _, plain in shape.values]
        if shape.enum is not None:
            if any(type(member.value) is not type(found) for member, found in shape.values):
                return None
            condition, stored = f"type({value}) is {self.source.bind('cls', shape.enum)}", f"{value}._value_"
        else:
            if any(type(choice) is not type(found) for choice, found in shape.values):
                return None
            kind = "str" if shape.tag == "S" else "int"
            choices = self.source.bind("choices", set(plain))
            condition, stored = f"type({value}) is {kind} and {value} in {choices}", value
        if shape.tag == "S":
            return Shortcut(condition, f"{{'S': {stored}}}") if all(text.isascii() for text in plain) else None
        small = all(abs(number) < 10**MAX_DIGITS for number in plain)
        return Shortcut(condition, f"{{'N': str({stored})}}") if small else None

    def _document(self, shape: NestedRecord, level: int) -> str:
        """The name of the function for a document."""
        record = shape.record
        if (record.cls, level) not in self._documents:
            read = "d[{!r}]" if record.native else "o.{}"
            names = [(member, self.source.name("v")) for member in record.members]
            pairs = ", ".join(
                f"{member.field.attribute!r}: {self.value(inner, name, level + 1)}"
                for (member, name), inner in zip(names, shape.shapes, strict=True)
            )
            lines = [f"{name} = {read.format(member.field.name)}" for member, name in names]
            lines = ["d = o.__dict__", *lines] if record.native else lines
            lines.append(f"return {{'M': {{{pairs}}}}}")
            function = self.source.function(self.source.name("document"), "o", lines)
            self._documents[record.cls, level] = function
        return self._documents[record.cls, level]

    def _slow(self, shape: Shape, level: int) -> str:
        """The name of the function that encodes whatever fits the shape, and refuses the rest."""
        convert, fallback = shape.dump, self._fallback

        def text(value: Any) -> AttributeValue:
            # Text beyond ASCII is no exception, only checked for surrogates.
            return {"S": checked_text(value)} if type(value) is str else slow(value)

        def slow(value: Any) -> AttributeValue:
            return dump(convert(value), fallback, level)

        def dynamic(value: Any) -> AttributeValue:
            return dump(value, fallback, level)

        if isinstance(shape, Leaf) and shape.kind is str:
            return self.source.bind("text", text)
        return self.source.bind("slow", dynamic if isinstance(shape, Dynamic) else slow)
