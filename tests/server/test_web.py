"""The web integrations over real HTTP: FastAPI under uvicorn, and aiohttp under its own server."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import pytest
import pytest_asyncio
from aiohttp import web
from fastapi import Body, Depends, FastAPI

from dynamorm_async import (
    Attr,
    Document,
    Model,
    Nested,
    Session,
    TenantSession,
    attr,
    errors,
    partition_key,
    sort_key,
    updated_at,
)
from dynamorm_async.integrations import aiohttp as for_aiohttp
from dynamorm_async.integrations import fastapi as for_fastapi
from tests.support.serving import served

pytestmark = pytest.mark.asyncio
OfAcme = Annotated[TenantSession, Depends(for_fastapi.tenant_scope(lambda: "acme"))]


class Address(Document):
    city: Attr[str] = attr(default="")


class User(Model[str, str], table="users"):
    org: Attr[str] = partition_key()
    id: Attr[str] = sort_key()
    age: Attr[int] = attr(default=0)
    tags: Attr[set[str]] = attr(factory=set)
    home: Nested[Address] = attr(factory=Address)
    updated_at: Attr[datetime] = updated_at()


class Part(Document):
    blob: Attr[bytes] = attr(default=b"")


class File(Model[str], table="files"):
    id: Attr[str] = partition_key()
    blob: Attr[bytes] = attr(default=b"")
    parts: Attr[list[Part]] = attr(factory=list)
    digests: Attr[set[bytes]] = attr(factory=set)
    pages: Attr[list[bytes | None]] = attr(factory=list)
    named: Attr[dict[str, bytes]] = attr(factory=dict)
    anything: Attr[Any] = attr(default=None)


def fastapi_app(session):
    """Three routes over users, and three over files."""
    app = FastAPI(lifespan=for_fastapi.lifespan(session))
    for_fastapi.install_error_handlers(app)

    @app.post("/users", status_code=201)
    async def create(user: Annotated[User, Body()]) -> User:
        return await user.create()

    @app.get("/users/{org}/{user_id}")
    async def read(org: str, user_id: str) -> User:
        return await User.get(org, user_id)

    @app.get("/users/{org}")
    async def listing(org: str, wanted: for_fastapi.Wanted, db: for_fastapi.DB) -> for_fastapi.CursorPage[User]:
        assert db.is_open
        return await for_fastapi.page_of(User.query(User.org == org), wanted)

    @app.post("/files", status_code=201)
    async def keep(file: Annotated[File, Body()]) -> File:
        file.anything = {"deep": [b"\xfc"], "number": Decimal("1.5")}
        return await file.create()

    @app.get("/files/{file_id}")
    async def look(file_id: str) -> File:
        return await File.get(file_id)

    @app.get("/files")
    async def files(wanted: for_fastapi.Wanted) -> for_fastapi.CursorPage[File]:
        return await for_fastapi.page_of(File.scan(), wanted)

    return app


def aiohttp_app(session):
    """One route."""

    async def read(request):
        user = await User.get(request.match_info["org"], request.match_info["id"])
        return web.json_response({"id": user.id, "age": user.age})

    app = web.Application(middlewares=[for_aiohttp.problems])
    app.cleanup_ctx.append(for_aiohttp.opened(session))
    app.router.add_get("/users/{org}/{id}", read)
    return app


@pytest_asyncio.fixture
async def session(engine, db, table_name):
    """A session that is not open yet, on a table that is there."""
    names = {"users": table_name, "files": f"{table_name}-files"}
    made = Session(endpoint=engine.endpoint, table_names=names, cursor_keys=[b"k" * 32])
    async with Session(endpoint=engine.endpoint, table_names=names) as first:
        await first.create_table(User)
        await first.create_table(File)
    await db.aclose()  # a bare await needs one open session on this loop
    return made


@pytest_asyncio.fixture
async def fastapi(session):
    """FastAPI under uvicorn, and a client of it."""
    async with served(fastapi_app(session)) as client:
        yield client


async def ask(client, method, path, *, json=None, params=None):
    """Status, JSON and media type of an answer."""
    status, body = await client(method, path, json, **(params or {}))
    return status, body, client.last_type


async def test_a_model_is_a_body_and_an_answer(fastapi):
    """Sets, documents and lifecycle fields travel; computed ones are answers only."""
    body = {"org": "acme", "id": "1", "age": 36, "tags": ["a"], "home": {"city": "Ulm"}}

    status, _, _ = await ask(fastapi, "POST", "/users", json=body)
    _, read, _ = await ask(fastapi, "GET", "/users/acme/1")

    assert 201 == status
    assert {"org", "id", "age", "tags", "home", "updated_at"} == set(read)
    assert (36, ["a"], {"city": "Ulm"}) == (read["age"], read["tags"], read["home"])


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"age": "old"}, ["body", "age"]),
        ({"home": {"city": 3}}, ["body", "home", "city"]),
        ({"agee": 3}, ["body", "agee"]),
        ({"updated_at": "2026-01-01T00:00:00Z"}, ["body", "updated_at"]),
    ],
)
async def test_a_wrong_body_is_refused_at_its_field(fastapi, change, where):
    """Types, unknown fields, and fields that the library sets."""
    status, answer, _ = await ask(fastapi, "POST", "/users", json={"org": "acme", "id": "1"} | change)

    assert 422 == status
    assert where == answer["detail"][0]["loc"]


async def test_bytes_are_base64_both_ways(fastapi):
    """Bytes that are no text, in documents, lists, sets, maps and untyped values: as they came they are given back."""
    body = {
        "id": "1",
        "blob": "//4=",
        "parts": [{"blob": "/Q=="}],
        "digests": ["/w=="],
        "pages": ["aGk=", None],
        "named": {"a": "+w=="},
    }

    created, _, _ = await ask(fastapi, "POST", "/files", json=body | {"blob": "__4="})
    _, read, _ = await ask(fastapi, "GET", "/files/1")
    _, listed, _ = await ask(fastapi, "GET", "/files")
    stored = await File.get("1")

    assert 201 == created
    assert body | {"anything": {"deep": ["/A=="], "number": "1.5"}} == read
    assert [read] == listed["items"]
    assert (b"\xff\xfe", [Part(blob=b"\xfd")], {b"\xff"}) == (stored.blob, stored.parts, stored.digests)
    assert ([b"hi", None], {"a": b"\xfb"}) == (stored.pages, stored.named)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"blob": "a"}, ["body", "blob"]),
        ({"blob": "\xff"}, ["body", "blob"]),
        ({"blob": 5}, ["body", "blob"]),
        ({"pages": ["aGk=", "no!"]}, ["body", "pages", 1]),
        ({"parts": [{"blob": "*"}]}, ["body", "parts", 0, "blob"]),
    ],
)
async def test_what_is_no_base64_is_refused_at_its_place(fastapi, change, where):
    """422, and not other bytes than were sent."""
    status, answer, _ = await ask(fastapi, "POST", "/files", json={"id": "1"} | change)

    assert 422 == status
    assert where == answer["detail"][0]["loc"][: len(where)]


async def test_openapi_says_base64(fastapi):
    """For what comes in and for what goes out, also inside of other types."""
    _, schema, _ = await ask(fastapi, "GET", "/openapi.json")
    schemas = schema["components"]["schemas"]

    for kind in ("Input", "Output"):
        # A form that is alike for both has one name in some releases of FastAPI, and two in others.
        forms = [schemas.get(f"{name}-{kind}") or schemas[name] for name in ("File", "Part")]
        file, part = (form["properties"] for form in forms)
        texts = [file["blob"], file["digests"]["items"], file["named"]["additionalProperties"], part["blob"]]
        assert {("string", "base64")} == {(text["type"], text["contentEncoding"]) for text in texts}


async def test_errors_are_problems(fastapi):
    """404 for no item, 409 for one that is there, 400 for a foreign cursor."""
    await ask(fastapi, "POST", "/users", json={"org": "acme", "id": "1"})

    missing, problem, media_type = await ask(fastapi, "GET", "/users/acme/2")
    twice, _, _ = await ask(fastapi, "POST", "/users", json={"org": "acme", "id": "1"})
    cursor, _, _ = await ask(fastapi, "GET", "/users/acme", params={"cursor": "v1.x.y.z"})

    assert [404, 409, 400] == [missing, twice, cursor]
    assert ("application/problem+json", "NOT_FOUND") == (media_type, problem["code"])


async def test_a_listing_is_walked_with_cursors(fastapi):
    """Every item once, and no cursor after the last page."""
    for number in range(5):
        await ask(fastapi, "POST", "/users", json={"org": "acme", "id": str(number)})
    seen, cursor = [], None
    while True:
        asked = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        _, page, _ = await ask(fastapi, "GET", "/users/acme", params=asked)
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert ["0", "1", "2", "3", "4"] == seen


async def test_the_openapi_schema_tells_input_from_output(fastapi):
    """What the library sets is in answers only."""
    _, schema, _ = await ask(fastapi, "GET", "/openapi.json")

    schemas = schema["components"]["schemas"]
    given = schemas.get("User-Input", {}).get("properties", {})
    shown = schemas.get("User-Output", {}).get("properties", {})
    assert "updated_at" not in given
    assert "updated_at" in shown


async def test_aiohttp_opens_and_closes_the_session(session):
    """The session lives as long as the application, and errors are problems."""
    async with served(aiohttp_app(session)) as client:
        await User(org="acme", id="1", age=36).create()
        _, shown, _ = await ask(client, "GET", "/users/acme/1")
        missing, _, media_type = await ask(client, "GET", "/users/acme/2")

    assert ({"id": "1", "age": 36}, 404) == (shown, missing)
    assert "application/problem+json" == media_type
    assert not session.is_open


async def test_a_tenant_may_be_asked_for_and_must_be_there(session):
    """The function that finds it may be async; without the middleware there is none, and the error says what to do."""

    async def who(request):
        return request.headers.get("x-tenant", "acme")

    async def read(request):
        return web.json_response({"tenant": for_aiohttp.get_tenant().tenant})

    app = web.Application(middlewares=[for_aiohttp.problems, for_aiohttp.tenant_scope(who)])
    app.cleanup_ctx.append(for_aiohttp.opened(session))
    app.router.add_get("/", read)
    async with served(app) as client:
        assert (200, {"tenant": "acme"}) == await client("GET", "/")

    with pytest.raises(errors.NoSessionError, match=r"Put tenant_scope\(...\) among the middlewares"):
        for_aiohttp.get_tenant()


async def test_what_fastapi_refuses_can_be_a_problem(session):
    """400 with the places and without the input."""
    app = FastAPI(lifespan=for_fastapi.lifespan(session))
    for_fastapi.install_error_handlers(app, bad_requests=True)

    @app.post("/users")
    async def create(user: Annotated[User, Body()]) -> User:
        return user

    async with served(app) as client:
        status, problem, media_type = await ask(client, "POST", "/users", json={"org": "a", "id": 77})

    assert (400, "VALIDATION", "application/problem+json") == (status, problem["code"], media_type)
    assert [["body", "id"]] == [fault["loc"] for fault in problem["errors"]]
    assert "77" not in str(problem)


async def test_a_mounted_application_has_the_session_of_the_outer_one(session):
    """As it is handed to endpoints and to the scope of a tenant; without any, the error says what to do."""
    app, mounted, alone = FastAPI(lifespan=for_fastapi.lifespan(session)), FastAPI(), FastAPI()
    app.mount("/api", mounted)
    for_fastapi.install_error_handlers(alone)

    async def look(db: for_fastapi.DB, tenant: OfAcme) -> list[str]:
        return [str(db is session), tenant.tenant]

    mounted.get("/")(look)
    alone.get("/")(look)
    async with served(app) as client:
        assert (200, ["True", "acme"]) == await client("GET", "/api/")
    async with served(alone) as client:
        assert 500 == (await client("GET", "/"))[0]


async def test_a_mounted_application_has_it_with_a_lifespan_of_one_s_own(session):
    """Which enters the library's, and yields nothing."""

    @asynccontextmanager
    async def own(app):
        async with for_fastapi.lifespan(session)(app):
            yield

    app, mounted = FastAPI(lifespan=own), FastAPI()
    app.mount("/api", mounted)

    async def look(db: for_fastapi.DB) -> bool:
        return db is session

    mounted.get("/")(look)
    async with served(app) as client:
        assert (200, True) == await client("GET", "/api/")


async def test_a_tenant_can_be_found_by_a_sub_application(session):
    """Its middleware takes the session of the outer application."""

    async def read(request):
        return web.json_response({"tenant": for_aiohttp.get_tenant().tenant})

    app = web.Application(middlewares=[for_aiohttp.problems])
    app.cleanup_ctx.append(for_aiohttp.opened(session))
    inner = web.Application(middlewares=[for_aiohttp.tenant_scope(lambda _: "acme")])
    inner.router.add_get("/", read)
    app.add_subapp("/api", inner)
    async with served(app) as client:
        assert (200, {"tenant": "acme"}) == await client("GET", "/api/")
