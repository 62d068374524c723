"""The service of examples/service over real HTTP: FastAPI under uvicorn and aiohttp under its own server, alike."""

from __future__ import annotations

import asyncio
import inspect
import os
import random
import signal
import sys
import time
from asyncio.subprocess import PIPE, STDOUT
from decimal import Decimal
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from dynamorm_async import Session, errors
from dynamorm_async.errors import DynamormError
from dynamorm_async.integrations.fastapi import get_session
from dynamorm_async.integrations.problems import problem_of
from dynamorm_async.testing import FakeSession
from examples.service import aiohttp_app, fastapi_app, users
from examples.service.models import User
from tests.support.serving import served

# `python -m examples.service` finds its folder where it is started, which the safe path of these tests forbids.
UNSAFE = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
pytestmark = pytest.mark.asyncio
TOKENS = {"acme-token": "acme", "other-token": "other"}
APPS = {"fastapi": fastapi_app.make_app, "aiohttp": aiohttp_app.make_app}
ERRORS = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, DynamormError)]
EVERY = {"cursor_keys": [b"k" * 32]}


@pytest.fixture(params=list(APPS))
def make_app(request):
    """The application of each framework."""
    return APPS[request.param]


@pytest_asyncio.fixture
async def db(engine, table_name):
    """A session on the service's table, beside the service."""
    async with Session(endpoint=engine.endpoint, table_names={"users": table_name}) as session:
        yield session


@pytest_asyncio.fixture
async def service(engine, db, table_name, make_app):
    """The service with its table, and a client of tenant acme."""
    await db.create_table(User)
    session = Session(endpoint=engine.endpoint, table_names={"users": table_name}, **EVERY)
    async with served(make_app(session, TOKENS)) as client:
        yield client.as_("acme-token")
    assert not session.is_open


@pytest_asyncio.fixture
async def broken(engine, make_app, table_name):
    """The service without its table."""
    async with served(
        make_app(Session(endpoint=engine.endpoint, table_names={"users": table_name}, **EVERY), TOKENS)
    ) as client:
        yield client.as_("acme-token")


async def created(client, name="Ada", email="ada@acme.test"):
    """A new user."""
    status, user = await client("POST", "/users", {"email": email, "name": name})
    assert 201 == status
    return user


async def several(client, count):
    """New users; their ids in the order of creation."""
    many = [{"email": f"p{number}@acme.test", "name": f"P {number}"} for number in range(count)]
    status, body = await client("POST", "/users/batch", {"users": many})
    assert (201, count) == (status, body["created"])
    return [user["id"] for user in body["users"]]


# ---------------------------------------------------------------- one user


async def test_a_user_is_created_and_read(service):  # R136 R138 R142
    """201 with what clients may see: no key and no tenant; then the same by id."""
    user = await created(service)

    assert {"id", "email", "name", "credits", "created_at", "updated_at", "version"} == set(user)
    assert (200, user) == await service("GET", f"/users/{user['id']}")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "ada", "name": "Ada"},
        {"email": "a#b@acme.test", "name": "Ada"},
        {"email": "ada@acme.test", "name": ""},
        {"email": "ada@acme.test", "name": 3},
        {"email": "ada@acme.test", "name": "Ada", "credits": 1_000_000},
        {"email": "ada@acme.test", "name": "Ada", "tenant_id": "other"},
        [],
        "text",
        None,
    ],
)
async def test_a_wrong_body_is_refused_and_nothing_is_stored(service, body):  # R138
    """400 VALIDATION with the places; what clients may not set is refused, not dropped."""
    status, problem = await service("POST", "/users", body)

    assert (400, "VALIDATION") == (status, problem["code"])
    assert problem["errors"]
    assert (200, {"users": [], "count": 0}) == await service("GET", "/users")


async def test_what_is_not_there_is_a_404(service):  # R136
    """By id, by address, and to change; as problem+json."""
    asked = [("GET", "/users/none"), ("GET", "/users/by-email?email=no@acme.test"), ("PATCH", "/users/none")]

    for method, path in asked:
        status, problem = await service(method, path, {"name": "x"} if method == "PATCH" else None)
        assert (404, "NOT_FOUND", "application/problem+json") == (status, problem["code"], service.last_type)


async def test_a_user_is_changed_by_whoever_has_seen_the_latest(service):
    """With a version that is old 409, and nothing changes; nothing to change is 400."""
    user = await created(service)
    path = f"/users/{user['id']}"

    status, changed = await service("PATCH", path, {"name": "Countess", "version": 1})
    stale, problem = await service("PATCH", path, {"name": "Augusta", "version": 1})
    nothing, _ = await service("PATCH", path, {"version": 2})

    assert (200, "Countess", 2) == (status, changed["name"], changed["version"])
    assert (409, "CONDITION_FAILED", 400) == (stale, problem["code"], nothing)
    assert (200, changed) == await service("GET", path)


async def test_a_user_is_deleted(service):
    """204, also for one that is gone already."""
    user = await created(service)

    assert [204, 204] == [(await service("DELETE", f"/users/{user['id']}"))[0] for _ in range(2)]
    assert 404 == (await service("GET", f"/users/{user['id']}"))[0]


async def test_a_user_is_found_by_address(service):  # R138
    """Through the index, which follows a change of the address."""
    user = await created(service)
    found = await service("GET", "/users/by-email", email="ada@acme.test")
    _, changed = await service("PATCH", f"/users/{user['id']}", {"email": "countess@acme.test"})

    assert (200, user) == found
    assert (200, changed) == await service("GET", "/users/by-email", email="countess@acme.test")
    assert 404 == (await service("GET", "/users/by-email", email="ada@acme.test"))[0]
    assert 400 == (await service("GET", "/users/by-email"))[0]


# ---------------------------------------------------------------- many


async def test_a_listing_is_walked_in_order(service):  # R140
    """``users``, ``count`` and ``next_cursor``, which the last page has not; every user once."""
    ids = await several(service, 7)
    seen, cursor = [], {}
    while True:
        status, page = await service("GET", "/users", limit=3, **cursor)
        assert (200, len(page["users"])) == (status, page["count"])
        seen += [user["id"] for user in page["users"]]
        if "next_cursor" not in page:
            break
        cursor = {"cursor": page["next_cursor"]}

    assert sorted(ids) == seen
    assert set(page) == {"users", "count"}


@pytest.mark.parametrize("limit", ["0", "101", "-1", "abc", "", "1e1", "٣", "9" * 5_000, None])
async def test_a_wrong_limit_is_twenty(service, limit):  # R140
    """Anything but 1 to 100, or none."""
    await several(service, 21)

    _, page = await service("GET", "/users", **({} if limit is None else {"limit": limit}))

    assert 20 == page["count"]


async def test_limits_from_one_to_a_hundred_count(service):  # R140
    """Both ends."""
    await several(service, 101)

    assert [1, 100] == [(await service("GET", "/users", limit=limit))[1]["count"] for limit in (1, 100)]


async def test_a_cursor_that_is_not_ours_is_refused(service):  # R140
    """400: made up, cut, or of another tenant's listing."""
    await several(service, 3)
    _, page = await service("GET", "/users", limit=1)
    token = page["next_cursor"]
    other = service.as_("other-token")

    answers = [
        await service("GET", "/users", cursor="made-up"),
        await service("GET", "/users", cursor=token[:-3]),
        await other("GET", "/users", cursor=token),
    ]

    assert [(400, "INVALID_CURSOR")] * 3 == [(status, problem["code"]) for status, problem in answers]


async def test_sixty_users_are_created_at_once_or_none(service):
    """More than a request of DynamoDB takes; one wrong address among them stops all."""
    many = [{"email": f"p{number}@acme.test", "name": f"P {number}"} for number in range(60)]

    status, problem = await service("POST", "/users/batch", {"users": [*many, {"email": "wrong", "name": "x"}]})
    assert (400, "VALIDATION") == (status, problem["code"])
    assert 0 == (await service("GET", "/users"))[1]["count"]

    assert 60 == len(set(await several(service, 60)))
    assert 60 == (await service("GET", "/users", limit=100))[1]["count"]
    assert 200 == (await service("GET", "/users/by-email", email="p59@acme.test"))[0]


# ---------------------------------------------------------------- transfers


async def test_credits_are_transferred_or_refused(service):  # R81
    """200 with both balances changed; 400 with neither."""
    source, target = await several(service, 2)

    async def transfer(amount, *, to=target):
        body = {"from_user_id": source, "to_user_id": to, "amount": amount}
        return await service("POST", "/transfers", body)

    assert (200, {"status": "success", "message": "Transferred 7.50 credits"}) == await transfer("7.50")
    assert (200, "Transferred 0.10 credits") == ((done := await transfer(0.1))[0], done[1]["message"])
    for amount, to, title in (
        (93, target, "Insufficient credits."),
        (1, "none", "There is no such user."),
        (1, source, "A transfer needs two users."),
        (0, target, "A value is not acceptable."),
        (-1, target, "A value is not acceptable."),
        ("x", target, "A value is not acceptable."),
        ("NaN", target, "A value is not acceptable."),
        (0.001, target, "A value is not acceptable."),
        (None, target, "A value is not acceptable."),
    ):
        status, problem = await transfer(amount, to=to)
        assert (400, "VALIDATION", title) == (status, problem["code"], problem["title"])

    balances = [(await service("GET", f"/users/{one}"))[1]["credits"] for one in (source, target)]
    assert [Decimal("92.4"), Decimal("107.6")] == [Decimal(balance) for balance in balances]


@pytest.mark.lacks("moto", reason="its transactions do not lock", shown_by="test_a_transaction_lets_others_write")
async def test_concurrent_transfers_keep_the_sum(service, record_property):  # R81
    """Hundreds at once among a few users: each happens whole or not at all, and none is lost."""
    ids = await several(service, 20)
    dice = random.Random(7)
    pairs = [dice.sample(ids, 2) for _ in range(400)]
    gate = asyncio.Semaphore(16)

    async def transfer(source, target):
        async with gate:
            body = {"from_user_id": source, "to_user_id": target, "amount": 1}
            return await service("POST", "/transfers", body)

    started = time.monotonic()
    answers = await asyncio.gather(*(transfer(*pair) for pair in pairs))
    record_property("figure", f"{len(pairs)} transfers over HTTP in {time.monotonic() - started:.1f} s")

    expected = dict.fromkeys(ids, Decimal(100))
    for (source, target), (status, _) in zip(pairs, answers, strict=True):
        expected[source] -= status == 200
        expected[target] += status == 200
    _, page = await service("GET", "/users", limit=100)
    assert expected == {user["id"]: Decimal(user["credits"]) for user in page["users"]}
    assert 2_000 == sum(expected.values())
    assert {200} == {status for status, _ in answers}


# ---------------------------------------------------------------- tenants


async def test_without_a_token_nothing_is_said(service):  # R139
    """401, whether there is something or not."""
    user = await created(service)

    for client in (service.as_(None), service.as_("guessed")):
        for path in ("/users", f"/users/{user['id']}"):
            status, problem = await client("GET", path)
            assert (401, "UNAUTHORIZED") == (status, problem["code"])


async def test_another_tenant_s_users_are_not_there(service):  # R139
    """Read, listed, looked up, changed, deleted and paid: as if they did not exist."""
    user = await created(service)
    other = service.as_("other-token")
    own = await created(other, email="eve@other.test")
    path = f"/users/{user['id']}"

    assert (200, 1) == ((listed := await other("GET", "/users"))[0], listed[1]["count"])
    assert 404 == (await other("GET", path))[0]
    assert 404 == (await other("GET", "/users/by-email", email=user["email"]))[0]
    assert 404 == (await other("PATCH", path, {"name": "x"}))[0]
    assert 204 == (await other("DELETE", path))[0]
    for source, target in ((user["id"], own["id"]), (own["id"], user["id"])):
        body = {"from_user_id": source, "to_user_id": target, "amount": 1}
        assert 400 == (await other("POST", "/transfers", body))[0]
    assert (200, user) == await service("GET", path)


async def test_requests_of_two_tenants_at_once_do_not_mix(service):  # R137 R139
    """Each keeps its own scope while it waits."""
    clients = [service, service.as_("other-token")] * 20

    users_ = await asyncio.gather(
        *(created(client, email=f"u{number}@acme.test") for number, client in enumerate(clients))
    )

    for client, mine in ((clients[0], users_[::2]), (clients[1], users_[1::2])):
        _, page = await client("GET", "/users", limit=100)
        assert {user["id"] for user in mine} == {user["id"] for user in page["users"]}


# ---------------------------------------------------------------- cache


async def test_a_user_is_read_from_the_cache_until_he_is_written(service, db):  # R116
    """What this service writes is seen at once; what another process writes, when the cache's time is over."""
    first, second = await several(service, 2)
    path = f"/users/{first}"
    await service("GET", path)

    with db.for_tenant("acme").scope():
        await User.with_key(id=first).update(name="behind its back")
    assert "P 0" == (await service("GET", path))[1]["name"]

    await service("POST", "/transfers", {"from_user_id": first, "to_user_id": second, "amount": 1})
    _, shown = await service("GET", path)
    assert ("behind its back", Decimal(99)) == (shown["name"], Decimal(shown["credits"]))
    await service("PATCH", path, {"name": "Ada"})
    assert "Ada" == (await service("GET", path))[1]["name"]
    await service("DELETE", path)
    assert 404 == (await service("GET", path))[0]


# ---------------------------------------------------------------- errors


async def test_a_failing_database_is_the_service_s_fault(broken, caplog):  # R81 R138
    """500 DATABASE_ERROR and TRANSFER_ERROR, logged, with nothing of the inside told."""
    created_, problem = await broken("POST", "/users", {"email": "ada@acme.test", "name": "Ada"})
    moved, failed = await broken("POST", "/transfers", {"from_user_id": "a", "to_user_id": "b", "amount": 1})

    assert (500, "DATABASE_ERROR") == (created_, problem["code"])
    assert (500, "TRANSFER_ERROR") == (moved, failed["code"])
    assert "t-" not in str((problem, failed))
    logged = [record for record in caplog.records if record.name == "dynamorm_async"]
    assert [errors.TableNotFoundError] * 2 == [record.exc_info[0] for record in logged]


@pytest.mark.engines("dynoxide")  # the errors are made here
async def test_every_error_has_its_answer(service, monkeypatch, caplog):  # R112 R113
    """404, 400, 409, 429, 500 and so on, by one table for both servers."""
    answers = {}
    for cls in ERRORS:
        needed = {"size": 1, "limit": 1} if issubclass(cls, errors.ItemTooLargeError) else {}
        needed |= {"succeeded": 0, "unprocessed": ()} if issubclass(cls, errors.BatchIncompleteError) else {}
        error = cls("of the inside", **needed)

        async def fail(*_, error=error):
            raise error

        monkeypatch.setattr(users.Users, "get", fail)
        status, problem = await service("GET", "/users/1")
        answers[status] = answers.get(status, 0) + 1
        assert (problem_of(error).status, problem_of(error).body) == (status, problem)

    assert {400, 403, 404, 409, 429, 500, 503, 504} == set(answers)
    faults = [record for record in caplog.records if record.name == "dynamorm_async"]
    assert sum(count for status, count in answers.items() if status >= 500) == len(faults)


# ---------------------------------------------------------------- without an engine


async def test_the_session_is_replaced_in_a_unit_test():  # R137
    """FastAPI's override and a fake session: no database anywhere."""
    app = fastapi_app.make_app(Session(endpoint="http://127.0.0.1:9", **EVERY), TOKENS)
    async with FakeSession() as fake, served(app) as client:
        app.dependency_overrides[get_session] = lambda: fake
        user = User(email="ada@acme.test", name="Ada")
        vars(user).update(tenant_id="acme")
        await fake.load([user])

        status, shown = await client.as_("acme-token")("GET", f"/users/{user.id}")

    assert (200, "Ada") == (status, shown["name"])


async def test_openapi_tells_the_errors_that_are_sent():
    """400 instead of FastAPI's 422, and the others where they can come; each as problem+json, and nothing unused."""
    schema = fastapi_app.make_app(Session(endpoint="http://127.0.0.1:9", **EVERY), TOKENS).openapi()

    every = {"400", "401", "429", "500", "503", "504"}
    told = {
        (method, path): {status for status in operation["responses"] if not status.startswith("2")}
        for path, operations in schema["paths"].items()
        for method, operation in operations.items()
    }
    types = {
        kind
        for operations in schema["paths"].values()
        for operation in operations.values()
        for status, answer in operation["responses"].items()
        for kind in answer.get("content", ())
        if not status.startswith("2")
    }
    assert every == told["post", "/users"] == told["get", "/users"] == told["post", "/transfers"]
    assert every | {"404", "409"} == told["patch", "/users/{user_id}"]
    assert every | {"404"} == told["get", "/users/{user_id}"] == told["get", "/users/by-email"]
    assert {"application/problem+json"} == types
    assert not {"HTTPValidationError", "ValidationError"} & set(schema["components"]["schemas"])


# ---------------------------------------------------------------- one command


@pytest.fixture
def environment(tmp_path):
    """Where the examples can be imported from without the checkout's package, which would hide the installed one."""
    (tmp_path / "examples").symlink_to(Path(__file__).parents[2] / "examples")
    return os.environ | {"PYTHONPATH": str(tmp_path)}


@pytest.mark.engines("moto")
@pytest.mark.parametrize("server", list(APPS))
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
async def test_one_command_starts_it_and_leaves_nothing(engine, server, ending, environment):  # R142
    """It says where it is and how to ask; those lines work; it ends on a signal, and its engine with it."""
    command = ("-m", "examples.service", "--port", "0", "--server", server)
    # As a script's `... &` starts it: deaf to SIGINT.
    deaf = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
    program = (sys.executable, "-c", deaf, sys.executable, *command)
    process = await asyncio.create_subprocess_exec(*program, stdout=PIPE, stderr=STDOUT, env=environment)
    try:
        text = ""
        while text.count("curl") < 3:
            line = (await asyncio.wait_for(process.stdout.readline(), 40)).decode()
            assert line, text
            text += line
        url, endpoint = text.split()[0], text.partition(" at ")[2].split()[0]
        async with aiohttp.ClientSession(url, headers={"Authorization": "Bearer acme-token"}) as http:
            async with http.post("/users", json={"email": "ada@acme.test", "name": "Ada"}) as answer:
                assert 201 == answer.status
            async with http.get("/users?limit=10") as answer:
                assert 1 == (await answer.json())["count"]
            async with http.get("/users/by-email?email=ada@acme.test") as answer:
                assert "Ada" == (await answer.json())["name"]
        process.send_signal(ending)
        rest, _ = await asyncio.wait_for(process.communicate(), 20)
    finally:
        if process.returncode is None:
            process.kill()
    assert b"" == rest.strip()
    assert 0 == process.returncode
    with pytest.raises(OSError, match=r"."):
        await asyncio.open_connection("127.0.0.1", int(endpoint.rpartition(":")[2]))


@pytest.mark.engines("moto")
async def test_a_taken_port_is_said_in_one_line(engine, environment):
    """And nothing was started."""
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    command = ("-m", "examples.service", "--port", str(port))
    program = (sys.executable, *command)
    process = await asyncio.create_subprocess_exec(*program, stdout=PIPE, stderr=STDOUT, env=environment)

    output, _ = await asyncio.wait_for(process.communicate(), 40)
    server.close()

    assert f"port {port} is taken; choose another with --port, or 0 for any.\n" == output.decode()
    assert 0 != process.returncode


@pytest.mark.engines("moto")
@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("examples.service", "--port", "99999"), "there is no port 99999"),
        (("examples.service", "--port", "0", "--engine", "nope"), "there is no engine 'nope'"),
        (("examples.service", "--port", "0", "--engine", "http://127.0.0.1:1"), "127.0.0.1:1 is unreachable"),
        (("examples.streamer", "nope"), "there is no engine 'nope'"),
        (("examples.streamer.serve", "--port", "99999"), "there is no port 99999"),
        (("examples.streamer.serve", "--port", "0", "--engine", "nope"), "there is no engine 'nope'"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, tuple) else "",
)
async def test_what_cannot_be_started_is_said_in_one_line(engine, environment, command, said):
    """Without a traceback, and with an exit code that tells."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *command, stdout=PIPE, stderr=STDOUT, env=environment
    )

    output, _ = await asyncio.wait_for(process.communicate(), 60)

    assert said in output.decode()
    assert (1, 1) == (len(output.decode().splitlines()), process.returncode)


@pytest.mark.engines("moto")
async def test_the_smoke_test_says_what_a_dead_endpoint_leaves(engine, environment):
    """The failure first, then what may be left of each table; no traceback."""
    command = (sys.executable, "-m", "examples.streamer.smoke")
    dead = environment | {"DYNAMODB_ENDPOINT": "http://127.0.0.1:1"}
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=STDOUT, env=dead)

    output, _ = await asyncio.wait_for(process.communicate(), 60)

    failed, *left = output.decode().splitlines()
    assert failed.startswith("FAILED: ")
    assert ["Connection", "AsyncRequest", "Subscription"] == [line.split()[3] for line in left]
    assert 1 == process.returncode
