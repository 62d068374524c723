"""Budgets: what is spent inside is counted, whoever spends it, and too much of it fails the test by name."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio

from dynamorm_async import Attr, Model, attr, partition_key, sort_key
from dynamorm_async.testing import BudgetExceededError, budget

pytestmark = pytest.mark.asyncio


class Page(Model[str, int], table="pages"):
    book: Attr[str] = partition_key()
    number: Attr[int] = sort_key()
    text: Attr[str] = attr(default="")


@pytest_asyncio.fixture
async def pages(db):
    """Ten pages of a book, of a kilobyte each."""
    await db.create_table(Page)
    await db.batch_put([Page(book="b", number=number, text="x" * 1000) for number in range(10)])


async def test_what_is_within_the_budget_passes(db, pages):
    """And can be looked at."""
    with budget(rcu=100, wcu=100, requests=3) as spending:
        await Page.get("b", 1)
        await Page.query(Page.book == "b")
        await Page(book="c", number=1).put()

    assert spending.requests == 3
    assert [one.operation for one in spending.spent] == ["GetItem", "Query", "PutItem"]
    assert (spending.wcu, spending.spent[1].wcu, spending.spent[2].rcu) == (1, 0, 0)
    assert all(one.place.startswith(f"{__file__}:") for one in spending.spent)


async def test_one_request_too_many_fails_and_names_each(db, pages):
    """With operation, table, cost and the line that asked for it."""
    with pytest.raises(BudgetExceededError) as caught, budget(requests=1):
        await Page.get("b", 1)
        await Page.get("b", 2)

    text = str(caught.value)
    assert "requests: 2 of 1" in text
    assert text.count("GetItem") == 2
    assert "test_budgets.py:" in text
    assert len(caught.value.spent) == 2


@pytest.mark.wrong_on("ministack", reason="a query costs one unit or half of one, however much it reads")
@pytest.mark.wrong_on("moto", reason="each read costs one unit, however much is read")
async def test_capacity_is_counted_as_the_service_reports_it(db, pages):
    """Ten kilobytes, eventually and strongly consistent."""
    with budget(rcu=1.5 + 3) as spending:
        await Page.query(Page.book == "b")
        await Page.query(Page.book == "b").consistent()

    assert spending.rcu == 4.5
    with pytest.raises(BudgetExceededError, match="read capacity units: 3 of 1"), budget(rcu=1):
        await Page.query(Page.book == "b").consistent()


async def test_writes_have_a_budget_of_their_own(db, pages):
    """Reads do not count there."""
    with pytest.raises(BudgetExceededError, match="write capacity units"), budget(wcu=1):
        await Page.get("b", 1)
        await Page(book="c", number=1).put()
        await Page(book="c", number=2).put()


async def test_what_other_tasks_spend_counts(db, pages):
    """Those that are begun inside, the library's own among them."""
    with budget() as spending:
        await asyncio.gather(*(Page.get("b", number) for number in range(5)))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(db.transact_get(Page.key("b", 1)))

    assert spending.requests == 6


async def test_what_is_outside_does_not_count(db, pages):
    """Before, after, and in a task that was there before."""
    go, done = asyncio.Event(), asyncio.Event()

    async def other():
        await go.wait()
        await Page.get("b", 1)
        done.set()

    task = asyncio.create_task(other())
    await asyncio.sleep(0)
    with budget(requests=0):
        go.set()
        await done.wait()
    await task


async def test_budgets_nest(db, pages):
    """Each counts what is inside it."""
    with budget(requests=3) as outer:
        await Page.get("b", 1)
        with budget(requests=1) as inner:
            await Page.get("b", 2)
        await Page.get("b", 3)

    assert (outer.requests, inner.requests) == (3, 1)


async def test_error_of_the_block_is_not_covered_up(db, pages):
    """The test fails by what went wrong first."""
    with pytest.raises(ZeroDivisionError), budget(requests=0):
        await Page.get("b", 1)
        raise ZeroDivisionError


async def test_transactions_and_batches_are_told_apart_by_what_they_do(db, pages):
    """Reads and writes of every kind."""
    with budget() as spending:
        async with db.transaction() as tx:
            tx.put(Page(book="t", number=1))
        await db.batch_put([Page(book="t", number=2)])

    assert [one.operation for one in spending.spent] == ["TransactWriteItems", "BatchWriteItem"]
    assert spending.rcu == 0
