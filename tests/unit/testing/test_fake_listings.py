"""Which query a fake session takes for the expected one: by what it asks, not by how it is written."""

from __future__ import annotations

import pytest

from dynamorm_async import Attr, GlobalIndex, Model, attr, partition_key, sort_key
from dynamorm_async.testing import FakeSession, UnexpectedCallError

pytestmark = pytest.mark.asyncio


class Person(Model[str, str], table="people"):
    org: Attr[str] = partition_key()
    id: Attr[str] = sort_key()
    email: Attr[str] = attr(default="")
    age: Attr[int] = attr(default=0)

    by_email = GlobalIndex(email, projection="KEYS_ONLY")


IN_ORG = Person.org == "acme"
ADULT, AGED, NAMED = Person.age > 17, Person.age.between(3, 9), Person.email == "z"


@pytest.mark.parametrize(
    ("expected", "called"),
    [
        ([IN_ORG, ADULT, NAMED], [NAMED, IN_ORG, ADULT]),
        ([ADULT & NAMED, IN_ORG], [IN_ORG, NAMED, ADULT]),
        ([IN_ORG, ADULT | NAMED], [IN_ORG, NAMED | ADULT]),
        ([IN_ORG, (ADULT & NAMED) | AGED], [IN_ORG, AGED | (NAMED & ADULT)]),
        ([IN_ORG, ~(AGED & NAMED)], [IN_ORG, ~(NAMED & AGED)]),
        ([IN_ORG, AGED, NAMED], [NAMED, AGED, IN_ORG]),
        ([IN_ORG, Person.age.in_([3, 1, 2]), ADULT], [IN_ORG, ADULT, Person.age.in_([1, 2, 3])]),
        ([IN_ORG, Person.id.between("a", "c"), NAMED], [NAMED, Person.id.between("a", "c"), IN_ORG]),
    ],
)
async def test_the_order_of_conditions_says_nothing(expected, called):
    """AND and OR are commutative, at any depth."""
    async with FakeSession() as db:
        db.expect_query(Person).with_condition(*expected)

        assert [] == await Person.query(*called)


@pytest.mark.parametrize(
    ("expected", "called"),
    [
        ([IN_ORG, ADULT], [IN_ORG]),
        ([IN_ORG], [IN_ORG, ADULT]),
        ([IN_ORG, ADULT & NAMED], [IN_ORG, ADULT | NAMED]),
        ([IN_ORG, (ADULT & NAMED) | AGED], [IN_ORG, ADULT & (NAMED | AGED)]),
        ([IN_ORG, AGED], [IN_ORG, Person.age.between(3, 8)]),
        ([IN_ORG, NAMED], [IN_ORG, Person.email == "'z'"]),
        ([IN_ORG, Person.id == "1"], [IN_ORG, Person.id == "2"]),
    ],
)
async def test_other_conditions_are_another_query(expected, called):
    """One more, one less, another word between them, another value."""
    with pytest.raises(UnexpectedCallError):
        async with FakeSession() as db:
            db.expect_query(Person).with_condition(*expected)

            await Person.query(*called)


async def test_what_is_read_of_the_items_says_nothing():
    """Projections of any kind, counts, and reads through an index."""
    async with FakeSession() as db:
        db.expect_query(Person).with_condition(IN_ORG).times(4).will_return(Person(org="acme", id="1", email="z"))
        db.expect_query(Person).with_condition(NAMED).will_return(Person(org="acme", id="1", email="z"))

        assert ["z"] == [person.email for person in await Person.query(IN_ORG).only(Person.email)]
        assert [("z", 0)] == await Person.query(IN_ORG).select(Person.email, Person.age)
        assert 1 == await Person.query(IN_ORG).count()
        assert await Person.query(IN_ORG).exists()
        assert ["1"] == [person.id for person in await Person.query(NAMED).only(Person.id)]


async def test_what_an_index_does_not_hold_is_read_from_the_table():
    """Two requests, each with an expectation of its own."""
    ada = Person(org="acme", id="1", email="z", age=20)
    async with FakeSession() as db:
        db.expect_query(Person).with_condition(ADULT, NAMED).will_return(ada)
        db.expect_batch_get(Person, [("acme", "1")]).will_return(ada)

        assert [ada] == await Person.query(NAMED, ADULT).complete()


async def test_another_query_is_shown_by_its_conditions():
    """Names and values in their places, so that only what differs is told apart."""
    with pytest.raises(UnexpectedCallError) as caught:
        async with FakeSession() as db:
            db.expect_query(Person).with_condition(IN_ORG, NAMED, ADULT)

            await Person.query(IN_ORG, ADULT, Person.email == "y")

    told = str(caught.value)
    assert ("-     \"email = 'z'\"" in told, "+     \"email = 'y'\"" in told) == (True, True)
    assert '      "age > 17",' in told


async def test_an_unexpected_call_among_several_at_once_is_raised_as_itself():
    """A query of several partitions sends its requests side by side; no group wraps what one of them raises."""
    with pytest.raises(UnexpectedCallError):
        async with FakeSession():
            await Person.query(Person.org.in_(["a", "b"]))
