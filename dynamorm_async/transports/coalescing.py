"""A transport that merges the GetItem requests of one turn of the event loop into BatchGetItem requests."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec

from dynamorm_async._expr.evaluate import comparable
from dynamorm_async._ops.effects import Attempt, Call, Reply
from dynamorm_async.abc import Transport
from dynamorm_async.errors import TransportError
from dynamorm_async.types import AttributeValue

__all__ = ["CoalescingTransport"]

_MOST_KEYS = 100
"""Keys of one BatchGetItem. Source: API reference of BatchGetItem."""


class _Get(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a GetItem that can be merged: one with a projection cannot, as the others do not share it."""

    TableName: str
    Key: msgspec.Raw
    ConsistentRead: bool = False


_Key: TypeAlias = dict[str, dict[str, str]]


class _Left(msgspec.Struct):
    Keys: list[_Key]


class _Got(msgspec.Struct):
    Responses: dict[str, list[msgspec.Raw]]
    UnprocessedKeys: dict[str, _Left] | None = None


_decode_get = msgspec.json.Decoder(_Get).decode
_decode_got = msgspec.json.Decoder(_Got).decode
_decode_item = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_key = msgspec.json.Decoder(_Key).decode
_decode_value = msgspec.json.Decoder(dict[str, str]).decode
_encode = msgspec.json.Encoder().encode

_NO_ANSWER = (TransportError, msgspec.DecodeError, RecursionError, KeyError, ValueError, ArithmeticError)
"""What sending a batch raises, and reading an answer that is none: no JSON, no keys, no numbers where those must be."""

_Bodies: TypeAlias = dict[bytes, bytes]
"""Answer bodies by request body."""


class _Batch(msgspec.Struct, eq=False):
    """The requests that wait for the end of this turn. The first of them sends for all."""

    answered: asyncio.Future[_Bodies | None]
    gets: dict[bytes, _Get] = msgspec.field(default_factory=dict[bytes, _Get])
    """By request body, so that equal requests become one."""


class CoalescingTransport:
    """Merges concurrent single reads: ``gather(get(1), ..., get(100))`` becomes one request.

    Costs one turn of the event loop for each lone read. What a batch leaves unprocessed, and every request of a batch
    that fails, is sent singly, so errors, retries and outcomes are those of single reads.

    Args:
        inner: Moves what is not merged, and the batches. Closed with this.
    """

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self._waiting: dict[tuple[str, bool], _Batch] = {}

    async def send(self, call: Call, attempt: Attempt) -> Reply:
        """Send once, perhaps as part of a batch."""
        get = _mergeable(call) if attempt.number == 1 else None
        if get is None:
            return await self._inner.send(call, attempt)
        place = (get.TableName, get.ConsistentRead)
        batch = self._waiting.get(place)
        if batch is None or len(batch.gets) >= _MOST_KEYS:
            bodies = await self._lead(place, call, get, attempt)
        else:
            batch.gets[call.body] = get
            # Shielded: who waits may be cancelled, the others' answer may not.
            bodies = await asyncio.shield(batch.answered)
        body = None if bodies is None else bodies.get(call.body)
        return await self._inner.send(call, attempt) if body is None else Reply(200, body)

    async def recover(self, code: str, reply: Reply) -> bool:
        """As the inner transport does."""
        return await self._inner.recover(code, reply)

    async def aclose(self) -> None:
        """Close the inner transport."""
        await self._inner.aclose()

    async def _lead(self, place: tuple[str, bool], call: Call, get: _Get, attempt: Attempt) -> _Bodies | None:
        batch = self._waiting[place] = _Batch(asyncio.get_running_loop().create_future())
        batch.gets[call.body] = get
        bodies: _Bodies | None = None
        try:
            await asyncio.sleep(0)
            self._close(place, batch)
            if len(batch.gets) > 1:
                bodies = await self._send_batch(place, batch, attempt)
        finally:
            # Also when cancelled: the others then find no answer and send for themselves.
            self._close(place, batch)
            batch.answered.set_result(bodies)
        return bodies

    def _close(self, place: tuple[str, bool], batch: _Batch) -> None:
        if self._waiting.get(place) is batch:
            del self._waiting[place]

    async def _send_batch(self, place: tuple[str, bool], batch: _Batch, attempt: Attempt) -> _Bodies | None:
        table, consistent = place
        keys = [get.Key for get in batch.gets.values()]
        wanted: dict[str, Any] = {"Keys": keys} | ({"ConsistentRead": True} if consistent else {})
        call = Call("BatchGetItem", _encode({"RequestItems": {table: wanted}}), table=table)
        try:
            reply = await self._inner.send(call, attempt)
            return _assigned(batch, _decode_got(reply.body), table) if reply.status == 200 else None
        except _NO_ANSWER:
            return None


def _mergeable(call: Call) -> _Get | None:
    if call.operation != "GetItem":
        return None
    try:
        return _decode_get(call.body)
    except msgspec.ValidationError:
        return None


def _assigned(batch: _Batch, got: _Got, table: str) -> _Bodies:
    """Each request's answer: its item, or nothing where the table has none; unprocessed ones have no answer."""
    keys = {body: _decode_key(get.Key) for body, get in batch.gets.items()}
    names = next(iter(keys.values())).keys()
    left = (got.UnprocessedKeys or {}).get(table)
    unprocessed = {_identity(key) for key in (() if left is None else left.Keys)}
    found: dict[Any, msgspec.Raw] = {}
    for item in got.Responses.get(table, ()):
        fields = _decode_item(item)
        found[_identity({name: _decode_value(fields[name]) for name in names})] = item
    bodies: _Bodies = {}
    for body, key in keys.items():
        identity = _identity(key)
        if identity in found:
            bodies[body] = b'{"Item":' + bytes(found[identity]) + b"}"
        elif identity not in unprocessed:
            bodies[body] = b"{}"
    return bodies


def _identity(key: Mapping[str, AttributeValue]) -> Any:
    return tuple(sorted((name, comparable(value)) for name, value in key.items()))
