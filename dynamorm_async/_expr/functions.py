"""DynamoDB's functions as conditions, checked against the type of the field, and the types inside a field."""

from __future__ import annotations

import enum
from datetime import timedelta
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from dynamorm_async._expr.conditions import BeginsWith, Condition, Contains, HasType, Operand, Size, Value
from dynamorm_async._expr.path import Path
from dynamorm_async._expr.slot import Slot
from dynamorm_async.errors import InvalidOperatorError, InvalidRequestError

__all__ = ["begins_with", "check_ends", "contains", "crossed_ends", "document_specs", "element_slot", "has_type"]

_TYPES = ("S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS")
_NUMERIC = (int, float, Decimal, bool, timedelta)
_COLLECTIONS = (list, tuple, dict, set, frozenset)


def element_slot(slot: Slot, key: int | str) -> Slot:
    """The slot of a list's element or a map's entry; Any where the type does not say."""
    kind = bare(slot.type)
    if isinstance(key, int) and key < 0:
        raise InvalidRequestError(
            f"{slot.label}[{key}]: DynamoDB counts the elements of a list from its beginning.",
            hint="Give an index of at least 0; the last element of a list has no name there.",
        )
    arguments, origin = get_args(kind), get_origin(kind) or kind
    label = f"{slot.label}[{key}]" if isinstance(key, int) else f"{slot.label}.{key}"
    if origin in (list, tuple) and isinstance(key, int) and arguments:
        return Slot(
            arguments[0] if origin is list or arguments[-1] is ... else arguments[min(key, len(arguments) - 1)], label
        )
    if origin is dict and len(arguments) == 2:
        return Slot(arguments[1], label)
    return Slot(Any, label)


def _element_of(slot: Slot) -> Slot:
    kind = bare(slot.type)
    arguments = get_args(kind)
    if get_origin(kind) in (set, frozenset, list) and arguments:
        return Slot(arguments[0], slot.label)
    return slot if kind in (str, bytes) else Slot(Any, slot.label)


def bare(kind: Any) -> Any:
    """The type without its None."""
    arguments = get_args(kind)
    if type(None) in arguments and len(arguments) == 2:
        return next(argument for argument in arguments if argument is not type(None))
    return kind


def document_specs(kind: Any) -> list[Any]:
    """What describes the document, each of several in a union; nothing where the type admits something else."""
    several = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    found = [getattr(one, "__dynamorm_spec__", None) for one in several if one is not NoneType]
    return [] if None in found else found


def begins_with(path: Path, prefix: object) -> Condition:
    """``begins_with(path, prefix)``; the prefix is text or binary, whatever the field's type stores."""
    if isinstance(prefix, Path):
        return BeginsWith(path, prefix)
    if path.slot.converter is None and _has_no_beginning(path.slot):
        raise InvalidOperatorError(
            f"begins_with on {path.slot.label}, which is stored neither as text nor as binary.",
            hint="DynamoDB has begins_with for strings and binary only; compare numbers with between.",
        )
    if not isinstance(prefix, (str, bytes)):
        raise InvalidOperatorError(
            f"begins_with on {path.slot.label} needs a text or binary prefix, not {type(prefix).__name__}.",
            hint="DynamoDB has begins_with for strings and binary only; compare numbers with between.",
        )
    kind = bare(path.slot.type)
    if path.slot.converter is None and kind in (str, bytes) and not isinstance(prefix, kind):
        raise InvalidOperatorError(
            f"begins_with on {path.slot.label} needs a prefix of {kind.__name__}, not of {type(prefix).__name__}."
        )
    return BeginsWith(path, Value(prefix, Slot(type(prefix), path.slot.label)))


def _has_no_beginning(slot: Slot) -> bool:
    if slot.type is str:
        return False
    kind = bare(slot.type)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return any(isinstance(member.value, _NUMERIC) for member in kind)
    return slot.epoch or kind in _NUMERIC or (get_origin(kind) or kind) in _COLLECTIONS


def contains(path: Path, part: object) -> Condition:
    """``contains(path, part)``."""
    if isinstance(part, (Path, Size)):
        return Contains(path, part)
    return Contains(path, Value(part, _element_of(path.slot)))


def has_type(path: Path, type_: object) -> Condition:
    """``attribute_type(path, type)``."""
    if type_ not in _TYPES:
        raise InvalidOperatorError(
            f"{path.slot.label}: there is no such attribute type.", hint=f"DynamoDB's types are {', '.join(_TYPES)}."
        )
    return HasType(path, str(type_))


def check_ends(low: Operand, high: Operand) -> None:
    """Refuse a range whose ends are exchanged, where their order is known before they are encoded.

    Raises:
        InvalidRequestError: ``low`` is greater than ``high``.
    """
    if not (isinstance(low, Value) and isinstance(high, Value)) or low.slot.converter is not None:
        return
    try:
        wrong = low.value > high.value
    except TypeError:
        return
    if wrong:
        raise crossed_ends(low.slot.label)


def crossed_ends(label: str) -> InvalidRequestError:
    """What is raised for a range whose ends are exchanged."""
    return InvalidRequestError(
        f"{label}: between() has its lower end above its upper end.",
        hint="Give the smaller value first; members of an Enum are in the order of their values.",
    )
