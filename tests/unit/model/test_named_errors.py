"""Errors and warnings name the model, the field and the verb as the caller wrote it, and say what to do."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from dynamorm_async import Attr, Model, RetrySettings, Session, attr, partition_key, sort_key, version
from dynamorm_async._ops.effects import Reply
from dynamorm_async._ops.exchange import ExchangeCursor, write_exchange
from dynamorm_async.errors import (
    AccessDeniedError,
    DecodeError,
    InvalidCursorError,
    InvalidRequestError,
    ItemNotFoundError,
    MissingKeyError,
    PaginationStuckError,
    TableNotFoundError,
    ValidationError,
    VersionConflictError,
)
from dynamorm_async.types import Cursor
from tests.support.scripted import ScriptedTransport


class Guest(Model[str, str], table="guests"):
    house: Attr[str] = partition_key()
    id: Attr[str] = sort_key()
    age: Attr[int] = attr(default=0)
    tags: Attr[set[str]] = attr(factory=set)


class Guarded(Guest, table="guarded"):
    version: Attr[int] = version()


GUEST = Guest(house="h", id="1")
WRONG = Guest(house="h", id="1", age="old")
QUERY = Guest.query(Guest.house == "h")
MISFITS = {
    "put": ("put", WRONG.put),
    "create": ("create", WRONG.create),
    "save": ("save", WRONG.save),
    "update": ("update", lambda: GUEST.update(Guest.age.set("old"))),
    "update by key": ("update", lambda: Guest.with_key("h", "1").update(age="old")),
    "try_update": ("update", lambda: GUEST.try_update(age="old")),
    "condition": ("delete", lambda: GUEST.delete(if_=Guest.age == "old")),
    "returning": ("put", lambda: WRONG.put().returning("old")),
    "query": ("query", lambda: QUERY.where(Guest.age == "old")),
    "scan": ("scan", lambda: Guest.scan(Guest.age == "old")),
}


async def asked(ask, *answers):
    """What comes of asking a session, with these answers behind it, or with nothing."""
    left = iter(answers)
    transport = ScriptedTransport(lambda _: next(left, {}))
    async with Session(transport=transport, retry=RetrySettings(max_attempts=1), cursor_keys=[bytes(16)]) as db:
        return await ask(db)


async def begun(stream):
    """What a stream begins with."""
    async with stream as results:
        return await anext(aiter(results))


async def awaited(make, *answers):
    """What comes of a handle."""
    return await asked(lambda _: make(), *answers)


@pytest.mark.parametrize("look", [lambda make: make().call(), lambda make: asyncio.run(awaited(make))])
@pytest.mark.parametrize("case", MISFITS)
def test_a_value_that_does_not_fit_is_refused_in_the_callers_words(case, look):
    """With the verb, and with the advice as a hint of its own; the whole still reads as one."""
    verb, make = MISFITS[case]

    with pytest.raises(ValidationError) as caught:
        look(make)

    error, advice = caught.value, "Convert it, or change the annotation."
    assert (f"Guest.{verb}", "Guest", advice) == (error.op, error.model, error.hint)
    assert f"Guest.{verb}: Guest.age: int was expected, not str. {advice}" == str(error)
    assert [("Guest.age", f"int was expected, not str. {advice}")] == list(error.errors)


def test_each_of_several_faults_keeps_its_advice():
    """One hint could not say what belongs to which."""
    with pytest.raises(ValidationError) as caught:
        Guest(house="h", id="1", age="old", tags={1}).put().call()

    assert caught.value.hint is None
    assert str(caught.value).count("Convert it") == 2


@pytest.mark.parametrize(
    ("verb", "make"),
    [
        ("get", lambda: Guest.get("h", 1)),
        ("get", lambda: Guest.get_or_none("h", 1)),
        ("update", lambda: Guest.with_key("h", 1).update(age=1)),
        ("delete", lambda: Guest.with_key("h", 1).delete()),
    ],
)
def test_a_key_that_does_not_fit_is_refused_in_the_callers_words(verb, make):
    """Not in those of the key that the verb makes."""
    with pytest.raises(ValidationError, match=rf"^Guest\.{verb}: Guest\.id: str was expected, not int\. Convert"):
        make().call()


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ([("h", "1"), ("h", 1)], r"keys\[1\]: Guest\.id: str was expected, not int\."),
        (["h"], r"keys\[0\]: the key of Guest is \(house, id\); 1 of its values"),
        ([Guest(house="h", id="")], r"keys\[0\]: Guest\.id: is part of a key and must not be empty\."),
        ("h", "the keys are a list, not one str."),
    ],
    ids=str,
)
def test_a_key_among_several_is_refused_in_the_callers_words(keys, problem):
    """With its place."""
    with pytest.raises(InvalidRequestError, match=rf"^Guest\.batch_get: {problem}") as caught:
        asyncio.run(asked(lambda db: db.batch_get(Guest, keys)))

    assert ("Guest.batch_get", "Guest") == (caught.value.op, caught.value.model)


@pytest.mark.parametrize(
    ("name", "ask"),
    [
        ("Guest.batch_get", lambda db: db.batch_get(Guest, [("h", "1")], concurrency=0)),
        ("batch_put", lambda db: db.batch_put([GUEST], concurrency=0)),
        ("batch_delete", lambda db: db.batch_delete([GUEST], concurrency=True)),
    ],
)
def test_how_many_requests_at_once_is_refused_in_the_callers_words(name, ask):
    """Nothing is sent."""
    with pytest.raises(InvalidRequestError, match=rf"^{name}: concurrency must be a whole number of at least 1\."):
        asyncio.run(asked(ask))


def test_a_key_by_itself_is_named():
    """Who makes one has written ``key``."""
    with pytest.raises(ValidationError, match=r"^Guest\.key: Guest\.id: str was expected"):
        Guest.key("h", 1)
    with pytest.raises(MissingKeyError, match=r"^Guest\.key: "):
        Guest.key("h")


@pytest.mark.parametrize(
    ("verb", "make"),
    [
        ("get", lambda: Guest.get("h")),
        ("update", lambda: Guest.with_key("h").update(age=1)),
        ("delete", lambda: Guest.with_key("h").delete()),
    ],
)
def test_a_part_of_a_key_that_is_missing_is_missed_by_the_verb(verb, make):
    """Whoever wrote ``get`` looks for ``get``."""
    with pytest.raises(MissingKeyError, match=rf"^Guest\.{verb}: the key of Guest is \(house, id\)"):
        make().call()


NO_TABLE = Reply(400, msgspec.json.encode({"__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"}))
FOREIGN = write_exchange(ExchangeCursor({"house": {"S": "other"}, "id": {"S": "1"}}, None, descending=False))
DENIED = Reply(400, msgspec.json.encode({"__type": "com.amazonaws.dynamodb.v20120810#AccessDeniedException"}))


@pytest.mark.parametrize(
    ("verb", "make"),
    [
        ("get", lambda: Guest.get("h", "1")),
        ("query", lambda: QUERY),
        ("query", QUERY.first),
        ("query", QUERY.count),
        ("query", QUERY.page),
        ("scan", Guest.scan),
        ("put", GUEST.put),
        ("update", lambda: GUEST.update(age=1)),
        ("delete", GUEST.delete),
        ("save", GUEST.save),
        ("refresh", GUEST.refresh),
    ],
)
def test_a_table_that_is_missing_is_missed_for_a_model(verb, make):
    """With the call that makes it, ready to be copied."""
    with pytest.raises(TableNotFoundError) as caught:
        asyncio.run(awaited(make, NO_TABLE))

    error = caught.value
    assert (f"Guest.{verb}", "Guest", "guests") == (error.op, error.model, error.table)
    assert str(error) == (
        f"Guest.{verb}: there is no table 'guests' here. "
        "Create it with `await session.create_table(Guest)`, or check region and endpoint."
    )


def everything(db):
    """A statement."""
    return db.statement("SELECT * FROM {guests}", guests=Guest)


@pytest.mark.parametrize(
    ("called", "ask"),
    [
        ("statement", everything),
        ("statement", lambda db: everything(db).page()),
        ("statement", lambda db: anext(aiter(everything(db)))),
        ("statements", lambda db: db.statements(everything(db))),
        ("transact_statements", lambda db: db.transact_statements(everything(db))),
        ("transact_get", lambda db: db.transact_get(Guest.key("h", "1"))),
    ],
)
def test_what_a_session_was_asked_for_is_named_as_it_was_written(called, ask):
    """And not as DynamoDB names what was sent for it."""
    with pytest.raises(AccessDeniedError, match=rf"^{called}: ") as caught:
        asyncio.run(asked(ask, DENIED))

    assert (called, None) == (caught.value.op, caught.value.model)


@pytest.mark.parametrize(
    ("called", "ask"),
    [
        ("statement: the statement names", lambda db: db.statement("SELECT * FROM {guests}").page()),
        ("statements: the statement names", lambda db: db.statements(db.statement("SELECT * FROM {guests}"))),
        ("statement: the cursor cannot be used", lambda db: everything(db).page(cursor="x")),
        ("statements: 0 statements", lambda db: db.statements()),
        ("transact_statements: 0 statements", lambda db: db.transact_statements()),
    ],
)
def test_what_cannot_be_asked_of_a_statement_is_named_alike(called, ask):
    """Whatever found it."""
    with pytest.raises(InvalidRequestError, match=rf"^{called}"):
        asyncio.run(asked(ask))


@pytest.mark.parametrize(
    ("verb", "ask"),
    [
        ("query", lambda: QUERY.page(cursor="x")),
        ("query", lambda: Guest.query(Guest.house.in_(["g", "h"])).page(cursor="x")),
        ("query", lambda: anext(aiter(QUERY.pages(cursor="x")))),
        ("query", lambda: begun(QUERY.stream(cursor="x"))),
        ("query", lambda: QUERY.to_exchange(Cursor({}, b""))),
        ("query", lambda: QUERY.from_exchange("x")),
        ("query", lambda: QUERY.from_exchange(FOREIGN)),
        ("scan", lambda: Guest.scan().page(cursor="x")),
        ("scan", lambda: anext(aiter(Guest.scan().pages(cursor="x")))),
        ("scan", lambda: begun(Guest.scan(segments=2).stream(cursor="x"))),
        ("scan", lambda: Guest.scan().from_exchange("x")),
    ],
)
def test_a_cursor_that_is_none_is_refused_by_what_it_was_given_to(verb, ask):
    """Nobody wrote a verb of the name ``cursor``."""
    with pytest.raises(InvalidCursorError, match=rf"^Guest\.{verb}: .* Start again without a cursor\.") as caught:
        asyncio.run(awaited(ask))

    assert (f"Guest.{verb}", "Guest") == (caught.value.op, caught.value.model)


@pytest.mark.parametrize("verb", ["query", "scan"])
def test_pages_that_stand_still_are_those_of_what_was_called(verb):
    """A scan is no query."""
    stuck = {"Items": [], "ScannedCount": 1, "LastEvaluatedKey": {"house": {"S": "h"}, "id": {"S": "1"}}}

    with pytest.raises(PaginationStuckError, match=rf"^Guest\.{verb}: "):
        asyncio.run(awaited(lambda: QUERY if verb == "query" else Guest.scan(), stuck, stuck))


STORED = {"house": {"S": "h"}, "id": {"S": "1"}, "age": {"N": "36"}, "version": {"N": "1"}}
NEWER = STORED | {"version": {"N": "2"}}
CONFLICT = Reply(400, msgspec.json.encode({"__type": "com#ConditionalCheckFailedException", "Item": NEWER}))


def mutate(change, key=("h", "1")):
    """A mutation, ready to be begun, and how often it is tried."""
    return lambda: Guarded.mutate(key, change, attempts=1)


def older(guest):
    """A change."""
    guest.age += 1


def wrong(guest):
    """A change that cannot be stored."""
    guest.age = "old"


@pytest.mark.parametrize(
    ("make", "answers", "kind"),
    [
        (mutate(older), [NO_TABLE], TableNotFoundError),
        (mutate(older), [{}], ItemNotFoundError),
        (mutate(older), [{"Item": STORED | {"age": {"S": "old"}}}], DecodeError),
        (mutate(older, ("h", 1)), [], ValidationError),
        (mutate(wrong), [{"Item": STORED}], ValidationError),
        (mutate(older), [{"Item": STORED}, CONFLICT], VersionConflictError),
    ],
)
def test_what_goes_wrong_inside_a_mutation_is_its_own(make, answers, kind):
    """Neither of the get nor of the put that it is made of, which nobody wrote."""
    with pytest.raises(kind, match=r"^Guarded\.mutate: ") as caught:
        asyncio.run(awaited(make, *answers))

    assert ("Guarded.mutate", "Guarded") == (caught.value.op, caught.value.model)


def test_a_mutation_that_is_always_late_is_not_told_to_mutate():
    """It says what else there is."""
    with pytest.raises(VersionConflictError) as caught:
        asyncio.run(awaited(mutate(older), {"Item": STORED}, CONFLICT))

    assert str(caught.value).endswith("or say the change by actions of update(), which reads nothing first.")


def test_an_error_of_the_callers_own_change_stays_what_it_is():
    """It was another call, and it has a name."""

    async def seek(_):
        await Guest.get("h", "2")

    with pytest.raises(ItemNotFoundError, match=r"^Guest\.get: "):
        asyncio.run(awaited(mutate(seek), {"Item": STORED}, {}))


def test_an_item_that_is_gone_is_missed_by_its_refresh():
    """Not by a get, which nobody wrote."""
    with pytest.raises(ItemNotFoundError, match=r"^Guest\.refresh: no item has this key\."):
        asyncio.run(awaited(GUEST.refresh))


@pytest.mark.parametrize(
    ("verb", "forget"),
    [
        ("put", GUEST.put),
        ("create", GUEST.create),
        ("update", lambda: GUEST.update(age=1)),
        ("update", lambda: Guest.with_key("h", "1").update(age=1)),
        ("try_update", lambda: GUEST.try_update(age=1)),
        ("try_update", lambda: Guest.with_key("h", "1").try_update(age=1)),
        ("save", GUEST.save),
        ("delete", GUEST.delete),
        ("delete", lambda: Guest.with_key("h", "1").delete()),
        ("move", lambda: GUEST.move(id="2")),
        ("put", lambda: GUEST.put().returning("old")),
    ],
)
def test_a_write_that_nobody_awaits_is_named(verb, forget):
    """A process has many writes, and the warning may come without its line."""
    with pytest.warns(RuntimeWarning) as told:
        forget()

    assert [f"Guest.{verb} was never awaited, so nothing was written: put `await` before it"] == [
        str(one.message) for one in told
    ]
