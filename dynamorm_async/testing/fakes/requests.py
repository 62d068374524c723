"""What a fake is asked: a request, or for a batch each of its items by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from dynamorm_async._ops.effects import Call
from dynamorm_async.testing.fakes.expressions import written_out

__all__ = ["Asked", "answer_of_batch", "asked_by"]

_VERBS: Final = {"PutRequest": "put", "DeleteRequest": "delete"}


class Asked(msgspec.Struct, frozen=True):
    """What an expectation may be for.

    Attributes:
        operation: The wire name of the request, or the name of what a batch does with one item.
        body: Of the request, with its conditions written out; of one item of a batch its table and its key or item.
    """

    operation: str
    body: dict[str, Any]


def asked_by(call: Call) -> Sequence[Asked]:
    """What a request asks: the request itself, or the items of a batch, which may have expectations of their own."""
    body = msgspec.json.decode(call.body)
    if call.operation not in ("BatchWriteItem", "BatchGetItem"):
        return [Asked(call.operation, written_out(body))]
    found: list[Asked] = []
    for table, wanted in body["RequestItems"].items():
        if call.operation == "BatchGetItem":
            found += [Asked("batch_get", {"TableName": table, "Key": key}) for key in wanted["Keys"]]
        else:
            found += [
                Asked(f"batch_{_VERBS[name]}", {"TableName": table} | content)
                for one in wanted
                for name, content in one.items()
            ]
    return found


def answer_of_batch(call: Call, asked: Sequence[Asked], answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The answer to a batch from those to its items."""
    if call.operation == "BatchWriteItem":
        return {"UnprocessedItems": {}}
    found: dict[str, list[Any]] = {}
    for one, answer in zip(asked, answers, strict=True):
        found.setdefault(one.body["TableName"], []).extend(answer.values())
    return {"Responses": found, "UnprocessedKeys": {}}
