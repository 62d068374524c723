"""One client's process: does slices of work as it is told over a pipe, and answers what they cost.

Runs in the client's own virtual environment, so it imports nothing but the standard library and the adapter.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import importlib
import importlib.metadata
import json
import os
import platform
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TextIO

from benchmarks import machine
from benchmarks.checks import check
from benchmarks.profiling import profile

__all__ = ["main"]

Order = dict[str, Any]
Answer = dict[str, Any]


_WARM = 256
"""So many calls at most open every connection that a client may have."""


class Worker:
    """A client, the loop it lives on, and the orders it understands."""

    def __init__(self, name: str, loop: asyncio.AbstractEventLoop, core: int | None) -> None:
        self.module = importlib.import_module(f"benchmarks.clients.{name}")
        self.loop = loop
        self.core = core
        self.client: Any = None

    def obey(self, order: Order) -> Answer:
        """Carry out one order."""
        action: Callable[[Order], Answer] = getattr(self, f"do_{order['do']}")
        return action(order)

    def do_setup(self, order: Order) -> Answer:
        """Connect; say which works there are and which versions are in use."""
        self.client = self.loop.run_until_complete(self.module.setup(order["endpoint"]))
        works = [name for name in dir(self.client) if not name.startswith("_")]
        about = {"label": self.module.LABEL, "models": self.module.MODELS}
        return {"works": works, "dialect": getattr(self.module, "DIALECT", "iso"), "versions": versions(), **about}

    def do_check(self, order: Order) -> Answer:
        """Prove that the work gives what it should."""
        check(self.client, order["work"], order, self.loop)
        return {}

    def do_slice(self, order: Order) -> Answer:
        """Repeat a work for some seconds with so many in flight."""
        work, many = self._work(order), order["in_flight"]
        self.loop.run_until_complete(_gather(work, many))
        with self._measured() as answer:
            answer["operations"] = self.loop.run_until_complete(_repeat(work, many, order["seconds"]))
        return answer

    def do_burst(self, order: Order) -> Answer:
        """Start so many at once and wait for all, again and again for some seconds."""
        work, many = self._work(order), order["in_flight"]
        self.loop.run_until_complete(_gather(work, min(many, _WARM)))
        with self._measured() as answer:
            bursts = _spin(lambda: self.loop.run_until_complete(_gather(work, many)), order["seconds"])
            answer["operations"] = bursts * many
        return answer

    def do_local(self, order: Order) -> Answer:
        """Repeat a work that needs no loop; one call does ``items`` operations."""
        method = getattr(self.client, order["work"])
        arguments = [order["body"].encode()] if "body" in order else []
        method(*arguments)
        with self._measured() as answer:
            answer["operations"] = order["items"] * _spin(lambda: method(*arguments), order["seconds"])
        return answer

    def do_stream(self, order: Order) -> Answer:
        """Read a long stream once, watching memory."""
        gc.collect()
        before = machine.reset_peak()
        with self._measured() as answer:
            answer["operations"] = self.loop.run_until_complete(self.client.stream(order["count"]))
        return answer | {"grown": machine.peak_memory() - before}

    def do_profile(self, order: Order) -> Answer:
        """Repeat a work as a slice does, under a profiler."""
        work, many = self._work(order), order["in_flight"]
        self.loop.run_until_complete(_gather(work, many))
        rows = profile(self.loop, lambda: _repeat(work, many, order["seconds"]), order["rows"])
        return {"rows": rows}

    def do_close(self, order: Order) -> Answer:
        """Release the client."""
        close = getattr(self.client, "close", None)
        if close is not None:
            self.loop.run_until_complete(close())
        return {}

    def _work(self, order: Order) -> Callable[[], Awaitable[object]]:
        method, arguments = getattr(self.client, order["work"]), order["arguments"]
        return (lambda: method(**arguments)) if arguments else method

    @contextlib.contextmanager
    def _measured(self) -> Iterator[Answer]:
        gc.collect()
        answer: Answer = {}
        with machine.Stopwatch(self.core) as watch:
            yield answer
        answer |= {"cpu": watch.cpu, "wall": watch.wall, "others": watch.others, "peak": machine.peak_memory()}


async def _gather(work: Callable[[], Awaitable[object]], many: int) -> None:
    await asyncio.gather(*(work() for _ in range(many)))


async def _repeat(work: Callable[[], Awaitable[object]], many: int, seconds: float) -> int:
    end = time.perf_counter() + seconds

    async def one() -> int:
        count = 0
        while True:
            await work()
            count += 1
            if time.perf_counter() > end:
                return count

    return sum(await asyncio.gather(*(one() for _ in range(many))))


def _spin(work: Callable[[], object], seconds: float) -> int:
    end, count = time.perf_counter() + seconds, 0
    while not count or time.perf_counter() < end:
        work()
        count += 1
    return count


def versions() -> dict[str, str]:
    """The versions of every distribution in this environment, and of Python."""
    found = {each.name: each.version for each in importlib.metadata.distributions()}
    return {"python": platform.python_version(), **found}


def _speak(worker: Worker, out: TextIO) -> None:
    for line in sys.stdin:
        try:
            answer = worker.obey(json.loads(line))
        except Exception as error:
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=out, flush=True)


def _loop(kind: str) -> asyncio.AbstractEventLoop:
    if kind == "uvloop":
        import uvloop

        return uvloop.new_event_loop()
    return asyncio.new_event_loop()


def main() -> None:
    """Obey orders, one JSON object a line on standard input, until it ends."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("client")
    parser.add_argument("--loop", choices=["asyncio", "uvloop"], default="asyncio")
    parser.add_argument("--core", type=int)
    options = parser.parse_args()
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a client prints must not disturb the answers
    if options.core is not None:
        os.sched_setaffinity(0, {options.core})
    loop = _loop(options.loop)
    asyncio.set_event_loop(loop)
    _speak(Worker(options.client, loop, options.core), out)


if __name__ == "__main__":
    main()
