"""`GlobalIndex` and `LocalIndex`: how a secondary index is declared in a class body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from dynamorm_async._spec.declare import Attr
from dynamorm_async._spec.fields import IndexKind

__all__ = ["FieldReference", "GlobalIndex", "Index", "LocalIndex"]

FieldReference: TypeAlias = "Attr[Any] | str"
"""A field of the class body, or its name where it is inherited."""
ProjectionChoice: TypeAlias = "Literal['ALL', 'KEYS_ONLY'] | tuple[FieldReference, ...] | list[FieldReference]"


def _many(fields: FieldReference | tuple[FieldReference, ...]) -> tuple[FieldReference, ...]:
    return tuple(fields) if isinstance(fields, tuple) else (fields,)


class Index:
    """A declared index; reached through the class it names the index to `Query.index`."""

    kind: IndexKind

    def __init__(
        self,
        partition: tuple[FieldReference, ...],
        sort: tuple[FieldReference, ...],
        name: str | None,
        projection: ProjectionChoice,
        tagged: bool,  # noqa: FBT001  by position in two places below
    ) -> None:
        self.partition: tuple[FieldReference, ...] = partition
        self.sort: tuple[FieldReference, ...] = sort
        self.name = name
        self.projection: ProjectionChoice = projection
        self.tagged = tagged
        self.handle: str = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.handle = name

    def bind(self, names: Mapping[int, str]) -> None:
        """Turn references to fields of the class body into their names; only there is the field object known.

        Args:
            names: Python names by the identity of the field.
        """

        def named(reference: FieldReference) -> FieldReference:
            return names.get(id(reference), reference)

        self.partition = tuple(map(named, self.partition))
        self.sort = tuple(map(named, self.sort))
        if not isinstance(self.projection, str):
            self.projection = tuple(map(named, self.projection))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name or self.handle}>"


class GlobalIndex(Index):
    """A global secondary index: another partition key, and perhaps a sort key, for the same items.

    Items without the index's key attributes are not in it. It is always eventually consistent.

    Args:
        partition: The field whose values group the items, or up to four of them.
        sort: The field that orders them, or up to four of them.
        name: The index's name in DynamoDB; the Python name if not given.
        projection: ``"ALL"``, ``"KEYS_ONLY"``, or the fields to hold beside the keys, to which the tag of a tagged
            model is added.
        tagged: False for an index that exists and was made without the tag: only `Query.complete` reads models by it.

    Limit:
        20 to a table. Several key attributes: DynamoDB's multi-attribute keys (November 2025).

    Example:
        >>> by_email = GlobalIndex(email, name="gsi-email")
        >>> by_place = GlobalIndex((country, region), sort=(year, month))
    """

    kind = IndexKind.GLOBAL

    def __init__(
        self,
        partition: FieldReference | tuple[FieldReference, ...],
        sort: FieldReference | tuple[FieldReference, ...] = (),
        *,
        name: str | None = None,
        projection: ProjectionChoice = "ALL",
        tagged: bool = True,
    ) -> None:
        super().__init__(_many(partition), _many(sort), name, projection, tagged)


class LocalIndex(Index):
    """A local secondary index: the table's partition key with another sort key. Made with the table only.

    Args:
        sort: The field that orders the items of a partition.
        name: The index's name in DynamoDB; the Python name if not given.
        projection: ``"ALL"``, ``"KEYS_ONLY"``, or the fields to hold beside the keys, to which the tag of a tagged
            model is added.
        tagged: False for an index that exists and was made without the tag.

    Limit:
        5 to a table; an item collection may then hold at most 10 GB.

    Example:
        >>> by_age = LocalIndex(age)
    """

    kind = IndexKind.LOCAL

    def __init__(
        self,
        sort: FieldReference,
        *,
        name: str | None = None,
        projection: ProjectionChoice = "ALL",
        tagged: bool = True,
    ) -> None:
        super().__init__((), (sort,), name, projection, tagged)
