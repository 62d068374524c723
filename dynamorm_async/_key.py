"""What errors and values say of an item: its wire form, and its key."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeAlias

from dynamorm_async._struct import Discreet

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    M_co = TypeVar("M_co", covariant=True, default=Any)
else:
    from typing import TypeVar

    M_co = TypeVar("M_co", covariant=True)

__all__ = ["AttributeValue", "Item", "Key", "key_identity"]

AttributeValue: TypeAlias = dict[str, Any]
"""One value as DynamoDB's JSON has it: ``{"S": "x"}``, ``{"N": "1"}``, ``{"M": {...}}``."""
Item: TypeAlias = dict[str, AttributeValue]
"""A whole item as DynamoDB's JSON has it: attribute name -> value."""


def key_identity(item: Item, names: Iterable[str]) -> tuple[Any, ...]:
    """A hashable form of an item's key attributes that is equal for equal keys, however a number is spelled."""
    found: list[tuple[str, str, Any]] = []
    for name in names:
        value = item[name]
        (tag,) = value
        payload = value[tag]
        found.append((name, tag, Decimal(payload) if tag == "N" else payload))
    return tuple(found)


class Key(Discreet, Generic[M_co], frozen=True):
    """The primary key of one item of one model, in wire form.

    Made by ``User.key("acme", "1")``; accepted wherever an item is named.

    Example:
        >>> key = User.key("acme", "1")
        >>> user = await User.get(key)
    """

    hidden_fields: ClassVar[tuple[str, ...]] = ("spec",)

    model: str
    table: str
    attributes: Item
    spec: Any
    """The description of the model."""

    @property
    def identity(self) -> tuple[object, ...]:
        """Hashable form, for finding duplicates. Made when it is asked for: a get never does.

        Returns:
            A tuple of name, type and value of each part; numbers as `Decimal`.
        """
        return key_identity(self.attributes, self.attributes)

    def __eq__(self, other: object) -> bool:
        if type(other) is not Key:
            return NotImplemented
        return (self.model, self.table, self.attributes) == (other.model, other.table, other.attributes)

    def __hash__(self) -> int:
        return hash((self.table, self.identity))

    def __repr__(self) -> str:
        return f"<Key of {self.model}: {', '.join(self.attributes)}>"
