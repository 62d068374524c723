"""One HTTP/1.1 connection: writes a ready request, collects its answer, and knows whether it can be used again.

httptools parses. Its callbacks for headers and bodies are bound methods of a dict and a list, so they cost no Python
call; what is left in Python runs once per chunk and once per message.
"""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import ClassVar, Protocol, cast

import httptools
import msgspec

from dynamorm_async._ops.effects import Reply
from dynamorm_async._struct import Discretion
from dynamorm_async.errors import (
    ConnectionLostError,
    Outcome,
    ProtocolError,
    ResponseTooLargeError,
    TransportError,
)
from dynamorm_async.transports.replies import MAX_BODY, MAX_HEAD, Headers, flaw_of, raw_header

__all__ = ["Connection", "Exchange", "Owner"]


class Owner(Protocol):
    """The pool, as a connection knows it.

    Attributes:
        buffer: What is received goes here first. The connections of a loop can share it, because a loop fills it
            and hands it over in one step.
    """

    buffer: memoryview

    def release(self, connection: Connection) -> None:
        """The connection has finished an exchange and can be used again."""
        ...

    def lost(self, connection: Connection) -> None:
        """The connection is closed."""
        ...


class Exchange(Discretion, msgspec.Struct, eq=False):
    """One request and the answer it waits for.

    Attributes:
        request: Head and body; emptied once written, so that it is not kept while waiting.
        deadline: Of the call, on the pool's monotonic clock; infinite for none.
        expires: When the present stage (waiting for a connection, or for the answer) is given up.
        answer: Gets the reply, or None when it is this exchange's turn to open a connection.
        operation: What is asked for, by its wire name; it decides what an answer can be.
        connection: The one that carries it. Set once something may have been written.
        is_queued: Whether it counts as waiting for a connection.
        is_next: Whether it holds a place for a new connection.
    """

    hidden_fields: ClassVar[tuple[str, ...]] = ("request",)

    request: bytes
    deadline: float
    answer: asyncio.Future[Reply | None]
    operation: str = ""
    expires: float = 0.0
    connection: Connection | None = None
    is_queued: bool = False
    is_next: bool = False

    @property
    def outcome(self) -> Outcome:
        """What can be said about the request if it fails now."""
        return Outcome.NOT_APPLIED if self.connection is None else Outcome.UNKNOWN

    def fail(self, error: TransportError) -> None:
        """End it with an error, unless the caller is gone."""
        if not self.answer.done():
            self.answer.set_exception(error)


class Connection(asyncio.BufferedProtocol):
    """The client's side of one TCP or TLS connection, for one exchange at a time.

    Attributes:
        exchange: The exchange under way.
        idle_since: When the last one ended, on the pool's clock.
        received: Bytes of the present answer so far.
        noted: What of them the pool has seen when it looked last.
    """

    __slots__ = (
        "_answered", "_begun", "_buffer", "_chunks", "_is_reusable", "_owner", "_parser", "_raw", "_transport",
        "exchange", "idle_since", "noted", "received",
    )  # fmt: skip

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._buffer = owner.buffer
        self._transport: asyncio.Transport | None = None
        self._raw: dict[bytes, bytes] = {}
        self._chunks: list[bytes] = []
        self._begun: BytesIO | None = None
        self._answered: Reply | TransportError | None = None
        self._is_reusable = False
        self._parser = httptools.HttpResponseParser(self)
        self.exchange: Exchange | None = None
        self.idle_since: float = 0.0
        self.received: int = 0
        self.noted: int = 0

    # ------------------------------------------------------------ for the pool

    @property
    def is_open(self) -> bool:
        """Whether nothing is known that speaks against using it."""
        return self._transport is not None and not self._transport.is_closing()

    def fileno(self) -> int:
        """The socket's descriptor, or -1."""
        found = self._transport.get_extra_info("socket") if self._transport is not None else None
        return -1 if found is None else int(found.fileno())

    def begin(self, exchange: Exchange) -> None:
        """Write the request. From here on its outcome is unknown until it is answered."""
        if self._transport is None:  # closed in this very turn of the loop
            exchange.fail(ConnectionLostError("the connection was closed.", outcome=Outcome.NOT_APPLIED))
            return
        exchange.connection = self
        self.exchange = exchange
        self._transport.write(exchange.request)
        exchange.request = b""

    def abort(self) -> None:
        """Close at once; what is still on the wire is nobody's any more."""
        if self._transport is not None:
            self._transport.abort()

    def forget(self) -> None:
        """Let go of the transport, whose loop is closed and will never call back."""
        self._transport = None

    def fail(self, error: TransportError) -> None:
        """End the exchange with an error and close: after a broken answer the stream cannot be trusted."""
        exchange, self.exchange = self.exchange, None
        self.abort()
        if exchange is not None:
            exchange.fail(error)

    # ------------------------------------------------------------ asyncio's callbacks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Open."""
        self._transport = cast("asyncio.Transport", transport)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  asyncio's contract
        """Where to put what comes. Allocating bytes for each read costs up to 15 microseconds on asyncio's loop."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Parse what came."""
        if self.exchange is None:
            self.abort()  # nobody asked; whatever this is, it must not answer the next request
            return
        self.received += nbytes
        try:
            self._parser.feed_data(self._buffer[:nbytes])
        except httptools.HttpParserUpgrade:
            self.fail(ProtocolError("the endpoint wants to switch protocols."))
        except httptools.HttpParserError as error:
            self._parsing_failed(error)
        else:
            if self._answered is not None:
                self._finish(self._answered)
            elif self.received > MAX_HEAD:
                self._check_size()
                self._gather()

    def eof_received(self) -> None:
        """The peer will send no more. An answer without a length ends here; anything else is cut."""
        if (self._chunks or self._begun) and self._ends_with_connection():
            self._collect(is_reusable=False)
            if self._answered is not None:
                self._finish(self._answered)

    def connection_lost(self, exc: Exception | None) -> None:
        """Closed, by either side."""
        self._transport = None
        exchange, self.exchange = self.exchange, None
        if exchange is not None:
            exchange.fail(self._loss(exc))
        self._owner.lost(self)

    # ------------------------------------------------------------ the parser's callbacks

    @property
    def on_header(self) -> object:
        """Collects a header."""
        return self._raw.__setitem__

    @property
    def on_body(self) -> object:
        """Collects a part of the body."""
        return self._chunks.append

    def on_message_begin(self) -> None:
        """A second message in the same bytes was not asked for."""
        if self._answered is not None:
            self._is_reusable = False

    def on_message_complete(self) -> None:
        """One message is whole; interim ones (100 Continue) are passed over."""
        if self._answered is not None:
            return
        if self._parser.get_status_code() < 200:
            self._raw.clear()
            return
        self._collect(is_reusable=self._parser.should_keep_alive())

    # ------------------------------------------------------------ the end of an exchange

    def _collect(self, *, is_reusable: bool) -> None:
        """Take the answer out at once: the bytes of a surplus message would go into the same collections."""
        status, head, chunks = self._parser.get_status_code(), self._raw.copy(), self._chunks
        body = chunks[0] if len(chunks) == 1 and self._begun is None else self._gather().getvalue()
        chunks.clear()
        self._begun = None
        self._raw.clear()
        self._is_reusable = is_reusable
        operation = "" if self.exchange is None else self.exchange.operation
        self._answered = flaw_of(status, head, body, operation) or Reply(status, body, Headers(head))

    def _gather(self) -> BytesIO:
        """What there is of a long body, in one piece. Kept in parts to the end it would be in memory twice.

        That much memory the C library gives back to the system each time, and takes it again page by page.
        """
        if self._begun is None:
            self._begun = BytesIO()
        self._begun.writelines(self._chunks)
        self._chunks.clear()
        return self._begun

    def _finish(self, answered: Reply | TransportError) -> None:
        """Hand over the answer, and itself to the pool if it can be used again."""
        exchange, self.exchange, self._answered = self.exchange, None, None
        if exchange is None:
            return
        if isinstance(answered, TransportError):
            exchange.fail(answered)
            self._is_reusable = False
        elif not exchange.answer.done():
            exchange.answer.set_result(answered)
        if self._is_reusable:
            self.received = 0
            self._owner.release(self)
        else:
            self.abort()

    def _ends_with_connection(self) -> bool:
        return raw_header(self._raw, b"content-length") is None and raw_header(self._raw, b"transfer-encoding") is None

    def _check_size(self) -> None:
        if not self._chunks and self._begun is None:
            self.fail(ResponseTooLargeError(f"the answer's headers are larger than {MAX_HEAD} bytes; reading stopped."))
        elif self.received > MAX_BODY + MAX_HEAD:
            self.fail(
                ResponseTooLargeError(
                    f"the answer is larger than {MAX_BODY} bytes; reading stopped.",
                    hint="No answer of DynamoDB is. Check the endpoint.",
                )
            )

    def _parsing_failed(self, error: Exception) -> None:
        if self._answered is not None:  # what follows a whole answer does not damage it
            self._is_reusable = False
            self._finish(self._answered)
            return
        flaw = ProtocolError(f"the answer is no HTTP ({type(error).__name__}).")
        # The traceback would keep the received bytes, and with them stored values, reachable from an exception.
        flaw.__cause__ = error.with_traceback(None)
        self.fail(flaw)

    def _loss(self, cause: Exception | None) -> ConnectionLostError:
        stage = "in the middle of the answer" if self.received else "before an answer came"
        error = ConnectionLostError(f"the connection broke {stage}.")
        error.__cause__ = cause
        return error
