"""A scripted server on loopback, and transports that talk to it, on asyncio's loop and on uvloop."""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
import uvloop

from dynamorm_async._ops.effects import Attempt, Call
from dynamorm_async.transports import Credentials, DirectTransport
from dynamorm_async.transports.credentials import FixedCredentials
from dynamorm_async.transports.endpoints import EndpointOptions
from dynamorm_async.transports.pool import PoolLimits

Script = Callable[["Wire"], Awaitable[None]]
ITEM = b'{"Item":{"id":{"S":"1"}}}'


@pytest.hookimpl(optionalhook=True)
def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> dict[str, Any]:
    """Every asynchronous test here runs on both loops."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


class Wire:
    """The server's side of one connection."""

    def __init__(self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server, self.reader, self.writer = server, reader, writer

    async def request(self) -> bytes | None:
        """One whole request; None at the end of the stream."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            return head + await self.reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    async def send(self, data: bytes) -> None:
        """Write and flush."""
        self.writer.write(data)
        with contextlib.suppress(ConnectionError):
            await self.writer.drain()

    def reset(self) -> None:
        """Close so that the peer sees a reset."""
        import socket
        import struct

        found = self.writer.get_extra_info("socket")
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


class Server:
    """Answers each request by the next script, or with an item when there is none left.

    Attributes:
        requests: All that was received.
        connections: How many were accepted.
        ended: How many have been closed by the client.
    """

    def __init__(self) -> None:
        self.scripts: deque[Script] = deque()
        self.requests: list[bytes] = []
        self.connections = 0
        self.ended = 0
        self.port = 0
        self._server: asyncio.Server | None = None
        self.wires: set[Wire] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()

    @property
    def url(self) -> str:
        """Its endpoint."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self, **options: Any) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, **options)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close the listener and every connection."""
        if self._server is not None:
            self._server.close()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def change(self) -> None:
        """Wait until something has happened."""
        await self._changed.wait()
        self._changed.clear()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for a state of the server."""
        while not condition():
            await self.change()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = Wire(self, reader, writer)
        self.wires.add(wire)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        self._changed.set()
        try:
            while (request := await wire.request()) is not None:
                self.requests.append(request)
                self._changed.set()
                script = self.scripts.popleft() if self.scripts else answer()
                await script(wire)
        except asyncio.CancelledError:
            pass  # from `stop`; asyncio's streams would log it
        finally:
            self.ended += 1
            self._tasks.discard(task)
            self.wires.discard(wire)
            self._changed.set()
            writer.transport.abort()


def rendered(body: bytes = ITEM, status: str = "200 OK", headers: dict[str, str] | None = None) -> bytes:
    """An answer as DynamoDB sends it."""
    fields = {
        "Content-Type": "application/x-amz-json-1.0",
        "Content-Length": str(len(body)),
        "x-amzn-RequestId": "REQUEST",
        "x-amz-crc32": str(zlib.crc32(body)),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in (fields | (headers or {})).items() if value)
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


def answer(body: bytes = ITEM, status: str = "200 OK", headers: dict[str, str] | None = None) -> Script:
    """Answer and keep the connection."""

    async def script(wire: Wire) -> None:
        await wire.send(rendered(body, status, headers))

    return script


def raw(data: bytes, *, close: bool = False, reset: bool = False) -> Script:
    """Send just these bytes, then perhaps close, or reset."""

    async def script(wire: Wire) -> None:
        await wire.send(data)
        if reset:
            wire.reset()
        elif close:
            wire.writer.close()

    return script


def wait_for(event: asyncio.Event, then: Script | None = None) -> Script:
    """Answer when the test says so."""

    async def script(wire: Wire) -> None:
        await event.wait()
        await (then or answer())(wire)

    return script


@pytest.fixture
def scripts() -> Any:
    """The scripts, by name."""
    from types import SimpleNamespace

    return SimpleNamespace(answer=answer, raw=raw, wait_for=wait_for, rendered=rendered, ITEM=ITEM, Server=Server)


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    """A scripted server."""
    made = Server()
    await made.start()
    yield made
    await made.stop()


def make_transport(url: str, *, source: Any = None, options: dict[str, Any] | None = None, **limits: Any) -> Any:
    """A direct transport to that URL."""
    return DirectTransport(
        region="us-east-1",
        options=EndpointOptions(endpoint_url=url, streams_endpoint_url=url),
        source=source or FixedCredentials(Credentials("AKID", "secret")),
        limits=PoolLimits(**limits),
        **(options or {}),
    )


@pytest_asyncio.fixture
async def connect() -> AsyncIterator[Callable[..., DirectTransport]]:
    """Makes transports and closes them at the end."""
    made: list[DirectTransport] = []

    def make(server: Server | str, **options: Any) -> DirectTransport:
        url = server if isinstance(server, str) else server.url
        made.append(make_transport(url, **options))
        return made[-1]

    yield make
    for transport in made:
        await transport.aclose()


@pytest.fixture
def get() -> Call:
    """A read."""
    return Call("GetItem", b'{"TableName":"users","Key":{"id":{"S":"1"}}}', table="users")


@pytest.fixture
def attempt() -> Attempt:
    """An attempt without a deadline."""
    return Attempt()
