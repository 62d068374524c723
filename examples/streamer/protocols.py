"""What a store of connections must do, whoever keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from examples.streamer.models import Connection

__all__ = ["ConnectionStore"]


class ConnectionStore(Protocol):
    """Keeps the open connections."""

    async def save(self, connection: Connection) -> None:
        """Store a connection, in place of one with the same id. It expires after 24 hours unless it says otherwise."""
        ...

    async def get(self, connection_id: str) -> Connection:
        """One connection.

        Raises:
            LookupError: There is none with this id.
        """
        ...

    async def delete(self, connection_id: str) -> None:
        """Forget a connection; nothing happens if there is none."""
        ...

    async def list_by_user(self, user_id: str) -> Sequence[Connection]:
        """All connections of a user."""
        ...

    async def list_by_tenant(self, tenant_id: str) -> Sequence[Connection]:
        """All connections of a tenant."""
        ...

    async def update_last_ping(self, connection_id: str) -> None:
        """Note that the connection is alive, and let it live for another 24 hours.

        Raises:
            LookupError: There is none with this id.
        """
        ...

    async def delete_stale(self, before: datetime) -> int:
        """Forget the connections that were last heard of before then; a ping in the meantime saves one.

        Returns:
            How many were forgotten.
        """
        ...
