"""Streamer's store of connections: the same suite for the store on the library and for its twin on the bare SDK."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from examples.streamer.connections import OrmConnectionStore
from examples.streamer.connections_raw import RawConnectionStore
from tests.support.streamer import a_connection, opened

pytestmark = pytest.mark.asyncio
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest_asyncio.fixture(params=["true", "false"], ids=["orm", "raw"])
async def stores(engine, monkeypatch, request):
    """Both kinds of stores, by the switch."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    async with opened(engine, USE_DYNAMORM=request.param) as stores:
        yield stores


async def test_the_switch_chooses_the_store(stores, request):  # R15
    """``USE_DYNAMORM=false`` is the bare SDK."""
    expected = OrmConnectionStore if "orm" in request.node.name else RawConnectionStore

    assert expected is type(stores.connections)


async def test_what_is_saved_is_read_back(stores):  # R144
    """Every field, to the microsecond."""
    connection = a_connection(metadata={"ip": "192.0.2.7", "größe": "1"})

    await stores.connections.save(connection)

    assert connection == await stores.connections.get("c1")


async def test_a_connection_lives_for_a_day(stores):  # R144 R149
    """Unless it says otherwise; the attribute is ``ttl``, in whole seconds."""
    before = datetime.now(UTC)
    await stores.connections.save(a_connection("c1"))
    await stores.connections.save(a_connection("c2", ttl=LONG_AGO))

    found = await stores.connections.get("c1")
    key = {"pk": {"S": "CONN#c2"}, "sk": {"S": "METADATA"}}
    raw = await stores.session.call("GetItem", {"TableName": stores.config.connections_table, "Key": key})

    assert timedelta(0) <= found.ttl - before.replace(microsecond=0) - timedelta(hours=24) < timedelta(minutes=1)
    assert {"N": str(int(LONG_AGO.timestamp()))} == raw["Item"]["ttl"]


async def test_saving_again_replaces(stores):  # R144
    """Save is an upsert."""
    await stores.connections.save(a_connection(user_id="ada"))
    await stores.connections.save(a_connection(user_id="bob"))

    assert "bob" == (await stores.connections.get("c1")).user_id
    assert [] == list(await stores.connections.list_by_user("ada"))


async def test_an_unknown_connection_is_a_lookup_error(stores):  # R144
    """From reading and pinging; a ping makes no connection. Deleting is content."""
    for attempt in (stores.connections.get, stores.connections.update_last_ping):
        with pytest.raises(LookupError):
            await attempt("nobody")

    await stores.connections.delete("nobody")
    with pytest.raises(LookupError):
        await stores.connections.get("nobody")


async def test_a_deleted_connection_is_gone(stores):  # R144
    """And from the listings."""
    await stores.connections.save(a_connection())
    await stores.connections.delete("c1")

    with pytest.raises(LookupError):
        await stores.connections.get("c1")
    assert [] == list(await stores.connections.list_by_tenant("acme"))


async def test_connections_are_listed_by_user_and_tenant(stores):  # R92 R93 R144
    """Through their indexes, and whole."""
    made = [a_connection(f"c{number}", user_id=f"u{number % 2}", tenant_id=f"t{number % 3}") for number in range(12)]
    for connection in made:
        await stores.connections.save(connection)

    def ids(found):
        return sorted(connection.connection_id for connection in found)

    of_user = await stores.connections.list_by_user("u1")
    assert ids(made[1::2]) == ids(of_user)
    assert ids(made[2::3]) == ids(await stores.connections.list_by_tenant("t2"))
    assert next(one for one in made if one.connection_id == of_user[0].connection_id) == of_user[0]


async def test_a_ping_keeps_a_connection_alive(stores):  # R144
    """The time of the ping is noted, and the expiry moves with it; nothing else changes."""
    old = a_connection(last_ping=LONG_AGO, ttl=LONG_AGO + timedelta(hours=24))
    await stores.connections.save(old)

    await stores.connections.update_last_ping("c1")
    found = await stores.connections.get("c1")

    assert datetime.now(UTC) - found.last_ping < timedelta(minutes=1)
    assert timedelta(hours=24) == found.ttl - found.last_ping.replace(microsecond=0)
    assert (old.user_id, old.connected_at, old.metadata) == (found.user_id, found.connected_at, found.metadata)


async def test_stale_connections_are_forgotten(stores):  # R144
    """All of them and no other, and the number is told."""
    for number in range(60):
        moment = LONG_AGO if number % 2 else datetime.now(UTC)
        await stores.connections.save(a_connection(f"c{number}", last_ping=moment))

    assert 30 == await stores.connections.delete_stale(LONG_AGO + timedelta(days=1))

    left = await stores.connections.list_by_tenant("acme")
    assert {f"c{number}" for number in range(0, 60, 2)} == {connection.connection_id for connection in left}
    assert 0 == await stores.connections.delete_stale(LONG_AGO + timedelta(days=1))


@pytest.mark.parametrize("first", ["orm", "raw"])
async def test_the_twins_read_each_other(stores, engine, first):  # R15 R104
    """One item has one shape, so the switch needs no migration."""
    other_switch = "false" if stores.config.use_dynamorm else "true"
    async with opened(engine, USE_DYNAMORM=other_switch, CONNECTIONS_TABLE=stores.config.connections_table) as others:
        one, two = (stores, others) if first == "orm" else (others, stores)
        connection = a_connection(metadata={"a": "b"})
        await one.connections.save(connection)

        assert connection == await two.connections.get("c1")
        assert 1 == await two.connections.delete_stale(datetime.now(UTC) + timedelta(hours=1))
