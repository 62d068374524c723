"""The store of subscriptions: which connections want to hear of which request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dynamorm_async import Session
from examples.streamer.models import Subscription

__all__ = ["SubscriptionStore"]


class SubscriptionStore:
    """Who wants to hear of what."""

    def __init__(self, db: Session) -> None:
        self._db = db

    async def subscribe(self, connection_id: str, request_id: str, event_types: Iterable[str] = ()) -> Subscription:
        """Let a connection hear of a request; of some events only, if any are given."""
        subscription = Subscription(connection_id=connection_id, request_id=request_id, event_types=set(event_types))
        return await subscription.put().using(self._db)

    async def unsubscribe(self, connection_id: str, request_id: str) -> None:
        """Let it hear no more."""
        await Subscription.with_key(connection_id=connection_id, request_id=request_id).delete().using(self._db)

    async def get_by_connection(self, connection_id: str) -> Sequence[Subscription]:
        """The subscriptions of a connection: ``pk = CONN#... AND begins_with(sk, SUB#)``."""
        return await Subscription.query(Subscription.connection_id == connection_id).consistent().using(self._db)

    async def get_by_request(self, request_id: str) -> Sequence[Subscription]:
        """The subscriptions to a request."""
        return await Subscription.query(Subscription.request_id == request_id).using(self._db)

    async def delete_by_connection(self, connection_id: str) -> int:
        """Forget all subscriptions of a connection, however many.

        Returns:
            How many there were.
        """
        return await self._db.batch_delete(await self.get_by_connection(connection_id))
