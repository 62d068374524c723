"""From models to a table definition: keys, attribute types, indexes, TTL. Pure dicts, as CreateTable takes them."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast

import msgspec

from dynamorm_async._spec.build import bare
from dynamorm_async._spec.fields import FieldSpec, IndexKind, IndexSpec, ModelSpec, Projection
from dynamorm_async.errors import ConfigurationError

__all__ = ["attribute_type", "create_table_body", "global_index_body", "key_schema", "shared_ttl"]

_HOLDING = (Projection.KEYS_ONLY, Projection.INCLUDE, Projection.ALL)
"""From the least to the most."""


def attribute_type(field: FieldSpec) -> str:
    """``S``, ``N`` or ``B``: how a key attribute is stored."""
    kind = bare(field.type)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        kind = cast("Any", type(next(iter(kind)).value))
    if kind is bytes:
        return "B"
    return "N" if kind in (int, Decimal, timedelta) else "S"


def key_schema(index: IndexSpec) -> list[dict[str, str]]:
    """``KeySchema``, for tables and indexes."""
    partition = [{"AttributeName": field.attribute, "KeyType": "HASH"} for field in index.partition]
    return partition + [{"AttributeName": field.attribute, "KeyType": "RANGE"} for field in index.sort]


def create_table_body(specs: Sequence[ModelSpec], table: str, units: tuple[int, int] = (5, 5)) -> dict[str, Any]:
    """The CreateTable request for a table that these models share.

    Raises:
        ConfigurationError: The models disagree about the key, an index, or an attribute's type.
    """
    first = specs[0]
    for spec in specs[1:]:
        if key_schema(spec.primary) != key_schema(first.primary):
            raise _disagree(first, spec, "the primary key")
    indexes = _merged(specs)
    body: dict[str, Any] = {
        "TableName": table,
        "KeySchema": key_schema(first.primary),
        "AttributeDefinitions": _definitions(specs, [first.primary, *indexes]),
        "BillingMode": first.table.billing,
    }
    throughput = _throughput(first, units)
    if throughput:
        body["ProvisionedThroughput"] = throughput
    for kind, name in ((IndexKind.LOCAL, "LocalSecondaryIndexes"), (IndexKind.GLOBAL, "GlobalSecondaryIndexes")):
        found = [
            _index_body(index, throughput if kind is IndexKind.GLOBAL else None)
            for index in indexes
            if index.kind is kind
        ]
        if found:
            body[name] = found
    return body


def global_index_body(specs: Sequence[ModelSpec], index: IndexSpec, units: tuple[int, int] = (5, 5)) -> dict[str, Any]:
    """What UpdateTable needs to add this index: its definition and the types of its key attributes."""
    whole = next(one for one in _merged(specs) if one.name == index.name)
    return {
        "AttributeDefinitions": _definitions(specs, [specs[0].primary, index]),
        "GlobalSecondaryIndexUpdates": [{"Create": _index_body(whole, _throughput(specs[0], units))}],
    }


def shared_ttl(specs: Sequence[ModelSpec]) -> str | None:
    """The table's TTL attribute; a table has one.

    Raises:
        ConfigurationError: The models name several.
    """
    found = {spec.ttl.attribute: spec for spec in specs if spec.ttl is not None}
    if len(found) > 1:
        first, second = list(found.values())[:2]
        raise _disagree(first, second, "the TTL attribute")
    return next(iter(found), None)


def _merged(specs: Sequence[ModelSpec]) -> list[IndexSpec]:
    """The indexes of all models. What several declare holds what each of them needs."""
    by_name: dict[str | None, tuple[IndexSpec, ModelSpec]] = {}
    for spec in specs:
        for index in spec.indexes:
            known, first = by_name.get(index.name, (index, spec))
            if key_schema(known) != key_schema(index) or known.kind is not index.kind:
                raise _disagree(first, spec, f"index {index.name!r}")
            by_name[index.name] = _together(known, index), first
    return [index for index, _ in by_name.values()]


def _together(first: IndexSpec, second: IndexSpec) -> IndexSpec:
    """One index that holds what both hold."""
    projection = max(first.projection, second.projection, key=_HOLDING.index)
    known = {field.attribute for field in first.include}
    more = tuple(field for field in second.include if field.attribute not in known)
    return msgspec.structs.replace(first, projection=projection, include=(*first.include, *more))


def _definitions(specs: Sequence[ModelSpec], indexes: Iterable[IndexSpec]) -> list[dict[str, str]]:
    types: dict[str, str] = {}
    for index in indexes:
        for field in (*index.partition, *index.sort):
            kind = attribute_type(field)
            if types.setdefault(field.attribute, kind) != kind:
                raise _disagree(specs[0], specs[-1], f"the type of attribute {field.attribute!r}")
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()]


def _index_body(index: IndexSpec, units: Mapping[str, int] | None) -> dict[str, Any]:
    projection: dict[str, Any] = {"ProjectionType": index.projection.value}
    if index.projection is Projection.INCLUDE:
        beside = [field.attribute for field in index.include if field.attribute not in index.names]
        projection = (
            {"ProjectionType": "INCLUDE", "NonKeyAttributes": beside} if beside else {"ProjectionType": "KEYS_ONLY"}
        )
    body: dict[str, Any] = {"IndexName": index.name, "KeySchema": key_schema(index), "Projection": projection}
    return body | {"ProvisionedThroughput": units} if units else body


def _throughput(spec: ModelSpec, units: tuple[int, int]) -> dict[str, int] | None:
    if spec.table.billing != "PROVISIONED":
        return None
    return {"ReadCapacityUnits": units[0], "WriteCapacityUnits": units[1]}


def _disagree(first: ModelSpec, second: ModelSpec, what: str) -> ConfigurationError:
    return ConfigurationError(
        f"{first.name} and {second.name} share a table and disagree about {what}.",
        model=second.name,
        hint="Declare it once on an abstract base of both.",
    )
