"""The same promises when requests go through aiobotocore's own client."""

from __future__ import annotations

import asyncio
import time

import pytest

from dynamorm_async import ItemNotFoundError, Outcome, OutcomeUnknownError, deadline
from dynamorm_async.errors import (
    ChecksumMismatchError,
    DeadlineExceededError,
    EndpointUnreachableError,
    ProtocolError,
    ServiceUnavailableError,
    ThrottledError,
    UnexpectedRedirectError,
)
from dynamorm_async.testing.faults import (
    Answer,
    CorruptChecksum,
    Cut,
    FaultServer,
    Hang,
    Pass,
    Redirect,
    Reset,
    Throttle,
    Unavailable,
)
from tests.support.adversity import Account, Job, VirtualClock, alone

pytestmark = pytest.mark.asyncio
BOTO = {"transport": "boto"}
ITEM = {"Item": {"id": {"S": "a"}, "credits": {"N": "5"}}}


@pytest.mark.parametrize("fault", [Reset.after_request, Cut.before_head, Unavailable], ids=["reset", "cut", "500"])
async def test_fault_22_through_the_sdk_reads_come_back_and_additions_are_unknown(world, truth, fault):
    """The SDK's own retries are off; ours decide."""
    async with world(**BOTO) as (proxy, _):
        account = await Account(id="a", credits=3).put()
        proxy.play(fault())
        assert await Account.get("a") == account
        assert proxy.count() == 2

        proxy.play(fault(applied=True) if fault != Cut.before_head else fault())
        with pytest.raises(OutcomeUnknownError):
            await account.update(Account.credits.add(1))
        assert proxy.count() == 1
    assert (await Account.get("a").using(truth)).credits == 4


async def test_fault_23_through_the_sdk_a_lost_create_is_settled(world):
    """By the item that comes back."""
    async with world(Reset.after_request(operation="PutItem"), **BOTO) as (proxy, _):
        job = await Job(id="j").create()
        assert await Job.get("j") == job
        assert proxy.count("PutItem") == 2


async def test_fault_25_through_the_sdk_a_transaction_keeps_its_token(world, truth):
    """The SDK's own token does not take its place."""
    async with world(**BOTO) as (proxy, db):
        await Account(id="a").put()
        proxy.play(Reset.after_request())
        async with db.transaction() as tx:
            tx.update(Account.key("a"), Account.credits.add(1))
        assert {request.json["ClientRequestToken"] for request in proxy.requests} == {tx.token}
    assert (await Account.get("a").using(truth)).credits == 1


BAD = {
    "html": (Answer.html(times=None), ProtocolError),
    "list": (Answer([], times=None), ProtocolError),
    "null": (Answer(None, times=None), ProtocolError),
    "checksum": (CorruptChecksum(times=None), ChecksumMismatchError),
    "throttle": (Throttle(times=None), ThrottledError),
    "500": (Unavailable(times=None), ServiceUnavailableError),
}


@pytest.mark.parametrize("name", BAD)
async def test_fault_27_through_the_sdk_what_is_no_answer_is_an_error(name):
    """Four attempts, and never "no such item"."""
    script, kind = BAD[name]
    async with alone(script, answer=lambda _: ITEM, clock=VirtualClock(), **BOTO) as (server, _):
        with pytest.raises(kind) as caught:
            await Account.get("a")
        assert (server.count(), caught.value.outcome) == (4, Outcome.NOT_APPLIED)


async def test_fault_29_through_the_sdk_a_redirect_is_not_followed():
    """The other place hears nothing."""
    async with FaultServer() as elsewhere:
        async with alone(Redirect(elsewhere.endpoint, times=None), clock=VirtualClock(), **BOTO) as (_, _db):
            with pytest.raises(UnexpectedRedirectError):
                await Account.get("a")
        assert elsewhere.requests == []


async def test_fault_30_through_the_sdk_deadlines_hold():
    """For what was sent, and for what was not."""
    async with alone(Pass(), Hang(times=None), answer=lambda _: ITEM, **BOTO) as (server, _):
        await Account.get("a")  # opens the client, which takes its time
        with pytest.raises(DeadlineExceededError), deadline(0.3):
            await Account.get("a")
        with pytest.raises(OutcomeUnknownError), deadline(0.3):
            await Account(id="a").put()
        began = time.monotonic()
        with pytest.raises(DeadlineExceededError) as caught, deadline(0.0):
            await Account(id="a").put()
        assert caught.value.outcome is Outcome.NOT_APPLIED
        assert time.monotonic() - began < 5
        await server.wait_until_left()


async def test_fault_30_through_the_sdk_a_deadline_while_its_client_opens(monkeypatch):
    """Opening takes long the first time; the next call opens anew."""
    from dynamorm_async.transports.sdk import Sdk

    opened, client = [], Sdk.client

    async def slow(self, service, **options):
        opened.append(service)
        if len(opened) == 1:
            await asyncio.sleep(60)
        return await client(self, service, **options)

    monkeypatch.setattr(Sdk, "client", slow)
    async with alone(answer=lambda _: ITEM, **BOTO) as (_, _db):
        with pytest.raises(DeadlineExceededError) as caught, deadline(0.05):
            await Account(id="a").put()
        assert caught.value.outcome is Outcome.NOT_APPLIED
        assert (await Account.get("a")).credits == 5
    assert len(opened) == 2


async def test_fault_21_through_the_sdk_a_refused_connection():
    """Nothing was applied."""
    async with alone(clock=VirtualClock(), **BOTO) as (server, _):
        async with server.refusing():
            with pytest.raises(EndpointUnreachableError) as caught:
                await Account(id="a").put()
        assert caught.value.outcome is Outcome.NOT_APPLIED


async def test_fault_45_through_the_sdk_a_cancelled_call_leaves_the_pool_whole():
    """With one connection, cancelled again and again."""
    async with alone(Hang(times=5), answer=lambda _: ITEM, max_connections=1, **BOTO) as (server, _):
        for number in range(5):
            task = asyncio.create_task(_get())
            await server.wait_for(number + 1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        async with asyncio.timeout(10):
            assert (await Account.get("a")).credits == 5


async def _get():
    return await Account.get("a")


async def test_fault_27_through_the_sdk_no_item_is_no_item():
    """An empty object is the true answer."""
    async with alone(**BOTO) as (_, _db):
        with pytest.raises(ItemNotFoundError):
            await Account.get("a")
