"""Advice: told once where it is due, as an event and as a warning at the caller's line; silent otherwise."""

from __future__ import annotations

import warnings

import pytest

from dynamorm_async import Attr, GlobalIndex, Model, attr, partition_key, sort_key
from dynamorm_async.events import Advice, DynamormAdvice, PlanChosen

pytestmark = pytest.mark.asyncio


class Row(Model[str, int], table="rows"):
    kind: Attr[str] = partition_key()
    number: Attr[int] = sort_key()
    owner: Attr[str] = attr(default="o")
    weight: Attr[int] = attr(default=0)

    by_owner = GlobalIndex(owner)


class Watch:
    """Keeps advice and plans."""

    def __init__(self):
        self.seen = []

    def notify(self, event):
        if isinstance(event, Advice | PlanChosen):
            self.seen.append(event)


async def watched(db, count=0):
    """A table of so many rows, and what is told from then on."""
    await db.create_table(Row)
    await db.batch_put([Row(kind="a", number=number, weight=number) for number in range(count)])
    watch = Watch()
    db.runner.observers.append(watch)
    return watch


async def test_scan_that_a_key_serves_is_told_of_it(db):  # R125
    """As a warning whose place is this file, and as an event."""
    watch = await watched(db)

    with pytest.warns(DynamormAdvice, match="DA001 Row: index 'by_owner' serves these conditions") as caught:
        await Row.scan(Row.owner == "o")

    assert caught[0].filename == __file__
    assert caught[0].message.code == "DA001"
    assert [event.code for event in watch.seen if isinstance(event, Advice)] == ["DA001"]


async def test_filter_by_what_another_index_has_in_its_key_is_told(db):  # R88
    """The table goes first at equal fit; which is better only the data say."""
    await watched(db)

    with pytest.warns(DynamormAdvice, match="DA001 Row: index 'by_owner' has what is filtered"):
        await Row.query(Row.kind == "a", Row.owner == "o")


async def test_reading_much_for_little_is_told(db):  # R128
    """When a hundred items or more were read and less than a tenth returned."""
    await watched(db, 120)

    with pytest.warns(DynamormAdvice, match="DA004 Row: 120 items were read and paid for, 5 returned"):
        assert len(await Row.query(Row.kind == "a", Row.weight < 5)) == 5


@pytest.mark.parametrize(
    "query",
    [
        Row.query(Row.kind == "a"),
        Row.query(Row.kind == "a", Row.number > 3),
        Row.query(Row.kind == "a", Row.weight > 30),
        Row.query(Row.owner == "o"),
        Row.query(Row.kind == "a", Row.owner == "o").index("by_owner"),
        Row.scan(),
        Row.scan(Row.weight > 3),
    ],
)
async def test_what_needs_no_advice_gets_none(db, query):
    """Warnings are errors here, so that one would fail the test."""
    watch = await watched(db, 50)
    await query

    assert [event for event in watch.seen if isinstance(event, Advice)] == []


async def test_plan_is_told(db):
    """Which index serves, and why."""
    watch = await watched(db)
    await Row.query(Row.owner == "o").count()

    assert watch.seen == [PlanChosen("Row", "Query", "by_owner", "owner equal")]


async def test_advice_can_be_silenced_by_code_or_made_an_error(db):  # R125
    """With the filters of `warnings`."""
    await watched(db)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="DA001", category=DynamormAdvice)
        await Row.scan(Row.owner == "o")
    with warnings.catch_warnings(), pytest.raises(DynamormAdvice):
        warnings.filterwarnings("error", category=DynamormAdvice)
        await Row.scan(Row.owner == "o")
