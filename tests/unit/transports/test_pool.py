"""The pool: bounded, fair, cancellable anywhere, and silent when it is closed."""

from __future__ import annotations

import asyncio
import os
import select
import socket
import time

import pytest

from dynamorm_async._ops.effects import Attempt
from dynamorm_async.errors import (
    ConnectionLostError,
    DeadlineExceededError,
    EndpointUnreachableError,
    Outcome,
    PoolTimeoutError,
    SessionClosedError,
)

pytestmark = pytest.mark.asyncio


def the_pool(transport):
    """The one pool of a transport."""
    (pool,) = transport._pools.values()
    return pool


def assert_clean(transport) -> None:
    """Nothing is left of calls that have ended."""
    for pool in transport._pools.values():
        assert (0, 0) == (pool._waiting, pool._opening)
        assert not [connection for connection in pool._connections if connection.exchange is not None]
        assert len(pool._connections) <= pool._limits.max_connections


async def settled() -> None:
    """Let everything that is ready run."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_connections_are_kept_and_the_last_used_is_first(connect, server, get, attempt) -> None:
    """Calls one after the other use one connection; side by side they use up to the limit."""
    transport = connect(server, max_connections=4)
    for _ in range(5):
        await transport.send(get, attempt)
    assert server.connections == 1

    await asyncio.gather(*(transport.send(get, Attempt()) for _ in range(40)))

    assert server.connections == 4
    assert len(server.requests) == 45
    assert_clean(transport)


async def test_waiting_requests_are_served_in_order(connect, server, get) -> None:
    """First come, first served."""
    transport = connect(server, max_connections=1)
    calls = [transport.send(get.__class__(f"Op{number}", b"{}"), Attempt()) for number in range(10)]

    await asyncio.gather(*calls)

    seen = [request.split(b"DynamoDB_20120810.")[1].split(b"\r\n")[0].decode() for request in server.requests]
    assert [f"Op{number}" for number in range(10)] == seen


async def test_fault_48_pool_timeout(connect, server, scripts, get) -> None:
    """One connection that is busy: who waits too long gets a pool timeout, not applied; the first is served."""
    busy = asyncio.Event()
    server.scripts.append(scripts.wait_for(busy))
    transport = connect(server, max_connections=1, pool_timeout=0.05)
    first = asyncio.ensure_future(transport.send(get, Attempt()))

    late = await asyncio.gather(*(transport.send(get, Attempt()) for _ in range(11)), return_exceptions=True)
    busy.set()

    assert [PoolTimeoutError] * 11 == [type(error) for error in late]
    assert {Outcome.NOT_APPLIED} == {error.outcome for error in late}
    assert (await first).status == 200
    assert len(server.requests) == 1
    assert_clean(transport)


async def test_fault_48_queue_bound(connect, server, scripts, get) -> None:
    """One more than the queue may hold fails at once."""
    busy = asyncio.Event()
    server.scripts.append(scripts.wait_for(busy))
    transport = connect(server, max_connections=1, max_waiters=3)
    running = [asyncio.ensure_future(transport.send(get, Attempt())) for _ in range(4)]
    await server.until(lambda: len(server.requests) == 1)

    with pytest.raises(PoolTimeoutError, match="3 requests are waiting") as caught:
        await transport.send(get, Attempt())
    busy.set()

    assert caught.value.outcome is Outcome.NOT_APPLIED
    assert [200] * 4 == [reply.status for reply in await asyncio.gather(*running)]


async def test_deadline_while_waiting(connect, server, scripts, get) -> None:
    """A deadline that passes in the queue: not applied."""
    busy = asyncio.Event()
    server.scripts.append(scripts.wait_for(busy))
    transport = connect(server, max_connections=1)
    first = asyncio.ensure_future(transport.send(get, Attempt()))
    await server.until(lambda: len(server.requests) == 1)

    with pytest.raises(DeadlineExceededError) as caught:
        await transport.send(get, Attempt(deadline=time.monotonic() + 0.03))
    busy.set()

    assert caught.value.outcome is Outcome.NOT_APPLIED
    await first
    assert_clean(transport)


async def test_deadline_while_connecting(connect, server, get, monkeypatch) -> None:
    """A deadline that passes before the connection is made: not applied. Without one: unreachable."""
    transport = connect(server, connect_timeout=0.02)

    async def never(*_args, **_options):
        await asyncio.Event().wait()

    loop_type = type(asyncio.get_running_loop())
    with monkeypatch.context() as patched:
        patched.setattr(loop_type, "create_connection", never, raising=False)
        with pytest.raises(DeadlineExceededError) as caught:
            await transport.send(get, Attempt(deadline=time.monotonic() + 0.01))
        with pytest.raises(EndpointUnreachableError, match=r"0\.02 s"):
            await transport.send(get, Attempt())

    assert caught.value.outcome is Outcome.NOT_APPLIED
    assert (await transport.send(get, Attempt())).status == 200


@pytest.mark.parametrize("steps", range(14))
@pytest.mark.parametrize("limit", [1, 3])
async def test_fault_45_cancel_anywhere(connect, server, get, steps, limit) -> None:
    """Cancelled after any number of turns of the loop: unchanged CancelledError, nothing leaked, next calls pass."""
    transport = connect(server, max_connections=limit)
    tasks = [asyncio.ensure_future(transport.send(get, Attempt())) for _ in range(4)]
    for _ in range(steps):
        await asyncio.sleep(0)

    tasks[0].cancel()
    tasks[2].cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)

    assert all(type(ended[number]) is asyncio.CancelledError or ended[number].status == 200 for number in (0, 2))
    assert [200, 200] == [ended[number].status for number in (1, 3)]
    assert_clean(transport)
    for _ in range(3):
        assert (await transport.send(get, Attempt())).status == 200


async def test_fault_45_cancelled_after_writing_closes_its_connection(connect, server, scripts, get, attempt) -> None:
    """The answer to a cancelled request may come any time or never, so its connection is closed at once."""
    late = asyncio.Event()
    server.scripts.append(scripts.wait_for(late, scripts.answer(b'{"late":1}')))
    transport = connect(server, max_connections=1)
    task = asyncio.ensure_future(transport.send(get, attempt))
    await server.until(lambda: len(server.requests) == 1)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    reply = await transport.send(get, attempt)
    late.set()

    assert scripts.ITEM == reply.body
    assert server.connections == 2


async def test_cancelled_waiters_leave_no_hole(connect, server, scripts, get) -> None:
    """Who is cancelled in the queue is passed over, and the bound of the queue counts the living only."""
    busy = asyncio.Event()
    server.scripts.append(scripts.wait_for(busy))
    transport = connect(server, max_connections=1, max_waiters=4)
    first = asyncio.ensure_future(transport.send(get, Attempt()))
    for _ in range(5):
        waiting = [asyncio.ensure_future(transport.send(get, Attempt())) for _ in range(4)]
        await settled()
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    last = asyncio.ensure_future(transport.send(get, Attempt()))
    await settled()
    busy.set()

    assert [200, 200] == [(await first).status, (await last).status]
    assert len(server.requests) == 2
    assert_clean(transport)


async def test_waiter_opens_a_connection_when_one_is_lost(connect, server, scripts, get) -> None:
    """When the only connection breaks, who waits behind it is served by a new one."""
    server.scripts.append(scripts.raw(b"", close=True))
    transport = connect(server, max_connections=1)

    ended = await asyncio.gather(*(transport.send(get, Attempt()) for _ in range(3)), return_exceptions=True)

    assert [ConnectionLostError, 200, 200] == [getattr(end, "status", type(end)) for end in ended]
    assert_clean(transport)


async def test_every_waiter_hears_of_an_endpoint_that_is_gone(connect, server, scripts, get) -> None:
    """When nothing listens any more, nobody waits for ever."""
    gone = asyncio.Event()
    server.scripts.append(scripts.wait_for(gone, scripts.raw(b"", close=True)))
    transport = connect(server, max_connections=1)
    tasks = [asyncio.ensure_future(transport.send(get, Attempt())) for _ in range(4)]
    await server.until(lambda: len(server.requests) == 1)
    server._server.close()
    gone.set()

    ended = await asyncio.gather(*tasks, return_exceptions=True)

    assert [ConnectionLostError] + [EndpointUnreachableError] * 3 == [type(end) for end in ended]
    assert_clean(transport)


async def test_connection_closed_while_idle_is_replaced_silently(connect, server, scripts, get, attempt) -> None:
    """A kept connection that the server closed in between costs nothing but a new one."""
    server.scripts.append(scripts.raw(scripts.rendered(), close=True))
    transport = connect(server)
    await transport.send(get, attempt)
    await server.until(lambda: server.ended == 1)
    await settled()

    assert (await transport.send(get, attempt)).status == 200
    assert server.connections == 2


async def test_connection_closed_during_a_pause_is_seen_before_writing(connect, server, scripts, get, attempt) -> None:
    """After a pause in which the loop did not run, the peer's end is looked for before a request is written."""
    skipped = 0.0
    transport = connect(server, options={"monotonic": lambda: time.monotonic() + skipped})
    await transport.send(get, attempt)
    connection = the_pool(transport)._idle[0]
    # The server's FIN comes while this thread holds the loop, as it would while the process is frozen.
    (wire,) = server.wires
    found = wire.writer.get_extra_info("socket")
    with socket.socket(fileno=os.dup(found.fileno())) as theirs:
        theirs.shutdown(socket.SHUT_WR)
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    assert poll.poll(1000)
    skipped = 2.0

    assert (await transport.send(get, attempt)).status == 200
    assert server.connections == 2
    assert len(server.requests) == 2


async def test_connection_past_its_idle_limit_is_not_used(connect, server, get, attempt) -> None:
    """A connection that was idle longer than the limit is closed, not used: the server is about to close it, too."""
    skipped = 0.0
    transport = connect(server, options={"monotonic": lambda: time.monotonic() + skipped})
    await transport.send(get, attempt)
    skipped = 13.0

    await transport.send(get, attempt)

    assert server.connections == 2


async def test_idle_connections_close_by_themselves_and_leave_no_timer(connect, server, get) -> None:
    """After the idle limit there is no connection and no timer left."""
    transport = connect(server, keepalive=0.05, max_connections=3)
    await asyncio.gather(*(transport.send(get, Attempt()) for _ in range(6)))

    await server.until(lambda: server.ended == 3)
    await settled()
    pool = the_pool(transport)

    assert (set(), [], None) == (pool._connections, pool._idle, pool._timer)


async def test_one_timer_watches_all(connect, server, scripts, get) -> None:
    """However many requests are under way, there is one timer."""
    busy = asyncio.Event()
    transport = connect(server, max_connections=5)
    made = 0
    loop = asyncio.get_running_loop()

    class Counting:
        def __getattr__(self, name):
            nonlocal made
            made += name == "call_later"
            return getattr(loop, name)

    await transport.send(get, Attempt())
    the_pool(transport)._loop = Counting()
    server.scripts += [scripts.wait_for(busy) for _ in range(5)]
    tasks = [asyncio.ensure_future(transport.send(get, Attempt())) for _ in range(30)]
    await server.until(lambda: len(server.requests) == 6)
    busy.set()
    await asyncio.gather(*tasks)

    assert made <= 2


async def test_close_waits_for_what_is_under_way(connect, server, scripts, get) -> None:
    """Closing lets requests finish, also those in the queue."""
    busy = asyncio.Event()
    server.scripts.append(scripts.wait_for(busy))
    transport = connect(server, max_connections=1)
    tasks = [asyncio.ensure_future(transport.send(get, Attempt())) for _ in range(3)]
    await server.until(lambda: len(server.requests) == 1)
    closing = asyncio.ensure_future(transport.aclose())
    await settled()
    busy.set()

    await closing

    assert [200] * 3 == [reply.status for reply in await asyncio.gather(*tasks)]
    await server.until(lambda: server.ended == 1)


async def test_close_ends_what_takes_longer_than_its_grace(connect, server, scripts, get) -> None:
    """After the grace period the request under way fails as unknown, the waiting one as not applied."""
    server.scripts.append(scripts.wait_for(asyncio.Event()))
    transport = connect(server, max_connections=1, options={"close_grace": 0.02})
    tasks = [asyncio.ensure_future(transport.send(get, Attempt())) for _ in range(2)]
    await server.until(lambda: len(server.requests) == 1)

    await transport.aclose()
    ended = await asyncio.gather(*tasks, return_exceptions=True)

    assert [ConnectionLostError] * 2 == [type(end) for end in ended]
    assert [Outcome.UNKNOWN, Outcome.NOT_APPLIED] == [end.outcome for end in ended]


async def test_fault_49_use_after_close_and_double_close(connect, server, get, attempt) -> None:
    """A closed transport says so; closing it again is fine; so is closing one that was never used."""
    transport = connect(server)
    await transport.send(get, attempt)

    await transport.aclose()
    await transport.aclose()
    await connect(server).aclose()

    with pytest.raises(SessionClosedError):
        await transport.send(get, attempt)
