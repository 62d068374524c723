"""Where a client's CPU goes. Imports the standard library alone, because it runs in the client's process."""

from __future__ import annotations

import asyncio
import cProfile
import pstats
import re
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

__all__ = ["profile"]

Row = tuple[float, float, float, str]
_LIBRARY = re.compile(r".*/(site-packages|lib/python3\.\d+)/")
_ROOT = f"{Path(__file__).parent.parent}/"


def profile(loop: asyncio.AbstractEventLoop, work: Callable[[], Coroutine[Any, Any, int]], rows: int) -> list[Row]:
    """Run a work, which says how many operations it did, under the standard profiler.

    Returns:
        Of the functions that took most themselves: their own microseconds an operation, their calls an operation, their
        microseconds with what they called, and where they are. The profiler makes Python calls look two to three times
        as dear as they are, and C calls hardly dearer.
    """
    profiler = cProfile.Profile()
    profiler.enable()
    operations = loop.run_until_complete(work())
    profiler.disable()
    timings: Any = pstats.Stats(profiler).stats  # type: ignore[attr-defined]  # there, but not declared
    found = [
        (own / operations * 1e6, calls / operations, whole / operations * 1e6, _where(*place))
        for place, (_, calls, own, whole, _) in timings.items()
    ]
    return sorted(found, reverse=True)[:rows]


def _where(file: str, line: int, name: str) -> str:
    short = _LIBRARY.sub("", file.removeprefix(_ROOT))
    return name if file == "~" else f"{short}:{line} {name}"
