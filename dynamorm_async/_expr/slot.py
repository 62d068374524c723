"""What the codec must know to encode one value: its type, its own converter, its name for errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

__all__ = ["FieldConverter", "Slot"]


@attrs.frozen(slots=True)
class FieldConverter:
    """A pair of functions for one field: Python value to a plain storable value, and back.

    A storable value is str, bytes, bool, int, Decimal, float, None, or a list, dict or set of them.
    """

    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]


@attrs.frozen(slots=True, cache_hash=True)
class Slot:
    """A place where values of one declared type go. Hashable: the codec keeps one encoder for each."""

    type: Any
    """The resolved annotation; ``typing.Any`` where only the value itself can tell."""
    label: str = attrs.field(default="value", eq=False)
    """For messages: ``User.age``."""
    converter: FieldConverter | None = None
    epoch: bool = False
    """Whether a time is stored as whole seconds since 1970 UTC, the form that DynamoDB's TTL reads."""
