"""Listings in an order that no index has: read whole, up to a bound, and sorted here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, NoReturn, TypeVar

from dynamorm_async._expr.evaluate import comparable
from dynamorm_async._expr.path import Path
from dynamorm_async._ops.cursors import CursorSigner
from dynamorm_async._ops.effects import Flow
from dynamorm_async._ops.fanout import FanListing
from dynamorm_async._ops.listing import Chunk, Listing
from dynamorm_async._ops.reading import Batch, Merge, Reading
from dynamorm_async._ops.shapes import reach
from dynamorm_async.errors import InvalidOrderError
from dynamorm_async.types import AttributeValue, Cursor, Page

__all__ = ["SortedListing"]

T = TypeVar("T")
_ORDERED = ("S", "N", "B", "BOOL")
"""Types whose values have an order."""


class SortedListing(Generic[T]):
    """A listing or several, all of whose results are read and then sorted.

    Items are ordered as DynamoDB orders keys: text by its bytes, numbers by value. An item without the attribute comes
    last in either direction; where it is the same, the order of the index stays.

    Args:
        inner: What is read.
        path: By what to sort.
        bound: How many results there may be.
        descending: From the greatest down.
    """

    __slots__ = ("_bound", "_descending", "_path", "inner")

    def __init__(self, inner: Listing[T] | FanListing[T], path: Path, bound: int, *, descending: bool) -> None:
        self.inner = inner
        self._path = path
        self._bound = bound
        self._descending = descending

    @property
    def first(self) -> Listing[T]:
        """One of the listings."""
        return self.inner.first

    @property
    def parts(self) -> tuple[Listing[T], ...]:
        """The listings."""
        return self.inner.parts

    def collect(self, limit: int | None) -> Flow[list[T]]:
        """All results in order, or the first ``limit``."""
        found = yield from self.sorted()
        return self.finished(found[:limit])

    def sorted(self) -> Flow[list[Any]]:
        """All results in order, before ``finish``.

        Raises:
            InvalidOrderError: There are more than the bound says, or some have values that have no order.
        """
        found: list[Any] = []
        reading: Reading | Merge
        bound = self._bound + 1
        inner = self.inner
        reading = inner.reading(bound) if isinstance(inner, FanListing) else Reading(inner, bound)
        while not reading.done and len(found) < bound:
            batch = yield from reading.batch()
            found += [item for _, item in batch.pairs]
        if len(found) > self._bound:
            self._refuse(
                f"more than {self._bound} items match, so they are not sorted in memory.",
                "Raise in_memory, narrow the query, or declare an index with this order.",
            )
        return self._in_order(found)

    def _in_order(self, found: list[Any]) -> list[Any]:
        look, path = self.first.look, self._path
        keyed = [(self._place(look(item), path), item) for item in found]
        present = [(place, item) for place, item in keyed if place is not None]
        present.sort(key=lambda pair: pair[0], reverse=self._descending)
        return [item for _, item in present] + [item for place, item in keyed if place is None]

    def _place(self, item: Mapping[str, AttributeValue], path: Path) -> tuple[str, Any] | None:
        found = reach(item, path)
        if found is None or "NULL" in found:
            return None
        kind, value = comparable(found)
        if kind not in _ORDERED:
            self._refuse(
                f"{path} holds a value of type {kind}, which has no order.", "Order by text, a number or a date."
            )
        return kind, value

    def count(self) -> Flow[int]:
        """How many match; for that nothing has to be sorted."""
        return (yield from self.inner.count())

    def preview(self, limit: int | None) -> Flow[Chunk[Any]]:  # noqa: ARG002  a limit counts only after sorting
        """The first request."""
        return (yield from self.inner.preview(self._bound + 1))

    def page(self, size: int, cursor: Cursor | str | None, signer: CursorSigner | None, now: float) -> Flow[Page[T]]:  # noqa: ARG002  as every listing's
        """No page.

        Raises:
            InvalidOrderError: Always.
        """
        self.refuse_places()
        yield from ()  # a flow, like every listing's

    def refuse_places(self) -> NoReturn:
        """Say that there is no going on from somewhere.

        Raises:
            InvalidOrderError: Always.
        """
        self._refuse(
            "what is sorted in memory has no pages and no cursor.",
            "Await the query, perhaps with limit(), or order by the sort key of an index.",
        )

    def finished(self, items: list[Any]) -> list[T]:
        """Items as the caller gets them."""
        return self.inner.finished(items)

    def reading(self, limit: int | None) -> SortedReading:
        """All of it at once, for a stream."""
        return SortedReading(self, limit)

    def _refuse(self, problem: str, hint: str) -> NoReturn:
        name = self.first.plan.request.spec.name
        raise InvalidOrderError(problem, op=f"{name}.order_by", model=name, hint=hint)


class SortedReading:
    """A sorted listing, as a reading with one batch."""

    __slots__ = ("_limit", "_listing", "done")

    def __init__(self, listing: SortedListing[Any], limit: int | None) -> None:
        self._listing = listing
        self._limit = limit
        self.done = False

    def batch(self) -> Flow[Batch]:
        """Everything."""
        found = yield from self._listing.sorted()
        self.done = True
        return Batch([(0, item) for item in found[: self._limit]], (), {})
