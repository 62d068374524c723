"""Starts an engine's process, waits until it answers, and never leaves it behind."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path
from subprocess import PIPE
from typing import IO

import anyio
import anyio.abc
import anyio.lowlevel
import attrs
from anyio import to_thread

from dynamorm_async.testing.engines.kinds import Command, Engine, EngineFailedError, EngineKind
from dynamorm_async.testing.engines.ready import answers

__all__ = ["LOOPBACK", "running"]

LOOPBACK = "127.0.0.1"
STARTS = 3
"""A port that was free can be taken a moment later, so an engine that ends at once is started again elsewhere."""
GRACE_SECONDS = 3.0
SETTLING_SECONDS = 0.2
"""How long an engine on a port of its own choice is watched after its first answer, which may have been another's."""
LOG_BYTES = 4096
GUARD = str(Path(__file__).with_name("guard.py"))


@attrs.define(slots=True, eq=False)
class Child:
    """One engine process and the file that it writes to."""

    kind: str
    process: anyio.abc.Process
    log: IO[bytes]
    port: int | None

    async def failed(self, what: str) -> EngineFailedError:
        """The error that says what went wrong, with the log."""
        return await to_thread.run_sync(self._failed, what, self.process.returncode)

    def failure(self) -> EngineFailedError | None:
        """What there is to tell of an engine that ended by itself; None while it runs."""
        ended, code = self._ended()
        told = "ended" if code is None else f"ended with code {code}"
        return self._failed(f"{told} while it was in use", code) if ended else None

    def _failed(self, what: str, code: int | None) -> EngineFailedError:
        return EngineFailedError(f"the engine {self.kind!r} {what}.", log=self._tail(), code=code)

    def _tail(self) -> str:
        size = self.log.seek(0, os.SEEK_END)
        self.log.seek(max(0, size - LOG_BYTES))
        return self.log.read().decode(errors="replace").strip()

    def _ended(self) -> tuple[bool, int | None]:
        """Whether it has ended, and its exit code; of the system, since the event loop is told some time later."""
        code = self.process.returncode
        if code is not None or not hasattr(os, "waitid"):
            return code is not None, code
        try:
            found = os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:  # it was waited for, and the loop is to be told
            return True, self.process.returncode
        if found is None:
            return False, None
        return True, found.si_status if found.si_code == os.CLD_EXITED else -found.si_status


def free_port() -> int:
    """A loopback port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


async def is_taken(port: int) -> bool:
    """Whether something listens there already."""
    try:
        with anyio.move_on_after(1.0):
            await (await anyio.connect_tcp(LOOPBACK, port)).aclose()
    except OSError:
        return False
    return True


async def start(kind: str, command: Command) -> Child:
    """Start the process; it dies with this one, whatever happens."""
    log = await to_thread.run_sync(tempfile.TemporaryFile)
    try:
        process = await anyio.open_process(
            [sys.executable, "-I", "-S", GUARD, str(os.getpid()), *command.arguments],
            stdin=PIPE,  # its closing tells the guard that this process is gone
            stdout=PIPE if command.port is None else log,
            stderr=log,
            env={**os.environ, **command.environment},
            start_new_session=True,  # Ctrl-C reaches this process alone, which then stops the engine in order
        )
    except BaseException:
        log.close()
        raise
    return Child(kind, process, log, command.port)


async def announced_port(child: Child) -> int:
    """The port that the engine prints as its first line."""
    line = b""
    if child.process.stdout is not None:
        with contextlib.suppress(anyio.EndOfStream):
            while not line.endswith(b"\n"):
                line += await child.process.stdout.receive()
    if not line.strip().isdigit():
        raise await child.failed("ended before it said where it listens")
    return int(line)


async def until_ready(child: Child) -> Engine:
    """Ask the engine, ever less often, until it answers."""
    port = child.port if child.port is not None else await announced_port(child)
    pause = 0.002
    while True:
        answered = await answers(LOOPBACK, port)
        # Asked after the answer: it might be another process's, if this one lost the port and ended.
        if child.process.returncode is not None:
            raise await child.failed(f"ended with code {child.process.returncode} before it was ready")
        if answered:
            return Engine(child.kind, f"http://{LOOPBACK}:{port}", child.process.pid, child.failure)
        await anyio.sleep(pause)
        pause = min(pause * 1.5, 0.1)


def send_signal(process: anyio.abc.Process, *, force: bool) -> None:
    """Tell the process, and what it started, to end."""
    with contextlib.suppress(ProcessLookupError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL if force else signal.SIGTERM)
        elif force:
            process.kill()
        else:
            process.terminate()


async def stop(child: Child) -> None:
    """End the process and wait for it, for at most twice `GRACE_SECONDS`, even while being cancelled."""
    try:
        # A cancellation by asyncio itself minds no shield: one that is under way is to arrive before the waiting.
        await anyio.lowlevel.checkpoint()
    finally:
        with anyio.CancelScope(shield=True):
            await end(child)


async def end(child: Child) -> None:
    """End the process: politely, then not."""
    for force in (False, True):
        if child.process.returncode is None:
            send_signal(child.process, force=force)
            with anyio.move_on_after(GRACE_SECONDS):
                await child.process.wait()
    if child.process.returncode is not None:
        await child.process.aclose()
    child.log.close()


async def ready(child: Child, within: float, ends: float) -> Engine:
    """Wait for the first answer, for a bounded time."""
    with anyio.CancelScope(deadline=ends):
        return await until_ready(child)
    raise await child.failed(f"did not answer within {within:g} s")


async def settled(child: Child) -> None:
    """See that the answer was this process's own: one whose port another has ends as soon as it tries to listen."""
    with anyio.move_on_after(SETTLING_SECONDS):
        await child.process.wait()
        raise await child.failed(f"ended with code {child.process.returncode}; another program answers on its port")


async def launch(kind: str, command: Command, offered: int, within: float, ends: float) -> tuple[Child, Engine]:
    """Start the process and wait for its first answer; on any failure it is gone again."""
    if command.port is not None and await is_taken(command.port):
        raise EngineFailedError(f"the engine {kind!r} cannot have port {command.port}: another program listens there.")
    child = await start(kind, command)
    try:
        engine = await ready(child, within, ends)
        if command.port not in {None, offered}:
            await settled(child)
    except BaseException:
        await stop(child)
        raise
    return child, engine


async def launch_somewhere(kind: EngineKind, within: float) -> tuple[Child, Engine]:
    """`launch`, and again on another port if it lost the one that it was offered and there is time left."""
    ends = anyio.current_time() + within
    for left in reversed(range(STARTS)):
        offered = free_port()
        command = await to_thread.run_sync(kind.command, offered)
        try:
            return await launch(kind.name, command, offered, within, ends)
        except EngineFailedError:
            if not left or command.port != offered or anyio.current_time() >= ends:
                raise
    raise AssertionError("unreachable")


async def ending(child: Child) -> EngineFailedError | None:
    """What there is to tell of an engine that ended by itself, with its exit code."""
    failure = await to_thread.run_sync(child.failure)
    if failure is None or failure.code is not None:
        return failure
    # Somebody has waited for it already: the event loop, which is told the code in a moment.
    with anyio.move_on_after(GRACE_SECONDS):
        await child.process.wait()
    return await to_thread.run_sync(child.failure)


@contextlib.asynccontextmanager
async def running(kind: EngineKind, ready_within: float) -> AsyncGenerator[Engine]:
    """Have the engine run for the length of a block, and tell if it ended before that."""
    child, engine = await launch_somewhere(kind, ready_within)
    try:
        yield engine
    except Exception as error:
        failure = await ending(child)
        if failure is not None:
            error.add_note(str(failure))
        raise
    else:
        failure = await ending(child)
        if failure is not None:
            raise failure
    finally:
        await stop(child)
