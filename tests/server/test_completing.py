"""What an index lacks, read from the table by key: the same items, in order, and what has changed since left out."""

from __future__ import annotations

import pytest
import pytest_asyncio

from dynamorm_async import Attr, Collection, GlobalIndex, Model, attr, partition_key, sort_key
from dynamorm_async.events import ItemsLeftOut
from dynamorm_async.testing import budget

pytestmark = pytest.mark.asyncio


class Ware(Model[str, str], table="wares"):
    shelf: Attr[str] = partition_key()
    id: Attr[str] = sort_key()
    kind: Attr[str] = attr(default="tool")
    weight: Attr[int] = attr(default=0)
    note: Attr[str | None] = attr(default=None)

    by_kind = GlobalIndex(kind, sort=weight, projection="KEYS_ONLY")


class Cat(Model, table="animals", tag=True):
    pk: Attr[str] = partition_key("HOUSE#{house}")
    sk: Attr[str] = sort_key("CAT#{name}")
    house: Attr[str]
    name: Attr[str]
    mood: Attr[str] = attr(default="calm")
    age: Attr[int] = attr(default=1)

    by_mood = GlobalIndex(mood, sort=age, projection=["house", "name"])
    by_age = GlobalIndex(age, projection="KEYS_ONLY")


class Dog(Model, table="animals", tag=True):
    pk: Attr[str] = partition_key("HOUSE#{house}")
    sk: Attr[str] = sort_key("DOG#{name}")
    house: Attr[str]
    name: Attr[str]
    mood: Attr[str] = attr(default="calm")
    age: Attr[int] = attr(default=1)
    walks: Attr[int] = attr(default=0)

    by_mood = GlobalIndex(mood, sort=age, projection=["walks"])


@pytest_asyncio.fixture
async def wares(db):
    """A hundred and thirty tools: more than one batch of reads."""
    await db.create_table(Ware)
    made = [Ware(shelf=f"s{number % 3}", id=f"{number:03}", weight=number, note=f"n{number}") for number in range(130)]
    await db.batch_put(made)
    return made


TOOLS = Ware.query(Ware.kind == "tool").complete()


class Watch:
    """Keeps what was left out."""

    def __init__(self, db):
        self.seen = []
        db.runner.observers.append(self)

    def notify(self, event):
        if isinstance(event, ItemsLeftOut):
            self.seen.append((event.model, event.index, event.count))


class Between:
    """A transport that lets something happen before the first read of items."""

    def __init__(self, inner, then):
        self.inner, self.then = inner, then

    def __getattr__(self, name):
        return getattr(self.inner, name)

    async def send(self, call, attempt):
        if call.operation == "BatchGetItem" and self.then is not None:
            then, self.then = self.then, None
            await then()
        return await self.inner.send(call, attempt)


async def test_items_come_whole_and_in_the_order_of_the_index(db, wares):  # R91
    """With what the index does not hold; in as few requests as batches take."""
    with budget(requests=1 + 2):
        assert await TOOLS == wares
    assert await TOOLS.reverse().limit(3) == wares[:-4:-1]


async def test_part_of_an_item_is_read_as_that_part(db, wares):
    """Tuples, partial instances and wire items alike."""
    assert await TOOLS.select(Ware.note, Ware.weight).limit(2) == [("n0", 0), ("n1", 1)]
    assert [one.note for one in await TOOLS.only(Ware.note).limit(2)] == ["n0", "n1"]
    assert (await TOOLS.raw().first())["note"] == {"S": "n0"}


async def test_condition_on_what_the_index_lacks_is_tested_on_the_item(db, wares):
    """The index cannot; what it can tell it still filters by, before any item is read."""
    noted = TOOLS.where(Ware.note == "n77")

    assert await noted == [wares[77]]
    assert (await noted.count(), await TOOLS.count(), await noted.exists()) == (1, 130, True)


@pytest.mark.wrong_on("moto", reason="each read costs one unit, whatever its consistency")
@pytest.mark.wrong_on("ministack", reason="BatchGetItem reports no capacity")
async def test_only_items_that_the_index_lets_through_are_read(db, wares):
    """Four of a hundred and thirty."""
    with budget(requests=2, rcu=1 + 0.5 * 4):
        found = await TOOLS.where(Ware.note == "n77", Ware.id.in_(["075", "076", "077", "078"]))

    assert found == [wares[77]]


@pytest.mark.parametrize("size", [1, 7, 60])
async def test_pages_are_exact_to_the_item(db, wares, size):
    """Every match once, in order, whatever the size of a page; conditions on the item included."""
    odd = [one for one in wares if one.note is not None and one.note.endswith(("1", "3"))][: size * 4]
    query = TOOLS.where(
        (Ware.note.contains("1") | Ware.note.contains("3")) & Ware.weight.in_([one.weight for one in odd])
    )
    found, cursor = [], None
    while True:
        page = await query.page(size=size, cursor=cursor)
        found += page.items
        cursor = page.cursor
        if cursor is None:
            break

    assert found == odd


async def test_streams_read_the_same(db, wares):
    """One after the other, and ahead of the consumer."""
    assert [one async for one in TOOLS] == wares
    async with TOOLS.stream() as rows:
        assert [one async for one in rows] == wares


async def test_item_that_is_gone_is_left_out_and_told(db, wares):
    """On the page, and to observers; the place in the listing stays exact."""
    watch = Watch(db)
    db.runner.transport = Between(db.runner.transport, wares[1].delete)

    page = await TOOLS.page(size=3)

    assert [one.id for one in page] == ["000", "002", "003"]
    assert page.left_out == 1
    assert watch.seen == [("Ware", "by_kind", 1)]
    assert [one.id for one in await TOOLS.page(size=2, cursor=page.cursor)] == ["004", "005"]


async def test_item_that_no_longer_matches_is_left_out(db, wares):
    """An index runs behind its table; what is returned meets the conditions of the query as it is."""
    watch = Watch(db)
    db.runner.transport = Between(db.runner.transport, lambda: wares[0].update(Ware.kind.set("toy")))

    assert (await TOOLS.first()).id == "001"
    assert watch.seen == [("Ware", "by_kind", 1)]


@pytest.mark.wrong_on("moto", reason="each read costs one unit, whatever its consistency")
@pytest.mark.wrong_on("ministack", reason="BatchGetItem reports no capacity")
async def test_consistent_reads_the_items_so(db, wares):
    """The index has no consistent reads; the table has, at twice the price."""
    query = Ware.query(Ware.kind == "tool").complete(consistent=True).limit(10)
    with budget() as spending:
        await query

    assert spending.rcu == 0.5 + 10


async def test_tagged_models_are_read_by_an_index_of_some_fields(db):  # R43 R91
    """The index is made with the tag in it, and with what each of the models wants to be there."""
    await db.create_table(Cat, Dog)
    tom, rex = await Cat(house="h", name="Tom").create(), await Dog(house="h", name="Rex", walks=3).create()

    assert await Cat.query(Cat.mood == "calm").select(Cat.name) == [("Tom",)]
    assert await Dog.query(Dog.mood == "calm").select(Dog.walks) == [(3,)]
    assert await Cat.query(Cat.mood == "calm") == [tom]
    assert await Dog.query(Dog.mood == "calm").complete() == [rex]


async def test_tagged_model_is_read_by_an_index_of_keys(db):
    """Which does not tell models apart; the items do."""
    await db.create_table(Cat, Dog)
    tom = await Cat(house="h", name="Tom").create()
    await Dog(house="h", name="Rex").create()

    assert await Cat.query(Cat.age == 1).complete() == [tom]
    assert await Cat.query(Cat.age == 1).complete().count() == 1


async def test_collection_is_completed(db):
    """Several models by one query, each item whole."""
    await db.create_table(Cat, Dog)
    tom, rex = await Cat(house="h", name="Tom", age=2).create(), await Dog(house="h", name="Rex", walks=3).create()

    assert await Collection(Cat, Dog).query(Cat.mood == "calm").complete() == [rex, tom]
