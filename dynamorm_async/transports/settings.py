"""What a transport is opened with."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, TypeAlias, get_args

from dynamorm_async._struct import Discreet
from dynamorm_async.errors import ConfigurationError
from dynamorm_async.transports.credentials import Credentials, CredentialsSource
from dynamorm_async.transports.endpoints import AccountIdMode
from dynamorm_async.transports.pool import PoolLimits

__all__ = ["Settings", "TransportKind"]

TransportKind: TypeAlias = Literal["auto", "direct", "boto"]


_POSITIVE = ("pool_timeout", "connect_timeout", "read_timeout", "keepalive", "close_grace")
_COUNTS = {"max_connections": 1, "max_waiters": 0}
"""The least that each can be."""


def _check_positive(name: str, value: float) -> None:
    if isinstance(value, bool) or not value > 0:
        raise ConfigurationError(f"{name} is {value!r}; it must be positive.")


def _check_kind(value: str) -> None:
    kinds = get_args(TransportKind)
    if value not in kinds:
        raise ConfigurationError(f"transport is {value!r}; it can be {', '.join(kinds)}.")


def _check_object(name: str, value: object, kind: str, *, fits: bool) -> None:
    if value is not None and not fits:
        raise ConfigurationError(f"{name} is one {type(value).__name__}; it can be {kind}.")


def _check_count(name: str, value: object, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ConfigurationError(f"{name} is {value!r}; it must be a whole number from {least} on.")


_DEFAULTS = PoolLimits()


class Settings(Discreet, frozen=True, kw_only=True):
    """Where and how to reach DynamoDB; times in seconds.

    Attributes:
        region: E.g. ``eu-west-1``. Otherwise the given session's, ``AWS_REGION``, ``AWS_DEFAULT_REGION``, the
            profile's; for an endpoint on this machine ``us-east-1``.
        endpoint_url: Instead of AWS's own, for tables and streams.
        credentials: Fixed ones, or a source of them. Otherwise the given session's, the profile's, the
            environment's, AWS's usual chain; for an endpoint on this machine dummies.
        profile: Of the shared AWS configuration.
        client: An open aiobotocore client to send through. It stays the caller's.
        session: An ``aioboto3.Session`` or aiobotocore session to take credentials and region from.
        fips: Use FIPS endpoints.
        dualstack: Use endpoints that speak IPv6, too.
        account_id_mode: Whether to use the account's own host: ``preferred``, ``disabled`` or ``required``.
        max_connections: Open at once, per endpoint.
        max_waiters: Requests queued for a connection; one more fails at once.
        pool_timeout: Longest wait for a connection.
        connect_timeout: Longest time for name, TCP and TLS together.
        read_timeout: Longest time from writing a request to its answer; a long answer is given more as it comes.
            A storage node of DynamoDB gives up after 5 s, so a shorter time leaves writes with unknown outcome.
        keepalive: How long an idle connection is kept.
        close_grace: How long closing waits for requests under way.
        allow_insecure: Permit ``http://`` to another machine.
        transport: ``direct`` (own connections), ``boto`` (the SDK's client), or ``auto``: direct where possible.

    Example:
        >>> settings = TransportSettings(region="eu-west-1", read_timeout=6.0)
    """

    hidden_fields: ClassVar[tuple[str, ...]] = ("client", "session")

    region: str | None = None
    endpoint_url: str | None = None
    credentials: Credentials | CredentialsSource | None = None
    profile: str | None = None
    client: Any = None
    session: Any = None
    fips: bool | None = None
    dualstack: bool | None = None
    account_id_mode: AccountIdMode | None = None
    max_connections: int = _DEFAULTS.max_connections
    max_waiters: int = _DEFAULTS.max_waiters
    pool_timeout: float = _DEFAULTS.pool_timeout
    connect_timeout: float = _DEFAULTS.connect_timeout
    read_timeout: float = _DEFAULTS.read_timeout
    keepalive: float = _DEFAULTS.keepalive
    close_grace: float = 5.0
    allow_insecure: bool = False
    transport: TransportKind = "auto"

    def __post_init__(self) -> None:
        for name, least in _COUNTS.items():
            _check_count(name, getattr(self, name), least)
        for name in _POSITIVE:
            _check_positive(name, getattr(self, name))
        given, client, session = self.credentials, self.client, self.session
        is_known = isinstance(given, (Credentials, CredentialsSource))
        _check_object("credentials", given, "Credentials(...), or a source of them", fits=is_known)
        # The SDK's objects are known by what is used of them: to import their classes takes half a second.
        _check_object("client", client, "an open aiobotocore client", fits=hasattr(client, "meta"))
        kinds = "an aioboto3.Session or an aiobotocore session"
        _check_object("session", session, kinds, fits=hasattr(session, "get_credentials"))
        _check_kind(self.transport)

    @property
    def limits(self) -> PoolLimits:
        """The bounds of a pool."""
        return PoolLimits(
            max_connections=self.max_connections,
            max_waiters=self.max_waiters,
            pool_timeout=self.pool_timeout,
            connect_timeout=self.connect_timeout,
            read_timeout=self.read_timeout,
            keepalive=self.keepalive,
        )
