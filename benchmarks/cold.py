"""One cold start: import a client, make it, read one item. The harness measures the process up to there.

The process ends without tidying up, as a Lambda function that has answered does: what a client costs at exit is no part
of a cold start, and one of them panics there.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import sys

__all__ = ["main"]


async def _first(module: object, endpoint: str) -> None:
    client = await module.setup(endpoint)  # type: ignore[attr-defined]  # an adapter, see benchmarks/clients
    assert await client.get() is not None
    os._exit(0)


def main() -> None:
    """``python -m benchmarks.cold import|get CLIENT [ENDPOINT]``."""
    how, name, *endpoint = sys.argv[1:]
    module = importlib.import_module(f"benchmarks.clients.{name}")
    if how == "get":
        asyncio.run(_first(module, endpoint[0]))
    os._exit(0)


if __name__ == "__main__":
    main()
