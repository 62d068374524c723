"""Listings against a service played by hand: how much is asked for, and what is made of what comes."""

from __future__ import annotations

import pytest

from dynamorm_async import errors
from dynamorm_async._ops.listing import Listing
from dynamorm_async._ops.plan import make_plan
from dynamorm_async._ops.shapes import instances, raw_items, rows
from tests.support.flows import SETTINGS, Service
from tests.support.people import Order, Person

P = Person


def key(number):
    """The key of an item."""
    return {"org": {"S": "a"}, "id": {"S": f"{number:04}"}}


def whole(number):
    """An item."""
    return key(number) | {"email": {"S": "x"}, "credit": {"N": str(number)}}


class Table:
    """A partition of items, answered as the service does: Limit before the filter, and a key where it stopped."""

    def __init__(self, count, keep=lambda number: True, full_page=1_000):
        self.numbers = list(range(count))
        self.keep = keep
        self.full_page = full_page

    def __call__(self, call):
        from tests.support.flows import body_of

        body = body_of(call)
        start = body.get("ExclusiveStartKey")
        numbers = [n for n in self.numbers if start is None or n > int(start["id"]["S"])]
        page = numbers[: min(body.get("Limit", self.full_page), self.full_page)]
        kept = [n for n in page if self.keep(n)] if "FilterExpression" in body else page
        reply = {"Count": len(kept), "ScannedCount": len(page), "Items": [whole(n) for n in kept]}
        if len(page) == min(body.get("Limit", self.full_page), self.full_page):
            reply["LastEvaluatedKey"] = key(page[-1]) if page else start
        return reply


def listing(query, shape=raw_items):
    """The listing of a query."""
    plan = make_plan(query._request)
    return Listing(plan, SETTINGS, shape() if shape is raw_items else shape(plan, SETTINGS))


ALL = P.query(P.org == "a")
RICH = ALL.where(P.credit >= 0)


def limits(service):
    """The Limit of each request."""
    return [body.get("Limit") for body in service.bodies]


def test_limit_without_filter_reads_exactly_as_many():
    """The service's Limit is what is missing, so nothing is read for nothing."""
    service = Service(Table(500))

    assert len(service.run(listing(ALL.limit(7)).collect(7))) == 7
    assert limits(service) == [7]


def test_filtered_first_is_not_one_item_a_request():  # F15
    """The Go library sent Limit=1 for each page; here the first request reads a hundred, later ones full pages."""
    service = Service(Table(5_000, keep=lambda number: number == 4_321))

    found = service.run(listing(RICH.limit(1)).collect(1))

    assert found == [whole(4_321)]
    assert limits(service) == [100, *[None] * 5]


def test_limit_counts_matches():  # R48
    """What a filter drops does not count; what it lets through beyond the limit is not returned."""
    service = Service(Table(300, keep=lambda number: number % 10 == 3))

    found = service.run(listing(RICH.limit(5)).collect(5))

    assert [item["id"]["S"] for item in found] == ["0003", "0013", "0023", "0033", "0043"]


def test_pages_that_a_filter_empties_end_nothing():  # fault 44
    """Twenty empty pages with a key, then data: all of it, without recursion."""
    service = Service(Table(2_100, keep=lambda number: number >= 2_050, full_page=100))

    assert len(service.run(listing(RICH).collect(None))) == 50
    assert len(service.calls) == 22


def test_page_key_given_twice_is_an_error():  # fault 44
    """A service that does not move would be asked for ever."""
    service = Service(lambda call: {"Items": [], "Count": 0, "LastEvaluatedKey": key(1)})

    for flow in (listing(ALL).collect(None), listing(ALL).count()):
        with pytest.raises(errors.PaginationStuckError) as caught:
            service.run(flow)
        assert caught.value.cursor == key(1)


@pytest.mark.parametrize("size", [1, 3, 7, 10, 11, 50])
@pytest.mark.parametrize("query", [ALL, RICH], ids=["plain", "filtered"])
def test_pages_visit_every_item_once(query, size):  # R63
    """Whatever the size, and wherever the service's own pages end."""
    service, found, cursor, sizes = Service(Table(10, full_page=4)), [], None, []
    while True:
        page = service.run(listing(query).page(size, cursor, None, 0))
        found += [item["id"]["S"] for item in page.items]
        sizes.append(page.count)
        cursor = page.cursor
        if not page.has_more:
            break

    assert found == [f"{number:04}" for number in range(10)]
    assert sizes == [size] * (10 // size) + ([10 % size] if 10 % size else [])


def test_last_page_says_so():  # R63
    """DynamoDB gives a key after the last item too; a page that promises more must have more."""
    page = Service(Table(4)).run(listing(ALL).page(4, None, None, 0))

    assert (page.count, page.scanned, page.has_more) == (4, 4, False)


def test_count_transfers_no_items():
    """Select is COUNT, over all pages."""
    service = Service(Table(2_500))

    assert service.run(listing(ALL).count()) == 2_500
    assert {body["Select"] for body in service.bodies} == {"COUNT"}


def test_count_stops_at_the_limit():
    """And asks for no more than it needs."""
    service = Service(Table(2_500))

    assert service.run(listing(ALL.limit(30)).count()) == 30
    assert limits(service) == [30]


def test_count_of_what_is_tested_here_reads_the_items():
    """What the service cannot test it cannot count."""
    service = Service(Table(20))

    assert service.run(listing(ALL.where(P.id != "0003"), instances).count()) == 19


def test_count_by_what_a_local_index_lacks_reads_the_items():
    """Counting fetches nothing from the table, so a filter would find the attribute missing everywhere."""
    service = Service(Table(20))
    query = ALL.where(P.email.begins_with("x")).order_by("size")

    assert query.explain().index == "by_size"
    assert service.run(listing(query, instances).count()) == 20
    assert [body["Select"] for body in service.bodies] == ["ALL_ATTRIBUTES"]


def test_nothing_needs_no_request():  # R57
    """An empty in is answered at once, in every form."""
    empty = P.query(P.org == "a", P.id.in_([]))
    service = Service(lambda call: pytest.fail("sent"))

    assert service.run(listing(empty).collect(None)) == []
    assert service.run(listing(empty).count()) == 0
    assert service.run(listing(empty).page(3, None, None, 0)).items == []


def test_full_key_is_one_get_item():  # R46
    """And a missing item is an empty result."""
    service = Service(lambda call: {})
    query = P.query(P.org == "a", P.id == "1")

    assert service.run(listing(query, instances).collect(None)) == []
    assert [call.operation for call in service.calls] == ["GetItem"]


def test_get_item_of_another_model_is_not_ours():  # R43
    """In a shared table the key alone does not say whose item it is: the tag does, in every shape."""
    other = {"pk": {"S": "USER#u"}, "sk": {"S": "ORDER#x"}, "_type": {"S": "Profile"}}
    service = Service(lambda call: {"Item": other})
    query = Order.query(Order.pk == "USER#u", Order.sk == "ORDER#x")
    plan = make_plan(query.select(Order.number)._request)

    assert service.run(listing(query).collect(None)) == []
    assert service.run(listing(query, instances).collect(None)) == []
    assert service.run(Listing(plan, SETTINGS, rows(SETTINGS, plan.request.select)).collect(None)) == []
    assert "_type" in service.bodies[-1]["ExpressionAttributeNames"].values()


def projection(query):
    """The paths that a query reads."""
    body = query.call().body
    names = body["ExpressionAttributeNames"]
    return [".".join(names[part] for part in path.split(".")) for path in body["ProjectionExpression"].split(", ")]


@pytest.mark.parametrize(
    ("query", "read"),
    [
        (ALL.select(P.email), ["email", "org", "id"]),
        (ALL.select(P.id), ["id", "org"]),
        (ALL.select(P.home.city), ["home.city", "org", "id"]),
        # The same path twice, or one inside another, is refused by the service.
        (ALL.select(P.email, P.email), ["email", "org", "id"]),
        (ALL.select(P.home, P.home.city), ["home", "org", "id"]),
        (ALL.select(P.home.city, P.home), ["home", "org", "id"]),
        # A projection forgets positions, so lists come whole.
        (ALL.select(P.scores[3], P.scores[1]), ["scores", "org", "id"]),
        (ALL.select(P.home.lines[2]), ["home.lines", "org", "id"]),
        # What is tested here must be read, whether it is selected or not.
        (ALL.where((P.id > "1") | (P.age > 3)).select(P.email), ["email", "org", "id", "age"]),
        (ALL.where((P.id > "1") | (P.home.zip == "x")).select(P.home.city), ["org", "id", "home"]),
        (ALL.index("by_age").select(P.email), ["email", "org", "id", "age"]),
    ],
)
def test_what_a_selection_reads(query, read):  # R62
    """The selection, the keys a cursor needs and what is tested here; nothing twice."""
    assert projection(query) == read


def test_selected_values_keep_their_places():  # R62
    """Positions in lists are the stored ones, what is missing is None, and values have the types of their fields."""
    item = whole(1) | {"scores": {"L": [{"N": "5"}, {"N": "6"}]}, "home": {"M": {"city": {"S": "Ulm"}}}}
    service = Service(lambda call: {"Items": [item]})
    paths = (P.scores[1], P.scores[0], P.scores[2], P.home.city, P.home.zip, P.tags)
    plan = make_plan(ALL.select(*paths)._request)

    found = service.run(Listing(plan, SETTINGS, rows(SETTINGS, plan.request.select)).collect(None))

    assert found == [(6, 5, None, "Ulm", None, None)]


@pytest.mark.parametrize("body", [{}, {"message": "Forbidden"}, {"LastEvaluatedKey": None}])
def test_answer_without_items_is_no_empty_result(body):  # fault 27
    """Some other service may answer 200 with an object of its own; that there is nothing stands in no such answer."""
    service = Service(lambda call: body)

    for flow in (listing(ALL).collect(None), listing(ALL).count()):
        with pytest.raises(errors.ProtocolError):
            service.run(flow)
