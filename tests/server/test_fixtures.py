"""Fixtures from instances, YAML and JSON reach every engine as the fields' types say, and leave with nothing else."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from uuid import UUID

import attrs
import pytest

from dynamorm_async import (
    Attr,
    Document,
    Model,
    Nested,
    Session,
    ValidationError,
    attr,
    auto_id,
    computed,
    created_at,
    errors,
    make_converter,
    partition_key,
    sort_key,
    tenant,
    ulid,
    version,
)
from dynamorm_async.errors import InvalidRequestError
from dynamorm_async.testing import FakeSession, UnexpectedCallError, load_fixture
from tests.support.scripted import ScriptedTransport

pytestmark = pytest.mark.asyncio


class Colour(Enum):
    RED = "red"


@attrs.define
class Plain:
    """A document that is no class of this library."""

    price: Decimal
    marks: set[int]


class Address(Document):
    city: Attr[str] = attr(name="City")
    rent: Attr[Decimal] = attr(default=Decimal(0))


class FixtureUser(Model[str, str], table="fixture-users"):
    org: Attr[str] = partition_key()
    id: Attr[str] = sort_key()
    age: Attr[int] = attr(default=0, name="Age")
    credits: Attr[Decimal] = attr(default=Decimal(0))
    ratio: Attr[float] = attr(default=0.0)
    tags: Attr[set[str]] = attr(factory=set)
    sums: Attr[frozenset[Decimal]] = attr(factory=frozenset)
    photo: Attr[bytes] = attr(default=b"")
    joined: Attr[datetime | None] = attr(default=None)
    born: Attr[date | None] = attr(default=None)
    pause: Attr[timedelta | None] = attr(default=None)
    badge: Attr[UUID | None] = attr(default=None)
    colour: Attr[Colour | None] = attr(default=None)
    home: Nested[Address | None] = attr(default=None)
    homes: Attr[list[Address]] = attr(factory=list)
    plain: Attr[Plain | None] = attr(default=None)
    bag: Attr[dict[str, Decimal]] = attr(factory=dict)
    label: Attr[str] = computed("{org}-{age}")
    created_at: Attr[datetime] = created_at()
    version: Attr[int] = version()


class FixtureOrder(Model, table="fixture-orders"):
    pk: Attr[str] = partition_key("T#{tenant_id}")
    sk: Attr[str] = sort_key("O#{order_id}")
    tenant_id: Attr[str] = tenant()
    order_id: Attr[str] = auto_id(ulid)


WHOLE = {
    "org": "acme",
    "id": "1",
    "age": 36,
    "credits": "9.5000000000000000000000000000000001",
    "ratio": 0.5,
    "tags": ["a", "b"],
    "sums": [1, "2.5", 3.25],
    "photo": "aGk=",
    "joined": "2026-01-01T12:00:00+02:00",
    "born": "1815-12-10",
    "pause": 1.5,
    "badge": "12345678-1234-5678-1234-567812345678",
    "colour": "red",
    "home": {"city": "Ulm", "rent": 800.1},
    "homes": [{"city": "Bonn", "rent": "1.10"}],
    "plain": {"price": 0.1, "marks": [1, 2]},
    "bag": {"x": 1.1},
    "created_at": "2020-01-01T00:00:00Z",
}
YAML = """
FixtureUser:
  - org: acme
    id: "1"
    age: 36
    credits: 9.5000000000000000000000000000000001
    ratio: 0.5
    tags: !!set {a, b}
    sums: [1, "2.5", 3.25]
    photo: !!binary aGk=
    joined: 2026-01-01T12:00:00+02:00
    born: 1815-12-10
    pause: 1.5
    badge: 12345678-1234-5678-1234-567812345678
    colour: red
    home: {city: Ulm, rent: 800.1}
    homes: [{city: Bonn, rent: 1.10}]
    plain: {price: 0.1, marks: [1, 2]}
    bag: {x: 1.1}
    created_at: 2020-01-01T00:00:00Z
FixtureOrder:
  - {tenant_id: acme, order_id: o1}
"""
HERE = [FixtureUser, FixtureOrder]


def expected(number):
    """The user that both files say."""
    user = FixtureUser(
        org="acme",
        id="1",
        age=36,
        credits=Decimal("9.5000000000000000000000000000000001"),
        ratio=0.5,
        tags={"a", "b"},
        sums=frozenset((Decimal(1), Decimal("2.5"), Decimal("3.25"))),
        photo=b"hi",
        joined=datetime(2026, 1, 1, 10, tzinfo=UTC),
        born=date(1815, 12, 10),
        pause=timedelta(seconds=1.5),
        badge=UUID("12345678-1234-5678-1234-567812345678"),
        colour=Colour.RED,
        home=Address(city="Ulm", rent=Decimal("800.1")),
        homes=[Address(city="Bonn", rent=Decimal("1.10"))],
        plain=Plain(Decimal("0.1"), {1, 2}),
        bag={"x": Decimal("1.1")},
    )
    vars(user).update(version=number, created_at=datetime(2020, 1, 1, tzinfo=UTC))
    return user


@pytest.fixture
def written(tmp_path):
    """A file of this name and content."""

    def write(name, content):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


@pytest.fixture
def session():
    """A session that takes everything and keeps nothing, for what must be refused before."""
    return Session(transport=ScriptedTransport(lambda call: pytest.fail("something was sent")))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("users.json", {"FixtureUser": [WHOLE], "FixtureOrder": [{"tenant_id": "acme", "order_id": "o1"}]}),
        ("users.yaml", YAML),
    ],
)
async def test_a_file_becomes_typed_items(db, written, name, content):  # R121
    """Times, exact numbers, sets, binary and documents; handles are what was stored."""
    await db.create_table(FixtureUser)
    await db.create_table(FixtureOrder)

    loaded = await load_fixture(db, written(name, content), models=HERE)

    (stored,) = loaded[FixtureUser]
    assert expected(stored.version) == stored == await FixtureUser.get("acme", "1")
    assert "o1" == (await FixtureOrder.get(tenant_id="acme", order_id="o1")).order_id

    await loaded.unload()
    await loaded.unload()
    assert await FixtureUser.get_or_none("acme", "1") is None


async def test_instances_are_stored_and_unloaded_alone(db):  # R121
    """By model, or as they come; what the test wrote itself stays."""
    await db.create_table(FixtureUser)
    ada, grace = (FixtureUser(org="acme", id=name) for name in ("ada", "grace"))
    await FixtureUser(org="acme", id="own").create()

    async with await load_fixture(db, {FixtureUser: [ada]}) as loaded, await load_fixture(db, [grace]):
        await FixtureUser.with_key("acme", "ada").update(age=3)
        assert loaded[FixtureUser][0].version + 1 == (await FixtureUser.get("acme", "ada")).version
        assert ["ada", "grace", "own"] == [user.id for user in await FixtureUser.query(FixtureUser.org == "acme")]
        assert () == loaded[FixtureOrder]

    assert ["own"] == [user.id for user in await FixtureUser.query(FixtureUser.org == "acme")]


async def test_a_scoped_session_loads_for_its_tenant(db):
    """The tenant is filled in."""
    await db.create_table(FixtureOrder)
    acme = db.for_tenant("acme")

    loaded = await load_fixture(acme, {FixtureOrder: [{"order_id": "o1"}]})

    assert "acme" == loaded[FixtureOrder][0].tenant_id
    assert await FixtureOrder.get(order_id="o1").using(acme)


async def test_a_fake_session_answers_gets_of_a_fixture():  # R121
    """However often, or never; other calls stay unexpected, and after unloading these too."""
    with pytest.raises(UnexpectedCallError):
        async with FakeSession() as db:
            loaded = await load_fixture(db, {FixtureUser: [{"org": "acme", "id": "1"}, {"org": "acme", "id": "2"}]})
            (first, _) = loaded[FixtureUser]

            assert first == await FixtureUser.get("acme", "1") == await FixtureUser.get("acme", "1")
            assert first.version
            db.expect_get(FixtureUser, "acme", "1").will_return()
            assert await FixtureUser.get_or_none("acme", "1") is None
            await loaded.unload()
            await FixtureUser.get("acme", "2")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("users.yaml", "FixtureUser:\n- {org: a, id: '1'}\nFixtureUser:\n- {org: b, id: '1'}\n"),
        ("users.yaml", "FixtureUser:\n- {org: a, id: '1', id: '2'}\n"),
        ("users.json", '{"FixtureUser": [{"org": "a", "id": "1"}], "FixtureUser": []}'),
    ],
)
async def test_a_name_that_stands_twice_is_refused(tmp_path, name, text):
    """A model or a field: the first of the two would be lost."""
    path = tmp_path / name
    path.write_text(text)

    async with FakeSession() as db:
        with pytest.raises(errors.ConfigurationError, match=rf"{name} is not well-formed: '\w+' stands there twice"):
            await load_fixture(db, path, models=HERE)


async def test_hooks_of_the_session_read_the_file(written):
    """A converter's own hook for a type goes before what files say otherwise."""
    converter = make_converter()
    converter.register_unstructure_hook(Decimal, str)
    converter.register_structure_hook(Decimal, lambda text, _: Decimal(text.removeprefix("EUR ")))
    path = written("users.json", {"FixtureUser": [{"org": "a", "id": "1", "credits": "EUR 3"}]})

    async with FakeSession(converter=converter) as db:
        loaded = await load_fixture(db, path, models=HERE)

    assert Decimal(3) == loaded[FixtureUser][0].credits


@pytest.mark.parametrize(
    ("content", "error", "problem"),
    [
        (
            {"FixtureUsr": []},
            InvalidRequestError,
            r"users.json: there is no model 'FixtureUsr'. Did you mean 'FixtureU",
        ),
        (
            {"FixtureUser": [{"org": "a", "id": "1"}, {"org": "a", "idd": "2"}]},
            errors.UnknownFieldError,
            r"users.json, FixtureUser 2: FixtureUser has no field 'idd'. Did you mean 'id'",
        ),
        ({"FixtureUser": [{"org": "a", "id": 3}]}, ValidationError, r"users.json, FixtureUser 1: FixtureUser.id: int"),
        ({"FixtureUser": [{"id": "3"}]}, ValidationError, r"FixtureUser.org: it is required"),
        ({"FixtureUser": [{"org": "a", "id": "1", "label": "x"}]}, ValidationError, r"FixtureUser.label: it may not"),
        (
            {"FixtureUser": [{"org": "a", "id": "1", "home": {"town": "Ulm"}}]},
            ValidationError,
            r"FixtureUser.home.town: there is no such field",
        ),
        (
            {"FixtureUser": [{"org": "a", "id": "1", "credits": "secret"}]},
            ValidationError,
            r"FixtureUser.credits: a text is no Decimal",
        ),
        ({"FixtureUser": [{"org": "a", "id": "1", "credits": "NaN"}]}, ValidationError, r"FixtureUser.credits"),
        ({"FixtureUser": {"org": "a"}}, InvalidRequestError, r"FixtureUser needs a list of items"),
        ({"FixtureUser": ["x"]}, InvalidRequestError, r"FixtureUser 1 is neither a FixtureUser nor a mapping"),
        ([1], InvalidRequestError, r"an instance of a model is expected, not int"),
        (3, InvalidRequestError, r"a mapping of model names is expected"),
        (
            {"FixtureUser": [{"org": "a", "id": "1"}, {"org": "a", "id": "1"}]},
            InvalidRequestError,
            r"the batch has a put of this item already",
        ),
        ("{", errors.ConfigurationError, r"users.json is not well-formed"),
    ],
)
async def test_a_mistake_is_named_and_nothing_is_sent(session, written, content, error, problem):
    """File, model, number of the item, field and the nearest name; never a value."""
    async with session:
        with pytest.raises(error, match=problem) as caught:
            await load_fixture(session, written("users.json", content), models=HERE)

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("users.toml", "", "Name it .yaml"),
        ("users.yml", "a: [", "not well-formed"),
        ("none.json", None, "cannot be read"),
    ],
)
async def test_a_file_that_cannot_be_read(session, written, tmp_path, name, content, problem):
    """One clear error."""
    path = tmp_path / name if content is None else written(name, content)

    async with session:
        with pytest.raises(errors.ConfigurationError, match=problem):
            await load_fixture(session, path, models=HERE)


async def test_a_name_that_two_models_have_is_refused(session, written):
    """The module tells them apart."""

    class FixtureUser(Model[str], table="others"):
        id: Attr[str] = partition_key()

    path = written("users.json", {"FixtureUser": []})
    async with session:
        with pytest.raises(InvalidRequestError, match="several models 'FixtureUser'"):
            await load_fixture(session, path)
        loaded = await load_fixture(session, {f"{__name__}:FixtureUser": []})

    assert 0 == len(loaded)
