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
LOG_BYTES = 4096
GUARD = str(Path(__file__).with_name("guard.py"))


@attrs.define(slots=True, eq=False)
class Child:
    """One engine process and the file that it writes to."""

    kind: str
    process: anyio.abc.Process
    log: IO[bytes]
    port: int | None

    async def last_words(self) -> str:
        """The end of what it wrote."""
        return await to_thread.run_sync(self._tail)

    def _tail(self) -> str:
        size = self.log.seek(0, os.SEEK_END)
        self.log.seek(max(0, size - LOG_BYTES))
        return self.log.read().decode(errors="replace").strip()

    async def failed(self, what: str) -> EngineFailedError:
        """The error that says what went wrong, with the log."""
        return EngineFailedError(f"the engine {self.kind!r} {what}.", log=await self.last_words())


def free_port() -> int:
    """A loopback port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


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
            return Engine(child.kind, f"http://{LOOPBACK}:{port}", child.process.pid)
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


async def ready(child: Child, within: float) -> Engine:
    """Wait for the first answer, for a bounded time."""
    with anyio.move_on_after(within):
        return await until_ready(child)
    raise await child.failed(f"did not answer within {within:g} s")


async def launch(kind: EngineKind, ready_within: float) -> tuple[Child, Engine]:
    """Start the process and wait for its first answer; on any failure it is gone again."""
    command = await to_thread.run_sync(kind.command, free_port())
    child = await start(kind.name, command)
    try:
        return child, await ready(child, ready_within)
    except BaseException:
        await stop(child)
        raise


async def launch_somewhere(kind: EngineKind, ready_within: float) -> tuple[Child, Engine]:
    """`launch`, and again on another port if it ended at once."""
    for _ in range(STARTS - 1):
        with contextlib.suppress(EngineFailedError):
            return await launch(kind, ready_within)
    return await launch(kind, ready_within)


@contextlib.asynccontextmanager
async def running(kind: EngineKind, ready_within: float) -> AsyncGenerator[Engine]:
    """Have the engine run for the length of a block."""
    child, engine = await launch_somewhere(kind, ready_within)
    try:
        yield engine
    finally:
        await stop(child)
