"""Streamer's subscriptions, and the factory that makes all three stores."""

from __future__ import annotations

import aioboto3
import pytest
import pytest_asyncio

from dynamorm_async import ConfigurationError
from dynamorm_async.errors import SessionClosedError
from examples.streamer import __main__ as command
from examples.streamer import smoke
from examples.streamer.config import Config, listed
from examples.streamer.factory import StoreFactory
from examples.streamer.models import AsyncRequest, Connection, Status, Subscription
from examples.streamer.scenario import play
from tests.support.streamer import a_connection, a_request, environment, opened

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def stores(engine):
    """The stores of one test."""
    async with opened(engine) as stores:
        yield stores


@pytest.fixture
def subscriptions(stores):
    """The store of subscriptions."""
    return stores.subscriptions


# ---------------------------------------------------------------- subscriptions


async def test_a_subscription_is_found_from_both_sides(subscriptions):  # R92 R146 R148
    """By its connection and by its request."""
    made = await subscriptions.subscribe("c1", "r1", ["progress", "done"])
    await subscriptions.subscribe("c2", "r1")
    await subscriptions.subscribe("c1", "r2")

    assert ["r1", "r2"] == [one.request_id for one in await subscriptions.get_by_connection("c1")]
    assert ["c1", "c2"] == sorted(one.connection_id for one in await subscriptions.get_by_request("r1"))
    assert made == (await subscriptions.get_by_connection("c1"))[0]
    assert ("c1#r1", {"progress", "done"}) == (made.subscription_id, made.event_types)


async def test_subscribing_twice_is_once(subscriptions):  # R146
    """The last choice of events counts."""
    await subscriptions.subscribe("c1", "r1", ["progress"])
    await subscriptions.subscribe("c1", "r1", ["done"])

    (found,) = await subscriptions.get_by_connection("c1")
    assert {"done"} == found.event_types


async def test_unsubscribing_is_for_one_request(subscriptions):  # R146
    """And content if there is nothing to end."""
    await subscriptions.subscribe("c1", "r1")
    await subscriptions.subscribe("c1", "r2")

    await subscriptions.unsubscribe("c1", "r1")
    await subscriptions.unsubscribe("c1", "r1")

    assert ["r2"] == [one.request_id for one in await subscriptions.get_by_connection("c1")]
    assert [] == list(await subscriptions.get_by_request("r1"))


async def test_a_connections_subscriptions_all_go(subscriptions):  # R146
    """More than fit in one request, and nobody else's."""
    for number in range(70):
        await subscriptions.subscribe("c1", f"r{number}")
    await subscriptions.subscribe("c2", "r1")

    assert 70 == await subscriptions.delete_by_connection("c1")

    assert [] == list(await subscriptions.get_by_connection("c1"))
    assert ["c2"] == [one.connection_id for one in await subscriptions.get_by_request("r1")]
    assert 0 == await subscriptions.delete_by_connection("c1")


# ---------------------------------------------------------------- the factory


async def test_the_tables_are_as_the_models_say(stores):  # R41 R92 R149
    """Keys, indexes, and the attribute by which items expire: ``ttl``, everywhere."""
    await stores.ensure_tables()  # again: nothing is missing

    expected = {
        Connection: {"user-index", "tenant-index"},
        AsyncRequest: {"status-index", "connection-index"},
        Subscription: {"request-index"},
    }
    for model, indexes in expected.items():
        name = stores.session.table_names[model.__dynamorm_spec__.table.name]
        table = (await stores.session.call("DescribeTable", {"TableName": name}))["Table"]
        expiry = await stores.session.call("DescribeTimeToLive", {"TableName": name})
        assert [("pk", "HASH"), ("sk", "RANGE")] == [
            (key["AttributeName"], key["KeyType"]) for key in table["KeySchema"]
        ]
        assert indexes == {index["IndexName"] for index in table["GlobalSecondaryIndexes"]}
        assert {"AttributeName": "ttl", "TimeToLiveStatus": "ENABLED"} == expiry["TimeToLiveDescription"]


async def test_all_three_stores_work_over_one_session(stores):  # R147 R150
    """None is missing, none is pending."""
    await stores.connections.save(a_connection())
    await stores.requests.enqueue(a_request())
    await stores.subscriptions.subscribe("c1", "r1")

    assert "c1" == (await stores.connections.get("c1")).connection_id
    assert Status.PENDING is (await stores.requests.get("r1")).status
    assert 1 == len(await stores.subscriptions.get_by_request("r1"))


@pytest.mark.parametrize("switch", ["true", "false"])
async def test_a_given_client_carries_everything(engine, monkeypatch, switch):  # R147
    """Its calls are the stores' calls, and it stays open."""
    given = environment(engine)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, given[name])
    sent: list[str] = []
    session = aioboto3.Session(region_name="us-east-1")
    async with session.client("dynamodb", endpoint_url=engine.endpoint) as client:
        client.meta.events.register(
            "before-send.dynamodb", lambda request, **_: sent.append(request.headers["X-Amz-Target"])
        )
        config = Config.from_env(given | {"USE_DYNAMORM": switch})
        async with StoreFactory(config, client=client) as stores:
            await stores.ensure_tables()
            sent.clear()
            await stores.connections.save(a_connection())
            await stores.requests.enqueue(a_request())
            await stores.subscriptions.subscribe("c1", "r1")
            assert 3 == len(sent)
        assert (
            "c1"
            == (
                await client.get_item(
                    TableName=config.connections_table, Key={"pk": {"S": "CONN#c1"}, "sk": {"S": "METADATA"}}
                )
            )["Item"]["connection_id"]["S"]
        )


async def test_a_closed_factory_says_so(engine):  # R147
    """Of either kind, before it is opened and after."""
    for switch, error in (("true", SessionClosedError), ("false", RuntimeError)):
        stores = StoreFactory(Config.from_env(environment(engine) | {"USE_DYNAMORM": switch}))
        with pytest.raises(error, match="open"):
            await stores.connections.get("c1")


# ---------------------------------------------------------------- configuration


async def test_the_environment_configures():  # R14
    """With the seeds' names and defaults."""
    assert Config() == Config.from_env({})
    assert ("streamer_connections", "streamer_requests", "streamer_subscriptions") == tuple(Config().table_names)
    found = Config.from_env(
        {
            "AWS_DEFAULT_REGION": "eu-west-1",
            "DYNAMODB_ENDPOINT": "http://127.0.0.1:8000",
            "CONNECTIONS_TABLE": "c",
            "REQUESTS_TABLE": "r",
            "SUBSCRIPTIONS_TABLE": "s",
            "JWT_PUBLIC_KEY": "key",
            "JWT_ISSUER": "me",
            "ALLOWED_TENANTS": " acme,other ,",
            "LOG_LEVEL": "DEBUG",
            "METRICS_NAMESPACE": "Mine",
            "USE_DYNAMORM": "false",
        }
    )

    assert ("eu-west-1", ("acme", "other"), False) == (found.region, found.allowed_tenants, found.use_dynamorm)
    assert {"streamer_connections": "c", "streamer_requests": "r", "streamer_subscriptions": "s"} == found.table_names
    assert "us-east-2" == Config.from_env({"AWS_REGION": "us-east-2", "AWS_DEFAULT_REGION": "eu-west-1"}).region
    assert "key" not in repr(found)
    assert () == listed(" , ")


async def test_without_a_region_nothing_opens():  # R16
    """There is no silent us-east-1."""
    with pytest.raises(ConfigurationError, match=r"(?i)region"):
        await StoreFactory(Config.from_env({})).open()


# ---------------------------------------------------------------- the whole


async def test_the_scenario_plays(stores):  # R150
    """From connecting to leaving; it checks itself."""
    said: list[str] = []

    await play(stores, said.append)

    assert any("COMPLETED" in line for line in said)


async def test_the_readme_s_command_shows_the_whole(capsys):  # R150
    """It starts an engine of its own, and prints what happens on it."""
    await command.main()

    out = capsys.readouterr().out
    assert "three tables on http://127.0.0.1" in out
    assert "a late message of Ada's: 410" in out


async def test_the_smoke_script_leaves_nothing_behind(engine, monkeypatch, capsys, stores):  # R124
    """It makes tables of its own, plays, and deletes them, also when something is wrong."""
    for name, value in environment(engine).items():
        monkeypatch.setenv(name, value)

    async def tables():
        return set((await stores.session.call("ListTables", {}))["TableNames"])

    before = await tables()
    assert await smoke.main()
    assert before == await tables()
    assert "all is well" in capsys.readouterr().out

    async def fail(stores):
        raise AssertionError("it is not")

    monkeypatch.setattr(smoke, "play", fail)
    assert not await smoke.main()
    assert before == await tables()
    assert "FAILED: it is not" in capsys.readouterr().err
