"""Places in a listing are those of what is stored: however it is spelled, and whatever becomes of the instances."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest
import pytest_asyncio

from dynamorm_async import Attr, FieldConverter, GlobalIndex, Model, Session, attr, errors, partition_key, sort_key

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def db(engine, table_name):
    """A session that can sign cursors."""
    async with Session(endpoint=engine.endpoint, table_prefix=table_name, cursor_keys=[b"0123456789abcdef"]) as session:
        yield session


class Visit(Model[str, datetime], table="visits"):
    org: Attr[str] = partition_key()
    at: Attr[datetime] = sort_key()


class Badge(Model[str, UUID], table="badges"):
    org: Attr[str] = partition_key()
    id: Attr[UUID] = sort_key()


class Job(Model[str, str], table="jobs"):
    queue: Attr[str] = partition_key()
    id: Attr[str] = sort_key()
    state: Attr[str] = attr(default="new")
    rank: Attr[int] = attr(default=0)
    weight: Attr[int] = attr(default=0)

    by_state = GlobalIndex(state, sort=rank)


class Team(Model[str, str], table="teams"):
    org: Attr[str] = partition_key(converter=FieldConverter(str.lower, str))
    id: Attr[str] = sort_key()


class Other(Model[str, str], table="others"):
    queue: Attr[str] = partition_key()
    id: Attr[str] = sort_key()


async def stored(db, table, **key):
    """An item that another program wrote."""
    item = {name: {"S": value} for name, value in key.items()}
    await db.call("PutItem", {"TableName": db.table_prefix + table, "Item": item})


async def paged(query, size):
    """All results, each page by the cursor of the one before, and no more pages than there can be."""
    found, cursor = [], None
    for _ in range(20):
        page = await query.page(size=size, cursor=cursor)
        found += page.items
        cursor = page.cursor
        if cursor is None:
            return found
    raise AssertionError("round and round")


@pytest.mark.parametrize("size", [1, 2])
async def test_a_date_of_another_spelling_is_passed_once(db, size):
    """Another program wrote ``+00:00`` or seconds without a fraction, where this one would write something else."""
    await db.create_table(Visit)
    for text in ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00+00:00", "2026-01-03T00:00:00.500Z"):
        await stored(db, "visits", org="a", at=text)
    visits = Visit.query(Visit.org == "a")

    assert [1, 2, 3] == [visit.at.day for visit in await paged(visits, size)]
    assert [3, 2, 1] == [visit.at.day for visit in await paged(visits.reverse(), size)]
    assert [1, 2, 3] == [visit.at.day async for page in visits.pages(size) for visit in page]


async def test_several_partitions_are_merged_and_resumed_by_what_is_stored(db):
    """Also where our own spelling of the keys would sort otherwise."""
    await db.create_table(Badge)
    ids = [UUID(int=number) for number in (0xA << 120, 0xB << 120, 0xC << 120, 0xD << 120)]
    for org, badge in zip("abab", ids, strict=True):
        await stored(db, "badges", org=org, id=str(badge).upper())
    badges = Badge.query(Badge.org.in_(["a", "b"]))

    assert ids == [badge.id for badge in await paged(badges, 1)]
    assert ids == await resumed(badges, lambda badge: badge.id)


async def test_a_condition_tested_here_is_on_what_is_stored_too(db):
    """A list of sort keys, with instances or with selected values: the same result, and the same count."""
    await db.create_table(Badge)
    one = UUID(int=0xA << 120)
    await stored(db, "badges", org="a", id=str(one).upper())
    await stored(db, "badges", org="a", id=str(one))
    query = Badge.query(Badge.org == "a", Badge.id.in_([one]))

    assert 1 == len(await query) == len(await query.select(Badge.id)) == await query.count()


async def resumed(query, look, cursor=None):
    """What is seen by streams that are left after each result."""
    seen = []
    for _ in range(30):
        async with query.stream(cursor=cursor) as rows:
            async for row in rows:
                seen.append(look(row))
                cursor = str(rows.cursor())
                break
            else:
                return seen
    raise AssertionError("round and round")


async def test_a_stream_goes_on_although_what_it_handed_out_was_changed(db):
    """The usual job: take what has a state, change it, and be stopped in between."""
    await db.create_table(Job)
    await db.batch_put(Job(queue="q", id=str(n), rank=n) for n in range(5))
    seen = []

    def work(job):
        seen.append(job.id)
        job.rank += 100  # not stored: only the instance changes
        job.state = "done"

    await resumed(Job.query(Job.state == "new"), work)

    assert ["0", "1", "2", "3", "4"] == seen


async def test_the_cursor_of_a_limited_stream_goes_on_after_it(db):
    """Read in portions, all is read."""
    await db.create_table(Job)
    await db.batch_put(Job(queue="q", id=f"{n:02}") for n in range(10))
    for query in (Job.query(Job.queue == "q"), Job.scan(), Job.scan(segments=2)):
        seen, cursor = [], None
        for _ in range(6):
            async with query.limit(3).stream(cursor=cursor) as rows:
                seen += [job.id async for job in rows]
                cursor = rows.cursor()

        assert [f"{n:02}" for n in range(10)] == sorted(seen)
        assert rows.progress.parts_done == rows.progress.parts


async def test_whole_keys_of_several_partitions_are_passed_once(db):
    """Each part is a GetItem then, and has a place like any other."""
    await db.create_table(Job)
    await db.batch_put(Job(queue=queue, id="1") for queue in "abc")
    jobs = Job.query(Job.queue.in_(["a", "b", "c"]), Job.id == "1")

    assert ["a", "b", "c"] == await resumed(jobs, lambda job: job.queue)
    assert ["a", "b", "c"] == [job.queue for job in await paged(jobs, 1)]


async def test_a_cursor_over_whole_keys_is_bound_as_any_other(db):
    """To its table and its values."""
    await db.create_table(Job)
    await db.create_table(Other)
    await db.batch_put([*(Job(queue=queue, id="1") for queue in "abc"), *(Other(queue=one, id="2") for one in "def")])
    cursor = str((await Job.query(Job.queue.in_(["a", "b", "c"]), Job.id == "1").page(size=1)).cursor)

    for query in (
        Other.query(Other.queue.in_(["d", "e", "f"]), Other.id == "2"),
        Job.query(Job.queue.in_(["a", "b", "c"]), Job.id == "2"),
        Job.query(Job.queue.in_(["a", "b", "d"]), Job.id == "1"),
    ):
        with pytest.raises(errors.InvalidCursorError):
            await query.page(size=5, cursor=cursor)


async def test_a_cursor_is_good_for_the_same_question_in_other_words(db):
    """Conditions, and the values of a list, are without order: a set has another one in each process."""
    await db.create_table(Job)
    await db.batch_put(Job(queue=queue, id=str(n)) for queue in "ab" for n in range(3))
    first = await Job.query(Job.queue.in_({"a", "b"}), Job.rank >= 0, Job.weight.in_({0, 1})).page(size=2)
    cursor = str(first.cursor)

    again = Job.query(Job.weight.in_([1, 0]), Job.rank >= 0, Job.queue.in_(["b", "a"]))
    rest = await again.page(size=9, cursor=cursor)

    assert 6 == len({(job.queue, job.id) for job in (*first, *rest)}) == first.count + rest.count


async def test_a_cursor_of_as_many_long_keys_as_there_can_be_is_taken_back(db):
    """A hundred partitions, each with a place of its own."""
    await db.create_table(Job)
    queues = [f"{n:03}" + "q" * 697 for n in range(100)]
    await db.batch_put(Job(queue=queue, id=f"{n}" + "i" * 799) for queue in queues for n in range(2))
    jobs = Job.query(Job.queue.in_(queues))

    first = await jobs.page(size=120)
    rest = await jobs.page(size=120, cursor=str(first.cursor))

    assert (120, 80) == (first.count, rest.count)


async def test_pages_of_a_long_list_of_sort_keys_have_cursors(db):
    """What is tested here is not sent, so the service's limits are not its limits."""
    await db.create_table(Job)
    await db.batch_put(Job(queue="q", id=f"{n:03}") for n in range(5))
    query = Job.query(Job.queue == "q", Job.id.in_([f"{n:03}" for n in range(1000)]))

    assert 5 == await query.count() == len(await paged(query, 2))


async def test_a_worker_s_segment_has_no_segments(db):
    """It would read the whole table."""
    await db.create_table(Job)
    for scan in (Job.scan(segments=4).segment(0, 2), Job.scan().segment(0, 2)):
        with pytest.raises(errors.InvalidRequestError, match="segment"):
            scan.stream(segments=4)


async def test_one_item_that_does_not_fit_hides_no_other_selected_one(db):
    """As with whole items: the error names what is wrong, and has the rest of the page."""
    await db.create_table(Job)
    await db.batch_put(Job(queue="q", id=str(n)) for n in range(3))
    item = {"queue": {"S": "q"}, "id": {"S": "1"}, "weight": {"S": "high"}}
    await db.call("PutItem", {"TableName": db.table_prefix + "jobs", "Item": item})
    jobs = Job.query(Job.queue == "q")

    for query, expected in ((jobs.select(Job.weight), [(0,), (0,)]), (jobs.only(Job.weight), ["0", "2"])):
        with pytest.raises(errors.DecodeError) as caught:
            await query
        found = [one if isinstance(one, tuple) else one.id for one in caught.value.items]
        assert expected == found
        assert ("weight", "Job") == (caught.value.path, caught.value.model)


async def test_values_that_are_stored_alike_are_one_partition(db):
    """Read once, counted once, and left by its cursors."""
    await db.create_table(Team)
    await db.batch_put(Team(org="acme", id=str(n)) for n in range(3))
    teams = Team.query(Team.org.in_(["ACME", "acme"]))

    assert ["0", "1", "2"] == [team.id for team in await teams] == [team.id for team in await paged(teams, 1)]
    assert 3 == await teams.count()
    assert ["0", "1", "2"] == await resumed(teams, lambda team: team.id)
