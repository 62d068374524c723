"""The items that every client reads and writes, as Python values and as the service sends them.

Imports the standard library alone, because every client's process and every cold start imports it.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

__all__ = [
    "EVENTS",
    "EVENTS_PER_PAGE",
    "INDEXED",
    "ORG",
    "TABLE",
    "USERS_PER_MEGABYTE",
    "WIDE",
    "WIDTHS",
    "event_values",
    "key",
    "user_values",
    "wide_names",
    "wide_values",
    "wire",
    "wire_datetime",
]

TABLE = "bench-users"
EVENTS = "bench-events"
WIDE = "bench-wide"
ORG = "acme-europe"
WIDTHS = (10, 50, 200)
"""How many attributes a wide item has, its two keys among them."""
USERS_PER_MEGABYTE = 1000
EVENTS_PER_PAGE = 5000
INDEXED = 100
"""How many items a batch-get asks for and a short query answers."""

_START = datetime(2026, 11, 21, 10, 30, 15, 123456, tzinfo=UTC)
_AVATAR = bytes(range(96))
_SENTENCE = "She sells sea shells by the sea shore, and keeps the books of the harbour office. "


def key(index: int) -> dict[str, str]:
    """The key of the item with that number."""
    return {"org": ORG, "id": f"item-{index:05d}"}


def user_values(index: int, kilobytes: int = 1) -> dict[str, Any]:
    """One item of 12 attributes: about 1 KB by DynamoDB's arithmetic, or more by a longer ``bio``."""
    length = 680 + (kilobytes - 1) * 1024
    return {
        **key(index),
        "email": f"person.{index:05d}@example.org",
        "age": 18 + index % 70,
        "balance": Decimal(f"{1000 + index}.25"),
        "active": index % 2 == 0,
        "tags": {"admin", "beta", "verified"},
        "scores": [index % 100, 42, 7, 1999],
        "home": {"street": "12 Harbour Road", "city": "Hamburg", "zip": "20457", "floor": 3, "verified": True},
        "created_at": _START + timedelta(seconds=index),
        "avatar": _AVATAR,
        "bio": (_SENTENCE * (length // len(_SENTENCE) + 1))[:length],
    }


def event_values(index: int) -> dict[str, Any]:
    """One small item of 4 attributes, for long streams."""
    return {"org": ORG, "id": f"event-{index:07d}", "kind": "login", "count": index}


def wide_names(width: int) -> list[tuple[str, type]]:
    """Names and types of what a wide item has beside its two keys: text and whole numbers by turns."""
    return [(f"a{number:03d}", str if number % 2 == 0 else int) for number in range(width - 2)]


def wide_values(width: int) -> dict[str, Any]:
    """One item of that many short attributes."""
    body = {name: f"value {name}" if kind is str else int(name[1:]) for name, kind in wide_names(width)}
    return {**key(0), **body}


def wire_datetime(moment: datetime, dialect: str) -> str:
    """A point in time as one client stores it.

    Args:
        moment: Aware, in UTC.
        dialect: ``iso`` (``+00:00``), ``basic`` (``+0000``, all that PynamoDB reads) or ``zulu`` (``Z``).
    """
    return moment.isoformat(timespec="microseconds").removesuffix("+00:00") + _OFFSETS[dialect]


_OFFSETS = {"iso": "+00:00", "basic": "+0000", "zulu": "Z"}


def wire(value: Any, dialect: str = "iso") -> dict[str, Any]:
    """A Python value as an AttributeValue in the JSON of the service."""
    match value:
        case bool():
            return {"BOOL": value}
        case int() | Decimal():
            return {"N": str(value)}
        case str():
            return {"S": value}
        case bytes():
            return {"B": base64.b64encode(value).decode()}
        case datetime():
            return {"S": wire_datetime(value, dialect)}
        case set():
            return {"SS": sorted(value)}
        case list():
            return {"L": [wire(part, dialect) for part in value]}
        case dict():
            return {"M": {name: wire(part, dialect) for name, part in value.items()}}
    raise TypeError(type(value).__name__)
