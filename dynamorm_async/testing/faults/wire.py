"""Reading HTTP messages from a stream, one after another."""

from __future__ import annotations

import asyncio
from collections import deque

import attrs
import httptools

from dynamorm_async.testing.faults.messages import Response

__all__ = ["BrokenMessageError", "IncomingRequest", "RequestReader", "ResponseReader"]

_CHUNK = 65536


class BrokenMessageError(Exception):
    """What arrived is not HTTP, or ended in the middle."""


@attrs.define(slots=True, eq=False)
class _Message:
    """A message as far as it has arrived."""

    headers: dict[str, str] = attrs.field(factory=dict[str, str])
    pieces: list[bytes] = attrs.field(factory=list[bytes])
    url: bytes = b""
    has_head: bool = False
    complete: bool = False

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)


@attrs.define(slots=True, eq=False)
class _Collector:
    """Gathers what the parser finds; a message is in the queue from its first byte."""

    messages: deque[_Message] = attrs.field(factory=deque[_Message])

    def on_message_begin(self) -> None:
        self.messages.append(_Message())

    def on_url(self, url: bytes) -> None:
        self.messages[-1].url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.messages[-1].headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self.messages[-1].has_head = True

    def on_body(self, body: bytes) -> None:
        self.messages[-1].pieces.append(body)

    def on_message_complete(self) -> None:
        self.messages[-1].complete = True


async def _feed(
    reader: asyncio.StreamReader, parser: httptools.HttpRequestParser | httptools.HttpResponseParser
) -> bool:
    """Hand the parser what arrives next; False at the end of the stream."""
    data = await reader.read(_CHUNK)
    if not data:
        return False
    try:
        parser.feed_data(data)
    except httptools.HttpParserError as error:
        raise BrokenMessageError(str(error)) from error
    return True


@attrs.frozen(slots=True)
class IncomingRequest:
    """The head of a request; its body may still be on the way."""

    method: str
    path: str
    headers: dict[str, str]
    keep_alive: bool


class RequestReader:
    """Reads the requests of one connection."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._found = _Collector()
        self._parser = httptools.HttpRequestParser(self._found)

    async def head(self) -> IncomingRequest | None:
        """The head of the next request, or None when the client has left.

        Raises:
            BrokenMessageError: It is not HTTP.
        """
        while not (self._found.messages and self._found.messages[0].has_head):
            if not await _feed(self._reader, self._parser):
                return None
        message = self._found.messages[0]
        keep_alive = (
            message.headers.get("connection", "").lower() != "close" and self._parser.get_http_version() != "1.0"
        )
        method = self._parser.get_method().decode("latin-1")
        return IncomingRequest(method, message.url.decode("latin-1"), message.headers, keep_alive)

    async def body(self) -> bytes:
        """The rest of that request.

        Raises:
            BrokenMessageError: The client left in the middle of it.
        """
        while not self._found.messages[0].complete:
            if not await _feed(self._reader, self._parser):
                raise BrokenMessageError("the client left in the middle of a request")
        return self._found.messages.popleft().body

    async def until_the_client_leaves(self) -> None:
        """Wait, and throw away what still comes."""
        while await self._reader.read(_CHUNK):
            pass


class ResponseReader:
    """Reads the responses of one connection."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._found = _Collector()
        self._parser = httptools.HttpResponseParser(self._found)

    async def next(self) -> Response:
        """The next response, whole.

        Raises:
            BrokenMessageError: It is not HTTP, or ended in the middle.
        """
        found = self._found.messages
        while not (found and found[0].complete):
            if not await _feed(self._reader, self._parser):
                break
        if not found or not (found[0].complete or self._ends_with_the_stream(found[0])):
            raise BrokenMessageError("the connection ended in the middle of a response")
        message = found.popleft()
        return Response(self._parser.get_status_code(), message.body, message.headers)

    @staticmethod
    def _ends_with_the_stream(message: _Message) -> bool:
        return message.has_head and not message.headers.keys() & {"content-length", "transfer-encoding"}
