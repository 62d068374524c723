"""An engine answers when it is handed over, and is gone afterwards, however the block ended."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import anyio
import attrs
import pytest

from dynamorm_async.testing.engines import (
    Command,
    EngineFailedError,
    EngineKind,
    EngineNotAvailableError,
    engine,
    process,
)
from dynamorm_async.testing.engines.ready import answers

PORT_HOLDER = "import socket, time; s = socket.create_server(('127.0.0.1', {port})); time.sleep(60)"


def alive(pid):
    """Whether the process runs; one that only waits to be reaped does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone_soon(pid):
    """Wait, for a bounded time, until the process is gone."""
    for _ in range(500):
        if not alive(pid):
            return True
        time.sleep(0.01)
    return False


@attrs.frozen
class Script(EngineKind):
    """An engine of one's own: a Python program."""

    source: str
    port: int | None = 1
    name: str = "script"

    def command(self, port):
        return Command((sys.executable, "-c", self.source.format(port=port)), port=self.port and port)


@pytest.mark.asyncio
async def test_it_answers_while_the_block_runs(engine_name):
    """The endpoint is on loopback and lists tables; afterwards nothing listens and the process is gone."""
    async with engine(engine_name) as running:
        host, port = running.endpoint.removeprefix("http://").split(":")

        assert (engine_name, "127.0.0.1") == (running.name, host)
        assert await answers(host, int(port))

    assert not await answers(host, int(port))
    assert not alive(running.pid)


@pytest.fixture
def engine_name(engine):
    """The name of an engine that can be started here."""
    return engine.name


@pytest.mark.asyncio
async def test_an_exception_ends_it(engine_name):
    """An error in the block comes out unchanged and the process is gone."""
    with pytest.raises(RuntimeError, match="mine"):
        async with engine(engine_name) as running:
            raise RuntimeError("mine")

    assert not alive(running.pid)


@pytest.mark.asyncio
async def test_cancellation_ends_it(engine_name):
    """Cancelling the block waits until the process is gone, and stays a cancellation."""
    with anyio.CancelScope() as scope:
        async with engine(engine_name) as running:
            scope.cancel()
            await anyio.sleep_forever()

    assert scope.cancelled_caught
    assert not alive(running.pid)


@pytest.mark.asyncio
async def test_a_cancellation_that_is_under_way_when_the_block_ends(engine_name):
    """asyncio's own minds no shield, as after a signal; the process is gone before it comes out."""

    async def interrupted():
        async with engine(engine_name) as running:
            pids.append(running.pid)
            asyncio.current_task().cancel()

    pids = []
    with pytest.raises(asyncio.CancelledError):
        await asyncio.ensure_future(interrupted())

    assert not alive(*pids)


@pytest.mark.asyncio
async def test_cancellation_while_starting_ends_it(monkeypatch):
    """Cancelled before the first answer, the process is gone too."""
    started = []

    async def start(kind, command):
        started.append(await original(kind, command))
        return started[-1]

    original = process.start
    monkeypatch.setattr(process, "start", start)
    with anyio.move_on_after(0.2):
        async with engine(Script("import time; time.sleep(60)")):
            pytest.fail("it never answers")

    (child,) = started
    assert not alive(child.process.pid)


@pytest.mark.asyncio
async def test_one_that_ignores_the_request_to_end_is_killed(monkeypatch):
    """A process that will not stop politely is stopped all the same, within the bound."""
    monkeypatch.setattr(process, "GRACE_SECONDS", 0.2)
    source = (
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "from dynamorm_async.testing.engines.moto_server import main; main()"
    )
    async with engine(Script(source, port=None)) as running:
        assert alive(running.pid)

    assert not alive(running.pid)


@pytest.mark.asyncio
async def test_one_that_ends_at_once_shows_its_log():
    """The message has the exit code and what the engine wrote."""
    with pytest.raises(EngineFailedError, match=r"'script' ended with code 7 before it was ready") as caught:
        async with engine(Script("import sys; print('no room', file=sys.stderr); sys.exit(7)")):
            pytest.fail("it never started")

    assert "no room" == caught.value.log
    assert "no room" in str(caught.value)


@pytest.mark.asyncio
async def test_one_that_announces_nothing_shows_its_log():
    """An engine that should print its port and prints a complaint is not waited for."""
    with pytest.raises(EngineFailedError, match="before it said where it listens") as caught:
        async with engine(Script("import sys; print('no module', file=sys.stderr); print('oops')", port=None)):
            pytest.fail("it never started")

    assert "no module" == caught.value.log


@pytest.mark.asyncio
async def test_one_that_never_answers_is_given_up():
    """Something listens but is no DynamoDB: an error when the time is up, and the process is gone."""
    with pytest.raises(EngineFailedError, match=r"'script' did not answer within 0\.3 s"):
        async with engine(Script(PORT_HOLDER), ready_within=0.3):
            pytest.fail("it never answers")


@pytest.mark.engines("dynoxide", "ministack")  # moto chooses its port itself, so it cannot lose one
@pytest.mark.asyncio
async def test_a_port_lost_in_the_meantime_is_tried_again_elsewhere(monkeypatch, engine_name):
    """Another program took the port that was free: the engine starts on the next one."""
    with process.socket.create_server(("127.0.0.1", 0)) as taken:
        ports = [taken.getsockname()[1], process.free_port()]
        monkeypatch.setattr(process, "free_port", lambda: ports.pop(0))
        async with engine(engine_name) as running:
            assert not running.endpoint.endswith(f":{taken.getsockname()[1]}")


@attrs.frozen
class OnPort(EngineKind):
    """An engine of one's own, on a port of its own: dynoxide, or a program that ends when it cannot listen."""

    fixed: int
    source: str = PORT_HOLDER
    name: str = "on-port"

    def command(self, port):
        return Command((sys.executable, "-c", self.source.format(port=self.fixed)), port=self.fixed)


@pytest.mark.asyncio
async def test_a_port_of_its_own_that_is_taken_is_one_clear_error(engine_name):
    """Another DynamoDB answers there: it is not taken for the engine, and nothing is started."""
    async with engine(engine_name) as running:
        port = int(running.endpoint.rpartition(":")[2])

        with pytest.raises(EngineFailedError, match=rf"'on-port' cannot have port {port}: another program listens"):
            async with engine(OnPort(port)):
                pytest.fail("it is the other engine")


@pytest.mark.asyncio
async def test_a_port_that_is_taken_while_it_starts(monkeypatch, engine_name):
    """The other one answers first, and this one ends when it tries to listen: that is told, with its log."""

    async def not_yet(port):
        return False

    monkeypatch.setattr(process, "is_taken", not_yet)
    monkeypatch.setattr(process, "SETTLING_SECONDS", 30)
    async with engine(engine_name) as running:
        port = int(running.endpoint.rpartition(":")[2])

        with pytest.raises(EngineFailedError, match=r"(?s)'on-port' ended with code 1.*Address already in use"):
            async with engine(OnPort(port)):
                pytest.fail("it is the other engine")


@pytest.mark.asyncio
async def test_the_time_to_get_ready_is_taken_once(monkeypatch):
    """One that does not answer in time is not started again."""
    started = []

    async def start(kind, command):
        started.append(kind)
        return await original(kind, command)

    original = process.start
    monkeypatch.setattr(process, "start", start)
    with pytest.raises(EngineFailedError, match="did not answer within"):
        async with engine(Script("import time; time.sleep(60)"), ready_within=0.2):
            pytest.fail("it never answers")

    assert ["script"] == started


async def killed(running):
    """Kill the engine, and wait until the system knows."""
    os.kill(running.pid, signal.SIGKILL)
    while running.failure() is None:  # noqa: ASYNC110  no event tells it
        await anyio.sleep(0.01)


@pytest.mark.asyncio
async def test_one_that_ends_in_the_block_is_told_at_its_end(engine_name):
    """By name, with its exit code and its log, though the block found nothing wrong."""
    with pytest.raises(EngineFailedError, match=rf"'{engine_name}' ended with code -9 while it was in use") as caught:
        async with engine(engine_name) as running:
            assert running.failure() is None
            await killed(running)

    assert -9 == caught.value.code


@pytest.mark.asyncio
async def test_an_error_of_the_block_comes_with_the_end_of_the_engine(engine_name):
    """The error is what the block raised; a note says what became of the engine."""
    with pytest.raises(LookupError) as caught:
        async with engine(engine_name) as running:
            await killed(running)
            raise LookupError

    assert [f"the engine '{engine_name}' ended with code -9 while it was in use."] == [
        note.partition(" Its last words")[0] for note in caught.value.__notes__
    ]


@pytest.mark.asyncio
@pytest.mark.parametrize("nothing", [5, None, Script])
async def test_what_is_no_engine_is_refused(nothing):
    """A number, nothing, or the class of a kind in place of one."""
    with pytest.raises(EngineNotAvailableError, match="is no engine"):
        async with engine(nothing):
            pytest.fail("there is no such engine")


@pytest.mark.asyncio
async def test_a_missing_program_is_an_engine_failure():
    """A command that cannot be run at all ends as a typed error with the system's words."""

    @attrs.frozen
    class Missing:
        name: str = "missing"

        def command(self, port):
            return Command(("/no/such/program",), port=port)

    with pytest.raises(EngineFailedError, match="/no/such/program"):
        async with engine(Missing()):
            pytest.fail("it never started")


@pytest.mark.asyncio
async def test_a_url_is_taken_as_it_is():
    """An endpoint that runs already is handed back; no process is started."""
    async with engine("http://127.0.0.1:1") as running:
        assert ("http://127.0.0.1:1", None) == (running.endpoint, running.pid)


@pytest.mark.asyncio
async def test_an_unknown_name_starts_nothing():
    """An unknown name is refused before any process."""
    with pytest.raises(EngineNotAvailableError, match="'oracle'"):
        async with engine("oracle"):
            pytest.fail("there is no such engine")


PARENT = """
import sys, anyio
from dynamorm_async.testing.engines import engine

async def main():
    async with engine(sys.argv[1]) as running:
        print(running.pid, flush=True)
        await anyio.sleep_forever()

try:
    anyio.run(main)
except KeyboardInterrupt:
    sys.exit(130)
"""


@contextlib.contextmanager
def parent_of(name):
    """A process that runs an engine, and the engine's process id."""
    arguments = [sys.executable, "-c", PARENT, name]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as parent:
        try:
            yield parent, int(parent.stdout.readline())
        finally:
            parent.kill()


@pytest.mark.parametrize(
    ("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_it_ends_with_the_process_that_started_it(how, code, engine_name):
    """Ctrl-C stops it in order; a parent that is terminated or killed takes it along."""
    with parent_of(engine_name) as (parent, pid):
        assert alive(pid)

        parent.send_signal(how)

        assert code == parent.wait(20)
        assert gone_soon(pid)
        assert "" == parent.stderr.read()


@contextlib.contextmanager
def watched(source):
    """A program under the guard's portable way of watching, and its process id."""
    arguments = [sys.executable, "-I", "-S", process.GUARD, "--watch", str(os.getpid()), sys.executable, "-c", source]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as guard:
        try:
            yield guard, int(guard.stdout.readline())
        finally:
            guard.kill()


SLEEPER = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"


def test_the_watching_guard_ends_the_program_when_its_input_closes():
    """Where the kernel cannot be asked, a closed pipe tells that the parent is gone."""
    with watched(SLEEPER) as (guard, pid):
        guard.stdin.close()

        assert -signal.SIGTERM == guard.wait(10) or guard.returncode == 256 - signal.SIGTERM
        assert gone_soon(pid)


def test_the_watching_guard_passes_on_the_request_to_end():
    """Stopping the guard stops the program."""
    with watched(SLEEPER) as (guard, pid):
        guard.terminate()
        guard.wait(10)

        assert gone_soon(pid)


def test_the_watching_guard_ends_with_the_program():
    """A program that ends by itself ends the guard, with its code."""
    with watched("import os, sys; print(os.getpid(), flush=True); sys.exit(5)") as (guard, _):
        assert 5 == guard.wait(10)
