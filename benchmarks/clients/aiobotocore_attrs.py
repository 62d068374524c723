# /// script
# dependencies = ["aiobotocore==3.10.0", "attrs", "cattrs"]
# ///
"""The low-level aiobotocore client with models by hand: cattrs hooks straight from and to tagged dictionaries."""

from __future__ import annotations

from typing import Any

from benchmarks import item
from benchmarks.clients import aiobotocore_dicts as plain
from benchmarks.clients._attrs import WIDE, Event, User, read, tagged_converter, user

LABEL = "aiobotocore + cattrs, attrs"
MODELS = True


class Client(plain.Client):
    """The same calls, with objects at both ends."""

    def __init__(self, *parts: Any) -> None:
        converter = tagged_converter()
        self._structure = converter.get_structure_hook(User)
        self._unstructure = converter.get_unstructure_hook(User)
        self._event = converter.get_structure_hook(Event)
        self._wide = {width: converter.get_structure_hook(model) for width, model in WIDE.items()}
        super().__init__(*parts)
        self._users = {size: user(0, size) for size in (1, 10, 100)}
        self._crowd = [user(number) for number in range(25)]

    async def get(self) -> Any:
        return self._structure(await super().get(), User)

    async def get_wide(self, width: int) -> Any:
        return self._wide[width](await super().get_wide(width), WIDE[width])

    async def put(self, kilobytes: int = 1) -> None:
        await self._client.put_item(TableName=item.TABLE, Item=self._unstructure(self._users[kilobytes]))

    async def query(self) -> list[Any]:
        return [self._structure(each, User) for each in await super().query()]

    async def batch_get(self) -> list[Any]:
        return [self._structure(each, User) for each in await super().batch_get()]

    async def batch_write(self) -> None:
        self._many = [self._unstructure(each) for each in self._crowd]
        await super().batch_write()

    async def transact(self) -> None:
        self._many = [self._unstructure(each) for each in self._crowd[:2]]
        await super().transact()

    async def stream(self, count: int) -> int:
        seen = 0
        start: dict[str, Any] = {}
        while seen < count:
            page = await self._client.scan(TableName=item.EVENTS, **start)
            for each in page["Items"]:
                self._event(each, Event)
                seen += 1
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        return seen

    def decode(self, body: bytes) -> list[Any]:
        return [self._structure(each, User) for each in super().decode(body)]

    def encode(self) -> bytes:
        return self._codec.encode(self._unstructure(self._users[1]))

    def read(self, found: Any) -> dict[str, Any]:
        return read(found)


async def setup(endpoint: str) -> Client:
    return Client(*await plain.connect(endpoint))
