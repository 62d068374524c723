# /// script
# dependencies = []
# [tool.benchmarks]
# this-project = true
# ///
"""This library: models over its direct transport."""

from __future__ import annotations

import types
from datetime import datetime
from decimal import Decimal
from typing import Any

import attrs

from benchmarks import item
from benchmarks.clients._limits import CONNECTIONS, REGION
from dynamorm_async import Attr, Document, Model, Nested, Session, attr, partition_key, sort_key

LABEL = "dynamorm-async, models"
MODELS = True


class Address(Document):
    """A nested map."""

    street: Attr[str] = attr()
    city: Attr[str] = attr()
    zip: Attr[str] = attr()
    floor: Attr[int] = attr()
    verified: Attr[bool] = attr()


class User(Model, table=item.TABLE):
    """The item of 12 attributes."""

    org: Attr[str] = partition_key()
    id: Attr[str] = sort_key()
    email: Attr[str] = attr()
    age: Attr[int] = attr()
    balance: Attr[Decimal] = attr()
    active: Attr[bool] = attr()
    tags: Attr[set[str]] = attr()
    scores: Attr[list[int]] = attr()
    home: Nested[Address] = attr()
    created_at: Attr[datetime] = attr()
    avatar: Attr[bytes] = attr()
    bio: Attr[str] = attr()


class Event(Model, table=item.EVENTS):
    """The small item of long streams."""

    org: Attr[str] = partition_key()
    id: Attr[str] = sort_key()
    kind: Attr[str] = attr()
    count: Attr[int] = attr()


def _wide(width: int) -> type[Model[str, str]]:
    kinds = {"org": str, "id": str, **dict(item.wide_names(width))}
    body = {name: attr() for name in kinds} | {"org": partition_key(), "id": sort_key()}
    notes = {name: Attr[kind] for name, kind in kinds.items()}
    fields = {"__annotations__": notes, "__module__": __name__, **body}
    return types.new_class(f"Wide{width}", (Model,), {"table": item.WIDE}, lambda names: names.update(fields))


def user(index: int, kilobytes: int = 1) -> User:
    """One user as an object."""
    values = item.user_values(index, kilobytes)
    return User(**values | {"home": Address(**values["home"])})


class Client:
    """The calls of the README."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._ids = [item.key(number)["id"] for number in range(item.INDEXED)]
        self._wide: dict[int, type[Model[str, str]]] = {}
        self._users: dict[int, User] = {}
        self._crowd: list[User] = []
        self._few: list[User] = []

    async def get(self) -> User:
        return await User.get(item.ORG, self._ids[0])

    async def get_wide(self, width: int) -> Any:
        if width not in self._wide:
            self._wide[width] = _wide(width)
        return await self._wide[width].get(item.ORG, self._ids[0])

    async def put(self, kilobytes: int = 1) -> None:
        if kilobytes not in self._users:
            self._users[kilobytes] = user(0, kilobytes)
        await self._users[kilobytes].put()

    async def query(self) -> list[User]:
        return await User.query(User.org == item.ORG, User.id.begins_with("item-"))

    async def batch_get(self) -> list[User]:
        found: list[User] = list(await self._session.batch_get(User, [(item.ORG, each) for each in self._ids]))
        return found

    async def batch_write(self) -> None:
        await self._session.batch_put(self._many())

    async def transact(self) -> None:
        # Of their own: after an add in a transaction an instance has to be read again.
        self._few = self._few or [user(number) for number in range(4)]
        one, two, three, four = self._few
        async with self._session.transaction() as transaction:
            transaction.put(one)
            transaction.put(two)
            transaction.update(three, User.age.add(1), if_=User.age < 65)
            transaction.delete(four, if_=User.active == True)  # noqa: E712  # an expression

    def _many(self) -> list[User]:
        self._crowd = self._crowd or [user(number) for number in range(25)]
        return self._crowd

    async def stream(self, count: int) -> int:
        seen = 0
        async for _ in Event.scan():
            seen += 1
            if seen == count:
                break
        return seen

    def decode(self, body: bytes) -> list[User]:
        from dynamorm_async._ops.decode import decode_items

        return decode_items(self._session.runner.settings.codec.model(User.__dynamorm_spec__), body).items

    def encode(self) -> bytes:
        self._users[1] = self._users.get(1) or user(0)
        body: bytes = next(self._users[1].put()._flow(self._session.runner)).body
        return body

    def read(self, found: User) -> dict[str, Any]:
        return attrs.asdict(found)

    async def close(self) -> None:
        await self._session.aclose()


async def setup(endpoint: str) -> Client:
    session = Session(endpoint=endpoint, region=REGION, max_connections=CONNECTIONS)
    return Client(await session.open())
