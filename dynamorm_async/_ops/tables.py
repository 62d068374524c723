"""Flows for tables: make, complete, describe, delete, and wait until they are so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import msgspec

from dynamorm_async._ops.effects import Flow, Reply, Safety, Sleep
from dynamorm_async._ops.render import Settings, call, table_name
from dynamorm_async._ops.schema import create_table_body, global_index_body, key_schema, shared_ttl
from dynamorm_async._spec.fields import IndexKind, IndexSpec, ModelSpec
from dynamorm_async._struct import Discreet
from dynamorm_async.errors import (
    ConfigurationError,
    DeadlineExceededError,
    Outcome,
    OutcomeUnknownError,
    TableInUseError,
    TableNotFoundError,
)

__all__ = ["TableInfo", "create_table", "delete_table", "describe_table", "ensure_table"]

_FIRST_WAIT = 0.02
_LONGEST_WAIT = 5.0


class TableInfo(Discreet, frozen=True):
    """A table as it is.

    Attributes:
        name: Its name.  status: ``ACTIVE``, ``CREATING``, ``UPDATING``, ``DELETING`` ...
        indexes: Status of each index by name.
        items: How many items the service counted, up to six hours ago.
        description: The whole ``TableDescription``.

    Example:
        >>> info = await db.describe_table(User)
        >>> info.status
        'ACTIVE'
    """

    hidden_fields: ClassVar[tuple[str, ...]] = ("description",)

    name: str
    status: str
    indexes: Mapping[str, str]
    items: int
    description: Mapping[str, Any]

    @property
    def ready(self) -> bool:
        """Whether the table and all its indexes can be used."""
        return self.status == "ACTIVE" and all(status == "ACTIVE" for status in self.indexes.values())


def describe_table(table: str) -> Flow[TableInfo]:
    """The table as it is.

    Raises:
        TableNotFoundError: There is none.
    """
    reply: Reply = yield call("DescribeTable", {"TableName": table}, table)
    return _info(msgspec.json.decode(reply.body)["Table"])


def create_table(specs: Sequence[ModelSpec], settings: Settings, *, patience: float) -> Flow[TableInfo]:
    """Make the table with its indexes, wait until it can be used, and turn TTL on.

    Raises:
        TableInUseError: It exists.
    """
    table = table_name(specs[0], settings)
    yield call("CreateTable", create_table_body(specs, table, settings.units), table, Safety.ONCE)
    info = yield from _until_ready(table, patience)
    yield from _enable_ttl(specs, table)
    return info


def ensure_table(specs: Sequence[ModelSpec], settings: Settings, *, patience: float) -> Flow[TableInfo]:
    """Make what is missing: the table, global indexes one at a time, TTL. Never takes anything away.

    Raises:
        ConfigurationError: The table has another key, or lacks a local index, which only a new table can get.
    """
    try:
        return (yield from _ensure(specs, settings, patience))
    except OutcomeUnknownError:
        # An answer was lost. Each step looks before it changes anything, so all of them can be gone through again.
        return (yield from _ensure(specs, settings, patience))


def _ensure(specs: Sequence[ModelSpec], settings: Settings, patience: float) -> Flow[TableInfo]:
    table = table_name(specs[0], settings)
    try:
        yield from describe_table(table)
    except TableNotFoundError:
        try:
            return (yield from create_table(specs, settings, patience=patience))
        except TableInUseError:
            pass  # Someone else was faster.
    info = yield from _until_ready(table, patience)
    _check_key(specs[0], info)
    for index in _missing_indexes(specs, info):
        added = global_index_body(specs, index, settings.units)
        yield call("UpdateTable", {"TableName": table} | added, table, Safety.ONCE)
        info = yield from _until_ready(table, patience)
    yield from _enable_ttl(specs, table)
    return info


def delete_table(table: str, *, patience: float) -> Flow[None]:
    """Delete the table and wait until it is gone.

    Raises:
        TableNotFoundError: There is none.
    """
    yield call("DeleteTable", {"TableName": table}, table, Safety.ONCE)
    waited, wait = 0.0, _FIRST_WAIT
    while waited < patience:
        try:
            yield from describe_table(table)
        except TableNotFoundError:
            return
        yield Sleep(wait)
        waited, wait = waited + wait, min(wait * 2, _LONGEST_WAIT)
    raise _impatient("gone", table, patience)


def _until_ready(table: str, patience: float) -> Flow[TableInfo]:
    waited, wait = 0.0, _FIRST_WAIT
    while waited < patience:
        try:
            info = yield from describe_table(table)
        except TableNotFoundError:
            info = None  # DescribeTable is eventually consistent: a table just made may not be seen yet.
        if info is not None and info.ready:
            return info
        yield Sleep(wait)
        waited, wait = waited + wait, min(wait * 2, _LONGEST_WAIT)
    raise _impatient("ready", table, patience)


def _impatient(goal: str, table: str, patience: float) -> DeadlineExceededError:
    return DeadlineExceededError(
        f"the table is not {goal} after {patience:g} s.",
        table=table,
        # The service has taken the change on and will complete it.
        outcome=Outcome.APPLIED,
        hint="Give more patience=, in seconds.",
    )


def _info(description: Mapping[str, Any]) -> TableInfo:
    indexes = (*description.get("GlobalSecondaryIndexes", ()), *description.get("LocalSecondaryIndexes", ()))
    return TableInfo(
        description["TableName"],
        description.get("TableStatus", ""),
        # Local indexes have no status of their own: they are there with the table.
        {index["IndexName"]: index.get("IndexStatus", "ACTIVE") for index in indexes},
        description.get("ItemCount", 0),
        description,
    )


def _check_key(spec: ModelSpec, info: TableInfo) -> None:
    if sorted(map(_key_part, info.description["KeySchema"])) != sorted(map(_key_part, key_schema(spec.primary))):
        raise ConfigurationError(
            f"the table has another primary key than {spec.name}.",
            model=spec.name,
            table=info.name,
            hint="A table's key cannot be changed: use another table name, or migrate the items.",
        )


def _key_part(part: Mapping[str, str]) -> tuple[str, str]:
    return part["KeyType"], part["AttributeName"]


def _missing_indexes(specs: Sequence[ModelSpec], info: TableInfo) -> list[IndexSpec]:
    missing = {index.name: index for spec in specs for index in spec.indexes if index.name not in info.indexes}
    for index in missing.values():
        if index.kind is IndexKind.LOCAL:
            raise ConfigurationError(
                f"the table lacks the local index {index.name!r}, which can only be made with the table.",
                model=specs[0].name,
                table=info.name,
                hint="Make it a GlobalIndex, or migrate the items to a new table.",
            )
    return list(missing.values())


def _enable_ttl(specs: Sequence[ModelSpec], table: str) -> Flow[None]:
    attribute = shared_ttl(specs)
    if attribute is None:
        return
    reply: Reply = yield call("DescribeTimeToLive", {"TableName": table}, table)
    present = msgspec.json.decode(reply.body).get("TimeToLiveDescription", {})
    if present.get("TimeToLiveStatus") in ("ENABLED", "ENABLING") and present.get("AttributeName") == attribute:
        return
    setting = {"AttributeName": attribute, "Enabled": True}
    yield call("UpdateTimeToLive", {"TableName": table, "TimeToLiveSpecification": setting}, table, Safety.ONCE)
