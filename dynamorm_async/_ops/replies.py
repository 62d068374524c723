"""Envelopes of the service's answers, typed, so that one decoding goes from bytes to what is needed."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec

from dynamorm_async.types import Item

__all__ = ["ErrorReply", "ItemReply", "ListReply", "TransactGetReply", "WriteReply", "consumed"]

W = TypeVar("W")


class ItemReply(msgspec.Struct, Generic[W]):
    """GetItem."""

    Item: W | None = None
    ConsumedCapacity: dict[str, Any] | None = None


class ListReply(msgspec.Struct, Generic[W]):
    """Query and Scan."""

    Items: list[W] = []
    Count: int = 0
    ScannedCount: int = 0
    LastEvaluatedKey: Item | None = None
    ConsumedCapacity: dict[str, Any] | None = None


class WriteReply(msgspec.Struct, Generic[W]):
    """PutItem, UpdateItem and DeleteItem."""

    Attributes: W | None = None
    ConsumedCapacity: dict[str, Any] | None = None


class TransactGetReply(msgspec.Struct):
    """TransactGetItems: for each read what GetItem would answer."""

    Responses: list[msgspec.Raw]
    ConsumedCapacity: list[dict[str, Any]] | None = None


class ErrorReply(msgspec.Struct):
    """Any error. ``message`` is spelt both ways on the wire."""

    type: str = msgspec.field(default="", name="__type")
    message: str = ""
    Message: str = ""


def consumed(capacity: dict[str, Any] | None) -> float | None:
    """Capacity units of an answer that reports them."""
    return None if capacity is None else capacity.get("CapacityUnits")
