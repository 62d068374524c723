"""From the first Streamer's tables to today's: everything is copied, whatever interrupts it, and proven."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from anyio import to_thread

from dynamorm_async.errors import DecodeError, TableNotFoundError, ValidationError
from examples.streamer.config import Config
from examples.streamer.factory import StoreFactory
from examples.streamer.migration import __main__ as command
from examples.streamer.migration.checkpoint import Checkpoint
from examples.streamer.migration.copying import Migration, Options
from examples.streamer.migration.dual import DualConnectionStore
from examples.streamer.migration.old_models import OldConnection, OldRequest, OldSubscription
from examples.streamer.migration.steps import STEPS
from examples.streamer.migration.verifying import verify
from examples.streamer.models import AsyncRequest, Connection, Status, Subscription
from tests.support.streamer import a_connection, environment

pytestmark = pytest.mark.asyncio
COUNT = 60
THEN = 1_750_000_000
NOT_MOTO = pytest.mark.lacks(
    "moto", reason="its transactions do not lock", shown_by="test_a_transaction_lets_others_write"
)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
# As Go writes times: of any width, in any zone.
TIMES = ["2025-06-15T15:06:40Z", "2025-06-15T17:06:40.5+02:00", "2025-06-15T15:06:40.123456789Z"]


def old_items(count=COUNT):
    """Items of the first Streamer as they lie in its three tables, by the table's declared name."""
    text, number = lambda value: {"S": value}, lambda value: {"N": str(value)}
    return {
        "Connections": [
            {
                "ConnectionID": text(f"c{index}"),
                "UserID": text(f"u{index % 3}"),
                "TenantID": text("acme"),
                "Endpoint": text("https://ws.test/prod"),
                "ConnectedAt": text(TIMES[index % 3]),
                "LastPing": text(TIMES[(index + 1) % 3]),
                "Metadata": {"M": {"ip": text("192.0.2.7")}},
            }
            | ({"TTL": number(THEN + index)} if index % 2 else {})
            for index in range(count)
        ],
        "Requests": [
            {
                "RequestID": text(f"r{index}"),
                "ConnectionID": text(f"c{index}"),
                "Action": text("export"),
                "Status": text(list(Status)[index % 5]),
                "CreatedAt": text(TIMES[index % 3]),
                "Payload": {"M": {"rows": number(index), "deep": {"L": [{"NULL": True}, number("0.1")]}}},
                "Result": {"M": {"url": text("https://files.test")}},
                "Error": text("the disk is full"),
                "Progress": number("0.25"),
                "ProgressMessage": text("a quarter"),
                "ProcessingStarted": text(TIMES[0]),
                "RetryCount": number(2),
                "TTL": number(THEN),
            }
            for index in range(count)
        ],
        "Subscriptions": [
            {
                "SubscriptionID": text(f"c{index}#r{index}"),
                "ConnectionID": text(f"c{index}"),
                "RequestID": text(f"r{index}"),
                "EventTypes": {"SS": ["progress", "done"]},
                "CreatedAt": text(TIMES[0]),
                "TTL": number(THEN),
            }
            for index in range(count)
        ],
    }


@pytest.fixture
def variables(engine, monkeypatch):
    """The environment of the migration."""
    given = environment(engine)
    given |= {f"OLD_{name}_TABLE": f"{given['CONNECTIONS_TABLE']}-{name}" for name in ("CONNECTIONS", "REQUESTS")}
    given["OLD_SUBSCRIPTIONS_TABLE"] = f"{given['CONNECTIONS_TABLE']}-SUBSCRIPTIONS"
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return given


async def fill(session):
    """Three old tables with their items, and three new ones without."""
    for model in (OldConnection, OldRequest, OldSubscription, Connection, AsyncRequest, Subscription):
        await session.create_table(model)
    for table, items in old_items().items():
        for start in range(0, len(items), 25):
            puts = [{"PutRequest": {"Item": item}} for item in items[start : start + 25]]
            await session.call("BatchWriteItem", {"RequestItems": {session.table_names[table]: puts}})


@pytest_asyncio.fixture
async def db(variables):
    """Reaches both worlds."""
    async with command.session() as session:
        await fill(session)
        yield session


async def counts(db):
    """How many new items there are of each kind."""
    return [await step.new.scan().using(db).count() for step in STEPS]


async def test_every_item_takes_its_new_shape(db):  # R41 R103
    """Keys are built, attributes renamed, and no value is lost."""
    await Migration(db, Options()).run()

    request = await AsyncRequest.get(request_id="r7", status=Status.RETRYING).using(db)
    key = {"pk": {"S": "CONN#c1"}, "sk": {"S": "METADATA"}}
    raw = await db.call("GetItem", {"TableName": db.table_names["streamer_connections"], "Key": key})

    assert {
        "pk": {"S": "CONN#c1"},
        "sk": {"S": "METADATA"},
        "connection_id": {"S": "c1"},
        "user_id": {"S": "u1"},
        "tenant_id": {"S": "acme"},
        "endpoint": {"S": "https://ws.test/prod"},
        "connected_at": {"S": "2025-06-15T15:06:40.500000Z"},
        "last_ping": raw["Item"]["last_ping"],
        "metadata": {"M": {"ip": {"S": "192.0.2.7"}}},
        "ttl": {"N": str(THEN + 1)},
    } == raw["Item"]
    assert raw["Item"]["last_ping"]["S"].startswith("2025-06-15T15:06:40.12345")
    assert ("REQ#r7", "STATUS#RETRYING", 2, "the disk is full") == (
        request.pk,
        request.sk,
        request.retry_count,
        request.error,
    )
    assert ({"url": "https://files.test"}, 0.25, "a quarter") == (
        request.result,
        request.progress,
        request.progress_message,
    )
    assert datetime(2025, 6, 15, 15, 6, 40, 500_000, UTC) == request.created_at
    (subscription,) = await Subscription.query(Subscription.request_id == "r7").using(db)
    assert ("c7#r7", {"progress", "done"}) == (subscription.subscription_id, subscription.event_types)


async def test_an_index_gets_its_new_name_with_its_new_attribute(db, variables):  # R93
    """``UserIndex (UserID)`` and ``user-index (user_id)`` list the same."""
    await Migration(db, Options()).run()

    before = await OldConnection.query(OldConnection.user_id == "u1").using(db)
    async with StoreFactory(Config.from_env(variables)) as stores:
        after = await stores.connections.list_by_user("u1")

    assert 20 == len(after)
    assert {one.connection_id for one in before} == {one.connection_id for one in after}


async def test_a_missing_expiry_begins_now(db):  # R103 R149
    """A connection that would have lived for ever gets its day."""
    await Migration(db, Options()).run()

    found = await Connection.get(connection_id="c0").using(db)

    assert timedelta(hours=23) < found.ttl - datetime.now(UTC) <= timedelta(hours=24)


async def test_a_dry_run_writes_nothing(db, tmp_path):  # R103
    """It reads and turns everything, and leaves no checkpoint."""
    checkpoint = tmp_path / "checkpoint.json"

    done = await Migration(db, Options(dry_run=True), Checkpoint(4, str(checkpoint))).run()

    assert [(COUNT, 0)] * 3 == [(table.read, table.written) for table in done]
    assert [0, 0, 0] == await counts(db)
    assert not checkpoint.exists()


async def test_a_dry_run_meets_what_the_real_one_would(db):  # R103
    """An old id that fits no key of today, by the name of its field."""
    old = OldRequest(request_id="a#b", connection_id="c1", action="x", status=Status.PENDING, created_at=LONG_AGO)
    await old.put().using(db)

    for options in (Options(dry_run=True), Options()):
        with pytest.raises(ExceptionGroup) as caught:
            await Migration(db, options).run()
        assert caught.group_contains(ValidationError, match="request_id")


async def test_an_interrupted_migration_goes_on(db, tmp_path, monkeypatch):  # R103
    """Where it stopped: nothing that the checkpoint has is read again, and all arrives."""
    path = str(tmp_path / "checkpoint.json")
    options = Options(segments=2, page_size=5)
    put, written = db.batch_put, []

    async def fails_after_ten_pages(items, **how):
        if len(written) == 10:
            raise ConnectionError("the network is gone")
        written.append(len(items))
        return await put(items, **how)

    monkeypatch.setattr(db, "batch_put", fails_after_ten_pages)
    with pytest.raises(ExceptionGroup):
        await Migration(db, options, Checkpoint(2, path)).run()
    monkeypatch.setattr(db, "batch_put", put)
    saved = json.loads((tmp_path / "checkpoint.json").read_text())
    done_before = sum(part["read"] for part in saved["parts"].values())
    reads: list[int] = []
    page = type(OldConnection.scan()).page

    async def counted(query, *how):
        found = await page(query, *how)
        reads.append(len(found))
        return found

    monkeypatch.setattr(type(OldConnection.scan()), "page", counted)
    done = await Migration(db, options, Checkpoint(2, path)).run()

    assert 0 < done_before <= sum(written)
    assert 3 * COUNT - done_before == sum(reads)
    assert [(COUNT, COUNT)] * 3 == [(table.read, table.written) for table in done]
    assert all(table.is_good for table in await verify(db))


async def test_a_finished_migration_does_nothing_more(db, tmp_path):  # R103
    """What is done is done; and without a checkpoint, a second time changes nothing."""
    path = str(tmp_path / "checkpoint.json")
    await Migration(db, Options(), Checkpoint(4, path)).run()
    await db.delete_table(OldConnection)

    again = await Migration(db, Options(), Checkpoint(4, path)).run()

    assert [COUNT] * 3 == [table.read for table in again]


async def test_a_checkpoint_is_good_for_as_many_segments(db, tmp_path):  # R103
    """Others would leave gaps."""
    path = str(tmp_path / "checkpoint.json")
    await Migration(db, Options(), Checkpoint(4, path)).run()

    with pytest.raises(ValueError, match="4 segments"):
        await Migration(db, Options(segments=2), Checkpoint(2, path)).run()


async def test_a_rate_is_kept(db):  # R103
    """In the session's own time, over all tables and segments."""
    waits: list[float] = []

    class Clock:
        now = staticmethod(db.clock.now)

        def monotonic(self):
            return 0.0

        async def sleep(self, seconds):
            waits.append(seconds)

    db.clock = Clock()

    await Migration(db, Options(rate=30, page_size=10)).run()

    assert max(waits) <= 3 * COUNT / 30
    assert max(waits) >= (3 * COUNT - 10) / 30


async def test_an_item_that_does_not_fit_stops_it_by_name(db, tmp_path):  # R103
    """The field is named; mended, it goes on."""
    table = db.table_names["Requests"]
    await db.call("PutItem", {"TableName": table, "Item": {"RequestID": {"S": "odd"}, "Status": {"S": "SIDEWAYS"}}})
    path = str(tmp_path / "checkpoint.json")

    with pytest.raises(ExceptionGroup) as caught:
        await Migration(db, Options(), Checkpoint(4, path)).run()
    assert caught.group_contains(DecodeError, match="OldRequest")

    await db.call("DeleteItem", {"TableName": table, "Key": {"RequestID": {"S": "odd"}}})
    await Migration(db, Options(), Checkpoint(4, path)).run()
    assert all(found.is_good for found in await verify(db))


# ---------------------------------------------------------------- the proof


async def test_a_good_copy_is_proven(db):  # R103
    """Counts are equal, and every drawn item is."""
    await Migration(db, Options()).run()

    found = await verify(db, sample=20)

    assert [(COUNT, COUNT, 20, 0, 0)] * 3 == [
        (table.old, table.new, table.compared, table.missing, table.different) for table in found
    ]
    assert all(table.is_good for table in found)


async def test_a_bad_copy_is_found_out(db):  # R103
    """A changed value, a missing item, and one too many."""
    await Migration(db, Options()).run()
    await Connection.with_key(connection_id="c3").update(user_id="mallory").using(db)
    await AsyncRequest.with_key(request_id="r0", status=Status.PENDING).delete().using(db)
    await Subscription(connection_id="x", request_id="y").put().using(db)

    connections, requests, subscriptions = await verify(db)

    assert (0, 1) == (connections.missing, connections.different)
    assert (1, 0, COUNT - 1) == (requests.missing, requests.different, requests.new)
    assert (COUNT, COUNT + 1) == (subscriptions.old, subscriptions.new)
    assert not any(table.is_good for table in (connections, requests, subscriptions))


# ---------------------------------------------------------------- while it is in use


@NOT_MOTO
async def test_a_live_migration_overwrites_nothing(db, variables):  # R104
    """What the new Streamer wrote stays, also a request that has moved on under another key."""
    async with StoreFactory(Config.from_env(variables)) as stores:
        await stores.connections.save(a_connection("c1", user_id="newer"))
        for request_id in ("r0", "r5"):
            old = await OldRequest.get(request_id).using(db)
            assert Status.PENDING is old.status
        moved = AsyncRequest(request_id="r0", connection_id="c0", action="export", status=Status.COMPLETED)
        await moved.put().using(db)

        done = await Migration(db, Options(live=True)).run()

        assert [(COUNT, COUNT - 1), (COUNT, COUNT - 1), (COUNT, COUNT)] == [
            (table.read, table.written) for table in done
        ]
        assert "newer" == (await stores.connections.get("c1")).user_id
        assert Status.COMPLETED is (await stores.requests.get("r0")).status
        assert Status.PENDING is (await stores.requests.get("r5")).status


@pytest.fixture(params=[False, True], ids=["read", "read and write"])
def dual(db, variables, request):
    """Both shapes at once, with and without writing the old one."""
    stores = StoreFactory(Config.from_env(variables))
    stores.session = db
    return DualConnectionStore(stores.connections, db, dual_write=request.param)


async def test_both_shapes_are_read(db, dual):  # R104
    """An old item looks like a new one; where both are there, the new one counts."""
    await dual.save(a_connection("c1", user_id="u0"))

    assert ("u0", "u2") == ((await dual.get("c1")).user_id, (await dual.get("c2")).user_id)
    assert type(await dual.get("c2")) is Connection
    of_user = [one.connection_id for one in await dual.list_by_user("u0")]
    assert sorted(["c1", *(f"c{number}" for number in range(0, COUNT, 3))]) == sorted(of_user)
    assert COUNT == len(await dual.list_by_tenant("acme"))
    with pytest.raises(LookupError):
        await dual.get("nobody")


async def test_what_is_saved_is_there_for_the_old_streamer_if_so_asked(db, dual, request):  # R104
    """In its own shape."""
    await dual.save(a_connection("new"))

    found = await OldConnection.get_or_none("new").using(db)

    assert ("read and write" in request.node.name) == (found is not None)


@NOT_MOTO
async def test_a_ping_makes_an_old_connection_a_new_one(db, dual, request):  # R104
    """And the migration leaves it alone."""
    await dual.update_last_ping("c2")
    await Migration(db, Options(live=True)).run()

    found = await Connection.get(connection_id="c2").using(db)
    old = await OldConnection.get("c2").using(db)

    assert datetime.now(UTC) - found.last_ping < timedelta(minutes=1)
    assert ("read and write" in request.node.name) == (datetime.now(UTC) - old.last_ping < timedelta(minutes=1))
    with pytest.raises(LookupError):
        await dual.update_last_ping("nobody")


@NOT_MOTO
async def test_a_deleted_connection_does_not_come_back(db, dual):  # R104
    """Neither from the old table nor with the migration."""
    await dual.delete("c2")
    await Migration(db, Options(live=True)).run()

    with pytest.raises(LookupError):
        await dual.get("c2")
    assert [COUNT - 1, COUNT, COUNT] == await counts(db)


async def test_stale_connections_of_both_shapes_are_forgotten_once(db, dual):  # R104
    """Those of last June, whatever the width and zone of their times; not one that has pinged since."""
    await dual.update_last_ping("c2")
    await dual.save(a_connection("new", last_ping=LONG_AGO))

    forgotten = await dual.delete_stale(datetime(2025, 7, 1, tzinfo=UTC))

    # All old ones but c2, and the new one, which is counted once even if it has both shapes.
    assert COUNT - 1 + 1 == forgotten
    assert ["c2"] == [one.connection_id for one in await dual.list_by_tenant("acme")]


async def test_without_a_migration_there_is_no_compatibility(db, variables):  # R104
    """The plain stores know nothing of the old tables, nor need them."""
    async with StoreFactory(Config.from_env(variables)) as stores:
        with pytest.raises(LookupError):
            await stores.connections.get("c1")
        await db.delete_table(OldConnection)
        await stores.connections.save(a_connection("c1"))
        assert "ada" == (await stores.connections.get("c1")).user_id


# ---------------------------------------------------------------- the command


async def test_the_command_copies_and_proves(db, capsys, tmp_path):  # R103
    """Dry run, copy, proof; its exit code says whether the copy is whole."""
    await to_thread.run_sync(the_command, tmp_path)
    out, err = capsys.readouterr()
    assert f"Connection: {COUNT} read, 0 written" in out
    assert f"AsyncRequest: {COUNT} read, {COUNT} written" in out
    assert f"Subscription: {COUNT} old, {COUNT} new, 5 compared, 0 missing, 0 different: good" in out
    assert f"Connection: {COUNT} old, 0 new, {COUNT} compared, {COUNT} missing, 0 different: NOT GOOD" in out
    assert "segments" in err


def the_command(tmp_path):
    """Run it as a shell would."""
    arguments = ["--segments", "2", "--checkpoint", str(tmp_path / "checkpoint.json")]

    assert 0 == command.main(["--dry-run"])
    assert 1 == command.main(["--verify-only"])
    assert 0 == command.main([*arguments, "--rate", "100000"])
    assert 0 == command.main(["--verify-only", "--sample", "5"])
    assert 1 == command.main(["--checkpoint", str(tmp_path / "checkpoint.json")])


@pytest.mark.parametrize("arguments", [["--segments", "0"], ["--segments", "-1"], ["--rate", "0"], ["--rate", "nan"]])
@pytest.mark.engines("dynoxide")
async def test_what_would_copy_nothing_is_refused(engine, arguments, capsys):  # R103
    """In one line, with exit code 2."""
    assert 2 == command.main(arguments)

    assert f"{arguments[0]} has to be more than 0.\n" == capsys.readouterr().err


async def test_missing_tables_are_said(variables, capsys):  # R103
    """By name, and nothing is copied."""
    async with command.session() as session:
        with pytest.raises(ExceptionGroup) as caught:
            await Migration(session, Options()).run()

    assert caught.group_contains(TableNotFoundError)
