"""The first Streamer's items, under the attribute names it used; the fields are named as in the models of today."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dynamorm_async import Attr, GlobalIndex, Model, attr, partition_key, ttl
from examples.streamer.models import Status

__all__ = ["OldConnection", "OldRequest", "OldSubscription"]


class OldConnection(Model[str], table="Connections"):
    """A connection, before."""

    connection_id: Attr[str] = partition_key(name="ConnectionID")
    user_id: Attr[str] = attr(name="UserID")
    tenant_id: Attr[str] = attr(name="TenantID")
    endpoint: Attr[str] = attr(name="Endpoint")
    connected_at: Attr[datetime] = attr(name="ConnectedAt")
    last_ping: Attr[datetime] = attr(name="LastPing")
    metadata: Attr[dict[str, str]] = attr(factory=dict, name="Metadata")
    ttl: Attr[datetime | None] = ttl(default=None, name="TTL")

    by_user = GlobalIndex(user_id, name="UserIndex")
    by_tenant = GlobalIndex(tenant_id, name="TenantIndex")


class OldRequest(Model[str], table="Requests"):
    """A request, before."""

    request_id: Attr[str] = partition_key(name="RequestID")
    connection_id: Attr[str] = attr(name="ConnectionID")
    action: Attr[str] = attr(name="Action")
    user_id: Attr[str | None] = attr(default=None, name="UserID")
    tenant_id: Attr[str | None] = attr(default=None, name="TenantID")
    status: Attr[Status] = attr(name="Status")
    payload: Attr[dict[str, Any]] = attr(factory=dict, name="Payload")
    result: Attr[dict[str, Any] | None] = attr(default=None, name="Result")
    error: Attr[str | None] = attr(default=None, name="Error")
    progress: Attr[float] = attr(default=0.0, name="Progress")
    progress_message: Attr[str | None] = attr(default=None, name="ProgressMessage")
    progress_details: Attr[dict[str, Any] | None] = attr(default=None, name="ProgressDetails")
    processing_started: Attr[datetime | None] = attr(default=None, name="ProcessingStarted")
    processing_ended: Attr[datetime | None] = attr(default=None, name="ProcessingEnded")
    retry_count: Attr[int] = attr(default=0, name="RetryCount")
    max_retries: Attr[int] = attr(default=3, name="MaxRetries")
    retry_after: Attr[datetime | None] = attr(default=None, name="RetryAfter")
    created_at: Attr[datetime] = attr(name="CreatedAt")
    ttl: Attr[datetime | None] = ttl(default=None, name="TTL")


class OldSubscription(Model[str], table="Subscriptions"):
    """A subscription, before; its key is ``ConnectionID#RequestID``."""

    subscription_id: Attr[str] = partition_key("{connection_id}#{request_id}", name="SubscriptionID")
    connection_id: Attr[str] = attr(name="ConnectionID")
    request_id: Attr[str] = attr(name="RequestID")
    event_types: Attr[set[str]] = attr(factory=set, name="EventTypes")
    created_at: Attr[datetime] = attr(name="CreatedAt")
    ttl: Attr[datetime | None] = ttl(default=None, name="TTL")
