"""Several models of one table, read by one query."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dynamorm_async import Attr, Collection, Model, errors, partition_key, sort_key
from tests.support.people import Order, Person, Profile, Task

pytestmark = pytest.mark.asyncio
BOTH = Collection(Profile, Order)


class Note(Model, table="shop", tag=True):
    pk: Attr[str] = partition_key("USER#{user}")
    sk: Attr[str] = sort_key("NOTE#{number}")
    user: Attr[str]
    number: Attr[str]


class Author(Model, table="books"):
    pk: Attr[str] = partition_key("AUTHOR#{name}")
    sk: Attr[str] = sort_key("AUTHOR")
    name: Attr[str]


class Book(Model, table="books"):
    pk: Attr[str] = partition_key("AUTHOR#{name}")
    sk: Attr[str] = sort_key("BOOK#{title}")
    name: Attr[str]
    title: Attr[str]


def order(user, number):
    """An order."""
    return Order(user=user, number=str(number), placed=datetime(2026, 1, number, tzinfo=UTC))


async def stocked(db):
    """Two users, each with a profile, five orders and a note."""
    await db.create_table(Profile, Order, Note)
    for user in "uv":
        await Profile(user=user, name=user).put()
        await Note(user=user, number="1").put()
        for number in range(1, 6):
            await order(user, number).put()


async def test_one_query_gives_a_group_for_each_model(db):  # R43
    """In the order of the models; a third model's items stay out."""
    await stocked(db)
    query = BOTH.query(Profile.user == "u")

    profiles, orders = await query.groups()

    assert [profile.name for profile in profiles] == ["u"]
    assert [one.number for one in orders] == ["1", "2", "3", "4", "5"]
    assert query.explain().operation == "Query"


async def test_items_come_in_the_order_of_the_sort_key(db):  # R43
    """As one list, whichever model each is of, and back."""
    await stocked(db)

    found = await BOTH.query(Profile.user == "u")

    assert [type(one).__name__ for one in found] == ["Order"] * 5 + ["Profile"]
    assert await BOTH.query(Profile.user == "u").reverse() == found[::-1]


async def test_collection_has_pages_limits_and_streams(db):  # R43 R63
    """Like any query."""
    await stocked(db)
    query = BOTH.query(Order.user == "v")

    assert [len(page) async for page in query.pages(4)] == [4, 2]
    assert len(await query.limit(3)) == 3
    assert await query.count() == 6
    assert len([one async for one in query]) == 6
    assert len(await BOTH.scan()) == 12
    assert len(await BOTH.query(Profile.user.in_(["u", "v"]))) == 12


async def test_sort_keys_of_both_can_be_asked_for(db):
    """As they are stored: one model's template says nothing of the others."""
    await stocked(db)

    assert len(await BOTH.query(Order.user == "u", Order.sk.begins_with("ORDER#2026-01-0"))) == 5
    assert len(await BOTH.query(Order.user == "u", Order.sk >= "ORDER#2026-01-04")) == 3


async def test_condition_on_one_models_field_keeps_the_other_out(db):
    """An item that lacks the attribute is not found by a condition on it."""
    await stocked(db)

    profiles, orders = await BOTH.query(Order.user == "u", Order.number >= "4").groups()

    assert (len(profiles), len(orders)) == (0, 2)


async def test_untagged_models_are_told_apart_by_their_keys(db):  # R43
    """A constant or templated sort key says whose item it is."""
    await db.create_table(Author, Book)
    await Author(name="a").put()
    await Book(name="a", title="t").put()

    authors, books = await Collection(Author, Book).query(Author.name == "a").groups()

    assert ([one.name for one in authors], [one.title for one in books]) == (["a"], ["t"])


@pytest.mark.parametrize(
    ("models", "says"),
    [
        ((Profile, Person), "different tables"),
        ((Profile,), "two models"),
        ((Profile, int), "two models"),
        ((Profile, Profile), "same tag"),
        ((Task, Task), "neither a tag nor a templated sort key"),
    ],
)
async def test_models_that_do_not_go_together_are_refused(models, says):  # R43
    """When the collection is made, long before a query."""
    with pytest.raises(errors.ModelDefinitionError, match=says):
        Collection(*models)


async def test_no_selection_over_several_models():
    """They have different fields."""
    query = BOTH.query()
    for selection in (lambda: query.select(Profile.name), lambda: query.only(Profile.name), lambda: query.into(Task)):
        with pytest.raises(errors.InvalidRequestError, match="several models"):
            selection()


class Review(Model, table="books"):
    pk: Attr[str] = partition_key("AUTHOR#{name}")
    sk: Attr[str] = sort_key("REVIEW#{number}")
    name: Attr[str]
    number: Attr[str]


async def books_and_reviews(db):
    """An author with five books and three items of a model that no collection here names."""
    await db.create_table(Author, Book, Review)
    await db.batch_put([Author(name="a"), *(Book(name="a", title=str(number)) for number in range(5))])
    await db.batch_put(Review(name="a", number=str(number)) for number in range(3))
    return Collection(Author, Book).query(Author.name == "a")


async def test_items_of_an_untagged_third_model_stay_out_everywhere(db):
    """Only this library can tell them by their keys; so a count reads items, and no other way to ask shows them."""
    query = await books_and_reviews(db)

    assert [type(one).__name__ for one in await query] == ["Author"] + ["Book"] * 5
    assert [len(group) for group in await query.groups()] == [1, 5]
    assert await query.count() == 6
    assert await query.reverse().limit(2).count() == 2
    assert [one.title for one in await query.reverse().limit(2)] == ["4", "3"]
    assert [page.count async for page in query.pages(4)] == [4, 2]
    assert len([one async for one in query]) == 6
    assert len(await Collection(Author, Book).scan()) == 6
    assert await query.where(Author.sk.begins_with("REVIEW")).exists() is False
    async with query.stream() as found:
        assert len([one async for one in found]) == 6


async def test_an_untagged_third_model_is_left_out_of_one_read_by_key_and_of_what_stays_undecoded(db):
    """A key names one item, of whichever model; and items in wire form are those of the models alone."""
    query = await books_and_reviews(db)

    assert await query.where(Author.sk == "REVIEW#1") == []
    assert await query.where(Author.sk == "AUTHOR").one() == Author(name="a")
    assert len(await query.raw()) == await query.raw().count() == 6
    with pytest.raises(errors.InvalidRequestError, match="would leave out"):
        query.raw().only(Author.name)
