"""The fake session answers what is expected, and fails at the line of what is not: R119 and R120."""

from __future__ import annotations

from datetime import datetime

import pytest

from dynamorm_async import (
    Attr,
    ConditionFailedError,
    GlobalIndex,
    ItemNotFoundError,
    Model,
    attr,
    errors,
    partition_key,
    sort_key,
    updated_at,
    version,
)
from dynamorm_async.testing import FakeSession, UnexpectedCallError

pytestmark = pytest.mark.asyncio


class User(Model[str, str], table="users"):
    org: Attr[str] = partition_key()
    id: Attr[str] = sort_key()
    email: Attr[str] = attr(default="")
    age: Attr[int] = attr(default=0)
    updated_at: Attr[datetime] = updated_at()
    version: Attr[int] = version()

    by_email = GlobalIndex(email)


def ada():
    """A user as it would be stored."""
    user = User(org="acme", id="1", email="a@b.c", age=36)
    vars(user).update(version=1, updated_at=datetime.fromisoformat("2026-01-01T00:00:00+00:00"))
    return user


async def test_expected_calls_are_answered():
    """Get, query by key and by index, update, put and delete."""
    async with FakeSession() as db:
        db.expect_get(User, "acme", "1").will_return(ada())
        db.expect_query(User).with_condition("org", "=", "acme").with_condition(User.age > 18).will_return([ada()])
        db.expect_query(User).with_condition(User.email == "a@b.c").with_index(User.by_email).will_return(ada())
        db.expect_put(User)
        db.expect_update(User, "acme", "1").will_return(ada())
        db.expect_delete(User, "acme", "1").will_return(ada())

        assert ada() == await User.get("acme", "1")
        assert [ada()] == await User.query(User.age > 18, User.org == "acme").limit(3)
        assert ada() == await User.query(User.email == "a@b.c").one()
        assert 1 == (await User(org="acme", id="2", email="b@b.c").create()).version
        assert ada() == await User.with_key("acme", "1").update(User.age.add(1))
        assert ada() == await User.with_key("acme", "1").delete()


async def test_nothing_found():
    """No item is an answer, too."""
    async with FakeSession() as db:
        db.expect_get(User, "acme", "1").will_return()
        db.expect_query(User).will_return()

        with pytest.raises(ItemNotFoundError):
            await User.get("acme", "1")
        assert [] == await User.query(User.org == "x")


async def test_an_unexpected_call_fails_at_its_line_with_a_diff():
    """What was expected and what came, side by side."""
    with pytest.raises(UnexpectedCallError) as caught:
        async with FakeSession() as db:
            db.expect_get(User, "acme", "1").will_return(ada())

            await User.get("acme", "2")

    assert "Nearest is GetItem on User" in str(caught.value)
    assert '-       "S": "1"' in str(caught.value)
    assert '+       "S": "2"' in str(caught.value)


async def test_an_expected_call_that_does_not_come_fails_at_the_end():
    """Leaving the block checks; so does ``assert_expectations``."""
    with pytest.raises(UnexpectedCallError, match="Query on User, 1 of 2 times"):
        async with FakeSession() as db:
            db.expect_query(User).times(2)

            await User.query(User.org == "acme")


async def test_order_counts_if_asked():
    """The second call before the first is refused."""
    with pytest.raises(UnexpectedCallError):
        async with FakeSession(ordered=True) as db:
            db.expect_get(User, "acme", "1")
            db.expect_get(User, "acme", "2")

            await User.get_or_none("acme", "2")


async def test_a_call_that_may_come_any_time_blocks_no_order():
    """It may come before, between and after the others, or never; one that must come goes first."""
    async with FakeSession(ordered=True) as db:
        db.expect_get(User, "acme", "0").any_times()
        db.expect_get(User, "acme", "1").will_return(ada())
        db.expect_get(User, "acme", "1").any_times()

        assert await User.get_or_none("acme", "0") is None
        assert ada() == await User.get("acme", "1")
        assert await User.get_or_none("acme", "0") is None
        assert await User.get_or_none("acme", "1") is None


async def test_another_table_name_of_the_session_is_expected():
    """Prefix, replaced names and the default table, as the session has them."""
    async with FakeSession(table_names={"users": "people"}) as db:
        db.expect_get(User, "acme", "1").will_return(ada())

        assert ada() == await User.get("acme", "1")


async def test_an_error_is_raised_as_the_service_would():
    """A failed condition carries the item; a throttle is retried, without waiting."""
    async with FakeSession() as db:
        db.expect_update(User, "acme", "1").will_raise(ConditionFailedError(current=ada()))
        db.expect_get(User, "acme", "1").will_raise(errors.ThrottledError())
        db.expect_get(User, "acme", "1").will_return(ada())

        with pytest.raises(ConditionFailedError) as caught:
            await User.with_key("acme", "1").update(User.age.add(1), if_=User.age > 40)
        assert ada() == caught.value.current
        assert ada() == await User.get("acme", "1")


async def test_the_fake_has_every_method_of_a_session():
    """It is one: nothing has to be kept alike."""
    from dynamorm_async import Session

    assert issubclass(FakeSession, Session)
