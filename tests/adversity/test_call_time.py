"""3.B: calls that are wrong as written. Nothing is sent."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest

from dynamorm_async import Attr, Model, Outcome, Session, attr, partition_key, tenant
from dynamorm_async.errors import (
    DynamormError,
    InvalidOperatorError,
    InvalidRequestError,
    ItemTooLargeError,
    KeyChangeError,
    UnknownFieldError,
    ValidationError,
)
from tests.support.adversity import Account, Job, Log, alone

pytestmark = pytest.mark.asyncio


class Thing(Model[str], table="things"):
    id: Attr[str] = partition_key()
    value: Attr[Any] = attr(default=None)
    price: Attr[Decimal | None] = attr(default=None)
    ratio: Attr[float | None] = attr(default=None)
    sizes: Attr[set[int]] = attr(factory=set)
    labels: Attr[dict[str, str]] = attr(factory=dict)


async def refused(kind, call) -> DynamormError:
    """Raises this error, at once or when awaited, and sends nothing."""
    async with alone() as (server, db):
        with pytest.raises(kind) as caught:
            made = call(db)
            if made is not None:
                await made
        assert server.connections == 0
    assert caught.value.outcome is Outcome.NOT_APPLIED
    return caught.value


@pytest.mark.parametrize(
    "name", ["id = :x OR attribute_exists(id) OR id", "nope", "id)", "#n0", ":v0", "", "a" * 10_000]
)
async def test_fault_09_an_expression_is_no_field(name):
    """A name is looked up in the model; there is no way from it into an expression."""
    await refused((UnknownFieldError, InvalidRequestError), lambda _: Log.query("name", "=", "l").where(name, "=", 1))


@pytest.mark.parametrize("operator", ["= :v OR 1", "", "; DROP", "=,", "attribute_exists(id) OR :v ="])
async def test_fault_10_an_expression_is_no_operator(operator):
    """Operators are a list."""
    await refused(InvalidOperatorError, lambda _: Log.query("name", "=", "l").where("text", operator, 3))


async def test_fault_10_a_dict_is_no_operator():
    """``{"$gt": ""}`` where a text is expected is no text."""
    await refused((ValidationError, InvalidRequestError), lambda _: Log.query("name", "=", {"$gt": ""}))


@pytest.mark.parametrize(
    "text", ["a = b", "#n0", ":v0", "' OR 1=1 --", "\x00", "name", "size(x)", "\uff2e\uff35\uff2c\uff2c", "\U0001f9e8"]
)
async def test_fault_11_whatever_a_value_says_it_stays_a_value(text):
    """Names and values are placeholders, always."""
    request = Log.query("name", "=", text).where("text", "contains", text).call()

    assert request.body["KeyConditionExpression"] == "#n0 = :v0"
    assert request.body["ExpressionAttributeValues"][":v0"] == {"S": text}


async def test_fault_11_a_lone_surrogate_is_refused():
    """It is no text that could be sent."""
    await refused(ValidationError, lambda _: Log(name="l", n=1, text="\ud800").put())


NUMBERS = ["NaN", "sNaN", "Infinity", "-Infinity", "1" * 39, "1E+126", "1E-131", "1E+400000", "1E+5000000"]


@pytest.mark.parametrize("text", NUMBERS)
async def test_fault_12_numbers_that_dynamodb_has_not_are_refused_at_once(text):
    """Before anything is converted, so that no exponent can hold up the loop."""
    began = time.process_time()
    await refused(ValidationError, lambda _: Thing(id="a", price=Decimal(text)).put())
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
async def test_fault_12_floats_that_are_no_numbers_are_refused(value):
    """As Decimals are."""
    await refused(ValidationError, lambda _: Thing(id="a", ratio=value).put())


@pytest.mark.parametrize("fields", [{"sizes": {True}}, {"sizes": {1, "a"}}, {"labels": {1: "a"}}, {"value": {1, "a"}}])
async def test_fault_13_sets_and_maps_that_dynamodb_has_not(fields):
    """No True as 1, no mixed set, no number as a name."""
    await refused(ValidationError, lambda _: Thing(id="a", **fields).put())


@pytest.mark.parametrize("levels", [33, 100_000])
async def test_fault_14_nesting_ends_at_thirty_two_levels(levels):
    """Without a RecursionError."""
    deep: Any = []
    for _ in range(levels):
        deep = [deep]
    await refused(ValidationError, lambda _: Thing(id="a", value=deep).put())


async def test_fault_15_one_byte_too_many(world):
    """409 600 bytes are stored; one more is refused with both figures."""
    fits = 409_600 - len("id") - len("a") - len("owner") - len("credits") - 1 - len("entries") - 3
    async with world() as (proxy, _):
        account = Account(id="a", owner="x" * fits)
        await account.put()
        proxy.play()
        account.owner += "x"
        with pytest.raises(ItemTooLargeError) as caught:
            await account.put()
        assert proxy.requests == []
    assert (caught.value.size, caught.value.limit) == (409_601, 409_600)


@pytest.mark.parametrize("key", ["", "x" * 2049])
async def test_fault_16_keys_out_of_range(key):
    """For every verb alike."""
    for call in (Account.get(key), Account(id=key).put(), Account.with_key(key).delete()):
        await refused(ValidationError, lambda _, call=call: call)


async def test_fault_17_batches_and_transactions_out_of_range():
    """Twice the same key, 101 operations, two on one item, 4 MB, a long token."""
    twice = [Account(id="a"), Account(id="a")]
    await refused(InvalidRequestError, lambda db: db.batch_put(twice))

    def many(db):
        tx = db.transaction()
        for n in range(101):
            tx.put(Account(id=str(n)))

    def two(db):
        tx = db.transaction()
        tx.put(Account(id="a"))
        tx.delete(Account.key("a"))

    def large(db):
        tx = db.transaction()
        for n in range(12):
            tx.put(Account(id=str(n), owner="x" * 400_000))

    for call in (many, two, large, lambda db: db.transaction(token="x" * 37)):
        await refused(InvalidRequestError, call)


async def test_fault_18_updates_of_nothing_twice_or_of_the_key():
    """Each says what is wrong with it."""
    keyed = Log.with_key("l", 1)
    await refused(InvalidRequestError, lambda _: keyed.update())
    await refused(InvalidRequestError, lambda _: keyed.update(Log.text.set("a"), Log.text.remove()))
    await refused(KeyChangeError, lambda _: keyed.update(n=2))
    await refused(InvalidRequestError, lambda _: Job.with_key("j").update(version=9))


@pytest.mark.parametrize("limit", [0, -1, True, "10", 1.5, None])
async def test_fault_19_limits_out_of_range(limit):
    """A limit is a whole number of at least one."""
    query = Log.query(Log.name == "l")
    for call in (query.limit, query.page_size, query.page):
        await refused(InvalidRequestError, lambda _, call=call: call(limit))


@pytest.mark.parametrize("segments", [0, -1, True, "2"])
async def test_fault_19_segments_out_of_range(segments):
    """As limits."""
    await refused(InvalidRequestError, lambda _: Log.scan(segments=segments) and None)


class Note(Model, table="notes"):
    pk: Attr[str] = partition_key("T#{tenant_id}")
    tenant_id: Attr[str] = tenant()
    text: Attr[str] = attr(default="")


async def test_fault_20_a_tenant_s_session_cannot_leave_the_tenant():
    """Neither by a scan nor by another's key."""

    def scan(db: Session):
        return Note.scan().using(db.for_tenant("acme"))

    def foreign(db: Session):
        return Note.query(Note.pk == "T#other").using(db.for_tenant("acme"))

    for call in (scan, foreign):
        await refused(DynamormError, call)
