"""A change must not make the library twice as slow unseen.

Nothing here looks at a clock on the wall. Each work is compared with a fixed reference, JSON of the same bytes to plain
dictionaries and a walk over them, in CPU time of this one thread, by turns in this one process. The least of many short
runs counts: noise can only add. So the ratio depends on the code and hardly on the machine.

After a change that makes a work cheaper for good, lower its limit: ``pytest tests/guard -rP`` shows the ratios. A limit
stands 1.6 times over its ratio, room for other Pythons and processors; twice the work is beyond it.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from decimal import Decimal

import msgspec
import pytest

from dynamorm_async import Attr, Document, Model, Nested, Session, attr, partition_key, sort_key
from dynamorm_async._ops.effects import Attempt, Call, Reply

ROUNDS = 60
LIMITS = {"get": 1.1, "put": 1.6, "query": 2.4, "batch_get": 1.9, "batch_write": 1.6, "transaction": 0.85}
"""By work, how many times the CPU of the reference it may take."""


class Home(Document):
    street: Attr[str] = attr()
    city: Attr[str] = attr()
    floor: Attr[int] = attr()


class Person(Model, table="guard"):
    org: Attr[str] = partition_key()
    id: Attr[str] = sort_key()
    email: Attr[str] = attr()
    age: Attr[int] = attr()
    balance: Attr[Decimal] = attr()
    active: Attr[bool] = attr()
    tags: Attr[set[str]] = attr()
    scores: Attr[list[int]] = attr()
    home: Nested[Home] = attr()
    joined: Attr[datetime] = attr()
    avatar: Attr[bytes] = attr()
    bio: Attr[str] = attr()


ITEM = {
    "org": {"S": "acme"},
    "id": {"S": "item-1"},
    "email": {"S": "person@example.org"},
    "age": {"N": "42"},
    "balance": {"N": "1000.25"},
    "active": {"BOOL": True},
    "tags": {"SS": ["admin", "beta", "verified"]},
    "scores": {"L": [{"N": "7"}, {"N": "42"}, {"N": "1999"}]},
    "home": {"M": {"street": {"S": "12 Harbour Road"}, "city": {"S": "Hamburg"}, "floor": {"N": "3"}}},
    "joined": {"S": "2026-11-21T10:30:15.123456+00:00"},
    "avatar": {"B": "AAECAwQFBgcICQoLDA0ODw=="},
    "bio": {"S": "She sells sea shells by the sea shore. " * 16},
}
# Small enough for the nearest cache: a neighbour that empties the caches would show in the ratio otherwise.
PAGE = json.dumps({"Items": [ITEM] * 10, "Count": 10, "ScannedCount": 10}).encode()
ANSWERS = {
    "GetItem": json.dumps({"Item": ITEM}).encode(),
    "PutItem": b"{}",
    "Query": PAGE,
    "BatchGetItem": json.dumps(
        {"Responses": {"guard": [ITEM | {"id": {"S": f"item-{number}"}} for number in range(25)]}}
    ).encode(),
    "BatchWriteItem": b'{"UnprocessedItems":{}}',
    "TransactWriteItems": b"{}",
}


class Echo:
    """A transport without a network: the answer is there at once."""

    async def send(self, call: Call, _: Attempt) -> Reply:
        return Reply(200, ANSWERS[call.operation])

    async def aclose(self) -> None:
        """Nothing is open."""


async def reference(_: Session) -> None:
    """The fixed work: msgspec to dictionaries, then as many steps of plain Python as there are attributes."""
    for _ in range(10):
        seen = {}
        for item in msgspec.json.decode(PAGE)["Items"]:
            for name, value in item.items():
                ((tag, inner),) = value.items()
                seen[name] = (tag, inner)


async def get(_: Session) -> None:
    """Thirty gets."""
    for _ in range(30):
        await Person.get("acme", "item-1")


async def put(_: Session) -> None:
    """Thirty puts."""
    for _ in range(30):
        await PERSON.put()


async def query(_: Session) -> None:
    """Ten queries that answer ten items each."""
    for _ in range(10):
        found = await Person.query(Person.org == "acme", Person.id.begins_with("item-"))
        assert len(found) == 10


async def batch_get(db: Session) -> None:
    """Four batches of 25 keys."""
    keys = [("acme", f"item-{number}") for number in range(25)]
    for _ in range(4):
        assert 25 == len(await db.batch_get(Person, keys))


async def batch_write(db: Session) -> None:
    """Three batches of 25 puts."""
    for _ in range(3):
        assert 25 == await db.batch_put(PEOPLE)


async def transaction(db: Session) -> None:
    """Five transactions of two puts, an update and a deletion."""
    one, two, three, four = PEOPLE[:4]
    for _ in range(5):
        async with db.transaction() as together:
            together.put(one)
            together.put(two)
            together.update(three, Person.age.set(43), if_=Person.age < 65)
            together.delete(four, if_=Person.active == True)  # noqa: E712  # an expression


def person(number: int) -> Person:
    """One of many, alike but for the key."""
    return Person(
        org="acme",
        id=f"item-{number}",
        email="person@example.org",
        age=42,
        balance=Decimal("1000.25"),
        active=True,
        tags={"admin", "beta", "verified"},
        scores=[7, 42, 1999],
        home=Home(street="12 Harbour Road", city="Hamburg", floor=3),
        joined=datetime.fromisoformat("2026-11-21T10:30:15.123456+00:00"),
        avatar=bytes(range(16)),
        bio="She sells sea shells by the sea shore. " * 16,
    )


PEOPLE = [person(number) for number in range(25)]
PERSON = PEOPLE[1]
Work = Callable[[Session], Awaitable[None]]
WORKS: Mapping[str, Work] = {
    "get": get,
    "put": put,
    "query": query,
    "batch_get": batch_get,
    "batch_write": batch_write,
    "transaction": transaction,
}


async def costs(db: Session, works: Mapping[str, Work], rounds: int) -> dict[str, float]:
    """The least CPU seconds that each work took in this thread, by turns."""
    least = dict.fromkeys(works, float("inf"))
    for _ in range(rounds):
        for name, work in works.items():
            start = time.thread_time()
            await work(db)
            least[name] = min(least[name], time.thread_time() - start)
    return least


def ratios(works: Mapping[str, Work]) -> dict[str, float]:
    """How many times the CPU of the reference each work takes."""

    async def measure() -> dict[str, float]:
        async with Session(region="eu-west-1", transport=Echo()) as db:
            await costs(db, works, 3)  # what is compiled or cached on first use
            return await costs(db, {"reference": reference, **works}, ROUNDS)

    gc.collect()
    gc.disable()  # a big test process would pay for its other objects here
    try:
        least = asyncio.run(measure())
    finally:
        gc.enable()
    return {name: least[name] / least["reference"] for name in works}


untraced = pytest.mark.skipif(
    sys.gettrace() is not None, reason="a tracer, as of coverage, slows Python code and not the reference's C code"
)


@untraced
def test_every_work_stays_within_its_cpu():
    """Planning, rendering, running, decoding: the whole way but the network costs what it did, give or take."""
    found = ratios(WORKS)
    print({name: round(ratio, 2) for name, ratio in found.items()})  # noqa: T201  # for whoever sets new limits

    assert {} == {name: ratio for name, ratio in found.items() if ratio > LIMITS[name]}


@untraced
@pytest.mark.parametrize("name", WORKS)
def test_twice_the_work_is_seen(name):
    """The limits are narrow enough: the same work done twice is beyond them."""

    async def twice(db: Session) -> None:
        await WORKS[name](db)
        await WORKS[name](db)

    assert ratios({name: twice})[name] > LIMITS[name]
