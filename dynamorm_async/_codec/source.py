"""Generated source: lines, the objects they use, and the way into tracebacks."""

from __future__ import annotations

import itertools
import linecache
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from zlib import crc32

__all__ = ["Source"]


class Source:
    """Source text under construction.

    Args:
        title: For the file name that tracebacks show, ``<dynamorm_async encode User 5d41402a>``.
        names: What the lines can use by name.
    """

    def __init__(self, title: str, names: Mapping[str, Any] = MappingProxyType({})) -> None:
        self._title = title
        self._names = dict(names)
        self._bound: dict[int, str] = {}
        self._blocks: list[str] = []
        self._count = itertools.count()

    def name(self, prefix: str) -> str:
        """A name that nothing else has."""
        return f"{prefix}_{next(self._count)}"

    def bind(self, prefix: str, value: Any) -> str:
        """The name of an object in the source."""
        if id(value) not in self._bound:
            name = self._bound[id(value)] = self.name(prefix)
            self._names[name] = value
        return self._bound[id(value)]

    def function(self, name: str, arguments: str, lines: list[str]) -> str:
        """Add a function; it may call those added before it and itself."""
        self._blocks.append("\n".join([f"def {name}({arguments}):", *(f"    {line}" for line in lines)]) + "\n")
        return name

    def compile(self) -> Mapping[str, Any]:
        """Run the source and enter it in `linecache`, so that tracebacks show its lines.

        Returns:
            The names it defines and uses.
        """
        text = "\n\n".join(self._blocks)
        # Named by its contents, so that the same source always has the same name and is kept once.
        filename = f"<dynamorm_async {self._title} {crc32(text.encode()):08x}>"
        linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
        # The text is made of field positions, of names that are identifiers, and of literals through repr().
        exec(compile(text, filename, "exec"), self._names)  # noqa: S102
        return self._names
