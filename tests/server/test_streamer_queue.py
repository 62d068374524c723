"""Streamer's queue of requests: each goes to one consumer, and nothing of it is ever lost."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import anyio
import pytest
import pytest_asyncio

from dynamorm_async import ItemExistsError, ItemNotFoundError
from dynamorm_async.errors import InvalidRequestError
from examples.streamer.models import AsyncRequest, Status
from examples.streamer.request_queue import AlreadyFinishedError
from tests.support.streamer import a_request, opened, spoil

pytestmark = pytest.mark.asyncio
SOON = datetime.now(UTC) + timedelta(hours=1)


@pytest_asyncio.fixture
async def stores(engine):
    """The stores of one test."""
    async with opened(engine) as stores:
        yield stores


@pytest.fixture
def queue(stores):
    """The queue."""
    return stores.requests


async def items(stores):
    """The keys of everything that is stored."""
    return sorted(request.sk for request in await AsyncRequest.scan().using(stores.session))


async def test_a_request_begins_pending(queue):  # R145 R149
    """With the time of its making, and a week to live."""
    request = a_request(payload={"rows": 3, "share": 0.5, "deep": {"a": [1, None, "x"]}})
    await queue.enqueue(request)

    found = await queue.get("r1")

    assert (Status.PENDING, request) == (found.status, found)
    assert {"rows": 3, "share": Decimal("0.5"), "deep": {"a": [1, None, "x"]}} == found.payload
    assert datetime.now(UTC) - found.created_at < timedelta(minutes=1)
    assert timedelta(days=7) == found.ttl - found.created_at.replace(microsecond=0)


@pytest.mark.parametrize("status", Status)
async def test_an_id_is_used_once(stores, queue, status):  # R145
    """Whatever the status of the request that has it: the status is in the key, so every key is looked at."""
    await queue.enqueue(a_request())
    await queue.update_status("r1", status)

    with pytest.raises(ItemExistsError):
        await queue.enqueue(a_request(action="other"))

    assert [f"STATUS#{status}"] == await items(stores)
    assert "export" == (await queue.get("r1")).action


async def test_an_unknown_request_is_not_found(queue):  # R145
    """By reading and by every change; none makes a request."""
    for attempt in (
        queue.get("r1"),
        queue.update_status("r1", Status.PROCESSING),
        queue.update_progress("r1", 0.5),
        queue.complete_request("r1", {}),
        queue.fail_request("r1", "no"),
    ):
        with pytest.raises(ItemNotFoundError):
            await attempt
    await queue.delete("r1")

    with pytest.raises(ItemNotFoundError):
        await queue.get("r1")


async def test_a_taken_request_is_processing(stores, queue):  # R41 R145
    """It has moved in one piece: one item, under its new key, since when is noted, the rest is as it was."""
    await queue.enqueue(a_request(payload={"rows": 3}))
    before = await queue.get("r1")

    (taken,) = await queue.dequeue(10)

    assert ["STATUS#PROCESSING"] == await items(stores)
    assert taken == await queue.get("r1")
    assert Status.PROCESSING is taken.status
    assert datetime.now(UTC) - taken.processing_started < timedelta(minutes=1)
    assert (before.payload, before.created_at, before.ttl) == (taken.payload, taken.created_at, taken.ttl)
    assert [] == await queue.dequeue(10)


async def test_no_more_are_taken_than_asked_for(queue):  # R145
    """And from the front of the queue."""
    for number in range(50):
        await queue.enqueue(a_request(f"r{number:02}"))

    taken = await queue.dequeue(2)

    assert 2 == len(taken)
    assert {request.request_id for request in taken} <= {f"r{number:02}" for number in range(40)}
    assert 48 == len(await queue.get_by_status(Status.PENDING))
    with pytest.raises(InvalidRequestError):
        await queue.dequeue(0)


async def test_a_result_is_kept(stores, queue):  # R145 R150
    """With what was known before: the original lost it, since it read the request again."""
    await queue.enqueue(a_request())
    await queue.dequeue()
    await queue.update_progress("r1", 0.25, "a quarter", {"rows": 1})

    returned = await queue.complete_request("r1", {"url": "https://files.test/1", "rows": 4})
    found = await queue.get("r1")

    assert returned == found
    assert (Status.COMPLETED, {"url": "https://files.test/1", "rows": 4}) == (found.status, found.result)
    assert (1.0, "a quarter", {"rows": 1}) == (found.progress, found.progress_message, found.progress_details)
    assert found.processing_started <= found.processing_ended
    assert ["STATUS#COMPLETED"] == await items(stores)


async def test_an_error_is_kept(queue):  # R145
    """With the progress until then."""
    await queue.enqueue(a_request())
    await queue.dequeue()
    await queue.update_progress("r1", 0.75, "nearly")

    found = await queue.fail_request("r1", "the disk is full")

    assert found == await queue.get("r1")
    assert (Status.FAILED, "the disk is full") == (found.status, found.error)
    assert (0.75, "nearly", None) == (found.progress, found.progress_message, found.result)


async def test_what_has_ended_stays_as_it_ended(queue):  # R145
    """A second end would lose the first one's result."""
    await queue.enqueue(a_request())
    await queue.dequeue()
    await queue.complete_request("r1", {"rows": 4})

    for attempt in (queue.fail_request("r1", "late"), queue.complete_request("r1", {})):
        with pytest.raises(AlreadyFinishedError):
            await attempt
    with pytest.raises(ItemNotFoundError):
        await queue.update_progress("r1", 0.1)

    assert ({"rows": 4}, None) == ((await queue.get("r1")).result, (await queue.get("r1")).error)


@pytest.mark.lacks("moto", reason="its transactions do not lock", shown_by="test_a_transaction_lets_others_write")
async def test_progress_and_end_meet(queue):  # R145
    """Reports of progress come in while the work ends: the result and the last accepted report are both there."""
    for number in range(10):
        await queue.enqueue(a_request(f"r{number}"))
    await queue.dequeue(10)
    reported: Counter[str] = Counter()

    async def report(request_id):
        for step in range(1, 10):
            try:
                await queue.update_progress(request_id, step / 10, f"step {step}")
            except ItemNotFoundError:
                return  # it has ended
            reported[request_id] = step

    async with anyio.create_task_group() as tasks:
        for number in range(10):
            tasks.start_soon(report, f"r{number}")
            tasks.start_soon(queue.complete_request, f"r{number}", {"number": number})

    for number in range(10):
        found = await queue.get(f"r{number}")
        assert (Status.COMPLETED, {"number": number}) == (found.status, found.result)
        assert (f"step {reported[f'r{number}']}" if reported[f"r{number}"] else None) == found.progress_message


async def test_a_status_can_be_set_with_other_fields(stores, queue):  # R145
    """In one piece; the same status again keeps the item where it is."""
    await queue.enqueue(a_request())

    await queue.update_status("r1", Status.RETRYING, retry_count=1, retry_after=SOON)
    await queue.update_status("r1", Status.RETRYING, retry_count=2)
    found = await queue.update_status("r1", Status.RETRYING)

    assert (Status.RETRYING, 2, SOON) == (found.status, found.retry_count, found.retry_after)
    assert ["STATUS#RETRYING"] == await items(stores)


async def test_requests_are_listed_by_connection_and_status(queue):  # R92 R145
    """In the order they came."""
    for number in range(9):
        await queue.enqueue(a_request(f"r{number}", connection_id=f"c{number % 2}"))
    await queue.update_status("r4", Status.FAILED, error="x")

    def ids(found):
        return [request.request_id for request in found]

    assert ["r1", "r3", "r5", "r7"] == ids(await queue.get_by_connection("c1"))
    assert ["r0", "r1", "r2", "r3", "r5", "r6", "r7", "r8"] == ids(await queue.get_by_status(Status.PENDING))
    assert ["r0", "r1"] == ids(await queue.get_by_status(Status.PENDING, limit=2))
    assert ["r4"] == ids(await queue.get_by_status(Status.FAILED))


async def test_a_request_that_cannot_be_read_hides_no_others(stores, queue, caplog):
    """One whose progress another program wrote as text is told by its key; the others are handed out."""
    for number in range(5):
        await queue.enqueue(a_request(f"r{number}"))
    await spoil(stores, "r0")

    taken = [*await queue.dequeue(2), *await queue.dequeue(10)]

    assert ["r1", "r2", "r3", "r4"] == sorted(request.request_id for request in taken)
    assert [] == await queue.dequeue(10)
    assert "'REQ#r0', 'STATUS#PENDING'" in caplog.text
    assert "AsyncRequest.progress" in caplog.text


async def test_a_deleted_request_is_gone(stores, queue):  # R145
    """Whatever its status."""
    await queue.enqueue(a_request("r1"))
    await queue.enqueue(a_request("r2"))
    await queue.update_status("r2", Status.PROCESSING)

    await queue.delete("r1")
    await queue.delete("r2")

    assert [] == await items(stores)


async def test_what_a_dead_worker_left_waits_again(queue):
    """As often as it may; then it fails. What was started later is left alone."""
    await queue.enqueue(a_request(max_retries=1))
    await queue.dequeue()

    assert 0 == await queue.requeue_stalled(datetime.now(UTC) - timedelta(minutes=1))
    assert 1 == await queue.requeue_stalled(SOON)
    (again,) = await queue.dequeue()
    assert 0 == await queue.requeue_stalled(SOON)

    found = await queue.get("r1")
    assert (1, Status.FAILED, "every attempt stalled") == (again.retry_count, found.status, found.error)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.lacks("moto", reason="its transactions do not lock", shown_by="test_a_transaction_lets_others_write")
async def test_fifty_consumers_share_two_thousand_requests(stores, queue, record_property):  # R145
    """Each request goes to exactly one of them, all are completed, and every result is the right one."""
    requests = [a_request(f"r{number:04}", payload={"number": number}) for number in range(2_000)]
    await stores.session.batch_put(requests, overwrite=True)
    taken: list[str] = []

    async def consume():
        while batch := await queue.dequeue(10):
            taken.extend(request.request_id for request in batch)
            for request in batch:
                await queue.complete_request(request.request_id, {"double": 2 * request.payload["number"]})

    began = time.perf_counter()
    async with anyio.create_task_group() as tasks:
        for _ in range(50):
            tasks.start_soon(consume)
    seconds = time.perf_counter() - began

    record_property("figure", f"50 consumers took and completed {len(taken):,} requests in {seconds:.1f} s")
    assert sorted(taken) == sorted(request.request_id for request in requests)
    stored = {request.request_id: request async for request in AsyncRequest.scan().using(stores.session)}
    assert 2_000 == len(stored)
    for number, request in enumerate(requests):
        found = stored[request.request_id]
        assert (Status.COMPLETED, {"double": 2 * number}) == (found.status, found.result)
