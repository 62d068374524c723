"""Streamer behind a real WebSocket, as its README starts it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

import aiohttp
import anyio
import pytest

from examples.streamer.models import Status
from examples.streamer.serve import work
from tests.support.streamer import a_request, opened, spoil

pytestmark = pytest.mark.asyncio


@pytest.fixture
def environment(tmp_path):
    """Where the examples can be imported from without the checkout's package, which would hide the installed one."""
    (tmp_path / "examples").symlink_to(Path(__file__).parents[2] / "examples")
    return os.environ | {"PYTHONPATH": str(tmp_path)}


async def told(process):
    """What it says until the last line of its welcome."""
    text = ""
    while "curl" not in text:
        line = (await asyncio.wait_for(process.stdout.readline(), 40)).decode()
        assert line, text
        text += line
    return text


async def test_work_that_fails_ends_nothing_else(engine, caplog):
    """The request is FAILED with the error's text, and the next is worked on; an item that cannot be read is told."""
    async with opened(engine) as stores, anyio.create_task_group() as tasks:
        for request_id in ("unreadable", "large"):
            await stores.requests.enqueue(a_request(request_id, payload={"a": "z" * 250_000}))
        await spoil(stores, "unreadable")
        tasks.start_soon(work, stores)

        failed = await ended(stores.requests, "large")
        await stores.requests.enqueue(a_request("small", payload={"rows": 4}))
        done = await ended(stores.requests, "small")
        tasks.cancel_scope.cancel()
    assert Status.FAILED is failed.status
    assert "the item has 500" in failed.error
    assert (Status.COMPLETED, {"done": {"rows": 4}}) == (done.status, done.result)
    assert "REQ#unreadable" in caplog.text


async def test_an_end_that_cannot_be_told_ends_nothing(engine, caplog):
    """A request that is spoilt, or ended by another, while it is worked on is told of, and the others are ended."""
    async with opened(engine) as stores, anyio.create_task_group() as tasks:
        for request_id in ("spoilt", "ended", "r1"):
            await stores.requests.enqueue(a_request(request_id))
        taken = await stores.requests.dequeue(3)
        await spoil(stores, "spoilt", Status.PROCESSING)
        await stores.requests.fail_request("ended", "by another")
        handed = [taken]

        async def dequeue(_):
            return handed.pop() if handed else []

        stores.requests.dequeue = dequeue
        tasks.start_soon(work, stores)
        done = await ended(stores.requests, "r1")
        tasks.cancel_scope.cancel()
    assert Status.COMPLETED is done.status
    assert "a request could not be ended" in caplog.text


async def ended(queue, request_id):
    """A request when it has ended."""
    with anyio.fail_after(20):
        while not (found := await queue.get(request_id)).status.is_final:  # noqa: ASYNC110  nobody calls when it has
            await anyio.sleep(0.1)
    return found


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
async def test_work_is_done_over_a_websocket(engine, ending, environment):  # R141 R142
    """A client connects, asks for work, and finds it done; a forged token is refused; a signal ends it all."""
    program = (sys.executable, "-m", "examples.streamer.serve", "--port", "0", "--engine", engine.endpoint)
    process = await asyncio.create_subprocess_exec(*program, stdout=PIPE, stderr=STDOUT, env=environment)
    try:
        text = await told(process)
        ada = re.search(r"ada: ws(\S+)", text)[1]
        async with aiohttp.ClientSession() as http:
            async with http.get("http" + ada.partition("?")[0]) as refused:
                assert (401, {"code": "UNAUTHORIZED"}) == (refused.status, await refused.json())
            async with http.ws_connect("ws" + ada) as client:
                await client.send_json({"action": "export", "request_id": "r1", "payload": {"rows": 4}})
                answer = await client.receive_json(timeout=20)
                async with asyncio.timeout(20):
                    while answer["status"] != "COMPLETED":
                        await client.send_json({"action": "status", "request_id": "r1"})
                        answer = await client.receive_json(timeout=20)
                assert {"done": {"rows": 4}} == answer["result"]
                process.send_signal(ending)
                rest, _ = await asyncio.wait_for(process.communicate(), 20)
    finally:
        if process.returncode is None:
            process.kill()
    assert (b"", 0) == (rest.strip(), process.returncode)
