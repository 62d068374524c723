"""From the bytes of an answer to instances, through one typed decoding."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache, cached_property
from typing import Any, TypeVar

import msgspec

from dynamorm_async._codec import ModelCodec
from dynamorm_async._ops.replies import (
    BatchGetReply,
    BatchWriteReply,
    CountReply,
    ErrorReply,
    ItemReply,
    ListReply,
    TransactGetReply,
    WriteReply,
    WriteRequest,
    consumed,
)
from dynamorm_async.errors import DecodeError, Outcome, ProtocolError
from dynamorm_async.types import Item

__all__ = [
    "Decoded",
    "check_answer",
    "decode_batch",
    "decode_count",
    "decode_item",
    "decode_items",
    "decode_raw_batch",
    "decode_raw_item",
    "decode_raw_items",
    "decode_raw_written",
    "decode_responses",
    "decode_unprocessed",
    "decode_written",
    "one_by_one",
]

T = TypeVar("T")


class Decoded(msgspec.Struct, frozen=True):
    """The results of one answer and what the service said about them."""

    items: list[Any]
    next: Item | None
    scanned: int
    capacity: float | None


def _decoder(reply: Any, wire: Any) -> Any:
    return msgspec.json.Decoder(reply[wire])


class _Decoders:
    """The envelope decoders of one model, made on first use."""

    def __init__(self, wire: Any) -> None:
        self._wire = wire

    @cached_property
    def batch(self) -> Any:
        return _decoder(BatchGetReply, self._wire)

    @cached_property
    def item(self) -> Any:
        return _decoder(ItemReply, self._wire)

    @cached_property
    def items(self) -> Any:
        return _decoder(ListReply, self._wire)

    @cached_property
    def written(self) -> Any:
        return _decoder(WriteReply, self._wire)


_raw = _Decoders(dict[str, dict[str, Any]])
_plain = cache(msgspec.json.Decoder)
"""The decoder of an answer without a model's items, made on first use, too."""


_NO_ANSWER = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
"""What decoding raises for something else than JSON, and for JSON nested deeper than any item."""


def _of(model: ModelCodec) -> _Decoders:
    found: _Decoders | None = model.envelopes
    if found is None:
        found = model.envelopes = _Decoders(model.wire)
    return found


def decode_items(model: ModelCodec, body: bytes) -> Decoded:
    """The instances of a Query or Scan answer.

    Raises:
        DecodeError: An item does not fit the model; ``items`` has those that do.
        ProtocolError: The answer is no such answer.
    """
    try:
        reply = _of(model).items.decode(body)
        build = model.build
        found = [build(wire) for wire in reply.Items]
    except (msgspec.ValidationError, DecodeError):
        return _slowly(model, body)
    except _NO_ANSWER as error:
        raise _protocol(error) from None
    return Decoded(found, reply.LastEvaluatedKey, reply.ScannedCount, consumed(reply.ConsumedCapacity))


def _slowly(model: ModelCodec, body: bytes) -> Decoded:
    """The slow way, which says what is wrong with which item."""
    raw = decode_raw_items(body)
    found, failure = one_by_one(model.decode, raw.items)
    if failure is not None:
        raise failure
    return msgspec.structs.replace(raw, items=found)


def one_by_one(decode: Callable[[Any], T], items: Iterable[Any]) -> tuple[list[T], DecodeError | None]:
    """What is made of those that fit, and what is wrong with the first that does not, whose error has them, too."""
    found: list[T] = []
    failure: DecodeError | None = None
    for item in items:
        try:
            found.append(decode(item))
        except DecodeError as error:
            failure = failure or error
    if failure is not None and found:
        failure.items, failure.hint = tuple(found), f"{failure.hint} `error.items` has the others."
    return found, failure


def decode_batch(model: ModelCodec, body: bytes, table: str) -> tuple[list[Any], list[Item], DecodeError | None]:
    """The instances of a BatchGetItem answer from one table, and the keys that it left unprocessed.

    The third is what is wrong with an item that does not fit the model; the others are there all the same.

    Raises:
        ProtocolError: The answer is no such answer.
    """
    failure: DecodeError | None = None
    try:
        reply: BatchGetReply[Any] = _of(model).batch.decode(body)
        build = model.build
        found = [build(wire) for wire in reply.Responses.get(table, ())]
    except (msgspec.ValidationError, DecodeError):
        reply = _decoded(_raw.batch, body)
        found, failure = one_by_one(model.decode, reply.Responses.get(table, ()))
    except _NO_ANSWER as error:
        raise _protocol(error) from None
    left = (reply.UnprocessedKeys or {}).get(table)
    return found, [] if left is None else left.Keys, failure


def decode_raw_batch(body: bytes, table: str) -> tuple[list[Item], list[Item], float]:
    """The items of a BatchGetItem answer from one table, the keys that it left unprocessed, and its capacity units.

    Raises:
        ProtocolError: The answer is no such answer.
    """
    reply: BatchGetReply[Item] = _decoded(_raw.batch, body)
    left = (reply.UnprocessedKeys or {}).get(table)
    units = sum((consumed(part) or 0.0 for part in reply.ConsumedCapacity or ()), 0.0)
    return reply.Responses.get(table, []), [] if left is None else left.Keys, units


def decode_item(model: ModelCodec, body: bytes) -> Any:
    """The instance of a GetItem answer, or None.

    Raises:
        DecodeError: The item does not fit the model.
        ProtocolError: The answer is no such answer.
    """
    try:
        wire = _of(model).item.decode(body).Item
        if wire is not None:
            return model.build(wire)
    except (msgspec.ValidationError, DecodeError):
        item = decode_raw_item(body)
        return None if item is None else model.decode(item)
    except _NO_ANSWER as error:
        raise _protocol(error) from None
    check_answer(body)
    return None


def decode_written(model: ModelCodec, body: bytes) -> Any:
    """The instance that a write answered with, or None.

    Raises:
        DecodeError: The item does not fit the model.
        ProtocolError: The answer is no such answer.
    """
    try:
        wire = _of(model).written.decode(body).Attributes
        if wire is not None:
            return model.build(wire)
    except (msgspec.ValidationError, DecodeError):
        item = _decoded(_raw.written, body, Outcome.UNKNOWN).Attributes
        return None if item is None else model.decode(item)
    except _NO_ANSWER as error:
        raise _protocol(error, Outcome.UNKNOWN) from None
    check_answer(body, Outcome.UNKNOWN)
    return None


def decode_raw_written(body: bytes) -> Item:
    """What a write answered with, in wire form.

    Raises:
        ProtocolError: The answer is no such answer.
    """
    found: WriteReply[Item] = _decoded(_raw.written, body, Outcome.UNKNOWN)
    return found.Attributes or {}


def decode_responses(body: bytes, expected: int) -> list[msgspec.Raw]:
    """The answers to the single reads of a TransactGetItems, each as `decode_item` takes it.

    Raises:
        ProtocolError: The answer is no such answer, or has not one answer for each read.
    """
    found: list[msgspec.Raw] = _decoded(_plain(TransactGetReply), body).Responses
    if len(found) != expected:
        raise ProtocolError(f"the answer has {len(found)} items for {expected} keys.", outcome=Outcome.NOT_APPLIED)
    return found


def decode_unprocessed(body: bytes) -> dict[str, list[WriteRequest]]:
    """What a BatchWriteItem left undone, by table.

    Raises:
        ProtocolError: The answer is no such answer.
    """
    found: dict[str, list[WriteRequest]] = _decoded(_plain(BatchWriteReply), body, Outcome.UNKNOWN).UnprocessedItems
    return found


def decode_count(body: bytes) -> CountReply:
    """A Query or Scan answer with ``Select: COUNT``.

    Raises:
        ProtocolError: The answer is no such answer.
    """
    found: CountReply = _decoded(_plain(CountReply), body)
    return found


def decode_raw_items(body: bytes) -> Decoded:
    """The items of a Query or Scan answer in wire form."""
    reply = _decoded(_raw.items, body)
    return Decoded(reply.Items, reply.LastEvaluatedKey, reply.ScannedCount, consumed(reply.ConsumedCapacity))


def decode_raw_item(body: bytes) -> Item | None:
    """The item of a GetItem answer in wire form."""
    found: Item | None = _decoded(_raw.item, body).Item
    if found is None:
        check_answer(body)
    return found


def check_answer(body: bytes, outcome: Outcome = Outcome.NOT_APPLIED) -> None:
    """That there is no item, or that a write was carried out, an answer says by having no members.

    Args:
        body: The answer's.
        outcome: Of what was asked, if this is none.

    Raises:
        ProtocolError: It has the members of an error, and says nothing.
    """
    if body != b"{}":
        error: ErrorReply = _decoded(_plain(ErrorReply), body, outcome)
        if error.type or error.message or error.Message:
            raise ProtocolError("the answer is an error under the status of a success.", outcome=outcome)


def _decoded(decoder: Any, body: bytes, outcome: Outcome = Outcome.NOT_APPLIED) -> Any:
    try:
        return decoder.decode(body)
    except _NO_ANSWER as error:
        raise _protocol(error, outcome) from None


def _protocol(error: Exception, outcome: Outcome = Outcome.NOT_APPLIED) -> ProtocolError:
    # msgspec's messages name types and byte offsets, never values; still, only its kind is passed on.
    return ProtocolError(f"the answer is not the JSON it should be ({type(error).__name__}).", outcome=outcome)
