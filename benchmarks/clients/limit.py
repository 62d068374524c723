# /// script
# dependencies = []
# ///
"""The limit: ready signed bytes out, the right number of bytes back in, nothing parsed and nothing built.

No client in this language on this event loop can cost less, since it has to do this much and its own work besides.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections import deque
from typing import Any
from urllib.parse import urlsplit

from benchmarks import item
from benchmarks.clients._limits import CONNECTIONS

LABEL = "limit: signed bytes, no parsing"
MODELS = False

_AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/eu-west-1/dynamodb/aws4_request, "
    "SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=" + "0" * 64
)


class Connection(asyncio.Protocol):
    """Counts bytes until the answer is whole."""

    def __init__(self) -> None:
        self.waiter: asyncio.Future[int] | None = None
        self._left = 0
        self._size = 0

    def connection_made(self, transport: Any) -> None:  # asyncio's or uvloop's
        """Keep the way out."""
        self.write, self.close = transport.write, transport.close

    def data_received(self, data: bytes) -> None:
        """Find the length once, then count."""
        if not self._left:
            start = data.find(b"Content-Length: ") + 16
            length = int(data[start : data.find(b"\r", start)])
            self._size = self._left = data.find(b"\r\n\r\n") + 4 + length
        self._left -= len(data)
        if not self._left and self.waiter is not None:
            self.waiter.set_result(self._size)
            self.waiter = None


def _request(host: str, operation: str, body: dict[str, Any]) -> bytes:
    data = json.dumps(body, separators=(",", ":")).encode()
    head = (
        "POST / HTTP/1.1\r\n"
        f"Host: {host}\r\n"
        "Content-Type: application/x-amz-json-1.0\r\n"
        f"X-Amz-Target: DynamoDB_20120810.{operation}\r\n"
        "X-Amz-Date: 20261121T100000Z\r\n"
        f"Authorization: {_AUTHORIZATION}\r\n"
        f"Content-Length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data


def _wire(values: dict[str, Any]) -> dict[str, Any]:
    return {name: item.wire(value) for name, value in values.items()}


class Client:
    """Connections kept LIFO, at most as many as every client has."""

    def __init__(self, endpoint: str) -> None:
        parts = urlsplit(endpoint)
        self._host, self._port = parts.hostname, parts.port
        self._idle: list[Connection] = []
        self._queue: deque[asyncio.Future[Connection]] = deque()
        self._made = 0
        self._ready = {name: _request(parts.netloc, *each) for name, each in _bodies().items()}

    async def _send(self, name: str) -> int:
        loop = asyncio.get_running_loop()
        connection = self._idle.pop() if self._idle else await self._connect(loop)
        connection.waiter = waiter = loop.create_future()
        connection.write(self._ready[name])
        size: int = await waiter
        self._release(connection)
        return size

    async def _connect(self, loop: asyncio.AbstractEventLoop) -> Connection:
        if self._made < CONNECTIONS:
            self._made += 1
            return (await loop.create_connection(Connection, self._host, self._port))[1]
        self._queue.append(loop.create_future())
        return await self._queue[-1]

    def _release(self, connection: Connection) -> None:
        if self._queue:
            self._queue.popleft().set_result(connection)
        else:
            self._idle.append(connection)

    async def get(self) -> int:
        return await self._send("get")

    async def get_wide(self, width: int) -> int:
        return await self._send("get")

    async def put(self, kilobytes: int = 1) -> int:
        return await self._send(f"put-{kilobytes}")

    async def query(self) -> range:
        """As many items as that many bytes are likely to hold."""
        return range(100 if await self._send("query") < 500_000 else 1000)

    async def batch_get(self) -> range:
        await self._send("batch-get")
        return range(item.INDEXED)

    async def batch_write(self) -> int:
        return await self._send("batch-write")

    async def transact(self) -> int:
        return await self._send("transact")

    async def stream(self, count: int) -> int:
        seen = 0
        while seen < count:
            await self._send("scan")
            seen += item.EVENTS_PER_PAGE
        return seen

    async def close(self) -> None:
        for each in self._idle:
            each.close()


def _bodies() -> dict[str, tuple[str, dict[str, Any]]]:
    keys = [_wire(item.key(number)) for number in range(item.INDEXED)]
    puts = [{"PutRequest": {"Item": _wire(item.user_values(number))}} for number in range(25)]
    query = {
        "TableName": item.TABLE,
        "KeyConditionExpression": "#0 = :0 AND begins_with(#1, :1)",
        "ExpressionAttributeNames": {"#0": "org", "#1": "id"},
        "ExpressionAttributeValues": {":0": {"S": item.ORG}, ":1": {"S": "item-"}},
    }
    writes: list[dict[str, Any]] = [{"Put": {"TableName": item.TABLE, **each["PutRequest"]}} for each in puts[:2]]
    changes = {"ConditionExpression": "#0 < :0", "ExpressionAttributeNames": {"#0": "age"}}
    values = {"ExpressionAttributeValues": {":0": {"N": "65"}}}
    writes += [{"Delete": {"TableName": item.TABLE, "Key": key, **changes, **values}} for key in keys[2:4]]
    token = base64.b64encode(b"client-request-token").decode()
    return {
        "get": ("GetItem", {"TableName": item.TABLE, "Key": keys[0]}),
        "query": ("Query", query),
        "scan": ("Scan", {"TableName": item.EVENTS}),
        "batch-get": ("BatchGetItem", {"RequestItems": {item.TABLE: {"Keys": keys}}}),
        "batch-write": ("BatchWriteItem", {"RequestItems": {item.TABLE: puts}}),
        "transact": ("TransactWriteItems", {"ClientRequestToken": token, "TransactItems": writes}),
        **{
            f"put-{size}": ("PutItem", {"TableName": item.TABLE, "Item": _wire(item.user_values(0, size))})
            for size in (1, 10, 100)
        },
    }


async def setup(endpoint: str) -> Client:
    return Client(endpoint)
