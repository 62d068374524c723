# /// script
# dependencies = ["aiodynamo==26.4", "aiohttp", "attrs", "cattrs"]
# ///
"""aiodynamo over aiohttp with models by hand through cattrs, numbers exact."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from aiodynamo.models import BatchWriteRequest

from benchmarks import item
from benchmarks.clients import aiodynamo_aiohttp as base
from benchmarks.clients._attrs import WIDE, Event, User, plain_converter, read, user

LABEL = "aiodynamo + aiohttp + cattrs, attrs"
MODELS = True


class Client(base.Client):
    """The same calls, with objects at both ends."""

    numbers = Decimal

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        converter = plain_converter()
        self._structure, self._unstructure = converter.get_structure_hook(User), converter.get_unstructure_hook(User)
        self._event = converter.get_structure_hook(Event)
        self._models = {width: converter.get_structure_hook(model) for width, model in WIDE.items()}
        self._users = {size: user(0, size) for size in (1, 10, 100)}
        self._crowd = [user(number) for number in range(25)]

    async def get(self) -> Any:
        return self._structure(await super().get(), User)

    async def get_wide(self, width: int) -> Any:
        return self._models[width](await super().get_wide(width), WIDE[width])

    async def put(self, kilobytes: int = 1) -> None:
        await self._table.put_item(self._unstructure(self._users[kilobytes]))

    async def query(self) -> list[Any]:
        return [self._structure(each, User) for each in await super().query()]

    async def batch_get(self) -> list[Any]:
        return [self._structure(each, User) for each in await super().batch_get()]

    async def batch_write(self) -> None:
        items = [self._unstructure(each) for each in self._crowd]
        await self._client.batch_write({item.TABLE: BatchWriteRequest(items_to_put=items)})

    async def transact(self) -> None:
        self._many = [self._unstructure(each) for each in self._crowd[:2]]
        await super().transact()

    async def stream(self, count: int) -> int:
        seen = 0
        async for each in self._events.scan():
            self._event(each, Event)
            seen += 1
            if seen == count:
                break
        return seen

    def decode(self, body: bytes) -> list[Any]:
        return [self._structure(each, User) for each in super().decode(body)]

    def encode(self) -> bytes:
        self._items[1] = self._unstructure(self._users[1])
        return super().encode()

    def read(self, found: Any) -> dict[str, Any]:
        return read(found)


async def setup(endpoint: str) -> Client:
    return Client(*await base.connect(), endpoint)
