"""Envelopes of the service's answers, typed, so that one decoding goes from bytes to what is needed."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec

from dynamorm_async.types import Item

__all__ = [
    "BatchGetReply",
    "BatchWriteReply",
    "CountReply",
    "ErrorReply",
    "ItemReply",
    "ListReply",
    "TransactGetReply",
    "WriteReply",
    "WriteRequest",
    "consumed",
]

W = TypeVar("W")


class ItemReply(msgspec.Struct, Generic[W]):
    """GetItem."""

    Item: W | None = None
    ConsumedCapacity: dict[str, Any] | None = None


class ListReply(msgspec.Struct, Generic[W]):
    """Query and Scan. An answer without ``Items`` does not say that there are none."""

    Items: list[W]
    Count: int = 0
    ScannedCount: int = 0
    LastEvaluatedKey: Item | None = None
    ConsumedCapacity: dict[str, Any] | None = None


class CountReply(msgspec.Struct):
    """Query and Scan with ``Select: COUNT``."""

    Count: int
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


class _Put(msgspec.Struct):
    Item: Item


class _Delete(msgspec.Struct):
    Key: Item


class WriteRequest(msgspec.Struct):
    """One put or deletion of a batch."""

    PutRequest: _Put | None = None
    DeleteRequest: _Delete | None = None

    def item_or_key(self) -> Item:
        """Something that has the key attributes."""
        if self.PutRequest is not None:
            return self.PutRequest.Item
        return {} if self.DeleteRequest is None else self.DeleteRequest.Key


class BatchWriteReply(msgspec.Struct):
    """BatchWriteItem. An answer without ``UnprocessedItems`` does not say that everything was written."""

    UnprocessedItems: dict[str, list[WriteRequest]]
    ConsumedCapacity: list[dict[str, Any]] | None = None


class _Keys(msgspec.Struct):
    Keys: list[Item]


class BatchGetReply(msgspec.Struct, Generic[W]):
    """BatchGetItem."""

    Responses: dict[str, list[W]]
    UnprocessedKeys: dict[str, _Keys] | None = None
    ConsumedCapacity: list[dict[str, Any]] | None = None


class ErrorReply(msgspec.Struct):
    """Any error. ``message`` is spelt both ways on the wire."""

    type: str = msgspec.field(default="", name="__type")
    message: str = ""
    Message: str = ""


def consumed(capacity: dict[str, Any] | None) -> float | None:
    """Capacity units of an answer that reports them."""
    return None if capacity is None else capacity.get("CapacityUnits")
