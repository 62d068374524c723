"""Primary keys: from what a caller gives to what the wire needs."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import attrs

from dynamorm_async._codec import Codec
from dynamorm_async._spec.build import nearest
from dynamorm_async._spec.fields import FieldSpec, ModelSpec
from dynamorm_async.errors import InvalidRequestError, MissingKeyError, UnknownFieldError, ValidationError
from dynamorm_async.types import UNSET, Item, Key

__all__ = ["Place", "key_of_instance", "key_of_item", "make_key", "rebound", "same_key_identity"]

_LIMITS = (2048, 1024)


@attrs.frozen(slots=True)
class Place:
    """Where items of a model go in one session.

    Attributes:
        codec: Encodes them.
        table: The table's name on the wire.
        tenant: The tenant of a scoped session, whose id keys and items get by themselves.
    """

    codec: Codec
    table: str
    tenant: str | None = None


def make_key(spec: ModelSpec, place: Place, given: tuple[Any, ...], parts: Mapping[str, Any]) -> Key:
    """The key for values by position (partition key, then sort key) or for the fields that make it by name.

    Raises:
        MissingKeyError: A part is missing.
        UnknownFieldError: A name that is no field.
        ValidationError: A value that does not fit, is empty, or is too long.
    """
    fields = (*spec.primary.partition, *spec.primary.sort)
    if given and parts:
        raise MissingKeyError(
            "a key is given by position or by name, not both.", op=f"{spec.name}.key", model=spec.name
        )
    if len(given) == 1 and isinstance(given[0], Key):
        return rebound(given[0], spec, place)
    values = _by_position(spec, fields, given) if given else _by_name(spec, fields, _with_tenant(spec, place, parts))
    return key_from(spec, place, values)


def rebound(key: Key, spec: ModelSpec, place: Place) -> Key:
    """A key as this session sees it, which may give the table another name than where the key was made.

    Raises:
        InvalidRequestError: It is the key of another model.
    """
    if key.spec is not spec:
        raise InvalidRequestError(
            f"a key of {key.model} was given.",
            op=f"{spec.name}.key",
            model=spec.name,
            hint=f"Make it with {spec.name}.key(...).",
        )
    return key if key.table == place.table else attrs.evolve(key, table=place.table)


def key_from(spec: ModelSpec, place: Place, values: Mapping[str, Any]) -> Key:
    """The key whose attributes have these Python values, each checked against DynamoDB's limits."""
    attributes: Item = {}
    for position, field in enumerate((*spec.primary.partition, *spec.primary.sort)):
        encoded = place.codec.encode(field.slot, values[field.name])
        _check(spec, field, encoded, _LIMITS[position])
        attributes[field.attribute] = encoded
    return Key(spec.name, place.table, attributes, same_key_identity(attributes), spec)


def same_key_identity(attributes: Item) -> tuple[Any, ...]:
    """A hashable form that is equal for equal keys, however a number is spelled."""
    found: list[tuple[str, str, Any]] = []
    for name, value in attributes.items():
        ((tag, payload),) = value.items()
        found.append((name, tag, Decimal(payload) if tag == "N" else payload))
    return tuple(found)


def key_of_instance(spec: ModelSpec, place: Place, instance: Any) -> Key:
    """The key of an instance, computed anew from the fields of its templates."""
    values = {
        field.name: getattr(instance, field.name, None) for field in (*spec.primary.partition, *spec.primary.sort)
    }
    for name, value in values.items():
        if value is None:
            raise MissingKeyError(
                f"the instance has no {name}.",
                op=f"{spec.name}.key",
                model=spec.name,
                hint=f"Set {_feeding(spec, name)} first.",
            )
    return key_from(spec, place, values)


def key_of_item(spec: ModelSpec, table: str, item: Item) -> Key:
    """The key inside an item in wire form."""
    fields = (*spec.primary.partition, *spec.primary.sort)
    attributes = {field.attribute: item[field.attribute] for field in fields}
    return Key(spec.name, table, attributes, same_key_identity(attributes), spec)


def _by_position(spec: ModelSpec, fields: tuple[FieldSpec, ...], given: tuple[Any, ...]) -> dict[str, Any]:
    if len(given) == 1 and isinstance(given[0], tuple):
        given = given[0]
    given = tuple(value for value in given if value is not UNSET)
    needed = [field for field in fields if not (field.template and field.template.constant)]
    if len(given) == len(fields):
        values = dict(zip(fields, given, strict=True))
    elif len(given) == len(needed):
        values = dict(zip(needed, given, strict=True))
    else:
        raise _missing(spec, fields, given)
    return {field.name: values.get(field, field.template.text if field.template else None) for field in fields}


def _with_tenant(spec: ModelSpec, place: Place, parts: Mapping[str, Any]) -> Mapping[str, Any]:
    if spec.tenant is None or place.tenant is None:
        return parts
    return {spec.tenant.name: place.tenant} | dict(parts)


def _by_name(spec: ModelSpec, fields: tuple[FieldSpec, ...], parts: Mapping[str, Any]) -> dict[str, Any]:
    for name in parts:
        if name not in spec.by_name:
            raise UnknownFieldError(
                f"{name!r} is no field of {spec.name}.",
                op=f"{spec.name}.key",
                model=spec.name,
                hint=nearest(name, spec.by_name),
            )
    values = {}
    for field in fields:
        value = field.template.render(parts) if field.template and field.name not in parts else parts.get(field.name)
        if value is None:
            raise _missing(spec, fields, tuple(parts))
        values[field.name] = value
    return values


def _missing(spec: ModelSpec, fields: tuple[FieldSpec, ...], given: tuple[Any, ...]) -> MissingKeyError:
    names = ", ".join(field.name for field in fields)
    feeding = ", ".join(
        _feeding(spec, field.name) for field in fields if not (field.template and field.template.constant)
    )
    return MissingKeyError(
        f"the key of {spec.name} is ({names}); {len(given)} of its values were given.",
        op=f"{spec.name}.key",
        model=spec.name,
        hint=f"Give {feeding}, or use {spec.name}.query(...) to find items by a part of the key.",
    )


def _feeding(spec: ModelSpec, name: str) -> str:
    template = spec.by_name[name].template
    return ", ".join(template.fields) if template else name


def _check(spec: ModelSpec, field: FieldSpec, encoded: Mapping[str, Any], limit: int) -> None:
    ((tag, value),) = encoded.items()
    if tag not in ("S", "N", "B"):
        raise ValidationError(f"{spec.name}.{field.name}: a key cannot be of DynamoDB type {tag}.", model=spec.name)
    if tag == "N":
        return
    size = len(value.encode()) if tag == "S" else len(value)
    if not 1 <= size <= limit:
        problem = "is empty" if not size else f"has {size} bytes; the limit is {limit}"
        raise ValidationError(f"{spec.name}.{field.name}: the key {problem}.", model=spec.name)
