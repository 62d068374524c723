"""Answers that are JSON, and still none of DynamoDB's: a typed error with the right outcome, at every verb."""

from __future__ import annotations

from datetime import datetime

import pytest

from dynamorm_async import Attr, Model, Session, attr, partition_key, updated_at
from dynamorm_async.errors import ConditionFailedError, DynamormError, Outcome, OutcomeUnknownError, ProtocolError
from tests.support.scripted import ScriptedTransport, StillClock, refused

pytestmark = pytest.mark.asyncio


class Jar(Model[str], table="jars"):
    id: Attr[str] = partition_key()
    count: Attr[int] = attr(default=0)


class Dated(Model[str], table="dated"):
    id: Attr[str] = partition_key()
    at: Attr[datetime] = updated_at()


async def transact(db):
    """One write that is cancelled."""
    async with db.transaction() as tx:
        tx.put(Jar(id="1"))


@pytest.mark.parametrize("body", [{"message": "Forbidden"}, {"__type": "x#InternalFailure"}, {"Message": 5}])
async def test_get_that_is_answered_by_an_error(body):
    """A gateway may send its errors as 200. That there is no such jar stands in none of them."""
    async with Session(transport=ScriptedTransport(lambda call: body)):
        for read in (Jar.get_or_none("1"), Jar.query(Jar.id == "1").raw(), Jar.query(Jar.id == "1")):
            with pytest.raises(ProtocolError) as caught:
                await read
            assert caught.value.outcome is Outcome.NOT_APPLIED


@pytest.mark.parametrize("body", [{}, {"ConsumedCapacity": {"CapacityUnits": 0.5}}, {"New": {"message": "x"}}])
async def test_get_of_what_is_not_there(body):
    """Members that are not known yet are no error."""
    async with Session(transport=ScriptedTransport(lambda call: body)):
        assert await Jar.get_or_none("1") is None


@pytest.mark.parametrize("body", [{"message": "Forbidden"}, {"__type": "x#InternalFailure"}])
@pytest.mark.parametrize(
    "write",
    [
        lambda db: Jar(id="1").put(),
        lambda db: Jar(id="1").put().returning("old"),
        lambda db: Jar(id="1").create(),
        lambda db: Jar(id="1").delete(),
        lambda db: Jar(id="1").delete().returning("none"),
        lambda db: Jar(id="1").update(Jar.count.add(1)).returning("none"),
        transact,
        lambda db: db.batch_put([Jar(id="1")]),
    ],
)
async def test_write_that_is_answered_by_an_error(body, write):
    """Whoever sends an error as 200 has not said that the write was carried out, and perhaps it was."""
    async with Session(transport=ScriptedTransport(lambda call: body), clock=StillClock()) as db:
        with pytest.raises(DynamormError) as caught:
            await write(db)

    assert caught.value.outcome is Outcome.UNKNOWN


async def test_what_is_filled_in_waits_for_the_service_to_say_yes():
    """An instance is what is known to be stored."""
    dated = Dated(id="1")
    async with Session(transport=ScriptedTransport(lambda call: {"message": "Forbidden"})):
        with pytest.raises(OutcomeUnknownError):
            await dated.put()

    assert "at" not in vars(dated)


@pytest.mark.parametrize("body", [{}, {"message": "Forbidden"}])
async def test_update_that_is_answered_without_the_item(body):
    """The item as it is was asked for; that it is not there leaves open who answered."""
    async with Session(transport=ScriptedTransport(lambda call: body)):
        with pytest.raises(OutcomeUnknownError, match=r"Jar\.update") as caught:
            await Jar(id="1").update(Jar.count.add(1))

    assert caught.value.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("code", "members"),
    [
        ("ConditionalCheckFailedException", {"Item": [1]}),
        ("ConditionalCheckFailedException", {"Item": "text"}),
        ("TransactionCanceledException", {"CancellationReasons": "text"}),
        ("TransactionCanceledException", {"CancellationReasons": [1]}),
        ("TransactionCanceledException", {"CancellationReasons": [{"Code": 5}]}),
        ("TransactionCanceledException", {"CancellationReasons": [{"Code": "None", "Item": [1]}]}),
    ],
)
async def test_error_whose_members_are_of_other_kinds(code, members):
    """What is read of an error beside its code is looked at before it is believed."""
    transport = ScriptedTransport(lambda call: refused(code, **members))
    async with Session(transport=transport, clock=StillClock()) as db:
        for write in (Jar(id="1").create(), transact(db)):
            with pytest.raises(ProtocolError, match="no DynamoDB error") as caught:
                await write
            assert caught.value.outcome is Outcome.NOT_APPLIED


async def test_item_of_an_error_that_does_not_fit_the_model():
    """It is an item; that it is no jar must not hide why the write failed."""
    transport = ScriptedTransport(lambda call: refused("ConditionalCheckFailedException", Item={"id": 5}))
    async with Session(transport=transport):
        with pytest.raises(ConditionFailedError):
            await Jar(id="1").create()
