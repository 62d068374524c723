"""The fault server itself: what it records, how it is steered, and that it leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import attrs
import pytest

from dynamorm_async.testing.faults import (
    Delay,
    Drip,
    Exchange,
    Fault,
    FaultProxy,
    FaultServer,
    Flood,
    Hang,
    Pass,
    Request,
    Response,
    Throttle,
    Unavailable,
)
from tests.support.raw import connected, serving

pytestmark = pytest.mark.asyncio


async def test_without_a_script_everything_is_answered() -> None:
    """An empty object with its checksum, over one kept connection."""
    async with serving() as (server, client):
        replies = [await client.call("GetItem"), await client.call("PutItem")]

    assert [(reply.status, reply.json, reply.sound) for reply in replies] == [(200, {}, True)] * 2
    assert [request.operation for request in server.requests] == ["GetItem", "PutItem"]
    assert server.connections == 1


async def test_the_answer_function_gives_the_right_answers() -> None:
    """A mapping is encoded; a whole response is sent as it is."""

    def answer(request: Request) -> Any:
        if request.operation == "GetItem":
            return {"Item": {"id": request.json["Key"]["id"]}}
        return Response(418, b"tea", {"content-type": "text/plain"})

    async with serving(answer=answer) as (_, client):
        found = await client.call("GetItem", {"TableName": "users", "Key": {"id": {"S": "1"}}})
        tea = await client.call("PutItem")

    assert found.json == {"Item": {"id": {"S": "1"}}}
    assert (tea.status, tea.body) == (418, b"tea")


async def test_what_arrived_is_recorded() -> None:
    """Operation, tables, headers and body of every request, countable by operation and table."""
    async with serving() as (server, client):
        await client.call("GetItem", {"TableName": "users"}, "X-Extra: 1\r\n")
        await client.call("BatchGetItem", {"RequestItems": {"users": {}, "orders": {}}})
        await client.call("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "orders"}}]})

    first = server.requests[0]
    assert (first.number, first.connection, first.method, first.path) == (1, 1, "POST", "/")
    assert (first.headers["x-extra"], first.json, first.tables) == ("1", {"TableName": "users"}, {"users"})
    assert (server.count(), server.count("GetItem"), server.count(table="orders")) == (3, 1, 2)
    assert "x-extra" not in repr(first)


async def test_a_client_that_asks_to_close_is_not_kept() -> None:
    """``Connection: close`` is honoured."""
    async with serving() as (_, client):
        await client.call(headers="Connection: close\r\n")

        assert await client.rest() == b""


async def test_what_is_not_http_ends_the_connection() -> None:
    """Garbage is no reason to fail, on this side."""
    async with serving() as (server, client):
        client.writer.write(b"\x16\x03\x01 hello\r\n\r\n")

        with pytest.raises(ConnectionResetError):
            await client.rest()
    assert server.requests == []


# ---------------------------------------------------------------- the server's life


async def test_another_script_can_take_the_place_of_the_first() -> None:
    """The record starts anew, the connection stays."""
    async with serving(Throttle(times=None)) as (server, client):
        throttled = await client.call()
        server.play(Unavailable())
        failed = await client.call()
        passed = await client.call()

    assert [throttled.status, failed.status, passed.status] == [400, 500, 200]
    assert ([fault for _, fault in server.played], server.count()) == ([Unavailable()], 2)
    assert (server.connections, server.unplayed) == (1, ())


async def test_steps_that_never_played_are_named() -> None:
    """A test can see that its script was not used up."""
    async with serving(Pass(), Hang()) as (server, client):
        await client.call()

        assert server.unplayed == (Hang(),)


async def test_open_connections_can_be_reset_all_at_once() -> None:
    """As by a restart of the service; the next connection is served."""
    async with serving() as (server, client):
        await client.call()
        server.hang_up()

        with pytest.raises(ConnectionResetError):
            await client.rest()
        async with connected(server) as another:
            assert (await another.call()).status == 200


async def test_new_connections_can_be_refused_while_the_open_ones_live() -> None:
    """And are taken again afterwards, at the same port."""
    async with serving() as (server, client):
        endpoint = server.endpoint
        async with server.refusing():
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", int(endpoint.rpartition(":")[2]))
            assert (await client.call()).status == 200
        async with connected(server) as another:
            assert (await another.call()).status == 200

        assert server.endpoint == endpoint


async def test_leaving_ends_hanging_connections_and_tasks() -> None:
    """Nothing stays behind on the loop, whatever was going on."""
    before = asyncio.all_tasks()
    async with contextlib.AsyncExitStack() as stack:
        async with FaultServer([Hang(), Drip(1, 10), Flood(), Delay(10)]) as server:
            clients = [await stack.enter_async_context(connected(server)) for _ in range(5)]
            for number, client in enumerate(clients[:4], 1):
                client.write("GetItem")
                await server.wait_for(number)

        assert (server.open_connections, asyncio.all_tasks()) == (0, before)
        with contextlib.suppress(ConnectionResetError):
            while await clients[2].reader.read(1_000_000):
                pass


async def test_leaving_while_clients_leave_is_quiet() -> None:
    """A connection that is just being closed, on either side of a proxy, raises nothing anywhere."""
    complaints: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))

    for _ in range(3):
        async with FaultServer() as engine, contextlib.AsyncExitStack() as stack, FaultProxy(engine.endpoint) as proxy:
            clients = [await stack.enter_async_context(connected(proxy)) for _ in range(20)]
            for client in clients:
                await client.call()
            for client in clients[::2]:
                client.writer.close()
            await asyncio.sleep(0)

    assert complaints == []


async def test_an_answer_function_that_raises_is_heard_on_leaving() -> None:
    """The client is cut off, and the mistake of the test comes out as itself."""

    def broken(_: Request) -> Any:
        raise KeyError("no such operation")

    with pytest.RaisesGroup(KeyError):
        async with FaultServer(answer=broken) as server, connected(server) as client:
            with pytest.raises(ConnectionResetError):
                await client.call()


async def test_waiting_for_a_request_that_never_comes_ends() -> None:
    """With a timeout, not with a hanging test."""
    async with FaultServer() as server:
        with pytest.raises(TimeoutError):
            await server.wait_for(1, seconds=0.01)


async def test_a_fault_of_ones_own_is_a_class_with_a_play_method() -> None:
    """The exchange offers all that the built-in ones use."""

    @attrs.frozen
    class Echo(Fault):
        """Answers with what was asked."""

        async def play(self, exchange: Exchange) -> None:
            """Echo."""
            await exchange.respond(Response.of(exchange.request.json))

    async with serving(Echo()) as (_, client):
        assert (await client.call(content={"a": 1})).json == {"a": 1}
