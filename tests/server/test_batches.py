"""Batches on real engines: any size, mixed models and tables, exactly what was asked for."""

from __future__ import annotations

import asyncio
from datetime import datetime

import msgspec
import pytest

from dynamorm_async import (
    Attr,
    GlobalIndex,
    Key,
    Model,
    attr,
    computed,
    created_at,
    deadline,
    errors,
    partition_key,
    sort_key,
    updated_at,
    version,
)

pytestmark = pytest.mark.asyncio


class Base(Model, abstract=True):
    pk: Attr[str] = partition_key("ORG#{org}")
    org: Attr[str]
    created_at: Attr[datetime] = created_at()
    updated_at: Attr[datetime] = updated_at()


class User(Base, table="shared", tag=True):
    sk: Attr[str] = sort_key("USER#{id}")
    id: Attr[str]
    age: Attr[int] = attr(default=0)
    tags: Attr[set[str]] = attr(factory=set)
    age_key: Attr[str] = computed("{org}#{age}")

    by_age = GlobalIndex("age_key")


class Invoice(Base, table="shared", tag=True):
    sk: Attr[str] = sort_key("INVOICE#{number}")
    number: Attr[int]


class Entry(Model[str, int], table="entries"):
    name: Attr[str] = partition_key()
    number: Attr[int] = sort_key()
    text: Attr[str] = attr(default="")


class Counter(Model[str], table="counters"):
    id: Attr[str] = partition_key()
    version: Attr[int] = version()


def entries(count, **values):
    """So many entries of one name, numbered."""
    return [Entry(name="n", number=number, **values) for number in range(count)]


async def test_puts_of_any_number_arrive_and_are_read_back_in_order(db):  # R83 R84
    """Three chunks of writes, two of reads; missing keys are named."""
    await db.create_table(Entry)

    assert await db.batch_put(entries(60, text="x")) == 60
    found = await db.batch_get(Entry, [("n", number) for number in reversed(range(120))])

    assert list(reversed(range(60))) == [entry.number for entry in found]
    assert {60, 119} <= {int(key.attributes["number"]["N"]) for key in found.missing}
    assert len(found.missing) == 60
    assert len(await Entry.query(Entry.name == "n")) == 60


async def test_models_of_one_table_and_other_tables_mix(db):  # R85 R39 R43
    """Templates, tags, computed index keys and times of inherited models are those of single puts."""
    await db.create_table(User, Invoice)
    await db.create_table(Entry)
    await Entry(name="old", number=1).put()
    user, invoice = User(org="acme", id="1", age=7, tags={"a"}), Invoice(org="acme", number=9)

    async with db.batch() as batch:
        batch.put(user).put(invoice).put(Entry(name="new", number=2)).delete(Entry.key("old", 1))

    assert batch.count == 4
    assert user == await User.get(org="acme", id="1")
    assert invoice == await Invoice.get(org="acme", number=9)
    assert [user] == await User.query(User.age_key == "acme#7")
    assert [("new", 2)] == [(entry.name, entry.number) for entry in await Entry.scan()]


async def test_nothing_is_sent_when_the_block_raises(db):
    """An exception and a cancellation leave the table as it was, and the batch says what it kept."""
    await db.create_table(Entry)

    with pytest.raises(RuntimeError) as raised:
        async with db.batch() as batch:
            batch.put(Entry(name="n", number=1))
            raise RuntimeError
    assert "1 writes are in its `unsent`" in raised.value.__notes__[-1]
    assert [1] == [entry.number for entry in batch.unsent]

    async def fill():
        async with db.batch() as batch:
            batch.put(Entry(name="n", number=2))
            await asyncio.sleep(60)

    task = asyncio.create_task(fill())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await Entry.scan().count() == 0


async def test_a_batch_shared_by_tasks_loses_nothing(db):
    """Adding is one step of one event loop, so any number of tasks may add."""
    await db.create_table(Entry)

    async with db.batch() as batch:

        async def add(number):
            await asyncio.sleep(0)
            batch.put(Entry(name="n", number=number))

        await asyncio.gather(*(add(number) for number in range(200)))

    assert batch.count == 200
    assert await Entry.query(Entry.name == "n").count() == 200


async def test_a_batch_is_sent_once(db):
    """``execute()`` says how many; after it, and after an empty block, nothing can be added."""
    await db.create_table(Entry)
    batch = db.batch().put(Entry(name="n", number=1))

    assert await batch.execute() == 1
    with pytest.raises(errors.InvalidRequestError, match="sent already"):
        batch.put(Entry(name="n", number=2))
    with pytest.raises(errors.InvalidRequestError, match="sent already"):
        await batch.execute()
    async with db.batch() as empty:
        pass
    assert empty.count == 0


async def test_deletions_take_keys_and_instances(db):
    """Also of items that are not there."""
    await db.create_table(Entry)
    items = entries(30)
    await db.batch_put(items)

    assert (
        await db.batch_delete([*items[:10], *(Entry.key("n", number) for number in range(10, 30)), Entry.key("n", 99)])
        == 31
    )
    assert await Entry.scan().count() == 0


async def test_versions_are_refused_or_overwritten(db):  # R30
    """Who has read what was overwritten does not find its version again."""
    await db.create_table(Counter)
    stale = await Counter(id="1").create()
    await (await Counter.get("1")).put()

    with pytest.raises(errors.InvalidRequestError, match="cannot check the version"):
        await db.batch_put([stale])
    assert await db.batch_put([stale], overwrite=True) == 1

    assert stale.version > 2
    assert (await Counter.get("1")).version == stale.version


async def test_a_new_instance_that_overwrites_has_no_version_that_was_read(db):
    """A batch cannot know whether it replaces something, so a reader of what it replaces must not pass his check."""
    await db.create_table(Counter)
    reader = await Counter(id="1").create()

    await db.batch_put([Counter(id="1")], overwrite=True)

    with pytest.raises(errors.VersionConflictError):
        await reader.put()


async def test_reading_by_instances_keys_and_values(db):  # R84
    """All name the same items; consistent reads see the last write."""
    await db.create_table(Entry)
    one, two = entries(2, text="x")
    await db.batch_put([one, two])

    found = await db.batch_get(Entry, [two, Entry.key("n", 0), ("n", 1)], consistent=True)

    assert [two, one] == list(found)
    assert (two, one, two) == found.aligned
    assert isinstance(Entry.key("n", 0), Key)


@pytest.mark.wrong_on(
    "ministack",
    reason="it answers with more than the 16 MB that an answer may have",
    raises=errors.BatchIncompleteError,
)
async def test_an_answer_beyond_16_mb_is_completed(db):
    """A hundred items of 200 KB are more than one answer holds."""
    await db.create_table(Entry)
    await db.batch_put(entries(100, text="x" * 200_000))

    found = await db.batch_get(Entry, [("n", number) for number in range(100)])

    assert list(range(100)) == [entry.number for entry in found]


async def test_a_missing_table_stops_the_batch_with_what_is_left(db):
    """The cause is the service's error; the instances are those that were given, unchanged."""
    user = User(org="acme", id="1")

    with pytest.raises(errors.BatchIncompleteError) as raised:
        await db.batch_put([user])

    assert isinstance(raised.value.__cause__, errors.TableNotFoundError)
    assert raised.value.unprocessed[0] is user
    assert (user,) == raised.value.unprocessed_as(User) == raised.value.unprocessed_as(Model)
    with pytest.raises(errors.InvalidRequestError, match="Key"):
        raised.value.unprocessed_as(Key)
    assert "updated_at" not in vars(user)


async def test_a_deadline_ends_a_batch_with_what_is_left(db):
    """What was not written by then is on the error."""
    await db.create_table(Entry)

    with deadline(0.0), pytest.raises(errors.BatchIncompleteError) as raised:
        await db.batch_put(entries(60))

    assert isinstance(raised.value.__cause__, errors.DeadlineExceededError)
    assert len(raised.value.unprocessed) == 60


@pytest.mark.parametrize("concurrency", [0, -1, True, "4"])
async def test_a_wrong_concurrency_is_refused(db, concurrency):
    """In every kind of batch."""
    with pytest.raises(errors.InvalidRequestError):
        await db.batch_put([], concurrency=concurrency)
    with pytest.raises(errors.InvalidRequestError):
        await db.batch_get(Entry, [], concurrency=concurrency)
    with pytest.raises(errors.InvalidRequestError):
        db.batch(concurrency=concurrency)


async def test_explanation_of_a_batch_is_of_the_very_requests(db, monkeypatch):  # R60
    """All of them, in order, and nothing is sent before ``execute()``."""
    await db.create_table(Entry)
    sent, send = [], db.runner.transport.send

    async def keep(call, attempt):
        sent.append(msgspec.json.decode(call.body))
        return await send(call, attempt)

    monkeypatch.setattr(db.runner.transport, "send", keep, raising=False)
    batch = db.batch(concurrency=1)
    for number in range(60):
        batch.put(Entry(name="a", number=number))
    batch.delete(Entry.key("b", 1))

    explained = batch.explain()
    assert sent == []
    assert await batch.execute() == 61

    assert [explained.body, *explained.following] == sent
    assert batch.explain() == explained
    assert explained.cost.requests == len(sent) == 3
