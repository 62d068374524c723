"""Generated source: lines, the objects they use, and the way into tracebacks."""

from __future__ import annotations

import itertools
import linecache
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

__all__ = ["Source"]

_NUMBERS = itertools.count(1)


class Source:
    """Source text under construction.

    Args:
        title: For the file name that tracebacks show, ``<dynamorm_async encode User 7>``.
        names: What the lines can use by name.
    """

    def __init__(self, title: str, names: Mapping[str, Any] = MappingProxyType({})) -> None:
        self.filename = f"<dynamorm_async {title} {next(_NUMBERS)}>"
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
        linecache.cache[self.filename] = (len(text), None, text.splitlines(keepends=True), self.filename)
        # The text is made of field positions, of names that are identifiers, and of literals through repr().
        exec(compile(text, self.filename, "exec"), self._names)  # noqa: S102
        return self._names
