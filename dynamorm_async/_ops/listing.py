"""Listings: what a page is, what a limit counts, and where a cursor points.

``limit`` counts results; what a filter drops does not count, and a page that it empties ends nothing.
A cursor points after the last result that was handed out, also in the middle of a page of the service.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from dynamorm_async._expr.conditions import all_of
from dynamorm_async._expr.evaluate import Evaluator
from dynamorm_async._ops.binding import list_binding
from dynamorm_async._ops.coverage import fetches_to_test, key_fields
from dynamorm_async._ops.cursors import CursorSigner, open_cursor
from dynamorm_async._ops.decode import decode_count, one_by_one
from dynamorm_async._ops.effects import Flow, Reply
from dynamorm_async._ops.entries import Entries, Entry, position_of
from dynamorm_async._ops.items import get_item, get_raw_item
from dynamorm_async._ops.plan import Operation, Plan
from dynamorm_async._ops.render import Settings, call, list_body, projection_paths
from dynamorm_async._ops.shapes import Shape
from dynamorm_async.errors import PaginationStuckError
from dynamorm_async.types import AttributeValue, Cursor, Item, Page

__all__ = ["Chunk", "Listing", "check_progress"]

T = TypeVar("T")
_FIRST_READ = 100
"""Items read at least for the first page of a filtered query with a limit: never one item a request."""


class Chunk(msgspec.Struct, Generic[T], frozen=True):
    """What one request brought: results, each with its item as it is stored, and where the service would go on."""

    items: list[T]
    entries: Sequence[Entry]
    next: Item | None
    scanned: int = 0
    capacity: float | None = None


class _Attributes(Mapping[str, AttributeValue]):
    """An item whose attributes are encoded only when a condition looks at them."""

    def __init__(self, item: Any, attribute: Callable[[Any, str], AttributeValue | None]) -> None:
        self._item, self._attribute = item, attribute

    def __getitem__(self, name: str) -> AttributeValue:
        found = self._attribute(self._item, name)
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        raise TypeError("attributes are looked up by name")

    def __len__(self) -> int:
        raise TypeError("attributes are looked up by name")


class Listing(Generic[T]):
    """A planned query or scan of one session, and the flows that read it."""

    __slots__ = ("_drops_here", "_residual", "_test", "plan", "returned", "scanned", "settings", "shape")

    def __init__(self, plan: Plan, settings: Settings, shape: Shape[T]) -> None:
        self.plan = plan
        self.settings = settings
        self.shape = shape
        self.scanned = self.returned = 0
        """Items read and results made of them, so far."""
        self._residual = all_of(*plan.residual) if plan.residual else None
        self._drops_here = self._residual is not None or shape.keeps is not None
        """Whether not every item that the service gives is a result."""
        self._test = Evaluator(settings.codec.encode).test

    left_out: int = 0
    """Entries of an index that were left out, since the table has no such item any more."""

    @property
    def first(self) -> Listing[T]:
        """Itself, as of several listings the first stands for all."""
        return self

    @property
    def parts(self) -> tuple[Listing[T], ...]:
        """Itself alone."""
        return (self,)

    # ------------------------------------------------------------ one request

    def chunk(self, start: Item | None, page_limit: int | None) -> Flow[Chunk[Any]]:
        """What one request brings, before ``finish``."""
        plan = self.plan
        if plan.operation is Operation.NOTHING or (plan.operation is Operation.GET and start is not None):
            return Chunk([], (), None)
        if plan.operation is Operation.GET:
            return (yield from self._one())
        body = list_body(plan, self.settings, start=start, page_limit=page_limit)
        reply: Reply = yield call(plan.operation.value, body, body["TableName"])
        found = self.shape.decode(reply.body)
        check_progress(found.next, start)
        items: list[Any] = found.items
        entries: Sequence[Entry] = Entries(reply.body)
        if self._drops_here:
            kept = [number for number, item in enumerate(items) if self._keeps(item, entries[number])]
            items, entries = [items[number] for number in kept], [entries[number] for number in kept]
        self.scanned += found.scanned
        self.returned += len(items)
        return Chunk(items, entries, found.next, found.scanned, found.capacity)

    def _keeps(self, item: Any, entry: Entry) -> bool:
        keeps = self.shape.keeps
        if keeps is not None and not keeps(item):
            return False
        return self._residual is None or self._test(self._residual, entry)

    def look(self, item: Any) -> Mapping[str, AttributeValue]:
        """An item before ``finish``, as its attributes in wire form."""
        return _Attributes(item, self.shape.attribute)

    def _one(self) -> Flow[Chunk[Any]]:
        plan = self.plan
        spec, consistent = plan.request.spec, plan.request.consistent
        assert plan.fit is not None  # noqa: S101  a GetItem is planned from a key
        encode = self.settings.codec.encode
        key = {field.attribute: encode(value.slot, value.value) for field, value in plan.fit.key.equal}
        whole = self.shape.whole
        if whole is not None and spec.discriminator is None:
            instance = yield from get_item(spec, self.settings, key, consistent=consistent)
            return Chunk([] if instance is None else [instance], [key], None, 1)
        paths = projection_paths(plan) if plan.request.select is not None else None
        item = yield from get_raw_item(spec, self.settings, key, paths, consistent=consistent)
        if item is None or not _tagged(item, spec.discriminator):
            return Chunk([], (), None, 1)
        found = item if whole is None else whole(item)
        return Chunk([found] if self._keeps(found, key) else [], [key], None, 1)

    def preview(self, limit: int | None) -> Flow[Chunk[Any]]:
        """The first request."""
        return (yield from self.chunk(None, self.read_size(limit, 0, 0)))

    # ------------------------------------------------------------ many requests

    def collect(self, limit: int | None) -> Flow[list[T]]:
        """All results, or the first ``limit``."""
        found: list[Any] = []
        start: Item | None = None
        requests = 0
        while True:
            chunk = yield from self.chunk(start, self.read_size(limit, len(found), requests))
            found += chunk.items
            start, requests = chunk.next, requests + 1
            if start is None or (limit is not None and len(found) >= limit):
                return self.finished(found if limit is None else found[:limit])

    def count(self) -> Flow[int]:
        """How many match. Items are not transferred, unless a condition must be tested here."""
        plan, start, total = self.plan, None, 0
        fetched = fetches_to_test(plan.request.spec, plan.index, plan.filter)
        if self._drops_here or fetched or plan.operation in (Operation.GET, Operation.NOTHING):
            return len((yield from self.collect(plan.request.limit)))
        limit, requests = plan.request.limit, 0
        while True:
            size = self.read_size(limit, total, requests)
            body = list_body(plan, self.settings, start=start, page_limit=size, count_only=True)
            reply: Reply = yield call(plan.operation.value, body, body["TableName"])
            found = decode_count(reply.body)
            check_progress(found.LastEvaluatedKey, start)
            total, start, requests = total + found.Count, found.LastEvaluatedKey, requests + 1
            self.scanned += found.ScannedCount
            self.returned += found.Count
            if limit is not None and total >= limit:
                return limit
            if start is None:
                return total

    def page(self, size: int, cursor: Cursor | str | None, signer: CursorSigner | None, now: float) -> Flow[Page[T]]:
        """The next ``size`` results after a cursor.

        One result more than asked for is looked for, so that ``has_more`` is never wrong.
        """
        start = None if cursor is None else self.opened(cursor, signer, now)
        chunks: list[Chunk[Any]] = []
        have = 0
        while True:
            chunk = yield from self.chunk(start, self.read_size(size + 1, have, len(chunks)))
            chunks.append(chunk)
            have += len(chunk.items)
            start = chunk.next
            if have > size or start is None:
                break
        found = [item for chunk in chunks for item in chunk.items]
        after = self.position(_entry(chunks, size - 1)) if have > size else None
        return Page(
            self.finished(found[:size]),
            None if after is None else self.cursor(after, signer, now),
            count=min(have, size),
            scanned=sum(chunk.scanned for chunk in chunks),
            capacity=sum(chunk.capacity or 0.0 for chunk in chunks) or None,
            left_out=self.left_out,
        )

    # ------------------------------------------------------------ details

    def finished(self, items: list[Any]) -> list[T]:
        """Items as the caller gets them."""
        finish = self.shape.finish
        if finish is None:
            return items
        found, failure = one_by_one(finish, items)
        if failure is not None:
            name = self.plan.request.spec.name
            failure.model = failure.model or name
            failure.path = failure.path and failure.path.removeprefix(f"{name}.")
            raise failure
        return found

    def read_size(self, limit: int | None, have: int, requests: int) -> int | None:
        """How many items the service should read for the next request; None for as many as fit 1 MB."""
        asked = self.plan.request.page_size
        if limit is None:
            return asked
        if self.plan.filter is None and not self._drops_here:
            return min(limit - have, asked or limit)
        # What the filter will drop is not known: begin moderately, and read full pages if that was not enough.
        return asked or (max(_FIRST_READ, 4 * limit) if requests == 0 else None)

    def binding(self) -> bytes:
        """What ties a cursor to this listing."""
        return list_binding(self.plan, self.settings)

    def position_names(self) -> tuple[str, ...]:
        """The attributes that make a position."""
        return tuple(field.attribute for field in key_fields(self.plan.request.spec, self.plan.index))

    def position(self, entry: Entry) -> Item:
        """The position right after an item."""
        return position_of(entry, self.position_names())

    def opened(self, cursor: Cursor | str, signer: CursorSigner | None, now: float) -> Item:
        """The position of a cursor.

        Raises:
            InvalidCursorError: It cannot be used with this listing.
        """
        return open_cursor(cursor, self.binding(), self.position_names(), signer, now)

    def cursor(self, position: Item, signer: CursorSigner | None, now: float) -> Cursor:
        """The cursor that goes on after a position."""
        binding = self.binding()
        return Cursor(position, binding, None if signer is None else signer.sign(position, binding, now))


def _entry(chunks: Sequence[Chunk[Any]], number: int) -> Entry:
    """The item of that number, as it is stored."""
    for chunk in chunks:
        if number < len(chunk.items):
            return chunk.entries[number]
        number -= len(chunk.items)
    raise IndexError(number)


def _tagged(item: Item, discriminator: tuple[str, str] | None) -> bool:
    """Whether an item is of the model that is read; a key alone does not say so in a shared table."""
    return discriminator is None or item.get(discriminator[0]) == {"S": discriminator[1]}


def check_progress(following: Item | None, start: Item | None) -> None:
    """Refuse to go round in a circle.

    Raises:
        PaginationStuckError: The service names the place where it just began as the one where to go on.
    """
    if following is not None and following == start:
        raise PaginationStuckError("the service gave the same page key twice.", cursor=start)
