# /// script
# dependencies = ["pynamodb==6.1.0"]
# ///
"""PynamoDB models in threads. It has no exact numbers, so ``balance`` is a float here."""

from __future__ import annotations

import itertools
from typing import Any

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.connection import Connection
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from benchmarks import item
from benchmarks.clients._botocore import Codec
from benchmarks.clients._limits import CONNECTIONS, REGION
from benchmarks.clients._threads import Threads

LABEL = "PynamoDB in threads, models"
MODELS = True
DIALECT = "basic"


class Address(MapAttribute):
    """A nested map."""

    street = UnicodeAttribute()
    city = UnicodeAttribute()
    zip = UnicodeAttribute()
    floor = NumberAttribute()
    verified = BooleanAttribute()


class User(Model):
    """The item of 12 attributes."""

    class Meta:
        table_name = item.TABLE
        region = REGION
        max_pool_connections = CONNECTIONS

    org = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    email = UnicodeAttribute()
    age = NumberAttribute()
    balance = NumberAttribute()
    active = BooleanAttribute()
    tags = UnicodeSetAttribute()
    scores = ListAttribute(of=NumberAttribute)
    home = Address()
    created_at = UTCDateTimeAttribute()
    avatar = BinaryAttribute(legacy_encoding=False)
    bio = UnicodeAttribute()


class Event(Model):
    """The small item of long streams."""

    class Meta:
        table_name = item.EVENTS
        region = REGION

    org = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()
    count = NumberAttribute()


# ``count`` is also a class method of its models, which the attribute hides; nothing here calls the method.


def _wide(width: int) -> type[Model]:
    body = {name: UnicodeAttribute() if kind is str else NumberAttribute() for name, kind in item.wide_names(width)}
    keys = {"org": UnicodeAttribute(hash_key=True), "id": UnicodeAttribute(range_key=True)}
    meta = type("Meta", (), {"table_name": item.WIDE, "region": REGION, "max_pool_connections": CONNECTIONS})
    return type(f"Wide{width}", (Model,), {"Meta": meta, **keys, **body})


def user(index: int, kilobytes: int = 1) -> User:
    """One user as an object."""
    values = item.user_values(index, kilobytes)
    return User(**values | {"home": Address(**values["home"]), "balance": float(values["balance"])})


class Client:
    """Its documented calls, each in a thread."""

    def __init__(self, endpoint: str) -> None:
        self._run = Threads()
        self._wide = {width: _wide(width) for width in item.WIDTHS}
        for model in (User, Event, *self._wide.values()):
            model.Meta.host = endpoint
        self._connection = Connection(region=REGION, host=endpoint, max_pool_connections=CONNECTIONS)
        self._keys = [tuple(item.key(number).values()) for number in range(item.INDEXED)]
        self._users = {size: user(0, size) for size in (1, 10, 100)}
        self._crowd = [user(number) for number in range(25)]
        self._codec: Codec | None = None

    async def get(self) -> Any:
        return await self._run(User.get, *self._keys[0])

    async def get_wide(self, width: int) -> Any:
        return await self._run(self._wide[width].get, *self._keys[0])

    async def put(self, kilobytes: int = 1) -> None:
        await self._run(self._users[kilobytes].save)

    async def query(self) -> list[Any]:
        found: list[Any] = await self._run(lambda: list(User.query(item.ORG, User.id.startswith("item-"))))
        return found

    async def batch_get(self) -> list[Any]:
        found: list[Any] = await self._run(lambda: list(User.batch_get(self._keys)))
        return found

    async def batch_write(self) -> None:
        await self._run(self._write_many)

    def _write_many(self) -> None:
        with User.batch_write() as batch:
            for each in self._crowd:
                batch.save(each)

    async def transact(self) -> None:
        await self._run(self._transact)

    def _transact(self) -> None:
        with TransactWrite(connection=self._connection) as transaction:
            transaction.save(self._crowd[0])
            transaction.save(self._crowd[1])
            transaction.update(self._crowd[2], actions=[User.age.add(1)], condition=User.age < 65)
            transaction.delete(self._crowd[3], condition=User.active == True)  # noqa: E712  # an expression

    async def stream(self, count: int) -> int:
        seen: int = await self._run(lambda: sum(1 for _ in itertools.islice(Event.scan(), count)))
        return seen

    def decode(self, body: bytes) -> list[Any]:
        return [User.from_raw_data(each) for each in self._sdk().decode(body)]

    def encode(self) -> bytes:
        return self._sdk().encode(self._users[1].serialize())

    def _sdk(self) -> Codec:
        self._codec = self._codec or Codec(self._connection.client.meta.service_model)
        return self._codec

    def read(self, found: Any) -> dict[str, Any]:
        values = {name: getattr(found, name) for name in item.user_values(0)}
        return values | {"home": found.home.attribute_values}

    async def close(self) -> None:
        self._run.close()


async def setup(endpoint: str) -> Client:
    return Client(endpoint)
