"""3.E: calls that are cancelled, streams that are left, pools that are full, loops, forks and credentials that end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import threading
import types
import warnings
from datetime import UTC, datetime

import anyio
import pytest

from dynamorm_async import Outcome, OutcomeUnknownError, Session
from dynamorm_async.errors import (
    CredentialsExpiredError,
    NoSessionError,
    PoolTimeoutError,
    SessionClosedError,
    WrongEventLoopError,
)
from dynamorm_async.testing.faults import Delay, FaultServer, Hang, Unavailable
from dynamorm_async.transports.credentials import SharedCredentials
from tests.support.adversity import Account, Events, Job, Log, Other, VirtualClock, alone

# ---------------------------------------------------------------- 45


def answer_anything(request):
    """What an engine with one item, and logs without number, would say."""
    body = request.json
    if request.operation in {"Query", "Scan"}:
        n = int(body.get("ExclusiveStartKey", {}).get("n", {}).get("N", "0"))
        items = [{"name": {"S": "l"}, "n": {"N": str(n + more)}} for more in (1, 2)]
        return {"Items": items, "Count": 2} | ({"LastEvaluatedKey": items[-1]} if n < 6 else {})
    if request.operation == "BatchGetItem":
        (table,) = body["RequestItems"]
        return {"Responses": {table: [key | {"n": {"N": "1"}} for key in body["RequestItems"][table]["Keys"]]}}
    if request.operation == "BatchWriteItem":
        return {"UnprocessedItems": {}}
    if request.operation == "GetItem" and "jobs" in body["TableName"]:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        stored = {"id": {"S": "a"}, "version": {"N": "1"}, "created_at": {"S": now}, "updated_at": {"S": now}}
        return {"Item": stored}
    if request.operation == "GetItem":
        return {"Item": {"id": {"S": "a"}}}
    return {"Attributes": {"id": {"S": "a"}}} if request.operation == "UpdateItem" else {}


async def _get(_):
    await Account.get("a")


async def _put(_):
    await Account(id="a").put()


async def _update(_):
    await Account.with_key("a").update(Account.credits.add(1))


async def _once(_):
    await Account.with_key("a").update(Account.credits.add(1), exactly_once=True)


async def _delete(_):
    await Account.with_key("a").delete()


async def _query(_):
    await Log.query(Log.name == "l")


async def _iterate(_):
    async for _log in Log.query(Log.name == "l"):
        pass


async def _stream(_):
    async with Log.scan(segments=2).stream() as logs:
        async for _log in logs:
            pass


async def _batch_put(db):
    await db.batch_put([Other(id=str(n)) for n in range(60)])


async def _batch_get(db):
    await db.batch_get(Other, [str(n) for n in range(150)])


async def _batch(db):
    async with db.batch() as batch:
        batch.put(Other(id="a"))


async def _transact(db):
    async with db.transaction() as tx:
        tx.put(Account(id="a"))


async def _transact_get(db):
    await db.transact_get(Account.key("a"), Account.key("b"))


async def _mutate(_):
    await Job.mutate("a", lambda job: setattr(job, "status", "done"))


VERBS = [
    _get, _put, _update, _once, _delete, _query, _iterate, _stream,
    _batch_put, _batch_get, _batch, _transact, _mutate,
]  # fmt: skip


@types.coroutine
def _cancelled_at(coroutine, step):
    """Run a coroutine, cancel it at its so manieth suspension, and say how many there were."""
    steps, resume, value = 0, coroutine.send, None
    while True:
        try:
            waiting = resume(value)
        except StopIteration:
            return steps
        steps += 1
        if steps == step:
            asyncio.current_task().cancel()
        try:
            resume, value = coroutine.send, (yield waiting)
        except BaseException as error:  # noqa: BLE001  handed on
            resume, value = coroutine.throw, error


@pytest.mark.asyncio
@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.__name__[1:])
async def test_fault_45_cancelled_at_any_await_a_verb_leaves_nothing_behind(verb):
    """Whatever it waits for: a connection, an answer, a retry, other requests of its own."""
    async with FaultServer([Unavailable(times=None, chance=0.3)], answer_anything) as server:
        steps, most = 0, 1
        while steps < most:
            steps += 1
            async with Session(endpoint=server.endpoint, max_connections=2, dice=lambda: 0.001, max_retries=9) as db:
                with db.scope():
                    most = max(most, await _one_cancelled(verb, db, steps))
            await server.wait_until_left()
    assert steps >= 2


@pytest.mark.asyncio
@pytest.mark.parametrize("verb", [_stream, _batch_put, _batch_get], ids=lambda verb: verb.__name__[1:])
async def test_fault_45_cancelled_at_any_turn_of_the_loop_its_workers_end_too(verb):
    """Those of a stream or a batch stand elsewhere than the task that waits for them."""
    async with FaultServer([Unavailable(times=None, chance=0.3)], answer_anything) as server:
        turns, done = 0, False
        while not done:
            async with Session(endpoint=server.endpoint, max_connections=2, dice=lambda: 0.001, max_retries=9) as db:
                with db.scope():
                    done = await _cancelled_after(verb, db, turns)
            turns += 1
            await server.wait_until_left()
    assert turns > 10


async def _cancelled_after(verb, db, turns) -> bool:
    tasks = asyncio.all_tasks()
    task = asyncio.create_task(verb(db))
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await _is_whole(db, tasks)
    return not task.cancelled()


async def _is_whole(db, tasks) -> None:
    """Nothing is left of what was cancelled, and the session works."""
    for pool in db.runner.transport._pools.values():
        assert (pool._waiting, pool._opening) == (0, 0)
        assert all(connection.exchange is None for connection in pool._idle)
    with anyio.fail_after(5):
        for _ in range(3):
            await Account.get("a")
    assert {found for found in asyncio.all_tasks() - tasks if not found.done()} <= _servers(tasks)


async def _one_cancelled(verb, db, step) -> int:
    tasks = asyncio.all_tasks()
    task = asyncio.create_task(_as_coroutine(_cancelled_at(verb(db), step)))
    with contextlib.suppress(asyncio.CancelledError):
        return await task
    assert task.cancelled()
    await _is_whole(db, tasks)
    return step + 1


async def _as_coroutine(awaitable):
    return await awaitable


def _servers(before):
    """Tasks of the server, which is on the same loop."""
    return {task for task in asyncio.all_tasks() - before if "_accept" in repr(task.get_coro())}


@pytest.mark.asyncio
async def test_fault_45_an_observer_is_told_what_a_cancelled_write_may_have_done():
    """Nobody knows; a cancelled read did nothing."""
    events = Events()
    async with alone(Hang(times=None), observers=[events]) as (server, _):
        for verb, outcome in ((_put, Outcome.UNKNOWN), (_get, Outcome.NOT_APPLIED)):
            task = asyncio.create_task(verb(None))
            await server.wait_for(1 if verb is _put else 2)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert (events.last.error, events.last.outcome) == ("CancelledError", outcome)
        await server.wait_until_left()


@pytest.mark.asyncio
async def test_fault_45_a_call_that_waits_for_credentials_can_be_cancelled():
    """The next caller renews them."""
    gate = anyio.Event()

    class Slow:
        async def get_frozen_credentials(self):
            await gate.wait()
            return types.SimpleNamespace(access_key="AKID", secret_key="s", token=None, account_id=None)

    async def load():
        return Slow()

    async with alone(answer=answer_anything, credentials=SharedCredentials(load)) as (_, _db):
        with anyio.move_on_after(0.05) as scope:
            await Account.get("a")
        assert scope.cancelled_caught
        gate.set()
        await Account.get("a")


# ---------------------------------------------------------------- 46 and 47


@pytest.mark.asyncio
@pytest.mark.parametrize("how", ["break", "raise"])
async def test_fault_46_a_stream_that_is_left_asks_for_nothing_more(how):
    """After one item of one page."""
    async with alone(answer=answer_anything) as (server, _):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with contextlib.suppress(KeyError):
                async for _log in Log.query(Log.name == "l"):
                    if how == "raise":
                        raise KeyError
                    break
            assert server.count() == 1
            pages = Log.query(Log.name == "l").pages(2)
            await anext(pages)
            await pages.aclose()
            counted = server.count()
            gc.collect()
            await asyncio.sleep(0.05)
        assert server.count() == counted


@pytest.mark.asyncio
@pytest.mark.parametrize("how", ["break", "raise"])
async def test_fault_46_a_stream_that_reads_ahead_stops_its_workers(how):
    """What is under way is cancelled, and the exception comes out as it is, in no group."""
    async with alone(answer=answer_anything) as (server, _):
        with contextlib.suppress(KeyError):
            async with Log.scan(segments=4).stream(pages_ahead=1) as logs:
                async for _log in logs:
                    if how == "raise":
                        raise KeyError
                    break
        counted = server.count()
        await asyncio.sleep(0.05)

        assert server.count() == counted
        await Account.get("a")


@pytest.mark.asyncio
@pytest.mark.parametrize("error", [KeyError, asyncio.CancelledError])
async def test_fault_47_a_batch_that_is_left_by_an_exception_sends_nothing(error):
    """What was not sent can be had."""
    async with alone() as (server, db):
        with pytest.raises(error):
            async with db.batch() as batch:
                batch.put(Other(id="a"))
                batch.put(Other(id="b"))
                raise error
        assert (server.requests, batch.unsent) == ([], (Other(id="a"), Other(id="b")))

        with pytest.raises(error):
            async with db.transaction() as tx:
                tx.put(Other(id="a"))
                raise error
        assert server.requests == []


# ---------------------------------------------------------------- 48


@pytest.mark.asyncio
async def test_fault_48_a_full_pool_serves_in_order_and_then_refuses():
    """One connection and a deadline: the first come are served, those that would wait too long were not applied."""
    order = []
    async with alone(Delay(0.1, times=None), max_connections=1, timeout=0.45) as (server, _):

        async def one(number):
            try:
                await Account(id=str(number)).put()
            except (PoolTimeoutError, TimeoutError) as error:
                assert error.outcome is Outcome.NOT_APPLIED
            except OutcomeUnknownError:
                order.append(-number)
            else:
                order.append(number)

        await asyncio.gather(*(one(number) for number in range(12)))

        assert order == sorted(order, key=abs)
        assert 1 <= len(order) < 12
        assert server.count() <= len(order)


# ---------------------------------------------------------------- 49


def test_fault_49_two_event_loops_in_a_row():
    """A session of one ``asyncio.run`` goes on in the next, for a bare await too."""
    with FaultServer(answer=answer_anything) as server:
        session = Session(endpoint=server.endpoint)

        async def begin():
            await session.open()
            return await Account.get("a")

        async def go_on():
            return await Account.get("a"), await Account.get("a").using(session)

        async def end():
            await session.aclose()
            await session.aclose()
            with pytest.raises(SessionClosedError):
                await Account.get("a").using(session)
            with pytest.raises(NoSessionError):
                await Account.get("a")

        with warnings.catch_warnings():
            warnings.simplefilter("error")
            first = asyncio.run(begin())
            assert asyncio.run(go_on()) == (first, first)
            asyncio.run(end())
            gc.collect()


def test_fault_49_another_event_loop_that_still_runs():
    """A session serves one loop at a time, and says so to another thread."""
    with FaultServer(answer=answer_anything) as server:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        session = Session(endpoint=server.endpoint)

        async def begin():
            await session.open()
            await Account.get("a")

        async def intrude():
            with pytest.raises(WrongEventLoopError):
                await Account.get("a").using(session)
            with pytest.raises(NoSessionError):
                await Account.get("a")

        try:
            asyncio.run_coroutine_threadsafe(begin(), loop).result()
            asyncio.run(intrude())
            asyncio.run_coroutine_threadsafe(session.aclose(), loop).result()
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()


@pytest.mark.asyncio
async def test_fault_49_before_it_is_opened_and_after_it_is_closed():
    """An error that says so, and nothing is sent; opening it again is well."""
    async with FaultServer(answer=answer_anything) as server:
        session = Session(endpoint=server.endpoint)
        with pytest.raises(SessionClosedError):
            await Account.get("a").using(session)
        async with session:
            await Account.get("a")
        handle = Account.get("a").using(session)
        with pytest.raises(SessionClosedError):
            await handle
        with pytest.raises(SessionClosedError):
            await session.call("ListTables", {})
        async with session:
            await Account.get("a")
        assert server.count() == 2


# ---------------------------------------------------------------- 50


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_fault_50_a_child_makes_connections_of_its_own():
    """The parent's stay the parent's; and the two do not wait in step."""
    with FaultServer(answer=answer_anything) as server:
        session = Session(endpoint=server.endpoint)
        loop = asyncio.new_event_loop()
        loop.run_until_complete(session.open())

        async def use():
            return (await Account.get("a").using(session)).id

        loop.run_until_complete(use())
        reader, writer = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # a fork beside the server's thread
            child = os.fork()
        if child == 0:  # pragma: no cover  the child's lines are counted nowhere
            try:
                found = asyncio.run(use())
                os.write(writer, f"{found} {session.dice()}".encode())
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        name, _, dice = os.read(reader, 100).decode().partition(" ")
        assert loop.run_until_complete(use()) == name == "a"
        assert float(dice) != session.dice()
        assert server.connections == 2
        assert [1, 2, 1] == [request.connection for request in server.requests]
        loop.run_until_complete(session.aclose())
        loop.close()
        os.close(reader)
        os.close(writer)


# ---------------------------------------------------------------- 51


class Provider:
    """Credentials for so many seconds, and a service that renews them no more."""

    def __init__(self, clock: VirtualClock, seconds: float) -> None:
        self.asked = 0
        self.clock, self.expires = clock, clock.now() + seconds

    def refresh_needed(self, seconds):
        return self.clock.now() + seconds >= self.expires

    async def get_frozen_credentials(self):
        self.asked += 1
        if self.asked > 1:
            await asyncio.sleep(0.01)
            raise RuntimeError("no answer")
        return types.SimpleNamespace(access_key="AKID", secret_key="s", token=None, account_id=None)


@pytest.mark.asyncio
async def test_fault_51_fifty_callers_share_one_failed_renewal():
    """While the old credentials are valid they serve; when they are not, one failure answers all."""
    clock = VirtualClock()
    provider = Provider(clock, 3600)

    async def load():
        return provider

    source = SharedCredentials(load, clock.now)
    async with alone(answer=answer_anything, credentials=source, clock=clock) as (server, _):
        await Account.get("a")
        await clock.sleep(3540)
        await asyncio.gather(*(Account.get("a") for _ in range(50)))
        assert (server.count(), provider.asked) == (51, 2)

        await clock.sleep(120)
        found = await asyncio.gather(*(Account.get("a") for _ in range(50)), return_exceptions=True)
        assert {type(error) for error in found} == {CredentialsExpiredError}
        assert (server.count(), provider.asked) == (51, 3)


# ---------------------------------------------------------------- 52


@pytest.mark.asyncio
async def test_fault_52_a_slow_consumer_holds_back_the_readers():
    """Only so many pages are read ahead, however many there are and however slow the reading is."""
    served = 0

    def endless(request):
        nonlocal served
        served += 1
        n = int(request.json.get("ExclusiveStartKey", {}).get("n", {}).get("N", "0"))
        items = [{"name": {"S": "l"}, "n": {"N": str(n + more)}} for more in range(1, 101)]
        return {"Items": items, "Count": 100, "LastEvaluatedKey": {name: items[-1][name] for name in ("name", "n")}}

    async with alone(answer=endless) as (_, _db), Log.scan().stream(pages_ahead=2) as logs:
        seen = 0
        async for _log in logs:
            seen += 1
            if seen % 100 == 0:
                await asyncio.sleep(0.01)
                assert served <= seen // 100 + 4
            if seen == 3000:
                break


@pytest.mark.asyncio
async def test_fault_52_a_listing_goes_on_where_it_was_left(world):
    """Killed after any page, and resumed from its cursor: each item once."""
    async with world() as (_, db):
        await db.batch_put([Log(name="l", n=n) for n in range(40)])
        seen, cursor = [], None
        while True:
            page = await Log.query(Log.name == "l").page(7, cursor)
            seen += [log.n for log in page]
            cursor = page.cursor
            if cursor is None:
                break
    assert seen == list(range(40))
