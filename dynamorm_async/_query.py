"""`Query`: a query or scan as a value. Await it for a list, iterate it for a stream, ask it for a page or a plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, Literal, Never, TypeVar, cast, overload

import msgspec

from dynamorm_async._caller import named_by
from dynamorm_async._expr.conditions import Condition, all_of
from dynamorm_async._expr.face import Expr
from dynamorm_async._expr.fluent import AmpersandNeeded, Operator, Presence
from dynamorm_async._handle import Opened, settings_of
from dynamorm_async._ops.counts import positive
from dynamorm_async._ops.exchange import ExchangeCursor, check_key, read_exchange, write_exchange
from dynamorm_async._ops.listing import Listing
from dynamorm_async._ops.partial import partials, paths_into, projections, steps_of
from dynamorm_async._ops.plan import Plan
from dynamorm_async._ops.render import Settings
from dynamorm_async._ops.requests import SEGMENTS_LIMIT, Order, Segment
from dynamorm_async._ops.shapes import Shape, instances, raw_items, rows
from dynamorm_async._results import Listed
from dynamorm_async._spec.given import conditions_from, path_from, paths_from
from dynamorm_async._spec.indexes import Index
from dynamorm_async._spec.paths import find_index
from dynamorm_async.errors import InvalidCursorError, InvalidRequestError
from dynamorm_async.types import Cursor, Item

if TYPE_CHECKING:
    from typing import Self

__all__ = ["Query", "RawQuery"]

T_co = TypeVar("T_co", covariant=True)
T1 = TypeVar("T1")
T2 = TypeVar("T2")
T3 = TypeVar("T3")
T4 = TypeVar("T4")
T5 = TypeVar("T5")
T6 = TypeVar("T6")
T7 = TypeVar("T7")
T8 = TypeVar("T8")
T9 = TypeVar("T9")
T10 = TypeVar("T10")
V = TypeVar("V")


class Query(Listed[T_co], Generic[T_co], frozen=True, eq=False):
    """A query, as a value. Each method returns a new one; nothing is sent until it is awaited or iterated.

    Example:
        >>> adults = User.query(User.org == "acme", User.age >= 18)
        >>> users = await adults.limit(10)
        >>> async for user in adults:
        ...     ...
        >>> page = await adults.page(size=20)
        >>> print(adults.explain())
    """

    # ------------------------------------------------------------ building

    @overload
    def where(self, never: Never, /, *more: Never) -> AmpersandNeeded: ...  # type: ignore[overload-overlap]  # of Never
    @overload
    def where(self, *conditions: Condition) -> Self: ...
    @overload
    def where(self, field: str, operator: Operator, value: object, /) -> Self: ...
    @overload
    def where(self, field: str, operator: Presence, /) -> Self: ...
    @overload
    def where(self, field: str, operator: Literal["between", "BETWEEN"], low: object, high: object, /) -> Self: ...
    def where(self, *given: Any) -> Any:
        """Add conditions, joined with AND. Their order never matters.

        Args:
            given: Conditions (``User.age > 18``), or a field's name, an operator and a value.

        Returns:
            A copy with them.

        Raises:
            UnknownFieldError: No such field; suggests the nearest.
            InvalidOperatorError: No such operator; lists the legal ones.

        Example:
            >>> User.query(User.org == "acme").where("age", ">", 18)
        """
        added = conditions_from(self._request.spec, given, "scan" if self._request.scan else "query")
        if added is None:
            return self
        present = self._request.condition
        return self._with(condition=added if present is None else all_of(present, added))

    filter = where

    def index(self, index: Index | str) -> Self:
        """Use this index and no other.

        Args:
            index: As declared, ``User.by_email``, or its name.

        Returns:
            A copy.

        Raises:
            IndexNotFoundError: The model has no such index; suggests the nearest.
            InvalidRequestError: It is no index.

        Example:
            >>> users = await User.query(User.email == "ada@acme.test").index(User.by_email)
        """
        return self._with(index=find_index(self._request.spec, index))

    def limit(self, count: int) -> Self:
        """At most this many matching items.

        Args:
            count: 1 or more. It counts results, not what the service reads for them.

        Returns:
            A copy.

        Limit:
            The service ends a page at 1 MB of what it read, filtered or not, so a limit can take several requests.

        Example:
            >>> users = await User.query(User.org == "acme").limit(10)
        """
        return self._with(limit=positive(count, "count", "limit", self._request.spec.name))

    def page_size(self, count: int) -> Self:
        """How many items the service reads for one request, at most; the results stay the same.

        Args:
            count: 1 or more; the service ends a page at 1 MB in any case.

        Returns:
            A copy.

        Example:
            >>> users = await User.query(User.org == "acme").page_size(100)
        """
        return self._with(page_size=positive(count, "count", "page_size", self._request.spec.name))

    def order_by(
        self, field: Expr[Any] | str, direction: Literal["asc", "desc"] = "asc", *, in_memory: int | None = None
    ) -> Self:
        """By the sort key of the index, upwards or downwards.

        Args:
            field: The sort key; with ``in_memory`` any field, also inside a document.
            direction: ``"asc"`` or ``"desc"``.
            in_memory: Where no index has this order: read everything that matches, if it is at most so many items, and
                sort it here. Items without the field come last. There are no pages then.

        Returns:
            A copy.

        Raises:
            UnknownFieldError: There is no field of that name.
            InvalidRequestError: It is no field.
            InvalidOrderError: When the query is planned: the index that serves it is not in this order. When it is
                awaited: more items match than may be sorted in memory.

        Example:
            >>> await User.query(User.org == "acme").order_by(User.email, in_memory=500).limit(10)
        """
        spec = self._request.spec
        if direction not in ("asc", "desc"):
            raise InvalidRequestError("a direction is 'asc' or 'desc'.", op=f"{spec.name}.order_by", model=spec.name)
        path = path_from(spec, field, "order_by")
        bound = None if in_memory is None else positive(in_memory, "in_memory", "order_by", spec.name)
        return self._with(order=Order(path, direction == "desc", bound))

    def reverse(self) -> Self:
        """From the greatest sort key down.

        Returns:
            A copy.

        Example:
            >>> latest = await User.query(User.org == "acme").reverse().first()
        """
        order = self._request.order or Order()
        return self._with(order=msgspec.structs.replace(order, descending=not order.descending))

    def consistent(self) -> Self:
        """Read with strong consistency: twice the capacity, and not from a global index.

        Returns:
            A copy.

        Raises:
            InvalidConsistencyError: When the query is planned: only a global index serves it.

        Example:
            >>> users = await User.query(User.org == "acme").consistent()
        """
        return self._with(consistent=True)

    def complete(self, *, consistent: bool = False) -> Self:
        """Read from the table what the index does not hold, in batches by key, instead of refusing the index.

        Conditions on what the index lacks are tested on the item then, and the others once more, since an index runs
        behind its table. What is gone, or matches no more, is left out: `Page.left_out` and the event `ItemsLeftOut`
        say how many. `explain` says whether this query needs it.

        Args:
            consistent: Whether to read the items with strong consistency, at twice the capacity.

        Returns:
            A copy.

        Example:
            >>> users = await User.query(User.email == "a@b.c").complete()
        """
        return self._with(complete=True, current=consistent)

    def segment(self, number: int, total: int) -> Self:
        """One part of a scan that several workers share, each with pages and a cursor of its own to go on from later.

        To read all parts at once in this process, write ``scan(segments=...).stream()``.

        Args:
            number: Which part, from 0.
            total: How many parts there are, 1 000 000 at most.

        Returns:
            A copy.

        Raises:
            InvalidRequestError: It is no scan, or there is no such part.

        Limit:
            1 000 000 segments.

        Example:
            >>> page = await User.scan().segment(0, 4).page(size=100)
        """
        name = self._request.spec.name
        if not self._request.scan:
            raise InvalidRequestError("only a scan has segments.", op=f"{name}.segment")
        if type(number) is not int or number not in range(positive(total, "total", "segment", name, SEGMENTS_LIMIT)):
            raise InvalidRequestError(
                f"there is no segment {number} of {total}.",
                op=f"{name}.segment",
                hint=f"They are 0 to {total - 1}.",
            )
        return self._with(segment=Segment(number, total))

    def using(self, session: Opened) -> Self:
        """Use this session instead of the current one.

        Args:
            session: One that is open, or one of a tenant.

        Returns:
            A copy.

        Example:
            >>> users = await User.query(User.org == "acme").using(db)
        """
        return msgspec.structs.replace(self, _runner=session.runner)

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
    def select(
        self, a: Expr[T1], b: Expr[T2], c: Expr[T3], d: Expr[T4], e: Expr[T5], f: Expr[T6], g: Expr[T7], /
    ) -> Query[tuple[T1, T2, T3, T4, T5, T6, T7]]: ...
    @overload
    def select(
        self, a: Expr[T1], b: Expr[T2], c: Expr[T3], d: Expr[T4], e: Expr[T5], f: Expr[T6], g: Expr[T7], h: Expr[T8], /
    ) -> Query[tuple[T1, T2, T3, T4, T5, T6, T7, T8]]: ...
    @overload
    def select(
        self,
        a: Expr[T1],
        b: Expr[T2],
        c: Expr[T3],
        d: Expr[T4],
        e: Expr[T5],
        f: Expr[T6],
        g: Expr[T7],
        h: Expr[T8],
        i: Expr[T9],
        /,
    ) -> Query[tuple[T1, T2, T3, T4, T5, T6, T7, T8, T9]]: ...
    @overload
    def select(
        self,
        a: Expr[T1],
        b: Expr[T2],
        c: Expr[T3],
        d: Expr[T4],
        e: Expr[T5],
        f: Expr[T6],
        g: Expr[T7],
        h: Expr[T8],
        i: Expr[T9],
        j: Expr[T10],
        /,
    ) -> Query[tuple[T1, T2, T3, T4, T5, T6, T7, T8, T9, T10]]: ...
    @overload
    def select(self, *fields: Expr[Any]) -> Query[tuple[object, ...]]: ...
    def select(self, *fields: Expr[Any]) -> Query[Any]:
        """Read only these, as tuples; an attribute that an item lacks is None in its tuple.

        Saves transfer and decoding; the service reads, and bills, whole items all the same.

        Args:
            fields: Fields of the model, or of documents in it. Type checkers know the types of up to ten; for more of
                them, `into` reads into a class.

        Returns:
            A query of tuples, their values in the order of the fields.

        Raises:
            InvalidRequestError: No field was given, or one of another model.

        Example:
            >>> await User.query(User.org == "acme").select(User.id, User.home.city)
        """
        paths = paths_from(self._request.spec, fields, "select")
        return cast("Query[Any]", self._with(select=paths, into=None))

    def only(self, *fields: Expr[Any]) -> Self:
        """Read only these and the key, as instances of the model; reading another field of one is an error.

        Args:
            fields: Fields of the model, or of documents in it.

        Returns:
            A copy.

        Raises:
            AttributeNotLoadedError: From an instance, for a field that was not named here. Nothing is fetched later.

        Example:
            >>> users = await User.query(User.org == "acme").only(User.age)
        """
        spec = self._request.spec
        paths = paths_from(spec, fields, "only")
        for path in paths:
            steps_of(spec, path)
        return self._with(select=paths, into=spec.cls)

    def into(self, cls: type[V]) -> Query[V]:
        """Read only what this class has, as instances of it.

        Args:
            cls: An attrs class whose fields are named as the model's, or a `Document` whose attribute names are paths
                in the model. A field without default is None where an item lacks it.

        Returns:
            A query of instances of this class.

        Raises:
            UnknownFieldError: A field is none of the model's.

        Example:
            >>> @attrs.frozen
            ... class Brief:
            ...     id: str
            ...     age: int = 0
            >>> await User.query(User.org == "acme").into(Brief)
        """
        return cast("Query[V]", self._with(select=paths_into(self._request.spec, cls), into=cls))

    def to_exchange(self, cursor: Cursor) -> str:
        """A cursor of this query in the DMS v0.1 format, which other libraries read.

        It is not signed: whoever holds it can change it, and its key is there to be read.

        Args:
            cursor: ``Page.cursor`` of a page of this query.

        Returns:
            The text, for a URL.

        Raises:
            InvalidCursorError: It belongs to another query.

        Example:
            >>> query = User.query(User.org == "acme")
            >>> page = await query.page(size=1)
            >>> text = query.to_exchange(page.cursor) if page.cursor else None
        """
        with named_by(self):
            listing = self._one_listing()
            position = listing.opened(cursor, None, 0)
        return write_exchange(ExchangeCursor(position, listing.plan.index.name, not listing.plan.forward))

    def from_exchange(self, text: str) -> Cursor:
        """The cursor that a DMS v0.1 text stands for, checked against the index, order and key of this query.

        That the key was read by this query cannot be known: it has no signature.

        Args:
            text: As `to_exchange` made it, here or elsewhere.

        Returns:
            The cursor, for `page`, `pages` and `stream`.

        Raises:
            InvalidCursorError: It is malformed, or belongs to another index or order.

        Example:
            >>> query = User.query(User.org == "acme")
            >>> page = await query.page(size=1)
            >>> cursor = query.from_exchange(query.to_exchange(page.cursor)) if page.cursor else None
        """
        with named_by(self):
            listing, found = self._one_listing(), read_exchange(text)
            plan = listing.plan
            if found.index != plan.index.name or found.descending is plan.forward:
                raise InvalidCursorError("the cursor belongs to another index or order.")
            cursor = Cursor(found.key, listing.binding())
            check_key(plan, listing.settings, listing.opened(cursor, None, 0))
            return cursor

    def _one_listing(self) -> Listing[Any]:
        listing = self._listing(settings_of(self._runner))
        if isinstance(listing, Listing):
            return listing
        raise InvalidCursorError("a query of several partitions has no cursor in the exchange format.")

    def _with(self, **changes: Any) -> Self:
        return msgspec.structs.replace(self, _request=msgspec.structs.replace(self._request, **changes))

    def _shape(self, plan: Plan, settings: Settings) -> Shape[Any]:
        request = self._request
        if request.select is None:
            return instances(plan, settings)
        if request.into is None:
            return rows(settings, request.select)
        if request.into is request.spec.cls:
            return partials(request.spec, settings, request.select)
        return projections(settings, request.into, request.select)

    def raw(self) -> RawQuery:
        """Items as DynamoDB's JSON has them, undecoded.

        Returns:
            A query of dicts: attribute name -> ``{"S": "x"}``.

        Example:
            >>> items = await User.query(User.org == "acme").raw()
        """
        return RawQuery(self._request, _runner=self._runner)


class RawQuery(Query[Item], frozen=True, eq=False, kw_only=True):
    """A query whose results stay in wire form; made by ``raw()``."""

    _keeps: Callable[[Item], bool] | None = None
    """Which items are results, where the service cannot tell."""

    def _shape(self, plan: Plan, settings: Settings) -> Shape[Any]:  # noqa: ARG002  as every query's
        return raw_items(self._keeps)

    def select(self, *fields: Never) -> Never:  # type: ignore[override]  # noqa: ARG002  # refused, and so typed
        """Not of items in wire form, which are no tuples.

        Raises:
            InvalidRequestError: Always.
        """
        raise self._undecoded("select()", "tuples")

    def into(self, cls: Never) -> Never:  # type: ignore[override]  # noqa: ARG002  # refused, and so typed
        """Not of items in wire form, which are instances of no class.

        Raises:
            InvalidRequestError: Always.
        """
        raise self._undecoded("into()", "instances")

    def only(self, *fields: Expr[Any]) -> Self:
        """Read only these and the key, in wire form.

        Raises:
            InvalidRequestError: Of several models that are told apart here, by attributes that would be missing.
        """
        if self._keeps is not None:
            raise InvalidRequestError(
                "only() of several models, which are told apart by what it would leave out.",
                op=f"{self._request.spec.name}.only",
                hint="Leave only() out, or query one model.",
            )
        return super().only(*fields)

    def _undecoded(self, what: str, results: str) -> InvalidRequestError:
        name = self._request.spec.name
        return InvalidRequestError(
            f"{what} of items that raw() leaves undecoded.",
            op=f"{name}.query",
            model=name,
            hint=f"Leave raw() out to have {results}; write only(...) for some attributes in wire form.",
        )
