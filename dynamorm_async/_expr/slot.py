"""What the codec must know to encode one value: its type, its own converter, its name for errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import msgspec
from msgspec.structs import force_setattr

from dynamorm_async._struct import Discreet

__all__ = ["FieldConverter", "Slot"]


class FieldConverter(msgspec.Struct, frozen=True):
    """A pair of functions for one field: Python value to a plain storable value, and back.

    A storable value is str, bytes, bool, int, Decimal, float, None, or a list, dict or set of them.

    Attributes:
        encode: Makes a storable value of the field's; called by every write and condition.
        decode: Makes the field's value of a stored one.

    Example:
        >>> upper = FieldConverter(encode=str.upper, decode=str.lower)
        >>> code: Attr[str] = attr(converter=upper)
    """

    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]


class Slot(Discreet, frozen=True):
    """A place where values of one declared type go. Hashable: the codec keeps one encoder for each."""

    hidden_fields: ClassVar[tuple[str, ...]] = ("known_hash",)

    type: Any
    """The resolved annotation; ``typing.Any`` where only the value itself can tell."""
    label: str = "value"
    """For messages: ``User.age``."""
    converter: FieldConverter | None = None
    epoch: bool = False
    """Whether a time is stored as whole seconds since 1970 UTC, the form that DynamoDB's TTL reads."""
    known_hash: int | None = None
    """The hash, once it was asked for: it is asked for with every value."""

    def __eq__(self, other: object) -> bool:
        if type(other) is not Slot:
            return NotImplemented
        return (self.type, self.converter, self.epoch) == (other.type, other.converter, other.epoch)

    def __hash__(self) -> int:
        known = self.known_hash
        if known is None:
            known = hash((self.type, self.converter, self.epoch))
            force_setattr(self, "known_hash", known)
        return known

    def __reduce__(self) -> tuple[Any, ...]:
        # Hashes are of one process.
        return Slot, (self.type, self.label, self.converter, self.epoch)
