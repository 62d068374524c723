"""What a `Session` can be told, as TypedDicts: other doors to one take the same, and checkers know it there, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Literal

    from cattrs import Converter

    from dynamorm_async._model import AnyModel
    from dynamorm_async._retry import RetrySettings
    from dynamorm_async.abc import Clock, Observer, RetryPolicy, Transport
    from dynamorm_async.transports import Credentials, CredentialsSource
    from dynamorm_async.transports import Settings as TransportSettings

__all__ = ["LocalOptions", "SessionOptions", "UsualOptions"]


class UsualOptions(TypedDict, total=False):
    """What a `Session` can be told wherever it connects to, so that type checkers know it of other doors to one."""

    table_name: str | None
    table_prefix: str
    table_names: Mapping[str, str]
    converter: Converter | None
    cursor_keys: Sequence[bytes]
    cursor_lifetime: float | None
    timeout: float | None
    max_retries: int
    retry: RetrySettings | RetryPolicy | None
    max_connections: int
    read_timeout: float
    observers: Sequence[Observer]
    report_capacity: bool
    default_rcu: int
    default_wcu: int
    auto_migrate: bool | Sequence[type[AnyModel]]
    enable_metrics: bool
    coalesce: bool
    watch: bool
    allow_insecure: bool
    dice: Callable[[], float]


class LocalOptions(UsualOptions, total=False):
    """The same, and what can be said of a session whose endpoint is given."""

    region: str | None
    credentials: Credentials | CredentialsSource | None
    profile: str | None
    client: object
    aws_session: object
    transport: Literal["auto", "direct", "boto"] | TransportSettings | Transport
    clock: Clock


class SessionOptions(LocalOptions, total=False):
    """Everything that a `Session` can be told."""

    endpoint: str | None
