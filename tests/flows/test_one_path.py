"""One writer path: every verb sends the same item, refuses the same values, and changes instances at the same time."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from attrs.validators import ge

from dynamorm_async import (
    Attr,
    Document,
    FieldConverter,
    GlobalIndex,
    Model,
    Nested,
    Session,
    attr,
    computed,
    created_at,
    errors,
    partition_key,
    sort_key,
    ttl,
    updated_at,
    version,
)
from dynamorm_async._retry import RetrySettings
from tests.support.flows import body_of
from tests.support.scripted import ScriptedTransport, StillClock, refused

pytestmark = pytest.mark.asyncio
NOON = datetime.fromtimestamp(1_795_262_400, UTC)
STAMP = {"S": "2026-11-21T12:00:00.000000Z"}


class Address(Document):
    city: Attr[str] = attr(name="town", default="Ulm")


class Base(Model, abstract=True):
    created_at: Attr[datetime] = created_at()
    updated_at: Attr[datetime] = updated_at()


class Thing(Base, table="things", tag="thing"):
    """A field of every role."""

    pk: Attr[str] = partition_key("ORG#{org}")
    sk: Attr[str] = sort_key("THING#{id}")
    org: Attr[str]
    id: Attr[str]
    age: Attr[int] = attr(name="years", default=1, validator=ge(0))
    price: Attr[Decimal] = attr(default=Decimal(1))
    tags: Attr[set[str]] = attr(factory=set)
    home: Nested[Address] = attr(factory=Address)
    code: Attr[int] = attr(
        default=255, converter=FieldConverter(lambda value: f"{value:x}", lambda text: int(text, 16))
    )
    nothing: Attr[str | None] = attr(default=None)
    null: Attr[str | None] = attr(default=None, null="null")
    free: Attr[Any] = attr(default=None)
    expires: Attr[datetime | None] = ttl(default=None)
    by_age_key: Attr[str] = computed("{org}#{age}")
    version: Attr[int] = version()

    by_age = GlobalIndex("by_age_key")


class Plain(Base, table="plain"):
    """Without a version, so that batches take it as it is."""

    id: Attr[str] = partition_key()
    size: Attr[int] = attr(default=0)


ITEM = {
    "pk": {"S": "ORG#acme"},
    "sk": {"S": "THING#1"},
    "org": {"S": "acme"},
    "id": {"S": "1"},
    "years": {"N": "7"},
    "price": {"N": "1.5"},
    "tags": {"SS": ["x"]},
    "home": {"M": {"town": {"S": "Ulm"}}},
    "code": {"S": "ff"},
    "null": {"NULL": True},
    "free": {"L": [{"N": "1"}, {"S": "a"}]},
    "expires": {"N": "1795266000"},
    "by_age_key": {"S": "acme#7"},
    "_type": {"S": "thing"},
    "created_at": STAMP,
    "updated_at": STAMP,
    "version": {"N": "1"},
}


def thing(**values):
    """A new one, with something in every field."""
    given = {"org": "acme", "id": "1", "age": 7, "price": Decimal("1.5"), "tags": {"x"}, "free": [1, "a"]}
    return Thing(**given | {"expires": NOON + timedelta(hours=1)} | values)


@asynccontextmanager
async def scripted(answer=lambda call: {"UnprocessedItems": {}}):
    """A session on which nothing is behind."""
    transport = ScriptedTransport(answer)
    async with Session(transport=transport, clock=StillClock(), retry=RetrySettings(max_attempts=1)) as db:
        yield db, transport


async def block(db, verb, item):
    """One item through a batch's block."""
    async with db.batch() as batch:
        verb(batch, item)


PUTS = {
    "put": lambda db, item: item.put(),
    "create": lambda db, item: item.create(),
    "save": lambda db, item: item.save(),
    "batch_put": lambda db, item: db.batch_put([item], overwrite=True),
    "batch": lambda db, item: block(db, lambda batch, one: batch.put(one, overwrite=True), item),
    "transaction put": lambda db, item: db.transaction().put(item).execute(),
    "transaction create": lambda db, item: db.transaction().create(item).execute(),
}


def item_in(body):
    """The item that a request stores, wherever it stands."""
    if "Item" in body:
        return body["Item"]
    if "RequestItems" in body:
        ((request,),) = body["RequestItems"].values()
        return request["PutRequest"]["Item"]
    return body["TransactItems"][0]["Put"]["Item"]


@pytest.mark.parametrize("verb", PUTS)
async def test_every_verb_stores_the_same_item(verb):
    """Validators, converters, templates, tags, times, version, TTL and computed keys: no verb leaves one out.

    Where an item may be replaced unread, the version is of the clock, so that it is nobody's.
    """
    item, number = thing(), int(NOON.timestamp() * 1000) if verb in ("batch_put", "batch") else 1
    async with scripted() as (db, transport):
        await PUTS[verb](db, item)

    assert ITEM | {"version": {"N": str(number)}} == item_in(transport.bodies[0])
    assert (number, NOON, NOON) == (item.version, item.created_at, item.updated_at)


@pytest.mark.parametrize("verb", PUTS)
async def test_no_verb_changes_an_instance_that_was_not_stored(verb):
    """Whatever the service's error."""
    item = thing()
    async with scripted(lambda _: refused("AccessDeniedException")) as (db, _):
        with pytest.raises(errors.DynamormError):
            await PUTS[verb](db, item)

    assert item.version == 0
    assert "created_at" not in vars(item)
    assert "updated_at" not in vars(item)


BAD = {
    "validator": {"age": -1},
    "wrong type": {"age": "7"},
    "NaN": {"price": Decimal("NaN")},
    "signalling NaN": {"price": Decimal("sNaN")},
    "infinity": {"price": Decimal("-Infinity")},
    "39 digits": {"price": Decimal("1" * 39)},
    "1E+126": {"price": Decimal("1E+126")},
    "1E-131": {"price": Decimal("1E-131")},
    "exponent bomb": {"price": Decimal("1E+400000")},
    "surrogate": {"nothing": "\ud800"},
    "bool in a number set": {"free": {True, 2}},
    "mixed set": {"free": {1, "a"}},
    "numbers as map keys": {"free": {1: "a"}},
    "separator in a key": {"org": "a#b"},
    "empty key": {"id": ""},
    "long key": {"id": "x" * 1025},
    "too large": {"nothing": "x" * 409_600},
}


@pytest.mark.parametrize("verb", PUTS)
@pytest.mark.parametrize("bad", BAD)
async def test_every_verb_refuses_what_cannot_be_stored(verb, bad):
    """Before anything is sent, however the value got into the instance."""
    item = thing()
    vars(item).update(BAD[bad])
    async with scripted() as (db, transport):
        with pytest.raises(errors.InvalidRequestError) as raised:
            await PUTS[verb](db, item)

    assert [] == transport.calls
    assert raised.value.outcome is errors.Outcome.NOT_APPLIED


@pytest.mark.parametrize("verb", PUTS)
@pytest.mark.parametrize("levels", [33, 100_000])
async def test_every_verb_refuses_deep_nesting(verb, levels):
    """33 levels as well as a tower that would break the stack."""
    deep: list[object] = []
    for _ in range(levels):
        deep = [deep]
    item = thing()
    item.free = deep
    async with scripted() as (db, transport):
        with pytest.raises(errors.ValidationError):
            await PUTS[verb](db, item)

    assert [] == transport.calls
    while deep:  # taken down by hand: letting go of it at once would break the stack, too
        deep = deep.pop()


UPDATES = {
    "update": lambda db, item, *actions, **fields: item.update(*actions, **fields),
    "transaction update": lambda db, item, *actions, **fields: (
        db.transaction().update(item, *actions, **fields).execute()
    ),
    "with_key update": lambda db, item, *actions, **fields: Thing.with_key(org="acme", id="1").update(
        *actions, **fields
    ),
    "transaction update by key": lambda db, item, *actions, **fields: (
        db.transaction().update(Thing.key(org="acme", id="1"), *actions, **fields).execute()
    ),
}


def stored_thing():
    """One as it was read."""
    item = thing()
    vars(item).update(version=1, created_at=NOON - timedelta(days=1), updated_at=NOON - timedelta(days=1))
    return item


def sets_in(body):
    """What an update sets, by attribute, whether alone or in a transaction."""
    update = body["TransactItems"][0]["Update"] if "TransactItems" in body else body
    names, values = update["ExpressionAttributeNames"], update["ExpressionAttributeValues"]
    clause = update["UpdateExpression"].removeprefix("SET ")
    pairs = (part.split(" = ", 1) for part in clause.split(" REMOVE ")[0].split(", ") if " = " in part)
    return {names[name]: values.get(text, text) for name, text in pairs}


@pytest.mark.parametrize("verb", UPDATES)
async def test_every_update_sets_the_same(verb):
    """Converters, TTL, times, version and computed keys, alone and in a transaction, with and without an instance."""

    def answer(call):
        return {"Attributes": ITEM | {"version": {"N": "2"}}} if call.operation == "UpdateItem" else {}

    async with scripted(answer) as (db, transport):
        await UPDATES[verb](db, stored_thing(), age=8, code=16, expires=NOON + timedelta(hours=2))

    found = sets_in(transport.bodies[0])
    counted = found.pop("version")
    assert {
        "years": {"N": "8"},
        "code": {"S": "10"},
        "expires": {"N": "1795269600"},
        "by_age_key": {"S": "acme#8"},
        "updated_at": STAMP,
    } == found
    assert counted == {"N": "2"} or "if_not_exists" in counted


@pytest.mark.parametrize("verb", UPDATES)
@pytest.mark.parametrize(
    ("actions", "fields"),
    [
        ((), {}),
        ((), {"org": "b"}),
        ((), {"id": "2"}),
        ((), {"pk": "ORG#b"}),
        ((), {"version": 9}),
        ((), {"created_at": NOON}),
        ((), {"by_age_key": "x"}),
        ((), {"price": Decimal("NaN")}),
        ((), {"colour": "red"}),
        ((Thing.tags.add({"a"}),), {"tags": {"b"}}),
        ((Thing.home.city.set("Aalen"), Thing.home.set(Address())), {}),
    ],
    ids=[
        "nothing",
        "partition",
        "sort",
        "template",
        "version",
        "time",
        "computed",
        "NaN",
        "unknown",
        "twice",
        "overlap",
    ],
)
async def test_every_update_refuses_the_same(verb, actions, fields):
    """No change, a key, what the library sets, a bad value, an unknown field, overlapping paths."""
    async with scripted() as (db, transport):
        with pytest.raises(errors.InvalidRequestError):
            await UPDATES[verb](db, stored_thing(), *actions, **fields)

    assert [] == transport.calls


async def test_an_index_key_cannot_go_stale_in_a_transaction():
    """A field that feeds one must be set to a value that is known here."""
    async with scripted() as (db, transport):
        with pytest.raises(errors.InvalidRequestError, match="by_age_key"):
            db.transaction().update(Thing.key(org="acme", id="1"), Thing.age.add(1))

    assert [] == transport.calls


async def test_a_batch_without_a_version_needs_no_permission():
    """Inherited lifecycle fields are set there as in a put."""
    items = [Plain(id=str(number)) for number in range(2)]
    async with scripted() as (db, transport):
        await db.batch_put(items)

    stored = [request["PutRequest"]["Item"] for request in body_of(transport.calls[0])["RequestItems"]["plain"]]
    assert [
        {"id": {"S": str(n)}, "size": {"N": "0"}, "created_at": STAMP, "updated_at": STAMP} for n in range(2)
    ] == stored
    assert [NOON, NOON] == [item.created_at for item in items]
