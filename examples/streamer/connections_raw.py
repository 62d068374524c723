"""The store of connections on aioboto3, as one would write it without a mapper."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from examples.streamer.models import Connection, now

__all__ = ["RawConnectionStore"]

_LIFETIME = timedelta(hours=24)
_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


class RawConnectionStore:
    """Keeps connections; see `ConnectionStore` for what each method promises.

    Args:
        client: An open aioboto3 client for DynamoDB.
        table: The table's name.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    async def save(self, connection: Connection) -> None:
        """Store a connection."""
        await self._client.put_item(TableName=self._table, Item=_to_item(connection))

    async def get(self, connection_id: str) -> Connection:
        """One connection."""
        answer = await self._client.get_item(TableName=self._table, Key=_key(connection_id))
        if "Item" not in answer:
            raise LookupError("there is no such connection")
        return _from_item(answer["Item"])

    async def delete(self, connection_id: str) -> None:
        """Forget a connection."""
        await self._client.delete_item(TableName=self._table, Key=_key(connection_id))

    async def list_by_user(self, user_id: str) -> Sequence[Connection]:
        """All connections of a user."""
        return await self._list("user-index", "user_id", user_id)

    async def list_by_tenant(self, tenant_id: str) -> Sequence[Connection]:
        """All connections of a tenant."""
        return await self._list("tenant-index", "tenant_id", tenant_id)

    async def update_last_ping(self, connection_id: str) -> None:
        """Note that the connection is alive."""
        moment = now()
        try:
            await self._client.update_item(
                TableName=self._table,
                Key=_key(connection_id),
                UpdateExpression="SET last_ping = :ping, #ttl = :ttl",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeNames={"#ttl": "ttl"},
                ExpressionAttributeValues={
                    ":ping": _serialize(_text(moment)),
                    ":ttl": _serialize(_seconds(moment + _LIFETIME)),
                },
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                raise LookupError("there is no such connection") from error
            raise

    async def delete_stale(self, before: datetime) -> int:
        """Forget the connections that were last heard of before then."""
        deleted = 0
        stale = {
            "TableName": self._table,
            "ExpressionAttributeValues": {":before": _serialize(_text(before))},
        }
        pages = self._client.get_paginator("scan").paginate(**stale, FilterExpression="last_ping < :before")
        async for page in pages:
            for item in page["Items"]:
                key = {"pk": item["pk"], "sk": item["sk"]}
                try:
                    await self._client.delete_item(**stale, Key=key, ConditionExpression="last_ping < :before")
                except ClientError as error:
                    if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                        continue  # it has pinged since it was read
                    raise
                deleted += 1
        return deleted

    async def _list(self, index: str, attribute: str, value: str) -> Sequence[Connection]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=index,
            KeyConditionExpression="#key = :key",
            ExpressionAttributeNames={"#key": attribute},
            ExpressionAttributeValues={":key": _serialize(value)},
        )
        return [_from_item(item) async for page in pages for item in page["Items"]]


def _key(connection_id: str) -> dict[str, Any]:
    return {"pk": _serialize(f"CONN#{connection_id}"), "sk": _serialize("METADATA")}


def _to_item(connection: Connection) -> dict[str, Any]:
    if isinstance(connection.ttl, timedelta):  # the model's default, to be counted from now
        connection.ttl = (now() + connection.ttl).replace(microsecond=0)
    values = {
        "connection_id": connection.connection_id,
        "user_id": connection.user_id,
        "tenant_id": connection.tenant_id,
        "endpoint": connection.endpoint,
        "connected_at": _text(connection.connected_at),
        "last_ping": _text(connection.last_ping),
        "metadata": connection.metadata,
        "ttl": _seconds(connection.ttl),
    }
    return _key(connection.connection_id) | {name: _serialize(value) for name, value in values.items()}


def _from_item(item: dict[str, Any]) -> Connection:
    values = {name: _deserialize(value) for name, value in item.items()}
    return Connection(
        connection_id=values["connection_id"],
        user_id=values["user_id"],
        tenant_id=values["tenant_id"],
        endpoint=values["endpoint"],
        connected_at=datetime.fromisoformat(values["connected_at"]),
        last_ping=datetime.fromisoformat(values["last_ping"]),
        metadata=values["metadata"],
        ttl=datetime.fromtimestamp(int(values["ttl"]), UTC),
    )


def _text(moment: datetime) -> str:
    """In UTC and of one width, so that text order is time order."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
