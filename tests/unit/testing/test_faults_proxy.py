"""The fault proxy: between a client and an engine, and honest about both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import ClientError

from dynamorm_async.errors import ConfigurationError
from dynamorm_async.testing.faults import (
    Cut,
    Delay,
    Fault,
    FaultProxy,
    FaultServer,
    HangUp,
    Partial,
    Pass,
    Request,
    Reset,
    Response,
    Throttle,
)
from tests.support.raw import Client, connected

pytestmark = pytest.mark.asyncio


@asynccontextmanager
async def proxied(*script: Fault, answer: Any = None) -> AsyncIterator[tuple[FaultServer, FaultProxy, Client]]:
    """An engine, a proxy in front of it, and a client of the proxy."""
    async with (
        FaultServer(answer=answer) as engine,
        FaultProxy(engine.endpoint, script) as proxy,
        connected(proxy) as client,
    ):
        yield engine, proxy, client


async def test_what_no_step_takes_passes_as_it_is() -> None:
    """Headers and body there, status, headers and body back; one connection here, one there."""

    def answer(request: Request) -> Response:
        return Response.of({"Item": {}}, 202, {"X-Engine": request.headers["x-client"]})

    async with proxied(answer=answer) as (engine, proxy, client):
        replies = [await client.call("GetItem", {"TableName": "users"}, "X-Client: 7\r\n") for _ in range(3)]

    assert [(reply.status, reply.json, reply.headers["x-engine"], reply.sound) for reply in replies] == [
        (202, {"Item": {}}, "7", True)
    ] * 3
    assert engine.requests[0].body == proxy.requests[0].body == b'{"TableName":"users"}'
    assert (engine.connections, proxy.connections) == (1, 1)


async def test_a_lost_answer_is_a_write_that_the_engine_has_seen() -> None:
    """Carried out behind the reset, or not, as scripted; the proxy's record says which."""
    async with proxied(Reset.after_request(), Reset.after_request(applied=False)) as (engine, proxy, client):
        with pytest.raises(ConnectionResetError):
            await client.call("PutItem")
        async with connected(proxy) as again:
            with pytest.raises(ConnectionResetError):
                await again.call("DeleteItem")

    assert [request.operation for request in engine.requests] == ["PutItem"]
    assert (proxy.count(), len(proxy.carried_out)) == (2, 1)


async def test_an_engine_that_closes_its_connection_gets_a_new_one() -> None:
    """Its idle limit is no fault of the client's."""
    async with (
        FaultServer([HangUp(), Pass()]) as engine,
        FaultProxy(engine.endpoint) as proxy,
        connected(proxy) as client,
    ):
        await client.call()
        await engine.wait_until_left()

        assert (await client.call()).status == 200
    assert (engine.connections, proxy.connections) == (2, 1)


async def test_an_answer_that_the_engine_cuts_is_lost_to_the_client_as_well() -> None:
    """Nothing is made up."""
    async with (
        FaultServer([Cut(3)], lambda _: {"Item": {}}) as engine,
        FaultProxy(engine.endpoint) as proxy,
        connected(proxy) as client,
    ):
        with pytest.raises(ConnectionResetError):
            await client.call()


@pytest.mark.parametrize("chunked", [True, False])
async def test_an_answer_of_unstated_length_arrives_whole(chunked: bool) -> None:  # noqa: FBT001
    """In chunks, or up to the end of the connection."""
    head = b"HTTP/1.1 200 OK\r\n" + (b"Transfer-Encoding: chunked\r\n\r\n" if chunked else b"\r\n")
    body = b"2\r\n{}\r\n0\r\n\r\n" if chunked else b"{}"

    async def engine(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n{}")
        writer.write(head + body)
        writer.close()

    server = await asyncio.start_server(engine, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, FaultProxy(f"http://127.0.0.1:{port}") as proxy, connected(proxy) as client:
        reply = await client.call()

    assert (reply.status, reply.body) == (200, b"{}")


async def test_an_engine_that_cannot_be_reached_is_a_bad_gateway() -> None:
    """As any proxy says."""
    async with FaultServer() as gone:
        endpoint = gone.endpoint
    async with FaultProxy(endpoint) as proxy, connected(proxy) as client:
        assert (await client.call()).status == 502


async def test_clients_do_not_wait_for_each_other() -> None:
    """A delayed answer on one connection holds up no other."""
    async with proxied(Delay(30)) as (_, proxy, slow):
        slow.write("GetItem")
        await proxy.wait_for(1)
        async with connected(proxy) as fast:
            assert (await fast.call()).status == 200


async def test_leaving_closes_the_connections_to_the_engine() -> None:
    """Nothing stays behind."""
    async with FaultServer() as engine:
        async with FaultProxy(engine.endpoint) as proxy, connected(proxy) as client:
            await client.call()
            assert engine.open_connections == 1
        await engine.wait_until_left()


@pytest.mark.parametrize("target", ["https://dynamodb.eu-west-1.amazonaws.com", "localhost:8000", "", "http://"])
async def test_a_target_that_is_no_plain_endpoint_is_refused(target: str) -> None:
    """At once, with what is wanted."""
    with pytest.raises(ConfigurationError, match="no endpoint of the form http://host:port"):
        FaultProxy(target)


async def test_the_aws_client_meets_the_faults_too() -> None:
    """Throttled once and retried by itself; a partial batch is reported as such."""
    script = [Throttle(operation="GetItem"), Partial(1), Throttle(operation="PutItem", times=None)]
    options: dict[str, Any] = {
        "region_name": "eu-west-1",
        "aws_access_key_id": "x",
        "aws_secret_access_key": "y",
        "config": AioConfig(retries={"total_max_attempts": 2, "mode": "standard"}),
    }
    put = {"PutRequest": {"Item": {"id": {"S": "2"}}}}
    async with (
        FaultServer(answer=lambda _: {"Item": {"id": {"S": "1"}}}) as engine,
        FaultProxy(engine.endpoint, script) as proxy,
        get_session().create_client("dynamodb", endpoint_url=proxy.endpoint, **options) as client,
    ):
        found = await client.get_item(TableName="users", Key={"id": {"S": "1"}})
        batch = await client.batch_write_item(RequestItems={"users": [put]})
        with pytest.raises(ClientError, match="ThrottlingException"):
            await client.put_item(TableName="users", Item={"id": {"S": "1"}})

    assert found["Item"] == {"id": {"S": "1"}}
    assert batch["UnprocessedItems"] == {"users": [put]}
    assert (proxy.count("GetItem"), proxy.count("PutItem"), len(engine.requests)) == (2, 2, 1)
