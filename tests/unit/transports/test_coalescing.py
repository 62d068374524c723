"""Answers to merged reads that are none of BatchGetItem's: each read is sent for itself, and no item is missing."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from dynamorm_async._ops.effects import Attempt, Call, Reply
from dynamorm_async.transports.coalescing import CoalescingTransport
from tests.support.flows import body_of
from tests.support.scripted import ScriptedTransport

pytestmark = pytest.mark.asyncio


def item(number: str) -> dict[str, Any]:
    """A stored one."""
    return {"id": {"N": number}, "text": {"S": "t"}}


def get(number: str) -> Call:
    """The read of one."""
    return Call("GetItem", msgspec.json.encode({"TableName": "t", "Key": {"id": {"N": number}}}), table="t")


async def read(batch: Any) -> tuple[list[str], list[Any]]:
    """What is sent for three reads of one turn, and their answers, if the batch is answered by this."""

    def answer(call: Call) -> Any:
        return batch if call.operation == "BatchGetItem" else {"Item": body_of(call)["Key"] | {"text": {"S": "t"}}}

    inner = ScriptedTransport(answer)
    transport = CoalescingTransport(inner)
    replies = await asyncio.gather(*(transport.send(get(number), Attempt()) for number in "123"))
    return [call.operation for call in inner.calls], [msgspec.json.decode(reply.body) for reply in replies]


async def test_numbers_are_told_apart_by_value() -> None:
    """The service spells them in its own way."""
    sent, found = await read({"Responses": {"t": [item("2"), item("1.0"), item("3E0")]}})

    assert sent == ["BatchGetItem"]
    assert found == [{"Item": item("1.0")}, {"Item": item("2")}, {"Item": item("3E0")}]


async def test_what_is_in_no_list_is_missing() -> None:
    """And what is unprocessed is asked for again."""
    left = {"UnprocessedKeys": {"t": {"Keys": [{"id": {"N": "3"}}]}}}
    sent, found = await read({"Responses": {"t": [item("1")]}} | left)

    assert sent == ["BatchGetItem", "GetItem"]
    assert found == [{"Item": item("1")}, {}, {"Item": item("3")}]


@pytest.mark.parametrize(
    "batch",
    [
        {},
        {"message": "Forbidden"},
        {"Responses": None},
        {"Responses": {"t": [5]}},
        {"Responses": {"t": [{"text": {"S": "t"}}]}},
        {"Responses": {"t": [{"id": 5}]}},
        {"Responses": {"t": [{"id": {}}]}},
        {"Responses": {"t": [{"id": {"N": "x"}}]}},
        {"Responses": {"t": [{"id": {"B": "A"}}]}},
        {"Responses": {"t": []}, "UnprocessedKeys": 5},
        {"Responses": {"t": []}, "UnprocessedKeys": {"t": {"Keys": [5]}}},
        Reply(400, b"{}"),
        Reply(200, b"<html></html>"),
        Reply(200, b'{"Responses":{"t":[{"id":{"S":"\xff"}}]}}'),
    ],
    ids=str,
)
async def test_batch_that_is_answered_by_something_else(batch) -> None:
    """Whoever leads it is no worse off than the others."""
    sent, found = await read(batch)

    assert sent == ["BatchGetItem", *["GetItem"] * 3]
    assert found == [{"Item": item(number)} for number in "123"]
