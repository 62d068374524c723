"""PartiQL: rows as plain values or as instances, on pages, side by side, and as one transaction."""

from __future__ import annotations

import pytest
import pytest_asyncio

from dynamorm_async import Attr, Model, Session, attr, errors, partition_key, sort_key

pytestmark = pytest.mark.asyncio
wrong_on_moto = pytest.mark.lacks("moto", reason="HTTP 500", shown_by="test_an_insert_takes_parameters")


class Coin(Model[str, int], table="coins"):
    purse: Attr[str] = partition_key()
    number: Attr[int] = sort_key()
    metal: Attr[str] = attr(default="tin")
    tags: Attr[set[str]] = attr(factory=set)


@pytest_asyncio.fixture
async def coins(db):
    """Ten in a purse."""
    await db.create_table(Coin)
    made = [Coin(purse="p", number=number, metal="tin" if number % 2 else "gold") for number in range(10)]
    await db.batch_put(made)
    return made


def of_purse(db):
    """All of them."""
    return db.statement("SELECT * FROM {coins} WHERE purse = ?", "p", coins=Coin)


async def test_rows_are_plain_values_or_instances(db, coins):  # R61
    """Numbers as numbers, and a model's own types where it is asked for them."""
    assert [(row["number"], row["metal"]) for row in await of_purse(db).limit(2)] == [(0, "gold"), (1, "tin")]
    assert await of_purse(db).into(Coin) == coins
    assert [one async for one in of_purse(db).into(Coin).consistent()] == coins


async def test_values_are_parameters_and_nothing_else(db, coins):
    """One for each place; a quote in a value is a quote."""
    statement = db.statement("SELECT * FROM {coins} WHERE purse = ? AND metal = ?", "p", "x' OR '1' = '1", coins=Coin)

    assert await statement == []
    assert statement.call().body["Parameters"] == [{"S": "p"}, {"S": "x' OR '1' = '1"}]
    with pytest.raises(errors.InvalidRequestError, match="has 1 places for values, and 2 were given"):
        db.statement("SELECT * FROM {coins} WHERE purse = ? AND metal = '?'", "p", "tin", coins=Coin)
    with pytest.raises(errors.InvalidRequestError, match=r"names \{coin\}, and no model"):
        db.statement("SELECT * FROM {coin}", coins=Coin).call()


async def test_quoted_text_is_sent_as_it_stands(db):
    """Braces in it name no table, nor do quotes in a quoted name."""
    text = """SELECT * FROM {coins} WHERE "it's {coins}" = ? AND metal = 'a ''{coins}'' {other}'"""
    quoted = """ WHERE "it's {coins}" = ? AND metal = 'a ''{coins}'' {other}'"""

    sent = db.statement(text, 1, coins=Coin).call().body["Statement"]
    assert sent.startswith('SELECT * FROM "')
    assert sent.endswith(f'coins"{quoted}')


async def test_a_comment_has_no_place_for_a_value(db):
    """It is sent as it stands, with its question marks and braces, and hides no SELECT and makes none."""
    text = """-- Which ones? {coins}
    /* all? of
    '{them}' */ SELECT * FROM {coins} WHERE purse = ? AND metal = '-- ?'"""

    statement = db.statement(text, "p", coins=Coin)

    sent = statement.call().body["Statement"]
    assert sent.startswith(text[: text.index("SELECT")])
    assert sent.count("{coins}") == 1
    assert statement._statement.reads
    assert not db.statement("-- SELECT\nDELETE FROM {coins} WHERE purse = ?", "p", coins=Coin)._statement.reads


@pytest.mark.parametrize("other", [int, Coin(purse="p", number=1), 3, None])
async def test_rows_become_instances_of_a_model_only(db, other):
    """Anything else is refused where it is given."""
    with pytest.raises(errors.InvalidRequestError, match=r"statement\.into: .* Write into\(User\)"):
        of_purse(db).into(other)


async def test_a_limit_ends_a_stream_and_has_no_place_on_a_page(db, coins):
    """As with queries: on each page it would count anew."""
    assert [one async for one in of_purse(db).into(Coin).limit(3)] == coins[:3]
    with pytest.raises(errors.InvalidRequestError, match="limit"):
        await of_purse(db).limit(3).page(2)


@pytest.mark.lacks("moto", reason="HTTP 200", shown_by="test_an_update_of_nothing_is_refused")
async def test_an_update_of_what_is_not_there_is_refused(db, coins):
    """And the hint speaks of the statement, which has no ``current`` and no ``outcome()``."""
    with pytest.raises(errors.ConditionFailedError, match="or the rest of WHERE is false") as caught:
        await db.statement("UPDATE {coins} SET metal = ? WHERE purse = ? AND number = ?", "tin", "q", 1, coins=Coin)

    assert caught.value.outcome is errors.Outcome.NOT_APPLIED
    assert "current" not in str(caught.value)


async def test_pages_go_on_where_they_stopped(engine, coins, db):
    """With a cursor that is good for this statement only."""
    found, cursor = [], None
    while True:
        page = await of_purse(db).into(Coin).page(size=3, cursor=cursor)
        found += page.items
        cursor = page.cursor
        if cursor is None:
            break
        assert page.count <= 3

    assert found == coins
    first = await of_purse(db).page(size=3)
    if first.cursor is not None:
        with pytest.raises(errors.InvalidCursorError):
            await db.statement("SELECT * FROM {coins} WHERE purse = ?", "q", coins=Coin).page(cursor=first.cursor)


@wrong_on_moto
async def test_writes_are_statements_too(db, coins):
    """What they store is read by the model."""
    await db.statement("INSERT INTO {coins} VALUE {'purse': ?, 'number': ?, 'tags': ?}", "q", 1, {"old"}, coins=Coin)
    await db.statement("UPDATE {coins} SET metal = ? WHERE purse = ? AND number = ?", "silver", "q", 1, coins=Coin)

    assert await Coin.get("q", 1) == Coin(purse="q", number=1, metal="silver", tags={"old"})
    await db.statement("DELETE FROM {coins} WHERE purse = ? AND number = ?", "q", 1, coins=Coin)
    assert await Coin.get_or_none("q", 1) is None


@wrong_on_moto
async def test_statements_of_a_batch_have_each_its_own_end(db, coins):
    """A row, nothing, or why not; one that fails stops no other."""
    text = "SELECT * FROM {coins} WHERE purse = ? AND number = ?"
    there, not_there = db.statement(text, "p", 3, coins=Coin).into(Coin), db.statement(text, "p", 33, coins=Coin)
    insert = "INSERT INTO {coins} VALUE {'purse': ?, 'number': ?}"

    assert await db.statements(there, not_there) == (coins[3], None)
    done, refused = await db.statements(
        db.statement(insert, "q", 1, coins=Coin), db.statement(insert, "p", 1, coins=Coin)
    )
    assert (done, refused.code, bool(refused)) == (None, "DuplicateItem", False)
    assert await Coin.get_or_none("q", 1) is not None


@wrong_on_moto
async def test_statements_of_a_transaction_happen_together(db, coins):
    """Or not at all."""
    insert = "INSERT INTO {coins} VALUE {'purse': ?, 'number': ?}"
    new, old = db.statement(insert, "q", 1, coins=Coin), db.statement(insert, "p", 1, coins=Coin)

    with pytest.raises(errors.TransactionCanceledError):
        await db.transact_statements(new, old)
    assert await Coin.get_or_none("q", 1) is None
    await db.transact_statements(new, token="once")
    text = "SELECT * FROM {coins} WHERE purse = ? AND number = ?"
    assert await db.transact_statements(db.statement(text, "q", 1, coins=Coin).into(Coin)) == (
        Coin(purse="q", number=1),
    )


async def test_a_batch_has_a_number_of_statements():
    """Told before anything is sent."""
    db = Session(endpoint="http://127.0.0.1:1")
    with pytest.raises(errors.InvalidRequestError, match="0 statements were given; there are 1 to 25"):
        async with db:
            await db.statements()
