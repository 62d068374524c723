"""What merging single reads saves: ``python -m benchmarks.coalescing``.

A hundred gets are gathered, once as they are and once with ``Session(coalesce=True)``, in turns in one process; the
figures are the client's CPU for each get.
"""

from __future__ import annotations

import asyncio
import statistics
import time

from dynamorm_async import Attr, Model, Session, attr, partition_key, sort_key
from dynamorm_async.testing import engine

GETS, ROUNDS = 100, 40


class Row(Model[str, int], table="rows"):
    """A small item."""

    id: Attr[str] = partition_key()
    number: Attr[int] = sort_key()
    text: Attr[str] = attr(default="")


async def cpu(session: Session) -> float:
    """Microseconds of CPU for each of the gathered gets."""
    with session.scope():
        started = time.process_time()
        await asyncio.gather(*(Row.get("a", number) for number in range(GETS)))
        return (time.process_time() - started) / GETS * 1e6


async def main() -> None:
    """Measure both in turns, and print the medians and their ratio."""
    async with (
        engine("dynoxide") as running,
        Session(endpoint=running.endpoint) as plain,
        Session(endpoint=running.endpoint, coalesce=True) as merged,
    ):
        await plain.create_table(Row)
        await plain.batch_put(Row(id="a", number=number, text="x" * 100) for number in range(GETS))
        pairs = [(await cpu(plain), await cpu(merged)) for _ in range(ROUNDS)]
    single, together = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    print(f"{GETS} gets gathered: {single:.0f} us each; merged: {together:.0f} us each; {ratio:.1f} times less CPU")


if __name__ == "__main__":
    asyncio.run(main())
