"""From a plan or a prepared write to the request, as a dict and as bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from dynamorm_async._codec import Codec
from dynamorm_async._expr.conditions import Condition
from dynamorm_async._expr.path import Path
from dynamorm_async._lazy import lazily
from dynamorm_async._ops.effects import Call, Safety
from dynamorm_async._ops.keys import Place
from dynamorm_async._spec.fields import IndexKind, ModelSpec, Projection
from dynamorm_async._wire.json import encode_json
from dynamorm_async.errors import ConfigurationError
from dynamorm_async.types import Item

if TYPE_CHECKING:
    from dynamorm_async._expr import compile as compiling
    from dynamorm_async._expr.compile import Collector
    from dynamorm_async._ops import coverage
    from dynamorm_async._ops import plan as plans
    from dynamorm_async._ops.keyfit import KeyCondition
    from dynamorm_async._ops.plan import Plan
else:
    compiling = lazily("dynamorm_async._expr.compile")
    coverage = lazily("dynamorm_async._ops.coverage")
    cursors = lazily("dynamorm_async._ops.cursors")
    plans = lazily("dynamorm_async._ops.plan")

__all__ = [
    "Settings",
    "call",
    "encode_json",
    "key_condition",
    "list_body",
    "place_of",
    "projection_paths",
    "table_name",
]


class Settings(msgspec.Struct, frozen=True):
    """What a session contributes to a request."""

    codec: Codec
    default_table: str | None = None
    table_names: Mapping[str, str] = msgspec.field(default_factory=dict[str, str])
    """Replacements of declared table names, as for a prefix or a test."""
    table_prefix: str = ""
    report_capacity: bool = False
    units: tuple[int, int] = (5, 5)
    """Read and write capacity units of what is made with provisioned billing."""
    tenant: str | None = None
    """The tenant of a scoped session."""


class _HasTable(Protocol):
    @property
    def table(self) -> Any: ...
    @property
    def name(self) -> str: ...


def table_name(spec: _HasTable, settings: Settings) -> str:
    """The table a model lives in for this session.

    Raises:
        ConfigurationError: Neither the model nor the session names one.
    """
    declared = spec.table.name or settings.default_table
    if declared is None:
        raise ConfigurationError(
            f"{spec.name} names no table, and the session has no default.",
            model=spec.name,
            hint="Write class ...(Model, table='name'), or Session(table_name='name').",
        )
    return settings.table_names.get(declared) or settings.table_prefix + declared


def call(
    operation: str,
    body: Mapping[str, Any],
    table: str | None,
    safety: Safety = Safety.READ,
    *,
    retry_unknown: bool = True,
) -> Call:
    """A request ready for a transport."""
    return Call(operation, encode_json(body), safety, table, retry_unknown=retry_unknown)


def place_of(spec: ModelSpec, settings: Settings) -> Place:
    """Where items of a model go in this session."""
    return Place(settings.codec, table_name(spec, settings), settings.tenant)


def key_condition(collector: Collector, key: KeyCondition) -> str:
    """A key condition expression."""
    parts = [f"{collector.name(field.attribute)} = {collector.value(value)}" for field, value in key.equal]
    if key.range is not None:
        name, low = collector.name(key.range.field.attribute), key.range.low
        if key.range.op == "begins_with":
            parts.append(f"begins_with({name}, {collector.value(low)})")
        elif key.range.high is not None:
            parts.append(f"{name} BETWEEN {collector.ends(low, key.range.high)}")
        else:
            parts.append(f"{name} {key.range.op} {collector.value(low)}")
    return " AND ".join(parts)


def list_body(
    plan: Plan, settings: Settings, *, start: Item | None, page_limit: int | None, count_only: bool = False
) -> dict[str, Any]:
    """The body of one Query or Scan request.

    Raises:
        InvalidRequestError: An expression is too long, or a value cannot be stored as declared.
    """
    request = plan.request
    collector = compiling.Collector(settings.codec.encode)
    body: dict[str, Any] = {"TableName": table_name(request.spec, settings)}
    if plan.index.name is not None:
        body["IndexName"] = plan.index.name
    if plan.operation is plans.Operation.QUERY and plan.fit is not None:
        body["KeyConditionExpression"] = key_condition(collector, plan.fit.key)
        if not plan.forward:
            body["ScanIndexForward"] = False
    _add_filter(body, collector, plan.filter)
    _add_selection(body, collector, plan, count_only=count_only)
    if request.consistent:
        body["ConsistentRead"] = True
    if request.segment is not None:
        body["Segment"], body["TotalSegments"] = request.segment.number, request.segment.total
    if page_limit is not None:
        body["Limit"] = page_limit
    if start is not None:
        body["ExclusiveStartKey"] = start
    if settings.report_capacity:
        body["ReturnConsumedCapacity"] = "INDEXES"
    body.update(collector.body())
    return body


def _add_filter(body: dict[str, Any], collector: Collector, condition: Condition | None) -> None:
    if condition is not None:
        body["FilterExpression"] = collector.condition(condition)


def _add_selection(body: dict[str, Any], collector: Collector, plan: Plan, *, count_only: bool) -> None:
    index = plan.index
    if count_only:
        body["Select"] = "COUNT"
    elif plan.request.select is not None:
        body["ProjectionExpression"] = collector.projection(projection_paths(plan))
    elif index.kind is IndexKind.LOCAL and index.projection is not Projection.ALL:
        # Without this the service answers with what the index holds; so it fetches the rest from the table.
        body["Select"] = "ALL_ATTRIBUTES"


def projection_paths(plan: Plan) -> tuple[Path, ...]:
    """What is selected, and what a cursor and the conditions tested here need beside it."""
    return coverage.read_paths(plan.request, plan.index, plan.residual, tag=plan.operation is plans.Operation.GET)
