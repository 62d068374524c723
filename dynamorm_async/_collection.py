"""`Collection`: several models of one table, read by one query."""

from __future__ import annotations

from typing import Any, Generic, Never, TypeVar, overload

from dynamorm_async._expr.conditions import Condition, all_of
from dynamorm_async._ops.counts import positive
from dynamorm_async._ops.groups import keeper, members, shared_spec, tags_condition
from dynamorm_async._ops.plan import Plan
from dynamorm_async._ops.render import Settings
from dynamorm_async._ops.requests import SEGMENTS_LIMIT, ListRequest
from dynamorm_async._ops.shapes import Shape
from dynamorm_async._query import Query, RawQuery
from dynamorm_async._spec.document import Document
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async._spec.given import conditions_from
from dynamorm_async.errors import InvalidRequestError, ModelDefinitionError

__all__ = ["Collection", "CollectionQuery"]

T = TypeVar("T")
G = TypeVar("G")
A = TypeVar("A", bound=Document)
B = TypeVar("B", bound=Document)
C = TypeVar("C", bound=Document)
D = TypeVar("D", bound=Document)


class CollectionQuery(Query[T], Generic[T, G], frozen=True, eq=False, kw_only=True):
    """A query over several models: a list of all their items in order when awaited, a list for each by `groups`.

    Example:
        >>> items = await Collection(Profile, Order).query(Profile.user == "u")
    """

    _specs: tuple[ModelSpec, ...] = ()

    def _shape(self, plan: Plan, settings: Settings) -> Shape[Any]:  # noqa: ARG002  as every query's
        return members(self._specs, settings)

    async def groups(self) -> G:
        """All results, in a list for each model, in the order in which the models were named.

        Returns:
            A tuple of lists.

        Example:
            >>> profiles, orders = await Collection(Profile, Order).query(Profile.user == "u").groups()
        """
        found = await self
        groups: Any = tuple([one for one in found if type(one) is spec.cls] for spec in self._specs)
        return groups  # type: ignore[no-any-return]  # one list for each model, as the overloads of Collection say

    def raw(self) -> RawQuery:
        """Items of these models as DynamoDB's JSON has them, undecoded.

        Returns:
            A query of dicts: attribute name -> ``{"S": "x"}``.

        Example:
            >>> items = await Collection(Profile, Order).query(Profile.user == "u").raw()
        """
        return RawQuery(self._request, _runner=self._runner, _keeps=keeper(self._specs))

    def select(self, *fields: Never) -> Never:  # type: ignore[override]  # refused, and so typed
        """Not of several models: they have different fields.

        Raises:
            InvalidRequestError: Always.
        """
        raise self._no_part(f"select({len(fields)} fields)")

    def only(self, *fields: Never) -> Never:  # type: ignore[override]  # refused, and so typed
        """Not of several models: they have different fields.

        Raises:
            InvalidRequestError: Always.
        """
        raise self._no_part(f"only({len(fields)} fields)")

    def into(self, cls: Never) -> Never:  # type: ignore[override]  # refused, and so typed
        """Not of several models: they have different fields.

        Raises:
            InvalidRequestError: Always.
        """
        raise self._no_part(f"into({cls.__name__})")

    def _no_part(self, what: str) -> InvalidRequestError:
        return InvalidRequestError(
            f"{what} of several models.",
            op=f"{self._request.spec.name}.query",
            hint="Query one model to read a part of its items.",
        )


class Collection(Generic[T, G]):
    """Several models that share a table, to be read by one query.

    Their items are told apart by their tags, or by the templates of their keys. Items of other models are left out: by
    the service where every model here has a tag. By templates only this library can tell, so the items of others are
    read, and billed, and dropped here, and `count` reads items, too, instead of letting the service count.

    Raises:
        ModelDefinitionError: The models do not share table and key, or cannot be told apart.

    Example:
        >>> profiles, orders = await Collection(Profile, Order).query(Profile.user == "u").groups()
        >>> async for item in Collection(Profile, Order).query(Profile.user == "u"):
        ...     ...
    """

    @overload
    def __init__(self: Collection[A | B, tuple[list[A], list[B]]], a: type[A], b: type[B], /) -> None: ...
    @overload
    def __init__(
        self: Collection[A | B | C, tuple[list[A], list[B], list[C]]], a: type[A], b: type[B], c: type[C], /
    ) -> None: ...
    @overload
    def __init__(
        self: Collection[A | B | C | D, tuple[list[A], list[B], list[C], list[D]]],
        a: type[A],
        b: type[B],
        c: type[C],
        d: type[D],
        /,
    ) -> None: ...
    @overload
    def __init__(
        self: Collection[Any, tuple[list[Any], ...]],
        a: type[Document],
        b: type[Document],
        c: type[Document],
        d: type[Document],
        e: type[Document],
        /,
        *more: type[Document],
    ) -> None: ...
    def __init__(self, *models: type[Document]) -> None:
        specs = tuple(getattr(model, "__dynamorm_spec__", None) for model in models)
        found = tuple(spec for spec in specs if isinstance(spec, ModelSpec))
        if len(found) < len(models) or len(found) < 2:
            raise ModelDefinitionError("a collection is of two models at least.", hint="Write Collection(User, Order).")
        self._specs = found
        self._spec = shared_spec(found)
        self._tags = tags_condition(found)

    def query(self, *conditions: Condition) -> CollectionQuery[T, G]:
        """Find items of all these models, by the partition key that they share.

        Args:
            conditions: On fields of the models; an item that lacks one is not found by a condition on it.

        Returns:
            A query of items of all these models.

        Example:
            >>> items = await Collection(Profile, Order).query(Profile.user == "u")
        """
        return CollectionQuery(ListRequest(self._spec, self._condition(conditions, "query")), _specs=self._specs)

    def scan(self, *conditions: Condition, segments: int = 1) -> CollectionQuery[T, G]:
        """Read the whole table, and from it the items of these models.

        Args:
            conditions: What to keep.
            segments: How many workers ``stream()`` lets read at once.

        Returns:
            A query of items of all these models.

        Example:
            >>> items = await Collection(Profile, Order).scan()
        """
        total = positive(segments, "segments", "scan", self._spec.name, SEGMENTS_LIMIT)
        request = ListRequest(self._spec, self._condition(conditions, "scan"), scan=True, segments=total)
        return CollectionQuery(request, _specs=self._specs)

    def _condition(self, conditions: tuple[Condition, ...], verb: str) -> Condition | None:
        given = conditions_from(self._spec, conditions, verb)
        parts = [part for part in (given, self._tags) if part is not None]
        return all_of(*parts) if parts else None

    def __repr__(self) -> str:
        return f"<Collection of {', '.join(spec.name for spec in self._specs)}>"
