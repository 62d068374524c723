"""What the items of a listing become: instances, tuples of selected values, or items as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import msgspec

from dynamorm_async._expr.path import Path
from dynamorm_async._ops.decode import Decoded, decode_items, decode_raw_items
from dynamorm_async._ops.plan import Plan
from dynamorm_async._ops.render import Settings
from dynamorm_async.types import AttributeValue, Item

__all__ = ["Shape", "instances", "raw_items", "reach", "rows"]

T = TypeVar("T")


class Shape(msgspec.Struct, Generic[T], frozen=True):
    """What the items of a listing become.

    Attributes:
        decode: An answer's bytes to items.
        attribute: One attribute of an item in wire form, for cursors and for conditions tested here.
        finish: An item to what the caller gets.
        whole: An item in wire form to what ``decode`` makes of it, for the one item of a GetItem.
        keeps: Which items, as ``decode`` makes them, are results at all; None for every one.
    """

    decode: Callable[[bytes], Decoded]
    attribute: Callable[[Any, str], AttributeValue | None]
    finish: Callable[[Any], T] | None = None
    whole: Callable[[Item], Any] | None = None
    keeps: Callable[[Any], bool] | None = None


def instances(plan: Plan, settings: Settings) -> Shape[Any]:
    """Items become instances of their model."""
    spec, codec = plan.request.spec, settings.codec
    model = codec.model(spec)

    def attribute(instance: Any, name: str) -> AttributeValue | None:
        field = spec.by_attribute.get(name)
        value = None if field is None else getattr(instance, field.name, None)
        return None if value is None or field is None else codec.encode(field.slot, value)

    return Shape(lambda body: decode_items(model, body), attribute, whole=model.decode)


def raw_items(keeps: Callable[[Item], bool] | None = None) -> Shape[Item]:
    """Items stay in wire form."""
    return Shape(decode_raw_items, lambda item, name: item.get(name), keeps=keeps)


def rows(settings: Settings, paths: tuple[Path, ...]) -> Shape[tuple[Any, ...]]:
    """Items become tuples of the selected values; what is missing is None."""
    codec = settings.codec

    def value(item: Item, path: Path) -> Any:
        found = reach(item, path)
        return None if found is None else codec.decode(path.slot, found)

    return Shape(
        decode_raw_items, lambda item, name: item.get(name), lambda item: tuple(value(item, path) for path in paths)
    )


def reach(item: Mapping[str, AttributeValue], path: Path) -> AttributeValue | None:
    """The value at a path of an item."""
    value = item.get(path.attribute)
    for segment in path.segments[1:]:
        if value is None:
            return None
        if isinstance(segment, int):
            elements = value.get("L", ())
            value = elements[segment] if segment < len(elements) else None
        else:
            value = value.get("M", {}).get(segment)
    return value
