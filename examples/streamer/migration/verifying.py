"""The proof: as many items in the new table as in the old one, and a sample of them compared field by field."""

from __future__ import annotations

import random

import attrs

from dynamorm_async import Session
from examples.streamer.migration.steps import STEPS, Item, Step, turned, values_of

__all__ = ["Verified", "verify"]


@attrs.frozen
class Verified:
    """What was found of one table.

    Attributes:
        name: What its items are called.
        old: How many there are in the old table.
        new: How many there are in the new one.
        compared: How many were looked at one by one.
        missing: Of these, not in the new table.
        different: Of these, with another value in some field.
    """

    name: str
    old: int
    new: int
    compared: int
    missing: int
    different: int

    @property
    def is_good(self) -> bool:
        """Whether the copy is whole."""
        return self.old == self.new and not self.missing and not self.different


async def verify(db: Session, sample: int = 1_000) -> list[Verified]:
    """Compare the tables, while nobody writes.

    Args:
        db: Reaches the tables, old and new.
        sample: How many items of each table to compare; they are drawn by lot.
    """
    return [await _verify(db, step, sample) for step in STEPS]


async def _verify(db: Session, step: Step, sample: int) -> Verified:
    old, drawn = await _draw(db, step, sample)
    expected = [turned(item, step.new) for item in drawn]
    stored = await db.batch_get(step.new, expected, consistent=True)
    different = [
        before
        for before, after in zip(drawn, stored.aligned, strict=True)
        if after is not None and any(getattr(after, name) != value for name, value in values_of(before).items())
    ]
    new = await step.new.scan().consistent().using(db).count()
    return Verified(step.name, old, new, len(drawn), len(stored.missing), len(different))


async def _draw(db: Session, step: Step, size: int) -> tuple[int, list[Item]]:
    """How many old items there are, and some of them, each as likely as any other."""
    count, drawn = 0, list[Item]()
    async for item in step.old.scan().consistent().using(db):
        count += 1
        if len(drawn) < size:
            drawn.append(item)
        elif (place := random.randrange(count)) < size:  # noqa: S311  no secret
            drawn[place] = item
    return count, drawn
