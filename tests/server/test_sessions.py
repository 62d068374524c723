"""Sessions: which one a bare await uses, where they come from, and how they end."""

from __future__ import annotations

import asyncio
import gc
import warnings

import pytest

from dynamorm_async import Attr, Credentials, Model, Session, TransportSettings, attr, errors, partition_key


class Thing(Model[str], table="things"):
    id: Attr[str] = partition_key()
    n: Attr[int] = attr(default=0)


class Homeless(Model[str]):
    id: Attr[str] = partition_key()


@pytest.mark.asyncio
async def test_the_only_open_session_is_used(db):
    """No ceremony where there is no choice."""
    await db.create_table(Thing)
    await Thing(id="1").put()

    assert "1" == (await Thing.get("1")).id


@pytest.mark.asyncio
async def test_no_session_is_an_error_that_names_the_three_ways():
    """using, scope, or exactly one."""
    with pytest.raises(errors.NoSessionError, match=r"no session.*\.using.*scope.*one"):
        await Thing.get("1")


@pytest.mark.asyncio
async def test_several_sessions_ask_for_a_choice(db, engine):
    """Neither is guessed; both ways of choosing work."""
    await db.create_table(Thing)
    await Thing(id="1").put()
    async with Session(endpoint=engine.endpoint, table_prefix=db.table_prefix) as second:
        with pytest.raises(errors.NoSessionError, match="2 sessions"):
            await Thing.get("1")
        with second.scope():
            assert "1" == (await Thing.get("1")).id
        assert "1" == (await Thing.get("1").using(db)).id


@pytest.mark.asyncio
async def test_a_scope_is_for_its_task_and_those_it_starts(db, engine):
    """As a middleware needs it."""
    await db.create_table(Thing)
    await Thing(id="1").put()
    async with Session(endpoint=engine.endpoint, table_prefix="nowhere-") as other:
        with db.scope():
            inside = asyncio.ensure_future(_get())
        with other.scope():
            outside = asyncio.ensure_future(_get())

        assert "1" == (await inside).id
        with pytest.raises(errors.TableNotFoundError):
            await outside


async def _get():
    return await Thing.get("1")


@pytest.mark.asyncio
async def test_use_after_close_and_double_close(db):
    """Closing twice is fine; using a closed session says so."""
    await db.aclose()
    await db.aclose()

    with pytest.raises(errors.SessionClosedError):
        await Thing.get("1").using(db)


def test_two_runs_in_a_row(engine):
    """Each with a session of its own, and no warning from either."""

    async def main():
        async with Session(endpoint=engine.endpoint, table_prefix="two-runs-") as db:
            await db.ensure_table(Thing)
            return (await Thing(id="1").put()).id

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ["1", "1"] == [asyncio.run(main()), asyncio.run(main())]
        gc.collect()


def test_one_session_over_two_runs(engine):
    """A session made for the process finds its connections dead with their loop, and makes new ones."""
    session = Session(endpoint=engine.endpoint, table_prefix="one-session-")

    async def first():
        await session.open()
        await session.ensure_table(Thing)
        await Thing(id="1").put()

    async def second():
        with session.scope():
            found = await Thing.get("1")
        await session.aclose()
        return found.id

    asyncio.run(first())

    assert "1" == asyncio.run(second())


@pytest.mark.asyncio
async def test_no_region_is_said_before_anything_is_sent(monkeypatch, tmp_path):
    """Outside Lambda nothing guesses us-east-1 (R16)."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))

    with pytest.raises(errors.ConfigurationError, match="region"):
        async with Session():
            pass


@pytest.mark.asyncio
async def test_a_loopback_endpoint_needs_no_credentials(engine):
    """Dummies are supplied, and AWS's chain is not asked (R11)."""
    async with Session(endpoint=engine.endpoint) as db:
        assert "TableNames" in await db.call("ListTables", {})


@pytest.mark.asyncio
async def test_plain_http_to_another_machine_is_refused():
    """Credentials and items do not travel in the clear unless asked."""
    with pytest.raises(errors.ConfigurationError, match="allow_insecure"):
        async with Session(endpoint="http://db.example:8000", region="eu-west-1"):
            pass


@pytest.mark.asyncio
async def test_a_refused_connection_is_its_own_error():
    """Nothing was applied, and the endpoint is the thing to look at."""
    async with Session(endpoint="http://127.0.0.1:1", max_retries=0) as db:
        with pytest.raises(errors.EndpointUnreachableError, match="endpoint") as caught:
            await Thing.get("1").using(db)

    assert errors.Outcome.NOT_APPLIED is caught.value.outcome


@pytest.mark.asyncio
async def test_from_env(monkeypatch, engine):
    """Endpoint and table from the environment; arguments go before it (R14)."""
    monkeypatch.setenv("DYNAMODB_ENDPOINT", engine.endpoint)
    monkeypatch.setenv("DYNAMODB_TABLE", "from-env")
    async with Session.from_env(timeout=5.0) as db:
        await db.ensure_table(Homeless)
        await Homeless(id="1").put()

        assert 5.0 == db.timeout
        assert "from-env" == (await db.describe_table(Homeless)).name


@pytest.mark.asyncio
async def test_a_model_without_a_table_needs_a_default(db):
    """The two ways to name it are told (R12)."""
    with pytest.raises(errors.ConfigurationError, match=r"Homeless.*table=.*table_name="):
        await Homeless.get("1")


@pytest.mark.asyncio
async def test_the_sdk_s_transport_serves_the_same_verbs(engine):
    """``transport="boto"`` moves the same requests through aiobotocore."""
    async with Session(
        endpoint=engine.endpoint,
        region="eu-west-1",
        credentials=Credentials("AKIDEXAMPLE", "secret"),
        transport="boto",
        table_prefix="boto-",
    ) as db:
        await db.ensure_table(Thing)
        await Thing(id="1", n=3).put()

        assert 3 == (await Thing.get("1")).n
        assert 4 == (await Thing.with_key("1").update(Thing.n.add(1))).n
        assert ["1"] == [thing.id for thing in await Thing.query(Thing.id == "1")]


@pytest.mark.asyncio
async def test_an_injected_client_stays_open(engine):
    """It is the caller's to close (R12)."""
    from aiobotocore.session import get_session

    options = {"aws_access_key_id": "x", "aws_secret_access_key": "y", "region_name": "eu-west-1"}
    async with get_session().create_client("dynamodb", endpoint_url=engine.endpoint, **options) as client:
        async with Session(client=client, table_prefix="injected-") as db:
            await db.ensure_table(Thing)
            await Thing(id="1").put()

        assert "TableNames" in await client.list_tables()


@pytest.mark.asyncio
async def test_any_operation_by_name(db):
    """What has no verb here can be sent all the same."""
    await db.create_table(Thing)
    name = (await db.describe_table(Thing)).name

    answer = await db.call("PutItem", {"TableName": name, "Item": {"id": {"S": "1"}, "n": {"N": "7"}}})

    assert "Attributes" not in answer
    assert 7 == (await Thing.get("1")).n


@pytest.mark.asyncio
async def test_everything_about_the_way_can_be_said(engine):
    """Timeouts, FIPS, dual-stack and account endpoints are in `TransportSettings`."""
    settings = TransportSettings(endpoint_url=engine.endpoint, connect_timeout=1.0, max_connections=2)
    async with Session(transport=settings, table_prefix="settings-") as db:
        await db.ensure_table(Thing)

        assert await Thing.get_or_none("1") is None
