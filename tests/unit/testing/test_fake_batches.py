"""A fake session expects batches and transactions as it does single calls."""

from __future__ import annotations

import pytest

from dynamorm_async import Attr, Model, attr, errors, partition_key, sort_key, tenant, unique, version
from dynamorm_async.testing import FakeSession, UnexpectedCallError

pytestmark = pytest.mark.asyncio


class Person(Model[str, str], table="people"):
    org: Attr[str] = partition_key()
    id: Attr[str] = sort_key()
    age: Attr[int] = attr(default=0)


class Order(Model[str], table="orders"):
    id: Attr[str] = partition_key()
    total: Attr[int] = attr(default=0)
    version: Attr[int] = version()


class Member(Model[str], table="fake-members", tag=True, track_changes=True):
    id: Attr[str] = partition_key()
    email: Attr[str] = attr()

    one_email = unique(email)


class Paper(Model, table="fake-papers"):
    owner: Attr[str] = tenant()
    id: Attr[str] = attr()
    pk: Attr[str] = partition_key("TENANT#{owner}#{id}")


def people(*numbers):
    """As many people of one organisation, by number."""
    return [Person(org="acme", id=str(number)) for number in numbers]


# ---------------------------------------------------------------- batches


async def test_any_items_of_a_model_are_expected():
    """However many requests they take."""
    async with FakeSession() as db:
        db.expect_batch_put(Person)
        db.expect_batch_delete(Person)
        db.expect_batch_get(Person).will_return(people(1, 2))

        assert 60 == await db.batch_put(people(*range(60)))
        assert 2 == await db.batch_delete(people(1, 2))
        found = await db.batch_get(Person, [("acme", str(number)) for number in range(150)])

    assert (people(1, 2), 148) == (list(found), len(found.missing))


async def test_named_items_come_once_each():
    """By instance, key or values, in any order and in one batch or several."""
    first, second = people(1, 2)
    async with FakeSession() as db:
        db.expect_batch_put(first, second, Order(id="o"))
        db.expect_batch_delete(Person.key("acme", "3"), first)
        db.expect_batch_get(Person, [("acme", "1"), Person.key("acme", "2"), Person(org="acme", id="3")])

        await db.batch_put([second])
        async with db.batch() as batch:
            batch.put(Order(id="o"), overwrite=True).put(first).delete(Person.key("acme", "3"))
        await db.batch_delete([first])
        assert 3 == len((await db.batch_get(Person, people(3, 2, 1))).missing)


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        (lambda db: db.expect_batch_put(*people(1, 3)), r"batch_put was called .* Nearest is batch_put on Person"),
        (lambda db: db.expect_batch_put(Order), "batch_put was called"),
        (lambda db: db.expect_batch_delete(Person), "batch_put was called"),
        (lambda db: db.expect_batch_put(*people(1, 2, 3)), "never called: batch_put on Person"),
        (lambda db: db.expect_batch_put(*people(1, 2)).times(2), "never called: batch_put on Person"),
    ],
)
async def test_other_items_of_a_batch_are_not_expected(expect, told):
    """Another item, another model, another verb; and one that does not come."""
    with pytest.raises(UnexpectedCallError, match=f"(?s){told}"):
        async with FakeSession() as db:
            expect(db)

            await db.batch_put(people(1, 2))


async def test_a_batch_fails_as_told():
    """Its error is raised as a batch raises it."""
    async with FakeSession(max_retries=1) as db:
        db.expect_batch_put(Person).will_raise(errors.ThrottledError())

        with pytest.raises(errors.BatchIncompleteError) as caught:
            await db.batch_put(people(1, 2))

    assert 2 == len(caught.value.unprocessed)


# ---------------------------------------------------------------- transactions


async def test_a_transaction_is_expected():
    """Any at all, or the one with these operations in whatever order."""
    order = Order(id="o", total=3)
    async with FakeSession() as db:
        db.expect_transaction()
        db.expect_transaction().with_update(Person.key("acme", "1")).with_put(Order).with_check(Person).with_delete(
            Person.key("acme", "2")
        )

        await db.transaction().put(order).execute()
        async with db.transaction() as transaction:
            transaction.put(Order(id="p")).check(Person.key("acme", "3"), Person.age > 1)
            transaction.update(Person.key("acme", "1"), Person.age.add(1)).delete(Person.key("acme", "2"))

    assert 1 == order.version


@pytest.mark.parametrize(
    "expect",
    [
        lambda db: db.expect_transaction().with_put(Order(id="o")),
        lambda db: db.expect_transaction().with_put(Order(id="o")).with_put(Person),
        lambda db: db.expect_transaction().with_put(Order(id="o")).with_update(Person.key("acme", "2")),
        lambda db: db.expect_transaction().with_put(Order(id="o")).with_update(Person).with_update(Person),
    ],
)
async def test_a_transaction_with_other_operations_is_not_expected(expect):
    """One more, one less, another verb or another item, told side by side."""
    with pytest.raises(UnexpectedCallError, match="Nearest is TransactWriteItems on Order"):
        async with FakeSession() as db:
            expect(db)

            await db.transaction().put(Order(id="o")).update(Person.key("acme", "1"), age=1).execute()


async def test_named_items_are_found_before_those_of_a_model():
    """Whatever stands first."""
    async with FakeSession() as db:
        db.expect_transaction().with_put(Person).with_put(people(1)[0])

        await db.transaction().put(people(1)[0]).put(people(2)[0]).execute()


async def test_operations_on_unique_values_go_along():
    """The item's own put is expected; the one that holds its value is the library's business."""
    async with FakeSession() as db:
        db.expect_transaction().with_put(Member)

        await Member(id="1", email="a@b.c").create()


async def test_a_transaction_fails_as_told():
    """It was cancelled."""
    async with FakeSession() as db:
        db.expect_transaction().will_raise(errors.TransactionCanceledError())

        with pytest.raises(errors.TransactionCanceledError):
            await db.transaction().put(Order(id="o")).execute()


async def test_a_read_of_one_moment_is_expected():
    """Items of several models, each for its key, and None for the others."""
    keys = Person(org="acme", id="1"), Order(id="o")
    async with FakeSession() as db:
        wanted = (Person.key("acme", "1"), Order.key("o"), Order.key("x"))
        db.expect_transact_get(*wanted).will_return(*reversed(keys))
        db.expect_transact_get()

        assert (*keys, None) == await db.transact_get(*wanted)
        assert (None,) == await db.transact_get(Order.key("o"))


async def test_a_read_of_other_keys_is_not_expected():
    """One more than expected."""
    with pytest.raises(UnexpectedCallError, match="TransactGetItems was called"):
        async with FakeSession() as db:
            db.expect_transact_get(Order.key("o"))

            await db.transact_get(Order.key("o"), Order.key("p"))


async def test_a_read_takes_no_writes():
    """It says what to use."""
    async with FakeSession() as db:
        with pytest.raises(errors.ConfigurationError, match=r"expect_transaction\(\)"):
            db.expect_transact_get().any_times().with_put(Order)


async def test_items_of_a_tenant_are_expected():
    """The session that makes the call says which items they are."""
    async with FakeSession() as db:
        db.expect_batch_put(Paper(id="1"))

        assert 1 == await db.for_tenant("acme").batch_put([Paper(id="1")])
