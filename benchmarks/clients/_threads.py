"""A client that blocks, behind threads, as an async application has to use it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.clients._limits import THREADS

__all__ = ["Threads"]


class Threads:
    """Runs calls in a bounded pool."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS)

    async def __call__(self, work: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)

    def close(self) -> None:
        self._pool.shutdown()
