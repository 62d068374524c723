"""An event loop that is run in turns: by a thread of its own while somebody types, by the main thread in a statement.

So a statement is on the loop, where `asyncio.create_task` works, and in the main thread, where Ctrl-C reaches it even
if it never awaits; and what a statement has started goes on while the next is typed.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import signal
import threading
from collections.abc import Callable, Coroutine, Generator
from contextlib import AbstractAsyncContextManager
from contextvars import Context, copy_context
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from typing import Self

__all__ = ["Turns"]

T = TypeVar("T")


class Turns:
    """A loop and whose turn it is; closes what is left on it at the end of a ``with``."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._beside: threading.Thread | None = None

    def __enter__(self) -> Self:
        # Whoever types may block the loop, and need not be told so.
        self._runner.get_loop().slow_callback_duration = math.inf
        return self

    def __exit__(self, *_: object) -> None:
        self._take_over()
        self._runner.close()

    @contextlib.contextmanager
    def beside(self) -> Generator[None]:
        """Meanwhile the loop runs in a thread of its own."""
        if self._beside is None:  # one that Ctrl-C kept us from waiting for still runs it
            self._beside = threading.Thread(target=self._runner.get_loop().run_forever, daemon=True)
            self._beside.start()
        try:
            yield
        finally:
            self._take_over()

    def _take_over(self) -> None:
        if self._beside is not None:
            loop = self._runner.get_loop()
            loop.call_soon_threadsafe(loop.stop)
            self._beside.join()
            self._beside = None

    def run(self, awaited: Coroutine[Any, Any, T], context: Context | None = None) -> T:
        """Run it to its end, here. Ctrl-C ends it, when it has given back what it holds; a second does not wait.

        Raises:
            KeyboardInterrupt: It was ended so.
        """
        self._take_over()
        loop = self._runner.get_loop()
        task = loop.create_task(awaited, context=context)
        with _interruptible(loop, task) as interrupted:
            try:
                return loop.run_until_complete(task)
            except asyncio.CancelledError:
                if interrupted():
                    raise KeyboardInterrupt from None
                raise
            finally:
                if task.done() and not task.cancelled():
                    task.exception()  # it is raised here; nobody has to be told once more when the task goes

    @contextlib.contextmanager
    def entered(self, opening: AbstractAsyncContextManager[T]) -> Generator[T]:
        """What the manager gives, until the block ends. One task enters and leaves it, as cancel scopes want it."""
        opened: asyncio.Future[T] = self._runner.get_loop().create_future()
        closing = asyncio.Event()

        async def keep() -> None:
            async with opening as value:
                opened.set_result(value)
                await closing.wait()

        async def begin() -> T:
            try:
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            except asyncio.CancelledError:
                kept.cancel()
                await asyncio.wait([kept])
                raise
            if kept.done():
                kept.result()
            return opened.result()

        async def end() -> None:
            closing.set()
            await kept

        kept = self._runner.get_loop().create_task(keep(), context=copy_context())
        either: list[asyncio.Future[Any]] = [kept, opened]
        value = self.run(begin())
        try:
            yield value
        finally:
            self.run(end())


@contextlib.contextmanager
def _interruptible(loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any]) -> Generator[Callable[[], bool]]:
    """Meanwhile Ctrl-C ends this task: at once where it runs itself, at its ``await`` where it waits."""
    came = 0

    def stop(_: int, __: FrameType | None) -> None:
        nonlocal came
        came += 1
        if came > 1 or task.done() or asyncio.current_task(loop) is task:
            raise KeyboardInterrupt
        task.cancel()
        loop.call_soon_threadsafe(lambda: None)  # wake it

    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = signal.signal(signal.SIGINT, stop)
    try:
        yield lambda: came > 0
    finally:
        signal.signal(signal.SIGINT, before)
