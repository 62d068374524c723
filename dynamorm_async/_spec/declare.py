"""How fields are declared in a class body: ``Attr``, ``Nested`` and the field specifiers.

Each specifier returns an attrs field that carries `FieldOptions`; the annotations exist for type checkers, which
see an expression on the class and a value on the instance. At run time ``Attr[int]`` is ``Annotated[int, ATTR]``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, TypeVar, overload

import attrs
import msgspec

from dynamorm_async._expr.face import Expr
from dynamorm_async._expr.slot import FieldConverter
from dynamorm_async._spec.fields import NullPolicy, Role

__all__ = [
    "OPTIONS",
    "Attr",
    "FieldOptions",
    "Nested",
    "attr",
    "auto_id",
    "computed",
    "created_at",
    "partition_key",
    "sort_key",
    "tenant",
    "ttl",
    "updated_at",
    "version",
]

T = TypeVar("T")
M = TypeVar("M")
D = TypeVar("D")
OPTIONS = "dynamorm_async"
"""The metadata key of an attrs field under which its `FieldOptions` are."""


class FieldOptions(msgspec.Struct, frozen=True):
    """What a specifier said about its field."""

    key: Literal["partition", "sort"] | None = None
    template: str | None = None
    name: str | None = None
    role: Role = Role.PLAIN
    null: NullPolicy | None = None
    converter: FieldConverter | None = None
    sensitive: bool = False


if TYPE_CHECKING:

    class Attr(Generic[T]):
        """A stored attribute of type T: an expression on the class, the value on an instance.

        Example:
            >>> class Point(Document):
            ...     x: Attr[int] = attr(default=0)
            >>> Point().x
            0
        """

        @overload
        def __get__(self, instance: None, owner: type) -> Expr[T]: ...
        @overload
        def __get__(self, instance: object, owner: type) -> T: ...
        def __get__(self, instance: object | None, owner: type) -> Expr[T] | T: ...
        def __set__(self, instance: object, value: T) -> None: ...

    class Nested(Generic[M]):
        """A stored document: its class on the class (so that its fields complete), the document on an instance.

        Example:
            >>> users = await User.query(User.org == "acme", User.home.city == "Bonn")
        """

        @overload
        def __get__(self: Nested[D | None], instance: None, owner: type) -> type[D]: ...
        @overload
        def __get__(self, instance: None, owner: type) -> type[M]: ...
        @overload
        def __get__(self, instance: object, owner: type) -> M: ...
        def __get__(self, instance: object | None, owner: type) -> type[Any] | M: ...
        def __set__(self, instance: object, value: M) -> None: ...

    class Declared(Attr[T], Nested[T]):
        """What a specifier with a default gives: good for a field of either kind, which its annotation then decides."""

        @overload
        def __get__(self, instance: None, owner: type) -> Any: ...
        @overload
        def __get__(self, instance: object, owner: type) -> T: ...
        def __get__(self, instance: object | None, owner: type) -> Any: ...

else:

    class Attr:
        """A stored attribute of type T: an expression on the class, the value on an instance.

        Example:
            >>> class Point(Document):
            ...     x: Attr[int] = attr(default=0)
            >>> Point().x
            0
        """

        def __class_getitem__(cls, kind: Any) -> Any:
            return Annotated[kind, "Attr"]

    class Nested:
        """A stored document: its class on the class (so that its fields complete), the document on an instance.

        Example:
            >>> users = await User.query(User.org == "acme", User.home.city == "Bonn")
        """

        def __class_getitem__(cls, kind: Any) -> Any:
            return Annotated[kind, "Nested"]


Validator = Callable[[Any, Any, Any], Any] | Sequence[Callable[[Any, Any, Any], Any]]


def _field(options: FieldOptions, **settings: Any) -> Attr[Any]:
    if (factory := settings.pop("factory", None)) is not None:
        settings["factory"] = factory
    if settings.get("default", attrs.NOTHING) is attrs.NOTHING:
        settings.pop("default", None)
    field: Attr[Any] = attrs.field(metadata={OPTIONS: options}, **settings)
    return field


def _null(policy: str | None) -> NullPolicy | None:
    return None if policy is None else NullPolicy(policy)


@overload
def attr(
    *,
    default: T,
    name: str | None = None,
    null: Literal["omit", "null"] | None = None,
    validator: Validator | None = None,
    converter: FieldConverter | None = None,
    sensitive: bool = False,
) -> Declared[T]: ...
@overload
def attr(
    *,
    factory: Callable[[], T],
    name: str | None = None,
    null: Literal["omit", "null"] | None = None,
    validator: Validator | None = None,
    converter: FieldConverter | None = None,
    sensitive: bool = False,
) -> Declared[T]: ...
@overload
def attr(
    *,
    name: str | None = None,
    null: Literal["omit", "null"] | None = None,
    validator: Validator | None = None,
    converter: FieldConverter | None = None,
    sensitive: bool = False,
) -> Any: ...
def attr(
    *,
    default: Any = attrs.NOTHING,
    factory: Callable[[], Any] | None = None,
    name: str | None = None,
    null: Literal["omit", "null"] | None = None,
    validator: Validator | None = None,
    converter: FieldConverter | None = None,
    sensitive: bool = False,
) -> Any:
    """A stored attribute.

    Args:
        default: The value of an instance that is made without one. Shared: use ``factory`` for mutable values.
        factory: Makes the default.
        name: The attribute's name in DynamoDB; the Python name if not given. 1 to 255 bytes, any characters.
        null: How None is stored: ``"omit"`` leaves the attribute out, ``"null"`` stores NULL. By default it is left
            out where a missing attribute reads back as None.
        validator: attrs validators, run when the instance is made, when the field is set, and before a write.
        converter: The field's own pair of functions to and from a storable value.
        sensitive: Keep the value out of the repr.

    Returns:
        The field's declaration, for a class body.

    Example:
        >>> class User(Model, table="users"):
        ...     id: Attr[str] = partition_key()
        ...     age: Attr[int] = attr(default=0)
    """
    options = FieldOptions(name=name, null=_null(null), converter=converter, sensitive=sensitive)
    return _field(options, default=default, factory=factory, validator=validator)


@overload
def partition_key(template: str, *, init: Literal[False] = False, name: str | None = None) -> Attr[str]: ...
@overload
def partition_key(
    *,
    factory: Callable[[], T],
    name: str | None = None,
    validator: Validator | None = None,
    converter: FieldConverter | None = None,
) -> Attr[T]: ...
@overload
def partition_key(
    *,
    name: str | None = None,
    validator: Validator | None = None,
    converter: FieldConverter | None = None,
) -> Any: ...
def partition_key(
    template: str | None = None,
    *,
    init: bool = True,  # noqa: ARG001  for checkers
    factory: Callable[[], Any] | None = None,
    name: str | None = None,
    validator: Validator | None = None,
    converter: FieldConverter | None = None,
) -> Any:
    """The table's partition key: given by hand, or built from other fields by a template.

    Args:
        template: ``"USER#{user_id}"``: the key is computed from these fields and never set by hand.
        init: For type checkers: a templated key is no argument of the constructor.
        factory: Makes the key of a new instance, such as an id.
        name: The attribute's name in DynamoDB.
        validator: attrs validators.
        converter: The field's own pair of functions to and from a storable value.

    Returns:
        The field's declaration, for a class body.

    Limit:
        At most 2 048 bytes, not empty.

    Example:
        >>> pk: Attr[str] = partition_key("CONN#{connection_id}")
    """
    return _key("partition", template, factory, name, validator, converter)


@overload
def sort_key(template: str, *, init: Literal[False] = False, name: str | None = None) -> Attr[str]: ...
@overload
def sort_key(
    *,
    factory: Callable[[], T],
    name: str | None = None,
    validator: Validator | None = None,
    converter: FieldConverter | None = None,
) -> Attr[T]: ...
@overload
def sort_key(
    *,
    name: str | None = None,
    validator: Validator | None = None,
    converter: FieldConverter | None = None,
) -> Any: ...
def sort_key(
    template: str | None = None,
    *,
    init: bool = True,  # noqa: ARG001  for checkers
    factory: Callable[[], Any] | None = None,
    name: str | None = None,
    validator: Validator | None = None,
    converter: FieldConverter | None = None,
) -> Any:
    """The table's sort key: given by hand, built by a template, or a constant (``sort_key("METADATA")``).

    Args:
        template: ``"ORDER#{created:}"``-like text of constants and fields.
        init: For type checkers: a templated key is no argument of the constructor.
        factory: Makes the key of a new instance.
        name: The attribute's name in DynamoDB.
        validator: attrs validators.
        converter: The field's own pair of functions to and from a storable value.

    Returns:
        The field's declaration, for a class body.

    Limit:
        At most 1 024 bytes, not empty.

    Example:
        >>> sk: Attr[str] = sort_key("METADATA")
    """
    return _key("sort", template, factory, name, validator, converter)


def _key(  # noqa: PLR0917  what the two specifiers share, passed on in their order
    key: Literal["partition", "sort"],
    template: str | None,
    factory: Callable[[], Any] | None,
    name: str | None,
    validator: Validator | None,
    converter: FieldConverter | None,
) -> Any:
    options = FieldOptions(key=key, template=template, name=name, converter=converter)
    if template is not None:
        return _field(options, init=False)
    return _field(options, factory=factory, validator=validator)


def computed(template: str, *, init: Literal[False] = False, name: str | None = None) -> Attr[str]:  # noqa: ARG001  for checkers
    """An attribute built from other fields by a template, usually the key of an index.

    It is written anew by every write that touches its fields, so an index key cannot go stale; where one of
    them is None the attribute is left out, and the item is not in the index.

    Args:
        template: ``"TENANT#{tenant_id}"``: constants and fields.
        init: For type checkers: the field is no argument of the constructor.
        name: The attribute's name in DynamoDB; the Python name if not given.

    Returns:
        The field's declaration, for a class body.

    Example:
        >>> by_tenant_key: Attr[str] = computed("TENANT#{tenant_id}")
    """
    return _field(FieldOptions(template=template, name=name), init=False)


def auto_id(
    factory: Callable[[], T],
    *,
    init: Literal[False] = False,  # noqa: ARG001  for checkers
    name: str | None = None,
) -> Attr[T]:
    """An id that every new instance gets by itself. To be free to choose one, write ``attr(factory=ulid)``.

    Args:
        factory: Makes an id: `ulid` (text), `uuid7` (a UUID), or your own.
        init: For type checkers: the field is no argument of the constructor.
        name: The attribute's name in DynamoDB.

    Returns:
        The field's declaration, for a class body.

    Example:
        >>> order_id: Attr[str] = auto_id(ulid)
    """
    return _field(FieldOptions(role=Role.AUTO_ID, name=name), init=False, factory=factory)


def tenant(*, init: Literal[False] = False, name: str | None = None) -> Attr[str]:  # noqa: ARG001  for checkers
    """Whose item it is: filled in by a session scoped with ``for_tenant``, and part of the partition key's template.

    Args:
        init: For type checkers: the field is no argument of the constructor.
        name: The attribute's name in DynamoDB; the Python name if not given.

    Returns:
        The field's declaration, for a class body.

    Example:
        >>> tenant_id: Attr[str] = tenant()
        >>> pk: Attr[str] = partition_key("TENANT#{tenant_id}")
    """
    return _field(FieldOptions(role=Role.TENANT, name=name), init=False)


def version(*, init: Literal[False] = False, name: str | None = None) -> Attr[int]:  # noqa: ARG001  for checkers
    """The optimistic lock: an int that every write checks and counts up. 0 means: not stored yet.

    Args:
        init: For type checkers: the field is no argument of the constructor.
        name: The attribute's name in DynamoDB; the Python name if not given.

    Returns:
        The field's declaration, for a class body.

    Example:
        >>> version: Attr[int] = version()
    """
    return _field(FieldOptions(role=Role.VERSION, name=name), init=False, default=0)


def created_at(*, init: Literal[False] = False, name: str | None = None) -> Attr[datetime]:  # noqa: ARG001  for checkers
    """When the item was first written, set once by the library from the session's clock.

    Args:
        init: For type checkers: the field is no argument of the constructor.
        name: The attribute's name in DynamoDB; the Python name if not given.

    Returns:
        The field's declaration, for a class body.

    Example:
        >>> created_at: Attr[datetime] = created_at()
    """
    return _field(FieldOptions(role=Role.CREATED_AT, name=name), init=False)


def updated_at(*, init: Literal[False] = False, name: str | None = None) -> Attr[datetime]:  # noqa: ARG001  for checkers
    """When the item was last written, set by the library on every write path.

    Args:
        init: For type checkers: the field is no argument of the constructor.
        name: The attribute's name in DynamoDB; the Python name if not given.

    Returns:
        The field's declaration, for a class body.

    Example:
        >>> updated_at: Attr[datetime] = updated_at()
    """
    return _field(FieldOptions(role=Role.UPDATED_AT, name=name), init=False)


@overload
def ttl(*, init: Literal[False] = False, name: str | None = None) -> Any: ...
@overload
def ttl(*, default: timedelta, name: str | None = None) -> Any: ...
@overload
def ttl(*, default: T, name: str | None = None) -> Attr[T]: ...
def ttl(*, default: Any = attrs.NOTHING, init: bool = False, name: str | None = None) -> Any:  # noqa: ARG001  for checkers
    """The time after which DynamoDB may delete the item: a datetime, or epoch seconds.

    Stored as whole epoch seconds; `Session.create_table` turns the feature on for this attribute.
    Deletion happens within days, so an expired item may still be read.

    Args:
        default: None, a value, or a timedelta from the moment of the first write. With a default the field is an
            argument of the constructor; without one it begins as None and is set afterwards.
        init: For type checkers.
        name: The attribute's name in DynamoDB.

    Returns:
        The field's declaration, for a class body.

    Example:
        >>> expires: Attr[datetime | None] = ttl()
        >>> expires: Attr[datetime] = ttl(default=timedelta(hours=24))
    """
    given = default is not attrs.NOTHING
    return _field(FieldOptions(role=Role.TTL, name=name), init=given, default=default if given else None)
