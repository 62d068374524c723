"""Advice: told once where it is due, as an event and as a warning at the caller's line; silent otherwise."""

from __future__ import annotations

import asyncio
import pickle
import warnings

import pytest

from dynamorm_async import Attr, GlobalIndex, Model, Session, attr, errors, partition_key, sort_key
from dynamorm_async.events import Advice, DynamormAdvice, PlanChosen
from dynamorm_async.testing import InstantClock

pytestmark = pytest.mark.asyncio


class Row(Model[str, int], table="rows"):
    kind: Attr[str] = partition_key()
    number: Attr[int] = sort_key()
    owner: Attr[str] = attr(default="o")
    weight: Attr[int] = attr(default=0)

    note: Attr[str] = attr(default="")

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


async def stepped(query):
    """One by one."""
    async for _ in query:
        pass


async def streamed(query):
    """Read ahead, up to a result."""
    async with query.stream() as rows:
        await anext(rows)


async def segmented(query):
    """Read by several workers."""
    async with query.stream(segments=2) as rows:
        async for _ in rows:
            pass


async def paged(query):
    """In pages."""
    async for _ in query.pages(size=3):
        pass


WAYS = {
    "await": lambda query: query,
    "async for": stepped,
    "stream": streamed,
    "stream of segments": segmented,
    "count": lambda query: query.count(),
    "page": lambda query: query.page(size=3),
    "pages": paged,
    "first": lambda query: query.first(),
    "until": lambda query: query.until(bool),
    "limit": lambda query: stepped(query.limit(1)),
}


@pytest.mark.parametrize("way", WAYS)
async def test_reading_much_for_little_is_told_however_it_is_read(db, way):  # R128
    """At the end, and at the caller's line; by an early end of a limit or of a stream's block as well."""
    watch = await watched(db, 120)

    with pytest.warns(DynamormAdvice, match=r"DA004 Row: 1\d\d items were read and paid for, [12] returned") as caught:
        await WAYS[way](Row.scan(Row.weight.in_([3, 5]) if way != "limit" else Row.weight == 3))

    assert {warning.filename for warning in caught} == {__file__}
    assert {event.code for event in watch.seen if isinstance(event, Advice)} == {"DA004"}


@pytest.mark.parametrize("way", WAYS)
async def test_plan_and_advice_are_told_however_it_is_read(db, way):  # R125
    """Each way of reading tells of its plan, once for each listing, and of what would be better."""
    watch = await watched(db, 2)

    with pytest.warns(DynamormAdvice, match="DA001 Row: index 'by_owner' serves") as caught:
        await WAYS[way](Row.scan(Row.owner == "o"))

    assert caught[0].filename == __file__
    told = [(type(event), getattr(event, "operation", None)) for event in watch.seen]
    assert told == [(PlanChosen, "Scan"), (Advice, None)]


async def test_a_stream_that_fails_is_not_judged(db):
    """Whoever left the block by an error has not got what was to come."""
    watch = await watched(db, 120)

    with pytest.raises(ZeroDivisionError):
        async with Row.scan(Row.weight == 3).stream() as rows:
            async for row in rows:
                row.weight // 0

    assert [event for event in watch.seen if isinstance(event, Advice)] == []


@pytest.mark.parametrize("way", ["async for", "stream"])
async def test_advice_as_an_error_takes_no_result_away(db, way):
    """What was read is handed out before it is judged."""
    await watched(db, 120)
    query, found = Row.scan(Row.weight < 5), []

    with warnings.catch_warnings(), pytest.raises(DynamormAdvice, match="DA004"):
        warnings.filterwarnings("error", category=DynamormAdvice)
        if way == "stream":
            async with query.stream() as rows:
                async for row in rows:
                    found.append(row.weight)  # noqa: PERF401  a list made at once would be lost with the error
        async for row in query:
            found.append(row.weight)  # noqa: PERF401  a list made at once would be lost with the error

    assert found == [0, 1, 2, 3, 4]


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


LARGE = "x" * 330_000


async def test_item_near_the_limit_is_told_of(db):  # R127
    """Stored by a put, a transaction or a batch, or grown by an update: above 80 per cent of 400 KB."""
    watch = await watched(db)
    small = await Row(kind="a", number=1, note="x").put()

    for store in (
        lambda: Row(kind="b", number=1, note=LARGE).put(),
        lambda: db.batch_put([Row(kind="b", number=2, note=LARGE)]),
        lambda: db.transaction().put(Row(kind="b", number=3, note=LARGE)).execute(),
        lambda: small.update(note=LARGE),
    ):
        with pytest.warns(DynamormAdvice, match="DA003 Row: an item has 330[0-9]{3} of 409600 bytes") as caught:
            await store()
        assert caught[0].filename == __file__
    assert [event.code for event in watch.seen] == ["DA003"] * 4


async def test_advice_as_an_error_hides_no_write(db, caplog):
    """What was stored is reported as stored, and instances have what was written."""
    await watched(db)
    small = await Row(kind="a", number=1, note="x").put()
    large = [Row(kind="b", number=number, note=LARGE) for number in range(3)]

    with warnings.catch_warnings():
        warnings.filterwarnings("error", category=DynamormAdvice)
        await small.update(note=LARGE)
        await large[0].put()
        await db.batch_put([large[1]])
        await db.transaction().put(large[2]).execute()

    assert small.note == LARGE
    assert await Row.query(Row.kind == "b") == large
    assert [record.getMessage()[:5] for record in caplog.records] == ["DA003"] * 4


async def test_advice_can_be_pickled():
    """As an error in a worker process it reaches whoever waits for it."""
    advice = pickle.loads(pickle.dumps(DynamormAdvice("DA001", "Row: text")))

    assert (advice.code, str(advice)) == ("DA001", "DA001 Row: text")


async def test_global_index_read_right_after_a_write_is_told(db):  # R129
    """In the same task and a moment later only; the table itself may be read."""
    await watched(db)
    row = Row(kind="a", number=1)
    for write in (row.put, lambda: db.batch_put([row]), lambda: db.transaction().put(row).execute()):
        await write()
        await Row.query(Row.kind == "a")
        with pytest.warns(DynamormAdvice, match="DA005 Row: index 'by_owner' follows its table with a delay"):
            await Row.query(Row.owner == "o")

    async def other():
        await Row.query(Row.owner == "o")

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        await asyncio.create_task(other())


async def test_waiting_until_the_index_has_it_is_no_mistake(db):  # R129
    """Read again until it is as expected, and given up in time; the plan is told once, however often it is read."""
    watch = await watched(db)
    await Row(kind="a", number=1).put()
    looks = []

    def twice(found):
        looks.append(len(found))
        return len(looks) == 2

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = await Row.query(Row.owner == "o").until(twice)
    assert (looks, [one.number for one in found]) == ([1, 1], [1])
    assert watch.seen == [PlanChosen("Row", "Query", "by_owner", "owner equal")]
    with pytest.raises(errors.DeadlineExceededError, match=r"Row.until: .* within 0.05 seconds"):
        await Row.query(Row.owner == "nobody").until(bool, within=0.05)


async def test_partition_that_gets_most_requests_is_told_of(engine, table_name):  # R126
    """Once in a window, without the value; the counts have it, also of an index and of batches."""
    watch = Watch()
    async with Session(endpoint=engine.endpoint, table_prefix=table_name, watch=True, observers=[watch]) as db:
        with db.scope():
            db.partitions.at_least = 20
            await db.create_table(Row)
            await db.batch_put([Row(kind="cold", number=number, owner="p") for number in range(5)])
            says = f"DA002 Row: one partition key value gets .* of 20 .* {table_name}"
            with pytest.warns(DynamormAdvice, match=says) as caught:
                await asyncio.gather(*(Row.get_or_none("secret", 1) for _ in range(40)))
            await Row.query(Row.owner == "o").count()
            top = db.partitions.top(3)

    assert len(caught) == 1
    assert "secret" not in str(caught[0].message)
    assert (top[0].value, top[0].requests, round(top[0].share, 2)) == (({"S": "secret"},), 40, 0.89)
    assert (top[1].value, top[1].requests, top[2].index, top[2].share) == (({"S": "cold"},), 5, "by_owner", 1.0)


async def test_items_read_one_by_one_are_told_of_by_a_watching_session(engine, table_name):  # R128
    """At the line that reads them; side by side, or each in a task of its own, they are no habit."""

    async def read_one(number):
        await Row.get_or_none("a", number)

    options = {"endpoint": engine.endpoint, "table_prefix": table_name}
    async with Session(**options) as db:
        await db.create_table(Row)

    async with Session(**options, watch=True, clock=InstantClock()):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            await asyncio.gather(*(Row.get_or_none("a", number) for number in range(40)))
            for number in range(40):
                await asyncio.create_task(read_one(number))
            for number in range(24):
                await Row.get_or_none("a", number)
        with pytest.warns(DynamormAdvice, match="DA004 Row: 25 items of .* one after another") as caught:
            await Row.get_or_none("a", 1)

    assert caught[0].filename == __file__
