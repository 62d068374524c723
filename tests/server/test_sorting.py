"""An order that no index has: made here up to a bound, refused above it, never a part of what matches."""

from __future__ import annotations

import pytest
import pytest_asyncio

from dynamorm_async import Attr, Document, LocalIndex, Model, Nested, attr, errors, partition_key, sort_key

pytestmark = pytest.mark.asyncio


class Home(Document):
    city: Attr[str] = attr(default="")


class Guest(Model[str, int], table="guests"):
    party: Attr[str] = partition_key()
    number: Attr[int] = sort_key()
    name: Attr[str | None] = attr(default=None)
    age: Attr[int] = attr(default=0)
    tags: Attr[set[str]] = attr(factory=set)
    home: Nested[Home] = attr(factory=Home)

    by_age = LocalIndex(age)


NAMES = ["Zoe", None, "ada", "Bob", "Ödön", "Bob", "\U0001f600", "a"]


@pytest_asyncio.fixture
async def guests(db):
    """Eight in one party, three in another."""
    await db.create_table(Guest)
    party = [
        Guest(party="p", number=at, name=name, age=9 - at, home=Home(city=f"c{at % 3}"))
        for at, name in enumerate(NAMES)
    ]
    await db.batch_put([*party, *(Guest(party="q", number=at, name=f"C{at}") for at in range(3))])
    return party


PARTY = Guest.query(Guest.party == "p")


def numbers(found):
    """The sort keys."""
    return [one.number for one in found]


async def test_results_are_in_the_order_asked_for(db, guests):  # R49
    """As DynamoDB orders text: by its bytes. What has no name comes last, equal ones in the order of the key."""
    assert numbers(await PARTY.order_by(Guest.name, in_memory=8)) == [3, 5, 0, 7, 2, 4, 6, 1]
    assert numbers(await PARTY.order_by(Guest.name, "desc", in_memory=8)) == [6, 4, 2, 7, 0, 3, 5, 1]


async def test_whether_there_is_one_needs_no_order(db, guests):
    """So the bound is none for it, and one match is enough."""
    asked = PARTY.order_by(Guest.name, in_memory=1)

    assert await asked.exists()
    assert not await asked.where(Guest.age > 90).exists()
    with pytest.raises(errors.InvalidOrderError, match="more than 1 items match"):
        await asked.first()


async def test_more_matches_than_the_bound_is_an_error(db, guests):
    """Never the first so many, sorted; a filter counts what it lets through."""
    with pytest.raises(errors.InvalidOrderError, match="more than 7 items match"):
        await PARTY.order_by(Guest.name, in_memory=7)
    with pytest.raises(errors.InvalidOrderError, match="more than 7 items match"):
        await PARTY.order_by(Guest.name, in_memory=7).limit(1)
    assert numbers(await PARTY.where(Guest.name == "Bob").order_by(Guest.name, in_memory=2)) == [3, 5]


async def test_limit_and_first_count_after_sorting(db, guests):
    """The least of all, not the least of the first."""
    query = PARTY.order_by(Guest.name, in_memory=100)

    assert numbers(await query.limit(2)) == [3, 5]
    assert (await query.first()).number == 3
    assert numbers([one async for one in query.limit(3)]) == [3, 5, 0]
    assert await query.count() == 8


async def test_order_by_part_of_a_document_and_of_what_is_selected(db, guests):
    """What is sorted by is read, also where it is not handed out."""
    assert await PARTY.order_by(Guest.home.city, in_memory=9).select(Guest.number) == [
        (0,),
        (3,),
        (6,),
        (1,),
        (4,),
        (7,),
        (2,),
        (5,),
    ]


async def test_order_over_several_partitions_and_of_a_scan(db, guests):
    """All of them together."""
    both = Guest.query(Guest.party.in_(["p", "q"])).order_by(Guest.name, in_memory=20)
    everything = Guest.scan().order_by(Guest.name, in_memory=20)

    assert [one.name for one in await both] == [
        "Bob",
        "Bob",
        "C0",
        "C1",
        "C2",
        "Zoe",
        "a",
        "ada",
        "Ödön",
        "\U0001f600",
        None,
    ]
    assert [one.name for one in await everything] == [one.name for one in await both]


async def test_order_of_an_index_needs_no_memory(db, guests):
    """Where an index has the order it is used, and the bound bounds nothing."""
    query = PARTY.order_by(Guest.age, in_memory=1)

    assert query.explain().index == "by_age"
    assert not query.explain().sorted_here
    assert numbers(await query) == [7, 6, 5, 4, 3, 2, 1, 0]


async def test_what_is_sorted_here_has_no_pages(db, guests):
    """There is no place to go on from, and reading all of it for each page is not done in silence."""
    query = PARTY.order_by(Guest.name, in_memory=100)

    with pytest.raises(errors.InvalidOrderError, match="no pages and no cursor"):
        await query.page()
    with pytest.raises(errors.InvalidOrderError, match="no stream"):
        query.stream()


async def test_values_without_order_are_refused(db, guests):
    """Sets and documents have none; the error names the field."""
    await guests[0].update(Guest.tags.add({"x"}))

    with pytest.raises(errors.InvalidOrderError, match="tags holds a value of type SS"):
        await PARTY.order_by(Guest.tags, in_memory=100)


@pytest.mark.parametrize("bound", [0, -1, True, "5"])
async def test_bound_is_a_number_of_items(bound):
    """At least one."""
    with pytest.raises(errors.InvalidRequestError, match="in_memory must be a whole number"):
        PARTY.order_by(Guest.name, in_memory=bound)
