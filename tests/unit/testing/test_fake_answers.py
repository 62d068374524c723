"""What a fake session answers with: ordinary instances, errors as the library meets them, nothing unsaid."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from dynamorm_async import (
    Attr,
    Collection,
    Model,
    attr,
    created_at,
    errors,
    partition_key,
    sort_key,
    tenant,
    ttl,
    updated_at,
    version,
)
from dynamorm_async.errors import ConfigurationError, ThrottledError, VersionConflictError
from dynamorm_async.testing import FakeSession, UnexpectedCallError, load_fixture
from tests.support.people import Order, Profile

pytestmark = pytest.mark.asyncio


class Person(Model[str, str], table="people"):
    org: Attr[str] = partition_key()
    id: Attr[str] = sort_key()
    email: Attr[str] = attr()
    age: Attr[int] = attr(default=0)
    created_at: Attr[datetime] = created_at()
    updated_at: Attr[datetime] = updated_at()
    version: Attr[int] = version()


class Visit(Model[str], table="visits"):
    id: Attr[str] = partition_key()
    at: Attr[datetime] = created_at()
    gone: Attr[datetime] = ttl()


class Memo(Model, table="memos"):
    pk: Attr[str] = partition_key("T#{tid}")
    sk: Attr[str] = sort_key("N#{id}")
    tid: Attr[str] = tenant()
    id: Attr[str]
    text: Attr[str] = attr(default="")


def ada(**values):
    """A person who was never saved."""
    return Person(**{"org": "acme", "id": "1", "email": "ada@acme.test"} | values)


# ---------------------------------------------------------------- instances


async def test_an_ordinary_instance_is_an_answer():
    """What a save fills (times, version) is filled in the answer, which is then the very instance that was given."""
    given = ada(age=36)

    async with FakeSession() as db:
        db.expect_get(Person, "acme", "1").will_return(given)
        found = await Person.get("acme", "1")

    assert given == found
    assert (36, 1) == (found.age, found.version)
    assert found.updated_at == found.created_at == datetime.fromtimestamp(1_800_000_000, UTC)


async def test_an_answer_keeps_what_it_has():
    """Only what is missing is filled."""
    then = datetime(2026, 1, 1, tzinfo=UTC)
    given = ada()
    vars(given).update(version=7, updated_at=then)

    async with FakeSession() as db:
        db.expect_query(Person).will_return([given])
        (found,) = await Person.query(Person.org == "acme")

    assert (7, then) == (found.version, found.updated_at)


async def test_a_time_to_live_that_is_a_span_becomes_a_time():
    """As a save makes it one."""
    visit = Visit(id="1")
    visit.gone = timedelta(seconds=60)

    async with FakeSession() as db:
        db.expect_get(Visit, "1").will_return(visit)
        found = await Visit.get("1")

    assert datetime.fromtimestamp(1_800_000_060, UTC) == found.gone


async def test_the_key_alone_makes_a_put_expected():
    """The instance that is expected lacks its times and stays as it is; the one that is put gets them."""
    expected, put = ada(), ada(age=3)

    async with FakeSession() as db:
        db.expect_put(expected)
        await put.create()

    assert ("updated_at" in vars(expected), put.version) == (False, 1)


async def test_an_instance_that_no_save_would_take_is_refused_where_it_is_given():
    """And not by the code under test."""
    half = ada()
    del half.email

    async with FakeSession() as db:
        with pytest.raises(errors.ValidationError, match=r"Person\.email"):
            db.expect_get(Person, "acme", "1").any_times().will_return(half)


async def test_a_tenant_session_answers_with_its_tenant():
    """Expected on the fake itself, with the tenant said or not; a put, too."""
    async with FakeSession() as db:
        db.expect_get(Memo, tid="x", id="1").will_return(Memo(id="1"))
        db.expect_put(Memo(id="2"))
        db.expect_query(Memo).with_condition("tid", "=", "x").will_return(Memo(id="1"))
        db.expect_query(Memo).with_condition("text", "=", "a").will_return(Memo(id="1", text="a"))

        with db.for_tenant("x").scope():
            assert "x" == (await Memo.get(id="1")).tid
            assert "x" == (await Memo(id="2").put()).tid
            assert ["x"] == [memo.tid for memo in await Memo.query()]
            assert ["a"] == [memo.text for memo in await Memo.query(Memo.text == "a")]


async def test_a_fixture_is_loaded_into_a_tenant_of_a_fake():
    """As into the fake itself; unloading takes it back."""
    with pytest.raises(UnexpectedCallError, match="GetItem"):
        async with FakeSession() as db:
            acme = db.for_tenant("acme")
            async with await load_fixture(acme, [Memo(id="1")]) as loaded:
                with acme.scope():
                    assert loaded[Memo][0] == await Memo.get(id="1")
            with acme.scope():
                await Memo.get(id="1")


@pytest.mark.parametrize("answer", [{"age": 3}, {"age": {"N": 3}}, {"age": {}}, 3, None])
async def test_what_is_no_item_is_refused_where_it_is_given(answer):
    """Plain values are no attribute values, and None is not how to say that there is nothing."""
    async with FakeSession() as db:
        with pytest.raises(ConfigurationError, match=r"will_return of GetItem on Person: .*'N': '3'"):
            db.expect_get(Person, "acme", "1").any_times().will_return(answer)


VISIT = Visit(id="1")


@pytest.mark.parametrize(
    "expect",
    [
        lambda db: db.expect_get(Person, "acme", "1").any_times().will_return(VISIT),
        lambda db: db.expect_put(Person).any_times().will_return(VISIT),
        lambda db: db.expect_query(Person).any_times().will_return([ada(), VISIT]),
        lambda db: db.expect_batch_get(Person).any_times().will_return(VISIT),
        lambda db: db.expect_transact_get(Person.key("acme", "1")).any_times().will_return(ada(), VISIT),
        lambda db: db.expect_put(Person).any_times().will_raise(errors.ConditionFailedError(current=VISIT)),
    ],
)
async def test_an_answer_of_another_model_is_refused_where_it_is_given(expect):
    """Its attributes may fit by chance, and then nothing would say that it is another's."""
    async with FakeSession() as db:
        with pytest.raises(ConfigurationError, match=r": Visit is another model\. Give instances of Person\."):
            expect(db)


async def test_models_of_one_table_are_listed_together():
    """As a collection of them is; a get reads one of them."""
    async with FakeSession() as db:
        answers = [Profile(user="u"), Order(user="u", placed=datetime(2026, 1, 1, tzinfo=UTC), number="1")]
        db.expect_query(Profile).will_return(answers)
        with pytest.raises(ConfigurationError, match="Order is another model"):
            db.expect_get(Profile, user="u").any_times().will_return(answers[1])

        assert answers == await Collection(Profile, Order).query(Profile.user == "u")


@pytest.mark.parametrize(
    ("expect", "problem"),
    [
        (lambda db: db.expect_get(Person), r"GetItem on Person: .* one item, and 2 were given\. Expect each"),
        (lambda db: db.expect_update(Person), "UpdateItem on Person: .* one item, and 2 were given"),
        (lambda db: db.expect_batch_put(Person), r"batch_put on Person.*: .* no room for an item\. Leave will_return"),
        (lambda db: db.expect_transaction(), "TransactWriteItems on any model.*: .* no room for an item"),
    ],
)
async def test_more_than_an_answer_holds_is_refused_where_it_is_given(expect, problem):
    """And not left out without a word."""
    async with FakeSession() as db:
        expectation = expect(db).any_times()
        with pytest.raises(ConfigurationError, match=f"will_return of {problem}"):
            expectation.will_return(ada(), ada(id="2"))


async def test_an_update_needs_an_answer():
    """The service always has one, so the test is told to say it; an update that asks for nothing needs none."""
    async with FakeSession() as db:
        db.expect_put(Person)
        db.expect_update(Person)
        user = await ada().create()

        assert await user.update(Person.age.set(3)).returning("none") is None
        assert 3 == user.age

    for update in (lambda: user.update(Person.age.add(1)), lambda: Person.with_key("acme", "1").update(age=3)):
        with pytest.raises(UnexpectedCallError, match=r"expect_update\(Person\)\.will_return\(\.\.\.\)"):
            async with FakeSession() as db:
                db.expect_update(Person)
                await update()


# ---------------------------------------------------------------- errors


RETRIED = (
    errors.ThrottledError,
    errors.ServiceUnavailableError,
    errors.TransactionConflictError,
    errors.EndpointUnreachableError,
)


@pytest.mark.parametrize("error", RETRIED)
async def test_a_retried_error_is_raised_for_each_attempt(error):
    """One expectation is for one call, however often the library sends it."""
    async with FakeSession(max_retries=2) as db:
        db.expect_get(Person).will_raise(error("down")).times(2)

        for _ in range(2):
            with pytest.raises(error) as caught:
                await Person.get("acme", "1")
            assert 3 == caught.value.attempts


async def test_what_is_expected_next_answers_the_retry():
    """Throttled twice, then answered."""
    async with FakeSession() as db:
        db.expect_get(Person).will_raise(ThrottledError()).times(2)
        db.expect_get(Person).will_return(ada())

        assert "1" == (await Person.get("acme", "1")).id


async def test_a_version_conflict_stays_one():
    """Of a put, which tells it by what is stored, and with the item that is said to be stored."""
    async with FakeSession() as db:
        db.expect_put(Person).will_raise(VersionConflictError())
        db.expect_put(Person).will_raise(VersionConflictError(current=ada(age=5)))

        with pytest.raises(VersionConflictError, match="version 0 was expected"):
            await ada().put()
        with pytest.raises(VersionConflictError) as caught:
            await ada().put()
        assert 5 == caught.value.current.age


@pytest.mark.parametrize("current", [3, {"age": 3}, "Ada"])
async def test_an_item_that_an_error_carries_is_one(current):
    """It is refused where it is said, and not by the code under test."""
    async with FakeSession() as db:
        with pytest.raises(ConfigurationError, match="current in will_raise of PutItem on Person: "):
            db.expect_put(Person).any_times().will_raise(VersionConflictError(current=current))


async def test_an_error_may_carry_an_item_in_wire_form():
    """It becomes an instance, as what the service sends does."""
    item = ada(age=5).to_item()
    async with FakeSession() as db:
        db.expect_put(Person).will_raise(errors.ConditionFailedError(current=item))

        with pytest.raises(errors.ConditionFailedError) as caught:
            await ada().put(if_=Person.age < 5)

    assert 5 == caught.value.current.age


# ---------------------------------------------------------------- how often, and in which order


@pytest.mark.parametrize("count", [-1, 1.5, True])
async def test_a_number_of_times_is_one(count):
    """0, 1, 2 and so on."""
    async with FakeSession() as db:
        with pytest.raises(ConfigurationError, match="GetItem on Person cannot come"):
            db.expect_get(Person).any_times().times(count)


async def test_a_call_that_comes_too_early_is_told_what_comes_first():
    """Not by a comparison with itself."""
    with pytest.raises(UnexpectedCallError, match=r"DeleteItem on Person .* too early: GetItem on Person must come"):
        async with FakeSession(ordered=True) as db:
            db.expect_get(Person, "acme", "1")
            db.expect_delete(Person, "acme", "1")

            await Person.with_key("acme", "1").delete()


async def test_an_unexpected_call_that_is_swallowed_ends_the_block():
    """Code that takes every exception for one of its own does not hide it."""
    with pytest.raises(UnexpectedCallError, match="GetItem was called and is not expected"):
        async with FakeSession():
            with suppress(Exception):  # the code under test
                await Person.get("acme", "1")
