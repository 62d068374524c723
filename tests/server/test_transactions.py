"""Transactions on real engines: all or nothing, once, and explained."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from dynamorm_async import (
    Attr,
    GlobalIndex,
    Model,
    attr,
    computed,
    created_at,
    errors,
    is_condition_failed,
    partition_key,
    sort_key,
    updated_at,
    version,
)

pytestmark = pytest.mark.asyncio


class Account(Model[str], table="accounts"):
    id: Attr[str] = partition_key()
    credits: Attr[int] = attr(default=0)
    note: Attr[str | None] = attr(default=None)
    created_at: Attr[datetime] = created_at()
    updated_at: Attr[datetime] = updated_at()
    version: Attr[int] = version()


class Order(Model, table="orders"):
    pk: Attr[str] = partition_key("ORDER#{order_id}")
    sk: Attr[str] = sort_key("ORDER#{order_id}")
    order_id: Attr[str]
    user_id: Attr[str]
    total: Attr[float] = attr(default=0.0)


class Entity(Model, table="orders"):
    """A row of the same table that is nothing but a key."""

    pk: Attr[str] = partition_key()
    sk: Attr[str] = sort_key()


class Job(Model, table="jobs", track_changes=True):
    pk: Attr[str] = partition_key("JOB#{id}")
    sk: Attr[str] = sort_key("STATUS#{status}")
    id: Attr[str]
    status: Attr[str]
    owner: Attr[str | None] = attr(default=None)
    tags: Attr[set[str]] = attr(factory=set)
    weight: Attr[float] = attr(default=1.0)
    status_key: Attr[str] = computed("S#{status}")
    created_at: Attr[datetime] = created_at()

    by_status = GlobalIndex("status_key")


class Task(Job, table="jobs"):
    """With a version, which alone says whether it is as it was read."""

    version: Attr[int] = version()


class Loose(Model[str], table="loose"):
    """Remembers nothing and has no version."""

    name: Attr[str] = partition_key()
    size: Attr[int] = attr(default=0)
    labels: Attr[list[str]] = attr(factory=list)


async def test_rows_of_several_tables_appear_together(db):  # R77 R78
    """An order and its row under the user, and the account that pays: all there, with their new versions."""
    await db.create_table(Order, Entity)
    await db.create_table(Account)
    payer = await Account(id="u", credits=10).create()

    async with db.transaction() as tx:
        tx.create(Order(order_id="1", user_id="u", total=7))
        tx.put(Entity(pk="USER#u", sk="ORDER#1"))
        tx.update(payer, Account.credits.sub(7), if_=Account.credits >= 7)

    order, row, paid = await db.transact_get(Order.key(order_id="1"), Entity.key("USER#u", "ORDER#1"), Account.key("u"))
    assert (7.0, Entity(pk="USER#u", sk="ORDER#1"), 3, 2) == (order.total, row, paid.credits, paid.version)
    assert payer.version == 2
    assert (await payer.refresh()).credits == 3


async def test_nothing_appears_when_one_operation_fails(db):  # R77 R80
    """Neither the rows before it nor those after; the reason has the item that was in the way."""
    await db.create_table(Order, Entity)
    await db.create_table(Account)
    await Account(id="u", credits=5).create()
    new = Order(order_id="1", user_id="u")

    with pytest.raises(errors.TransactionCanceledError) as raised:
        async with db.transaction() as tx:
            tx.create(new)
            tx.update(Account.key("u"), Account.credits.sub(7), if_=Account.credits >= 7)
            tx.put(Entity(pk="USER#u", sk="ORDER#1"))

    error = raised.value
    assert is_condition_failed(error)
    assert ["None", "ConditionalCheckFailed", "None"] == [reason.code for reason in error.reasons]
    assert error.reasons[1].current.credits == 5
    assert (None, None) == await db.transact_get(Order.key(order_id="1"), Entity.key("USER#u", "ORDER#1"))


async def test_a_stale_instance_stops_the_transaction(db):  # R30 R82
    """For put, update, delete and check alike; the instance keeps its version."""
    await db.create_table(Account)
    stale = await Account(id="a").create()
    await (await Account.get("a")).put()

    for add in (
        lambda tx: tx.put(stale),
        lambda tx: tx.update(stale, credits=1),
        lambda tx: tx.delete(stale),
        lambda tx: tx.check(stale),
    ):
        tx = db.transaction().create(Account(id="other"))
        add(tx)
        with pytest.raises(errors.TransactionCanceledError) as raised:
            await tx.execute()
        assert raised.value.reasons[1].version_conflict
        assert (1, 2) == (raised.value.reasons[1].error.expected, raised.value.reasons[1].current.version)
        assert stale.version == 1
    assert await Account.get_or_none("other") is None


async def test_created_at_stays_and_version_counts_up(db):  # R29
    """Over create, update, put and delete in transactions."""
    await db.create_table(Account)
    account = Account(id="a")
    await db.transaction().create(account).execute()
    born = account.created_at
    await db.transaction().update(account, credits=3).execute()
    account.note = "x"
    await db.transaction().put(account).execute()

    stored = await Account.get("a")
    assert (3, 3, "x", born) == (stored.version, stored.credits, stored.note, stored.created_at)
    assert stored == account
    await db.transaction().delete(account).execute()
    assert await Account.get_or_none("a") is None


@pytest.mark.wrong_on("moto", reason="it ignores idempotency tokens")
async def test_a_token_makes_it_happen_once(db):  # R82
    """Another process with the same token and time changes nothing more; another transaction under it is refused."""
    await db.create_table(Account)
    await Account(id="a").create()
    asked = datetime(2026, 11, 21, tzinfo=UTC)

    for _ in range(3):
        await db.transaction(token="pay-1", at=asked).update(Account.key("a"), Account.credits.add(7)).execute()
    paid = await Account.get("a")
    assert (7, 2, asked) == (paid.credits, paid.version, paid.updated_at)

    with pytest.raises(errors.IdempotentParameterMismatchError, match="at="):
        await db.transaction(token="pay-1").update(Account.key("a"), Account.credits.add(7)).execute()
    assert (await Account.get("a")).credits == 7


async def test_concurrent_creates_have_one_winner(db):
    """The others learn who was there first."""
    await db.create_table(Account)

    async def create(number):
        try:
            await db.transaction().create(Account(id="a", credits=number)).execute()
        except errors.TransactionCanceledError as error:
            return error.reasons[0].current.credits
        return None

    seen = await asyncio.gather(*(create(number) for number in range(10)))
    winner = (await Account.get("a")).credits

    assert seen.count(None) == 1
    assert {winner, None} == set(seen)


# ---------------------------------------------------------------- move


async def test_a_move_changes_the_key_and_nothing_else(db):  # R41
    """The old item is gone, the new one has every attribute, its index membership and its time of creation."""
    await db.create_table(Job, Task)
    job = await Job(id="1", status="NEW", owner="o", tags={"a"}).create()
    born = job.created_at

    moved = await job.move(status="DONE", owner=None)

    assert moved is job
    assert [job] == await Job.query(Job.pk == "JOB#1")
    assert ("DONE", None, {"a"}, born) == (job.status, job.owner, job.tags, job.created_at)
    assert [job] == await Job.query(Job.status_key == "S#DONE")
    assert [] == await Job.query(Job.status_key == "S#NEW")


async def test_a_move_counts_the_version_up(db):
    """And refuses what someone else has changed."""
    await db.create_table(Job, Task)
    task = await Task(id="1", status="NEW").create()
    stale = await Task.get(id="1", status="NEW")
    await task.move(status="DONE")
    assert task.version == 2

    with pytest.raises(errors.VersionConflictError) as raised:
        await stale.move(status="LOST")
    assert (1, None, "Task.move") == (raised.value.expected, raised.value.actual, raised.value.op)
    assert (1, "NEW") == (stale.version, stale.status)


async def test_a_move_onto_another_item_is_refused(db):
    """Neither is lost."""
    await db.create_table(Job, Task)
    one, two = await Job(id="1", status="NEW").create(), await Job(id="1", status="DONE", owner="two").create()

    with pytest.raises(errors.ItemExistsError) as raised:
        await one.move(status="DONE")

    assert two == raised.value.current
    assert [two, one] == await Job.query(Job.pk == "JOB#1")


async def test_a_move_of_what_was_changed_meanwhile_is_refused(db):
    """Without a version every attribute is compared with what was read; local changes go along."""
    await db.create_table(Job, Task)
    job = await Job(id="1", status="NEW", tags={"a"}).create()
    await Job.with_key(id="1", status="NEW").update(Job.tags.add({"b"}))

    with pytest.raises(errors.ConditionFailedError) as raised:
        await job.move(status="DONE")
    assert raised.value.current.tags == {"a", "b"}

    await job.refresh()
    job.owner = "me"
    job.status = "DONE"
    await job.move()
    assert ("me", {"a", "b"}) == ((await Job.get(id="1", status="DONE")).owner, job.tags)


async def test_a_move_needs_no_memory(db):
    """An instance that remembers nothing is compared as it is; an item from before a field was added moves, too."""
    await db.create_table(Loose)
    await db.call("PutItem", {"TableName": db.table_prefix + "loose", "Item": {"name": {"S": "old"}}})
    old = await Loose.get("old")

    await old.move(name="new", size=3)

    assert [Loose(name="new", size=3)] == await Loose.scan()


async def test_a_move_obeys_the_callers_condition(db):
    """It is a condition on the old item."""
    await db.create_table(Loose)
    loose = await Loose(name="a", size=1).create()

    with pytest.raises(errors.ConditionFailedError):
        await loose.move(name="b", if_=Loose.size > 1)
    await loose.move(name="b", if_=Loose.size == 1)

    assert await Loose.get("b") == loose


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"owner": "x"}, errors.InvalidRequestError),
        ({"status": "NEW"}, errors.InvalidRequestError),
        ({"state": "DONE"}, errors.UnknownFieldError),
        ({"pk": "JOB#2"}, errors.InvalidRequestError),
        ({"created_at": None}, errors.InvalidRequestError),
        ({"status": None}, errors.MissingKeyError),
        ({"status": ""}, errors.ValidationError),
    ],
)
async def test_a_wrong_move_is_refused_before_it_is_sent(db, fields, error):
    """The key must change, by the fields that make it, and to something that can be a key."""
    with pytest.raises(error):
        await Job(id="1", status="NEW").move(**fields)
