"""Small values that users meet: the sentinel, keys, pages, and what repeating a request does."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, Literal, TypeAlias, cast, overload
from uuid import UUID

import msgspec

from dynamorm_async._key import AttributeValue, Item, Key
from dynamorm_async._shown import without_quoted
from dynamorm_async._struct import Discreet, PartlyCompared
from dynamorm_async.errors import ConditionFailedError, ConfigurationError, ItemNotFoundError

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    M_co = TypeVar("M_co", covariant=True, default=Any)
else:
    from typing import TypeVar

    M_co = TypeVar("M_co", covariant=True)

__all__ = [
    "UNSET",
    "Applied",
    "AttributeValue",
    "BatchGetResult",
    "Cursor",
    "Item",
    "Key",
    "KeyValue",
    "Page",
    "Rejected",
    "Request",
    "Safety",
    "Unset",
]

T_co = TypeVar("T_co", covariant=True)

KeyValue: TypeAlias = str | int | Decimal | bytes | datetime | date | timedelta | UUID | enum.Enum
"""What a part of a key can be in Python."""


class Unset(enum.Enum):
    """The type of `UNSET`.

    Example:
        >>> Unset.UNSET is UNSET
        True
    """

    UNSET = "UNSET"

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> Literal[False]:
        return False


UNSET: Final = Unset.UNSET
"""Stands for "not given", where None is a value.

Example:
    >>> bool(UNSET)
    False
"""


class Safety(enum.Enum):
    """What a second sending of the same request does, which decides whether a lost answer may be retried.

    Example:
        >>> User.age.add(1).adds_up
        True
    """

    READ = "read"
    """Changes nothing."""
    REPEATABLE = "repeatable"
    """Leaves the same state as once: a put, a delete, a constant SET, a transaction with its token."""
    ONCE = "once"
    """Adds up: ``ADD n``, ``SET n = n + 1``, ``list_append``."""


class Request(msgspec.Struct, frozen=True):
    """A request as it goes over the wire. Its repr shows the shape and none of the values.

    Attributes:
        operation: The operation's name: ``GetItem``.
        body: Its JSON body, values as DynamoDB's JSON has them.

    Example:
        >>> User.get("acme", "1").call().operation
        'GetItem'
    """

    operation: str
    body: dict[str, Any]

    def __repr__(self) -> str:
        parts = ", ".join(f"{name}={_shape(value)}" for name, value in self.body.items())
        return f"<{self.operation}: {parts}>"


_TAGS = frozenset({"S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "M", "L"})


def _shape(part: Any) -> str:
    """A part of a request for show: names, expressions and counts; of a value its type alone."""
    if isinstance(part, dict):
        entries = cast("dict[str, Any]", part)
        if len(entries) == 1 and _TAGS.issuperset(entries):
            return next(iter(entries))
        return f"{{{', '.join(f'{name}: {_shape(value)}' for name, value in entries.items())}}}"
    if isinstance(part, list):
        members = cast("Sequence[Any]", part)
        more = [f"{len(members) - 1} more"] if len(members) > 1 else []
        return f"[{', '.join([*map(_shape, members[:1]), *more])}]"
    return repr(without_quoted(part) if isinstance(part, str) else part)


class Cursor(Discreet, frozen=True):
    """Where a listing goes on. Opaque; good for the query that made it and no other.

    ``str(cursor)`` is a signed token for URLs, if the session was given ``cursor_keys``.

    Example:
        >>> page = await User.query(User.org == "acme").page(size=1)
        >>> text = str(page.cursor) if page.cursor else None
    """

    hidden_fields: ClassVar[tuple[str, ...]] = ("position", "binding", "token")

    position: Item
    binding: bytes
    token: str | None = None

    def __repr__(self) -> str:
        return "<Cursor>" if self.token is None else "<Cursor, signed>"

    def __str__(self) -> str:
        if self.token is None:
            raise ConfigurationError(
                "a cursor has no text form without a signing key.",
                hint="Open the session with cursor_keys=[secret], or pass the cursor object itself.",
            )
        return self.token


class Page(msgspec.Struct, Generic[T_co], frozen=True):
    """One page of a listing.

    Attributes:
        items: The items, at most as many as asked for.
        cursor: Where the next page starts, or None at the end; ``str(cursor)`` for a URL.
        count: How many items this page holds.
        scanned: How many items the service read for it.
        capacity: Consumed read capacity units, if the service said.
        left_out: Entries of an index that `complete` left out: their items are gone, or do not match any more.

    Example:
        >>> page = await User.query(User.org == "acme").page(size=20)
        >>> ids = [user.id for user in page]
    """

    items: Sequence[T_co]
    cursor: Cursor | None = None
    count: int = 0
    scanned: int = 0
    capacity: float | None = None
    left_out: int = 0

    @property
    def has_more(self) -> bool:
        """Whether another page follows.

        Returns:
            True if there is a cursor; the next page can be empty all the same, as DynamoDB finds the end by reading on.
        """
        return self.cursor is not None

    def __iter__(self) -> Iterator[T_co]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __repr__(self) -> str:
        return f"<Page: {self.count} items, {'more follow' if self.has_more else 'the last'}>"


class BatchGetResult(Sequence[M_co]):
    """What a batch of reads found: a sequence of the items there are, in the order of the keys.

    Attributes:
        items: The same as a tuple.
        missing: The keys that no item has, in the order given.
        aligned: One entry for each key as given, repeated ones too; None where there is no item.

    Example:
        >>> users = await db.batch_get(User, [("acme", "1"), ("acme", "9")])
        >>> len(users.items), len(users.missing), len(users.aligned)
        (1, 1, 2)
    """

    # No Struct, for the class of an abstract base is of another kind.
    __slots__ = ("_aligned", "_items", "_missing")

    def __init__(
        self, items: tuple[M_co, ...], missing: tuple[Key[M_co], ...] = (), aligned: tuple[M_co | None, ...] = ()
    ) -> None:
        self._items, self._missing, self._aligned = items, missing, aligned

    @property
    def items(self) -> tuple[M_co, ...]:
        """The items there are, in the order of the keys."""
        return self._items

    @property
    def missing(self) -> tuple[Key[M_co], ...]:
        """The keys that no item has, in the order given."""
        return self._missing

    @property
    def aligned(self) -> tuple[M_co | None, ...]:
        """One entry for each key as given; None where there is no item."""
        return self._aligned

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BatchGetResult):
            return NotImplemented
        found: BatchGetResult[Any] = other  # pyright: ignore[reportUnknownVariableType]  # what Any is narrowed to
        return (self.items, self.missing, self.aligned) == (found.items, found.missing, found.aligned)

    def __hash__(self) -> int:
        return hash((self.items, self.missing, self.aligned))

    @overload
    def __getitem__(self, position: int) -> M_co: ...
    @overload
    def __getitem__(self, position: slice) -> tuple[M_co, ...]: ...
    def __getitem__(self, position: int | slice) -> M_co | tuple[M_co, ...]:
        return self.items[position]

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[M_co]:
        return iter(self.items)

    def __repr__(self) -> str:
        return f"<BatchGetResult: {len(self.items)} items, {len(self.missing)} missing>"


class Applied(msgspec.Struct, Generic[T_co], frozen=True):
    """A write that happened. True, where `Rejected` is false.

    Attributes:
        value: What the write answers with: the instance, usually.

    Example:
        >>> outcome = await account.try_update(Account.credits.sub(5), if_=Account.credits >= 5)
        >>> left = outcome.value.credits if outcome else None
    """

    value: T_co

    def __bool__(self) -> Literal[True]:
        return True


class Rejected(PartlyCompared, Generic[T_co], frozen=True):
    """A write whose condition was false; the item is unchanged.

    Attributes:
        current: The item as it stands, or None if there is none.
        error: What the same write would have raised.

    Example:
        >>> outcome = await account.try_update(Account.credits.sub(50), if_=Account.credits >= 50)
        >>> outcome.current.credits
        10
    """

    carried_fields: ClassVar[tuple[str, ...]] = ("error",)

    current: T_co | None
    error: ConditionFailedError | ItemNotFoundError

    def __bool__(self) -> Literal[False]:
        return False
