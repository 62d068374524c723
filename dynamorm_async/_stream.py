"""Streams of results: one page at a time, or several workers that read ahead of the consumer."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from dynamorm_async._anyio import anyio
from dynamorm_async._caller import Caller, named_by
from dynamorm_async._ops.fanout import FanListing
from dynamorm_async._ops.positions import Place
from dynamorm_async._ops.reading import Batch, Merge, Reading
from dynamorm_async._ops.sorting import SortedReading
from dynamorm_async._runner import Runner
from dynamorm_async._shown import entered
from dynamorm_async.abc import Clock
from dynamorm_async.errors import InvalidRequestError
from dynamorm_async.types import Cursor

if TYPE_CHECKING:
    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

__all__ = ["Progress", "Results", "Stream", "StreamOptions", "open_stream"]

T = TypeVar("T")
_TINY = 1e-6
"""A debt that is rounding, and not worth a wait."""
_GUESS = 0.5
"""Capacity units of a scanned item where the service does not say: one of 4 KB, eventually consistent."""


class Progress(msgspec.Struct, frozen=True):
    """How far a stream has read.

    Attributes:
        items: Results so far, those read ahead included.
        scanned: Items that the service read for them.
        capacity: Read capacity units consumed, where it says.
        parts_done: How many parts are at their end.
        parts: How many parts there are: segments of a scan, partitions of a query.
    """

    items: int
    scanned: int
    capacity: float
    parts_done: int
    parts: int


class StreamOptions(msgspec.Struct, frozen=True):
    """What ``stream()`` was told, and of what: the caller names the errors of its requests."""

    caller: Caller
    limit: int | None = None
    pages_ahead: int = 1
    units_per_second: float | None = None
    progress: Callable[[Progress], None] | None = None


class Stream(Generic[T]):
    """Results one by one, a page at a time in memory. Stopping early leaves nothing in flight.

    ``ended`` is called when all have been handed out.
    """

    __slots__ = ("_buffer", "_caller", "_ended", "_finish", "_left", "_reading", "_runner")

    def __init__(
        self,
        runner: Runner,
        reading: Reading | Merge | SortedReading,
        finish: Callable[[list[Any]], list[T]],
        limit: int | None,
        ended: Callable[[], None],
        *,
        caller: Caller,
    ) -> None:
        self._runner = runner
        self._caller = caller
        self._reading = reading
        self._finish = finish
        self._left = limit
        self._ended = ended
        self._buffer: list[T] = []

    def __aiter__(self) -> Stream[T]:
        return self

    async def __anext__(self) -> T:
        while not self._buffer:
            if self._reading.done or self._left == 0:
                self._ended()
                raise StopAsyncIteration
            batch = await self._runner.run(self._reading.batch(), self._caller)
            items = [item for _, item in batch.pairs[: self._left]]
            # Taken from the end, so that handing one out does not move the others.
            self._buffer = self._finish(items)[::-1]
        if self._left is not None:
            self._left -= 1
        return self._buffer.pop()


class _Pace:
    """Spends capacity units no faster than so many a second, whoever of the workers spends them."""

    __slots__ = ("_balance", "_clock", "_last", "_rate")

    def __init__(self, clock: Clock, rate: float) -> None:
        self._clock, self._rate = clock, rate
        self._balance, self._last = rate, clock.monotonic()

    async def wait(self) -> None:
        """Wait until what was spent is paid off."""
        self._refill()
        while self._balance < -_TINY:
            await self._clock.sleep(-self._balance / self._rate)
            self._refill()

    def spend(self, units: float) -> None:
        """Note what a request cost."""
        self._refill()
        self._balance -= units

    def _refill(self) -> None:
        now = self._clock.monotonic()
        self._balance = min(self._rate, self._balance + (now - self._last) * self._rate)
        self._last = now


class _Workers:
    """Reads the parts of one stream side by side, and counts what that costs."""

    def __init__(self, runner: Runner, sources: Sequence[tuple[int, Reading | Merge]], options: StreamOptions) -> None:
        self.runner = runner
        self.sources = sources
        self.options = options
        rate = options.units_per_second
        self.pace = None if rate is None else _Pace(runner.clock, rate)
        self.items = 0

    async def work(self, first: int, reading: Reading | Merge, out: MemoryObjectSendStream[Batch | Exception]) -> None:
        async with out:
            while not reading.done:
                try:
                    batch = await self._next(reading)
                except Exception as error:  # noqa: BLE001  the consumer raises it; here a group would wrap it
                    await out.send(error)
                    return
                await out.send(_shifted(batch, first))

    async def _next(self, reading: Reading | Merge) -> Batch:
        if self.pace is not None:
            await self.pace.wait()
        before = reading.scanned, reading.capacity
        batch: Batch = await self.runner.run(reading.batch(), self.options.caller)
        if self.pace is not None:
            spent = reading.capacity - before[1]
            self.pace.spend(spent or (reading.scanned - before[0]) * _GUESS)
        self.items += len(batch.pairs)
        if self.options.progress is not None:
            self.options.progress(self.progress())
        return batch

    def progress(self) -> Progress:
        """The sum over all parts."""
        readings = [reading for _, reading in self.sources]
        parts = [
            part for reading in readings for part in (reading.readings if isinstance(reading, Merge) else [reading])
        ]
        return Progress(
            self.items,
            sum(reading.scanned for reading in readings),
            sum(reading.capacity for reading in readings),
            sum(part.ended for part in parts),
            len(parts),
        )


def _shifted(batch: Batch, first: int) -> Batch:
    """A batch with the numbers of the parts in the whole stream."""
    if not first:
        return batch
    return Batch(
        [(part + first, item) for part, item in batch.pairs],
        batch.entries,
        {part + first: place for part, place in batch.places.items()},
    )


class Results(Generic[T]):
    """Results of workers that read ahead, one by one; made by ``stream()``.

    Example:
        >>> async with User.scan(segments=8).stream() as users:
        ...     async for user in users:
        ...         ...
        ...     users.cursor()  # where a later stream(cursor=...) goes on
    """

    def __init__(
        self,
        runner: Runner,
        fan: FanListing[T],
        places: Sequence[Place],
        workers: _Workers,
        pages: MemoryObjectReceiveStream[Batch | Exception],
    ) -> None:
        self._runner = runner
        self._fan = fan
        self._places = list(places)
        self._workers = workers
        self._pages = pages
        self._left = workers.options.limit
        self._batch: Batch = Batch([], (), {})
        self._next = 0
        """The number of the result in that batch that is handed out next."""
        self._handed: dict[int, int] = {}
        """Of each part the number of the result that was handed out last."""

    def __aiter__(self) -> Results[T]:
        return self

    async def __anext__(self) -> T:
        if self._left == 0:
            raise StopAsyncIteration
        while self._next == len(self._batch.pairs):
            try:
                batch = await self._pages.__anext__()
            except anyio.ClosedResourceError:
                raise self._over() from None
            if isinstance(batch, Exception):
                raise batch
            self._places = self._now()
            self._batch, self._next, self._handed = batch, 0, {}
        if self._left is not None:
            self._left -= 1
        part, item = self._batch.pairs[self._next]
        self._handed[part] = self._next
        self._next += 1
        return self._fan.parts[part].finished([item])[0]

    def _over(self) -> InvalidRequestError:
        name = self._fan.first.plan.request.spec.name
        return InvalidRequestError(
            "the stream is closed, since its block was left.",
            op=f"{name}.stream",
            model=name,
            hint="Iterate inside `async with`; stream(cursor=results.cursor()) goes on where it stood.",
        )

    def _now(self) -> list[Place]:
        batch, places = self._batch, self._places.copy()
        after = batch.places if self._next == len(batch.pairs) else {}
        for part, number in self._handed.items():
            if part not in after:
                places[part] = self._fan.first.position(batch.entries[number])
        for part, place in after.items():
            places[part] = place
        return places

    def cursor(self) -> Cursor:
        """Where the stream stands: what was handed out lies before it, what is still to come after it.

        Good for ``stream(cursor=...)`` of the same query or scan, with as many segments.
        """
        runner = self._runner
        return self._fan.cursor(self._now(), runner.signer, runner.clock.now())

    @property
    def progress(self) -> Progress:
        """How far the workers have read."""
        return self._workers.progress()


@entered("{1.first.plan.request.spec.name}.stream")
async def open_stream(
    runner: Runner, fan: FanListing[T], options: StreamOptions, cursor: Cursor | str | None, ended: Callable[[], None]
) -> AsyncGenerator[Results[T]]:
    """Read the parts of a scan side by side, or the partitions of a query in order, ahead of the consumer.

    ``ended`` is called when the consumer has what it wanted, unless it failed.
    """
    with named_by(options.caller):
        places = fan.places(cursor, runner.signer, runner.clock.now())
    workers = _Workers(runner, _sources(fan, places, options.limit), options)
    send, receive = anyio.create_memory_object_stream[Batch | Exception](max(0, options.pages_ahead))
    failure: Exception | None = None
    # The workers end before the stream is closed: sending into a closed one would be an error of its own.
    async with receive, anyio.create_task_group() as group:
        async with send:
            for first, reading in workers.sources:
                group.start_soon(workers.work, first, reading, send.clone())
        try:
            yield Results(runner, fan, places, workers, receive)
        except Exception as error:  # noqa: BLE001  raised again below, outside the group, which would wrap it
            failure = error
        group.cancel_scope.cancel()
    if failure is not None:
        raise failure
    ended()


def _sources(fan: FanListing[Any], places: list[Place], limit: int | None) -> list[tuple[int, Reading | Merge]]:
    """A reading for each part of a scan; one for all partitions of a query, which have an order."""
    merge = fan.reading(limit, places)
    if not fan.first.plan.request.scan:
        return [(0, merge)]
    return list(enumerate(merge.readings))
