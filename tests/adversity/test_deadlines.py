"""Deadlines nest, belong to their block, and cover everything that a call does."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import sys

import anyio
import pytest

from dynamorm_async import Outcome, deadline
from dynamorm_async._deadline import current_deadline
from dynamorm_async.errors import BatchIncompleteError, DeadlineExceededError, ServiceUnavailableError
from dynamorm_async.testing.faults import Hang, Partial, Throttle, Unavailable
from tests.support.adversity import Account, Events, Log, VirtualClock, alone

pytestmark = pytest.mark.asyncio
ITEM = {"Item": {"id": {"S": "a"}}}


async def test_the_earliest_of_several_counts():
    """An inner deadline cannot lengthen an outer one, and leaves with its block."""
    assert current_deadline() is None
    with deadline(5):
        outer = current_deadline()
        with deadline(50):
            assert current_deadline() is outer
        with deadline(1):
            assert current_deadline() is not outer
        assert current_deadline() is outer
    assert current_deadline() is None


async def test_a_deadline_that_is_never_left():
    """It lasts as long as its context, whether somebody keeps it or not, and is not heard of again."""

    def enter() -> float:
        deadline(5).__enter__()
        gc.collect()
        limit = current_deadline()
        assert limit is not None
        return limit.remaining

    with pytest.MonkeyPatch.context() as patched:
        complaints = []
        patched.setattr(sys, "unraisablehook", complaints.append)
        assert 4 < contextvars.copy_context().run(enter) <= 5
        gc.collect()

    assert current_deadline() is None
    assert complaints == []


def in_time(_):
    """A deadline."""
    return deadline(5)


def of_a_session(db):
    """The scope of a session."""
    return db.scope()


@pytest.mark.parametrize("block", [in_time, of_a_session])
async def test_a_block_in_an_async_generator_that_nobody_ends(block):
    """The loop closes it in a context of its own, and has nothing to complain of."""
    complaints = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))

    async def numbers(db):
        with block(db):
            yield 1
            yield 2

    async def take(db):
        async for number in numbers(db):
            return number
        return None

    async with alone() as (_, db):
        assert await asyncio.create_task(take(db)) == 1
        gc.collect()
        await asyncio.sleep(0.01)

    assert current_deadline() is None
    assert complaints == []


async def test_a_deadline_is_no_decorator():
    """Of an async function it would only bound the making of the coroutine."""
    with pytest.raises(TypeError, match="not callable"):
        deadline(5)(lambda: None)  # type: ignore[operator]


async def test_a_deadline_that_has_passed_sends_nothing():
    """And says that nothing was applied."""
    async with alone() as (server, _):
        with deadline(0.0), pytest.raises(DeadlineExceededError) as caught:
            await Account(id="a").put()
        assert (server.connections, caught.value.outcome) == (0, Outcome.NOT_APPLIED)
        await Account(id="a").put()


async def test_the_tasks_of_a_block_share_its_deadline():
    """Those that are started in it."""
    failures = []

    async def read():
        try:
            await Account.get("a")
        except DeadlineExceededError as error:
            failures.append(error)

    async with alone(Hang(times=None)) as (server, _):
        with deadline(0.3):
            async with anyio.create_task_group() as tasks:
                for _number in range(3):
                    tasks.start_soon(read)
        assert len(failures) == 3
        await server.wait_until_left()


async def test_a_batch_stops_at_its_deadline_and_names_the_rest():
    """What was done is done; nothing is waited for that comes too late."""
    clock = VirtualClock()

    def answer(_):
        clock._passed += 1.0
        return {"UnprocessedItems": {}}

    async with alone(answer=answer, clock=clock, timeout=3.5) as (_, db):
        with pytest.raises(BatchIncompleteError) as caught:
            await db.batch_put([Log(name="l", n=n) for n in range(200)], concurrency=1)

    error = caught.value
    assert isinstance(error.__cause__, DeadlineExceededError)
    assert error.succeeded + len(error.unprocessed) + len(error.unknown) == 200
    assert error.succeeded in {75, 100}


async def test_a_batch_does_not_wait_past_its_deadline():
    """The pause before the next round is left out, and the rest is named."""
    clock = VirtualClock()
    answer = lambda _: {"UnprocessedItems": {}}  # noqa: E731
    async with alone(Partial(25, times=None), answer=answer, clock=clock, timeout=0.5, dice=lambda: 0.9) as (_, db):
        with pytest.raises(BatchIncompleteError) as caught:
            await db.batch_put([Log(name="l", n=n) for n in range(25)])

    assert (len(caught.value.unprocessed), sum(clock.slept) < 0.5) == (25, True)


async def test_the_cause_of_a_call_without_time_for_a_retry_is_what_went_wrong():
    """A deadline error alone would hide that the service failed."""
    async with alone(Unavailable(times=None), clock=VirtualClock(), timeout=0.01, dice=lambda: 0.9) as (_, _db):
        with pytest.raises(DeadlineExceededError) as caught:
            await Account.get("a")

    assert isinstance(caught.value.__cause__, ServiceUnavailableError)


async def test_a_deadline_of_a_moment_leaves_a_fast_call_alone():
    """What is answered in time is answered."""
    events = Events()
    async with alone(Throttle(), answer=lambda _: ITEM, observers=[events], dice=lambda: 0.001) as (_, _db):
        with deadline(10):
            assert (await Account.get("a")).id == "a"
    assert len(events.delays) == 1
