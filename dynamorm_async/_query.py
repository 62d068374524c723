"""`Query`: a query or scan as a value. Await it for a list, iterate it for a stream, ask it for a page or a plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal, Never, TypeVar, cast, overload

import msgspec

from dynamorm_async._expr.conditions import Condition, all_of
from dynamorm_async._expr.face import Expr, SizeExpr
from dynamorm_async._expr.fluent import AmpersandNeeded, Operator, Presence, condition_for
from dynamorm_async._expr.path import Path
from dynamorm_async._handle import Opened, settings_of
from dynamorm_async._ops.cursors import open_cursor
from dynamorm_async._ops.exchange import ExchangeCursor, read_exchange, write_exchange
from dynamorm_async._ops.listing import Listing
from dynamorm_async._ops.partial import partials, paths_into, projections, steps_of
from dynamorm_async._ops.plan import Plan
from dynamorm_async._ops.render import Settings
from dynamorm_async._ops.requests import Order, Segment
from dynamorm_async._ops.shapes import Shape, instances, raw_items, rows
from dynamorm_async._results import Listed, positive
from dynamorm_async._spec.bind import bind
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async._spec.indexes import Index
from dynamorm_async._spec.origin import own_paths
from dynamorm_async._spec.paths import find_index, resolve_path
from dynamorm_async.errors import InvalidCursorError, InvalidRequestError
from dynamorm_async.types import Cursor, Item

if TYPE_CHECKING:
    from typing import Self

__all__ = ["Query", "conditions_from"]

T_co = TypeVar("T_co", covariant=True)
T1 = TypeVar("T1")
T2 = TypeVar("T2")
T3 = TypeVar("T3")
T4 = TypeVar("T4")
T5 = TypeVar("T5")
T6 = TypeVar("T6")
V = TypeVar("V")


def conditions_from(spec: ModelSpec, given: tuple[Any, ...], verb: str = "query") -> Condition | None:
    """The condition for what ``query`` and ``where`` take: conditions, or a name, an operator and a value.

    Raises:
        UnknownFieldError: The name is no field, or a condition is on a field of another model.
        InvalidOperatorError: The operator is none.
        InvalidRequestError: Something else than a condition, such as the bool of a mistaken comparison.
    """
    if not given:
        return None
    if isinstance(given[0], str):
        if len(given) not in (2, 3, 4):
            raise InvalidRequestError(
                f"{len(given)} values are no condition.",
                op=f"{spec.name}.{verb}",
                model=spec.name,
                hint=f"Compare a field, as in {spec.name}.{next(iter(spec.by_name))} == value, or give a name, an "
                "operator and a value.",
            )
        # Bound as well, since the value may be a field.
        given = (condition_for(_named(spec, given[0]), given[1], *given[2:]),)
    return bind(spec, all_of(*given), verb)


def _named(spec: ModelSpec, name: str) -> Expr[Any] | SizeExpr:
    """A field by name, or the size of one: ``"age"``, ``"home.city"``, ``"size(tags)"``."""
    if name.startswith("size(") and name.endswith(")"):
        return SizeExpr(resolve_path(spec, name[5:-1]))
    return Expr(resolve_path(spec, name))


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

        Raises:
            IndexNotFoundError: The model has no such index; suggests the nearest.

        Example:
            >>> users = await User.query(User.email == "ada@acme.test").index(User.by_email)
        """
        return self._with(index=find_index(self._request.spec, index))

    def limit(self, count: int) -> Self:
        """At most this many matching items.

        Args:
            count: 1 or more. It counts results, not what the service reads for them.

        Example:
            >>> users = await User.query(User.org == "acme").limit(10)
        """
        return self._with(limit=positive(count, "limit", self._request.spec.name))

    def page_size(self, count: int) -> Self:
        """How many items the service reads for one request, at most; the results stay the same.

        Args:
            count: 1 or more; the service ends a page at 1 MB in any case.

        Example:
            >>> users = await User.query(User.org == "acme").page_size(100)
        """
        return self._with(page_size=positive(count, "page_size", self._request.spec.name))

    def order_by(
        self, field: Expr[Any] | str, direction: Literal["asc", "desc"] = "asc", *, in_memory: int | None = None
    ) -> Self:
        """By the sort key of the index, upwards or downwards.

        Args:
            field: The sort key; with ``in_memory`` any field, also inside a document.
            direction: ``"asc"`` or ``"desc"``.
            in_memory: Where no index has this order: read everything that matches, if it is at most so many items, and
                sort it here. Items without the field come last. There are no pages then.

        Raises:
            InvalidOrderError: When the query is planned: the index that serves it is not in this order. When it is
                awaited: more items match than may be sorted in memory.

        Example:
            >>> await User.query(User.org == "acme").order_by(User.email, in_memory=500).limit(10)
        """
        if direction not in ("asc", "desc"):
            raise InvalidRequestError("a direction is 'asc' or 'desc'.", op=f"{self._request.spec.name}.order_by")
        spec = self._request.spec
        path = resolve_path(spec, field) if isinstance(field, str) else own_paths(spec, [field._path], "order_by")[0]
        bound = None if in_memory is None else positive(in_memory, "in_memory", spec.name)
        return self._with(order=Order(path, direction == "desc", bound))

    def reverse(self) -> Self:
        """From the greatest sort key down.

        Example:
            >>> latest = await User.query(User.org == "acme").reverse().first()
        """
        order = self._request.order or Order()
        return self._with(order=msgspec.structs.replace(order, descending=not order.descending))

    def consistent(self) -> Self:
        """Read with strong consistency: twice the capacity, and not from a global index.

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

        Example:
            >>> users = await User.query(User.email == "a@b.c").complete()
        """
        return self._with(complete=True, current=consistent)

    def segment(self, number: int, total: int) -> Self:
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
        if type(number) is not int or number not in range(positive(total, "total", self._request.spec.name)):
            raise InvalidRequestError(
                f"there is no segment {number} of {total}.",
                op=f"{self._request.spec.name}.segment",
                hint=f"They are 0 to {total - 1}.",
            )
        return self._with(segment=Segment(number, total))

    def using(self, session: Opened) -> Self:
        """Use this session instead of the current one.

        Args:
            session: One that is open, or one of a tenant.

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
    def select(self, *fields: Expr[Any]) -> Query[tuple[Any, ...]]: ...
    def select(self, *fields: Expr[Any]) -> Query[Any]:
        """Read only these, as tuples; an attribute that an item lacks is None in its tuple.

        Saves transfer and decoding; the service reads, and bills, whole items all the same.

        Args:
            fields: Fields of the model, or of documents in it.

        Raises:
            InvalidRequestError: No field was given, or one of another model.

        Example:
            >>> await User.query(User.org == "acme").select(User.id, User.home.city)
        """
        if not fields:
            raise InvalidRequestError("select() needs at least one field.", op=f"{self._request.spec.name}.select")
        return cast("Query[Any]", self._with(select=self._paths(fields, "select"), into=None))

    def _paths(self, fields: Sequence[Expr[Any]], verb: str) -> tuple[Path, ...]:
        spec = self._request.spec
        for field in fields:
            if not isinstance(field, Expr):
                raise InvalidRequestError(
                    f"a field was expected, not {type(field).__name__}.",
                    op=f"{spec.name}.{verb}",
                    model=spec.name,
                    hint=f"Write {verb}({spec.name}.{next(iter(spec.by_name))}, ...).",
                )
        return own_paths(spec, [field._path for field in fields], verb)

    def only(self, *fields: Expr[Any]) -> Self:
        """Read only these and the key, as instances of the model; reading another field of one is an error.

        Args:
            fields: Fields of the model, or of documents in it.

        Raises:
            AttributeNotLoadedError: From an instance, for a field that was not named here. Nothing is fetched later.

        Example:
            >>> users = await User.query(User.org == "acme").only(User.age)
        """
        spec = self._request.spec
        if not fields:
            raise InvalidRequestError("only() needs at least one field.", op=f"{spec.name}.only")
        paths = self._paths(fields, "only")
        for path in paths:
            steps_of(spec, path)
        return self._with(select=paths, into=spec.cls)

    def into(self, cls: type[V]) -> Query[V]:
        """Read only what this class has, as instances of it.

        Args:
            cls: An attrs class whose fields are named as the model's, or a `Document` whose attribute names are paths
                in the model. A field without default is None where an item lacks it.

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

        Raises:
            InvalidCursorError: It belongs to another query.

        Example:
            >>> query = User.query(User.org == "acme")
            >>> page = await query.page(size=1)
            >>> text = query.to_exchange(page.cursor) if page.cursor else None
        """
        listing = self._one_listing()
        position = open_cursor(cursor, listing.binding(), listing.position_names(), None, 0)
        return write_exchange(ExchangeCursor(position, listing.plan.index.name, not listing.plan.forward))

    def from_exchange(self, text: str) -> Cursor:
        """The cursor that a DMS v0.1 text stands for, checked against the index, order and key of this query.

        Args:
            text: As `to_exchange` made it, here or elsewhere.

        Raises:
            InvalidCursorError: It is malformed, or belongs to another index or order.

        Example:
            >>> query = User.query(User.org == "acme")
            >>> page = await query.page(size=1)
            >>> cursor = query.from_exchange(query.to_exchange(page.cursor)) if page.cursor else None
        """
        listing, found = self._one_listing(), read_exchange(text)
        plan = listing.plan
        if found.index != plan.index.name or found.descending is plan.forward:
            raise InvalidCursorError(
                "the cursor belongs to another index or order.", hint="Start again without a cursor."
            )
        cursor = Cursor(found.key, listing.binding())
        open_cursor(cursor, cursor.binding, listing.position_names(), None, 0)
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

    def raw(self) -> Query[Item]:
        """Items as DynamoDB's JSON has them, undecoded.

        Example:
            >>> items = await User.query(User.org == "acme").raw()
        """
        return RawQuery(self._request, _runner=self._runner)


class RawQuery(Query[Item], frozen=True, eq=False):
    """A query whose results stay in wire form."""

    def _shape(self, plan: Plan, settings: Settings) -> Shape[Any]:  # noqa: ARG002  as every query's
        return raw_items()
