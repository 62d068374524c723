"""What cannot be asked of a query, a scan or a stream is refused at its line, with model, operation and fix."""

from __future__ import annotations

import math

import pytest

from dynamorm_async import (
    Attr,
    Collection,
    Document,
    GlobalIndex,
    Model,
    Nested,
    Session,
    attr,
    expr,
    partition_key,
    sort_key,
    version,
)
from dynamorm_async._ops.statements import PartiQL
from dynamorm_async._statement import Statement
from dynamorm_async.errors import InvalidRequestError
from dynamorm_async.testing import FakeSession
from tests.support.people import Order, Profile
from tests.support.scripted import ScriptedTransport


class Home(Document):
    city: Attr[str] = attr(default="")


class Guest(Model[str, str], table="guests"):
    house: Attr[str] = partition_key()
    id: Attr[str] = sort_key()
    age: Attr[int] = attr(default=0)
    state: Attr[str] = attr(default="new")
    home: Nested[Home | None] = attr(default=None)

    by_state = GlobalIndex(state, sort=age)


class Guarded(Guest, table="guarded"):
    version: Attr[int] = version()


GUESTS = Guest.query(Guest.house == "h")


@pytest.mark.parametrize(
    ("ask", "text"),
    [
        (lambda: GUESTS.order_by(5), r"Guest\.order_by: a field was expected, not int\. Write order_by\(Guest\.house"),
        (lambda: GUESTS.order_by(None), "not NoneType"),
        (lambda: GUESTS.order_by(Guest.by_state), r"not GlobalIndex\. .*an index is chosen by index\(\)"),
        (lambda: GUESTS.order_by(Guest.state.size()), "not SizeExpr"),
        (lambda: GUESTS.index(Guest.age), r"Guest\.index: an index or its name was expected, not Expr\. .*by_state"),
        (lambda: GUESTS.index(5), "not int"),
        (lambda: GUESTS.raw().select(Guest.age), r"select\(\) of items that raw\(\) leaves undecoded\. .*only\("),
        (lambda: GUESTS.raw().into(Home), r"into\(\) of items that raw\(\) leaves undecoded\. Leave raw\(\) out"),
        (lambda: Collection(Profile, Order).scan().raw().select(Profile.name), "leaves undecoded"),
        (
            lambda: Guest.scan().segment(0, 1_000_001),
            "Guest.segment: total is 1000000 at most. DynamoDB takes no more.",
        ),
        (lambda: Guest.scan(segments=1_000_001), "Guest.scan: segments is 1000000 at most"),
        (lambda: Guest.scan(segments=0), r"Guest\.scan: segments must be a whole number of at least 1\."),
        (lambda: GUESTS.limit(0), r"Guest\.limit: count must be"),
        (lambda: GUESTS.page_size(True), r"Guest\.page_size: count must be"),
        (lambda: GUESTS.order_by(Guest.age, in_memory=0), r"Guest\.order_by: in_memory must be"),
        (lambda: Collection(Profile, Order).scan(segments=1_000_001), "1000000 at most"),
        (lambda: Collection(Profile, Order).scan(segments="3"), "at least 1"),
    ],
)
def test_what_no_query_can_be_asked_for(ask, text):
    """Long before anything is sent."""
    with pytest.raises(InvalidRequestError, match=text):
        ask()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"segments": 1_000_001}, r"Guest\.stream: segments is 1000000 at most"),
        ({"pages_ahead": -1}, r"Guest\.stream: pages_ahead must be a whole number of at least 0\. 0 reads no page"),
        ({"pages_ahead": 1.5}, "pages_ahead"),
        ({"pages_ahead": True}, "pages_ahead"),
        ({"units_per_second": "x"}, r"Guest\.stream: units_per_second must be a number above zero\. Leave it out"),
        ({"units_per_second": 0}, "units_per_second"),
        ({"units_per_second": math.nan}, "units_per_second"),
        ({"units_per_second": math.inf}, "units_per_second"),
        ({"units_per_second": True}, "units_per_second"),
    ],
)
async def test_what_no_stream_can_be_told(options, text):
    """At the line of ``stream()``, and not where its block begins."""
    async with FakeSession():
        with pytest.raises(InvalidRequestError, match=text):
            Guest.scan().stream(**options)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("ask", "text"),
    [
        (lambda _: GUESTS.page(size=0), "Guest.page: size must be"),
        (lambda _: Guest.scan().page(size="20"), "Guest.page: size must be"),
        (lambda _: anext(aiter(GUESTS.pages(size=0))), "Guest.pages: size must be"),
        (lambda _: Guarded.mutate(("h", "1"), print, attempts=0), "Guarded.mutate: attempts must be"),
        (lambda db: db.statement("SELECT * FROM {guests}", guests=Guest).page(0), "statement.page: size must be"),
    ],
)
async def test_a_number_that_is_none_is_named_by_the_verb_that_it_was_given(ask, text):
    """And by its own name; nothing is sent."""
    async with FakeSession() as db:
        with pytest.raises(InvalidRequestError) as caught:
            await ask(db)

    assert f"{text} a whole number of at least 1." == str(caught.value)


def test_a_limit_of_a_statement_is_of_no_model():
    """There is none to name."""
    statement = Statement(PartiQL("SELECT * FROM guests"))

    with pytest.raises(InvalidRequestError, match=r"^statement\.limit: count must be") as caught:
        statement.limit(0)

    assert caught.value.model is None


def test_a_document_that_may_be_none_is_reached_into():
    """Its fields are expressions as those of one that is always there."""
    query = GUESTS.where(Guest.home.city == "Ulm", expr(Guest.home).exists())

    assert "#n1.#n2 = :v1 AND attribute_exists(#n1)" == query.call().body["FilterExpression"]


def test_items_in_wire_form_may_be_a_part():
    """``only`` names it, or a selection that was made before."""
    for query in (GUESTS.raw().only(Guest.age), GUESTS.select(Guest.age).raw()):
        body = query.call().body
        assert {"age", "house", "id"} == set(body["ExpressionAttributeNames"].values())
        assert "ProjectionExpression" in body


def looped():
    """A mapping that holds itself."""
    body = {}
    body["body"] = body
    return body


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("operation", "body", "text"),
    [
        (None, {}, r"call: the name of the operation is no text\. It is like db\.call"),
        ("ListTables", None, r"call: the body is no mapping\. It is like db\.call"),
        ("ListTables", [], "no mapping"),
        ("ListTables", {"Limit": object()}, r"ListTables: the body cannot be JSON \(TypeError\)"),
        ("ListTables", {"ExclusiveStartTableName": "\ud800"}, "UnicodeEncodeError"),
        ("ListTables", looped(), "RecursionError"),
        ("ListTables", {"Limit": math.nan, "x": None}, "NaN or an infinity"),
        ("PutItem", {"Item": {"n": [{"N": -math.inf}]}}, "NaN or an infinity"),
    ],
)
async def test_what_is_no_request(operation, body, text):
    """`Session.call` takes its words from the caller; nothing of them is sent."""
    transport = ScriptedTransport(lambda call: {})
    async with Session(transport=transport) as db:
        with pytest.raises(InvalidRequestError, match=text):
            await db.call(operation, body)
    assert transport.calls == []
