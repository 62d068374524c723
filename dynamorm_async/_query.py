"""`Query`: a query or scan as a value. Await it for a list, iterate it for a stream, ask it for a page or a plan."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator
from contextlib import AbstractAsyncContextManager
from typing import Any, Generic, Literal, TypeVar, overload

import attrs

from dynamorm_async._expr.conditions import Condition, all_of
from dynamorm_async._expr.face import Expr, SizeExpr
from dynamorm_async._expr.fluent import condition_for
from dynamorm_async._handle import Handle, resolve, settings_of
from dynamorm_async._ops.effects import Flow
from dynamorm_async._ops.explain import Explanation, explain
from dynamorm_async._ops.listing import Listing
from dynamorm_async._ops.plan import Plan, make_plan
from dynamorm_async._ops.render import Settings
from dynamorm_async._ops.requests import DEFAULT_PAGE_LIMIT, ListRequest, Order, Segment
from dynamorm_async._ops.shapes import Shape, instances, raw_items, rows
from dynamorm_async._ops.tenancy import within_tenant
from dynamorm_async._runner import Runner
from dynamorm_async._spec.bind import bind_raw
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async._spec.indexes import Index
from dynamorm_async._spec.paths import find_index, resolve_path
from dynamorm_async._stream import Stream, open_stream
from dynamorm_async.errors import InvalidRequestError, ItemNotFoundError, MultipleItemsFoundError
from dynamorm_async.types import UNSET, Cursor, Item, Page

__all__ = ["Query", "conditions_from"]

T_co = TypeVar("T_co", covariant=True)
T1 = TypeVar("T1")
T2 = TypeVar("T2")
T3 = TypeVar("T3")
T4 = TypeVar("T4")
T5 = TypeVar("T5")
T6 = TypeVar("T6")


def conditions_from(spec: ModelSpec, given: tuple[Any, ...]) -> Condition | None:
    """The condition for what ``query`` and ``where`` take: conditions, or a name, an operator and a value.

    Raises:
        UnknownFieldError: The name is no field.
        InvalidOperatorError: The operator is none.
        InvalidRequestError: Something else than a condition, such as the bool of a mistaken comparison.
    """
    if not given:
        return None
    if isinstance(given[0], str):
        if len(given) not in (2, 3, 4):
            raise InvalidRequestError(
                f"{len(given)} values were given.", op=f"{spec.name}.where", hint="Write where(name, operator, value)."
            )
        return condition_for(_named(spec, given[0]), given[1], *given[2:])
    return bind_raw(spec, all_of(*given))


def _named(spec: ModelSpec, name: str) -> Expr[Any] | SizeExpr:
    """A field by name, or the size of one: ``"age"``, ``"home.city"``, ``"size(tags)"``."""
    if name.startswith("size(") and name.endswith(")"):
        return SizeExpr(resolve_path(spec, name[5:-1]))
    return Expr(resolve_path(spec, name))


@attrs.frozen(slots=True, eq=False, repr=False)
class Query(Handle[list[T_co]], Generic[T_co]):
    """A query, as a value. Each method returns a new one; nothing is sent until it is awaited or iterated.

    Example:
        >>> adults = User.query(User.org == "acme", User.age >= 18)
        >>> users = await adults.limit(10)
        >>> async for user in adults:
        ...     ...
        >>> page = await adults.page(size=20)
        >>> print(adults.explain())
    """

    _request: ListRequest = attrs.field(alias="request")

    # ------------------------------------------------------------ building

    @overload
    def where(self, *conditions: Condition) -> Query[T_co]: ...
    @overload
    def where(self, field: str, operator: str, value: object = UNSET, /) -> Query[T_co]: ...
    def where(self, *given: Any) -> Query[T_co]:
        """Add conditions, joined with AND. Their order never matters.

        Args:
            given: Conditions (``User.age > 18``), or a field's name, an operator and a value.

        Raises:
            UnknownFieldError: No such field; suggests the nearest.
            InvalidOperatorError: No such operator; lists the legal ones.

        Example:
            >>> User.query(User.org == "acme").where("age", ">", 18)
        """
        added = conditions_from(self._request.spec, given)
        if added is None:
            return self
        present = self._request.condition
        return self._with(condition=added if present is None else all_of(present, added))

    filter = where

    def index(self, index: Index | str) -> Query[T_co]:
        """Use this index and no other.

        Raises:
            IndexNotFoundError: The model has no such index; suggests the nearest.
        """
        return self._with(index=find_index(self._request.spec, index))

    def limit(self, count: int) -> Query[T_co]:
        """At most this many matching items."""
        return self._with(limit=positive(count, "limit"))

    def page_size(self, count: int) -> Query[T_co]:
        """How many items the service reads for one request, at most; the results stay the same."""
        return self._with(page_size=positive(count, "page_size"))

    def order_by(self, field: Expr[Any] | str, direction: Literal["asc", "desc"] = "asc") -> Query[T_co]:
        """By the sort key of the index, upwards or downwards.

        Raises:
            InvalidOrderError: When the query is planned: the index that serves it is not in this order.
        """
        if direction not in ("asc", "desc"):
            raise InvalidRequestError("a direction is 'asc' or 'desc'.", op=f"{self._request.spec.name}.order_by")
        path = resolve_path(self._request.spec, field) if isinstance(field, str) else field._path
        return self._with(order=Order(path, direction == "desc"))

    def reverse(self) -> Query[T_co]:
        """From the greatest sort key down."""
        order = self._request.order or Order()
        return self._with(order=attrs.evolve(order, descending=not order.descending))

    def consistent(self) -> Query[T_co]:
        """Read with strong consistency: twice the capacity, and not from a global index.

        Raises:
            InvalidConsistencyError: When the query is planned: only a global index serves it.
        """
        return self._with(consistent=True)

    def segment(self, number: int, total: int) -> Query[T_co]:
        """One part of a scan that several workers share, each with pages and a cursor of its own to go on from later.

        To read all parts at once in this process, write ``scan(segments=...).stream()``.

        Args:
            number: Which part, from 0.
            total: How many parts there are.

        Raises:
            InvalidRequestError: It is no scan, or there is no such part.

        Example:
            >>> page = await User.scan().segment(0, 4).page(size=100)
        """
        if not self._request.scan:
            raise InvalidRequestError("only a scan has segments.", op=f"{self._request.spec.name}.segment")
        if type(number) is not int or number not in range(positive(total, "total")):
            raise InvalidRequestError(
                f"there is no segment {number} of {total}.", op="query.segment", hint=f"They are 0 to {total - 1}."
            )
        return self._with(segment=Segment(number, total))

    def using(self, session: Any) -> Query[T_co]:
        """Use this session instead of the current one."""
        return attrs.evolve(self, runner=session.runner)

    @overload
    def select(self, a: Expr[T1], /) -> Query[tuple[T1]]: ...
    @overload
    def select(self, a: Expr[T1], b: Expr[T2], /) -> Query[tuple[T1, T2]]: ...
    @overload
    def select(self, a: Expr[T1], b: Expr[T2], c: Expr[T3], /) -> Query[tuple[T1, T2, T3]]: ...
    @overload
    def select(self, a: Expr[T1], b: Expr[T2], c: Expr[T3], d: Expr[T4], /) -> Query[tuple[T1, T2, T3, T4]]: ...
    @overload
    def select(
        self, a: Expr[T1], b: Expr[T2], c: Expr[T3], d: Expr[T4], e: Expr[T5], /
    ) -> Query[tuple[T1, T2, T3, T4, T5]]: ...
    @overload
    def select(
        self, a: Expr[T1], b: Expr[T2], c: Expr[T3], d: Expr[T4], e: Expr[T5], f: Expr[T6], /
    ) -> Query[tuple[T1, T2, T3, T4, T5, T6]]: ...
    @overload
    def select(self, *fields: Expr[Any]) -> Query[tuple[Any, ...]]: ...
    def select(self, *fields: Expr[Any]) -> Query[Any]:
        """Read only these, as tuples; an attribute that an item lacks is None in its tuple.

        Saves transfer and decoding; the service reads, and bills, whole items all the same.

        Example:
            >>> await User.query(User.org == "acme").select(User.id, User.home.city)
        """
        if not fields:
            raise InvalidRequestError("select() needs at least one field.", op=f"{self._request.spec.name}.select")
        return self._with(select=tuple(field._path for field in fields))

    def _with(self, **changes: Any) -> Query[Any]:
        return attrs.evolve(self, request=attrs.evolve(self._request, **changes))

    # ------------------------------------------------------------ looking

    def plan(self) -> Plan:
        """The plan, without sending anything.

        Raises:
            ScanNotAllowedError: No key or index serves the query.
        """
        return make_plan(self._request)

    def explain(self) -> Explanation:
        """What would be sent, which index serves it and why the others do not. Sends nothing."""
        return explain(self.plan(), settings_of(self._runner))

    def __repr__(self) -> str:
        verb = "scan" if self._request.scan else "query"
        return f"<{self._request.spec.name}.{verb}, not awaited>"

    # ------------------------------------------------------------ results

    def __await__(self) -> Generator[Any, Any, list[T_co]]:
        runner = resolve(self._runner)
        return runner.run(self._flow(runner)).__await__()

    def _flow(self, runner: Runner) -> Flow[list[T_co]]:
        return self._listing(runner.settings).collect(self._request.limit)

    def _preview(self, settings: Settings) -> Flow[Any]:
        listing = self._listing(settings)
        return listing.chunk(None, listing.read_size(self._request.limit, 0, 0))

    def _listing(self, settings: Settings) -> Listing[Any]:
        plan = make_plan(within_tenant(self._request, settings.tenant))
        select = self._request.select
        shape: Shape[Any] = instances(plan, settings) if select is None else rows(settings, select)
        return Listing(plan, settings, shape)

    async def all(self) -> list[T_co]:
        """All results, over as many pages as there are: the same as awaiting the query."""
        return await self

    async def first_or_none(self) -> T_co | None:
        """The first result, or None."""
        found = await self.limit(1)
        return found[0] if found else None

    async def first(self) -> T_co:
        """The first result.

        Raises:
            ItemNotFoundError: There is none.
        """
        found = await self.limit(1)
        if not found:
            raise self._not_found("first")
        return found[0]

    async def one_or_none(self) -> T_co | None:
        """The only result, or None.

        Raises:
            MultipleItemsFoundError: There are several.
        """
        found = await self.limit(2)
        if len(found) > 1:
            raise MultipleItemsFoundError(
                "more than one item matches.", op=f"{self._request.spec.name}.one", model=self._request.spec.name
            )
        return found[0] if found else None

    async def one(self) -> T_co:
        """The only result.

        Raises:
            ItemNotFoundError: There is none.
            MultipleItemsFoundError: There are several.
        """
        found = await self.one_or_none()
        if found is None:
            raise self._not_found("one")
        return found

    def _not_found(self, verb: str) -> ItemNotFoundError:
        name = self._request.spec.name
        return ItemNotFoundError("no item matches.", op=f"{name}.{verb}", model=name)

    async def count(self) -> int:
        """How many items match. The service reads, and bills, them all, but sends none."""
        runner = resolve(self._runner)
        return await runner.run(self._listing(runner.settings).count())

    async def exists(self) -> bool:
        """Whether any item matches."""
        return await self.first_or_none() is not None

    async def page(self, size: int = DEFAULT_PAGE_LIMIT, cursor: Cursor | str | None = None) -> Page[T_co]:
        """One page of results.

        Args:
            size: How many results at most.
            cursor: ``Page.cursor`` of the page before, or its text.

        Raises:
            InvalidCursorError: The cursor is damaged, expired, or belongs to another query.

        Example:
            >>> page = await User.query(User.org == "acme").page(size=20)
            >>> page = await User.query(User.org == "acme").page(size=20, cursor=page.cursor)
        """
        runner = resolve(self._runner)
        listing: Listing[T_co] = self._listing(runner.settings)
        return await runner.run(listing.page(positive(size, "size"), cursor, runner.signer, runner.clock.now()))

    async def pages(
        self, size: int = DEFAULT_PAGE_LIMIT, cursor: Cursor | str | None = None
    ) -> AsyncIterator[Page[T_co]]:
        """Every page in turn, from a cursor on."""
        while True:
            page = await self.page(size, cursor)
            yield page
            cursor = page.cursor
            if cursor is None:
                return

    def raw(self) -> Query[Item]:
        """Items as DynamoDB's JSON has them, undecoded."""
        return RawQuery(self._request, runner=self._runner)

    def __aiter__(self) -> AsyncIterator[T_co]:
        runner = resolve(self._runner)
        return Stream(runner, self._listing(runner.settings), self._request.limit)

    def stream(
        self, *, segments: int | None = None, pages_ahead: int = 1
    ) -> AbstractAsyncContextManager[AsyncIterator[T_co]]:
        """Results as they come, read ahead, and for a scan in parallel; in memory are only so many pages.

        Leaving the block stops every worker; none outlives it.

        Args:
            segments: How many workers share a scan; what ``scan(segments=...)`` said if not given.
            pages_ahead: How many pages are read before they are asked for, in all.

        Example:
            >>> async with User.scan(segments=8).stream() as users:
            ...     async for user in users:
            ...         ...
        """
        runner = resolve(self._runner)
        total = positive(segments or self._request.segments, "segments")
        if total > 1 and not self._request.scan:
            raise InvalidRequestError("only a scan has segments.", op=f"{self._request.spec.name}.stream")
        parts = [self] if total == 1 else [self._with(segment=Segment(number, total)) for number in range(total)]
        listings = [part._listing(runner.settings) for part in parts]
        return open_stream(runner, listings, self._request.limit, pages_ahead)


class RawQuery(Query[Item]):
    """A query whose results stay in wire form."""

    __slots__ = ()

    def _listing(self, settings: Settings) -> Listing[Any]:
        return Listing(make_plan(within_tenant(self._request, settings.tenant)), settings, raw_items())


def positive(count: Any, name: str) -> int:
    """A count of at least one.

    Raises:
        InvalidRequestError: It is none.
    """
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise InvalidRequestError(f"{name} must be a whole number of at least 1.", op=f"query.{name}")
    return count
