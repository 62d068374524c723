# /// script
# dependencies = ["pydynox==1.8.0"]
# ///
"""pydynox models over its Rust client."""

from __future__ import annotations

import dataclasses
from typing import Any

from pydynox import BatchWriter, DynamoDBClient, Model, ModelConfig, Transaction
from pydynox.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    DatetimeAttribute,
    DecimalAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    StringAttribute,
    StringSetAttribute,
)

from benchmarks import item
from benchmarks.clients._limits import REGION

LABEL = "pydynox, models"
MODELS = True


@dataclasses.dataclass
class Address:
    """A nested map."""

    street: str
    city: str
    zip: str
    floor: int
    verified: bool


class User(Model):
    """The item of 12 attributes."""

    model_config = ModelConfig(table=item.TABLE)
    org = StringAttribute(partition_key=True)
    id = StringAttribute(sort_key=True)
    email = StringAttribute()
    age = NumberAttribute()
    balance = DecimalAttribute()
    active = BooleanAttribute()
    tags = StringSetAttribute()
    scores = ListAttribute()
    home = MapAttribute(Address)
    created_at = DatetimeAttribute()
    avatar = BinaryAttribute()
    bio = StringAttribute()


class Event(Model):
    """The small item of long streams."""

    model_config = ModelConfig(table=item.EVENTS)
    org = StringAttribute(partition_key=True)
    id = StringAttribute(sort_key=True)
    kind = StringAttribute()
    count = NumberAttribute()


def _wide(width: int) -> type[Model]:
    body = {name: StringAttribute() if kind is str else NumberAttribute() for name, kind in item.wide_names(width)}
    keys = {"org": StringAttribute(partition_key=True), "id": StringAttribute(sort_key=True)}
    return type(f"Wide{width}", (Model,), {"model_config": ModelConfig(table=item.WIDE), **keys, **body})


def user(index: int, kilobytes: int = 1) -> User:
    """One user as an object."""
    values = item.user_values(index, kilobytes)
    return User(**values | {"home": Address(**values["home"])})


class Client:
    """Its documented calls."""

    def __init__(self, client: DynamoDBClient) -> None:
        self._client = client
        self._wide = {width: _wide(width) for width in item.WIDTHS}
        for model in (User, Event, *self._wide.values()):
            model.model_config.client = client
        self._keys = [item.key(number) for number in range(item.INDEXED)]
        self._users = {size: user(0, size) for size in (1, 10, 100)}
        self._crowd = [user(number) for number in range(25)]

    async def get(self) -> Any:
        return await User.get(**item.key(0))

    async def get_wide(self, width: int) -> Any:
        return await self._wide[width].get(**item.key(0))

    async def put(self, kilobytes: int = 1) -> None:
        await self._users[kilobytes].save(full_replace=True)

    async def query(self) -> list[Any]:
        found = User.query(partition_key=item.ORG, sort_key_condition=User.id.begins_with("item-"))
        return [each async for each in found]

    async def batch_get(self) -> list[Any]:
        found: list[Any] = await User.batch_get(self._keys)
        return found

    async def batch_write(self) -> None:
        async with BatchWriter(self._client, item.TABLE) as batch:
            for each in self._crowd:
                batch.put(each.to_dict())

    async def transact(self) -> None:
        async with Transaction(self._client) as transaction:
            transaction.save_model(self._crowd[0])
            transaction.save_model(self._crowd[1])
            transaction.update(
                item.TABLE,
                self._keys[2],
                "SET #age = #age + :one",
                condition_expression="#age < :limit",
                expression_attribute_names={"#age": "age"},
                expression_attribute_values={":one": 1, ":limit": 65},
            )
            transaction.delete(
                item.TABLE,
                self._keys[3],
                condition_expression="#active = :active",
                expression_attribute_names={"#active": "active"},
                expression_attribute_values={":active": True},
            )

    async def stream(self, count: int) -> int:
        seen = 0
        async for _ in Event.scan():
            seen += 1
            if seen == count:
                break
        return seen

    def read(self, found: Any) -> dict[str, Any]:
        values = {name: getattr(found, name) for name in item.user_values(0)}
        return values | {"home": dataclasses.asdict(found.home)}


async def setup(endpoint: str) -> Client:
    return Client(DynamoDBClient(region=REGION, endpoint_url=endpoint))
