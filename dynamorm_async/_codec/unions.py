"""Dumps and loads of unions.

A union can be read back only if the stored value says which member it is: by its wire type, or, for several documents,
by a ``_type`` attribute with the class name, which is stored inside the map. What leaves a doubt is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import NoneType
from typing import Any, Final, get_args

from dynamorm_async._codec.annotations import container, is_literal, label, members, strip, without_none
from dynamorm_async._codec.choices import choice_values
from dynamorm_async._codec.containers import scalar_tags
from dynamorm_async._codec.documents import TYPE_TAG, attribute_names, is_document
from dynamorm_async._codec.hooks import dump_for, is_plain, load_for
from dynamorm_async._codec.ownership import Dump, Hooks, Load, ours
from dynamorm_async._codec.scalars import stored_type, wrong_type
from dynamorm_async._wire.faults import BadValueError
from dynamorm_async._wire.values import NamedMap
from dynamorm_async.errors import ModelDefinitionError

__all__ = ["dump_union", "load_union", "optional"]

_CLASSES: Final[Mapping[type, tuple[type, ...]]] = {
    float: (float, int),
    Decimal: (Decimal, int),
    set: (set, frozenset),
    frozenset: (frozenset, set),
}
"""What a member accepts beside its own class."""


def optional(kind: Any) -> Any:
    """The one member beside None of ``X | None``; None for any other type."""
    found = without_none(kind)
    return found[0] if len(found) == 1 and len(members(kind)) == 2 else None


def _single(kind: Any, converter: Hooks) -> Any:
    """The same, unless it is of an Enum with a member that is stored as None is."""
    single = optional(kind)
    if single is not None and "NULL" in (scalar_tags(single, converter) or ()):
        for value, plain in choice_values(strip(single)):
            if plain is None and value is not None:
                member = f"{type(value).__name__}.{value.name}"
                raise ModelDefinitionError(
                    f"{label(kind)} is ambiguous: {member}, whose value is None, is stored as None is.",
                    hint=f"Leave out `| None` and use {member}, or give that member another value.",
                )
    return single


def dump_union(kind: Any, converter: Hooks) -> Dump:
    """The dump of a union: by the class of the value."""
    if Any in members(kind):
        return ours(lambda value: value)
    empty = _empty_set(kind)
    if (single := _single(kind, converter)) is not None:
        dump = dump_for(converter, single)
        return ours(lambda value: None if value is None else _or_empty(dump(value), empty))
    table = _by_class(kind, converter)

    def by_class(value: Any) -> Any:
        dump = next((table[base] for base in type(value).__mro__ if base in table), None)
        if dump is None:
            wrong_type(value, label(kind))
        return None if value is None else _or_empty(dump(value), empty)

    return ours(by_class)


def _empty_set(kind: Any) -> list[Any] | None:
    """How an empty set is dumped: where None stands for itself, as an empty list."""
    found = members(kind)
    has_set = any(container(member) in (set, frozenset) for member in found)
    return [] if has_set and NoneType in found else None


def _or_empty(plain: Any, empty: list[Any] | None) -> Any:
    return list(empty) if plain is None and empty is not None else plain


def load_union(kind: Any, converter: Hooks) -> Callable[[Any, Any], Any]:
    """The structure hook of a union: by the stored wire type."""
    if Any in members(kind):
        return ours(lambda plain, _: plain)
    if (single := _single(kind, converter)) is not None:
        load = load_for(converter, single)
        return ours(lambda plain, _: None if plain is None else load(plain))
    table = _by_tag(kind, converter)

    def by_tag(plain: Any, _: Any) -> Any:
        found = table.get(_tag(plain))
        if found is None:
            raise BadValueError(f"{label(kind)} was expected, and {stored_type(plain)} is stored.")
        return found(plain)

    return ours(by_tag)


def _tag(plain: Any) -> str:
    if plain.__class__ is set:
        return stored_type(next(iter(plain), "")) + "S"
    return stored_type(plain)


# ---------------------------------------------------------------- what is a clear union


def _ambiguous(kind: Any, one: Any, other: Any) -> ModelDefinitionError:
    return ModelDefinitionError(
        f"{label(kind)} is ambiguous: {label(one)} and {label(other)} cannot be told apart once stored.",
        hint="Use documents (each is tagged with its class), a Decimal for all numbers, or attr(converter=...).",
    )


def _by_tag(kind: Any, converter: Hooks) -> dict[str, Load]:
    documents = _documents(kind, converter)
    table: dict[str, Load] = {}
    owners: dict[str, Any] = {}
    for member in members(kind):
        if member in documents and len(documents) > 1:
            continue
        for tag in _tags(kind, member, converter):
            if tag in owners:
                raise _ambiguous(kind, owners[tag], member)
            owners[tag] = member
            table[tag] = load_for(converter, member)
    if len(documents) > 1:
        if "M" in owners:
            raise _ambiguous(kind, owners["M"], documents[0])
        table["M"] = _load_tagged(kind, documents, converter)
    return table


def _by_class(kind: Any, converter: Hooks) -> dict[type, Dump]:
    _by_tag(kind, converter)
    documents = _documents(kind, converter)
    table: dict[type, Dump] = {}
    for member in members(kind):
        dump = dump_for(converter, member)
        if member in documents and len(documents) > 1:
            dump = _dump_tagged(member, dump)
        # Members of different wire types have different classes.
        table.update(dict.fromkeys(_classes(member), dump))
    return table


def _classes(member: Any) -> tuple[type, ...]:
    if is_literal(member):
        return tuple({value.__class__ for value in get_args(member)})
    base = container(member) or member
    return _CLASSES.get(base, (base,))


def _tags(kind: Any, member: Any, converter: Hooks) -> tuple[str, ...]:
    base = container(member)
    if base in (set, frozenset) and is_plain(converter, member):
        element = scalar_tags(get_args(member)[0], converter) if get_args(member) else None
        if element is None:
            raise _ambiguous(kind, member, member)
        return (*(tag + "S" for tag in element), "L" if NoneType in members(kind) else "NULL")
    if base is not None and is_plain(converter, member):
        return ("M",) if base is dict else ("L",)
    if is_document(member) and is_plain(converter, member):
        return ("M",)
    tags = scalar_tags(member, converter)
    if tags is None:
        raise ModelDefinitionError(
            f"{label(kind)} is ambiguous: how {label(member)} is stored is known to its hook alone.",
            hint=f"Register a hook for the whole union, or use {label(member)} | None.",
        )
    return tuple(sorted(tags))


# ---------------------------------------------------------------- several documents


def _documents(kind: Any, converter: Hooks) -> list[type[Any]]:
    found = [member for member in members(kind) if is_document(member) and is_plain(converter, member)]
    if len({member.__name__ for member in found}) != len(found):
        raise ModelDefinitionError(
            f"{label(kind)}: two documents have the same class name, which is what tells them apart.",
            hint="Rename one of the classes.",
        )
    for member in found if len(found) > 1 else ():
        if TYPE_TAG in attribute_names(member):
            raise ModelDefinitionError(
                f"{label(kind)}: {member.__name__} has an attribute {TYPE_TAG!r}, which a union of documents needs.",
                hint="Give that field another attr(name=...).",
            )
    return found


def _dump_tagged(cls: type[Any], dump: Dump) -> Dump:
    def tagged(value: Any) -> NamedMap:
        plain: NamedMap = dump(value)
        return NamedMap({TYPE_TAG: cls.__name__, **plain}, plain.names)

    return tagged


def _load_tagged(kind: Any, documents: list[type[Any]], converter: Hooks) -> Load:
    loads = {cls.__name__: load_for(converter, cls) for cls in documents}

    def tagged(plain: Any) -> Any:
        name = plain.get(TYPE_TAG)
        if type(name) is not str or name not in loads:
            raise BadValueError(f"the stored {TYPE_TAG!r} names none of {label(kind)}.")
        return loads[name](plain)

    return tagged
