"""Which converter hooks are this library's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar
from weakref import WeakSet

__all__ = ["Dump", "Load", "is_ours", "ours"]

Dump: TypeAlias = Callable[[Any], Any]
"""A Python value to a plain one that `_wire.values` can store."""
Load: TypeAlias = Callable[[Any], Any]
"""A plain value to the Python value it stands for."""
Hook = TypeVar("Hook", bound=Callable[..., Any])

_OURS: WeakSet[Callable[..., Any]] = WeakSet()


def ours(hook: Hook) -> Hook:
    """Mark a hook as this library's: it does what the compiled code does, so the compiled code may stand for it."""
    _OURS.add(hook)
    return hook


def is_ours(hook: Callable[..., Any]) -> bool:
    """Whether `ours` marked it."""
    return hook in _OURS
