"""Asks an engine for its tables, which is the first thing that only a working DynamoDB can answer."""

from __future__ import annotations

import anyio
import attrs
import httptools

__all__ = ["answers"]

PROBE_SECONDS = 2.0
BODY = b"{}"
# Engines read the region from the credential scope and check no signature.
REQUEST = (
    b"POST / HTTP/1.1\r\n"
    b"Host: localhost\r\n"
    b"Connection: close\r\n"
    b"Content-Type: application/x-amz-json-1.0\r\n"
    b"X-Amz-Target: DynamoDB_20120810.ListTables\r\n"
    b"X-Amz-Date: 20200101T000000Z\r\n"
    b"Authorization: AWS4-HMAC-SHA256 Credential=000000000000/20200101/us-east-1/dynamodb/aws4_request, "
    b"SignedHeaders=host, Signature=0\r\n"
    b"Content-Length: 2\r\n\r\n" + BODY
)


@attrs.define(slots=True)
class Answer:
    """Collects a reply; the method names are httptools'."""

    body: bytes = b""
    complete: bool = False

    def on_body(self, data: bytes) -> None:
        """Take a piece of the body."""
        self.body += data

    def on_message_complete(self) -> None:
        """Take note of the end."""
        self.complete = True


async def ask(host: str, port: int) -> bool:
    """Send the request and judge the reply."""
    answer = Answer()
    parser = httptools.HttpResponseParser(answer)
    async with await anyio.connect_tcp(host, port) as stream:
        await stream.send(REQUEST)
        while not answer.complete:
            parser.feed_data(await stream.receive())
    return parser.get_status_code() == 200 and b'"TableNames"' in answer.body


async def answers(host: str, port: int) -> bool:
    """Whether a DynamoDB listens there; False too when it takes longer than `PROBE_SECONDS`."""
    unready = (OSError, anyio.EndOfStream, anyio.BrokenResourceError, httptools.HttpParserError)
    with anyio.move_on_after(PROBE_SECONDS):
        try:
            return await ask(host, port)
        except unready:
            return False
    return False
