"""One query over several partitions, against a service played by hand."""

from __future__ import annotations

import pytest

from dynamorm_async import errors
from dynamorm_async._ops.fanout import PARTITIONS_LIMIT, FanListing, plans_of
from dynamorm_async._ops.listing import Listing
from dynamorm_async._ops.shapes import raw_items
from tests.support.flows import SETTINGS, Service, body_of
from tests.support.people import Colour, Order, Person

P = Person
DATA = {"a": [1, 4, 7, 8], "b": [2, 3], "c": [], "d": [0, 5, 6, 9]}


def fan(query) -> FanListing:
    """The listing of a query over several partitions."""
    return FanListing([Listing(plan, SETTINGS, raw_items()) for plan in plans_of(query._request)])


def service(page=2):
    """Answers each partition's query, a few items at a time."""

    def answer(call):
        body = body_of(call)
        org = body["ExpressionAttributeValues"][":v0"]["S"]
        numbers = sorted(DATA[org], reverse=not body.get("ScanIndexForward", True))
        start = body.get("ExclusiveStartKey")
        if start is not None:
            numbers = numbers[numbers.index(int(start["id"]["S"])) + 1 :]
        size = min(page, body.get("Limit", page))
        items = [{"org": {"S": org}, "id": {"S": str(number)}} for number in numbers[:size]]
        reply = {"Items": items, "Count": len(items), "ScannedCount": len(items)}
        return reply | {"LastEvaluatedKey": items[-1]} if len(numbers) > size else reply

    return Service(answer)


def ids(items):
    """The sort keys, as numbers."""
    return [int(item["id"]["S"]) for item in items]


ALL = P.query(P.org.in_(["a", "b", "c", "d", "a"]))


def test_partitions_are_merged_in_sort_order():  # R57
    """As if they were one partition, upwards and downwards; a partition named twice is read once."""
    assert ids(service().run(fan(ALL).collect(None))) == list(range(10))
    assert ids(service().run(fan(ALL.reverse()).collect(None))) == list(range(9, -1, -1))
    assert len(fan(ALL).parts) == 4


@pytest.mark.parametrize("limit", [1, 3, 9, 10, 11])
def test_limit_counts_all_partitions_together(limit):
    """And stops the reading."""
    assert ids(service().run(fan(ALL.limit(limit)).collect(limit))) == list(range(min(limit, 10)))


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 9, 10, 11])
@pytest.mark.parametrize("page", [1, 2, 100])
@pytest.mark.parametrize("query", [ALL, ALL.reverse()], ids=["up", "down"])
def test_one_cursor_visits_every_item_once(query, size, page):
    """Whatever the sizes; finished partitions are not asked again."""
    listing, found, cursor = fan(query), [], None
    while True:
        there = service(page)
        got = there.run(listing.page(size, cursor, None, 0))
        found += ids(got.items)
        cursor = got.cursor
        if not got.has_more:
            break

    assert found == ids(service().run(listing.collect(None)))
    assert "c" not in {body["ExpressionAttributeValues"][":v0"]["S"] for body in there.bodies} or len(found) <= size


def test_cursor_is_bound_to_the_partitions():
    """Neither one partition less nor the other direction; in which order they are named does not count."""
    cursor = service().run(fan(ALL).page(3, None, None, 0)).cursor
    again = service().run(fan(P.query(P.org.in_(["b", "a", "d", "c"]))).page(3, cursor, None, 0))
    assert again.items == service().run(fan(ALL).page(3, cursor, None, 0)).items
    for other in (P.query(P.org.in_(["a", "b", "c"])), ALL.reverse()):
        with pytest.raises(errors.InvalidCursorError):
            service().run(fan(other).page(3, cursor, None, 0))


def test_count_adds_up():
    """Over the partitions, up to the limit."""
    assert service(100).run(fan(ALL).count()) == 10
    assert service(100).run(fan(ALL.limit(7)).count()) == 7


def test_in_that_a_key_serves_otherwise_is_no_fan_out():
    """One query with a filter or a condition tested here reads less than several."""
    assert len(plans_of(P.query(P.org == "a", P.email.in_(["x", "y"]))._request)) == 1
    assert len(plans_of(P.query(P.org == "a", P.id.in_(["x", "y"]))._request)) == 1
    assert len(plans_of(P.query(P.email.in_(["x", "y"]))._request)) == 2
    assert len(plans_of(Order.query(Order.user.in_(["u", "v", "w"]))._request)) == 3


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (P.query(P.email.in_(["x", "y"])).index("by_email"), "by_email"),
        (P.query(P.org.in_(["a", "b"])).index(P.by_age).order_by("age", "desc"), "by_age"),
        (P.query(P.name.in_(["a", "b"])).index("by_nickname"), "by_nickname"),
    ],
)
def test_index_asked_for_serves_several_partitions(query, index):
    """As it does without being asked for: the same index for each value."""
    plans = plans_of(query._request)

    assert [plan.index.handle for plan in plans] == [index, index]
    assert plans[0].reason == "asked for by index()"


@pytest.mark.parametrize(
    "query",
    [
        P.query(P.email == "x", P.org.in_(["a", "b"])).consistent(),
        P.query(P.email == "x", P.org.in_(["a", "b"])).order_by("id"),
        P.query(P.colour == Colour.RED, P.org.in_(["a", "b"])),
    ],
    ids=["a global index has no consistent reads", "it has another order", "it holds too little"],
)
def test_partitions_serve_where_the_index_that_fits_cannot_be_taken(query):
    """An index that is refused does not keep the table from being asked partition by partition."""
    plans = plans_of(query._request)

    assert [plan.index.handle for plan in plans] == ["table", "table"]


def test_the_order_of_conditions_does_not_count():
    """With two lists that could be taken apart, the one whose key says more is taken, then the shorter."""
    lists = (P.org.in_(["a", "b", "c"]), P.email.in_(["x", "y"]))
    for conditions in (lists, lists[::-1]):
        assert ["table"] * 3 == [plan.index.handle for plan in plans_of(P.query(*conditions)._request)]


def test_too_many_partitions_are_refused():
    """A hundred at most, before anything is sent."""
    assert len(plans_of(P.query(P.org.in_(map(str, range(PARTITIONS_LIMIT))))._request)) == PARTITIONS_LIMIT
    with pytest.raises(errors.InvalidRequestError, match="101 partitions"):
        plans_of(P.query(P.org.in_(map(str, range(PARTITIONS_LIMIT + 1))))._request)


def test_in_that_serves_no_key_is_still_no_scan():
    """An in on what is no partition key helps nothing."""
    with pytest.raises(errors.ScanNotAllowedError):
        plans_of(P.query(P.credit.in_([1, 2]))._request)


def test_failure_of_one_partition_fails_the_query():
    """No partition is left out silently."""
    listing = fan(ALL)
    failing = Service(lambda call: errors.ServiceUnavailableError())
    with pytest.raises(errors.ServiceUnavailableError):
        failing.run(listing.collect(None))
    with pytest.raises(errors.ServiceUnavailableError):
        failing.run(listing.count())
