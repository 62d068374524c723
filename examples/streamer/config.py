"""Streamer's settings, all from environment variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import attrs

from dynamorm_async import Session

__all__ = ["Config", "listed"]


def listed(text: str) -> tuple[str, ...]:
    """The items of a variable that holds a list: ``"acme, other"``."""
    return tuple(item.strip() for item in text.split(",") if item.strip())


@attrs.frozen(kw_only=True)
class Config:
    """What an environment says.

    Attributes:
        region: ``AWS_REGION`` (Lambda sets it) or ``AWS_DEFAULT_REGION``. There is no silent default.
        endpoint: ``DYNAMODB_ENDPOINT``, for anything but AWS.
        connections_table: ``CONNECTIONS_TABLE``; the other tables likewise.
        jwt_public_key: ``JWT_PUBLIC_KEY``, in PEM: who wants to connect shows a token signed with its private half.
        jwt_issuer: ``JWT_ISSUER``.
        allowed_tenants: ``ALLOWED_TENANTS``, between commas; empty lets every tenant in.
        log_level: ``LOG_LEVEL``.
        metrics_namespace: ``METRICS_NAMESPACE``, in CloudWatch.
        use_dynamorm: ``USE_DYNAMORM``; ``false`` keeps connections with the bare SDK instead.
    """

    region: str | None = None
    endpoint: str | None = None
    connections_table: str = "streamer_connections"
    requests_table: str = "streamer_requests"
    subscriptions_table: str = "streamer_subscriptions"
    jwt_public_key: str = attrs.field(default="", repr=False)
    jwt_issuer: str = ""
    allowed_tenants: tuple[str, ...] = ()
    log_level: str = "INFO"
    metrics_namespace: str = "Streamer"
    use_dynamorm: bool = True

    @classmethod
    def from_env(cls, environment: Mapping[str, str] = os.environ) -> Config:
        """The settings of this process."""
        defaults = cls()

        def read(name: str, default: str) -> str:
            return environment.get(name) or default

        return cls(
            region=environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION"),
            endpoint=environment.get("DYNAMODB_ENDPOINT"),
            connections_table=read("CONNECTIONS_TABLE", defaults.connections_table),
            requests_table=read("REQUESTS_TABLE", defaults.requests_table),
            subscriptions_table=read("SUBSCRIPTIONS_TABLE", defaults.subscriptions_table),
            jwt_public_key=read("JWT_PUBLIC_KEY", ""),
            jwt_issuer=read("JWT_ISSUER", ""),
            allowed_tenants=listed(read("ALLOWED_TENANTS", "")),
            log_level=read("LOG_LEVEL", defaults.log_level),
            metrics_namespace=read("METRICS_NAMESPACE", defaults.metrics_namespace),
            use_dynamorm=read("USE_DYNAMORM", "true").lower() not in ("false", "0", "no"),
        )

    @property
    def table_names(self) -> dict[str, str]:
        """The tables' names, by those that the models declare."""
        return {
            "streamer_connections": self.connections_table,
            "streamer_requests": self.requests_table,
            "streamer_subscriptions": self.subscriptions_table,
        }

    def session(self, **options: Any) -> Session:
        """A session with Streamer's tables, not open yet."""
        found: dict[str, Any] = {"region": self.region, "endpoint": self.endpoint, "table_names": self.table_names}
        return Session(**(found | options))
