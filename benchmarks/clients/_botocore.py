"""The SDK's own codec without its network, and the requests that its low-level clients are given."""

from __future__ import annotations

import base64
from typing import Any

from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from benchmarks import item

__all__ = ["QUERY", "Codec", "low_level", "python_value", "reads", "transaction"]


class Codec:
    """From the bytes of a Query page to tagged dictionaries, and from those to the bytes of a PutItem."""

    def __init__(self, service_model: Any) -> None:
        self._page = service_model.operation_model("Query").output_shape
        self._put = service_model.operation_model("PutItem")
        self._parser = create_parser("json")
        self._serializer = create_serializer("json", include_validation=True)

    def decode(self, body: bytes) -> list[dict[str, Any]]:
        """The items of a page."""
        answer = {"status_code": 200, "headers": {}, "body": body}
        items: list[dict[str, Any]] = self._parser.parse(answer, self._page)["Items"]
        return items

    def encode(self, wire: dict[str, Any]) -> bytes:
        """The body of a put."""
        parameters = {"TableName": item.TABLE, "Item": wire}
        body: bytes = self._serializer.serialize_to_request(parameters, self._put)["body"]
        return body


def low_level(values: dict[str, Any]) -> dict[str, Any]:
    """Plain values as the tagged dictionaries of the low-level client, whose binaries are bytes."""
    return {name: _binary(item.wire(value)) for name, value in values.items()}


def _binary(value: dict[str, Any]) -> dict[str, Any]:
    return {"B": base64.b64decode(value["B"])} if "B" in value else value


QUERY = {
    "TableName": item.TABLE,
    "KeyConditionExpression": "#org = :org AND begins_with(#id, :id)",
    "ExpressionAttributeNames": {"#org": "org", "#id": "id"},
}
"""What all the clients ask for, but for the two values."""


def reads(keys: list[dict[str, Any]]) -> dict[str, Any]:
    """A batch-get."""
    return {"RequestItems": {item.TABLE: {"Keys": keys}}}


def transaction(puts: list[Any], keys: list[Any], *, one: Any, limit: Any, active: Any) -> list[dict[str, Any]]:
    """Two puts, an update with a condition, a delete with a condition."""
    update = {
        "TableName": item.TABLE,
        "Key": keys[0],
        "UpdateExpression": "SET #age = #age + :one",
        "ConditionExpression": "#age < :limit",
        "ExpressionAttributeNames": {"#age": "age"},
        "ExpressionAttributeValues": {":one": one, ":limit": limit},
    }
    delete = {
        "TableName": item.TABLE,
        "Key": keys[1],
        "ConditionExpression": "#active = :active",
        "ExpressionAttributeNames": {"#active": "active"},
        "ExpressionAttributeValues": {":active": active},
    }
    writes: list[dict[str, Any]] = [{"Put": {"TableName": item.TABLE, "Item": each}} for each in puts]
    return [*writes, {"Update": update}, {"Delete": delete}]


def python_value(value: dict[str, Any]) -> Any:
    """A tagged value as a plain one, for checking."""
    ((tag, inner),) = value.items()
    match tag:
        case "N":
            return item.Decimal(inner)
        case "SS":
            return set(inner)
        case "L":
            return [python_value(part) for part in inner]
        case "M":
            return {name: python_value(part) for name, part in inner.items()}
    return inner
