"""Requests and responses as the fault server sees them: plain values."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from email.utils import formatdate
from http import HTTPStatus
from typing import Any, cast

import attrs
import msgspec

__all__ = ["CONTENT_TYPE", "Request", "Response", "crc32"]

_PHRASES: Mapping[int, str] = {status.value: status.phrase for status in HTTPStatus}
CONTENT_TYPE = "application/x-amz-json-1.0"
_FRAMING = frozenset({"connection", "content-length", "keep-alive", "transfer-encoding"})
"""Headers that belong to one connection and are written anew for the next."""


def crc32(body: bytes) -> str:
    """The ``x-amz-crc32`` header that fits this body."""
    return str(zlib.crc32(body))


@attrs.frozen(slots=True)
class Request:
    """A request that arrived.

    Attributes:
        number: Its place among all requests of this server, from 1.
        connection: The place of its connection among all connections, from 1.
        method: ``POST``, for DynamoDB.
        path: ``/``, for DynamoDB.
        headers: By lower-case name.
        body: Its bytes; empty if the fault struck before they were read.
    """

    number: int
    connection: int
    method: str
    path: str
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)
    keep_alive: bool = attrs.field(default=True, repr=False)

    @property
    def operation(self) -> str:
        """DynamoDB's name of the operation, or an empty string."""
        return self.headers.get("x-amz-target", "").rpartition(".")[2]

    @property
    def json(self) -> Any:
        """The decoded body, or None if it is not JSON."""
        try:
            return msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            return None

    @property
    def tables(self) -> frozenset[str]:
        """The tables that the request names."""
        content = self.json
        return frozenset(_tables(cast("dict[str, Any]", content))) if isinstance(content, dict) else frozenset()

    def encode(self) -> bytes:
        """The bytes to pass it on with."""
        lines = [f"{self.method} {self.path} HTTP/1.1", *_header_lines(self.headers, len(self.body))]
        return "\r\n".join(lines).encode("latin-1") + self.body


def _tables(content: Mapping[str, Any]) -> Iterator[str]:
    if "TableName" in content:
        yield content["TableName"]
    yield from content.get("RequestItems") or ()
    for action in content.get("TransactItems") or ():
        yield from (part["TableName"] for part in action.values() if "TableName" in part)


def _header_lines(headers: Mapping[str, str], length: int | None) -> Iterator[str]:
    yield from (f"{name}: {value}" for name, value in headers.items() if name not in _FRAMING)
    yield "transfer-encoding: chunked" if length is None else f"content-length: {length}"
    yield "\r\n"


@attrs.frozen(slots=True)
class Response:
    """An answer to send.

    Attributes:
        status: The HTTP status.
        body: Its bytes.
        headers: By lower-case name; length and framing are added when it is sent.
    """

    status: int = 200
    body: bytes = attrs.field(default=b"{}", repr=False)
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)

    @classmethod
    def of(cls, content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
        """An answer as DynamoDB gives it: JSON, with its checksum and the time.

        Args:
            content: What to encode; bytes are taken as they are.
            status: The HTTP status.
            headers: More headers, or others.
        """
        body = content if isinstance(content, bytes) else msgspec.json.encode(content)
        usual = {"content-type": CONTENT_TYPE, "date": formatdate(usegmt=True), "x-amz-crc32": crc32(body)}
        return cls(status, body, usual | {name.lower(): value for name, value in (headers or {}).items()})

    @property
    def json(self) -> Any:
        """The decoded body."""
        return msgspec.json.decode(self.body)

    def with_headers(self, headers: Mapping[str, str]) -> Response:
        """A copy with these headers added or replaced."""
        return attrs.evolve(self, headers={**self.headers, **{name.lower(): value for name, value in headers.items()}})

    def with_json(self, content: object) -> Response:
        """A copy with another body, and the checksum of that body."""
        body = msgspec.json.encode(content)
        return attrs.evolve(self, body=body).with_headers({"x-amz-crc32": crc32(body)})

    def head(self, length: int | None) -> bytes:
        """The status line and headers, up to the empty line; ``length`` None announces chunks."""
        phrase = _PHRASES.get(self.status, "Unknown")
        lines = [f"HTTP/1.1 {self.status} {phrase}", *_header_lines(self.headers, length)]
        return "\r\n".join(lines).encode("latin-1")

    def encode(self) -> bytes:
        """The bytes to answer with."""
        return self.head(len(self.body)) + self.body
