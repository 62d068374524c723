"""anyio, imported when something of it is used first: neither an import of the package nor a first ``get`` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dynamorm_async._lazy import lazily

if TYPE_CHECKING:
    import anyio
    from anyio import to_thread
else:
    anyio = lazily("anyio")
    to_thread = lazily("anyio.to_thread")

__all__ = ["anyio", "to_thread"]
