"""Runs the Python of documents and docstrings: top-level await, one namespace and one event loop for each text.

In Markdown, a comment before a block says what is special about it:

- ``<!-- example: session -->``: from here on there is an open session ``db`` on an engine of this machine.
- ``<!-- example: peer NAME -->``: the next block is for another library, beside the names of the page;
  left out, by name, where that library is not installed.
- ``<!-- example: shown -->``: the next block is a form to read and is not run.

A comment that begins with a line ``<!-- setup`` holds Python that runs and is not shown.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, TracebackType
from typing import Any, Self
from urllib.request import Request, urlopen

import attrs

from dynamorm_async import Session

_PARTS = re.compile(
    r"^<!-- example: (?P<mark>[\w ]+) -->$"
    r"|^<!-- setup\n(?P<setup>.*?)^-->$"
    r"|^(?P<indent> *)```(?P<language>\w+)[^\n]*\n(?P<code>.*?)^ *```$",
    re.MULTILINE | re.DOTALL,
)
_FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


@attrs.frozen
class Block:
    """A block of Python, where it stands, and what a comment says about it."""

    code: str
    line: int
    mark: str = ""


def blocks(text: str) -> Iterator[Block]:
    """The Python of a Markdown text; a mark is for the block after it."""
    mark = ""
    for part in _PARTS.finditer(text):
        if part["mark"]:
            mark = part["mark"]
        elif part["setup"] is not None:
            yield Block(part["setup"], text.count("\n", 0, part.start("setup")), mark)
            mark = ""
        elif part["language"] == "python":
            code = re.sub(f"^{part['indent']}", "", part["code"], flags=re.MULTILINE)
            yield Block(code, text.count("\n", 0, part.start("code")), mark)
            mark = ""
        else:
            mark = ""


class Examples:
    """Where the examples of one text run: a loop, a namespace, and an engine that was emptied before."""

    def __init__(self, endpoint: str, name: str) -> None:
        self.endpoint = endpoint
        self.namespace: dict[str, Any] = {"__name__": name, "ENDPOINT": endpoint}
        self.peers: dict[str, dict[str, Any]] = {}
        self._session: Session | None = None
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        with urlopen(Request(f"{self.endpoint}/moto-api/reset", method="POST")):
            pass
        self._runner.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            self._runner.run(self._session.aclose())
        self._runner.__exit__(kind, error, trace)

    def open(self) -> Session:
        """Open the session ``db``; tables are made quickly and cursors are signed."""
        self._session = Session(endpoint=self.endpoint, cursor_keys=[b"a secret of the examples"])
        self.namespace["db"] = self._runner.run(self._session.open())
        return self._session

    def run(self, code: str, file: str | Path, line: int = 0, namespace: dict[str, Any] | None = None) -> None:
        """Run statements; a failure shows the file's own line. A ``main()`` that they define is run after them."""
        space = self.namespace if namespace is None else namespace
        space.pop("main", None)
        tree = ast.increment_lineno(ast.parse(code, str(file)), line)
        self._evaluate(compile(tree, str(file), "exec", flags=_FLAGS, dont_inherit=True), space)
        if inspect.iscoroutinefunction(space.get("main")) and "asyncio.run(" not in code:
            self._runner.run(space["main"]())

    def value(self, code: str, file: str | Path) -> Any:
        """The value of an expression."""
        return self._evaluate(compile(code, str(file), "eval", flags=_FLAGS, dont_inherit=True), self.namespace)

    def peer(self, name: str) -> dict[str, Any]:
        """The namespace for another library's code."""
        return self.peers.setdefault(name, dict(self.namespace))

    def _evaluate(self, code: CodeType, space: dict[str, Any]) -> Any:
        async def turn() -> Any:
            outcome = eval(code, space)
            return await outcome if code.co_flags & inspect.CO_COROUTINE else outcome

        return self._runner.run(turn())
