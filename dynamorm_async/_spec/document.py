"""`Document`: the base of everything that is stored, and what the class of a stored thing is made of."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from dynamorm_async._expr.face import expr_at
from dynamorm_async._spec import declare
from dynamorm_async._spec.build import build_document
from dynamorm_async._spec.fields import DocumentSpec, FieldSpec
from dynamorm_async._spec.indexes import Index
from dynamorm_async._spec.uniques import Unique
from dynamorm_async.errors import AttributeNotLoadedError, ModelDefinitionError

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:
    from typing import dataclass_transform

__all__ = ["STORED", "Document", "defining_names", "describe", "make_attrs"]


STORED = "_stored"
"""Where a model that tracks changes keeps the item as it is stored, in an instance's ``__dict__``."""


def _without_stored(instance: object) -> dict[str, Any]:
    return {name: value for name, value in vars(instance).items() if name != STORED}


class Column:
    """What stands on the class for a field: an expression there; on an instance, ``__dict__`` goes before it."""

    __slots__ = ("_expr", "field")

    def __init__(self, field: FieldSpec) -> None:
        self.field = field
        self._expr: Any = None

    def __get__(self, instance: object | None, owner: type) -> Any:
        field = self.field
        if instance is None:
            # Made at first use, since the class of a nested document may only then be known; and kept, being a value.
            if self._expr is None:
                self._expr = expr_at(field.path)
            return self._expr
        if field.template is not None:
            return field.template.render(instance.__dict__)
        raise AttributeNotLoadedError(
            f"{owner.__name__}.{field.name} is not loaded.",
            model=owner.__name__,
            hint="It was left out by select(), worked out by the service in a transaction, or is set when the item is "
            "first written; refresh() reads it.",
        )


class ComputedColumn(Column):
    """A templated attribute: computed whenever it is read, so that it cannot be stale, and not to be set."""

    __slots__ = ()

    def __set__(self, instance: object, value: object) -> None:
        raise AttributeError(
            f"{type(instance).__name__}.{self.field.name} is computed; set the fields of its template."
        )


def defining_names() -> Mapping[str, Any]:
    """The local names where the class statement stands, for annotations inside functions."""
    frame = sys._getframe(1)  # the only way to see local classes under postponed annotations
    while frame.f_back is not None and frame.f_code.co_name == "__init_subclass__":
        frame = frame.f_back
    return {} if frame.f_code.co_name == "<module>" else frame.f_locals


def make_attrs(cls: type[Any], *, frozen: bool = False) -> None:
    """Turn the class body into attrs fields, in place.

    Raises:
        ModelDefinitionError: A field has no annotation, or takes the name of a method.
    """
    names = {id(value): name for name, value in vars(cls).items()}
    for value in list(vars(cls).values()):
        if isinstance(value, (Index, Unique)):
            value.bind(names)
    for name in inspect.get_annotations(cls):
        if callable(getattr(Document, name, None)) or name in getattr(cls, "reserved_names", ()):
            raise ModelDefinitionError(
                f"{cls.__name__}.{name}: the name is taken by a method.",
                model=cls.__name__,
                hint=f"Call the field otherwise, and keep the attribute's name with attr(name={name!r}).",
            )
    try:
        # auto_attribs must be said: left to guess, attrs drops annotated fields where one un-annotated field exists.
        attrs.define(cls, slots=False, kw_only=True, auto_attribs=True, eq=False, repr=False, frozen=frozen)
    except attrs.exceptions.UnannotatedAttributeError as error:
        raise ModelDefinitionError(
            f"{cls.__name__}: a field has no annotation.", model=cls.__name__, hint="Write name: Attr[type] = attr()."
        ) from error


def describe(cls: type[Any], spec: DocumentSpec) -> None:
    """Put the description on the class, and the expressions."""
    cls.__dynamorm_spec__ = spec
    for field in spec.fields:
        setattr(cls, field.name, (ComputedColumn if field.template else Column)(field))


@dataclass_transform(
    kw_only_default=True,
    field_specifiers=(
        declare.attr,
        declare.auto_id,
        declare.partition_key,
        declare.sort_key,
        declare.computed,
        declare.version,
        declare.created_at,
        declare.updated_at,
        declare.ttl,
        declare.tenant,
    ),
)
class Document:
    """A value stored as a map inside an item: subclass it as you would write an attrs class.

    Limit:
        32 levels of nesting.

    Example:
        >>> class Address(Document):
        ...     street: Attr[str]
        ...     city: Attr[str] = attr(default="")
    """

    __dynamorm_spec__: ClassVar[DocumentSpec]

    def __init_subclass__(cls, *, frozen: bool = False, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        make_attrs(cls, frozen=frozen)
        describe(cls, build_document(cls, defining_names()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self._shown())})"

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.__dict__ == other.__dict__ or _without_stored(self) == _without_stored(other)

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # equal by value and changeable, so not hashable

    def _shown(self) -> list[str]:
        spec = type(self).__dynamorm_spec__
        return [
            f"{field.name}={'***' if field.sensitive else repr(self.__dict__[field.name])}"
            for field in spec.fields
            if field.name in self.__dict__
        ]
