"""The parts of a scan, read page by page and gone on with later."""

from __future__ import annotations

import pytest

from dynamorm_async import Attr, Model, errors, partition_key

pytestmark = pytest.mark.asyncio


class Leaf(Model[str], table="leaves"):
    id: Attr[str] = partition_key()


async def stored(db, count):
    """So many items."""
    await db.create_table(Leaf)
    await db.batch_put([Leaf(id=str(number)) for number in range(count)])


async def test_the_parts_together_are_the_whole(db):
    """Every item is in exactly one part, over any number of pages."""
    await stored(db, 40)

    parts = [
        [leaf.id async for page in Leaf.scan().segment(number, 3).pages(5) for leaf in page] for number in range(3)
    ]

    assert sorted(map(str, range(40))) == sorted(leaf for part in parts for leaf in part)


async def test_a_part_goes_on_where_it_stopped(db):
    """With the cursor of its last page."""
    await stored(db, 40)
    part = Leaf.scan().segment(0, 2)
    first = await part.page(5)

    rest = [leaf async for page in part.pages(5, first.cursor) for leaf in page]

    assert await part == [*first, *rest]


async def test_a_cursor_belongs_to_its_part(db):
    """Another part, and the same number of another division, refuse it."""
    await stored(db, 40)
    cursor = (await Leaf.scan().segment(0, 2).page(5)).cursor

    for other in (Leaf.scan().segment(1, 2), Leaf.scan().segment(0, 3), Leaf.scan()):
        with pytest.raises(errors.InvalidCursorError):
            await other.page(5, cursor)


@pytest.mark.parametrize(("number", "total"), [(-1, 2), (2, 2), (0, 0), (1.0, 2), (True, 2), (0, "2")])
async def test_there_is_no_such_part(number, total):
    """Refused where it is written."""
    with pytest.raises(errors.InvalidRequestError):
        Leaf.scan().segment(number, total)


async def test_a_query_has_no_parts():
    """Only a scan reads what can be divided."""
    with pytest.raises(errors.InvalidRequestError, match="only a scan"):
        Leaf.query(Leaf.id == "1").segment(0, 2)
