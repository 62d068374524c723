"""Connections while their migration runs: old items are read where no new one is there yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import cast

from dynamorm_async import ConditionFailedError, ItemNotFoundError, Session
from examples.streamer.migration.old_models import OldConnection
from examples.streamer.migration.steps import CONNECTIONS, carry_over, turned
from examples.streamer.models import Connection, now
from examples.streamer.protocols import ConnectionStore

__all__ = ["DualConnectionStore"]


class DualConnectionStore:
    """A `ConnectionStore` over the new table and the old one.

    Args:
        new: The store of today.
        db: Reaches the old table.
        dual_write: Keep the old table up to date too, so that the first Streamer can be taken up again.
    """

    def __init__(self, new: ConnectionStore, db: Session, *, dual_write: bool = False) -> None:
        self._new = new
        self._db = db
        self._dual_write = dual_write

    async def save(self, connection: Connection) -> None:
        """Store a connection, in both shapes if so asked."""
        await self._new.save(connection)
        if self._dual_write:
            old: OldConnection = turned(connection, OldConnection)
            await old.put().using(self._db)

    async def get(self, connection_id: str) -> Connection:
        """One connection, of either shape."""
        try:
            return await self._new.get(connection_id)
        except LookupError:
            return _new(await OldConnection.get(connection_id).using(self._db))

    async def delete(self, connection_id: str) -> None:
        """Forget a connection in both shapes; the old one first, or the migration might bring it back."""
        await OldConnection.with_key(connection_id).delete().using(self._db)
        await self._new.delete(connection_id)

    async def list_by_user(self, user_id: str) -> Sequence[Connection]:
        """All connections of a user, of either shape."""
        old = await OldConnection.query(OldConnection.user_id == user_id).using(self._db)
        return _merged(old, await self._new.list_by_user(user_id))

    async def list_by_tenant(self, tenant_id: str) -> Sequence[Connection]:
        """All connections of a tenant, of either shape."""
        old = await OldConnection.query(OldConnection.tenant_id == tenant_id).using(self._db)
        return _merged(old, await self._new.list_by_tenant(tenant_id))

    async def update_last_ping(self, connection_id: str) -> None:
        """Note that the connection is alive; an old one becomes a new one by it."""
        try:
            await self._new.update_last_ping(connection_id)
        except LookupError:
            await carry_over(self._db, CONNECTIONS, await OldConnection.get(connection_id).using(self._db))
            await self._new.update_last_ping(connection_id)
        if self._dual_write:
            await self._ping_old(connection_id)

    async def delete_stale(self, before: datetime) -> int:
        """Forget the connections that were last heard of before then, each counted once."""
        forgotten = 0
        # Compared here and not in the table: the old texts of times vary in width and zone, so they have no order.
        async for old in OldConnection.scan().using(self._db):
            if old.last_ping < before and await self._forget_old(old):
                forgotten += not await self._is_new(old.connection_id)
        return forgotten + await self._new.delete_stale(before)

    async def _ping_old(self, connection_id: str) -> None:
        moment = now()
        old = OldConnection.with_key(connection_id)
        try:
            await old.update(last_ping=moment, ttl=moment + timedelta(hours=24)).using(self._db)
        except ItemNotFoundError:
            return  # it has only ever been a new one

    async def _forget_old(self, old: OldConnection) -> bool:
        try:
            # A ping moves the expiry, and a number is compared as one.
            await old.delete(if_=OldConnection.ttl == old.ttl).using(self._db)
        except ConditionFailedError:
            return False
        return True

    async def _is_new(self, connection_id: str) -> bool:
        try:
            await self._new.get(connection_id)
        except LookupError:
            return False
        return True


def _new(old: OldConnection) -> Connection:
    return cast("Connection", turned(old, Connection))


def _merged(old: Iterable[OldConnection], new: Iterable[Connection]) -> list[Connection]:
    """Both, where the new one goes before the old one."""
    found = {one.connection_id: _new(one) for one in old} | {one.connection_id: one for one in new}
    return list(found.values())
