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
import pytest

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
