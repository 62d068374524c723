"""A bare DynamoDB client, so that nothing on the wire is hidden, repaired or retried."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import zlib
from collections.abc import AsyncIterator
from typing import Any

import attrs
import msgspec

from dynamorm_async.testing.faults import Fault, FaultServer, ScriptedServer


@attrs.frozen
class Reply:
    """What a client got."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The decoded body."""
        return msgspec.json.decode(self.body)

    @property
    def code(self) -> str:
        """The service's error code."""
        return self.json["__type"].rpartition("#")[2]

    @property
    def sound(self) -> bool:
        """Whether the checksum fits."""
        return self.headers["x-amz-crc32"] == str(zlib.crc32(self.body))


class Client:
    """A bare client on one connection, so that nothing is hidden or repaired on the way."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def write(self, operation: str, content: object = None, headers: str = "") -> None:
        """Send a request."""
        body = msgspec.json.encode({} if content is None else content)
        self.writer.write(
            f"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: DynamoDB_20120810.{operation}\r\n{headers}"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )

    async def read(self) -> Reply:
        """Read an answer of a stated length."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        return Reply(int(first.split()[1]), headers, await self.reader.readexactly(int(headers["content-length"])))

    async def call(self, operation: str = "GetItem", content: object = None, headers: str = "") -> Reply:
        """Send a request and read its answer."""
        self.write(operation, content, headers)
        return await self.read()

    async def rest(self) -> bytes:
        """Everything that still comes."""
        return await self.reader.read()


@contextlib.asynccontextmanager
async def connected(server: ScriptedServer, tls: ssl.SSLContext | None = None) -> AsyncIterator[Client]:
    """A client of this server."""
    port = int(server.endpoint.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


@contextlib.asynccontextmanager
async def serving(*script: Fault, answer: Any = None) -> AsyncIterator[tuple[FaultServer, Client]]:
    """A server and a client of it."""
    async with FaultServer(script, answer) as server, connected(server) as client:
        yield server, client
