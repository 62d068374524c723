"""Plain Python values to attribute values and back, without any declared type.

======================  ==========================================  ===========================
Python                  attribute value                             reads back as
======================  ==========================================  ===========================
str                     ``{"S": text}``                             str
int, Decimal, float     ``{"N": text}``, see `numbers`              int if whole, else Decimal
bytes                   ``{"B": base64 text}``                      bytes
bool, None              ``{"BOOL": ...}``, ``{"NULL": true}``       the same
list, tuple             ``{"L": [...]}``                            list
dict with str keys      ``{"M": {...}}``                            dict
set, frozenset          ``SS``, ``NS`` or ``BS``, sorted            set
======================  ==========================================  ===========================

``B`` is base64 text on both sides, never ``bytes``: an attribute value has one form, so that two of them can be
compared. Sets are sorted so that the same value renders to the same bytes.

Values are at most 32 levels deep, counting the attribute itself, as DynamoDB counts. The level is checked on the way
in, so no nesting and no cycle reaches Python's recursion limit.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, TypeAlias

import msgspec

from dynamorm_async._wire.faults import BadValueError
from dynamorm_async._wire.numbers import decimal_text, float_text, int_text, parse_number
from dynamorm_async.types import AttributeValue

__all__ = [
    "MAX_DEPTH",
    "NamedMap",
    "base64_text",
    "checked_text",
    "decode_value",
    "dump",
    "dump_set",
    "encode_value",
    "load",
    "parse_base64",
    "type_name",
]

MAX_DEPTH: Final = 32
_TOO_DEEP: Final = "is nested deeper than DynamoDB's 32 levels. Flatten it, or store the inner part as text."
_SURROGATE: Final = "holds a lone surrogate, which has no UTF-8 form. Encode with errors='replace', or store bytes."
_EMPTY_SET: Final = "is an empty set, which DynamoDB cannot store here. Leave it out, or declare the type as a set."
_MIXED_SET: Final = "is a set of mixed types; DynamoDB's sets hold only str, only numbers or only bytes."

Fallback: TypeAlias = Callable[[Any], Any]
"""Turns a value of another type into a plain one; answers the value itself if it knows none."""


def encode_value(value: Any, *, label: str = "value") -> AttributeValue:
    """A plain value as an attribute value.

    Args:
        value: As in the table above.
        label: What to call it in an error.

    Raises:
        ValidationError: DynamoDB cannot hold it.

    Example:
        >>> encode_value({"a": [1, True, None]})
        {'M': {'a': {'L': [{'N': '1'}, {'BOOL': True}, {'NULL': True}]}}}
    """
    try:
        return dump(value)
    except BadValueError as fault:
        raise fault.validation_error(label) from fault.__cause__


def decode_value(value: AttributeValue, *, label: str = "value") -> Any:
    """An attribute value as a plain value.

    Args:
        value: As in the table above.
        label: What to call it in an error.

    Raises:
        DecodeError: It is not an attribute value.
    """
    try:
        return load(value)
    except BadValueError as fault:
        raise fault.decode_error(label) from None


def type_name(value: object) -> str:
    """The name of a value's type, for messages; never the value."""
    return "None" if value is None else type(value).__name__


# ---------------------------------------------------------------- Python to attribute value


def _unchanged(value: Any) -> Any:
    return value


def checked_text(value: str) -> str:
    """A str that has a UTF-8 form, as an exact str.

    Raises:
        BadValueError: It holds a lone surrogate.
    """
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise BadValueError(_SURROGATE) from None
    return value if type(value) is str else str.__str__(value)


def base64_text(value: bytes) -> str:
    """Bytes as the text of a ``B``."""
    found: str = msgspec.to_builtins(value if type(value) is bytes else bytes(value))
    return found


def dump(value: Any, fallback: Fallback = _unchanged, level: int = 1) -> AttributeValue:
    """`encode_value` for the codec.

    Args:
        value: A plain value.
        fallback: Asked about types that are not plain.
        level: At which nesting level the value stands; the attribute itself is 1.

    Raises:
        BadValueError: With the path inside the value.
    """
    if level > MAX_DEPTH:
        raise BadValueError(_TOO_DEEP)
    encoder = _DUMP.get(value.__class__)
    if encoder is not None:
        return encoder(value, fallback, level)
    return _dump_other(value, fallback, level)


def _dump_other(value: Any, fallback: Fallback, level: int) -> AttributeValue:
    """Something that only the fallback knows, or a subclass of a plain type."""
    plain = fallback(value)
    for base in type(plain).__mro__:
        if base in _DUMP and not isinstance(plain, enum.Enum):
            return _DUMP[base](plain, fallback, level)
    raise BadValueError(
        f"{type_name(value)} has no DynamoDB form here. Declare the field's type, or register a converter hook for it."
    )


def _dump_list(value: Iterable[Any], fallback: Fallback, level: int) -> AttributeValue:
    items: list[AttributeValue] = []
    for item in value:
        try:
            items.append(dump(item, fallback, level + 1))
        except BadValueError as fault:
            raise fault.at(f"[{len(items)}]") from fault.__cause__
    return {"L": items}


class NamedMap(dict[str, Any]):
    """The map of a document: its keys are declared, so a path may show them, by the names in ``names``."""

    __slots__ = ("names",)

    def __init__(self, items: Mapping[str, Any], names: Mapping[str, str]) -> None:
        super().__init__(items)
        self.names = names


def _dump_dict(value: dict[Any, Any], fallback: Fallback, level: int) -> AttributeValue:
    items: dict[str, AttributeValue] = {}
    for position, (key, item) in enumerate(value.items()):
        try:
            items[_map_key(key)] = dump(item, fallback, level + 1)
        except BadValueError as fault:
            step = f".{value.names.get(key, key)}" if isinstance(value, NamedMap) else f"[key {position}]"
            raise fault.at(step) from fault.__cause__
    return {"M": items}


def _map_key(key: Any) -> str:
    if not isinstance(key, str) or isinstance(key, enum.Enum):
        raise BadValueError(f"is a map key of type {type_name(key)}; DynamoDB's map keys are str. Convert the keys.")
    return checked_text(key)


def _dump_set(value: Iterable[Any], fallback: Fallback, level: int) -> AttributeValue:
    return dump_set([dump(item, fallback, level) for item in value])


def dump_set(members: list[AttributeValue]) -> AttributeValue:
    """The set of these scalar attribute values.

    Raises:
        BadValueError: It is empty, mixed, of a type that DynamoDB has no set of, or two members are stored alike.
    """
    if not members:
        raise BadValueError(_EMPTY_SET)
    tags = {tag for member in members for tag in member}
    tag = tags.pop()
    if tags:
        raise BadValueError(_MIXED_SET)
    if tag not in ("S", "N", "B"):
        raise BadValueError("is a set of something else than str, numbers or bytes. Use a list.")
    payloads = sorted(member[tag] for member in members)
    if len(set(payloads)) != len(payloads):
        raise BadValueError("is a set of which two members are stored alike. Keep one of them.")
    return {tag + "S": payloads}


def _scalar(tag: str, convert: Callable[[Any], Any]) -> Callable[[Any, Fallback, int], AttributeValue]:
    return lambda value, _fallback, _level: {tag: convert(value)}


_DUMP: Final[dict[type, Callable[[Any, Fallback, int], AttributeValue]]] = {
    str: _scalar("S", checked_text),
    int: _scalar("N", int_text),
    float: _scalar("N", float_text),
    Decimal: _scalar("N", decimal_text),
    bool: _scalar("BOOL", bool),
    bytes: _scalar("B", base64_text),
    type(None): _scalar("NULL", lambda _: True),
    list: _dump_list,
    tuple: _dump_list,
    dict: _dump_dict,
    NamedMap: _dump_dict,
    set: _dump_set,
    frozenset: _dump_set,
}


# ---------------------------------------------------------------- attribute value to Python


def load(value: Any, level: int = 1) -> Any:
    """`decode_value` for the codec.

    Raises:
        BadValueError: With the path inside the value.
    """
    if level > MAX_DEPTH:
        raise BadValueError("the stored value is nested deeper than DynamoDB's 32 levels.")
    if value.__class__ is not dict or len(value) != 1:
        raise BadValueError("the stored value is not an attribute value with one type.")
    ((tag, payload),) = value.items()
    loader = _LOAD.get(tag)
    if loader is None or payload.__class__ is not loader[0]:
        raise BadValueError("the stored value has a type that DynamoDB does not have.")
    return loader[1](payload, level)


def parse_base64(payload: str) -> bytes:
    """The text of a ``B`` as bytes.

    Raises:
        BadValueError: It is not base64.
    """
    try:
        return msgspec.convert(payload, bytes)
    except msgspec.ValidationError:
        raise BadValueError("the stored B is not base64 text.") from None


def _load_null(payload: Any, _level: int) -> None:
    if payload is not True:
        raise BadValueError("the stored NULL is false, which DynamoDB does not have.")


def _load_list(payload: list[Any], level: int) -> list[Any]:
    items: list[Any] = []
    for item in payload:
        try:
            items.append(load(item, level + 1))
        except BadValueError as fault:
            raise fault.at(f"[{len(items)}]") from None
    return items


def _load_map(payload: dict[str, Any], level: int) -> dict[str, Any]:
    items: dict[str, Any] = {}
    for position, (key, item) in enumerate(payload.items()):
        try:
            items[key] = load(item, level + 1)
        except BadValueError as fault:
            raise fault.at(f"[key {position}]") from None
    return items


def _load_set(convert: Callable[[str], Any]) -> Callable[[list[Any], int], set[Any]]:
    def load_set(payload: list[Any], _level: int) -> set[Any]:
        if any(type(item) is not str for item in payload):
            raise BadValueError("the stored set holds something else than text.")
        return {convert(item) for item in payload}

    return load_set


_LOAD: Final[dict[str, tuple[type, Callable[[Any, int], Any]]]] = {
    "S": (str, lambda payload, _: payload),
    "N": (str, lambda payload, _: parse_number(payload)),
    "B": (str, lambda payload, _: parse_base64(payload)),
    "BOOL": (bool, lambda payload, _: payload),
    "NULL": (bool, _load_null),
    "L": (list, _load_list),
    "M": (dict, _load_map),
    "SS": (list, _load_set(str)),
    "NS": (list, _load_set(parse_number)),
    "BS": (list, _load_set(parse_base64)),
}
