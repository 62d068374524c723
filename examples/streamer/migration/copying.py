"""The copying: every old table in parallel segments, at a limited rate, resumable, and harmless to repeat."""

from __future__ import annotations

import anyio
import attrs

from dynamorm_async import Session
from dynamorm_async.abc import Clock
from examples.streamer.migration.checkpoint import Checkpoint
from examples.streamer.migration.steps import STEPS, Item, Step, carry_over, turned

__all__ = ["Copied", "Migration", "Options"]


@attrs.frozen(kw_only=True)
class Options:
    """How to copy.

    Attributes:
        segments: How many parts of each table are read at once.
        rate: Items in a second, of all tables together; no limit if None.
        page_size: Items between two notes in the checkpoint.
        live: The new Streamer is in use already: never overwrite what it wrote.
        dry_run: Read and turn everything, and write nothing.
    """

    segments: int = 4
    rate: float | None = None
    page_size: int = 100
    live: bool = False
    dry_run: bool = False


@attrs.frozen
class Copied:
    """What became of one table."""

    name: str
    read: int
    written: int


class Pace:
    """Lets so many items pass in a second."""

    def __init__(self, rate: float | None, clock: Clock) -> None:
        self._rate = rate
        self._clock = clock
        self._free_at = clock.monotonic()

    async def wait(self, items: int) -> None:
        """Wait for the turn of so many items."""
        if self._rate is None:
            return
        now = self._clock.monotonic()
        start = max(self._free_at, now)
        self._free_at = start + items / self._rate
        await self._clock.sleep(start - now)


class Migration:
    """Copies the old tables into the new ones.

    Args:
        db: Reaches the tables, old and new.
        options: How.
        checkpoint: Where it stands; in a dry run it is left alone.
    """

    def __init__(self, db: Session, options: Options, checkpoint: Checkpoint | None = None) -> None:
        self._db = db
        self._options = options
        kept = None if options.dry_run else checkpoint
        self._checkpoint = kept or Checkpoint(options.segments)
        self._pace = Pace(options.rate, db.clock)

    async def run(self) -> list[Copied]:
        """Copy what is left to be copied.

        Raises:
            ExceptionGroup: Some of it failed. What was copied is in the checkpoint: mend the cause and run it again.
        """
        await self._checkpoint.load()
        async with anyio.create_task_group() as tasks:
            for step in STEPS:
                for number in range(self._options.segments):
                    tasks.start_soon(self._copy, step, number)
        return [self._copied(step.name) for step in STEPS]

    async def _copy(self, step: Step, number: int) -> None:
        part = self._checkpoint.part(step.name, number)
        source = step.old.scan().segment(number, self._options.segments).consistent().using(self._db)
        while not part.done:
            page = await source.page(self._options.page_size, part.cursor)
            await self._pace.wait(len(page))
            part.written += await self._write(step, list(page))
            part.read += len(page)
            part.cursor, part.done = page.cursor, page.cursor is None
            await self._checkpoint.save()

    async def _write(self, step: Step, items: list[Item]) -> int:
        if self._options.live and not self._options.dry_run:
            return sum([await carry_over(self._db, step, old) for old in items])
        made = [turned(old, step.new) for old in items]
        if self._options.dry_run:
            for new in made:
                new.put(overwrite=True).using(
                    self._db
                ).call()  # a key or value that does not fit is met only on its way
            return 0
        return await self._db.batch_put(made, overwrite=True)

    def _copied(self, name: str) -> Copied:
        parts = self._checkpoint.parts(name)
        return Copied(name, sum(part.read for part in parts), sum(part.written for part in parts))
