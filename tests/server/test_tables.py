"""Tables from models: indexes, TTL, billing, several models in one, and what a session does on opening."""

from __future__ import annotations

from datetime import datetime

import pytest

from dynamorm_async import Attr, GlobalIndex, LocalIndex, Model, Session, attr, errors, partition_key, sort_key, ttl
from dynamorm_async.testing.faults import Reset
from tests.support.adversity import before

pytestmark = pytest.mark.asyncio


class Event(Model[str, int], table="events"):
    stream: Attr[str] = partition_key()
    number: Attr[int] = sort_key()
    kind: Attr[str] = attr(default="")
    weight: Attr[int] = attr(default=0)
    expires: Attr[datetime | None] = ttl()

    by_kind = GlobalIndex(kind, weight, name="gsi-kind", projection="KEYS_ONLY")
    by_weight = LocalIndex(weight, projection=[kind])


class Mark(Model[str, int], table="events"):
    stream: Attr[str] = partition_key()
    number: Attr[int] = sort_key()
    color: Attr[str | None] = attr(default=None)

    by_color = GlobalIndex(color)


class Alarm(Model[str, int], table="events"):
    stream: Attr[str] = partition_key()
    number: Attr[int] = sort_key()
    kind: Attr[str] = attr(default="")
    expires: Attr[datetime | None] = ttl()

    by_kind = GlobalIndex(kind)


class Bought(Model[str], table="bought", billing="PROVISIONED"):
    id: Attr[str] = partition_key()


class Clash(Model[int], table="events"):
    stream: Attr[int] = partition_key()


async def description(db, model):
    """The table as the service describes it."""
    return (await db.describe_table(model)).description


async def test_a_table_has_the_model_s_indexes_and_ttl(db):
    """Global and local ones, projections, key types, and TTL really turned on (R87, R91, T13)."""
    await db.create_table(Event)

    table = await description(db, Event)
    found = {index["IndexName"]: index for index in (*table["GlobalSecondaryIndexes"], *table["LocalSecondaryIndexes"])}
    answer = await db.call("DescribeTimeToLive", {"TableName": table["TableName"]})
    assert {"gsi-kind", "by_weight"} == set(found)
    assert "KEYS_ONLY" == found["gsi-kind"]["Projection"]["ProjectionType"]
    assert ["kind"] == found["by_weight"]["Projection"]["NonKeyAttributes"]
    assert "expires" == answer["TimeToLiveDescription"]["AttributeName"]
    assert answer["TimeToLiveDescription"]["TimeToLiveStatus"] in ("ENABLED", "ENABLING")


async def test_models_of_one_table_make_it_together(db):
    """Its indexes are those of all of them."""
    await db.create_table(Event, Mark)

    assert {"gsi-kind", "by_weight", "by_color"} == set((await db.describe_table(Mark)).indexes)


async def test_models_that_disagree_are_refused(db):
    """Before anything is sent, naming both."""
    with pytest.raises(errors.ConfigurationError, match=r"Event and Clash.*primary key"):
        await db.create_table(Event, Clash)


async def test_ensuring_makes_what_is_missing_and_nothing_else(db):
    """A table, then an index that a model has got since; nothing is taken away."""
    await db.ensure_table(Event)
    await Event(stream="a", number=1, kind="x").put()

    await db.ensure_table(Event, Mark)
    again = await db.ensure_table(Event)

    assert {"gsi-kind", "by_weight", "by_color"} == set(again.indexes)
    assert "x" == (await Event.get("a", 1)).kind


@pytest.mark.parametrize("carried_out", [True, False])
@pytest.mark.parametrize("operation", ["CreateTable", "UpdateTable", "UpdateTimeToLive"])
async def test_ensuring_looks_again_when_an_answer_is_lost(engine, table_name, operation, carried_out):
    """Whether the change was carried out or not, everything that is declared is there in the end."""
    lose = Reset.after_request if carried_out else Reset.before_request
    async with before(engine.endpoint, lose(operation=operation), table_prefix=table_name) as (proxy, db):
        await db.ensure_table(Mark)
        info = await db.ensure_table(Mark, Alarm)
        ttl = await db.call("DescribeTimeToLive", {"TableName": info.name})

    assert not proxy.unplayed
    assert {"by_color", "by_kind"} == set(info.indexes)
    assert "expires" == ttl["TimeToLiveDescription"]["AttributeName"]


async def test_a_table_with_another_key_is_refused(db):
    """A table's key cannot be changed."""
    await db.ensure_table(Event)

    with pytest.raises(errors.ConfigurationError, match="another primary key"):
        await db.ensure_table(Clash)


async def test_creating_twice_and_deleting(db):
    """Each has its own error."""
    await db.create_table(Event)
    with pytest.raises(errors.TableInUseError):
        await db.create_table(Event)

    await db.delete_table(Event)

    with pytest.raises(errors.TableNotFoundError):
        await db.describe_table(Event)


async def test_the_session_s_units_are_bought(engine):
    """``default_rcu`` and ``default_wcu`` count where billing is provisioned (R10)."""
    async with Session(endpoint=engine.endpoint, table_prefix="units-", default_rcu=7, default_wcu=9) as db:
        await db.ensure_table(Bought)
        bought = (await description(db, Bought))["ProvisionedThroughput"]

    assert (7, 9) == (bought["ReadCapacityUnits"], bought["WriteCapacityUnits"])


async def test_opening_makes_the_tables_once(engine, table_name):
    """``auto_migrate`` makes what is missing; the second time nothing is written (R95)."""
    options = {"endpoint": engine.endpoint, "table_prefix": table_name, "enable_metrics": True}
    async with Session(auto_migrate=[Event, Mark], **options) as first:
        assert "ACTIVE" == (await first.describe_table(Event)).status
    async with Session(auto_migrate=[Event, Mark], **options) as second:
        pass

    done = {operation for operation, _ in second.metrics.by_operation}
    assert done <= {"DescribeTable", "DescribeTimeToLive"}


async def test_metrics_count_what_is_done(engine, table_name):
    """Calls, errors and attempts, by operation and table; nothing where it is off (R114)."""
    async with Session(endpoint=engine.endpoint, table_prefix=table_name, enable_metrics=True) as db:
        await db.ensure_table(Bought)
        await Bought(id="1").put()
        await Bought.get("1")
        await Bought.get_or_none("2")
        counts = db.metrics.by_operation["GetItem", f"{table_name}bought"]

    assert (2, 0, 2) == (counts.calls, counts.errors, counts.attempts)
    assert counts.seconds > 0
    assert {} == Session().metrics.by_operation
