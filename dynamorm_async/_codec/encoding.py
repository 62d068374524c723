"""Generates the encoder of a model: Python instances straight to the bytes of an item's JSON.

For each value the source tests its exact type and writes the attribute value in place; whatever is not as expected
(a subclass, a wrong type) goes to the dump of its type, which decides. What is the same in every item, names and
brackets, stands in the source as ready bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
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
from dynamorm_async._wire.json import encode_json
from dynamorm_async._wire.numbers import (
    INT_JSONS,
    INT_TEXTS,
    MAX_DIGITS,
    decimal_json,
    decimal_text,
    float_text,
    int_text,
)
from dynamorm_async._wire.values import dump
from dynamorm_async.types import AttributeValue

__all__ = ["NO_SHORTCUT", "VARIED", "EncoderSource", "Parts", "Shortcut", "quoted"]

_NAMES: Final[Mapping[str, Any]] = {
    "Decimal": Decimal,
    "UTC": UTC,
    "UUID": UUID,
    "date": date,
    "datetime": datetime,
    "decimal_json": decimal_json,
    "decimal_text": decimal_text,
    "dump_datetime": dump_datetime,
    "float_text": float_text,
    "int_text": int_text,
    "join": b"".join,
    "json": encode_json,
    "plain": msgspec.to_builtins,
    "INT_JSONS": INT_JSONS,
    "INT_TEXTS": INT_TEXTS,
    "ONLY_BYTES": {bytes},
    "ONLY_INT": {int},
    "ONLY_STR": {str},
}
_ZONED: Final = "json({0}) if {0}.tzinfo is UTC and {0}.microsecond else json(dump_datetime({0}))"

_LEAVES: Final[Mapping[type, tuple[str, str, str, str]]] = {
    str: ("type({0}) is str", "S", "{0}", "json({0})"),
    int: (
        "type({0}) is int",
        "N",
        "INT_TEXTS[{0}] if -1000 < {0} < 10000 else int_text({0})",
        "INT_JSONS[{0}]",
    ),
    bool: ("type({0}) is bool", "BOOL", "{0}", "b'true' if {0} else b'false'"),
    float: ("type({0}) is float", "N", "float_text({0})", "json(float_text({0}))"),
    Decimal: ("type({0}) is Decimal", "N", "decimal_text({0})", "decimal_json({0})"),
    bytes: ("type({0}) is bytes", "B", "plain({0})", "json({0})"),
    UUID: ("type({0}) is UUID", "S", "plain({0})", "json({0})"),
    datetime: ("type({0}) is datetime", "S", "dump_datetime({0})", _ZONED),
    date: ("type({0}) is date", "S", "plain({0})", "json({0})"),
}
"""When a value is as expected, its tag, and its payload as an object and as JSON."""

_SETS: Final[Mapping[type, tuple[str, str, str]]] = {
    str: ("{{*map(type, {0})}} == ONLY_STR", "SS", "json(sorted({0}))"),
    int: ("{{*map(type, {0})}} == ONLY_INT", "NS", "json(sorted(map(int_text, {0})))"),
    bytes: ("{{*map(type, {0})}} == ONLY_BYTES", "BS", "json(sorted(map(plain, {0})))"),
}


class Shortcut(msgspec.Struct, frozen=True):
    """The JSON of a value of the usual type: an expression for bytes, between two texts that are always the same."""

    condition: str
    before: str
    json: str
    after: str
    value: str | None = None
    """An expression for the attribute value as a dict; only scalars have it."""

    @property
    def whole(self) -> str:
        """An expression for all of the JSON."""
        return f"{self.before.encode()!r} + ({self.json}) + {self.after.encode()!r}"


NO_SHORTCUT: Final = Shortcut("False", "{", "b''", "}")
"""Of a shape that has none: what is always the same are the brackets."""


VARIED: Final = (Nullable, SetOf)
"""Shapes of values of which some are stored as another kind of attribute value: None, and an empty set in a list."""


class Parts:
    """Bytes that are joined: constants, of which neighbours become one, and expressions."""

    def __init__(self, text: str = "") -> None:
        self._parts: list[str] = []
        self._text = text

    def text(self, text: str) -> None:
        """Add what is always the same."""
        self._text += text

    def expression(self, expression: str) -> None:
        """Add what is worked out."""
        if self._text:
            self._parts.append(repr(self._text.encode()))
            self._text = ""
        self._parts.append(expression)

    def __bool__(self) -> bool:
        return bool(self._parts or self._text)

    def joined(self, *first: str) -> str:
        """An expression for all of it, after what is given here."""
        last = [repr(self._text.encode())] if self._text else []
        return f"join(({', '.join([*first, *self._parts, *last])},))"


class EncoderSource:
    """Writes expressions for the JSON of the attribute values of one model.

    Args:
        title: The model's name.
        fallback: For values of unknown types, see `dump`.
    """

    def __init__(self, title: str, fallback: Dump) -> None:
        self.source = Source(f"encode {title}", _NAMES)
        self._fallback = fallback
        self._documents: dict[tuple[type[Any], int], str] = {}

    def value(self, shape: Shape, value: str, level: int = 1) -> str:
        """An expression for the JSON of what is in the variable ``value``."""
        slow = f"{self.source.bind('slow', _as_json(self._slow(shape, level)))}({value})"
        found = self.shortcut(shape.item if isinstance(shape, Nullable) else shape, value, level)
        text = slow if found is None else f"({found.whole} if {found.condition} else {slow})"
        null = b'{"NULL":true}'
        return f"({null!r} if {value} is None else {text})" if isinstance(shape, Nullable) else text

    def add(self, parts: Parts, shape: Shape, value: str, level: int = 1) -> None:
        """Add the JSON of what is in the variable ``value``."""
        found = self.shortcut(shape, value, level)
        if found is None or isinstance(shape, VARIED):
            parts.expression(self.value(shape, value, level))
        else:
            self.add_shortcut(parts, found, value, self._slow(shape, level))

    def add_shortcut(self, parts: Parts, found: Shortcut, value: str, slow: Dump, condition: str = "") -> None:
        """Add the JSON of a value: by its shortcut, or by its dump where the condition is false."""
        function = self.source.bind("slow", _inner_json(slow, found.before.encode(), found.after.encode()))
        parts.text(found.before)
        parts.expression(f"(({found.json}) if {found.condition}{condition} else {function}({value}))")
        parts.text(found.after)

    def shortcut(self, shape: Shape, value: str, level: int = 1) -> Shortcut | None:
        """The shortcut of a shape, for values that are not None; None if there is none."""
        match shape:
            case Leaf(kind=kind) if kind in _LEAVES:
                return _scalar(*(text.format(value) for text in _LEAVES[kind]))
            case SetOf(item=Leaf(kind=kind), base=base) if kind in _SETS:
                condition, tag, json = (text.format(value) for text in _SETS[kind])
                return Shortcut(f"type({value}) is {base.__name__} and {condition}", f'{{"{tag}":', json, "}")
            case Choice():
                return self._choice(shape, value)
            case NestedRecord(record=record):
                cls = self.source.bind("cls", record.cls)
                json = f"{self._document(shape, level)}({value})"
                return Shortcut(f"type({value}) is {cls}", '{"M":', json, "}")
            case _:
                return self._container(shape, value, level)

    def _container(self, shape: Shape, value: str, level: int) -> Shortcut | None:
        match shape:
            case Listed(item=item, base=base):
                return Shortcut(f"type({value}) is {base.__name__}", '{"L":[', self._each(item, value, level), "]}")
            case Mapped(item=item):
                inner = self.source.name("v")
                pairs = f"json(k) + b':' + {self.value(item, inner, level + 1)} for k, {inner} in {value}.items()"
                condition = f"type({value}) is dict and {{*map(type, {value})}} <= ONLY_STR"
                return Shortcut(condition, '{"M":{', f"b','.join([{pairs}])", "}}")
            case Fixed(items=items):
                each = Parts()
                for number, item in enumerate(items):
                    each.text("," if number else "")
                    each.expression(self.value(item, f"{value}[{number}]", level + 1))
                condition = f"type({value}) is tuple and len({value}) == {len(items)}"
                return Shortcut(condition, '{"L":[', each.joined() if items else "b''", "]}")
            case _:
                return None

    def _each(self, item: Shape, value: str, level: int) -> str:
        """The elements of a list. What stands around each of them alike stands in the separator."""
        inner = self.source.name("v")
        found = self.shortcut(item, inner, level + 1)
        if found is None or isinstance(item, VARIED):
            return f"b','.join([{self.value(item, inner, level + 1)} for {inner} in {value}])"
        before, after = found.before.encode(), found.after.encode()
        slow = self.source.bind("slow", _inner_json(self._slow(item, level + 1), before, after))
        each = f"[({found.json}) if {found.condition} else {slow}({inner}) for {inner} in {value}]"
        return f"{before!r} + {after + b',' + before!r}.join({each}) + {after!r} if {value} else b''"

    def _choice(self, shape: Choice, value: str) -> Shortcut | None:
        plain = [plain for _, plain in shape.values]
        if shape.enum is not None:
            if any(type(member.value) is not type(found) for member, found in shape.values):
                return None
            condition, stored = f"type({value}) is {self.source.bind('cls', shape.enum)}", f"{value}._value_"
        elif any(type(choice) is not type(found) for choice, found in shape.values):
            return None
        else:
            kind = "str" if shape.tag == "S" else "int"
            choices = self.source.bind("choices", set(plain))
            condition, stored = f"type({value}) is {kind} and {value} in {choices}", value
        if shape.tag == "S":
            return _scalar(condition, "S", stored, f"json({stored})")
        small = all(abs(number) < 10**MAX_DIGITS for number in plain)
        return _scalar(condition, "N", f"str({stored})", f"json(str({stored}))") if small else None

    def _document(self, shape: NestedRecord, level: int) -> str:
        """The name of the function for a document."""
        record = shape.record
        if (record.cls, level) not in self._documents:
            read = "d[{!r}]" if record.native else "o.{}"
            names = [(member, self.source.name("v")) for member in record.members]
            lines = [f"{name} = {read.format(member.field.name)}" for member, name in names]
            lines = ["d = o.__dict__", *lines] if record.native else lines
            parts = Parts("{")
            for number, ((member, name), inner) in enumerate(zip(names, shape.shapes, strict=True)):
                parts.text(f"{',' if number else ''}{quoted(member.field.attribute)}:")
                self.add(parts, inner, name, level + 1)
            parts.text("}")
            lines.append(f"return {parts.joined()}")
            function = self.source.function(self.source.name("document"), "o", lines)
            self._documents[record.cls, level] = function
        return self._documents[record.cls, level]

    def _slow(self, shape: Shape, level: int) -> Dump:
        """Encodes whatever fits the shape, and refuses the rest."""
        convert, fallback = shape.dump, self._fallback

        def slow(value: Any) -> AttributeValue:
            return dump(convert(value), fallback, level)

        def dynamic(value: Any) -> AttributeValue:
            return dump(value, fallback, level)

        return dynamic if isinstance(shape, Dynamic) else slow


def quoted(name: str) -> str:
    """The JSON of an attribute name."""
    return encode_json(name).decode()


def _scalar(condition: str, tag: str, text: str, json: str) -> Shortcut:
    return Shortcut(condition, f'{{"{tag}":', json, "}", f"{{{tag!r}: {text}}}")


def _as_json(slow: Dump) -> Callable[[Any], bytes]:
    return lambda value: encode_json(slow(value))


def _inner_json(slow: Dump, before: bytes, after: bytes) -> Callable[[Any], bytes]:
    """What a dump gives, without the texts around it that stand in the source already.

    Another kind of value than the type lets expect is refused; then the whole item is encoded the slow way.
    """

    def inner(value: Any) -> bytes:
        found = encode_json(slow(value))
        if found.startswith(before) and found.endswith(after):
            return found[len(before) : len(found) - len(after)]
        raise ValueError("another kind of attribute value")

    return inner
