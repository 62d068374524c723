"""One request and what a fault can do about it."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Awaitable, Callable

import attrs

from dynamorm_async.testing.faults.messages import Request, Response
from dynamorm_async.testing.faults.wire import RequestReader

__all__ = ["Exchange", "Wire"]

_NO_LINGER = struct.pack("ii", 1, 0)
"""Closing then sends RST and drops what is unsent, as a crashed peer or an impatient middlebox does."""


@attrs.define(slots=True, eq=False)
class Wire:
    """The client's connection.

    Attributes:
        number: Its place among all connections of the server, from 1.
        sent: Bytes sent on it.
        closed: Whether this side has ended it.
    """

    number: int
    reader: RequestReader
    writer: asyncio.StreamWriter
    sent: int = 0
    closed: bool = False

    async def send(self, data: bytes) -> None:
        """Send, and wait until the client keeps up."""
        self.writer.write(data)
        await self.writer.drain()
        self.sent += len(data)

    def finish(self) -> None:
        """End the connection in order (FIN), after what was sent."""
        self.closed = True
        self.writer.close()

    def reset(self) -> None:
        """End the connection by RST."""
        self.closed = True
        connection = self.writer.get_extra_info("socket")
        if connection is not None and connection.fileno() >= 0:
            # Options belong to the socket and not to the descriptor, so a copy serves, also where the loop lends
            # only a look-alike (uvloop).
            with socket.socket(fileno=os.dup(connection.fileno())) as copy:
                copy.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.writer.transport.abort()


@attrs.define(slots=True, eq=False)
class Exchange:
    """What a fault plays with: a request, the engine (or answer function) behind, and the client's connection.

    Attributes:
        request: The request.
        wire: The client's connection.
    """

    request: Request
    wire: Wire
    _carry_out: Callable[[Request], Awaitable[Response]]

    async def carry_out(self, request: Request | None = None) -> Response:
        """Have the request (or another in its place) carried out, and keep the answer back."""
        return await self._carry_out(request or self.request)

    async def respond(self, response: Response) -> None:
        """Send a whole answer."""
        await self.wire.send(response.encode())

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    async def until_the_client_leaves(self) -> None:
        """Keep silent until the client closes the connection, then end it here too."""
        await self.wire.reader.until_the_client_leaves()
        self.wire.finish()
