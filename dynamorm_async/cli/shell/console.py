"""Python's prompt, with top-level await.

The prompt keeps the main thread, so that Ctrl-C works in it as in any other; what awaits runs on an event loop of
another thread, where connections live on while somebody types.
"""

from __future__ import annotations

import ast
import asyncio
import builtins
import code
import contextlib
import inspect
import sys
import threading
import traceback
from collections.abc import Coroutine, Generator, Iterator, Mapping
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from anyio.from_thread import BlockingPortal

import dynamorm_async
from dynamorm_async.errors import DynamormError

__all__ = ["Console", "completing", "explained_coroutines"]

_OURS = str(Path(dynamorm_async.__file__).parent)
_FILE = "<shell>"
_MODULE = "__shell__"
_OWN_REFERENCES = 2
"""Of a value that one variable holds, as `sys.getrefcount` counts."""


class Console(code.InteractiveConsole):
    """A prompt whose statements may await.

    Args:
        names: What is at hand.
        portal: Runs what awaits.
    """

    locals: dict[str, Any]

    def __init__(self, names: Mapping[str, object], portal: BlockingPortal) -> None:
        # A module, as a model that is declared here looks up its annotations in one.
        module = sys.modules[_MODULE] = ModuleType(_MODULE)
        vars(module).update(names, __builtins__=builtins)
        super().__init__(vars(module), filename=_FILE)
        self.compile.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        self._portal = portal

    def runcode(self, code: CodeType) -> None:
        """Run one statement and show what is wrong with it; Ctrl-C ends the statement and not the shell."""
        self._succeeds(code)

    def run_all(self, text: str) -> None:
        """Run the statements of a text one by one, and show the values of expressions, as at the prompt.

        Raises:
            SystemExit: With 1, after the first that fails.
        """
        try:
            statements = ast.parse(text, _FILE).body
        except SyntaxError:
            self.showsyntaxerror(_FILE)
            raise SystemExit(1) from None
        for statement in statements:
            alone = ast.Interactive([statement])
            one = compile(alone, _FILE, "single", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
            if not self._succeeds(one):
                raise SystemExit(1)

    def _succeeds(self, code: CodeType) -> bool:
        try:
            awaited = FunctionType(code, self.locals)()
            if code.co_flags & inspect.CO_COROUTINE:
                self._wait_for(awaited)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001 - a statement may raise anything
            self.write("".join(_shown(error)))
            return False
        return True

    def _wait_for(self, awaited: Coroutine[Any, Any, object]) -> None:
        """Await it on the loop; after Ctrl-C until it has given back what it held, or until Ctrl-C comes again."""
        watched, ended = asyncio.Event(), threading.Event()

        async def turn() -> BaseException | None:
            try:
                await watched.wait()  # a Ctrl-C must find something to stop as soon as there is something
                await awaited
            except (SystemExit, KeyboardInterrupt) as leaving:
                return leaving  # it would end the loop
            finally:
                awaited.close()
                ended.set()
            return None

        running = self._portal.start_task_soon(turn)
        try:
            self._portal.call(watched.set)
            leaving = running.result()
        except KeyboardInterrupt:
            running.cancel()
            ended.wait()
            raise
        if leaving is not None:
            raise leaving


def _shown(error: BaseException) -> Iterator[str]:
    """The traceback, without what stands above the statement; of an error of ours, the caller's lines only."""
    ours = isinstance(error, DynamormError)
    shown = traceback.TracebackException.from_exception(error)
    frames = list(shown.stack)
    first = next((place for place, frame in enumerate(frames) if frame.filename == _FILE), 0)
    kept = [frame for frame in frames[first:] if not (ours and frame.filename.startswith(_OURS))]
    shown.stack = traceback.StackSummary.from_list(kept)
    return shown.format(chain=not ours)


@contextlib.contextmanager
def completing(names: dict[str, Any]) -> Generator[None]:
    """Complete names with Tab where Python has readline."""
    try:
        import readline  # noqa: PLC0415 - not on every platform
        import rlcompleter  # noqa: PLC0415 - needs the former
    except ImportError:
        yield
        return
    before = readline.get_completer()
    readline.set_completer(rlcompleter.Completer(names).complete)
    readline.parse_and_bind("bind ^I rl_complete" if "libedit" in (readline.__doc__ or "") else "tab: complete")
    try:
        yield
    finally:
        readline.set_completer(before)


@contextlib.contextmanager
def explained_coroutines() -> Generator[None]:
    """Say of a coroutine that is shown how to run it, and need no warning when it never is."""
    before = sys.displayhook

    def show(value: object) -> None:
        _forget_last()
        if inspect.iscoroutine(value):
            builtins.__dict__["_"] = value  # where Python's own prompt keeps the last value
            print(f"<{value.__qualname__}(...), not awaited; to run it: await _>")
        elif value is not None:
            before(value)

    sys.displayhook = show
    try:
        yield
    finally:
        sys.displayhook = before
        _forget_last()


def _forget_last() -> None:
    """Close the last value if it is a coroutine that nothing else refers to: somebody has been told already."""
    last = builtins.__dict__.pop("_", None)
    if inspect.iscoroutine(last) and sys.getrefcount(last) <= _OWN_REFERENCES:
        last.close()
