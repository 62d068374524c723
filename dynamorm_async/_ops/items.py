"""Flows for one item: read it by its key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dynamorm_async._expr.path import Path
from dynamorm_async._lazy import lazily
from dynamorm_async._ops.decode import decode_item, decode_raw_item
from dynamorm_async._ops.effects import Flow, Reply
from dynamorm_async._ops.render import Settings, call, table_name
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async.types import Item

if TYPE_CHECKING:
    from dynamorm_async._expr import compile as compiling
else:
    compiling = lazily("dynamorm_async._expr.compile")

__all__ = ["get_item", "get_raw_item"]


def get_item(spec: ModelSpec, settings: Settings, key: Item, *, consistent: bool = False) -> Flow[Any]:
    """The instance with this key, or None."""
    body: dict[str, Any] = {"TableName": table_name(spec, settings), "Key": key}
    if consistent:
        body["ConsistentRead"] = True
    reply: Reply = yield call("GetItem", body, body["TableName"])
    return decode_item(settings.codec.model(spec), reply.body)


def get_raw_item(
    spec: ModelSpec, settings: Settings, key: Item, paths: Sequence[Path] | None, *, consistent: bool = False
) -> Flow[Item | None]:
    """The item with this key in wire form, or None; only these paths of it, if any are given."""
    body: dict[str, Any] = {"TableName": table_name(spec, settings), "Key": key}
    if paths:
        collector = compiling.Collector(settings.codec.encode)
        body["ProjectionExpression"] = collector.projection(paths)
        body.update(collector.body())
    if consistent:
        body["ConsistentRead"] = True
    reply: Reply = yield call("GetItem", body, body["TableName"])
    return decode_raw_item(reply.body)
