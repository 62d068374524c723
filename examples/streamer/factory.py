"""The three stores over one session."""

from __future__ import annotations

from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

import aioboto3

from dynamorm_async import Session
from examples.streamer.config import Config
from examples.streamer.connections import OrmConnectionStore
from examples.streamer.connections_raw import RawConnectionStore
from examples.streamer.models import AsyncRequest, Connection, Subscription
from examples.streamer.protocols import ConnectionStore
from examples.streamer.request_queue import RequestQueue
from examples.streamer.subscriptions import SubscriptionStore

__all__ = ["StoreFactory"]


class StoreFactory:
    """Makes the stores. Enter it with ``async with``, or call `open` as often as you like.

    Args:
        config: The settings.
        client: An open aioboto3 or aiobotocore client that all stores send through; it stays the caller's to close.

    Example:
        >>> async with StoreFactory(Config.from_env()) as stores:
        ...     await stores.connections.get("c1")
    """

    def __init__(self, config: Config, *, client: object = None) -> None:
        self.config = config
        self.session: Session = config.session(client=client)
        self.requests = RequestQueue(self.session)
        self.subscriptions = SubscriptionStore(self.session)
        self._client: Any = client
        self._stack = AsyncExitStack()

    @property
    def connections(self) -> ConnectionStore:
        """The store of connections, on dynamorm-async unless ``USE_DYNAMORM`` says otherwise."""
        if self.config.use_dynamorm:
            return OrmConnectionStore(self.session)
        if self._client is None:
            raise RuntimeError("the factory is not open; use it inside `async with`")
        return RawConnectionStore(self._client, self.config.connections_table)

    async def open(self) -> Self:
        """Open what is not open yet."""
        if not self.session.is_open:
            await self._stack.enter_async_context(self.session)
        if self._client is None and not self.config.use_dynamorm:
            sdk: Any = aioboto3.Session(region_name=self.config.region)
            client = sdk.client("dynamodb", endpoint_url=self.config.endpoint)
            self._client = await self._stack.enter_async_context(client)
        return self

    async def ensure_tables(self) -> None:
        """Make what is missing of the three tables: for development; elsewhere they belong to the infrastructure."""
        for model in (Connection, AsyncRequest, Subscription):
            await self.session.ensure_table(model)

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()
