"""The items of an answer as they are stored, beside what they became.

A place in a listing, and a condition that is tested here, are about what is stored. An instance does not tell it: a
date may be stored in another spelling than we would write, and an instance may have been changed since it was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias, overload

import msgspec

from dynamorm_async._ops.replies import ListReply
from dynamorm_async.types import AttributeValue, Item

__all__ = ["Entries", "Entry", "position_of"]

Entry: TypeAlias = Mapping[str, AttributeValue]
"""One item as it is stored, or the attributes of it that were looked for."""

_decode_value: Final = msgspec.json.Decoder(dict[str, Any]).decode


class Entries(Sequence[Entry]):
    """The items of a Query or Scan answer. Nothing is decoded before one is looked at, and then only that.

    Args:
        body: The answer.
    """

    __slots__ = ("_body", "_items")

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._items: list[dict[str, msgspec.Raw]] | None = None

    def _decoded(self) -> list[dict[str, msgspec.Raw]]:
        if self._items is None:
            self._items = msgspec.json.decode(self._body, type=ListReply[dict[str, msgspec.Raw]]).Items
        return self._items

    @overload
    def __getitem__(self, number: int) -> Entry: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Entry]: ...
    def __getitem__(self, number: int | slice) -> Entry | Sequence[Entry]:
        found = self._decoded()[number]
        return [_Entry(one) for one in found] if isinstance(found, list) else _Entry(found)

    def __len__(self) -> int:
        return len(self._decoded())


class _Entry(Mapping[str, AttributeValue]):
    """An item whose attributes are decoded when they are looked at."""

    __slots__ = ("_item",)

    def __init__(self, item: dict[str, msgspec.Raw]) -> None:
        self._item = item

    def __getitem__(self, name: str) -> AttributeValue:
        return _decode_value(self._item[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._item)

    def __len__(self) -> int:
        return len(self._item)


def position_of(entry: Entry, names: Iterable[str]) -> Item:
    """The position right after an item."""
    return {name: entry[name] for name in names if name in entry}
