"""One cold start: import a client, make it, read one item. The harness measures the whole process."""

from __future__ import annotations

import asyncio
import importlib
import sys

__all__ = ["main"]


async def _first(module: object, endpoint: str) -> None:
    client = await module.setup(endpoint)  # type: ignore[attr-defined]  # an adapter, see benchmarks/clients
    if hasattr(client, "get"):
        await client.get()
    close = getattr(client, "close", None)
    if close is not None:
        await close()


def main() -> None:
    """``python -m benchmarks.cold import|get CLIENT [ENDPOINT]``."""
    how, name, *endpoint = sys.argv[1:]
    module = importlib.import_module(f"benchmarks.clients.{name}")
    if how == "get":
        asyncio.run(_first(module, endpoint[0]))


if __name__ == "__main__":
    main()
