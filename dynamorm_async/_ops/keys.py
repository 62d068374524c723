"""Primary keys: from what a caller gives to what the wire needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

import msgspec

from dynamorm_async._codec import Codec, key_of
from dynamorm_async._spec.build import nearest
from dynamorm_async._spec.fields import FieldSpec, IndexKind, IndexSpec, ModelSpec
from dynamorm_async._struct import Discretion
from dynamorm_async._wire.json import encode_json
from dynamorm_async._wire.numbers import decimal_text
from dynamorm_async.errors import InvalidRequestError, MissingKeyError, UnknownFieldError, ValidationError
from dynamorm_async.types import UNSET, Item, Key

__all__ = [
    "Place",
    "Target",
    "key_of_instance",
    "key_of_item",
    "make_key",
    "query_by",
    "rebound",
    "target_of",
    "target_of_instance",
]


class Place(msgspec.Struct, frozen=True):
    """Where items of a model go in one session.

    Attributes:
        codec: Encodes them.
        table: The table's name on the wire.
        tenant: The tenant of a scoped session, whose id keys and items get by themselves.
    """

    codec: Codec
    table: str
    tenant: str | None = None


class Target(Discretion, msgspec.Struct):
    """Which item a write is of.

    Attributes:
        spec: Its model.
        table: The table's name on the wire.
        key_json: The JSON of its key, as in `Written`.
    """

    hidden_fields: ClassVar[tuple[str, ...]] = ("key_json",)

    spec: ModelSpec
    table: str
    key_json: bytes

    @property
    def key(self) -> Key:
        """The key of the item."""
        return Key(self.spec.name, self.table, key_of(self.key_json), self.spec)

    @property
    def place(self) -> tuple[str, bytes]:
        """Equal for two writes of one item."""
        return self.table, self.key_json


def make_key(spec: ModelSpec, place: Place, given: tuple[Any, ...], parts: Mapping[str, Any]) -> Key:
    """The key for values by position (partition key, then sort key) or for the fields that make it by name.

    Raises:
        MissingKeyError: A part is missing.
        UnknownFieldError: A name that is no field.
        ValidationError: A value that does not fit, is empty, or is too long.
    """
    if len(given) == 2 == len(spec.primary.fields) and not parts and given[0] is not UNSET is not given[1]:
        return key_from(spec, place, given)  # by far the most usual
    if given and parts:
        raise MissingKeyError(
            "a key is given by position or by name, not both.", op=f"{spec.name}.key", model=spec.name
        )
    if len(given) == 1 and isinstance(given[0], Key):
        key: Key = given[0]  # pyright: ignore[reportUnknownVariableType]  # what Any is narrowed to
        return rebound(key, spec, place)
    values = _by_position(spec, given) if given else _by_name(spec, _with_tenant(spec, place, parts))
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
    return key if key.table == place.table else msgspec.structs.replace(key, table=place.table)


def key_from(spec: ModelSpec, place: Place, values: Sequence[Any]) -> Key:
    """The key whose fields have these Python values, each checked against DynamoDB's limits."""
    try:
        return Key(spec.name, place.table, place.codec.model(spec).encode_key(values), spec)
    except ValidationError as error:
        error._named(f"{spec.name}.key")
        raise


def key_of_instance(spec: ModelSpec, place: Place, instance: Any) -> Key:
    """The key of an instance, computed anew from the fields of its templates."""
    return key_from(spec, place, _values(spec, instance))


def target_of_instance(spec: ModelSpec, place: Place, instance: Any) -> Target:
    """The item of an instance, by its key as that is now."""
    values = _values(spec, instance)
    try:
        return Target(spec, place.table, place.codec.model(spec).key_json(values))
    except ValidationError as error:
        error._named(f"{spec.name}.key")
        raise


def target_of(key: Key) -> Target:
    """The item with a key."""
    return Target(key.spec, key.table, _key_json(key))


def _values(spec: ModelSpec, instance: Any) -> list[Any]:
    values: list[Any] = []
    for field in spec.primary.fields:
        value = getattr(instance, field.name, None)
        if value is None:
            raise MissingKeyError(
                f"the instance has no {field.name}.",
                op=f"{spec.name}.key",
                model=spec.name,
                hint=f"Set {_feeding(spec, field.name)} first.",
            )
        values.append(value)
    return values


def _key_json(key: Key) -> bytes:
    """The JSON of a key as in `Written`: the same for equal keys, however a number is spelled."""
    attributes, names = key.attributes, key.spec.primary.names
    if tuple(attributes) != names:
        attributes = {name: attributes[name] for name in names}
    for name, value in attributes.items():
        if "N" in value:
            attributes = attributes | {name: {"N": decimal_text(Decimal(value["N"]))}}
    return encode_json(attributes)[:-1]


def key_of_item(spec: ModelSpec, table: str, item: Item) -> Key:
    """The key inside an item in wire form."""
    return Key(spec.name, table, {field.attribute: item[field.attribute] for field in spec.primary.fields}, spec)


def _by_position(spec: ModelSpec, given: tuple[Any, ...]) -> Sequence[Any]:
    parts: tuple[Any, ...] = given
    if len(given) == 1 and isinstance(given[0], tuple):
        parts = given[0]  # pyright: ignore[reportUnknownVariableType]  # the same
    given = tuple([value for value in parts if value is not UNSET])
    fields = spec.primary.fields
    if len(given) == len(fields):
        return given
    if len(given) != sum(not _is_constant(field) for field in fields):
        raise _missing(spec, given)
    values = iter(given)
    return [field.template.text if field.template and field.template.constant else next(values) for field in fields]


def _is_constant(field: FieldSpec) -> bool:
    return field.template is not None and field.template.constant


def _with_tenant(spec: ModelSpec, place: Place, parts: Mapping[str, Any]) -> Mapping[str, Any]:
    if spec.tenant is None or place.tenant is None:
        return parts
    return {spec.tenant.name: place.tenant} | dict(parts)


def _by_name(spec: ModelSpec, parts: Mapping[str, Any]) -> list[Any]:
    for name in parts:
        if name not in spec.by_name:
            raise UnknownFieldError(
                f"{name!r} is no field of {spec.name}.",
                op=f"{spec.name}.key",
                model=spec.name,
                hint=nearest(name, spec.by_name),
            )
    values: list[Any] = []
    for field in spec.primary.fields:
        value = field.template.render(parts) if field.template and field.name not in parts else parts.get(field.name)
        if value is None:
            raise _missing(spec, tuple(parts), _index_of(spec, parts))
        values.append(value)
    return values


def _index_of(spec: ModelSpec, parts: Mapping[str, Any]) -> IndexSpec | None:
    """The global index whose partition these fields make, if they do not make the table's."""
    places = (spec.primary, *(index for index in spec.indexes if index.kind is IndexKind.GLOBAL))
    found = next((place for place in places if set(_partition_fields(spec, place)) <= parts.keys()), None)
    return None if found is spec.primary else found


def query_by(spec: ModelSpec, index: IndexSpec, names: Iterable[str] = ()) -> str:
    """How to read one item by an index, which no GetItem can: the query to write.

    Args:
        spec: The model.
        index: One of its global indexes.
        names: The fields that are known, if they are more than the index's partition.
    """
    known = dict.fromkeys((*_partition_fields(spec, index), *names))
    conditions = ", ".join(f"{spec.name}.{name} == ..." for name in known)
    return f"By index {index.handle!r} write {spec.name}.query({conditions}).one(), or one_or_none()."


def _partition_fields(spec: ModelSpec, index: IndexSpec) -> tuple[str, ...]:
    """What is given to say a partition."""
    return tuple(name for field in index.partition for name in _makers(spec, field.name))


def _missing(spec: ModelSpec, given: tuple[Any, ...], index: IndexSpec | None = None) -> MissingKeyError:
    fields = spec.primary.fields
    names = ", ".join(field.name for field in fields)
    feeding = ", ".join(_feeding(spec, field.name) for field in fields if not _is_constant(field))
    return MissingKeyError(
        f"the key of {spec.name} is ({names}); {len(given)} of its values were given.",
        op=f"{spec.name}.key",
        model=spec.name,
        hint=f"Give {feeding}, or use {spec.name}.query(...) to find items by a part of the key."
        if index is None
        else query_by(spec, index, given),
    )


def _feeding(spec: ModelSpec, name: str) -> str:
    return ", ".join(_makers(spec, name))


def _makers(spec: ModelSpec, name: str) -> tuple[str, ...]:
    """The fields that a field's value is made of: of a template its own, else the field itself."""
    template = spec.by_name[name].template
    return template.fields if template else (name,)
