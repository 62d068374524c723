"""`move`: an item gets another key. DynamoDB cannot change one in place, so the old item goes as the new one comes."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dynamorm_async._codec import Codec
from dynamorm_async._expr.conditions import Condition, all_of
from dynamorm_async._ops.keys import key_of_instance, target_of
from dynamorm_async._ops.named import spec_of
from dynamorm_async._ops.prepare import apply, prepare_delete, prepare_put
from dynamorm_async._ops.render import Settings, place_of
from dynamorm_async._ops.transacts import Write
from dynamorm_async._ops.unchanged import still_as_read
from dynamorm_async._ops.uniques import guards_between, unique_fields
from dynamorm_async._spec.build import field_names, nearest
from dynamorm_async._spec.document import STORED
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async.errors import InvalidRequestError, UnknownFieldError
from dynamorm_async.types import Item

__all__ = ["moving"]


def moving(
    instance: Any, fields: Mapping[str, Any], settings: Settings, now: datetime, condition: Condition | None
) -> tuple[Write, Write, Any]:
    """The two writes of a move, and the instance as it will be.

    The old item is deleted as it was read: with its version, or without one with every attribute as the instance has
    it, or remembers it if its model tracks changes.
    The new one is stored only where there is none.

    Args:
        instance: As it was read.
        fields: New values by field name; some of them feed the key.
        settings: The session's.
        now: The session's time.
        condition: The caller's own condition on the old item.

    Raises:
        InvalidRequestError: The key stays the same, or a field cannot be set.
        UnknownFieldError: A name that is no field.
    """
    spec = spec_of(instance, "move")
    for name in fields:
        _check_field(spec, name)
    before, moved = _as_read(spec, instance, settings.codec), copy.copy(instance)
    apply(moved, fields)
    place = place_of(spec, settings)
    old, new = (key_of_instance(spec, place, one) for one in (before, moved))
    if old.identity == new.identity:
        raise InvalidRequestError(
            "the key stays the same.",
            op=f"{spec.name}.move",
            model=spec.name,
            hint="Use update(), which keeps the item.",
        )
    as_read = _unchanged(spec, before, settings.codec, condition)
    put = prepare_put(moved, place, now, overwrite=True, is_new=True, condition=spec.absent)
    item = settings.codec.model(spec).encode(before) if spec.uniques else None
    guards = guards_between(spec, item, put.item, old, new)
    return (
        Write("delete", prepare_delete(target_of(old), instance=before, condition=as_read)),
        Write("create", put, moved, guards),
        moved,
    )


def _as_read(spec: ModelSpec, instance: Any, codec: Codec) -> Any:
    """The item as it was read; the instance itself, if it does not remember."""
    stored: Item | None = instance.__dict__.get(STORED)
    return instance if stored is None else codec.model(spec).decode(stored)


def _check_field(spec: ModelSpec, name: str) -> None:
    field = spec.by_name.get(name)
    context: dict[str, Any] = {"op": f"{spec.name}.move", "model": spec.name}
    if field is None:
        raise UnknownFieldError(
            f"{spec.name} has no field {name!r}.",
            hint=nearest(name, spec.by_name) or f"Fields are: {field_names(spec)}.",
            **context,
        )
    if field.template is not None:
        raise InvalidRequestError(f"{name} is computed.", hint=f"Set {', '.join(field.template.fields)}.", **context)
    if field in (spec.version, spec.created_at, spec.updated_at):
        raise InvalidRequestError(f"{name} is set by the library.", hint="Leave it out of the move.", **context)


def _unchanged(spec: ModelSpec, instance: Any, codec: Codec, condition: Condition | None) -> Condition:
    """The stored item has every attribute as the instance has it; with a version, only the unique ones need a look."""
    item = codec.model(spec).encode(instance)
    keys = (*spec.primary.partition, *spec.primary.sort)
    looked_at = spec.fields if spec.version is None else unique_fields(spec)
    parts = [spec.exists, *([] if condition is None else [condition])]
    return all_of(*parts, *still_as_read([field for field in looked_at if field not in keys], instance, item))
