# /// script
# dependencies = ["aiodynamo==26.4", "aiohttp"]
# ///
"""aiodynamo over aiohttp, plain dictionaries."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from decimal import Decimal
from typing import Any

from aiodynamo.client import Client as Dynamo
from aiodynamo.credentials import Credentials
from aiodynamo.expressions import F, HashKey, RangeKey
from aiodynamo.models import BatchGetRequest, BatchWriteRequest
from aiodynamo.operations import Delete, Put, Update
from aiodynamo.utils import dy2py, py2dy
from yarl import URL

from benchmarks import item
from benchmarks.clients._limits import CONNECTIONS, IDLE, REGION

LABEL = "aiodynamo + aiohttp, dicts"
MODELS = False


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """A datetime is the one type that aiodynamo does not know."""
    return values | {"created_at": values["created_at"].isoformat()}


class Client:
    """Its documented calls."""

    numbers: Any = float
    """aiodynamo's default, which rounds."""

    def __init__(self, stack: AsyncExitStack, http: Any, endpoint: str) -> None:
        self._stack = stack
        self._client = Dynamo(http, Credentials.auto(), REGION, URL(endpoint), numeric_type=self.numbers)
        self._table, self._events = self._client.table(item.TABLE), self._client.table(item.EVENTS)
        self._wide = self._client.table(item.WIDE)
        self._keys = [item.key(number) for number in range(item.INDEXED)]
        self._items = {size: plain(item.user_values(0, size)) for size in (1, 10, 100)}
        self._many = [plain(item.user_values(number)) for number in range(25)]

    async def get(self) -> Any:
        return await self._table.get_item(item.key(0))

    async def get_wide(self, width: int) -> Any:
        return await self._wide.get_item(item.key(0))

    async def put(self, kilobytes: int = 1) -> None:
        await self._table.put_item(self._items[kilobytes])

    async def query(self) -> list[Any]:
        condition = HashKey("org", item.ORG) & RangeKey("id").begins_with("item-")
        return [each async for each in self._table.query(condition)]

    async def batch_get(self) -> list[Any]:
        answer = await self._client.batch_get({item.TABLE: BatchGetRequest(keys=self._keys)})
        found: list[Any] = answer.items[item.TABLE]
        return found

    async def batch_write(self) -> None:
        await self._client.batch_write({item.TABLE: BatchWriteRequest(items_to_put=self._many)})

    async def transact(self) -> None:
        puts = [Put(item.TABLE, each) for each in self._many[:2]]
        update = Update(item.TABLE, self._keys[2], F("age").change(1), condition=F("age").lt(65))
        active = F("active").equals(True)  # noqa: FBT003  # aiodynamo's own face
        delete = Delete(item.TABLE, self._keys[3], condition=active)
        await self._client.transact_write_items([*puts, update, delete])

    async def stream(self, count: int) -> int:
        seen = 0
        async for _ in self._events.scan():
            seen += 1
            if seen == count:
                break
        return seen

    def decode(self, body: bytes) -> list[Any]:
        return [dy2py(each, self.numbers) for each in json.loads(body)["Items"]]

    def encode(self) -> bytes:
        return json.dumps({"TableName": item.TABLE, "Item": py2dy(self._items[1])}).encode()

    def read(self, found: Any) -> dict[str, Any]:
        moment = item.datetime.fromisoformat(found["created_at"])
        return found | {"created_at": moment, "balance": Decimal(found["balance"])}

    async def close(self) -> None:
        await self._stack.aclose()


async def connect() -> tuple[AsyncExitStack, Any]:
    """A session and what closes it."""
    import aiohttp
    from aiodynamo.http.aiohttp import AIOHTTP

    stack = AsyncExitStack()
    connector = aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=IDLE)
    return stack, AIOHTTP(await stack.enter_async_context(aiohttp.ClientSession(connector=connector)))


async def setup(endpoint: str) -> Client:
    return Client(*await connect(), endpoint)
