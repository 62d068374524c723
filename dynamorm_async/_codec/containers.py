"""Dumps and loads of list, tuple, dict and set.

A set that is empty has no wire form of its own, so it is dumped as None (``NULL``), or as an empty list where None is
a value of its own beside it (``set[str] | None``). Both load as the empty set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, get_args

from dynamorm_async._codec.annotations import container, is_literal, label, strip
from dynamorm_async._codec.choices import choice_tags
from dynamorm_async._codec.hooks import dump_for, is_plain, load_for
from dynamorm_async._codec.ownership import Dump, Hooks, Load, ours
from dynamorm_async._codec.scalars import SCALARS, is_a, refuse, wrong_type
from dynamorm_async._wire.faults import BadValueError
from dynamorm_async._wire.values import checked_text, type_name
from dynamorm_async.errors import ModelDefinitionError

__all__ = ["arguments", "dump_container", "each", "load_container", "scalar_tags"]


def dump_container(kind: Any, converter: Hooks) -> Dump:
    """The dump of a list, tuple, dict or set type."""
    base = container(kind)
    found = arguments(kind)
    if base is dict:
        return ours(_dump_dict(dump_for(converter, found[0])))
    if base is tuple and Ellipsis not in found:
        return ours(_dump_tuple([dump_for(converter, argument) for argument in found]))
    if base in (set, frozenset):
        check_set(kind, found[0], converter)
        return ours(_dump_set(dump_for(converter, found[0]), label(kind)))
    return ours(_dump_list(dump_for(converter, found[0]), list if base is list else tuple))


def load_container(kind: Any, converter: Hooks) -> Callable[[Any, Any], Any]:
    """The structure hook of a list, tuple, dict or set type."""
    base = container(kind)
    found = arguments(kind)
    if base is dict:
        load = _load_dict(load_for(converter, found[0]))
    elif base is tuple and Ellipsis not in found:
        load = _load_tuple([load_for(converter, argument) for argument in found])
    elif base in (set, frozenset):
        load = _load_set(load_for(converter, found[0]), set if base is set else frozenset, label(kind))
    else:
        load = _load_list(load_for(converter, found[0]), list if base is list else tuple)
    return ours(lambda plain, _: load(plain))


def arguments(kind: Any) -> tuple[Any, ...]:
    """The element types: one for list, set and dict (the values'), all of them for a fixed tuple, else also ``...``.

    Raises:
        ModelDefinitionError: A map has other keys than str.
    """
    found = get_args(kind)
    base = container(kind)
    if base is dict:
        if found and strip(found[0]) not in (str, Any):
            raise ModelDefinitionError(
                f"{label(kind)}: the keys of a stored map are text.",
                hint="Annotate it as dict[str, ...] and convert the keys.",
            )
        return found[1:] or (Any,)
    if base is tuple:
        return () if found == ((),) else found or ((Any, ...) if kind is tuple else ())
    return found or (Any,)


# ---------------------------------------------------------------- list, tuple


def each(convert: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
    """The converted items.

    Raises:
        BadValueError: With the faults of all bad ones, by position.
    """
    items = list(items)
    try:
        return [convert(item) for item in items]
    except BadValueError:
        fault = _all_faults(convert, items, "[{}]")
    raise fault from fault.__cause__


def _all_faults(convert: Callable[[Any], Any], items: Iterable[Any], step: str) -> BadValueError:
    faults: list[BadValueError] = []
    for position, item in enumerate(items):
        try:
            convert(item)
        except BadValueError as fault:
            faults.append(fault.at(step.format(position)))
    return BadValueError.join(faults)


def _dump_list(dump: Dump, base: type[Any]) -> Dump:
    return lambda value: each(dump, value) if is_a(value, base) else wrong_type(value, base.__name__)


def _load_list(load: Load, base: type[Any]) -> Load:
    return lambda plain: base(each(load, plain)) if plain.__class__ is list else refuse(plain, base.__name__, "L")


def _dump_tuple(dumps: list[Dump]) -> Dump:
    def dump(value: Any) -> list[Any]:
        if not is_a(value, tuple):
            wrong_type(value, "tuple")
        return _positions(dumps, value)

    return dump


def _load_tuple(loads: list[Load]) -> Load:
    return lambda plain: tuple(_positions(loads, plain)) if plain.__class__ is list else refuse(plain, "tuple", "L")


def _positions(converts: list[Callable[[Any], Any]], values: Any) -> list[Any]:
    if len(values) != len(converts):
        raise BadValueError(f"{len(converts)} elements were expected, not {len(values)}.")
    return each(lambda pair: pair[0](pair[1]), zip(converts, values, strict=True))


# ---------------------------------------------------------------- dict


def _map_key(key: Any) -> str:
    if type(key) is str:
        return checked_text(key)
    raise BadValueError(f"is a map key of type {type_name(key)}; DynamoDB's map keys are str. Convert the keys.")


def _dump_dict(dump: Dump) -> Dump:
    def convert(pair: tuple[Any, Any]) -> tuple[str, Any]:
        return _map_key(pair[0]), dump(pair[1])

    return lambda value: _pairs(convert, value) if is_a(value, dict) else wrong_type(value, "dict")


def _load_dict(load: Load) -> Load:
    def convert(pair: tuple[str, Any]) -> tuple[str, Any]:
        return pair[0], load(pair[1])

    return lambda plain: _pairs(convert, plain) if plain.__class__ is dict else refuse(plain, "dict", "M")


def _pairs(convert: Callable[[Any], Any], value: dict[Any, Any]) -> dict[str, Any]:
    try:
        return dict(map(convert, value.items()))
    except BadValueError:
        fault = _all_faults(convert, value.items(), "[key {}]")
    raise fault from fault.__cause__


# ---------------------------------------------------------------- set


def scalar_tags(kind: Any, converter: Hooks) -> frozenset[str] | None:
    """The wire types of a scalar type; None if only the value can tell, or it is no scalar."""
    if not is_plain(converter, kind):
        return None
    kind = strip(kind)
    if is_literal(kind) or (isinstance(kind, type) and hasattr(kind, "__members__")):
        return choice_tags(kind)
    if isinstance(kind, type):
        for base in kind.__mro__:
            if base in _SCALAR_TAGS:
                return frozenset((_SCALAR_TAGS[base],))
    return None


_SCALAR_TAGS = {
    kind: {
        "bytes": "B",
        "bool": "BOOL",
        "NoneType": "NULL",
        "int": "N",
        "float": "N",
        "Decimal": "N",
        "timedelta": "N",
    }.get(kind.__name__, "S")
    for kind in SCALARS
}


def check_set(kind: Any, element: Any, converter: Hooks) -> None:
    """Refuse a set type that DynamoDB has no set for.

    Raises:
        ModelDefinitionError: Its elements are not all text, all numbers or all binary.
    """
    if element is Any or not is_plain(converter, element):
        return
    tags = scalar_tags(element, converter)
    if tags is None or len(tags) != 1 or not tags <= {"S", "N", "B"}:
        raise ModelDefinitionError(
            f"{label(kind)} cannot be stored: DynamoDB's sets hold only text, only numbers or only binary.",
            hint="Use a list, or elements of one type among str, int, Decimal, bytes, UUID, datetime and their like.",
        )


def _dump_set(dump: Dump, name: str) -> Dump:
    def convert(value: Any) -> set[Any] | None:
        if not is_a(value, set, frozenset):
            wrong_type(value, name)
        members: list[Any] = each(dump, value)
        try:
            plain = set(members)
        except TypeError:
            raise BadValueError("has a member that is stored as a list, map or set. Use a list.") from None
        if len(plain) != len(members):
            raise BadValueError("has two members that are stored alike. Keep one of them.")
        return plain or None

    return convert


def _load_set(load: Load, base: type[Any], name: str) -> Load:
    def convert(plain: Any) -> Any:
        if plain.__class__ is set:
            return base(each(load, plain))
        return base() if plain is None or plain == [] else refuse(plain, name, "SS, NS or BS")

    return convert
