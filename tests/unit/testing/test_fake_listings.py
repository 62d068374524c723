"""Which query a fake session takes for the expected one: by what it asks, not by how it is written."""

from __future__ import annotations

import pytest

from dynamorm_async import Attr, GlobalIndex, Model, attr, partition_key, sort_key, tenant
from dynamorm_async.errors import AccessDeniedError
from dynamorm_async.testing import FakeSession, UnexpectedCallError

pytestmark = pytest.mark.asyncio


class Person(Model[str, str], table="people"):
    org: Attr[str] = partition_key()
    id: Attr[str] = sort_key()
    email: Attr[str] = attr(default="")
    age: Attr[int] = attr(default=0)

    by_email = GlobalIndex(email, projection="KEYS_ONLY")


class Badge(Model[str], table="badges"):
    id: Attr[str] = partition_key()


class Note(Model, table="topics"):
    tenant: Attr[str] = tenant()
    topic: Attr[str]
    note: Attr[str]
    pk: Attr[str] = partition_key("T#{tenant}#{topic}")
    sk: Attr[str] = sort_key("{note}")


IN_TOPICS = Note.topic.in_(["x", "y"])
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


IN_TWO = Person.org.in_(["a", "b"])
TWO = [Person(org=org, id=number, email="z") for org, number in (("a", "1"), ("b", "2"), ("a", "3"))]


READS = {
    "await": (lambda query: query, TWO),
    "count": (lambda query: query.count(), 3),
    "first": (lambda query: query.first(), TWO[0]),
    "page": (lambda query: query.page(size=9), TWO),
    "select": (lambda query: query.select(Person.id), [("1",), ("2",), ("3",)]),
}


@pytest.mark.parametrize("way", READS)
async def test_a_query_of_several_partitions_is_expected_once(way):
    """It is one call: each partition is answered with what is in it, and all of it is in the order of the index."""
    read, wanted = READS[way]
    async with FakeSession() as db:
        expected = db.expect_query(Person).with_condition(ADULT, IN_TWO).will_return(TWO)

        found = await read(Person.query(IN_TWO, ADULT))

    assert (wanted, 1) == (found.items if way == "page" else found, expected.seen)


async def test_items_by_keys_of_one_part_are_a_query_of_several_partitions():
    """Each key is read by a GetItem of its own."""
    async with FakeSession() as db:
        db.expect_query(Badge).with_condition(Badge.id.in_(["1", "2", "3"])).will_return(Badge(id="3"), Badge(id="1"))

        assert [Badge(id="1"), Badge(id="3")] == await Badge.query(Badge.id.in_(["1", "2", "3"]))


async def test_a_tenant_s_query_of_several_partitions_is_expected_once():
    """The partitions are those of the tenant, although the expectation does not name it."""
    async with FakeSession() as db:
        db.expect_query(Note).with_condition(IN_TOPICS).will_return(
            Note(note="2", topic="y"), Note(note="1", topic="x")
        )

        found = await Note.query(IN_TOPICS).using(db.for_tenant("acme"))

    assert [("1", "acme"), ("2", "acme")] == [(note.note, note.tenant) for note in found]


async def test_a_query_of_several_partitions_comes_as_often_as_is_said():
    """All its partitions are one time; once more is unexpected."""
    with pytest.raises(UnexpectedCallError, match="Query was called and is not expected; nothing more is"):
        async with FakeSession() as db:
            expected = db.expect_query(Person).with_condition(IN_TWO).times(2)
            assert ([], []) == (await Person.query(IN_TWO), await Person.query(IN_TWO))
            assert 2 == expected.seen

            await Person.query(IN_TWO)


async def test_one_partition_is_not_the_query_of_several():
    """What asks for one of them has not asked for all."""
    with pytest.raises(UnexpectedCallError, match="expected, and never called: Query on Person"):
        async with FakeSession() as db:
            db.expect_query(Person).with_condition(IN_TWO).will_return(TWO)

            assert [TWO[0], TWO[2]] == await Person.query(Person.org == "a")


async def test_an_item_in_none_of_the_partitions_is_told_of():
    """The service would never give it."""
    with pytest.raises(UnexpectedCallError, match="an item that it answers with is in none of the 2 partitions"):
        async with FakeSession() as db:
            db.expect_query(Person).with_condition(IN_TWO).will_return(Person(org="c", id="1", email="z"))

            await Person.query(IN_TWO)


async def test_a_query_of_several_partitions_fails_as_one():
    """Whichever of its requests it was."""
    async with FakeSession() as db:
        expected = db.expect_query(Person).with_condition(IN_TWO).will_raise(AccessDeniedError("no"))
        with pytest.raises(AccessDeniedError):
            await Person.query(IN_TWO)

    assert 1 == expected.seen


async def test_each_of_several_partitions_can_be_expected_by_itself():
    """As requests that they are; without a condition any of them is meant."""
    async with FakeSession() as db:
        db.expect_query(Person).will_return(TWO[0])
        db.expect_query(Person).with_condition(Person.org == "b").will_return(TWO[1])

        assert TWO[:2] == await Person.query(IN_TWO)
