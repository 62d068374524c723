"""``local()`` hands back an open session on an engine of its own."""

import pytest

from dynamorm_async.errors import SessionClosedError, TableNotFoundError
from dynamorm_async.testing import EngineNotAvailableError, local

from .test_lifecycle import alive


@pytest.mark.asyncio
async def test_it_talks_to_an_engine_of_its_own(engine):
    """The session answers, on an engine that nobody else sees, and is closed afterwards."""
    async with local(engine.name) as db:
        assert await db.call("ListTables", {}) == {"TableNames": []}
        assert db.endpoint != engine.endpoint

    with pytest.raises(SessionClosedError):
        await db.call("ListTables", {})


@pytest.mark.asyncio
async def test_it_takes_the_options_of_a_session(engine):
    """What a session can be told, it can be told here."""
    async with local(engine.endpoint, table_prefix="mine-") as db:
        assert (db.endpoint, db.table_prefix) == (engine.endpoint, "mine-")
        with pytest.raises(TableNotFoundError):
            await db.call("DescribeTable", {"TableName": "mine-none"})


@pytest.mark.asyncio
async def test_a_wrong_option_leaves_no_engine(monkeypatch):
    """The session is refused after the engine was started, and the engine is gone."""
    from dynamorm_async.testing.engines import process

    pids = []

    async def start(kind, command):
        child = await original(kind, command)
        pids.append(child.process.pid)
        return child

    original = process.start
    monkeypatch.setattr(process, "start", start)
    with pytest.raises(TypeError, match="regoin"):
        async with local(regoin="eu-west-1"):
            pytest.fail("there is no such option")

    (pid,) = pids
    assert not alive(pid)


@pytest.mark.asyncio
async def test_a_missing_engine_is_said_before_a_session(monkeypatch):
    """What cannot be started is one clear error."""
    with pytest.raises(EngineNotAvailableError, match="no engine 'oracle'"):
        async with local("oracle"):
            pytest.fail("there is no such engine")


@pytest.mark.asyncio
async def test_the_fixture_gives_each_test_its_own_tables(db):
    """The session of the tests names its tables after the test alone."""
    assert db.table_prefix
    assert await db.call("ListTables", {"ExclusiveStartTableName": db.table_prefix, "Limit": 1}) is not None
