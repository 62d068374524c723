# /// script
# dependencies = ["dyntastic==0.18.0"]
# ///
"""dyntastic models (pydantic over boto3) in threads."""

from __future__ import annotations

import itertools
from datetime import datetime
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.config import Config
from dyntastic import A, Dyntastic, transaction
from dyntastic.attr import serialize
from pydantic import BaseModel, create_model

from benchmarks import item
from benchmarks.clients._botocore import Codec
from benchmarks.clients._limits import CONNECTIONS, REGION
from benchmarks.clients._threads import Threads

LABEL = "dyntastic in threads, models"
MODELS = True


class Address(BaseModel):
    """A nested map."""

    street: str
    city: str
    zip: str
    floor: int
    verified: bool


class Table(Dyntastic):
    """The keys, and a connection pool of the size that every client has."""

    __table_name__ = item.TABLE
    __table_region__ = REGION
    __hash_key__ = "org"
    __range_key__ = "id"

    org: str
    id: str

    @classmethod
    def _dynamodb_boto3_kwargs(cls) -> dict[str, Any]:
        return {**super()._dynamodb_boto3_kwargs(), "config": Config(max_pool_connections=CONNECTIONS)}


class User(Table):
    """The item of 12 attributes."""

    email: str
    age: int
    balance: Decimal
    active: bool
    tags: set[str]
    scores: list[int]
    home: Address
    created_at: datetime
    avatar: bytes
    bio: str


class Event(Table):
    """The small item of long streams."""

    __table_name__ = item.EVENTS

    kind: str
    count: int


def _wide(width: int) -> type[Table]:
    fields: Any = {name: (kind, ...) for name, kind in item.wide_names(width)}
    model = create_model(f"Wide{width}", __base__=Table, **fields)
    model.__table_name__ = item.WIDE
    return model


class Client:
    """Its documented calls, each in a thread."""

    def __init__(self, endpoint: str) -> None:
        self._run = Threads()
        self._wide = {width: _wide(width) for width in item.WIDTHS}
        for model in (User, Event, *self._wide.values()):
            model.__table_host__ = endpoint
        self._keys = [tuple(item.key(number).values()) for number in range(item.INDEXED)]
        self._users = {size: User(**item.user_values(0, size)) for size in (1, 10, 100)}
        self._crowd = [User(**item.user_values(number)) for number in range(25)]
        self._serialize, self._deserialize = TypeSerializer().serialize, TypeDeserializer().deserialize
        self._codec: Codec | None = None

    async def get(self) -> Any:
        return await self._run(User.get, *self._keys[0])

    async def get_wide(self, width: int) -> Any:
        return await self._run(self._wide[width].get, *self._keys[0])

    async def put(self, kilobytes: int = 1) -> None:
        await self._run(self._users[kilobytes].save)

    async def query(self) -> list[Any]:
        found: list[Any] = await self._run(self._query)
        return found

    def _query(self) -> list[Any]:
        return list(User.query(item.ORG, range_key_condition=A.id.begins_with("item-")))

    async def batch_get(self) -> list[Any]:
        found: list[Any] = await self._run(User.batch_get, self._keys)
        return found

    async def batch_write(self) -> None:
        await self._run(self._write_many)

    def _write_many(self) -> None:
        with User.batch_writer():
            for each in self._crowd:
                each.save()

    async def transact(self) -> None:
        await self._run(self._transact)

    def _transact(self) -> None:
        with transaction():
            self._crowd[0].save()
            self._crowd[1].save()
            self._crowd[2].update(A.age.set(A.age + 1), condition=A.age < 65, refresh=False)
            self._crowd[3].delete(condition=A.active == True)  # noqa: E712  # an expression
        for each in self._crowd[:4]:
            each.ignore_unrefreshed()

    async def stream(self, count: int) -> int:
        seen: int = await self._run(lambda: sum(1 for _ in itertools.islice(Event.scan(), count)))
        return seen

    def decode(self, body: bytes) -> list[Any]:
        found = self._sdk().decode(body)
        plain = ({name: self._deserialize(value) for name, value in each.items()} for each in found)
        return [User.model_validate(each) for each in plain]

    def encode(self) -> bytes:
        values = serialize(self._users[1].model_dump(by_alias=True))
        return self._sdk().encode({name: self._serialize(value) for name, value in values.items()})

    def _sdk(self) -> Codec:
        self._codec = self._codec or Codec(User._dynamodb_resource().meta.client.meta.service_model)
        return self._codec

    def read(self, found: Any) -> dict[str, Any]:
        values: dict[str, Any] = found.model_dump()
        return values

    async def close(self) -> None:
        self._run.close()


async def setup(endpoint: str) -> Client:
    return Client(endpoint)
