"""Conditions that the service would refuse, or that would exhaust the stack, are refused in words beforehand."""

from __future__ import annotations

import asyncio
import enum

import pytest

from dynamorm_async import Attr, GlobalIndex, Model, attr, errors, make_converter, partition_key, raw, sort_key
from dynamorm_async._codec import Codec
from dynamorm_async._expr.conditions import NESTING_LIMIT
from dynamorm_async._ops.listing import Listing
from dynamorm_async._ops.plan import make_plan
from dynamorm_async._ops.render import Settings, list_body
from dynamorm_async._ops.shapes import raw_items
from dynamorm_async.testing import FakeSession


class Urgency(enum.Enum):
    """In another order by name than by value."""

    HIGH = "a"
    LOW = "b"


class Job(Model[str, str], table="jobs"):
    queue: Attr[str] = partition_key()
    id: Attr[str] = sort_key()
    age: Attr[int] = attr(default=0)
    urgency: Attr[Urgency] = attr(default=Urgency.LOW)

    by_urgency = GlobalIndex(queue, sort=urgency)


JOBS = Job.query(Job.queue == "q")
ONE = Job.with_key("q", "1")
CROSSED = Job.urgency.between(Urgency.LOW, Urgency.HIGH)


def nested(depth):
    """A condition of so many groups inside each other: by turns OR, AND and NOT."""
    found = Job.age == 0
    for level in range(depth):
        found = (found | (Job.age == 1), found & (Job.age == 2), ~found)[level % 3]
    return found


WAYS = {
    "query": lambda condition: JOBS.where(condition).call(),
    "scan": lambda condition: Job.scan(condition).call(),
    "beside raw": lambda condition: Job.scan(condition, raw("age = :n", n=1)).call(),
    "update": lambda condition: ONE.update(Job.age.set(1), if_=condition).call(),
    "put": lambda condition: Job(queue="q", id="1").put(if_=condition).call(),
    "delete": lambda condition: ONE.delete(if_=condition).call(),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("depth", [500, 20_000])
def test_deep_nesting_is_refused_and_exhausts_no_stack(way, depth):
    """However deep, and wherever the condition stands."""
    with pytest.raises(errors.InvalidRequestError, match=r"nests more than 64 levels.* 300 operators") as caught:
        WAYS[way](nested(depth))

    assert "Job" == caught.value.model


@pytest.mark.parametrize("way", WAYS)
def test_nesting_up_to_the_limit_is_taken(way):
    """Which is that of a raw text; to be joined with another condition is one level more."""
    assert WAYS[way](nested(NESTING_LIMIT - 1)) is not None


@pytest.mark.parametrize("operation", ["query", "scan", "update", "put", "delete"])
def test_limits_of_an_expression_are_told_with_model_and_operation(operation):
    """Of which expression it is would else be a riddle."""
    many = Job.age != 0
    for number in range(1, 151):
        many &= Job.age != number

    with pytest.raises(errors.InvalidRequestError, match=rf"Job\.{operation}: .* 30\d operators") as caught:
        WAYS[operation](many)

    assert (f"Job.{operation}", "Job") == (caught.value.op, caught.value.model)


@pytest.mark.parametrize(
    ("operation", "ask"),
    [
        ("query", lambda: JOBS.where("age", ">", "18").call()),
        ("query", lambda: Job.query("queue", "=", 5).call()),
        ("query", lambda: Job.query("queue", "=", 5).where(Job.id == "1").call()),
        ("scan", lambda: Job.scan(raw("age > :n", n="18")).call()),
        ("update", lambda: ONE.update(Job.age.set("18")).call()),
        ("put", lambda: Job(queue="q", id="1").put(if_=Job.age > "18").call()),
        ("create", lambda: Job(queue="q", id="1").create(if_=Job.age > "18").call()),
        ("delete", lambda: ONE.delete(if_=Job.age > "18").call()),
    ],
)
def test_a_wrong_operand_is_told_with_model_and_operation(operation, ask):
    """And its field, never its value."""
    with pytest.raises(errors.ValidationError) as caught:
        ask()

    assert (f"Job.{operation}", "Job") == (caught.value.op, caught.value.model)
    assert "18" not in str(caught.value)


def test_a_wrong_operand_that_is_tested_here_is_told_alike():
    """Of a condition on the key that only this library can test."""

    async def ask():
        async with FakeSession() as db:
            db.expect_query(Job).any_times().will_return(Job(queue="q", id="1"))
            await JOBS.where(Job.id != 5)

    with pytest.raises(errors.ValidationError) as caught:
        asyncio.run(ask())

    assert ("Job.query", "Job") == (caught.value.op, caught.value.model)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: JOBS.where(CROSSED).call(),
        lambda: JOBS.where(CROSSED).index(Job.by_urgency).call(),
        lambda: Job.scan(CROSSED).call(),
        lambda: Job.scan(raw("urgency BETWEEN :a AND :b", a=Urgency.LOW, b=Urgency.HIGH)).call(),
        lambda: ONE.update(Job.age.set(1), if_=CROSSED).call(),
        lambda: ONE.delete(if_=CROSSED).call(),
    ],
)
def test_exchanged_ends_of_an_enum_are_refused(ask):
    """Its members have no order in Python, and that of their values in the table."""
    with pytest.raises(errors.InvalidRequestError, match=r"Job\.urgency: between\(\) has its lower end above"):
        ask()


def test_exchanged_ends_that_are_tested_here_are_refused():
    """Where the service takes no filter on the key."""
    plan = make_plan(JOBS.where(CROSSED, Job.urgency == Urgency.LOW).index(Job.by_urgency)._request)
    assert plan.residual

    with pytest.raises(errors.InvalidRequestError, match="lower end above"):
        Listing(plan, Settings(Codec()), raw_items())._keeps({}, {"urgency": {"S": "b"}})


def test_ends_are_in_the_order_in_which_they_are_stored():
    """A hook may store members in another form, whose order counts then."""
    converter = make_converter()
    converter.register_unstructure_hook(Urgency, lambda member: {"HIGH": "2", "LOW": "1"}[member.name])
    plan = make_plan(JOBS.where(CROSSED)._request)

    body = list_body(plan, Settings(Codec(converter)), start=None, page_limit=None)

    assert [{"S": "1"}, {"S": "2"}] == [body["ExpressionAttributeValues"][name] for name in (":v1", ":v2")]
