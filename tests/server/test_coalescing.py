"""With ``coalesce=True`` the single reads of one turn become batches, and stay single to their callers: R86."""

from __future__ import annotations

import asyncio

import pytest

from dynamorm_async import Attr, ItemNotFoundError, Model, Session, attr, partition_key, sort_key

pytestmark = pytest.mark.asyncio


class Counter(Model[str, int], table="counters"):
    name: Attr[str] = partition_key()
    number: Attr[int] = sort_key()
    value: Attr[int] = attr(default=0)


class Spy:
    """Counts what reaches the inner transport."""

    def __init__(self, inner):
        self.inner, self.sent = inner, []

    async def send(self, call, attempt):
        """Count and send."""
        self.sent.append(call.operation)
        return await self.inner.send(call, attempt)

    async def recover(self, code, reply):
        """As the inner one."""
        return await self.inner.recover(code, reply)

    async def aclose(self):
        """As the inner one."""
        await self.inner.aclose()


@pytest.fixture
def spied(db):
    """A coalescing transport around a spy around the transport of ``db``."""
    from dynamorm_async.transports.coalescing import CoalescingTransport

    spy = Spy(db.runner.transport)
    db.runner.transport = CoalescingTransport(spy)
    return spy


async def test_reads_of_one_turn_are_one_request(db, spied):
    """A hundred gets, equal ones among them, arrive as one BatchGetItem, each with its own item."""
    await db.create_table(Counter)
    await asyncio.gather(*(Counter(name="a", number=n, value=n * n).put() for n in range(60)))
    spied.sent.clear()

    found = await asyncio.gather(*(_get(n % 60) for n in range(100)))

    assert [(n % 60) ** 2 for n in range(100)] == [one.value for one in found]
    assert ["BatchGetItem"] == spied.sent


async def test_more_than_a_hundred_keys_are_several_requests(db, spied):
    """A BatchGetItem has a hundred keys at most."""
    await db.create_table(Counter)
    await asyncio.gather(*(Counter(name="a", number=n).put() for n in range(130)))
    spied.sent.clear()

    found = await asyncio.gather(*(_get(n) for n in range(130)))

    assert list(range(130)) == [one.number for one in found]
    assert ["BatchGetItem"] * 2 == spied.sent


async def test_a_missing_item_is_missing_for_its_caller_only(db, spied):
    """The others get theirs."""
    await db.create_table(Counter)
    await Counter(name="a", number=1).put()

    found = await asyncio.gather(_get(1), _get(2), return_exceptions=True)

    assert 1 == found[0].number
    assert isinstance(found[1], ItemNotFoundError)


async def test_a_lone_read_stays_a_get_item(db, spied):
    """There is nothing to merge."""
    await db.create_table(Counter)
    await Counter(name="a", number=1).put()
    spied.sent.clear()

    await Counter.get("a", 1)

    assert ["GetItem"] == spied.sent


async def test_a_cancelled_leader_leaves_the_others_their_answers(db, spied):
    """The first of a batch sends for all; when it is cancelled, the others send for themselves."""
    await db.create_table(Counter)
    await asyncio.gather(*(Counter(name="a", number=n).put() for n in range(3)))
    tasks = [asyncio.ensure_future(_get(n)) for n in range(3)]
    await asyncio.sleep(0)

    tasks[0].cancel()
    found = await asyncio.gather(*tasks, return_exceptions=True)

    assert isinstance(found[0], asyncio.CancelledError)
    assert [1, 2] == [one.number for one in found[1:]]


async def test_the_session_option(engine):
    """``Session(coalesce=True)`` puts the transport in place."""
    async with Session(endpoint=engine.endpoint, coalesce=True, table_prefix="coalesce-") as db:
        await db.ensure_table(Counter)
        await Counter(name="a", number=1).put()

        assert [1, 1] == [one.number for one in await asyncio.gather(_get(1), _get(1))]


async def _get(number):
    return await Counter.get("a", number)
