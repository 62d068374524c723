"""Streams: nothing is left behind, whichever way one ends, and another goes on where it stood."""

from __future__ import annotations

import asyncio

import pytest

from dynamorm_async import Attr, LocalIndex, Model, attr, errors, partition_key, sort_key
from dynamorm_async._ops.cursors import CursorSigner
from dynamorm_async.events import CallFinished, CallStarted

pytestmark = pytest.mark.asyncio
COUNT = 60


class Leaf(Model[str, int], table="leaves"):
    tree: Attr[str] = partition_key()
    number: Attr[int] = sort_key()
    weight: Attr[int] = attr(default=0)
    note: Attr[str] = attr(default="")

    by_weight = LocalIndex(weight)


class Watch:
    """Counts requests."""

    def __init__(self):
        self.started = self.finished = 0

    def notify(self, event):
        self.started += isinstance(event, CallStarted)
        self.finished += isinstance(event, CallFinished)


async def planted(db, count=COUNT, trees=3):
    """So many leaves on so many trees; and a watch on what is sent from then on."""
    await db.create_table(Leaf)
    await db.batch_put(
        [Leaf(tree="abcdef"[number % trees], number=number, weight=number % 7) for number in range(count)]
    )
    watch = Watch()
    db.runner.observers.append(watch)
    return watch


def others():
    """Tasks beside the test's own."""
    return [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]


async def test_iteration_gives_every_item_in_order(db):  # R47
    """Over as many pages as there are."""
    await planted(db)

    found = [leaf.number async for leaf in Leaf.query(Leaf.tree == "a").page_size(3)]

    assert found == list(range(0, COUNT, 3))


async def test_break_sends_nothing_more(db):  # R69, fault 46
    """After the first item there is no request in flight, none later, and no task."""
    watch = await planted(db)
    before = others()
    async for _ in Leaf.query(Leaf.tree == "a").page_size(2):
        break
    await asyncio.sleep(0)

    assert (watch.started, watch.finished) == (1, 1)
    assert others() == before


@pytest.mark.parametrize("how", ["break", "raise", "cancel"])
async def test_leaving_a_stream_stops_its_workers(db, how):  # R69, fault 46
    """However the block is left, no worker outlives it, and the error is the caller's own, not a group."""
    watch = await planted(db)
    before = others()

    async def consume():
        async with Leaf.scan(segments=4).page_size(1).stream(pages_ahead=2) as leaves:
            async for _ in leaves:
                if how == "raise":
                    raise KeyError("mine")
                if how == "cancel":
                    asyncio.current_task().cancel()
                    await asyncio.sleep(0)
                break

    if how == "raise":
        with pytest.raises(KeyError, match="mine"):
            await consume()
    else:
        task = asyncio.create_task(consume())
        done = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(done[0], asyncio.CancelledError) is (how == "cancel")
    sent = watch.started
    await asyncio.sleep(0.02)

    assert watch.started == sent < COUNT
    assert others() == before


async def test_stream_reads_no_further_ahead_than_it_may(db):
    """Back-pressure: with nobody reading, the workers stop after the pages that they may hold."""
    watch = await planted(db)
    async with Leaf.scan(segments=2).page_size(1).stream(pages_ahead=3) as leaves:
        await anext(leaves)
        await asyncio.sleep(0.1)

        # One page was taken, three wait, and each of two workers holds one more.
        assert watch.started <= 1 + 3 + 2


@pytest.mark.parametrize("segments", [1, 3, 8])
async def test_parallel_scan_finds_every_item_once(db, segments):  # R61
    """Whatever the number of workers."""
    await planted(db)
    async with Leaf.scan(segments=segments).page_size(4).stream() as leaves:
        found = sorted([leaf.number async for leaf in leaves])

    assert found == list(range(COUNT))


@pytest.mark.parametrize("limit", [1, 7, COUNT + 1])
async def test_stream_stops_at_its_limit(db, limit):
    """Counted over all workers."""
    await planted(db)
    async with Leaf.scan(segments=3).limit(limit).stream() as leaves:
        assert len([leaf async for leaf in leaves]) == min(limit, COUNT)
    assert len([leaf async for leaf in Leaf.scan().limit(limit)]) == min(limit, COUNT)


@pytest.mark.parametrize("stop", [0, 1, 5, 23, COUNT])
@pytest.mark.parametrize("segments", [1, 4])
async def test_stream_goes_on_where_another_stood(db, segments, stop):  # fault 52
    """Every item once, though the first stream is left after any number of them; the cursor may travel as text."""
    await planted(db)
    db.runner.signer = CursorSigner((b"0123456789abcdef",))
    scan = Leaf.scan(Leaf.weight != 3, segments=segments).page_size(5)
    first, rest = [], []
    async with scan.stream() as leaves:
        if stop:
            async for leaf in leaves:
                first.append(leaf.number)
                if len(first) == stop:
                    break
        cursor = str(leaves.cursor())
    async with scan.stream(cursor=cursor) as leaves:
        rest = [leaf.number async for leaf in leaves]

    assert sorted(first + rest) == [number for number in range(COUNT) if number % 7 != 3]


async def test_finished_stream_has_nothing_left(db):
    """And its cursor says so."""
    await planted(db)
    async with Leaf.scan(segments=2).stream() as leaves:
        assert len([leaf async for leaf in leaves]) == COUNT
        end = leaves.cursor()
    async with Leaf.scan(segments=2).stream(cursor=end) as leaves:
        assert [leaf async for leaf in leaves] == []


async def test_cursor_of_other_segments_is_refused(db):
    """The parts are others, so their places mean nothing."""
    await planted(db)
    async with Leaf.scan(segments=2).stream() as leaves:
        await anext(leaves)
        cursor = leaves.cursor()
    for other in (Leaf.scan(segments=3), Leaf.scan(Leaf.weight > 3, segments=2), Leaf.query(Leaf.tree == "a")):
        with pytest.raises(errors.InvalidCursorError):
            async with other.stream(cursor=cursor):
                pass


async def test_progress_is_told_after_each_page(db):
    """Items, scanned items and finished parts, up to the whole."""
    await planted(db)
    told = []
    async with Leaf.scan(Leaf.weight > 3, segments=2).page_size(10).stream(progress=told.append) as leaves:
        count = len([leaf async for leaf in leaves])

    assert told[-1] == leaves.progress
    assert (told[-1].items, told[-1].scanned, told[-1].parts_done, told[-1].parts) == (count, COUNT, 2, 2)
    assert [step.scanned for step in told] == sorted(step.scanned for step in told)


async def test_capacity_is_spent_at_the_rate_asked_for(db):
    """After the first second's worth, the workers together wait for every unit that they spend."""
    await planted(db)
    clock = db.runner.clock = Clock()
    async with Leaf.scan(segments=2).page_size(2).stream(units_per_second=5) as leaves:
        assert len([leaf async for leaf in leaves]) == COUNT
        spent = leaves.progress.capacity or COUNT / 2

    assert sum(clock.slept) == pytest.approx((spent - 5) / 5, abs=1)


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self):
        self.slept, self.time = [], 1_000.0

    def now(self):
        return self.time

    def monotonic(self):
        return self.time

    async def sleep(self, seconds):
        self.slept.append(seconds)
        self.time += seconds


@pytest.mark.parametrize("wrong", [{"segments": 0}, {"segments": -1}, {"segments": True}, {"units_per_second": 0}])
async def test_wrong_options_are_refused(db, wrong):  # fault 19
    """At the line where the stream is made."""
    with pytest.raises(errors.InvalidRequestError):
        Leaf.scan().stream(**wrong)


async def test_query_has_no_segments(db):
    """Its partition is one."""
    with pytest.raises(errors.InvalidRequestError, match="only a scan has segments"):
        Leaf.query(Leaf.tree == "a").stream(segments=2)


async def test_error_of_a_worker_is_raised_as_it_is(db):
    """Where the consumer is, and not inside a group: here the table is missing."""
    with pytest.raises(errors.TableNotFoundError):
        async with Leaf.scan(segments=3).stream() as leaves:
            async for _ in leaves:
                pass


async def test_several_partitions_stream_in_order(db):  # R57
    """Read side by side, ahead of the consumer, and resumable like any stream."""
    await planted(db)
    query = Leaf.query(Leaf.tree.in_(["c", "a", "b"])).page_size(3)
    first = []
    async with query.stream() as leaves:
        async for leaf in leaves:
            first.append(leaf.number)
            if len(first) == 25:
                break
        cursor = leaves.cursor()
    async with query.stream(cursor=cursor) as leaves:
        rest = [leaf.number async for leaf in leaves]

    assert first + rest == list(range(COUNT))
    assert [leaf.number async for leaf in query] == list(range(COUNT))
    assert [leaf.number for leaf in await query.reverse().limit(4)] == [59, 58, 57, 56]
    assert await query.count() == COUNT
    assert [leaf.number async for page in query.pages(7) for leaf in page] == list(range(COUNT))


async def test_several_partitions_of_an_index_merge_by_its_sort_key(db):
    """By weight, whatever the number."""
    await planted(db)
    found = await Leaf.query(Leaf.tree.in_(["a", "b"]), Leaf.weight >= 2).order_by("weight")

    assert [leaf.weight for leaf in found] == sorted(n % 7 for n in range(COUNT) if n % 3 != 2 and n % 7 >= 2)


async def test_thousand_tasks_share_one_query(db):  # R45
    """A base query is a value: what one task adds, no other sees."""
    await planted(db)
    base = Leaf.query(Leaf.tree == "a")

    async def one(number):
        found = await base.where(Leaf.number == number * 3)
        return [leaf.number for leaf in found]

    many = await asyncio.gather(*(one(number % 20) for number in range(1_000)))

    assert many == [[number % 20 * 3] for number in range(1_000)]
    assert len(await base) == 20


@pytest.mark.parametrize("read", [0, 1, COUNT])
async def test_results_end_with_their_block(db, read):
    """Afterwards their workers are gone, which is said in the library's words, with how to go on."""
    await planted(db)
    async with Leaf.scan().page_size(5).stream() as leaves:
        for _ in range(read):
            await anext(leaves)

    with pytest.raises(errors.InvalidRequestError, match=r"Leaf\.stream: the stream is closed.*`async with`") as caught:
        async for _ in leaves:
            pass
    assert ("Leaf.stream", "Leaf") == (caught.value.op, caught.value.model)


async def test_an_error_while_iterating_says_what_was_called(db):
    """As an awaited query's does: by model and verb, not by DynamoDB's operation."""
    with pytest.raises(errors.TableNotFoundError) as one_by_one:
        async for _ in Leaf.query(Leaf.tree == "a"):
            pass
    with pytest.raises(errors.TableNotFoundError) as ahead:
        async with Leaf.scan().stream() as rows:
            [row async for row in rows]

    assert ("Leaf.query", "Leaf") == (one_by_one.value.op, one_by_one.value.model)
    assert ("Leaf.scan", "Leaf") == (ahead.value.op, ahead.value.model)
