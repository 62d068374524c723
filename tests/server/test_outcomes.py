"""Outcomes as values, and which item a write answers with."""

from __future__ import annotations

from datetime import datetime

import pytest

from dynamorm_async import (
    Applied,
    Attr,
    Model,
    Rejected,
    VersionConflictError,
    attr,
    errors,
    partition_key,
    updated_at,
    version,
)

pytestmark = pytest.mark.asyncio


class Account(Model[str], table="accounts"):
    id: Attr[str] = partition_key()
    credits: Attr[int] = attr(default=0)
    note: Attr[str | None] = attr(default=None)
    limits: Attr[dict[str, int]] = attr(factory=dict)
    updated_at: Attr[datetime] = updated_at()
    version: Attr[int] = version()


class Plain(Model[str], table="plain", track_changes=True):
    id: Attr[str] = partition_key()
    size: Attr[int] = attr(default=0)
    note: Attr[str | None] = attr(default=None)


async def test_an_update_is_applied_or_rejected(db):
    """The value is the instance as it is now, or the item as it stands; nothing is raised, and nothing is changed."""
    await db.create_table(Account)
    account = await Account(id="a", credits=7).create()

    paid = await account.try_update(Account.credits.sub(5), if_=Account.credits >= 5)
    refused = await account.try_update(Account.credits.sub(5), if_=Account.credits >= 5)

    assert paid == Applied(account)
    assert (True, False) == (bool(paid), bool(refused))
    assert isinstance(refused, Rejected)
    assert (2, 2) == (refused.current.credits, account.credits)
    assert isinstance(refused.error, errors.ConditionFailedError)
    match refused:
        case Rejected(current):
            assert current == await Account.get("a")
        case _:
            pytest.fail("it can be taken apart")


async def test_every_write_has_its_outcome_as_a_value(db):
    """put, create, save, delete, move and updates by key."""
    await db.create_table(Account)
    await db.create_table(Plain)
    account = await Account(id="a").create()
    stale = await Account.get("a")
    await account.update(note="x")

    exists = await Account(id="a").create().outcome()
    assert isinstance(exists.error, errors.ItemExistsError)
    assert exists.current == account
    for write in (stale.put(), stale.save(), stale.delete(), stale.move(id="b")):
        outcome = await write.outcome()
        assert isinstance(outcome.error, VersionConflictError)
        assert outcome.current == account
    gone = await Account.with_key("z").try_update(credits=1)
    assert (None, errors.ItemNotFoundError) == (gone.current, type(gone.error))

    assert (await Account.with_key("a").try_update(credits=3)).value.credits == 3
    assert (await Account.with_key("b").try_update(credits=3, must_exist=False)).value.id == "b"
    assert await Plain(id="p").put().outcome() == Applied(Plain(id="p"))
    assert (await Plain.with_key("p").delete(if_=Plain.size > 3).outcome()).current == Plain(id="p")
    assert await Plain.with_key("p").delete().outcome() == Applied(Plain(id="p"))


async def test_other_errors_are_raised(db):
    """Only a false condition is an outcome."""
    with pytest.raises(errors.TableNotFoundError):
        await Account(id="a").put().outcome()
    with pytest.raises(errors.KeyChangeError):
        await Account(id="a").try_update(id="b")


async def test_an_outcome_is_a_handle_like_others(db):
    """It shows its request, takes a session, and does nothing until it is awaited."""
    await db.create_table(Account)
    account = await Account(id="a").create()
    handle = account.try_update(credits=5)

    assert "UpdateItem" == handle.call().operation
    assert "not awaited" in repr(handle)
    assert await handle.using(db) == Applied(account)
    assert await account.update(credits=6).using(db).outcome() == Applied(account)


async def test_a_put_can_answer_with_what_it_replaced(db):
    """Or None, if it replaced nothing; the instance is stored either way."""
    await db.create_table(Account)
    account = Account(id="a", credits=1)

    assert await account.put().returning("old") is None
    account.credits = 2
    before = await account.put().returning("old")

    assert (1, 1) == (before.credits, before.version)
    assert (2, 2) == (account.version, (await Account.get("a")).credits)


async def test_an_update_can_answer_with_what_was(db):
    """By key the item as it was; on an instance, what the service worked out must be read again."""
    await db.create_table(Account)
    account = await Account(id="a", credits=1, limits={"day": 1}).create()

    before = await Account.with_key("a").update(credits=2).returning("old")
    assert (1, 1) == (before.credits, before.version)
    await account.refresh()

    before = await account.update(Account.credits.add(5), Account.limits["day"].set(2), note="x").returning("old")
    assert (2, {"day": 1}) == (before.credits, before.limits)
    assert ("x", 3) == (account.note, account.version)
    for name in ("credits", "limits"):
        with pytest.raises(errors.AttributeNotLoadedError):
            getattr(account, name)
    assert (await account.refresh()).credits == 7


async def test_a_write_can_answer_with_nothing(db):
    """Less to transfer; the instance still becomes what is known of it, also for what it remembers as stored."""
    await db.create_table(Plain)
    plain = await Plain(id="a", note="x").create()

    assert await plain.update(Plain.note.remove(), size=3).returning("none") is None
    assert (3, None) == (plain.size, plain.note)
    assert plain.save().call() is None
    assert await plain.delete().returning("none") is None
    assert await Plain.get_or_none("a") is None


async def test_answers_have_outcomes_too(db):
    """The item as it was, or the one that was in the way."""
    await db.create_table(Plain)
    await Plain(id="a", size=1).create()

    took = await Plain.with_key("a").update(size=2, if_=Plain.size == 1).returning("old").outcome()
    lost = await Plain.with_key("a").update(size=2, if_=Plain.size == 1).returning("old").outcome()

    assert (1, 2) == (took.value.size, lost.current.size)
    assert (True, False) == (bool(took), bool(lost))


async def test_what_cannot_be_answered_is_refused():
    """A transaction of one returns no item, and there are no other words."""
    with pytest.raises(errors.InvalidRequestError, match="returns no item"):
        Plain(id="a").put(exactly_once=True).returning("old")
    with pytest.raises(errors.InvalidRequestError, match="'old' or 'none'"):
        Plain(id="a").update(size=1).returning("all")
