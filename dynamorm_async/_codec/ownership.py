"""Which converter hooks are this library's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias, TypeVar
from weakref import WeakSet

__all__ = ["Dump", "Hooks", "Load", "is_ours", "ours"]

Dump: TypeAlias = Callable[[Any], Any]
"""A Python value to a plain one that `_wire.values` can store."""
Load: TypeAlias = Callable[[Any], Any]
"""A plain value to the Python value it stands for."""


class Hooks(Protocol):
    """Where the hooks for types are found: a cattrs converter, or what stands for one that nobody configured."""

    def get_unstructure_hook(self, kind: Any, /) -> Callable[[Any], Any]:
        """How values of this type are dumped."""
        ...

    def get_structure_hook(self, kind: Any, /) -> Callable[[Any, Any], Any]:
        """How values of this type are loaded."""
        ...


Hook = TypeVar("Hook", bound=Callable[..., Any])

_OURS: WeakSet[Callable[..., Any]] = WeakSet()


def ours(hook: Hook) -> Hook:
    """Mark a hook as this library's: it does what the compiled code does, so the compiled code may stand for it."""
    _OURS.add(hook)
    return hook


def is_ours(hook: Callable[..., Any]) -> bool:
    """Whether `ours` marked it."""
    return hook in _OURS
