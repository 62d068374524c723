"""3.F: forged cursors, greedy forms, and secrets that must show up nowhere."""

from __future__ import annotations

import contextlib
import logging
import traceback
from datetime import datetime
from typing import Any

import pytest

from dynamorm_async import (
    Attr,
    ConfigurationError,
    Credentials,
    Document,
    Model,
    Nested,
    Session,
    ValidationError,
    attr,
    computed,
    partition_key,
    sort_key,
    ttl,
    version,
)
from dynamorm_async.errors import (
    DecodeError,
    DynamormError,
    InvalidCursorError,
    InvalidRequestError,
    UnknownFieldError,
)
from dynamorm_async.testing.faults import Cut, Fail, Redirect, Reset, Throttle, Unavailable
from tests.support.adversity import Account, Events, Job, Log, VirtualClock, alone

KEYS = {"cursor_keys": [b"k" * 32]}
PAGE = {
    "Items": [{"name": {"S": "l"}, "n": {"N": str(n)}} for n in range(3)],
    "LastEvaluatedKey": {"name": {"S": "l"}, "n": {"N": "2"}},
}

# ---------------------------------------------------------------- 53


@pytest.mark.asyncio
async def test_fault_53_a_cursor_that_was_touched_is_refused_before_it_is_read():
    """One bit, its end, its query, its age, its signature, its length: nothing is sent."""
    query, clock = Log.query(Log.name == "l"), VirtualClock()
    options = {"clock": clock, "cursor_lifetime": 60.0}
    async with alone(answer=lambda _: PAGE, **KEYS, **options) as (server, _):
        token = str((await query.page(2)).cursor)
        flipped = [token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :] for at in range(len(token))]
        forged = [*flipped, token[:-1], token + "A", "", "v1", "x" * 1_000_000, "\x00", token.encode()]
        server.play()
        for text in forged:
            with pytest.raises(InvalidCursorError):
                await query.page(2, text)
        others = [
            query.reverse(),
            query.where(Log.text == "x"),
            Log.query(Log.name == "m"),
            Log.query(Log.name == "l", Log.n > 1),
            Log.scan(),
        ]
        for other in others:
            with pytest.raises(InvalidCursorError):
                await other.page(2, token)
        await clock.sleep(61)
        with pytest.raises(InvalidCursorError):
            await query.page(2, token)
        assert server.requests == []


@pytest.mark.asyncio
async def test_fault_53_without_a_key_there_is_no_text_and_none_is_taken():
    """And a cursor of another session's key is none of ours."""
    query = Log.query(Log.name == "l")
    async with alone(answer=lambda _: PAGE, cursor_keys=[b"another key of 16"]) as (_, _db):
        token = str((await query.page(2)).cursor)
    async with alone(answer=lambda _: PAGE, **KEYS) as (_, _db):
        with pytest.raises(InvalidCursorError):
            await query.page(2, token)
    async with alone(answer=lambda _: PAGE) as (_, _db):
        with pytest.raises(ConfigurationError):
            str((await query.page(2)).cursor)
        with pytest.raises((ConfigurationError, InvalidCursorError)):
            await query.page(2, token)


# ---------------------------------------------------------------- 54


class Address(Document):
    city: Attr[str] = attr()
    zip: Attr[str | None] = attr(default=None)


class Member(Model[str, str], table="members", tag=True):
    org: Attr[str] = partition_key()
    id: Attr[str] = sort_key()
    email: Attr[str] = attr()
    age: Attr[int] = attr(default=0)
    admin: Attr[bool] = attr(default=False)
    tags: Attr[set[str]] = attr(factory=set)
    home: Nested[Address | None] = attr(default=None)
    others: Attr[list[Address]] = attr(factory=list)
    since: Attr[datetime | None] = attr(default=None)
    expires: Attr[datetime | None] = ttl()
    version: Attr[int] = version()
    gsi: Attr[str] = computed("E#{email}")


def form(data: Any, allow=("email", "age", "tags", "home", "others", "since")) -> Member:
    """A member from a body."""
    return Member.from_input(data, allow=allow, org="acme", id="1")


def test_fault_54_a_form_sets_what_it_may_and_nothing_else():
    """Keys, tenant, version, TTL, tag and every other field are refused by name, all at once."""
    body = {"email": "e", "org": "x", "id": "2", "version": 7, "expires": "2030-01-01T00:00:00Z"}
    with pytest.raises(ValidationError) as caught:
        form(body | {"_type": "Admin", "admin": True, "gsi": "E#x", "nope": 1, "canary-name": 2})

    refused = {path for path, _ in caught.value.errors}
    names = ("org", "id", "version", "expires", "_type", "admin", "gsi", "nope", "(an odd name)")
    assert refused == {f"Member.{name}" for name in names}
    assert "canary" not in str(caught.value)


def test_fault_54_types_are_strict():
    """A text is no number, an object no text, a truth no number."""
    wrong = {"email": {"$gt": ""}, "age": "3", "tags": "abc", "home": [], "others": [{"city": 1}], "since": 5}
    with pytest.raises(ValidationError) as caught:
        form(wrong)
    paths = {"email", "age", "tags", "home", "others[0].city", "since"}
    assert {path for path, _ in caught.value.errors} == {f"Member.{path}" for path in paths}

    with pytest.raises(ValidationError):
        form({"email": "e", "age": True})
    with pytest.raises(ValidationError):
        form({"email": None})


def test_fault_54_nested_documents_take_no_unknown_name():
    """Mass assignment goes deep."""
    with pytest.raises(ValidationError) as caught:
        form({"email": "e", "home": {"city": "Ulm", "owner": "me"}, "others": [{"zip": "1"}]})

    assert {path for path, _ in caught.value.errors} == {"Member.home.owner", "Member.others[0].city"}


def test_fault_54_what_fits_is_taken():
    """As JSON has it: lists for sets, texts for times, objects for documents."""
    made = form(
        {
            "email": "e",
            "age": 3,
            "tags": ["a", "b", "a"],
            "home": {"city": "Ulm"},
            "others": [{"city": "Bonn", "zip": None}],
            "since": "2026-01-01T00:00:00Z",
        }
    )

    assert (made.org, made.id, made.email, made.age, made.tags) == ("acme", "1", "e", 3, {"a", "b"})
    assert (made.home, made.others) == (Address(city="Ulm"), [Address(city="Bonn")])
    assert made.since is not None
    assert (made.since.year, made.version, made.admin) == (2026, 0, False)


@pytest.mark.parametrize("data", [[], "email", None, 3, [("email", "e")]])
def test_fault_54_a_body_that_is_no_object(data):
    """Whatever JSON it was."""
    with pytest.raises(ValidationError):
        form(data)


def test_fault_54_what_is_missing_is_named():
    """Instead of a TypeError from a constructor."""
    with pytest.raises(ValidationError, match=r"Member\.email"):
        form({"age": 3})


def test_fault_54_what_may_be_set_is_checked_as_the_program_s_own_word():
    """A slip in the list is the program's mistake, not the stranger's."""
    with pytest.raises(UnknownFieldError):
        form({}, allow=["emial"])
    with pytest.raises(InvalidRequestError):
        form({}, allow=["gsi"])
    with pytest.raises(InvalidRequestError):
        form({}, allow="email")
    assert form({"email": "e", "version": 4}, allow=[Member.email, "version"]).version == 4


def test_fault_54_a_body_nested_without_end():
    """No RecursionError."""

    class Free(Model[str], table="free"):
        id: Attr[str] = partition_key()
        value: Attr[Any] = attr(default=None)

    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ValidationError):
        Free.from_input({"value": deep}, allow=["value"], id="a")


# ---------------------------------------------------------------- 55

CANARY = "canary-5d41402a"


class Kept(logging.Handler):
    """Every record, as text, with its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.text: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.text.append(self.format(record) + repr(record.args))


@contextlib.contextmanager
def all_logs():
    """Every logger at its most talkative."""
    kept, root = Kept(), logging.getLogger()
    level = root.level
    root.addHandler(kept)
    root.setLevel(logging.DEBUG)
    try:
        yield kept.text
    finally:
        root.removeHandler(kept)
        root.setLevel(level)


def told(error: BaseException) -> str:
    """Everything that is usually shown of an error, without the caller's own frames."""
    lines = traceback.TracebackException.from_exception(error, capture_locals=True)
    shown = [str(error), repr(error), repr(getattr(error, "context", ""))]
    while lines is not None:
        for frame in lines.stack:
            if "/dynamorm_async/" in frame.filename:
                shown += [
                    f"{frame.filename}:{frame.lineno} {name} = {value}" for name, value in (frame.locals or {}).items()
                ]
        lines = lines.__cause__
    return "\n".join(shown)


def canaries(text: str) -> list[str]:
    """The lines in which it sings."""
    return [line[:300] for line in text.splitlines() if CANARY in line]


STORED = {"id": {"S": CANARY}, "owner": {"S": CANARY}}
REFUSED = {"message": f"value {CANARY} is bad", "Item": STORED}
SCRIPTS = {
    "reset": Reset.after_request(times=None),
    "cut": Cut.before_head(times=None),
    "throttle": Throttle(times=None),
    "unavailable": Unavailable(times=None),
    "condition": Fail("ConditionalCheckFailedException", details=REFUSED, times=None),
    "validation": Fail("ValidationException", message=f"bad {CANARY}", details=REFUSED, times=None),
    "redirect": Redirect(f"http://127.0.0.1/{CANARY}", times=None),
}


def canary_calls() -> dict[str, Any]:
    """Calls with a secret in key, value and condition."""
    account = Account(id=CANARY, owner=CANARY, entries=[CANARY])
    return {
        "get": Account.get(CANARY),
        "put": account.put(if_=Account.owner == CANARY),
        "create": account.create(),
        "update": account.update(Account.owner.set(CANARY), if_=Account.owner == CANARY),
        "add": Account.with_key(CANARY).update(Account.entries.append([CANARY])),
        "delete": Account.with_key(CANARY).delete(if_=Account.owner == CANARY),
        "query": Log.query(Log.name == CANARY, Log.text == CANARY),
        "scan": Account.scan(Account.owner == CANARY),
    }


@pytest.mark.asyncio
@pytest.mark.parametrize("script", SCRIPTS)
async def test_fault_55_no_value_key_or_credential_shows_in_an_error_or_a_log(script):
    """With every logger at DEBUG, and the locals of this library's frames shown."""
    secrets = Credentials(f"AKID{CANARY}", CANARY, CANARY)
    events = Events()
    options = {"clock": VirtualClock(), "credentials": secrets, "observers": [events]}
    with all_logs() as logs:
        async with alone(SCRIPTS[script], **options) as (_, db):
            for name, call in canary_calls().items():
                with pytest.raises(DynamormError) as caught:
                    await call
                assert canaries(f"{told(caught.value)}\n{call!r}\n{db!r}") == [], name
    assert canaries("\n".join(logs)) == []
    assert canaries(repr(events.seen)) == []


@pytest.mark.filterwarnings("ignore:.* was never awaited")
def test_fault_55_nor_in_what_is_printed_of_handles_plans_and_pages():
    """A repr says what a thing is and not what is in it."""
    from dynamorm_async import Cursor, Page

    query = Log.query(Log.name == CANARY, Log.n > 3)
    plan = query.plan()
    page = Page([CANARY], Cursor({"id": {"S": CANARY}}, CANARY.encode(), CANARY))
    shown = [query, plan, page, page.cursor, Account.key(CANARY), Credentials(CANARY, CANARY, CANARY)]
    shown += canary_calls().values()

    assert canaries("\n".join(repr(each) for each in shown)) == []


@pytest.mark.asyncio
async def test_fault_55_nor_in_errors_of_values_that_do_not_fit():
    """Neither going in nor coming out."""
    calls = [
        lambda: Account(id=CANARY, credits=CANARY).put(),
        lambda: Account.get(CANARY * 200),
        lambda: Account.with_key(CANARY).update(credits=CANARY),
        lambda: Log.query(Log.name == "l", Log.n == CANARY),
        lambda: Job(id=CANARY, runs=CANARY).put(),
    ]
    async with alone() as (_, _db):
        for call in calls:
            with pytest.raises(DynamormError) as caught:
                await call()
            assert canaries(f"{caught.value}\n{caught.value!r}") == []

    bad = {"id": {"S": CANARY}, "credits": {"S": CANARY}}
    async with alone(answer=lambda _: {"Item": bad, "Items": [bad]}) as (_, _db):
        for read in (Account.get(CANARY), Account.scan()):
            with pytest.raises(DecodeError) as caught:
                await read
            assert canaries(f"{caught.value}\n{caught.value!r}") == []


# ---------------------------------------------------------------- 56 and 60


@pytest.mark.asyncio
@pytest.mark.parametrize("tag", ["os.system", "builtins.eval", "Nobody", ""])
async def test_fault_56_a_tag_names_a_model_and_never_an_import(tag):
    """An item that is tagged otherwise is not this model's; nothing is looked up by its text."""
    item = {"org": {"S": "o"}, "id": {"S": "i"}, "email": {"S": "e"}, "_type": {"S": tag}}
    async with alone(answer=lambda _: {"Item": item}) as (_, _db):
        with pytest.raises(DecodeError):
            await Member.get("o", "i")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "endpoint",
    ["http://dynamodb.example.com", "http://10.0.0.1:8000", "http://localhost.evil.test", "http://0.0.0.0:8000"],
)
async def test_fault_60_plain_http_stays_on_this_machine(endpoint):
    """Unless it is allowed by name."""
    with pytest.raises(ConfigurationError):
        await Session(endpoint=endpoint, region="eu-west-1").open()


@pytest.mark.asyncio
@pytest.mark.parametrize("keys", ["x" * 32, b"x" * 32, [b"short"], ["x" * 32]])
async def test_fault_60_cursor_keys_are_secrets_of_some_length(keys):
    """No default, no text, no short one."""
    with pytest.raises((ConfigurationError, TypeError)):
        Session(cursor_keys=keys)
