"""`Model`: a class body becomes a description, and its verbs make handles."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, Never, Protocol, TypeAlias, TypeVar, overload

from typing_extensions import TypeVarTuple, Unpack

from dynamorm_async._expr.conditions import Condition
from dynamorm_async._expr.face import Expr
from dynamorm_async._get import Get
from dynamorm_async._handle import settings_of
from dynamorm_async._lazy import lazily
from dynamorm_async._ops.keys import make_key
from dynamorm_async._ops.render import place_of
from dynamorm_async._ops.requests import SEGMENTS_LIMIT, ListRequest
from dynamorm_async._spec.arguments import check_key_arguments, check_options, table_of
from dynamorm_async._spec.build import build_base, build_model
from dynamorm_async._spec.document import Document, defining_names, describe, make_attrs
from dynamorm_async._spec.fields import ModelSpec, TableSpec
from dynamorm_async._spec.registry import registry
from dynamorm_async._spec.uniques import with_uniques
from dynamorm_async._verbs import Verbs
from dynamorm_async.errors import ModelDefinitionError
from dynamorm_async.types import Item, Key, KeyValue

if TYPE_CHECKING:
    from typing import Self

    from dynamorm_async import _items as items
    from dynamorm_async import _keyed as keyed
    from dynamorm_async import _mutate as mutating
    from dynamorm_async import _query as queries
    from dynamorm_async._expr.fluent import AmpersandNeeded, Operator, Presence
    from dynamorm_async._keyed import Keyed
    from dynamorm_async._ops import counts, inputs
    from dynamorm_async._query import Query
    from dynamorm_async._spec import given as asking
else:
    asking = lazily("dynamorm_async._spec.given")
    counts = lazily("dynamorm_async._ops.counts")
    inputs = lazily("dynamorm_async._ops.inputs")
    items = lazily("dynamorm_async._items")
    keyed = lazily("dynamorm_async._keyed")
    mutating = lazily("dynamorm_async._mutate")
    queries = lazily("dynamorm_async._query")

__all__ = ["AnyModel", "KeyedBy", "Model"]

M = TypeVar("M")
Ks = TypeVarTuple("Ks", default=Unpack[tuple[KeyValue, ...]])


class Model(Verbs, Document, Generic[*Ks]):
    """The base of stored items: subclass it, name its table, and declare its fields.

    Class arguments:
        table: The table's name; the session's default table if not given.
        abstract: A base for other models, without a table of its own. Its fields are expressions for each of them.
        tag: Marks items of this model in a table that several models share; True for the class name.
        tag_attribute: The attribute that holds the tag.
        unknown: ``"drop"`` or ``"keep"`` attributes that the model does not declare.
        track_changes: Instances remember what is stored, so that ``save()`` sends only what changed.
        frozen: Instances cannot be changed.

    ``Model[str, int]`` states the types of partition and sort key, ``Model[str]`` those of a key without a sort key, so
    that type checkers refuse a key of another type, and one with too few or too many parts. A bare ``Model`` takes
    whatever can be a key.

    Example:
        >>> class User(Model[str, str], table="users"):
        ...     org: Attr[str] = partition_key()
        ...     id: Attr[str] = sort_key()
        ...     age: Attr[int] = attr(default=0)
    """

    __dynamorm_spec__: ClassVar[ModelSpec]  # pyright: ignore[reportIncompatibleVariableOverride]  # narrower, set once
    reserved_names: ClassVar[frozenset[str]]

    def __init_subclass__(
        cls,
        *,
        table: str | None = None,
        abstract: bool = False,
        tag: str | Literal[True] | None = None,
        tag_attribute: str = "_type",
        unknown: Literal["drop", "keep"] = "drop",
        track_changes: bool = False,
        frozen: bool = False,
        billing: Literal["PAY_PER_REQUEST", "PROVISIONED"] = "PAY_PER_REQUEST",
        **kwargs: Any,
    ) -> None:
        # Document's own hook describes nested documents, which a model is not.
        if kwargs:
            check_options(cls, Document, kwargs)
        super(Document, cls).__init_subclass__(**kwargs)
        make_attrs(cls, frozen=frozen)
        if abstract:
            describe(cls, build_base(cls, defining_names()))
            return
        if unknown not in ("drop", "keep"):
            raise ModelDefinitionError(f"{cls.__name__}: unknown= is 'drop' or 'keep'.", model=cls.__name__)
        discriminator = None if tag is None else (tag_attribute, cls.__name__ if tag is True else tag)
        spec = build_model(
            cls,
            defining_names(),
            table=TableSpec(table_of(cls, table), billing),
            keep_unknown=unknown == "keep",
            track_changes=track_changes,
            discriminator=discriminator,
        )
        spec = with_uniques(cls, spec)
        check_key_arguments(cls, Model, spec)
        describe(cls, spec)
        registry.add(spec)

    if TYPE_CHECKING:

        @classmethod
        def _named(cls, like: Self, /, *key: *Ks) -> Self:
            """By what ``KeyedBy`` knows the model and its key; an argument keeps a model from passing for its base."""
            ...

    # ------------------------------------------------------------ reading

    @overload
    @classmethod
    def key(cls, *key: *Ks) -> Key[Self]: ...
    @overload
    @classmethod
    def key(cls, key: tuple[*Ks], /) -> Key[Self]: ...
    @overload
    @classmethod
    def key(cls, **parts: KeyValue) -> Key[Self]: ...
    @classmethod  # type: ignore[misc]  # mypy wants Ks itself
    def key(cls, *given: Any, **parts: KeyValue) -> Key[Any]:
        """The primary key, to name an item in ``get``, a batch or a transaction.

        Args:
            given: Partition key value, then sort key value.
            parts: Or the fields that make the key, by name.

        Returns:
            The key, in wire form.

        Raises:
            MissingKeyError: A part is missing.

        Limit:
            A partition key has 1 to 2 048 bytes, a sort key 1 to 1 024.

        Example:
            >>> User.key("acme", "1")
            >>> Connection.key(connection_id="c1")
        """
        spec = cls.__dynamorm_spec__
        settings = settings_of(None)
        return make_key(spec, place_of(spec, settings), given, parts)

    @overload
    @classmethod
    def get(cls, *key: *Ks) -> Get[Self]: ...
    @overload
    @classmethod
    def get(cls, key: Key[Self], /) -> Get[Self]: ...
    @overload
    @classmethod
    def get(cls, **parts: KeyValue) -> Get[Self]: ...
    @classmethod  # type: ignore[misc]  # mypy wants Ks itself
    def get(cls, *given: Any, **parts: KeyValue) -> Get[Any]:
        """Read one item by its key: one GetItem.

        Args:
            given: Partition key value and sort key value, or a `Key`.
            parts: Or the fields that make the key, by name.

        Returns:
            A handle; awaiting it gives the instance.

        Raises:
            ItemNotFoundError: No item has this key.
            MissingKeyError: A part of the key is missing.

        Example:
            >>> user = await User.get("acme", "1")
            >>> user = await User.get("acme", "1").consistent()
        """
        return Get(cls.__dynamorm_spec__, given, parts)

    @overload
    @classmethod
    def get_or_none(cls, *key: *Ks) -> Get[Self | None]: ...
    @overload
    @classmethod
    def get_or_none(cls, key: Key[Self], /) -> Get[Self | None]: ...
    @overload
    @classmethod
    def get_or_none(cls, **parts: KeyValue) -> Get[Self | None]: ...
    @classmethod  # type: ignore[misc]  # mypy wants Ks itself
    def get_or_none(cls, *given: Any, **parts: KeyValue) -> Get[Any]:
        """Read one item by its key, or None if there is none.

        Args:
            given: Partition key value and sort key value, or a `Key`.
            parts: Or the fields that make the key, by name.

        Returns:
            A handle; awaiting it gives the instance or None.

        Example:
            >>> user = await User.get_or_none("acme", "1")
        """
        return Get(cls.__dynamorm_spec__, given, parts, _required=False)

    @overload
    @classmethod
    def query(cls, never: Never, /, *more: Never) -> AmpersandNeeded: ...  # type: ignore[overload-overlap]  # of Never
    @overload
    @classmethod
    def query(cls, *conditions: Condition) -> Query[Self]: ...
    @overload
    @classmethod
    def query(cls, field: str, operator: Operator, value: object, /) -> Query[Self]: ...
    @overload
    @classmethod
    def query(cls, field: str, operator: Presence, /) -> Query[Self]: ...
    @overload
    @classmethod
    def query(
        cls, field: str, operator: Literal["between", "BETWEEN"], low: object, high: object, /
    ) -> Query[Self]: ...
    @classmethod
    def query(cls, *given: Any) -> Any:
        """Find items by a partition key, of the table or of an index that the planner chooses.

        Args:
            given: Conditions joined with AND, in any order; or a field's name, an operator and a value.

        Returns:
            A query; awaiting it gives a list.

        Raises:
            ScanNotAllowedError: When it is awaited: no key or index serves the conditions.

        Limit:
            The service reads 1 MB for a request; more are sent until all that matches is there.

        Example:
            >>> users = await User.query(User.org == "acme", User.age >= 18).limit(10)
        """
        spec = cls.__dynamorm_spec__
        query: Query[Self] = queries.Query(ListRequest(spec, asking.conditions_from(spec, given)))
        return query

    @classmethod
    def scan(cls, *conditions: Condition, segments: int = 1) -> Query[Self]:
        """Read the whole table, or with ``.index()`` a whole index: slow and costly on a large one.

        Args:
            conditions: What to keep; everything is read and billed all the same.
            segments: How many workers ``stream()`` lets read at once.

        Returns:
            A query; awaiting it gives a list.

        Limit:
            The service reads 1 MB for a request, and bills all of the table.

        Example:
            >>> async for user in User.scan(User.age > 18):
            ...     ...
        """
        spec = cls.__dynamorm_spec__
        total = counts.positive(segments, "segments", "scan", spec.name, SEGMENTS_LIMIT)
        condition = asking.conditions_from(spec, conditions, "scan")
        return queries.Query(ListRequest(spec, condition, scan=True, segments=total))

    # ------------------------------------------------------------ writing

    @classmethod
    def from_input(cls, data: Mapping[str, Any], *, allow: Sequence[str | Expr[Any]], **trusted: Any) -> Self:
        """An instance from data of a stranger, such as the body of a request.

        Only the fields in ``allow`` are taken; any other name in the data is refused, keys, version, TTL and tag
        included. Types are strict, and nested documents take no name that they do not declare.

        Args:
            data: Field names and values, as JSON has them.
            allow: The fields that the data may set.
            trusted: Fields that you set yourself; they go before the data.

        Returns:
            An instance that is not stored yet.

        Raises:
            ValidationError: ``errors`` has every name that is not allowed and every value that does not fit.

        Example:
            >>> user = User.from_input(await request.json(), allow=["email", "age"], org=org, id=new_id)
        """
        made: Self = inputs.instance_from(cls, settings_of(None).codec, data, allow=allow, trusted=trusted)
        return made

    @classmethod
    def from_item(cls, item: Item) -> Self:
        """An instance of an item that was read by other means: a client of your own, an export, a stream.

        Args:
            item: As DynamoDB's JSON has it: ``{"org": {"S": "acme"}, ...}``; binary as base64 text or as bytes.

        Returns:
            An instance, as a read gives it.

        Raises:
            DecodeError: It does not fit the model; ``path`` says where.

        Example:
            >>> raw = await User.query(User.org == "acme").raw().first()
            >>> user = User.from_item(raw)
        """
        made: Self = items.instance_of(cls.__dynamorm_spec__, item)
        return made

    @overload
    @classmethod
    def with_key(cls, *key: *Ks) -> Keyed[Self]: ...
    @overload
    @classmethod
    def with_key(cls, key: Key[Self], /) -> Keyed[Self]: ...
    @overload
    @classmethod
    def with_key(cls, **parts: KeyValue) -> Keyed[Self]: ...
    @classmethod  # type: ignore[misc]  # mypy wants Ks itself
    def with_key(cls, *given: Any, **parts: KeyValue) -> Keyed[Any]:
        """Name an item by its key, to change or delete it without reading it first.

        Args:
            given: Partition key value and sort key value, or a `Key`.
            parts: Or the fields that make the key, by name.

        Returns:
            What has ``get``, ``update``, ``try_update`` and ``delete`` of that item.

        Example:
            >>> await User.with_key("acme", "1").update(User.age.add(1))
            >>> await User.with_key("acme", "1").delete()
        """
        return keyed.Keyed(cls.__dynamorm_spec__, given, parts)

    @classmethod
    async def mutate(
        cls,
        key: Key[Self] | KeyValue | tuple[*Ks],
        change: Callable[[Self], Self | Awaitable[Self | None] | None],
        *,
        attempts: int = 10,
    ) -> Self:
        """Read an item consistently, change it in Python and store it, again if someone else was faster.

        Args:
            key: Which item.
            change: Changes the instance, or returns another. It may be called several times.
            attempts: How often to try.

        Returns:
            The instance as it was stored.

        Raises:
            VersionConflictError: Someone else was faster every time.
            ItemNotFoundError: There is no such item.
            InvalidRequestError: The model has no version field, or ``attempts`` is no number of times.

        Example:
            >>> await Account.mutate("a1", lambda account: setattr(account, "credits", account.credits + 1))
        """
        given = key if isinstance(key, tuple) else (key,)
        get: Get[Self] = Get(cls.__dynamorm_spec__, given, {})
        return await mutating.mutate(get, change, None, attempts)


Model.reserved_names = frozenset(name for name in (*vars(Model), *vars(Verbs)) if not name.startswith("_")) - {
    "reserved_names"
}
describe(Model, build_base(Model, {}))


class KeyedBy(Protocol[M, *Ks]):
    """The class of a model by what its key is made of, as type checkers find it out."""

    def _named(self, like: M, /, *key: *Ks) -> M: ...


AnyModel: TypeAlias = Model[*tuple[Any, ...]]
"""Any model, whatever its key: what a function takes that works with all of them.

Example:
    >>> async def count(model: type[AnyModel]) -> int:
    ...     return await model.scan().count()
    >>> await count(User)
    1
"""
