"""What a transport is bound to: one process, and one event loop at a time.

A connection belongs to the loop that made it. When that loop has ended (two `asyncio.run` in a row, a test's loop, a
thawed Lambda), the next request starts afresh on the new loop; while it still runs (in another thread), that is a
mistake which is named. After a fork the child starts afresh, because two processes on one TLS stream destroy it.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

from dynamorm_async.errors import SessionClosedError, WrongEventLoopError

__all__ = ["LoopBound", "start_afresh", "watch_copies", "watch_loop"]

_LIVE: weakref.WeakSet[LoopBound] = weakref.WeakSet()
_BURIED: list[object] = []
"""What a copy of a process inherited. It may touch none of it, not even by letting it be collected."""


class LoopBound:
    """Base of the transports.

    Subclasses compare ``self._loop`` with the running loop before each request and call `_settle` if it is another;
    that comparison is the whole cost of all this.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_closed = False
        _LIVE.add(self)

    def _settle(self, loop: asyncio.AbstractEventLoop) -> None:
        """Move to this loop.

        Raises:
            SessionClosedError: Closed already.
            WrongEventLoopError: The loop it was used on is still running.
        """
        if self._is_closed:
            raise SessionClosedError("the session is closed.", hint="Open a new one.")
        if self._loop is not None:
            if self._loop.is_running():
                raise WrongEventLoopError(
                    "the session serves another event loop that is still running.", hint="Use one session per loop."
                )
            self._drop()
        self._loop = loop

    def _drop(self) -> None:
        """Let go of everything that belongs to the old loop; it does not run any more, so nothing can be awaited."""
        raise NotImplementedError

    def _inherited(self) -> object:
        """In a copy of the process: hand over everything that belongs to the original, and start afresh."""
        raise NotImplementedError

    def start_child(self) -> None:
        """In a copy of the process: keep what was inherited from being collected, and bind to no loop."""
        _BURIED.append((self._loop, self._inherited()))
        self._loop = None


def start_afresh() -> None:
    """Let every transport of this process open new connections, and never touch those it has.

    For a process that is the copy of another one: after a fork, and after a snapshot was restored. Both are
    noticed without help, the latter in AWS Lambda with SnapStart.
    """
    for bound in tuple(_LIVE):
        bound.start_child()


def watch_copies(environ: Mapping[str, str]) -> None:
    """Have `start_afresh` called in copies of this process."""
    if hasattr(os, "register_at_fork"):  # where there is a fork
        os.register_at_fork(after_in_child=start_afresh)
    if environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        with contextlib.suppress(ImportError):  # a part of Lambda's runtime, not a package to install
            importlib.import_module("snapshot_restore_py").register_after_restore(start_afresh)


watch_copies(os.environ)


async def watch_loop(ended: Callable[[], Awaitable[None] | None]) -> AsyncGenerator[None]:
    """Call (and await, if it is a coroutine) ``ended`` when the running loop shuts down.

    `asyncio.run` closes asynchronous generators that are still open before it closes its loop; this is one that
    does nothing else. Start it with ``await anext(watch)`` and stop it with ``await watch.aclose()``.
    """
    try:
        yield
    finally:
        waiting = ended()
        if waiting is not None:
            await waiting
        await asyncio.sleep(0)  # connections close in the loop's next turn
