"""`Listed`: what a query, a scan or a collection can be asked for once it is built."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

import msgspec

from dynamorm_async._caller import named_by
from dynamorm_async._handle import Handle, first_request, resolve, settings_of
from dynamorm_async._ops.completing import CompletedListing
from dynamorm_async._ops.counts import check_reading_ahead, positive
from dynamorm_async._ops.effects import Flow
from dynamorm_async._ops.explain import Explanation, explain
from dynamorm_async._ops.fanout import FanListing, plans_of
from dynamorm_async._ops.listing import Listing
from dynamorm_async._ops.plan import Plan
from dynamorm_async._ops.reading import Reading
from dynamorm_async._ops.render import Settings
from dynamorm_async._ops.requests import DEFAULT_PAGE_LIMIT, SEGMENTS_LIMIT, ListRequest, Segment
from dynamorm_async._ops.shapes import Shape
from dynamorm_async._ops.sorting import SortedListing
from dynamorm_async._ops.tenancy import within_tenant
from dynamorm_async._recent import MOMENT
from dynamorm_async._remarks import AnyListing, tell_beginning, tell_end
from dynamorm_async._runner import Runner
from dynamorm_async._shown import iterated
from dynamorm_async._stream import Progress, Results, Stream, StreamOptions, open_stream
from dynamorm_async.errors import (
    DeadlineExceededError,
    DynamormError,
    InvalidOrderError,
    InvalidRequestError,
    ItemNotFoundError,
    MultipleItemsFoundError,
)
from dynamorm_async.types import Cursor, Page

__all__ = ["Listed"]

T_co = TypeVar("T_co", covariant=True)
_FIRST_WAIT = 0.02
_LONGEST_WAIT = 0.3
"""Seconds between two looks at an index that has not caught up."""


def _no_dice() -> float:
    """For a listing that is only looked at."""
    return 0.0


class Listed(Handle[list[T_co]], Generic[T_co], frozen=True, eq=False):  # pyright: ignore[reportInvalidTypeArguments]  # a list only handed out
    """Something that lists items: a list when awaited, a stream when iterated, pages and counts when asked."""

    _request: ListRequest

    # ------------------------------------------------------------ looking

    def plan(self) -> Plan:
        """The plan, without sending anything; of the first partition if there are several.

        Returns:
            The operation, the index and why the planner chose it.

        Raises:
            ScanNotAllowedError: No key or index serves the query.

        Example:
            >>> User.query(User.org == "acme").plan().index.name
        """
        return plans_of(within_tenant(self._request, settings_of(self._runner).tenant))[0]

    def explain(self) -> Explanation:
        """What would be sent first, which index serves it and why the others do not. Sends nothing.

        Raises:
            ScanNotAllowedError: No key or index serves the query.

        Returns:
            The explanation; printed, it is the text.

        Example:
            >>> print(User.query(User.org == "acme").explain())
        """
        with named_by(self):
            return self._explained(settings_of(self._runner))

    def _explained(self, settings: Settings) -> Explanation:
        listing = self._listing(settings)
        request = first_request(listing.preview(self._request.limit))
        return explain(listing.first.plan, request, partitions=len(listing.parts))

    if not TYPE_CHECKING:  # for the checkers there is no such method

        def _not_awaited(self, *_: object) -> NoReturn:
            hint = "Write `await` before it, or `async for` instead of `for`."
            raise TypeError(f"{self!r} holds no items yet. {hint}")

        __iter__ = __len__ = __getitem__ = __bool__ = __contains__ = _not_awaited

    @property
    def _called(self) -> str:
        return f"{self._request.spec.name}.{'scan' if self._request.scan else 'query'}"

    def _name(self, error: DynamormError) -> None:
        # What was asked of it (page, one, order_by) says more, where the error knows that.
        error._named(error.op if error.op is not None and "." in error.op else self._called)

    # ------------------------------------------------------------ what runs

    def _shape(self, plan: Plan, settings: Settings) -> Shape[Any]:
        """What items become."""
        raise NotImplementedError

    def _listing(self, settings: Settings, dice: Callable[[], float] = _no_dice) -> AnyListing:
        fan = self._fan(settings, dice, self._request)
        listing = fan.first if len(fan.parts) == 1 else fan
        order = self._request.order
        if order is None or order.in_memory is None or order.path is None or not fan.first.plan.sorts_here:
            return listing
        return SortedListing(listing, order.path, order.in_memory, descending=order.descending)

    def _fan(self, settings: Settings, dice: Callable[[], float], *requests: ListRequest) -> FanListing[Any]:
        plans = [plan for request in requests for plan in plans_of(within_tenant(request, settings.tenant))]
        return FanListing([self._read(plan, settings, dice) for plan in plans])

    def _read(self, plan: Plan, settings: Settings, dice: Callable[[], float]) -> Listing[Any]:
        shape = self._shape(plan, settings)
        if plan.completes:
            return CompletedListing(plan, settings, shape, dice)
        return Listing(plan, settings, shape)

    def _limited(self, count: int) -> int:
        limit = self._request.limit
        return count if limit is None else min(limit, count)

    def _flow(self, runner: Runner) -> Flow[list[T_co]]:
        listing = self._begun(runner)
        found: list[T_co] = yield from listing.collect(self._request.limit)
        tell_end(runner, listing)
        return found

    def _begun(self, runner: Runner, *, waits: bool = False) -> AnyListing:
        """The listing, about to be read, which is told."""
        listing = self._listing(runner.settings, runner.dice)
        tell_beginning(runner, listing, waits=waits)
        return listing

    def _preview(self, settings: Settings) -> Flow[Any]:
        return self._listing(settings).preview(self._request.limit)

    # ------------------------------------------------------------ results

    def __await__(self) -> Generator[Any, Any, list[T_co]]:
        runner = resolve(self._runner)
        return runner.run(self._flow(runner), self).__await__()

    async def _first(self, count: int) -> list[T_co]:
        runner = resolve(self._runner)
        limit = self._limited(count)
        request = msgspec.structs.replace(self._request, limit=limit)
        return await msgspec.structs.replace(self, _request=request, _runner=runner)

    async def all(self) -> list[T_co]:
        """All results, over as many pages as there are: the same as awaiting the query.

        Returns:
            The items in the order of the index; everything that matches is in memory then.

        Limit:
            One request for each 1 MB that the service reads.

        Example:
            >>> users = await User.query(User.org == "acme").all()
        """
        return await self

    async def first_or_none(self) -> T_co | None:
        """The first result, or None.

        Returns:
            An item, or None.

        Example:
            >>> user = await User.query(User.org == "acme").first_or_none()
        """
        found = await self._first(1)
        return found[0] if found else None

    async def first(self) -> T_co:
        """The first result.

        Returns:
            An item.

        Raises:
            ItemNotFoundError: There is none.

        Example:
            >>> user = await User.query(User.org == "acme").first()
        """
        found = await self._first(1)
        if not found:
            raise self._not_found("first")
        return found[0]

    async def one_or_none(self) -> T_co | None:
        """The only result, or None.

        Returns:
            An item, or None.

        Raises:
            MultipleItemsFoundError: There are several.

        Example:
            >>> user = await User.query(User.org == "acme", User.id == "1").one_or_none()
        """
        found = await self._first(2)
        if len(found) > 1:
            raise MultipleItemsFoundError(
                "more than one item matches.", op=f"{self._request.spec.name}.one", model=self._request.spec.name
            )
        return found[0] if found else None

    async def one(self) -> T_co:
        """The only result.

        Returns:
            An item.

        Raises:
            ItemNotFoundError: There is none.
            MultipleItemsFoundError: There are several.

        Example:
            >>> user = await User.query(User.org == "acme", User.id == "1").one()
        """
        found = await self.one_or_none()
        if found is None:
            raise self._not_found("one")
        return found

    def _not_found(self, verb: str) -> ItemNotFoundError:
        name = self._request.spec.name
        return ItemNotFoundError("no item matches.", op=f"{name}.{verb}", model=name)

    async def count(self) -> int:
        """How many items match. The service reads, and bills, them all, but sends none.

        Returns:
            A number of items, at most the `limit`.

        Example:
            >>> number = await User.query(User.org == "acme").count()
        """
        runner = resolve(self._runner)
        listing = self._begun(runner)
        total = await runner.run(listing.count(), self)
        tell_end(runner, listing)
        return total

    async def exists(self) -> bool:
        """Whether any item matches, in whatever order.

        Returns:
            True if there is one.

        Example:
            >>> known = await User.query(User.org == "acme").exists()
        """
        order = self._request.order
        if order is None or order.in_memory is None:
            return await self.first_or_none() is not None
        # To sort them here, all would be read, and refused if they are too many.
        request = msgspec.structs.replace(self._request, order=None)
        return await msgspec.structs.replace(self, _request=request).first_or_none() is not None

    async def until(self, ready: Callable[[list[T_co]], object], *, within: float = 2 * MOMENT) -> list[T_co]:
        """All results, read again until they are as expected: for a global index, right after a write.

        Observers are told of its plan once, and the advice that an index follows its table (DA005) is not given.

        Args:
            ready: Is given the results, and says whether they will do.
            within: Seconds after which it is given up.

        Returns:
            The results that will do.

        Raises:
            DeadlineExceededError: They were not as expected in time.

        Example:
            >>> users = await User.query(User.email == "ada@acme.test").until(lambda found: len(found) > 0)
        """
        runner = resolve(self._runner)
        listing = self._begun(runner, waits=True)
        ends, wait = runner.clock.monotonic() + within, _FIRST_WAIT
        while True:
            found = await runner.run(listing.collect(self._request.limit), self)
            if ready(found):
                tell_end(runner, listing)
                return found
            if runner.clock.monotonic() + wait > ends:
                raise DeadlineExceededError(
                    f"what was found was not as expected within {within:g} seconds.",
                    op=f"{self._request.spec.name}.until",
                    model=self._request.spec.name,
                    hint="Allow more time by within=, or read by the table's key with consistent().",
                )
            await runner.clock.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)
            # Each look is judged by itself: that one came too early says nothing of the query.
            listing = self._listing(runner.settings, runner.dice)

    async def page(self, size: int = DEFAULT_PAGE_LIMIT, cursor: Cursor | str | None = None) -> Page[T_co]:
        """One page of results.

        Args:
            size: How many results at most.
            cursor: ``Page.cursor`` of the page before, or its text.

        Returns:
            The results, and a cursor if there are more.

        Raises:
            InvalidCursorError: The cursor is damaged, expired, or belongs to another query.

        Limit:
            The service reads 1 MB for a request; a page may take several.

        Example:
            >>> page = await User.query(User.org == "acme").page(size=20)
            >>> page = await User.query(User.org == "acme").page(size=20, cursor=page.cursor)
        """
        if self._request.limit is not None:
            raise InvalidRequestError(
                "a page has a size of its own; limit() would count anew on each page.",
                op=f"{self._request.spec.name}.page",
                hint="Leave limit() out, or use pages(), which stops at the limit.",
            )
        wanted, runner = positive(size, "size", "page", self._request.spec.name), resolve(self._runner)
        listing = self._begun(runner)
        page = await runner.run(listing.page(wanted, cursor, runner.signer, runner.clock.now()), self)
        tell_end(runner, listing)
        return page

    @iterated("{0._request.spec.name}.pages")
    async def pages(
        self, size: int = DEFAULT_PAGE_LIMIT, cursor: Cursor | str | None = None
    ) -> AsyncIterator[Page[T_co]]:
        """Every page in turn, from a cursor on, until the end or the limit.

        Args:
            size: How many results to a page at most.
            cursor: Where to begin: ``Page.cursor`` of a page, or its text.

        Yields:
            Pages, each with its cursor.

        Example:
            >>> async for page in User.query(User.org == "acme").pages(size=20):
            ...     print(page.count)
        """
        size, left = positive(size, "size", "pages", self._request.spec.name), self._request.limit
        endless = msgspec.structs.replace(self, _request=msgspec.structs.replace(self._request, limit=None))
        while left is None or left > 0:
            page = await endless.page(size if left is None else min(size, left), cursor)
            yield page
            cursor = page.cursor
            left = None if left is None else left - page.count
            if cursor is None:
                return

    def __aiter__(self) -> AsyncIterator[T_co]:
        runner, limit = resolve(self._runner), self._request.limit
        listing = self._begun(runner)
        reading = Reading(listing, limit) if isinstance(listing, Listing) else listing.reading(limit)
        return Stream(runner, reading, listing.finished, limit, partial(tell_end, runner, listing), caller=self)

    def stream(
        self,
        *,
        segments: int | None = None,
        pages_ahead: int = 1,
        units_per_second: float | None = None,
        progress: Callable[[Progress], None] | None = None,
        cursor: Cursor | str | None = None,
    ) -> AbstractAsyncContextManager[Results[T_co]]:
        """Results as they come, read ahead, and for a scan in parallel; in memory are only so many pages.

        Leaving the block stops every worker; none outlives it.

        Args:
            segments: How many workers share a scan, 1 to 1 000 000; what ``scan(segments=...)`` said if not given.
            pages_ahead: How many pages are read before they are asked for, in all; 0 or more.
            units_per_second: How many read capacity units the workers together spend in a second, after a second's
                worth at once.
            progress: Is told after each page how far the workers are.
            cursor: Where another stream of the same query stood; see `Results.cursor`.

        Returns:
            What ``async with`` enters, to be iterated inside.

        Raises:
            InvalidCursorError: The cursor is of another query, or of another number of segments.
            InvalidRequestError: A number is out of its range, or it is no scan and has no segments.

        Example:
            >>> async with User.scan(segments=8).stream() as users:
            ...     async for user in users:
            ...         ...
        """
        runner, request = resolve(self._runner), self._request
        wanted = request.segments if segments is None else segments
        total = positive(wanted, "segments", "stream", request.spec.name, SEGMENTS_LIMIT)
        if total > 1 and not request.scan:
            raise InvalidRequestError("only a scan has segments.", op=f"{request.spec.name}.stream")
        if total > 1 and request.segment is not None:
            raise InvalidRequestError(
                "segment() is one worker's part of a scan, so it has no segments of its own.",
                op=f"{request.spec.name}.stream",
                hint="Leave out segment() to read the whole table here, or segments= to read this part.",
            )
        check_reading_ahead(pages_ahead, units_per_second, request.spec.name)
        settings = runner.settings
        if units_per_second is not None:
            settings = msgspec.structs.replace(settings, report_capacity=True)
        requests = [request] if total == 1 else [_segment(request, number, total) for number in range(total)]
        options = StreamOptions(self, request.limit, pages_ahead, units_per_second, progress)
        fan = self._fan(settings, runner.dice, *requests)
        if fan.first.plan.sorts_here:
            raise InvalidOrderError(
                "what is sorted in memory is no stream.", op=f"{request.spec.name}.stream", hint="Await the query."
            )
        tell_beginning(runner, fan)
        return open_stream(runner, fan, options, cursor, partial(tell_end, runner, fan))


def _segment(request: ListRequest, number: int, total: int) -> ListRequest:
    return msgspec.structs.replace(request, segment=Segment(number, total))
