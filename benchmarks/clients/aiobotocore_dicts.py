# /// script
# dependencies = ["aiobotocore==3.10.0"]
# ///
"""The low-level aiobotocore client: tagged dictionaries in, tagged dictionaries out."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session

from benchmarks import item
from benchmarks.clients._botocore import QUERY, Codec, low_level, python_value, reads, transaction
from benchmarks.clients._limits import CONNECTIONS, IDLE, REGION

LABEL = "aiobotocore, dicts"
MODELS = False

_VALUES = {":org": {"S": item.ORG}, ":id": {"S": "item-"}}


class Client:
    """What an application that uses the SDK directly does."""

    def __init__(self, stack: AsyncExitStack, client: Any) -> None:
        self._stack, self._client = stack, client
        self._codec = Codec(client.meta.service_model)
        self._keys = [self._key(number) for number in range(item.INDEXED)]
        self._items = {size: self._out(item.user_values(0, size)) for size in (1, 10, 100)}
        self._many = [self._out(item.user_values(number)) for number in range(25)]

    def _key(self, number: int) -> dict[str, Any]:
        return low_level(item.key(number))

    def _out(self, values: dict[str, Any]) -> Any:
        return low_level(values)

    async def get(self) -> Any:
        answer = await self._client.get_item(TableName=item.TABLE, Key=self._key(0))
        return answer["Item"]

    async def get_wide(self, width: int) -> Any:
        answer = await self._client.get_item(TableName=item.WIDE, Key=self._key(0))
        return answer["Item"]

    async def put(self, kilobytes: int = 1) -> None:
        await self._client.put_item(TableName=item.TABLE, Item=self._items[kilobytes])

    async def query(self) -> list[Any]:
        found: list[Any] = []
        start: dict[str, Any] = {}
        while True:
            page = await self._client.query(**QUERY, ExpressionAttributeValues=_VALUES, **start)
            found += page["Items"]
            if "LastEvaluatedKey" not in page:
                return found
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    async def batch_get(self) -> list[Any]:
        answer = await self._client.batch_get_item(**reads(self._keys))
        found: list[Any] = answer["Responses"][item.TABLE]
        return found

    async def batch_write(self) -> None:
        requests = [{"PutRequest": {"Item": each}} for each in self._many]
        await self._client.batch_write_item(RequestItems={item.TABLE: requests})

    async def transact(self) -> None:
        writes = transaction(self._many[:2], self._keys[2:4], one={"N": "1"}, limit={"N": "65"}, active={"BOOL": True})
        await self._client.transact_write_items(TransactItems=writes)

    async def stream(self, count: int) -> int:
        seen = 0
        start: dict[str, Any] = {}
        while seen < count:
            page = await self._client.scan(TableName=item.EVENTS, **start)
            seen += len(page["Items"])
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        return seen

    def decode(self, body: bytes) -> list[Any]:
        return self._codec.decode(body)

    def encode(self) -> bytes:
        return self._codec.encode(self._items[1])

    def read(self, found: Any) -> dict[str, Any]:
        values = {name: python_value(value) for name, value in found.items()}
        return values | {"created_at": item.datetime.fromisoformat(values["created_at"])}

    async def close(self) -> None:
        await self._stack.aclose()


async def connect(endpoint: str) -> tuple[AsyncExitStack, Any]:
    """An open low-level client and what closes it."""
    config = AioConfig(max_pool_connections=CONNECTIONS, connector_args={"keepalive_timeout": IDLE})
    stack = AsyncExitStack()
    made = get_session().create_client("dynamodb", region_name=REGION, endpoint_url=endpoint, config=config)
    return stack, await stack.enter_async_context(made)


async def setup(endpoint: str) -> Client:
    return Client(*await connect(endpoint))
