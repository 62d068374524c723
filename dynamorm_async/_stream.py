"""Streams of results: one page at a time, or several workers that read ahead of the consumer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Generic, TypeVar

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from dynamorm_async._ops.listing import Listing
from dynamorm_async._runner import Runner
from dynamorm_async.errors import DynamormError
from dynamorm_async.types import Item

__all__ = ["Stream", "open_stream"]

T = TypeVar("T")


class Stream(Generic[T]):
    """Results one by one, a page at a time in memory. Stopping early leaves nothing in flight."""

    __slots__ = ("_buffer", "_done", "_left", "_listing", "_requests", "_runner", "_start")

    def __init__(self, runner: Runner, listing: Listing[T], limit: int | None) -> None:
        self._runner = runner
        self._listing = listing
        self._left = limit
        self._start: Item | None = None
        self._requests = 0
        self._buffer: list[T] = []
        self._done = False

    def __aiter__(self) -> Stream[T]:
        return self

    async def __anext__(self) -> T:
        while not self._buffer:
            if self._done or self._left == 0:
                raise StopAsyncIteration
            await self._fill()
        if self._left is not None:
            self._left -= 1
        return self._buffer.pop()

    async def _fill(self) -> None:
        listing = self._listing
        chunk = await self._runner.run(listing.chunk(self._start, listing.read_size(self._left, 0, self._requests)))
        self._requests += 1
        self._start = chunk.next
        self._done = chunk.next is None
        items = chunk.items if self._left is None else chunk.items[: self._left]
        # Taken from the end, so that handing one out does not move the others.
        self._buffer = listing.finished(items)[::-1]


class _Received(Generic[T]):
    """Pages from the workers, one result at a time."""

    __slots__ = ("_buffer", "_left", "_pages")

    def __init__(self, pages: MemoryObjectReceiveStream[list[T] | DynamormError], limit: int | None) -> None:
        self._pages = pages
        self._left = limit
        self._buffer: list[T] = []

    def __aiter__(self) -> _Received[T]:
        return self

    async def __anext__(self) -> T:
        while not self._buffer:
            if self._left == 0:
                raise StopAsyncIteration
            page = await self._pages.__anext__()
            if isinstance(page, DynamormError):
                raise page
            self._buffer = page[::-1]
        if self._left is not None:
            if self._left == 0:
                raise StopAsyncIteration
            self._left -= 1
        return self._buffer.pop()


@asynccontextmanager
async def open_stream(
    runner: Runner, listings: Sequence[Listing[T]], limit: int | None, pages_ahead: int
) -> AsyncIterator[AsyncIterator[T]]:
    """Read listings side by side into one stream, at most ``pages_ahead`` pages before the consumer."""
    send, receive = anyio.create_memory_object_stream[list[Any] | DynamormError](max(0, pages_ahead))
    failure: Exception | None = None
    # The workers end before the stream is closed: sending into a closed one would be an error of its own.
    async with receive, anyio.create_task_group() as workers:
        async with send:
            for listing in listings:
                workers.start_soon(_work, runner, listing, send.clone())
        try:
            yield _Received(receive, limit)
        except Exception as error:  # noqa: BLE001  raised again below, outside the group, which would wrap it
            failure = error
        workers.cancel_scope.cancel()
    if failure is not None:
        raise failure


async def _work(runner: Runner, listing: Listing[Any], out: MemoryObjectSendStream[list[Any] | DynamormError]) -> None:
    start: Item | None = None
    async with out:
        while True:
            try:
                chunk = await runner.run(listing.chunk(start, listing.plan.request.page_size))
            except DynamormError as error:
                # The consumer raises it, at the caller's line; here it would only be wrapped in a group.
                await out.send(error)
                return
            if chunk.items:
                await out.send(listing.finished(chunk.items))
            start = chunk.next
            if start is None:
                return
