"""Faults of the wire: what a client meets, byte for byte."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from dynamorm_async.testing.faults import (
    Cut,
    Delay,
    Drip,
    Duplicate,
    Fault,
    FaultServer,
    Flood,
    Hang,
    HangUp,
    HeaderBomb,
    Pass,
    Reset,
)
from tests.support.raw import connected, serving

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize(
    ("fault", "carried_out"),
    [(Reset.after_request(), 1), (Reset.after_request(applied=False), 0), (Reset.before_request(), 0)],
)
async def test_a_reset_is_a_reset(fault: Fault, carried_out: int) -> None:
    """RST, not FIN; the write behind it happened or not, as scripted."""
    async with serving(fault) as (server, client):
        with pytest.raises(ConnectionResetError):
            await client.call("PutItem")

    assert (server.count("PutItem"), len(server.carried_out)) == (1, carried_out)


async def test_a_reset_before_the_request_does_not_wait_for_its_body() -> None:
    """It strikes while the client is still sending."""
    async with serving(Reset.before_request()) as (server, client):
        client.writer.write(b"POST / HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n")

        with pytest.raises(ConnectionResetError):
            await client.rest()
    assert server.requests[0].body == b""


async def test_a_reset_on_connecting_comes_before_any_request() -> None:
    """It takes the next connection when it is the next step."""
    async with FaultServer([Pass(), Reset.on_connect()]) as server:
        async with connected(server) as kept:
            await kept.call()
            async with connected(server) as fresh:
                with pytest.raises(ConnectionResetError):
                    await fresh.call()
            await kept.call()
        async with connected(server) as later:
            await later.call()

    assert (server.connections, server.count()) == (3, 3)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Cut.before_head(), b""),
        (Cut(7, part="head"), b"HTTP/1."),
        (Cut(7), b'{"Item"'),
        (Cut(7, chunked=True), b'10\r\n{"Item"'),
    ],
)
async def test_a_cut_answer_ends_in_good_order(fault: Cut, expected: bytes) -> None:
    """FIN after so many bytes of the head, the body, or a chunk."""
    async with serving(fault, answer=lambda _: {"Item": {"a": 1}}) as (server, client):
        client.write("GetItem")
        received = await client.rest()

    assert (received if fault.part == "head" else received.partition(b"\r\n\r\n")[2]) == expected
    assert (b"transfer-encoding: chunked" in received) is fault.chunked
    assert len(server.carried_out) == 1


async def test_a_connection_is_hung_up_after_its_answer() -> None:
    """The answer is whole, and the connection gone without notice."""
    async with serving(HangUp()) as (_, client):
        reply = await client.call()

        assert (reply.status, reply.headers.get("connection")) == (200, None)
        assert await client.rest() == b""


@pytest.mark.parametrize(("fault", "arrives"), [(Hang(), b""), (Hang(9), b"HTTP/1.1 ")])
async def test_a_hanging_answer_never_comes(fault: Fault, arrives: bytes) -> None:
    """The request is carried out; then there is silence until the client gives up."""
    async with serving(fault) as (server, client):
        client.write("PutItem")
        await server.wait_for(1)

        assert await client.reader.readexactly(len(arrives)) == arrives
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.reader.read(1), 0.05)
        assert (len(server.carried_out), server.open_connections) == (1, 1)
        client.writer.close()
        await server.wait_until_left()


async def test_a_dripping_answer_comes_whole_in_the_end() -> None:
    """Drop by drop, and nothing is lost."""
    async with serving(Drip(16, 0.001), answer=lambda _: {"Item": {}}) as (_, client):
        reply = await client.call()

    assert (reply.json, reply.sound) == ({"Item": {}}, True)


@pytest.mark.parametrize("before", [True, False])
async def test_a_delayed_request_is_carried_out_at_once_or_late(before: bool) -> None:  # noqa: FBT001
    """While the client waits, the write has happened already, or has not."""
    async with serving(Delay(0.05, before=before)) as (server, client):
        client.write("PutItem")
        await server.wait_for(1)
        await asyncio.sleep(0)
        happened = len(server.carried_out)
        reply = await client.read()

    assert (happened, len(server.carried_out), reply.status) == (0 if before else 1, 1, 200)


@pytest.mark.parametrize(("answer", "number"), [("first", 1), ("second", 2)])
async def test_a_duplicated_request_is_carried_out_twice_and_answered_once(answer: Any, number: int) -> None:
    """The client gets the one answer or the other."""
    counted = iter([1, 2])
    async with serving(Duplicate(answer), answer=lambda _: {"n": next(counted)}) as (server, client):
        reply = await client.call("UpdateItem")

    assert reply.json == {"n": number}
    assert (server.count(), len(server.carried_out)) == (1, 2)


@pytest.mark.parametrize("chunked", [True, False])
async def test_a_flood_is_as_long_as_scripted(chunked: bool) -> None:  # noqa: FBT001
    """Every byte of it, with its length announced or in chunks."""
    async with serving(Flood(200_000, chunked=chunked), HangUp()) as (server, client):
        client.write("Scan")
        client.write("Scan")
        head, _, body = (await client.rest()).partition(b"\r\n\r\n")

    assert body.count(b" ", 0, 200_100) >= 200_000
    assert (b"content-length: 200000" in head) is not chunked
    assert server.bytes_sent > 200_000


async def test_a_client_that_leaves_a_flood_stops_it() -> None:
    """600 MB are not sent to nobody."""
    async with serving(Flood()) as (server, client):
        client.write("Scan")
        await client.reader.readexactly(100_000)
        client.writer.transport.abort()
        await server.wait_until_left()

    assert server.bytes_sent < 100_000_000


async def test_a_header_bomb_has_ten_thousand_headers() -> None:
    """A megabyte of head around the right body."""
    async with serving(HeaderBomb()) as (_, client):
        client.write("GetItem")
        lines = [await client.reader.readline() for _ in range(10_000)]

    assert sum(line.startswith(b"x-heap-") for line in lines) > 9_990
