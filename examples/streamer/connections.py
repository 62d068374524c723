"""The store of connections on dynamorm-async; `connections_raw` is the same store on the bare SDK."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from dynamorm_async import ConditionFailedError, Session
from examples.streamer.models import Connection, now

__all__ = ["OrmConnectionStore"]


class OrmConnectionStore:
    """Keeps connections; see `ConnectionStore` for what each method promises."""

    def __init__(self, db: Session) -> None:
        self._db = db

    async def save(self, connection: Connection) -> None:
        """Store a connection."""
        await connection.put().using(self._db)

    async def get(self, connection_id: str) -> Connection:
        """One connection."""
        return await Connection.get(connection_id=connection_id).using(self._db)

    async def delete(self, connection_id: str) -> None:
        """Forget a connection."""
        await Connection.with_key(connection_id=connection_id).delete().using(self._db)

    async def list_by_user(self, user_id: str) -> Sequence[Connection]:
        """All connections of a user."""
        return await Connection.query(Connection.user_id == user_id).using(self._db)

    async def list_by_tenant(self, tenant_id: str) -> Sequence[Connection]:
        """All connections of a tenant."""
        return await Connection.query(Connection.tenant_id == tenant_id).using(self._db)

    async def update_last_ping(self, connection_id: str) -> None:
        """Note that the connection is alive."""
        moment = now()
        connection = Connection.with_key(connection_id=connection_id)
        await connection.update(last_ping=moment, ttl=moment + timedelta(hours=24)).using(self._db)

    async def delete_stale(self, before: datetime) -> int:
        """Forget the connections that were last heard of before then."""
        deleted = 0
        stale = Connection.last_ping < before
        async for connection in Connection.scan(stale).using(self._db):
            try:
                await connection.delete(if_=stale).using(self._db)
            except ConditionFailedError:
                continue  # it has pinged since it was read
            deleted += 1
        return deleted
