"""A session is recorded on an engine, and its recording answers without one: issue rows R119 to R121."""

from __future__ import annotations

from datetime import datetime

import msgspec
import pytest

from dynamorm_async import (
    Attr,
    ConditionFailedError,
    Credentials,
    ItemNotFoundError,
    Model,
    OutcomeUnknownError,
    Session,
    attr,
    created_at,
    errors,
    partition_key,
    version,
)
from dynamorm_async._ops.effects import Reply
from dynamorm_async.abc import Transport
from dynamorm_async.testing import Recorder, Replayer, UnexpectedCallError, recorded
from tests.support.scripted import ScriptedTransport, StillClock, refused

pytestmark = pytest.mark.asyncio


class Account(Model[str], table="accounts"):
    id: Attr[str] = partition_key()
    credits: Attr[int] = attr(default=0)
    created_at: Attr[datetime] = created_at()
    version: Attr[int] = version()


async def a_course_of_events(db):
    """Reads, writes, a failure and a transaction; what came of them."""
    found = [await Account.get_or_none("a").using(db)]
    await db.batch_put([Account(id="b", credits=5)], overwrite=True)
    found.append(await Account(id="a", credits=10).create().using(db))
    with pytest.raises(ConditionFailedError) as caught:
        await Account.with_key("a").update(Account.credits.add(1), if_=Account.credits > 10).using(db)
    found.append(caught.value.current)
    with db.scope():
        async with db.transaction() as tx:
            tx.update(Account.key("a"), Account.credits.sub(3))
            tx.update(Account.key("b"), Account.credits.add(3))
    return [*found, *await Account.scan().using(db)]


@pytest.fixture
def made(tmp_path):
    """A recording of these lines."""

    def write(*lines):
        path = tmp_path / "calls.jsonl"
        path.write_bytes(b"\n".join(line if isinstance(line, bytes) else msgspec.json.encode(line) for line in lines))
        return path

    return write


def get(key, **more):
    """A line of a recording: a get of this key."""
    body = {"TableName": "accounts", "Key": {"id": {"S": key}}}
    return {"operation": "GetItem", "body": body, "status": 200, "reply": {}} | more


async def test_a_recording_answers_as_the_engine_did(db, engine, tmp_path):
    """The same code, the same results, times and failures included, and no engine behind it."""
    await db.create_table(Account)
    path = tmp_path / "calls.jsonl"
    prefix = {"table_prefix": db.table_prefix}

    async with recorded(Session(endpoint=engine.endpoint, **prefix), path) as live:
        first = await a_course_of_events(live)
    async with recorded(Session(endpoint="http://127.0.0.1:9", **prefix), path) as played:
        again = await a_course_of_events(played)

    assert first == again
    assert [None, 10, 10] == [item and item.credits for item in first[:3]]
    assert {"a": 7, "b": 8} == {item.id: item.credits for item in first[3:]}


async def test_no_credentials_are_in_a_recording(db, engine, tmp_path):
    """Bodies only: no signature, token, header or address."""
    await db.create_table(Account)
    path = tmp_path / "calls.jsonl"
    words = ("AKIDEXAMPLE", "secret-of-a-test", "token-of-a-test")
    session = Session(endpoint=engine.endpoint, credentials=Credentials(*words), table_prefix=db.table_prefix)

    async with recorded(session, path) as live:
        await Account.get_or_none("a").using(live)

    text = path.read_text().lower()
    assert '"getitem"' in text
    for word in (*words, "authorization", "signature", "x-amz", engine.endpoint):
        assert word.lower() not in text


async def test_a_block_that_fails_leaves_no_recording(tmp_path):
    """Half of one would be played as if it were whole; one that was there stays."""
    path = tmp_path / "calls.jsonl"

    with pytest.raises(RuntimeError):
        async with recorded(Session(transport=ScriptedTransport(lambda call: {})), path) as live:
            await Account.get_or_none("a").using(live)
            raise RuntimeError

    assert [] == list(tmp_path.iterdir())


async def test_a_recording_is_made_again_on_demand(tmp_path):
    """``again=True`` goes to the service and replaces the file."""
    path = tmp_path / "calls.jsonl"
    transport = ScriptedTransport(lambda call: {})

    for again in (False, False, True):
        async with recorded(Session(transport=transport), path, again=again) as db:
            await Account.get_or_none("a").using(db)

    assert 2 == len(transport.calls)


async def test_equal_requests_are_answered_in_their_order(made):
    """The first get finds nothing, the second what was stored between them."""
    item = {"id": {"S": "a"}, "credits": {"N": "3"}, "created_at": {"S": "2026-01-01T00:00:00.000000Z"}}
    path = made(get("a"), get("b"), get("a", reply={"Item": item | {"version": {"N": "1"}}}))

    async with Session(transport=Replayer(path)) as db:
        with pytest.raises(ItemNotFoundError):
            await Account.get("a")
        assert 3 == (await Account.get("a")).credits
        assert db.transport.unused == ("GetItem",)


async def test_a_call_that_is_not_recorded_is_shown_beside_the_nearest(made):
    """One error: the operation, the line, and what differs."""
    path = made(get("x" * 30), get("ab"))

    async with Session(transport=Replayer(path)):
        with pytest.raises(UnexpectedCallError) as caught:
            await Account.get("ac")

    assert "GetItem was called and is not recorded in calls.jsonl. Nearest is line 2" in str(caught.value)
    assert '-       "S": "ab"' in str(caught.value)
    assert '+       "S": "ac"' in str(caught.value)


async def test_a_call_too_many_and_a_call_of_another_kind(made):
    """Each says which it is."""
    path = made(get("a"))

    async with Session(transport=Replayer(path)):
        await Account.get_or_none("a")
        with pytest.raises(UnexpectedCallError, match=r"more often than it was recorded: calls.jsonl, line 1"):
            await Account.get_or_none("a")
        with pytest.raises(UnexpectedCallError, match=r"calls.jsonl, which has no call of it"):
            await Account.with_key("a").delete()


async def test_failures_are_replayed_too(tmp_path):
    """A throttle that a retry overcame, a page of HTML, and a lost answer with what became of the write."""
    path = tmp_path / "calls.jsonl"
    script = [
        refused("ThrottlingException"),
        {},
        Reply(502, b"<html>"),
        {},
        errors.ConnectionLostError("gone.", outcome=errors.Outcome.UNKNOWN),
        errors.ConnectionLostError("gone.", outcome=errors.Outcome.UNKNOWN),
    ]

    async def act(db):
        await Account.get_or_none("a").using(db)
        await Account.get_or_none("b").using(db)
        with pytest.raises(OutcomeUnknownError) as caught:
            await Account(id="c").put(overwrite=True, retry_unknown=False).using(db)
        return type(caught.value.__cause__)

    answers = iter(script)
    live = Session(transport=ScriptedTransport(lambda call: next(answers)), clock=StillClock())
    async with recorded(live, path) as db:
        first = await act(db)
    async with recorded(live, path) as db:
        again = await act(db)

    assert first is again is errors.ConnectionLostError


@pytest.mark.parametrize(
    ("content", "problem"),
    [(None, "there is no recording"), (b'{"operation": "GetItem"', "line 1 of the recording")],
)
async def test_a_recording_that_cannot_be_read(made, tmp_path, content, problem):
    """Said where the transport is made, not at the first call."""
    path = tmp_path / "none.jsonl" if content is None else made(content)

    with pytest.raises(errors.ConfigurationError, match=problem):
        Replayer(path)


async def test_both_are_transports(made):
    """They stand wherever one is asked for."""
    replayer = Replayer(made(get("a")))

    assert isinstance(replayer, Transport)
    assert isinstance(Recorder(replayer, "x"), Transport)
