"""Readings: where a listing stands between two requests, for one listing or for several side by side."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from dynamorm_async._expr.evaluate import comparable
from dynamorm_async._ops.effects import Flow, Together
from dynamorm_async._ops.entries import Entry
from dynamorm_async._ops.listing import Chunk, Listing
from dynamorm_async._ops.positions import DONE, Place
from dynamorm_async.types import Item

__all__ = ["Batch", "Found", "Merge", "Reading"]

_AT_ONCE = 8
"""Requests of one fanned-out query in flight at most."""


class Found(NamedTuple):
    """A result, the number of its part, and its item as it is stored."""

    part: int
    item: Any
    entry: Entry


class Batch(NamedTuple):
    """Results with the number of their part and their item as it is stored."""

    pairs: list[tuple[int, Any]]
    entries: Sequence[Entry]
    places: dict[int, Place]
    """The places of parts, once these results have been handed out; of others the last result says it."""


class Reading:
    """One listing, request after request.

    Args:
        listing: What is read.
        limit: How many results at most.
        start: The position after which it begins.
        done: Whether it is at its end already.
    """

    __slots__ = ("capacity", "done", "ended", "listing", "next", "requests", "scanned", "taken", "wanted")

    def __init__(
        self, listing: Listing[Any], limit: int | None = None, start: Item | None = None, *, done: bool = False
    ) -> None:
        self.listing = listing
        self.wanted = limit
        self.next = start
        self.done = self.ended = done
        """Nothing more is read; nothing more is there. A limit makes the first without the second."""
        self.taken = 0
        self.requests = 0
        self.scanned = 0
        self.capacity = 0.0

    def batch(self) -> Flow[Batch]:
        """What the next request brings, and where that leaves the reading."""
        chunk = yield from self.more()
        places: dict[int, Place] = {0: DONE} if self.ended else {} if self.next is None else {0: self.next}
        return Batch([(0, item) for item in chunk.items], chunk.entries, places)

    def more(self) -> Flow[Chunk[Any]]:
        """What the next request brings, before ``finish``: perhaps nothing, though it is not the end."""
        size = self.listing.read_size(self.wanted, self.taken, self.requests)
        chunk = yield from self.listing.chunk(self.next, size)
        self.requests += 1
        self.scanned += chunk.scanned
        self.capacity += chunk.capacity or 0.0
        self.next = chunk.next
        self.done = self.ended = chunk.next is None
        if self.wanted is not None and self.taken + len(chunk.items) >= self.wanted:
            self.done = True
            kept = self.wanted - self.taken
            if kept < len(chunk.items):
                chunk = msgspec.structs.replace(chunk, items=chunk.items[:kept])
                self.next, self.ended = None, False
        self.taken += len(chunk.items)
        return chunk


class Merge:
    """Several readings in the order of their index, as if they were one.

    Args:
        readings: One for each partition, all by the same index and in the same direction.
    """

    __slots__ = ("_buffers", "_names", "readings")

    def __init__(self, readings: Sequence[Reading]) -> None:
        self.readings = tuple(readings)
        self._buffers: list[deque[tuple[Any, Found]]] = [deque() for _ in self.readings]
        self._names = [field.attribute for field in self.readings[0].listing.plan.index.sort]

    @property
    def done(self) -> bool:
        """Whether nothing is left, here or there."""
        return all(reading.done for reading in self.readings) and not any(self._buffers)

    def exhausted(self, part: int) -> bool:
        """Whether everything of one partition has been handed out."""
        return self.readings[part].ended and not self._buffers[part]

    def batch(self) -> Flow[Batch]:
        """What is certainly next, and which partitions that ends."""
        found = yield from self.more()
        ended: dict[int, Place] = {part: DONE for part in range(len(self.readings)) if self.exhausted(part)}
        return Batch([(one.part, one.item) for one in found], [one.entry for one in found], ended)

    @property
    def scanned(self) -> int:
        """Items read so far."""
        return sum(reading.scanned for reading in self.readings)

    @property
    def capacity(self) -> float:
        """Read capacity units consumed so far, if the service said."""
        return sum(reading.capacity for reading in self.readings)

    def more(self) -> Flow[list[Found]]:
        """The next results that are certainly next."""
        yield from self._fill()
        found: list[Found] = []
        while (part := self._next_part()) is not None:
            found.append(self._buffers[part].popleft()[1])
            if not self._buffers[part] and not self.readings[part].done:
                # What this partition has next may go before all others.
                break
        return found

    def _fill(self) -> Flow[None]:
        while empty := [
            part for part, reading in enumerate(self.readings) if not reading.done and not self._buffers[part]
        ]:
            pages = yield Together([self.readings[part].more() for part in empty], _AT_ONCE)
            for part, page in zip(empty, pages, strict=True):
                if isinstance(page, Exception):
                    raise page
                pairs = zip(page.items, page.entries, strict=False)
                self._buffers[part].extend((self._place(entry), Found(part, item, entry)) for item, entry in pairs)

    def _place(self, entry: Entry) -> tuple[Any, ...]:
        return tuple(comparable(entry[name])[1] for name in self._names if name in entry)

    def _next_part(self) -> int | None:
        filled = [part for part, buffer in enumerate(self._buffers) if buffer]
        if not filled:
            return None
        choose = min if self.readings[0].listing.plan.forward else max
        best = choose(self._buffers[part][0][0] for part in filled)
        return next(part for part in filled if self._buffers[part][0][0] == best)
