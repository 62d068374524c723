# /// script
# dependencies = ["aioboto3==15.5.0"]
# ///
"""The aioboto3 resource: plain dictionaries, boto3's own type (de)serializer."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

import aioboto3
from aiobotocore.config import AioConfig
from boto3.dynamodb.conditions import Key
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from benchmarks import item
from benchmarks.clients._botocore import Codec, reads, transaction
from benchmarks.clients._limits import CONNECTIONS, IDLE, REGION

LABEL = "aioboto3 resource, dicts"
MODELS = False


def _out(values: dict[str, Any]) -> dict[str, Any]:
    return values | {"created_at": values["created_at"].isoformat()}


class Client:
    """What the documentation of aioboto3 shows."""

    def __init__(self, stack: AsyncExitStack, resource: Any, table: Any, events: Any, wide: Any) -> None:
        self._stack, self._resource, self._table, self._events, self._wide = stack, resource, table, events, wide
        self._codec = Codec(resource.meta.client.meta.service_model)
        self._serialize, self._deserialize = TypeSerializer().serialize, TypeDeserializer().deserialize
        self._keys = [item.key(number) for number in range(item.INDEXED)]
        self._items = {size: _out(item.user_values(0, size)) for size in (1, 10, 100)}
        self._many = [_out(item.user_values(number)) for number in range(25)]

    async def get(self) -> Any:
        return (await self._table.get_item(Key=item.key(0)))["Item"]

    async def get_wide(self, width: int) -> Any:
        return (await self._wide.get_item(Key=item.key(0)))["Item"]

    async def put(self, kilobytes: int = 1) -> None:
        await self._table.put_item(Item=self._items[kilobytes])

    async def query(self) -> list[Any]:
        found: list[Any] = []
        start: dict[str, Any] = {}
        while True:
            condition = Key("org").eq(item.ORG) & Key("id").begins_with("item-")
            page = await self._table.query(KeyConditionExpression=condition, **start)
            found += page["Items"]
            if "LastEvaluatedKey" not in page:
                return found
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    async def batch_get(self) -> list[Any]:
        answer = await self._resource.batch_get_item(**reads(self._keys))
        found: list[Any] = answer["Responses"][item.TABLE]
        return found

    async def batch_write(self) -> None:
        async with self._table.batch_writer() as batch:
            for each in self._many:
                await batch.put_item(Item=each)

    async def transact(self) -> None:
        writes = transaction(self._many[:2], self._keys[2:4], one=1, limit=65, active=True)
        await self._resource.meta.client.transact_write_items(TransactItems=writes)

    async def stream(self, count: int) -> int:
        seen = 0
        start: dict[str, Any] = {}
        while seen < count:
            page = await self._events.scan(**start)
            seen += len(page["Items"])
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        return seen

    def decode(self, body: bytes) -> list[Any]:
        found = self._codec.decode(body)
        return [{name: self._deserialize(value) for name, value in each.items()} for each in found]

    def encode(self) -> bytes:
        return self._codec.encode({name: self._serialize(value) for name, value in self._items[1].items()})

    def read(self, found: Any) -> dict[str, Any]:
        moment = item.datetime.fromisoformat(found["created_at"])
        return found | {"created_at": moment, "avatar": bytes(found["avatar"])}

    async def close(self) -> None:
        await self._stack.aclose()


async def setup(endpoint: str) -> Client:
    config = AioConfig(max_pool_connections=CONNECTIONS, connector_args={"keepalive_timeout": IDLE})
    stack = AsyncExitStack()
    made = aioboto3.Session().resource("dynamodb", region_name=REGION, endpoint_url=endpoint, config=config)
    resource = await stack.enter_async_context(made)
    tables = [await resource.Table(name) for name in (item.TABLE, item.EVENTS, item.WIDE)]
    return Client(stack, resource, *tables)
