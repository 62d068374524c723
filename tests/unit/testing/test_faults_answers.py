"""Faults that are answers: wrong, failed, refused, or half done."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from dynamorm_async.testing.faults import (
    Answer,
    CancelTransaction,
    CorruptChecksum,
    ExpiredToken,
    Fail,
    Fault,
    Partial,
    Redirect,
    Rewrite,
    SkewedClock,
    Throttle,
    Unavailable,
)
from tests.support.raw import serving

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        (Answer([]), 200, b"[]"),
        (Answer(None), 200, b"null"),
        (Answer({"Item": {}}), 200, b'{"Item":{}}'),
        (Answer(b'{"Item": {"a"'), 200, b'{"Item": {"a"'),
        (Answer(b"", 503), 503, b""),
    ],
)
async def test_any_answer_can_be_given(fault: Fault, status: int, body: bytes) -> None:
    """Bytes as they are, anything else as JSON; nothing is carried out."""
    async with serving(fault) as (server, client):
        reply = await client.call()

    assert (reply.status, reply.body, server.carried_out) == (status, body, [])


async def test_a_page_of_html_can_stand_for_a_captive_portal() -> None:
    """Status 200, and no JSON."""
    async with serving(Answer.html()) as (_, client):
        reply = await client.call()

    assert (reply.status, reply.headers["content-type"]) == (200, "text/html")
    assert reply.body.startswith(b"<!doctype html>")


@pytest.mark.parametrize("fault", [Answer({}, 502, applied=True), Unavailable(applied=True), Fail("X", applied=True)])
async def test_an_answer_can_lie_about_a_write_that_happened(fault: Fault) -> None:
    """Carried out, and reported as failed."""
    async with serving(fault) as (server, client):
        reply = await client.call("PutItem")

    assert (reply.status >= 400, len(server.carried_out)) == (True, 1)


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (Throttle(), 400, "ThrottlingException"),
        (Throttle("RequestLimitExceeded"), 400, "RequestLimitExceeded"),
        (Unavailable(), 500, "InternalServerError"),
        (Unavailable(503), 503, "InternalServerError"),
        (ExpiredToken(), 400, "ExpiredTokenException"),
        (Fail("TransactionInProgressException"), 400, "TransactionInProgressException"),
    ],
)
async def test_an_error_of_the_service_has_its_code(fault: Fault, status: int, code: str) -> None:
    """In DynamoDB's form, with a sound checksum."""
    async with serving(fault) as (_, client):
        reply = await client.call()

    assert (reply.status, reply.code, reply.sound) == (status, code, True)


async def test_a_throttle_gives_reasons_and_a_time() -> None:
    """Throttling reasons in the body, the wait in the header."""
    fault = Throttle(reasons=["TableReadKeyRangeThroughputExceeded"], retry_after=1500)
    async with serving(fault) as (_, client):
        reply = await client.call()

    assert reply.json["ThrottlingReasons"][0]["reason"] == "TableReadKeyRangeThroughputExceeded"
    assert reply.headers["x-amz-retry-after"] == "1500"


async def test_a_failure_has_the_members_and_headers_that_were_scripted() -> None:
    """``Item`` beside a failed condition, for one."""
    fault = Fail("ConditionalCheckFailedException", details={"Item": {"id": {"S": "1"}}}, headers={"X-More": "2"})
    async with serving(fault) as (_, client):
        reply = await client.call()

    assert (reply.json["Item"], reply.headers["x-more"]) == ({"id": {"S": "1"}}, "2")


async def test_a_cancelled_transaction_has_a_reason_for_each_operation() -> None:
    """In order; only a transaction is cancelled."""
    async with serving(CancelTransaction(["None", "TransactionConflict"])) as (_, client):
        put = await client.call("PutItem")
        transaction = await client.call("TransactWriteItems")

    assert put.status == 200
    assert transaction.code == "TransactionCanceledException"
    assert [reason["Code"] for reason in transaction.json["CancellationReasons"]] == ["None", "TransactionConflict"]


async def test_a_redirect_names_another_place() -> None:
    """With a cookie, which a client must not keep."""
    async with serving(Redirect("http://localhost:1/", 301)) as (_, client):
        reply = await client.call()

    assert (reply.status, reply.headers["location"]) == (301, "http://localhost:1/")
    assert "set-cookie" in reply.headers


@pytest.mark.parametrize(("fault", "header"), [(CorruptChecksum(), None), (CorruptChecksum("abc"), "abc")])
async def test_a_corrupt_checksum_stands_beside_the_right_answer(fault: Fault, header: str | None) -> None:
    """The data is right and the checksum is not."""
    async with serving(fault, answer=lambda _: {"Item": {}}) as (_, client):
        reply = await client.call()

    assert (reply.json, reply.sound) == ({"Item": {}}, False)
    assert header in {None, reply.headers["x-amz-crc32"]}


async def test_headers_of_the_right_answer_can_be_rewritten() -> None:
    """And nothing else of it."""
    async with serving(Rewrite({"X-Amz-Crc32": "7"}), answer=lambda _: {"Item": {}}) as (_, client):
        reply = await client.call()

    assert (reply.json, reply.headers["x-amz-crc32"]) == ({"Item": {}}, "7")


async def test_a_skewed_service_refuses_until_the_client_follows_its_clock() -> None:
    """Ten minutes off is refused, with the service's time in ``Date``; signed for that time it passes."""

    def signed(seconds: float) -> str:
        return time.strftime("X-Amz-Date: %Y%m%dT%H%M%SZ\r\n", time.gmtime(time.time() + seconds))

    async with serving(SkewedClock(600)) as (server, client):
        refused = await client.call(headers=signed(0))
        passed = await client.call(headers=signed(600))

    assert (refused.code, passed.status) == ("InvalidSignatureException", 200)
    assert len(server.carried_out) == 1
    assert parsedate_to_datetime(refused.headers["date"]).timestamp() > time.time() + 500


# ---------------------------------------------------------------- partial batches


def puts(*numbers: int) -> list[dict[str, Any]]:
    """Write requests that can be told apart."""
    return [{"PutRequest": {"Item": {"id": {"N": str(number)}}}} for number in numbers]


async def test_the_end_of_a_batch_write_is_left_undone() -> None:
    """The last so many come back, the rest is carried out; other operations pass."""
    async with serving(Partial(3)) as (server, client):
        await client.call("PutItem")
        batch = {"RequestItems": {"a": puts(1, 2), "b": puts(3, 4)}}
        reply = await client.call("BatchWriteItem", batch)

    assert reply.json == {"UnprocessedItems": {"b": puts(3, 4), "a": puts(2)}}
    assert reply.sound
    assert server.carried_out[-1].json == {"RequestItems": {"a": puts(1)}}


async def test_the_end_of_a_batch_read_is_left_undone() -> None:
    """Options of the read stay with the keys that come back; what the engine left is added."""
    left_by_engine = {"UnprocessedKeys": {"a": {"Keys": [{"id": 2}], "ConsistentRead": True}}}
    async with serving(Partial(1), answer=lambda _: {"Responses": {}} | left_by_engine) as (server, client):
        batch = {"RequestItems": {"a": {"Keys": [{"id": 1}, {"id": 2}, {"id": 3}], "ConsistentRead": True}}}
        reply = await client.call("BatchGetItem", batch)

    assert reply.json["UnprocessedKeys"] == {"a": {"Keys": [{"id": 2}, {"id": 3}], "ConsistentRead": True}}
    assert server.carried_out[0].json["RequestItems"]["a"]["Keys"] == [{"id": 1}, {"id": 2}]


@pytest.mark.parametrize(
    ("operation", "batch", "answer"),
    [
        ("BatchWriteItem", {"a": puts(1)}, {"UnprocessedItems": {"a": puts(1)}}),
        (
            "BatchGetItem",
            {"a": {"Keys": [{"id": 1}]}},
            {"Responses": {}, "UnprocessedKeys": {"a": {"Keys": [{"id": 1}]}}},
        ),
    ],
)
async def test_a_batch_of_no_more_is_left_undone_whole(operation: str, batch: Any, answer: Any) -> None:
    """Nothing reaches the engine, which would refuse an empty batch."""
    async with serving(Partial(5)) as (server, client):
        reply = await client.call(operation, {"RequestItems": batch})

    assert (reply.json, server.carried_out) == (answer, [])
