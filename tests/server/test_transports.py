"""Both transports against every engine: the same bytes in, the same answers out."""

from __future__ import annotations

import asyncio
import json
import uuid

import pytest
import pytest_asyncio

from dynamorm_async._ops.effects import Attempt, Call
from dynamorm_async.transports import Settings, open_transport

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture(params=["direct", "boto"])
async def transport(request, engine):
    """Each transport, opened with nothing but the endpoint."""
    made = await open_transport(Settings(endpoint_url=engine.endpoint, transport=request.param))
    yield made
    await made.aclose()


@pytest_asyncio.fixture
async def table(transport):
    """A table with a string key."""
    name = f"t-{uuid.uuid4().hex}"
    await ask(
        transport,
        "CreateTable",
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield name
    await ask(transport, "DeleteTable", TableName=name)


async def ask(transport, operation, **parameters):
    """Send one operation; its status and decoded body."""
    reply = await transport.send(Call(operation, json.dumps(parameters).encode()), Attempt())
    return reply.status, json.loads(reply.body)


ITEM = {
    "id": {"S": "1 \u00e9 \U0001f600"},
    "n": {"N": "3.1415926535897932384626433832795028841"},
    "b": {"B": "AAECAw=="},
    "bs": {"BS": ["AAE=", "AQI="]},
    "m": {"M": {"B": {"S": "an attribute named B"}, "deep": {"L": [{"NULL": True}, {"BOOL": False}]}}},
    "ss": {"SS": ["a", "b"]},
}


async def test_item_comes_back_as_it_was_written(transport, table) -> None:
    """Every kind of value, all 38 digits, and text beyond ASCII."""
    assert (200, {}) == await ask(transport, "PutItem", TableName=table, Item=ITEM)

    status, found = await ask(transport, "GetItem", TableName=table, Key={"id": ITEM["id"]}, ConsistentRead=True)

    assert status == 200
    assert sorted(found["Item"].pop("ss")["SS"]) == ["a", "b"]
    assert sorted(found["Item"].pop("bs")["BS"]) == ["AAE=", "AQI="]
    assert {name: value for name, value in ITEM.items() if name not in {"ss", "bs"}} == found["Item"]


async def test_refusal_is_an_answer(transport, table) -> None:
    """A failed condition and a missing table come back as statuses with the service's code."""
    await ask(transport, "PutItem", TableName=table, Item={"id": {"S": "1"}})

    failed = await ask(
        transport,
        "PutItem",
        TableName=table,
        Item={"id": {"S": "1"}},
        ConditionExpression="attribute_not_exists(id)",
    )
    missing = await ask(transport, "GetItem", TableName="no-such-table", Key={"id": {"S": "1"}})

    assert (400, "ConditionalCheckFailedException") == (failed[0], failed[1]["__type"].rpartition("#")[2])
    assert (400, "ResourceNotFoundException") == (missing[0], missing[1]["__type"].rpartition("#")[2])


async def test_many_at_once(transport, table) -> None:
    """Concurrent requests get their own answers."""
    numbers = [str(number) for number in range(60)]
    await asyncio.gather(
        *(ask(transport, "PutItem", TableName=table, Item={"id": {"S": number}}) for number in numbers)
    )

    found = await asyncio.gather(
        *(ask(transport, "GetItem", TableName=table, Key={"id": {"S": number}}) for number in numbers)
    )

    assert numbers == [body["Item"]["id"]["S"] for _, body in found]


async def test_large_item(transport, table) -> None:
    """300 KB there and back."""
    text = "x" * 300_000
    await ask(transport, "PutItem", TableName=table, Item={"id": {"S": "1"}, "t": {"S": text}})

    _, found = await ask(transport, "GetItem", TableName=table, Key={"id": {"S": "1"}})

    assert text == found["Item"]["t"]["S"]
