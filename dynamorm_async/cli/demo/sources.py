"""Python source as it is run, to print it."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from typing import Any

__all__ = ["body_of", "class_of"]


def body_of(function: Callable[..., Any]) -> str:
    """The lines of a function from its docstring, of one line, to the first empty line."""
    _, _, *lines = inspect.getsource(function).splitlines()
    return textwrap.dedent("\n".join(lines[: lines.index("")]))


def class_of(model: type[Any]) -> str:
    """The lines of a class without its docstring, which is one line."""
    head, _, _, *lines = inspect.getsource(model).splitlines()
    return "\n".join([head, *lines])
