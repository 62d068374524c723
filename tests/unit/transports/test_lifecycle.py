"""Loops that end, threads that mix them up, processes that fork, and a cold start."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import textwrap
import threading
import warnings
from types import SimpleNamespace

import pytest
import uvloop

from dynamorm_async._ops.effects import Attempt, Call
from dynamorm_async.errors import WrongEventLoopError
from dynamorm_async.transports import Credentials, DirectTransport
from dynamorm_async.transports.credentials import FixedCredentials
from dynamorm_async.transports.endpoints import EndpointOptions
from dynamorm_async.transports.lifecycle import start_afresh, watch_copies
from tests.support.processes import run_program

GET = Call("GetItem", b"{}", table="users")


class ServerThread:
    """A scripted server on a loop and thread of its own, so that a test's own loops may come and go."""

    def __init__(self, scripts) -> None:
        self.server = scripts.Server()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)

    def __enter__(self):
        self.thread.start()
        asyncio.run_coroutine_threadsafe(self.server.start(), self.loop).result()
        return self.server

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self.server.stop(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


@pytest.fixture
def remote(scripts):
    """A server that outlives the test's loops."""
    with ServerThread(scripts) as server:
        yield server


def transport_to(server) -> DirectTransport:
    """A transport that nobody closes for the test."""
    return DirectTransport(
        region="us-east-1",
        options=EndpointOptions(endpoint_url=server.url),
        source=FixedCredentials(Credentials("AKID", "secret")),
    )


async def twice(transport) -> list[int]:
    """Two requests side by side."""
    return [reply.status for reply in await asyncio.gather(*(transport.send(GET, Attempt()) for _ in range(2)))]


runners = pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])


@runners
def test_fault_49_two_runs_in_a_row(remote, run) -> None:
    """Each `asyncio.run` gets connections of its own; the first run's are closed with its loop, without a warning."""
    transport = transport_to(remote)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first, second = run(twice(transport)), run(twice(transport))
        run(transport.aclose())
        gc.collect()

    assert [200, 200] == first == second
    assert remote.connections == 4


def test_fault_49_loop_closed_by_hand(remote) -> None:
    """A loop that was closed without shutting down leaves sockets behind; they close without a warning."""
    transport = transport_to(remote)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(twice(transport))
    loop.close()

    assert [200, 200] == asyncio.run(twice(transport))
    gc.collect()

    assert remote.connections == 4


@runners
def test_fault_49_loop_that_is_paused(remote, run) -> None:
    """A loop that exists but does not run is left without harm, and can be come back to."""
    transport = transport_to(remote)
    paused = asyncio.new_event_loop()
    first = paused.run_until_complete(twice(transport))
    second = run(twice(transport))
    third = paused.run_until_complete(twice(transport))
    paused.run_until_complete(transport.aclose())
    paused.close()

    assert [200, 200] == first == second == third


def test_fault_49_other_loop_that_is_running(remote) -> None:
    """Used from a second thread's loop while the first still runs: an error that says what to do."""
    transport = transport_to(remote)
    running = asyncio.new_event_loop()
    thread = threading.Thread(target=running.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(twice(transport), running).result()

    with pytest.raises(WrongEventLoopError, match="one session per loop"):
        asyncio.run(twice(transport))

    assert [200, 200] == asyncio.run_coroutine_threadsafe(twice(transport), running).result()
    asyncio.run(transport.aclose())  # from outside; the other loop closes its own connections
    asyncio.run_coroutine_threadsafe(asyncio.sleep(0.01), running).result()
    running.call_soon_threadsafe(running.stop)
    thread.join()
    running.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@runners
def test_fault_50_fork(remote, run, scripts) -> None:
    """A child opens connections of its own, and the parent's go on."""
    transport = transport_to(remote)

    async def parent() -> tuple[int, list[int]]:
        await twice(transport)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # newer Pythons warn of forking beside threads, as this test does
            child = os.fork()
        if child == 0:
            asyncio.events._set_running_loop(None)
            code = 1
            try:
                code = 0 if asyncio.run(twice(transport)) == [200, 200] else 2
            finally:
                os._exit(code)
        _, ended = await asyncio.to_thread(os.waitpid, child, 0)
        return os.waitstatus_to_exitcode(ended), await twice(transport)

    code, after = run(parent())

    assert (0, [200, 200]) == (code, after)
    assert remote.connections == 4


def test_restored_snapshot_starts_afresh(remote, monkeypatch) -> None:
    """Lambda's SnapStart restores a process whose connections are dead: the next request opens new ones."""
    callbacks = []
    fake = SimpleNamespace(register_after_restore=callbacks.append)
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", fake)
    monkeypatch.delattr(os, "register_at_fork")
    watch_copies({"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"})
    watch_copies({})
    transport = transport_to(remote)

    async def invocations() -> list[int]:
        await twice(transport)
        callbacks[0]()
        return await twice(transport)

    assert [200, 200] == asyncio.run(invocations())
    assert [start_afresh] == callbacks
    assert remote.connections == 4


def test_import_and_first_request_need_no_sdk(remote) -> None:
    """Import, opening with environment credentials and the first request load no AWS SDK and no HTTP client."""
    program = textwrap.dedent(f"""
        import asyncio, sys
        from dynamorm_async._ops.effects import Attempt, Call
        from dynamorm_async.transports import Settings, open_transport

        async def main():
            transport = await open_transport(Settings(endpoint_url="{remote.url}"))
            print((await transport.send(Call("GetItem", b"{{}}"), Attempt())).status)
            await transport.aclose()

        asyncio.run(main())
        heavy = "boto3 botocore aiobotocore aioboto3 aiohttp httpx urllib.request email http.client requests"
        print([name for name in heavy.split() if name in sys.modules])
    """)
    environ = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "x", "AWS_CONFIG_FILE": "/nowhere"}

    assert run_program(program, AWS_REGION="eu-west-1", **environ) == b"200\n[]\n"
