"""The models that people write by hand, and the quickest cattrs converters for them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import attrs
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn

from benchmarks import item

__all__ = ["WIDE", "Address", "Event", "User", "plain_converter", "read", "tagged_converter", "user"]


@attrs.define
class Address:
    """A nested map."""

    street: str
    city: str
    zip: str
    floor: int
    verified: bool


@attrs.define
class User:
    """The item of 12 attributes."""

    org: str
    id: str
    email: str
    age: int
    balance: Decimal
    active: bool
    tags: set[str]
    scores: list[int]
    home: Address
    created_at: datetime
    avatar: bytes
    bio: str


@attrs.define
class Event:
    """The small item of long streams."""

    org: str
    id: str
    kind: str
    count: int


def _wide(width: int) -> type:
    fields = {"org": str, "id": str, **dict(item.wide_names(width))}
    return attrs.make_class(f"Wide{width}", {name: attrs.field(type=kind) for name, kind in fields.items()})


WIDE = {width: _wide(width) for width in item.WIDTHS}
"""Models of many attributes, by their number."""


def user(index: int, kilobytes: int = 1) -> User:
    """One user as an object."""
    values = item.user_values(index, kilobytes)
    return User(**values | {"home": Address(**values["home"])})


def plain_converter() -> Converter:
    """Between models and plain dictionaries of the types that DynamoDB knows."""
    converter = Converter(detailed_validation=False, unstruct_collection_overrides={set: set})
    converter.register_structure_hook(datetime, lambda value, _: datetime.fromisoformat(value))
    converter.register_unstructure_hook(datetime, datetime.isoformat)
    converter.register_structure_hook(Decimal, lambda value, _: value)
    converter.register_unstructure_hook(Decimal, lambda value: value)
    converter.register_structure_hook(bytes, lambda value, _: value)
    return converter


def tagged_converter() -> Converter:
    """Between models and the tagged dictionaries of the low-level client, with nothing in between."""
    converter = Converter(detailed_validation=False)
    _read(converter)
    _write(converter)
    for model in (User, Event, *WIDE.values()):
        converter.register_structure_hook(model, make_dict_structure_fn(model, converter))
        converter.register_unstructure_hook(model, make_dict_unstructure_fn(model, converter))
    return converter


def _read(converter: Converter) -> None:
    on = converter.register_structure_hook
    on(str, lambda value, _: value["S"])
    on(int, lambda value, _: int(value["N"]))
    on(Decimal, lambda value, _: Decimal(value["N"]))
    on(bool, lambda value, _: value["BOOL"])
    on(bytes, lambda value, _: value["B"])
    on(datetime, lambda value, _: datetime.fromisoformat(value["S"]))
    late = converter.register_structure_hook_func  # for what is no class
    late(lambda kind: kind == set[str], lambda value, _: set(value["SS"]))
    late(lambda kind: kind == list[int], lambda value, _: [int(part["N"]) for part in value["L"]])
    inner = make_dict_structure_fn(Address, converter)
    on(Address, lambda value, _: inner(value["M"], Address))


def _write(converter: Converter) -> None:
    on = converter.register_unstructure_hook
    on(str, lambda value: {"S": value})
    on(int, lambda value: {"N": str(value)})
    on(Decimal, lambda value: {"N": str(value)})
    on(bool, lambda value: {"BOOL": value})
    on(bytes, lambda value: {"B": value})
    on(datetime, lambda value: {"S": value.isoformat()})
    late = converter.register_unstructure_hook_func
    late(lambda kind: kind == set[str], lambda value: {"SS": list(value)})
    late(lambda kind: kind == list[int], _numbers)
    inner = make_dict_unstructure_fn(Address, converter)
    on(Address, lambda value: {"M": inner(value)})


def _numbers(value: list[int]) -> dict[str, Any]:
    return {"L": [{"N": str(part)} for part in value]}


def read(found: Any) -> dict[str, Any]:
    """A model as a dictionary."""
    return attrs.asdict(found)
