"""What an annotation says, seen through NewType, Annotated and type aliases."""

from __future__ import annotations

from collections import abc
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NewType, Union, get_args, get_origin

__all__ = [
    "allows_none",
    "container",
    "inner",
    "is_literal",
    "is_union",
    "label",
    "members",
    "strip",
    "without_none",
]

_CONTAINERS: dict[Any, type] = {
    list: list,
    abc.MutableSequence: list,
    tuple: tuple,
    dict: dict,
    abc.Mapping: dict,
    abc.MutableMapping: dict,
    set: set,
    abc.Set: set,
    abc.MutableSet: set,
    frozenset: frozenset,
}


def inner(kind: Any) -> Any:
    """What a NewType, Annotated or type alias stands for; None for anything else."""
    if isinstance(kind, NewType):
        return kind.__supertype__
    if get_origin(kind) is Annotated:
        return get_args(kind)[0]
    if type(kind).__name__ == "TypeAliasType":
        return kind.__value__
    return None


def strip(kind: Any) -> Any:
    """The type under all NewTypes, Annotateds and aliases; ``None`` as NoneType."""
    while (found := inner(kind)) is not None:
        kind = found
    return NoneType if kind is None else kind


def is_union(kind: Any) -> bool:
    """Whether it is ``A | B`` or ``Union[A, B]``."""
    return get_origin(kind) in (Union, UnionType)


def is_literal(kind: Any) -> bool:
    """Whether it is ``Literal[...]``."""
    return get_origin(kind) is Literal


def container(kind: Any) -> type | None:
    """The built-in container in which values of this type are kept, or None if it is no container."""
    return _CONTAINERS.get(get_origin(kind) or kind)


def members(kind: Any) -> tuple[Any, ...]:
    """The members of a union, stripped, with inner unions dissolved; a single type is its own only member."""
    kind = strip(kind)
    if not is_union(kind):
        return (kind,)
    return tuple(dict.fromkeys(member for argument in get_args(kind) for member in members(argument)))


def allows_none(kind: Any) -> bool:
    """Whether None is a value of the type."""
    return any(
        member is NoneType or member is Any or (is_literal(member) and None in get_args(member))
        for member in members(kind)
    )


def without_none(kind: Any) -> tuple[Any, ...]:
    """The members of a type except None."""
    return tuple(member for member in members(kind) if member is not NoneType)


def label(kind: Any) -> str:
    """A type's name for messages."""
    return kind.__name__ if isinstance(kind, type) and not get_args(kind) else str(kind).replace("typing.", "")
