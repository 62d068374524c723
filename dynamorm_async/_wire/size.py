"""How large an item is and what reading or writing it costs, by DynamoDB's published rules.

Source: "DynamoDB item sizes and formats" and "Read and write capacity" in the DynamoDB developer guide. A number's size
is documented as approximate; this counts one byte for the exponent, one for two digits (paired from the decimal
point) and one for a minus, and is never more than one byte off.
"""

from __future__ import annotations

from typing import Any, Final

from dynamorm_async._wire.faults import BadValueError
from dynamorm_async.errors import ItemTooLargeError
from dynamorm_async.types import AttributeValue, Item

__all__ = [
    "ITEM_LIMIT",
    "PARTITION_KEY_LIMIT",
    "SORT_KEY_LIMIT",
    "check_item_size",
    "check_key",
    "item_size",
    "read_units",
    "value_size",
    "write_units",
]

ITEM_LIMIT: Final = 409_600
"""Bytes of an item, names included."""
PARTITION_KEY_LIMIT: Final = 2048
"""Bytes of a partition key value."""
SORT_KEY_LIMIT: Final = 1024
"""Bytes of a sort key value."""

_READ_UNIT: Final = 4096
_WRITE_UNIT: Final = 1024
_CONTAINER: Final = 3
"""Bytes of a list or map itself; each of its elements adds one more."""


def item_size(item: Item) -> int:
    """The size of an item in bytes: attribute names and values."""
    return sum(_text_size(name) + value_size(value) for name, value in item.items())


def value_size(value: AttributeValue) -> int:
    """The size of one attribute value in bytes, without its name."""
    size = 0
    pending = [value]
    while pending:
        ((tag, payload),) = pending.pop().items()
        if tag == "L":
            size += _CONTAINER + len(payload)
            pending.extend(payload)
        elif tag == "M":
            size += _CONTAINER + len(payload) + sum(map(_text_size, payload))
            pending.extend(payload.values())
        else:
            size += _scalar_size(tag, payload)
    return size


def _scalar_size(tag: str, payload: Any) -> int:
    if tag in ("BOOL", "NULL"):
        return 1
    measure = _MEASURE[tag[0]]
    return measure(payload) if len(tag) == 1 else sum(map(measure, payload))


def _text_size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _binary_size(text: str) -> int:
    return len(text) * 3 // 4 - text[-2:].count("=")


def _number_size(text: str) -> int:
    """The size of a number in canonical text."""
    whole, _, fraction = text.lstrip("-").partition(".")
    whole = whole.lstrip("0")
    point = len(whole) if whole else len(fraction.lstrip("0")) - len(fraction)
    digits = (whole + fraction).strip("0")
    if not digits:
        return 1
    return 1 + (len(digits) + point % 2 + 1) // 2 + text.startswith("-")


_MEASURE: Final = {"S": _text_size, "N": _number_size, "B": _binary_size}


def check_item_size(
    item: Item, *, rendered: int | None = None, model: str | None = None, op: str | None = None
) -> None:
    """Refuse an item that DynamoDB would refuse for its size.

    Args:
        item: The whole item.
        rendered: The length of the item's JSON, if it is at hand. JSON is never shorter than the item's size, so a
            short one saves the counting.
        model: For the error.
        op: For the error.

    Raises:
        ItemTooLargeError: It has more than 409 600 bytes.
    """
    if rendered is not None and rendered <= ITEM_LIMIT:
        return
    size = item_size(item)
    if size > ITEM_LIMIT:
        raise ItemTooLargeError(
            size=size, limit=ITEM_LIMIT, model=model, op=op, hint="Store the large part elsewhere, or in several items."
        )


def check_key(value: AttributeValue, limit: int) -> AttributeValue:
    """The attribute value itself, if it can be a key.

    Args:
        value: The value of one key attribute.
        limit: `PARTITION_KEY_LIMIT` or `SORT_KEY_LIMIT`, in bytes.

    Raises:
        BadValueError: It is not a str, number or bytes, is empty, or is too long.
    """
    ((tag, payload),) = value.items()
    if tag not in _MEASURE:
        raise BadValueError("is part of a key, so it must be stored as text, number or binary.")
    if not payload:
        raise BadValueError("is part of a key and must not be empty.")
    if tag != "N" and _MEASURE[tag](payload) > limit:
        raise BadValueError(f"is part of a key and has more than {limit} bytes, DynamoDB's limit for it.")
    return value


def read_units(size: int, *, consistent: bool = False, transactional: bool = False) -> float:
    """Read capacity units for reading this many bytes at once: 4 KB a unit, half of it if eventually consistent.

    For a query or scan, give the sum of the item sizes; for single reads, each item's own size.
    """
    units = max(1, -(-size // _READ_UNIT))
    if transactional:
        return float(units * 2)
    return units * (1.0 if consistent else 0.5)


def write_units(size: int, *, transactional: bool = False) -> float:
    """Write capacity units for writing an item of this many bytes: 1 KB a unit, twice that in a transaction."""
    return float(max(1, -(-size // _WRITE_UNIT)) * (2 if transactional else 1))
