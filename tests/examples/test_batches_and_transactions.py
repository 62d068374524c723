"""The examples of batches and transactions do what the guides promise of their Go twins."""

from __future__ import annotations

import importlib.util
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio

from dynamorm_async import errors
from dynamorm_async._ops.effects import Reply

pytestmark = pytest.mark.asyncio
EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def example(request):
    """The module of an example, loaded anew."""
    name = request.param
    spec = importlib.util.spec_from_file_location(f"example_{Path(name).stem}", EXAMPLES / name)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def using(name):
    """Give a test the example of this path."""
    return pytest.mark.parametrize("example", [name], indirect=True)


@using("lift_like/transfer_credits.py")
async def test_credits_are_transferred_or_refused(example, db):  # R79 R80 R81
    """200 with both balances changed; 400 with neither, for too little and for nobody."""
    await db.create_table(example.User)
    await db.batch_put([example.User(id="a", credits=Decimal(10)), example.User(id="b")])

    async def transfer(amount, *, source="a", target="b"):
        request = {"from_user_id": source, "to_user_id": target, "amount": amount}
        return await example.transfer_credits(db, request)

    assert (200, {"status": "success", "message": "Transferred 7.50 credits"}) == await transfer("7.50")
    assert (400, {"error": "insufficient credits"}) == await transfer(3)
    assert (400, {"error": "no such user"}) == await transfer(1, target="nobody")
    assert (400, {"error": "no such user"}) == await transfer(1, source="nobody")
    for amount in (0, -1, "x", "NaN", None, "Infinity"):
        assert (await transfer(amount)).status == 400
    assert (await transfer(1, target="a")).status == 400

    users = await db.batch_get(example.User, [example.User.key(id="a"), example.User.key(id="b")])
    assert [Decimal("2.5"), Decimal("7.5")] == [user.credits for user in users]


@using("lift_like/transfer_credits.py")
async def test_any_other_failure_is_the_servers(example, db):  # R81
    """500: here the table is not there."""
    assert (500, {"error": "TRANSFER_ERROR"}) == await example.transfer_credits(
        db, {"from_user_id": "a", "to_user_id": "b", "amount": 1}
    )


@using("lift_like/batch_create_users.py")
async def test_sixty_users_are_created_at_once(example, db):  # R83 R85
    """Each with an id, times and its place in the e-mail index; a wrong address stops all before anything is sent."""
    await db.create_table(example.User)
    people = [{"email": f"p{number}@example.org", "name": f"P {number}"} for number in range(60)]

    with db.scope():
        status, body = await example.batch_create_users(db, "acme", {"users": people})
        assert (200, 60, 60) == (status, body["created"], len({user["id"] for user in body["users"]}))
        found = await example.User.query(example.User.email == "p7@example.org").one()
        assert ("P 7", "acme") == (found.name, found.tenant_id)
        assert found.created_at == found.updated_at

        for wrong in ({}, {"users": []}, {"users": [{"name": "x"}]}, {"users": [*people, {"email": "x", "name": "x"}]}):
            assert (await example.batch_create_users(db, "acme", wrong)).status == 400
        assert await example.User.scan().count() == 60


@using("lift_like/batch_create_users.py")
async def test_a_batch_that_stops_names_who_was_not_created(example, db, monkeypatch):
    """500 with the addresses: the first chunk is stored, the others are not."""
    await db.create_table(example.User)
    send, sent = db.runner.transport.send, []

    async def deny_the_second(call, attempt):
        sent.append(call)
        denied = Reply(400, b'{"__type": "com.amazon.coral.service#AccessDeniedException"}')
        return denied if len(sent) > 1 else await send(call, attempt)

    monkeypatch.setattr(type(db.runner.transport), "send", lambda _, call, attempt: deny_the_second(call, attempt))
    people = [{"email": f"p{number}@example.org", "name": "P"} for number in range(160)]
    status, body = await example.batch_create_users(db, "acme", {"users": people})

    assert (500, 25, 135) == (status, body["created"], len(body["not_created"]))


@using("design_document/transaction.py")
async def test_user_and_balance_come_together(example, db):  # R77
    """With an account both are there, without one neither."""
    await db.create_table(example.User)
    await db.create_table(example.Account)
    await example.Account(user_id="123").create()

    with db.scope():
        await example.welcome(db, example.User(id="123", name="John"), 100)
        with pytest.raises(errors.TransactionCanceledError) as raised:
            await example.welcome(db, example.User(id="456", name="Joan"), 100)

        assert ["create User", "update Account"] == [reason.operation for reason in raised.value.reasons]
        assert isinstance(raised.value.reasons[1].error, errors.ItemNotFoundError)
        assert ["John"] == [user.name for user in await example.User.scan()]
        assert (100, 2) == ((await example.Account.get("123")).balance, (await example.Account.get("123")).version)


@using("design_document/batch.py")
async def test_users_are_created_and_read_by_their_ids(example, db):  # R83 R84
    """In the order of the ids, the missing one named."""
    await db.create_table(example.User)

    assert await example.create_all(db, [example.User(id=f"id{n}", name=f"U{n}") for n in range(30)]) == 30
    found = await example.get_all(db, ["id7", "id3", "id99"])

    assert ["U7", "U3"] == [user.name for user in found]
    assert [example.User.key("id99").attributes] == [key.attributes for key in found.missing]


@pytest_asyncio.fixture
async def people(example, db):
    """Fourteen Johns and Johannas of 12 to 25 years, a day apart; every third is active."""
    await db.create_table(example.User)
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    found = [
        example.User(
            id=f"id{number}",
            created_at=begin + timedelta(days=number),
            email=f"user{number}@example.com",
            name="Johanna" if number % 2 else "John",
            age=12 + number,
            tags={"active"} if number % 3 == 0 else set(),
            preferences={"theme": {"dark": number % 2 == 0}},
        )
        for number in range(14)
    ]
    for one in found:
        await one.create()
    return found


@using("design_document/queries.py")
async def test_the_model_of_the_design_document_is_stored_as_it_is_declared(example, db, people):  # R2
    """Key, both indexes by their names, a set, a map, version and the attribute of the TTL."""
    described = (await db.describe_table(example.User)).description
    stored = await example.User.get("id3", people[3].created_at)

    assert {index["IndexName"] for index in described["GlobalSecondaryIndexes"]} == {"gsi-email", "gsi-name-age"}
    assert [one["AttributeName"] for one in described["KeySchema"]] == ["id", "created_at"]
    assert ({"active"}, {"theme": {"dark": False}}, 1) == (stored.tags, stored.preferences, stored.version)
    assert stored.updated_at.tzinfo is not None
    assert example.User.__dynamorm_spec__.ttl.attribute == "expires"


@using("design_document/queries.py")
async def test_the_queries_of_the_design_document_find_what_they_should(example, db, people):  # R2
    """By key, by a named index, by the index that the planner finds, in order, and by a scan with a filter."""
    with db.scope():
        assert people[3] == await example.first_of("id3")
        with pytest.raises(errors.ItemNotFoundError):
            await example.first_of("nobody")
        assert ["id5"] == [user.id for user in await example.with_email("user5@example.com")]
        assert [20, 22, 24] == [user.age for user in await example.adults_called("John")]
        assert ["id13", "id12", "id11", "id10", "id9", "id8", "id7"] == [
            user.id for user in await example.newest_adults("Joh")
        ]
        assert ["id13", "id11", "id9", "id7"] == [user.id for user in await example.newest_adults("Johanna")]
        assert {"id0", "id3", "id6", "id9", "id12"} == {user.id for user in await example.tagged("active")}


@using("design_document/queries.py")
async def test_the_queries_of_the_design_document_use_its_indexes(example, db, people):  # R2
    """As `explain` says beforehand."""
    user = example.User

    assert "gsi-name-age" == user.query(user.age > 18, user.name == "John").plan().index.name
    assert "Scan" == user.scan(user.name.begins_with("John")).explain().operation
    with pytest.raises(errors.ScanNotAllowedError):
        user.query(user.age > 18, user.name.begins_with("John")).explain()


@pytest.mark.parametrize(
    "example",
    [
        "design_document/queries.py",
        "lift_like/transfer_credits.py",
        "lift_like/batch_create_users.py",
        "design_document/transaction.py",
        "design_document/batch.py",
    ],
    indirect=True,
)
async def test_the_script_runs_as_written(example, capsys):
    """On the engine of this machine, as its docstring says."""
    await example.main()

    assert capsys.readouterr().out
