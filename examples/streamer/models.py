"""What Streamer stores: connections, the requests made over them, and who wants to hear of which request."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from dynamorm_async import Attr, GlobalIndex, Model, attr, computed, created_at, partition_key, sort_key, ttl, version

__all__ = ["AsyncRequest", "Connection", "Status", "Subscription", "now"]


def now() -> datetime:
    """The present time, with its zone."""
    return datetime.now(UTC)


class Status(StrEnum):
    """Where a request stands."""

    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    RETRYING = "RETRYING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"

    @property
    def is_final(self) -> bool:
        """Whether nothing will change any more."""
        return self in (Status.COMPLETED, Status.FAILED)


class Connection(Model, table="streamer_connections"):
    """An open WebSocket."""

    pk: Attr[str] = partition_key("CONN#{connection_id}")
    sk: Attr[str] = sort_key("METADATA")
    connection_id: Attr[str] = attr()
    user_id: Attr[str] = attr()
    tenant_id: Attr[str] = attr()
    endpoint: Attr[str] = attr()
    connected_at: Attr[datetime] = attr(factory=now)
    last_ping: Attr[datetime] = attr(factory=now)
    metadata: Attr[dict[str, str]] = attr(factory=dict)
    ttl: Attr[datetime] = ttl(default=timedelta(hours=24))

    by_user = GlobalIndex(user_id, name="user-index")
    by_tenant = GlobalIndex(tenant_id, name="tenant-index")


class AsyncRequest(Model, table="streamer_requests"):
    """A piece of work. Its status is in its key, so that changing it is a `move`: one transaction."""

    pk: Attr[str] = partition_key("REQ#{request_id}")
    sk: Attr[str] = sort_key("STATUS#{status}")
    request_id: Attr[str] = attr()
    connection_id: Attr[str] = attr()
    action: Attr[str] = attr()
    user_id: Attr[str | None] = attr(default=None)
    tenant_id: Attr[str | None] = attr(default=None)
    status: Attr[Status] = attr(default=Status.PENDING)
    payload: Attr[dict[str, Any]] = attr(factory=dict)
    result: Attr[dict[str, Any] | None] = attr(default=None)
    error: Attr[str | None] = attr(default=None)
    progress: Attr[float] = attr(default=0.0)
    progress_message: Attr[str | None] = attr(default=None)
    progress_details: Attr[dict[str, Any] | None] = attr(default=None)
    processing_started: Attr[datetime | None] = attr(default=None)
    processing_ended: Attr[datetime | None] = attr(default=None)
    retry_count: Attr[int] = attr(default=0)
    max_retries: Attr[int] = attr(default=3)
    retry_after: Attr[datetime | None] = attr(default=None)
    created_at: Attr[datetime] = created_at()
    version: Attr[int] = version()
    ttl: Attr[datetime] = ttl(default=timedelta(days=7))

    by_status = GlobalIndex(status, created_at, name="status-index")
    by_connection = GlobalIndex(connection_id, created_at, name="connection-index")


class Subscription(Model, table="streamer_subscriptions"):
    """A connection that wants to hear of a request."""

    pk: Attr[str] = partition_key("CONN#{connection_id}")
    sk: Attr[str] = sort_key("SUB#{request_id}")
    subscription_id: Attr[str] = computed("{connection_id}#{request_id}")
    connection_id: Attr[str] = attr()
    request_id: Attr[str] = attr()
    event_types: Attr[set[str]] = attr(factory=set)
    created_at: Attr[datetime] = created_at()
    ttl: Attr[datetime] = ttl(default=timedelta(hours=24))

    by_request = GlobalIndex(request_id, name="request-index")
