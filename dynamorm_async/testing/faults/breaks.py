"""Faults of the wire: answers that are lost, cut, slow, doubled or endless."""

from __future__ import annotations

from typing import Literal, Self, Unpack

import attrs

from dynamorm_async.testing.faults.exchange import Exchange
from dynamorm_async.testing.faults.messages import Response
from dynamorm_async.testing.faults.script import Fault, Moment, Where

__all__ = ["Cut", "Delay", "Drip", "Duplicate", "Flood", "Hang", "HangUp", "HeaderBomb", "Reset"]

MEBIBYTE = 1024 * 1024


@attrs.frozen(slots=True)
class Reset(Fault):
    """The connection is reset. Say when, by one of the three constructors.

    Attributes:
        when: The moment.
        applied: Whether the request is carried out all the same.
    """

    when: Moment = Moment.REQUEST
    applied: bool = attrs.field(default=True, kw_only=True)

    @classmethod
    def on_connect(cls, **where: Unpack[Where]) -> Self:
        """As soon as the connection is made. Strikes when it is the next step of the script."""
        return cls(Moment.CONNECTION, applied=False, **where)

    @classmethod
    def before_request(cls, **where: Unpack[Where]) -> Self:
        """When the head of the request has arrived; the request is not carried out."""
        return cls(Moment.HEAD, applied=False, **where)

    @classmethod
    def after_request(cls, *, applied: bool = True, **where: Unpack[Where]) -> Self:
        """When the request has been read, and (unless ``applied=False``) carried out: the answer is lost."""
        return cls(Moment.REQUEST, applied=applied, **where)

    @property
    def moment(self) -> Moment:
        """When it strikes."""
        return self.when

    async def play(self, exchange: Exchange) -> None:
        """Reset, after carrying out what was asked if so scripted."""
        if self.applied:
            await exchange.carry_out()
        exchange.wire.reset()


@attrs.frozen(slots=True)
class Cut(Fault):
    """The request is carried out, and its answer ends too early, in good order (FIN).

    Attributes:
        after: How many bytes still arrive.
        part: Counted from the start of the answer's body, or of its head.
        chunked: Whether the body comes in chunks rather than with a length.
    """

    after: int = 0
    part: Literal["head", "body"] = attrs.field(default="body", kw_only=True)
    chunked: bool = attrs.field(default=False, kw_only=True)

    @classmethod
    def before_head(cls, **where: Unpack[Where]) -> Self:
        """Not a byte of the answer arrives."""
        return cls(0, part="head", **where)

    async def play(self, exchange: Exchange) -> None:
        """Send the beginning of the answer."""
        response = await exchange.carry_out()
        head = response.head(None if self.chunked else len(response.body))
        if self.part == "head":
            await exchange.wire.send(head[: self.after])
        else:
            await exchange.wire.send(head + self._beginning(response.body))
        exchange.wire.finish()

    def _beginning(self, body: bytes) -> bytes:
        announced = f"{len(body):x}\r\n".encode() if self.chunked else b""
        return announced + body[: self.after]


@attrs.frozen(slots=True)
class HangUp(Fault):
    """The request is answered, and then the connection closed without a word, as an idle limit does."""

    async def play(self, exchange: Exchange) -> None:
        """Answer, and close."""
        await exchange.respond(await exchange.carry_out())
        exchange.wire.finish()


@attrs.frozen(slots=True)
class Hang(Fault):
    """No answer, or only the first so many bytes of it, until the client gives up.

    Attributes:
        after: How many bytes of the answer still arrive.
        applied: Whether the request is carried out.
    """

    after: int = 0
    applied: bool = attrs.field(default=True, kw_only=True)

    async def play(self, exchange: Exchange) -> None:
        """Send the beginning, and fall silent."""
        response = await exchange.carry_out() if self.applied else Response.of({})
        if self.after:
            await exchange.wire.send(response.encode()[: self.after])
        await exchange.until_the_client_leaves()


@attrs.frozen(slots=True)
class Drip(Fault):
    """The answer arrives in drops.

    Attributes:
        size: Bytes in a drop.
        interval: Seconds between drops.
    """

    size: int = attrs.field(default=1, validator=attrs.validators.ge(1))
    interval: float = 0.3

    async def play(self, exchange: Exchange) -> None:
        """Carry out, and answer drop by drop."""
        answer = (await exchange.carry_out()).encode()
        for start in range(0, len(answer), self.size):
            await exchange.wire.send(answer[start : start + self.size])
            await exchange.sleep(self.interval)


@attrs.frozen(slots=True)
class Delay(Fault):
    """The answer comes late.

    Attributes:
        seconds: By how much.
        before: Whether the request is carried out late too; otherwise at once, and only the answer waits.
    """

    seconds: float
    before: bool = attrs.field(default=False, kw_only=True)

    async def play(self, exchange: Exchange) -> None:
        """Wait, before or after carrying out, and answer."""
        if self.before:
            await exchange.sleep(self.seconds)
        response = await exchange.carry_out()
        if not self.before:
            await exchange.sleep(self.seconds)
        await exchange.respond(response)


@attrs.frozen(slots=True)
class Duplicate(Fault):
    """The request is carried out twice, as when something on the way repeats it.

    Attributes:
        answer: Which of the two answers the client gets.
    """

    answer: Literal["first", "second"] = "first"

    async def play(self, exchange: Exchange) -> None:
        """Carry out twice, and answer once."""
        first, second = await exchange.carry_out(), await exchange.carry_out()
        await exchange.respond(first if self.answer == "first" else second)


@attrs.frozen(slots=True)
class Flood(Fault):
    """An answer without end.

    Attributes:
        size: Bytes of body, in all.
        chunked: Whether they come in chunks; otherwise the length is announced.
    """

    size: int = 600 * MEBIBYTE
    chunked: bool = attrs.field(default=False, kw_only=True)

    async def play(self, exchange: Exchange) -> None:
        """Send until the client has had enough."""
        await exchange.wire.send(Response.of({}).head(None if self.chunked else self.size))
        piece = b" " * (MEBIBYTE // 16)
        for sent in range(0, self.size, len(piece)):
            await self._send(exchange, piece[: self.size - sent])
        if self.chunked:
            await exchange.wire.send(b"0\r\n\r\n")

    async def _send(self, exchange: Exchange, piece: bytes) -> None:
        await exchange.wire.send(b"%x\r\n%b\r\n" % (len(piece), piece) if self.chunked else piece)


@attrs.frozen(slots=True)
class HeaderBomb(Fault):
    """The right answer under a heap of headers.

    Attributes:
        count: How many.
        size: Bytes in each value.
    """

    count: int = 10_000
    size: int = 100

    async def play(self, exchange: Exchange) -> None:
        """Carry out, and answer with the heap."""
        heap = {f"x-heap-{number}": "x" * self.size for number in range(self.count)}
        await exchange.respond((await exchange.carry_out()).with_headers(heap))
