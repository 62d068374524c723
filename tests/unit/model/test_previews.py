"""What ``call()`` shows of a write is what would be sent."""

from datetime import UTC, datetime

import pytest

from dynamorm_async import Attr, Model, Session, attr, partition_key, updated_at

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Note(Model, table="notes"):
    """A model with a time that every write sets."""

    id: Attr[str] = partition_key()
    text: Attr[str] = attr(default="")
    updated_at: Attr[datetime] = updated_at()


class Stopped:
    """A clock that stands still."""

    def now(self):
        return NOW.timestamp()

    def monotonic(self):
        return 0.0

    async def sleep(self, _):
        pytest.fail("nothing waits")


class Unused:
    """A transport over which nothing goes."""

    async def send(self, *_):
        pytest.fail("nothing is sent")

    async def recover(self, *_):
        return False

    async def aclose(self):
        pass


def times(*handles):
    """The time in each request."""
    bodies = [handle.call().body for handle in handles]
    return [body["Item"]["updated_at"]["S"] if "Item" in body else _set_time(body) for body in bodies]


def _set_time(body):
    names = {name: alias for alias, name in body["ExpressionAttributeNames"].items()}
    clauses = body["UpdateExpression"].removeprefix("SET ").split(", ")
    placeholders = dict(clause.split(" = ") for clause in clauses)
    return body["ExpressionAttributeValues"][placeholders[names["updated_at"]]]["S"]


@pytest.mark.asyncio
async def test_the_time_is_the_sessions():
    """A request that is only looked at has the time of the session's clock."""
    async with Session(transport=Unused(), clock=Stopped()):
        shown = times(Note(id="1").put(), Note.with_key("1").update(text="x"))

    assert shown == ["2026-11-21T12:00:00.000000Z"] * 2


def test_without_a_session_it_is_fixed():
    """Without a session there is no clock: the same handle always looks the same."""
    assert times(Note(id="1").put()) == ["1970-01-01T00:00:00.000000Z"]
