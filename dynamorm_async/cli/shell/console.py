"""Python's prompt, with top-level await: every statement runs on the event loop, where connections live on."""

from __future__ import annotations

import ast
import asyncio
import builtins
import code
import contextlib
import inspect
import sys
import traceback
from collections.abc import Generator, Iterator, Mapping
from contextvars import copy_context
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import dynamorm_async
from dynamorm_async.cli.shell.turns import Turns
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
        turns: The loop that the statements run on, as does what they start.
    """

    locals: dict[str, Any]

    def __init__(self, names: Mapping[str, object], turns: Turns) -> None:
        # A module, as a model that is declared here looks up its annotations in one.
        module = sys.modules[_MODULE] = ModuleType(_MODULE)
        vars(module).update(names, __builtins__=builtins)
        super().__init__(vars(module), filename=_FILE)
        self.compile.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        self._turns = turns
        self._context = copy_context()  # one for all of them, so that a variable that one sets is there in the next

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

    def raw_input(self, prompt: str = "") -> str:
        """Read a line; what runs on the loop goes on meanwhile."""
        with self._turns.beside():
            return super().raw_input(prompt)

    def _succeeds(self, code: CodeType) -> bool:
        error = self._turns.run(self._outcome(code), self._context)
        if isinstance(error, (SystemExit, KeyboardInterrupt)):
            raise error
        if error is not None:
            self.write("".join(_shown(error)))
        return error is None

    async def _outcome(self, code: CodeType) -> BaseException | None:
        """Run it on the loop, and answer what it raised: nothing that a statement raises may end the loop."""
        try:
            awaited = FunctionType(code, self.locals)()
            if code.co_flags & inspect.CO_COROUTINE:
                await awaited
        except asyncio.CancelledError as error:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise  # by Ctrl-C
            return error
        except BaseException as error:  # noqa: BLE001 - a statement may raise anything
            return error
        return None


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
