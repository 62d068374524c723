"""Queries over several partitions, as an engine answers them."""

from __future__ import annotations

import pytest

from dynamorm_async import Attr, GlobalIndex, LocalIndex, Model, attr, partition_key, sort_key
from dynamorm_async.testing import FakeSession

pytestmark = pytest.mark.asyncio


class Card(Model[str, str], table="cards"):
    board: Attr[str] = partition_key()
    id: Attr[str] = sort_key()
    state: Attr[str] = attr()
    rank: Attr[int] = attr()

    by_state = GlobalIndex(state, sort=rank)
    by_rank = LocalIndex(rank)


async def stored(db):
    """Eight cards on two boards in two states, ranked against the order of their ids."""
    await db.create_table(Card)
    made = [
        Card(board="ab"[number % 2], id=str(number), state="xyy"[number % 3], rank=9 - number) for number in range(8)
    ]
    await db.batch_put(made)
    return made


async def test_index_asked_for_reads_several_partitions_in_its_order(db):  # R57
    """A global and a local index, whole and in pages."""
    by_rank = sorted(await stored(db), key=lambda card: card.rank)

    assert await Card.query(Card.state.in_(["x", "y"])).index("by_state") == by_rank
    local = Card.query(Card.board.in_(["a", "b"])).index(Card.by_rank).reverse()
    assert [card async for page in local.pages(size=3) for card in page] == by_rank[::-1]


async def test_partitions_of_the_table_serve_what_its_global_index_cannot(db):  # R57 R68
    """A consistent read, and the order of the table's own sort key, though an index has the other condition."""
    wanted = [card for card in await stored(db) if card.state == "y"]
    query = Card.query(Card.state == "y", Card.board.in_(["a", "b"]))

    assert await query.consistent() == wanted
    assert await query.order_by(Card.id) == wanted


@pytest.mark.parametrize(
    "conditions",
    [
        [Card.board.in_(["a", "b", "c"])],
        [Card.state.in_(["x", "y"]), Card.rank > 3],
        [Card.board.in_(["a", "b"]), Card.id == "2"],
    ],
)
async def test_fake_session_answers_a_query_of_several_partitions_as_an_engine_does(db, conditions):  # R57
    """One expectation with the items of all of them gives the same list."""
    await stored(db)
    found = await Card.query(*conditions).using(db)
    async with FakeSession() as fake:
        fake.expect_query(Card).with_condition(*conditions).will_return(found)

        assert await Card.query(*conditions).using(fake) == found

    assert found
