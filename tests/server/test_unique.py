"""Unique constraints: a second claim is refused and names the owner; whatever gives a value up frees it."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from dynamorm_async import (
    Attr,
    Model,
    UniqueConflictError,
    attr,
    errors,
    partition_key,
    sort_key,
    tenant,
    ttl,
    unique,
    version,
)

pytestmark = pytest.mark.asyncio


class User(Model[str, str], table="users", tag="user"):
    org: Attr[str] = partition_key()
    id: Attr[str] = sort_key()
    email: Attr[str] = attr()
    nick: Attr[str | None] = attr(default=None)
    age: Attr[int] = attr(default=0)

    one_email = unique(email)
    one_nick = unique(org, nick)


class Locked(Model[str], table="locked", tag=True):
    id: Attr[str] = partition_key()
    code: Attr[str | None] = attr(default=None)
    version: Attr[int] = version()

    one_code = unique("code")


async def guards(db, table="users"):
    """The keys of all guards."""
    found = await db.call("Scan", {"TableName": db.table_prefix + table})
    return sorted(item.get("org", item.get("id"))["S"] for item in found["Items"] if "_owner" in item)


async def test_a_value_that_is_taken_is_refused(db):
    """Nothing is stored, and the error has the constraint and the owner's key."""
    await db.create_table(User)
    await User(org="acme", id="1", email="a@b.c").create()

    with pytest.raises(UniqueConflictError) as raised:
        await User(org="other", id="2", email="a@b.c").create()

    error = raised.value
    assert ("one_email", "User.create", "User") == (error.constraint, error.op, error.model)
    assert {"org": {"S": "acme"}, "id": {"S": "1"}} == error.owner
    assert isinstance(error, errors.ConditionFailedError)
    assert error.outcome is errors.Outcome.NOT_APPLIED
    assert "a@b.c" not in str(error)
    assert await User.get_or_none("other", "2") is None
    assert ["1"] == [user.id for user in await User.scan()]


async def test_a_constraint_can_have_a_scope(db):
    """The same nickname in two orgs, none in any number of users."""
    await db.create_table(User)
    await User(org="a", id="1", email="1", nick="x").create()
    await User(org="b", id="1", email="2", nick="x").create()
    await User(org="a", id="2", email="3").create()
    await User(org="a", id="3", email="4").create()

    with pytest.raises(UniqueConflictError) as raised:
        await User(org="a", id="4", email="5", nick="x").create()

    assert raised.value.constraint == "one_nick"
    assert "UNIQUE#user.one_email#5" not in await guards(db)


async def test_a_value_is_free_when_it_is_given_up(db):
    """By an update, a put, a save, a deletion, and by becoming None."""
    await db.create_table(User)
    user = await User(org="a", id="1", email="1", nick="x").create()

    await user.update(email="2")
    await User(org="a", id="2", email="1").create()
    user.nick = None
    await user.put()
    other = await User(org="a", id="3", email="3", nick="x").create()
    other.email = "4"
    await other.save()
    assert await other.delete() == User(org="a", id="3", email="4", nick="x")

    assert ["UNIQUE#user.one_email#1", "UNIQUE#user.one_email#2"] == await guards(db)


async def test_what_changes_no_unique_value_is_one_plain_request(db):
    """An update of another field, a put and a save of the same values."""
    await db.create_table(User)
    user = await User(org="a", id="1", email="1").create()

    assert "UpdateItem" == user.update(age=3).call().operation
    assert "PutItem" == user.put().call().operation
    assert "UpdateItem" == User.with_key("a", "1").update(age=4).call().operation
    await User.with_key("a", "1").update(age=4)
    user.age = 9
    assert "UpdateItem" == user.save().call().operation
    assert (await user.put()).age == 9


async def test_a_stale_writer_cannot_leave_a_guard_behind(db):
    """Without a version the unique fields must still be what was read."""
    await db.create_table(User)
    user = await User(org="a", id="1", email="1").create()
    stale = await User.get("a", "1")
    await user.update(email="2")

    for write in (stale.update(email="3"), stale.put(), stale.delete()):
        with pytest.raises(errors.ConditionFailedError):
            await write
    assert ["UNIQUE#user.one_email#2"] == await guards(db)


async def test_versions_and_uniqueness_go_together(db):
    """The version counts up by one for each write, in memory as in the table; a conflict is a conflict."""
    await db.create_table(Locked)
    item = await Locked(id="1", code="x").create()
    stale = await Locked.get("1")
    await item.update(code="y")

    assert (2, "y") == (item.version, item.code)
    assert item == await Locked.get("1")
    with pytest.raises(errors.VersionConflictError):
        await stale.update(code="z")
    changed = await Locked.mutate("1", lambda one: setattr(one, "code", "w"))
    assert (3, "w") == (changed.version, changed.code)


async def test_a_transaction_keeps_values_unique_too(db):
    """Its reason names the caller's operation, however many guards stand behind it."""
    await db.create_table(User)
    one = await User(org="a", id="1", email="1").create()
    two = await User(org="a", id="2", email="2", nick="x").create()

    with pytest.raises(errors.TransactionCanceledError) as raised:
        async with db.transaction() as tx:
            tx.update(one, age=1)
            tx.update(two, email="1")
    assert ["None", "ConditionalCheckFailed"] == [reason.code for reason in raised.value.reasons]
    assert ["update User", "update User"] == [reason.operation for reason in raised.value.reasons]
    assert isinstance(raised.value.reasons[1].error, UniqueConflictError)
    assert "UniqueConflictError" in str(raised.value)

    async with db.transaction() as tx:
        tx.create(User(org="a", id="3", email="3"))
        tx.delete(two)
    assert ["UNIQUE#user.one_email#1", "UNIQUE#user.one_email#3"] == await guards(db)

    tx = db.transaction().create(User(org="a", id="4", email="4"))
    with pytest.raises(errors.InvalidRequestError, match="unique value already: number 1, create User"):
        tx.create(User(org="a", id="5", email="4"))


async def test_guards_count_towards_the_hundred_operations(db):
    """Two constraints make three operations of each user."""
    tx = db.transaction()
    for number in range(33):
        tx.create(User(org="a", id=str(number), email=str(number), nick=str(number)))

    with pytest.raises(errors.InvalidRequestError, match="guards of unique values included"):
        tx.create(User(org="a", id="x", email="x", nick="x"))


async def test_a_move_takes_the_guards_along(db):
    """The new key is the owner then, and can give the value up."""
    await db.create_table(User)
    user = await User(org="a", id="1", email="1", nick="x").create()

    await user.move(org="b", email="2")

    with pytest.raises(UniqueConflictError) as raised:
        await User(org="z", id="9", email="2").create()
    assert {"org": {"S": "b"}, "id": {"S": "1"}} == raised.value.owner
    await user.delete()
    assert [] == await guards(db)


async def test_one_of_many_gets_the_value(db):
    """At once, for one address."""
    await db.create_table(User)

    ends = await asyncio.gather(
        *(User(org="a", id=str(number), email="e").create() for number in range(10)), return_exceptions=True
    )

    assert 1 == sum(isinstance(end, User) for end in ends)
    assert {UniqueConflictError} == {type(end) for end in ends if not isinstance(end, User)}
    assert 1 == len(await User.scan())


async def test_items_from_before_the_constraint_can_be_claimed(db):
    """Each once, before anybody relies on it; a value that two have already is refused to the second."""
    await db.create_table(User)
    for number in ("1", "2"):
        await db.call(
            "PutItem",
            {
                "TableName": db.table_prefix + "users",
                "Item": {"org": {"S": "a"}, "id": {"S": number}, "email": {"S": "e"}, "_type": {"S": "user"}},
            },
        )
    one, two = await User.query(User.org == "a")

    await db.transaction().claim(one).execute()
    await db.transaction().claim(one).execute()
    with pytest.raises(errors.TransactionCanceledError) as raised:
        await db.transaction().claim(two).execute()
    assert isinstance(raised.value.reasons[0].error, UniqueConflictError)

    with pytest.raises(UniqueConflictError):
        await User(org="a", id="3", email="e").create()


@pytest.mark.parametrize(
    "write",
    [
        lambda db: User(org="a", id="1", email="e").put(),
        lambda db: User(org="a", id="1", email="e").save(),
        lambda db: User(org="a", id="1", email="e").delete(),
        lambda db: User(org="a", id="1", email="e").update(email="f"),
        lambda db: User.with_key("a", "1").update(email="f"),
        lambda db: User.with_key("a", "1").update(email="f", must_exist=False),
        lambda db: User.with_key("a", "1").delete(),
        lambda db: db.batch_put([User(org="a", id="1", email="e")]),
        lambda db: db.batch_delete([User.key("a", "1")]),
        lambda db: db.transaction().delete(User.key("a", "1")).execute(),
        lambda db: db.transaction().claim(Plain(id="1")).execute(),
    ],
)
async def test_a_write_that_could_leave_a_guard_behind_is_refused(db, write):
    """Before anything is sent: here there is not even a table."""
    with pytest.raises(errors.InvalidRequestError):
        await write(db)


class Plain(Model[str], table="plain"):
    id: Attr[str] = partition_key()


async def test_overwriting_a_versioned_item_is_refused(db):
    """What it replaces is not known."""
    await db.create_table(Locked)
    item = await Locked(id="1", code="x").create()

    with pytest.raises(errors.InvalidRequestError, match="would stay taken"):
        await item.put(overwrite=True)


async def test_what_changes_a_unique_value_returns_no_item(db):
    """It is a transaction."""
    await db.create_table(User)
    user = await User(org="a", id="1", email="1").create()

    with pytest.raises(errors.InvalidRequestError, match="returns no item"):
        await user.update(email="2").returning("old")
    assert await user.delete().returning("none") is None


def _define(**options):
    body = {"__annotations__": {"id": Attr[str], "mail": Attr[str]}, "id": partition_key(), "mail": attr()}
    extra = options.pop("body", {})
    body["__annotations__"] |= extra.pop("__annotations__", {})
    body |= {"one": unique("mail")} | extra
    return type("Made", (Model,), body | {"__module__": __name__, "__qualname__": "Made"}, table="made", **options)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({}, "tag="),
        ({"tag": True, "body": {"__annotations__": {"id": Attr[int]}}}, "key is text"),
        ({"tag": True, "body": {"__annotations__": {"end": Attr[datetime]}, "end": ttl()}}, "leave its guard"),
        ({"tag": True, "body": {"one": unique()}}, "names no field"),
        ({"tag": True, "body": {"one": unique("male")}}, "'male' is no field"),
        (
            {
                "tag": True,
                "body": {
                    "__annotations__": {"org": Attr[str]},
                    "org": tenant(),
                    "id": partition_key("T#{org}#{mail}"),
                },
            },
            "no tenant's",
        ),
    ],
)
async def test_a_model_that_cannot_have_guards_is_refused(options, problem):
    """When the class is made, with the reason and the fix."""
    with pytest.raises(errors.ModelDefinitionError, match=problem):
        _define(**options)


async def test_values_that_cannot_be_a_key_are_refused(db):
    """Too long, or of a type that no key has."""
    model = _define(tag=True, body={"__annotations__": {"mail": Attr[list[str]]}})

    with pytest.raises(errors.ValidationError, match="cannot be unique"):
        await model(id="1", mail=["x"]).create()
    with pytest.raises(errors.ValidationError, match="too long"):
        await User(org="a", id="1", email="x" * 2040).create()
