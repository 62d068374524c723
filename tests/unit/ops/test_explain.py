"""What ``explain()`` shows: the request that would be sent, and a text of it that holds no value."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import msgspec
import pytest

from dynamorm_async import raw
from dynamorm_async._ops.statements import PartiQL
from dynamorm_async._statement import Statement
from dynamorm_async.testing import FakeSession
from tests.support.people import Colour, Order, Person

P = Person
SECRET = "hunter2"
NUMBER = 424_242
NOW = datetime(2026, 11, 21, tzinfo=UTC)
ORG = P.org == SECRET
PERSON = {"org": SECRET, "id": SECRET, "email": SECRET, "name": SECRET, "age": NUMBER, "flags": {"a": True}}

HANDLES = {
    "query": P.query(ORG, P.id > SECRET),
    "filter": P.query(ORG, P.tags.contains(SECRET), P.age == NUMBER),
    "limit": P.query(ORG).limit(2),
    "limit behind a filter": P.query(ORG, P.name == SECRET).limit(2),
    "page size": P.query(ORG).page_size(7).consistent().reverse(),
    "projection": P.query(ORG).select(P.age, P.home.city),
    "tested here": P.query(ORG, P.id != SECRET).only(P.age),
    "local index": P.query(ORG, P.size > NUMBER),
    "completed": P.query(P.colour == Colour.RED, P.name == SECRET).complete(),
    "completed with a limit": P.query(P.colour == Colour.RED).complete().limit(3),
    "sorted here": P.query(ORG).order_by("credit", in_memory=9),
    "several partitions": P.query(P.org.in_([SECRET, "b"])).limit(3),
    "one item": P.query(ORG, P.id == SECRET),
    "part of one item": P.query(ORG, P.id == SECRET).select(P.age),
    "templates": Order.query(Order.user == SECRET),
    "raw": P.query(raw("org = :o AND age > :n", o=SECRET, n=NUMBER)),
    "undecoded": P.query(ORG).raw(),
    "scan": P.scan(P.name == SECRET).index("by_email"),
    "segment": P.scan().segment(1, 4),
    "nothing": P.query(P.org.in_([])),
    "get": P.get(SECRET, SECRET).consistent(),
    "put": lambda: P(**PERSON).put(if_=P.name == SECRET),
    "update": lambda: P.with_key(SECRET, SECRET).update(P.name.set(SECRET), P.age.add(NUMBER)),
    "delete": lambda: P.with_key(SECRET, SECRET).delete(),
    "exactly once": lambda: P.with_key(SECRET, SECRET).update(P.age.add(NUMBER), exactly_once=True),
    "statement": Statement(PartiQL("SELECT * FROM {people} WHERE org = ?", (SECRET,), {"people": P.__dynamorm_spec__})),
}


def handle(case):
    """A new one where it is a write, which is told of if it is never used."""
    found = HANDLES[case]
    return found() if callable(found) else found


@pytest.mark.parametrize("case", HANDLES)
def test_explanation_is_of_the_very_request(case):  # R60
    """Operation and body are those that ``call()`` shows, whichever the handle; limits and projections included."""
    explained, request = handle(case).explain(), handle(case).call()

    if request is None:
        assert (explained.operation, explained.body) == ("nothing", {})
        return
    tokens = {"ClientRequestToken"}  # made anew for each call
    assert explained.operation == request.operation
    assert {name: value for name, value in explained.body.items() if name not in tokens} == {
        name: value for name, value in request.body.items() if name not in tokens
    }
    assert explained.projection == (
        request.body.get("ProjectionExpression") if request.operation in {"GetItem", "Query", "Scan"} else None
    )


@pytest.mark.parametrize("case", HANDLES)
def test_text_of_an_explanation_has_no_value(case):  # fault 54
    """Neither of a key, nor of a filter, nor of what is written: it may be logged."""
    explained = handle(case).explain()

    for text in (str(explained), repr(explained), explained.summary):
        assert SECRET not in text
        assert str(NUMBER) not in text


TEXTS = {
    "limit behind a filter": """
  key condition: org = :v0
  filter: name = :v1
  request: Query TableName=people, Limit=100""",
    "projection": """
  key condition: org = :v0
  projection: age, home.city, org, id
  request: Query TableName=people""",
    "several partitions": """
  key condition: org = :v0
  request: Query TableName=people, Limit=3""",
    "part of one item": """
  projection: age, org, id
  request: GetItem TableName=people, Key=(org, id)""",
    "scan": """
  filter: name = :v0
  request: Scan TableName=people, IndexName=gsi-email""",
    "update": """
  update: SET name = :v0, age = age + :v1
  condition: attribute_exists(org)
  request: UpdateItem TableName=people, Key=(org, id), ReturnValuesOnConditionCheckFailure=ALL_OLD, \
ReturnValues=ALL_NEW""",
    "exactly once": """
  request: TransactWriteItems TransactItems=(1), ClientRequestToken=…""",
    "statement": """
  request: ExecuteStatement Statement=SELECT * FROM "people" WHERE org = ?, Parameters=(1)""",
    "nothing": "",
}


@pytest.mark.parametrize("case", TEXTS)
def test_text_of_an_explanation(case):  # R60
    """Below the summary the expressions with their names, placeholders for values, and the rest of the request."""
    explained = handle(case).explain()

    assert str(explained) == f"{explained.summary}{TEXTS[case]}"


def test_statement_claims_no_key():
    """What serves a statement nobody has planned, and it may read the whole table."""
    explained = HANDLES["statement"].explain()

    assert (explained.operation, explained.index, explained.cost) == ("ExecuteStatement", "", None)
    assert explained.summary == (
        "ExecuteStatement; the service chooses what serves a statement, and without the partition key a SELECT reads "
        "the whole table."
    )


def test_text_of_a_statement_leaves_out_what_it_has_in_quotes():  # fault 54
    """Names in double quotes and comments stay; the body has the statement as it is sent."""
    written = f"""SELECT "it's" FROM "people" -- don't\n WHERE org = '{SECRET}' AND name = 'a''{SECRET}' AND id = ?"""
    explained = Statement(PartiQL(written, (SECRET,))).explain()

    shown = """SELECT "it's" FROM "people" -- don't\n WHERE org = '…' AND name = '…' AND id = ?"""
    assert str(explained) == f"{explained.summary}\n  request: ExecuteStatement Statement={shown}, Parameters=(1)"
    assert explained.body["Statement"] == written


def test_cost_of_each_request_is_not_that_of_a_small_first_one():  # R62
    """Behind a filter full pages may follow; without one no request reads more than what is missing."""
    whole, filtered = P.query(ORG).explain().cost, HANDLES["limit behind a filter"].explain().cost
    assert (filtered.least, filtered.most) == (whole.least, whole.most)

    assert HANDLES["limit"].explain().cost.most == 2 * P.get("a", "b").explain().cost.most


def explained(count):
    """Of a batch of so many puts, and as many deletions in another table."""

    async def look():
        async with FakeSession() as db:
            batch = db.batch()
            for number in range(count):
                batch.put(P(**PERSON | {"id": f"{SECRET}{number}"})).delete(
                    Order.key(user=SECRET, placed=NOW, number=str(number))
                )
            return batch.explain()

    return asyncio.run(look())


def test_text_of_a_batch_has_each_request_and_no_value():  # R60 R62
    """What goes into each table, and what all of them cost together."""
    found = explained(26)
    requests = [found.body["RequestItems"], *(body["RequestItems"] for body in found.following)]

    assert [sum(map(len, tables.values())) for tables in requests] == [25, 25, 2]
    assert (found.cost.requests, found.cost.least, found.cost.most) == (3, 52, 52 * 400)
    assert found.summary == (
        "BatchWriteItem on table; by key. The 3 requests together cost 52 to 20800 write units (one for each 1 KB of "
        "each item, as it was or will be, rounded up; as much again for each of its indexes)."
    )
    people, orders = (len(msgspec.json.encode(requests[2][table])) for table in ("people", "shop"))
    assert str(found).splitlines()[3] == (
        f"  request: BatchWriteItem RequestItems=(people: 1 in {people} bytes, shop: 1 in {orders} bytes)"
    )
    assert SECRET not in str(found) + repr(found)


def test_a_batch_of_nothing_sends_nothing():
    """As ``execute()`` of it does."""
    found = explained(0)

    assert (found.operation, found.body, found.cost) == ("nothing", {}, None)
