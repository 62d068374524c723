"""`lazily`: a module that is imported when something of it is used first.

What an import of the package and a first ``get`` do not need comes through here, and through ``__getattr__`` of the
public packages, and in no other way. Each use stands beside an import of the same module for the type checkers, which
import-linter counts, too:

    if TYPE_CHECKING:
        import anyio
    else:
        anyio = lazily("anyio")

What this saves is in docs/design/cold-start.md.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

__all__ = ["doors", "lazily"]


class _Lazy:
    """Stands for a module. Each name is looked up in it once, and then is here like any other attribute."""

    def __init__(self, module: str) -> None:
        self.__name__ = module

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # somebody looks at all there is in a module
            raise AttributeError(name)
        found = getattr(import_module(self.__name__), name)
        setattr(self, name, found)
        return found

    def __repr__(self) -> str:
        return f"<module {self.__name__!r}, imported when it is used>"


def doors(package: str, names: Mapping[str, str]) -> Callable[[str], Any]:
    """A package's ``__getattr__`` (PEP 562): imports the module that has a name when the name is used first.

    Args:
        package: Its name.
        names: Of each such name, the module that has it, as seen from the package.

    Example:
        >>> __getattr__ = doors(__name__, {"Batch": "_batch"})
    """

    def find(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name, obj=sys.modules[package])
        found = getattr(import_module(f"{package}.{names[name]}"), name)
        setattr(sys.modules[package], name, found)
        return found

    return find


def lazily(module: str) -> Any:
    """The module of that name, imported when something of it is used first."""
    return _Lazy(module)
