"""From settings to a transport: which region, which endpoint, whose credentials, and which of the two transports."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from dynamorm_async._anyio import to_thread
from dynamorm_async._lazy import lazily
from dynamorm_async.errors import ConfigurationError
from dynamorm_async.transports.credentials import (
    LOCAL_CREDENTIALS,
    Credentials,
    CredentialsSource,
    EnvironmentCredentials,
    FixedCredentials,
    SharedCredentials,
    environment_credentials,
)
from dynamorm_async.transports.direct import DirectTransport
from dynamorm_async.transports.endpoints import (
    Endpoint,
    EndpointOptions,
    endpoint_options,
    is_loopback,
    parse_endpoint,
    resolve_endpoint,
)
from dynamorm_async.transports.sdk import Sdk, plain_http_session
from dynamorm_async.transports.settings import Settings

if TYPE_CHECKING:
    import pathlib

    from dynamorm_async.transports import boto
    from dynamorm_async.transports.boto import BotoTransport
else:
    boto = lazily("dynamorm_async.transports.boto")
    pathlib = lazily("pathlib")

__all__ = ["open_transport"]

_LOG = logging.getLogger("dynamorm_async")
_PROFILE_SETTINGS = (b"endpoint_url", b"use_fips_endpoint", b"use_dualstack_endpoint", b"account_id_endpoint_mode")


class _Plan(msgspec.Struct, frozen=True):
    """What was found out about where to go."""

    region: str
    options: EndpointOptions
    endpoint: Endpoint
    is_local: bool
    ca_bundle: str | None


async def open_transport(
    settings: Settings,
    *,
    environ: Mapping[str, str] = os.environ,
    now: Callable[[], float] = time.time,
    monotonic: Callable[[], float] = time.monotonic,
) -> DirectTransport | BotoTransport:
    """Choose and make a transport. Nothing is connected before the first request.

    The AWS SDK is imported only if what is given and the environment leave the region or the credentials open, or
    a profile sets an endpoint or a trust store; then in a worker thread.

    Args:
        settings: Where and how to reach DynamoDB.
        environ: The environment.
        now: Seconds since the epoch, for signing.
        monotonic: The clock of deadlines.

    Returns:
        The transport, for ``Session(transport=...)``.

    Raises:
        ConfigurationError: No region, no such endpoint, ``http://`` to another machine, half of a key pair.

    Example:
        >>> transport = await open_transport(Settings(region="eu-west-1"))
        >>> await transport.aclose()
    """
    if settings.client is not None:
        if settings.transport == "direct":
            raise ConfigurationError(
                "transport='direct' cannot use a client's credentials.", hint="Pass session= instead of client=."
            )
        return boto.BotoTransport(client=settings.client, monotonic=monotonic)
    sdk = Sdk(settings.profile, settings.session)
    plan = await _plan(settings, sdk, environ)
    kind = settings.transport
    if kind == "auto":
        kind = "direct"
        reason = _reason_for_sdk(plan, sdk, environ)
        if reason is not None:
            kind = "boto"
            _LOG.warning("%s: requests go through aiobotocore, which costs more CPU.", reason)
    if kind == "boto":
        return _boto(settings, plan, sdk, environ, monotonic)
    return DirectTransport(
        region=plan.region,
        options=plan.options,
        source=_source(settings, plan, sdk, environ, now),
        limits=settings.limits,
        close_grace=settings.close_grace,
        ca_bundle=plan.ca_bundle,
        now=now,
        monotonic=monotonic,
    )


# ---------------------------------------------------------------- where to


async def _plan(settings: Settings, sdk: Sdk, environ: Mapping[str, str]) -> _Plan:
    profile: Mapping[str, Any] = {}
    if await _asks_profile(settings, environ):
        profile = await sdk.profile_options()
    options = endpoint_options(
        environ,
        profile if settings.endpoint_url is None else None,
        endpoint_url=settings.endpoint_url,
        fips=settings.fips,
        dualstack=settings.dualstack,
        account_id_mode=settings.account_id_mode,
    )
    urls = {url for url in (options.endpoint_url, options.streams_endpoint_url) if url is not None}
    are_local = [_is_local(url, settings) for url in urls]
    is_local = settings.region == "local" or (len(are_local) > 0 and all(are_local))
    region = await _region(settings, sdk, environ, is_local=is_local)
    account = _known_account(settings, environ)
    # Without an account it is the region's: whether there will be one, only the credentials know.
    known = options if account else msgspec.structs.replace(options, account_id_mode=None)
    endpoint = resolve_endpoint(region, known, account_id=account)
    return _Plan(region, options, endpoint, is_local, _ca_bundle(environ, profile))


async def _asks_profile(settings: Settings, environ: Mapping[str, str]) -> bool:
    """Whether the shared configuration decides about the way; its file is read before the SDK is imported."""
    names = _open_settings(settings, environ)
    if not names:
        return False
    if settings.profile is not None or settings.session is not None:
        return True
    path = environ.get("AWS_CONFIG_FILE") or "~/.aws/config"
    if not _is_there(path):
        return False
    text = await to_thread.run_sync(_read, pathlib.Path(path))
    return any(name in text for name in names)


def _open_settings(settings: Settings, environ: Mapping[str, str]) -> Sequence[bytes]:
    """What a profile may still say: about the endpoint if none is given, and whom to trust if that can matter."""
    given = settings.endpoint_url
    names = _PROFILE_SETTINGS if given is None else ()
    is_settled = environ.get("AWS_CA_BUNDLE") or (given is not None and given.startswith("http://"))
    return names if is_settled else (*names, b"ca_bundle")


def _ca_bundle(environ: Mapping[str, str], profile: Mapping[str, Any]) -> str | None:
    """The trust store in the SDK's order. An empty name is none here; for the SDK it switches verification off."""
    return environ.get("AWS_CA_BUNDLE") or profile.get("ca_bundle") or environ.get("REQUESTS_CA_BUNDLE") or None


def _is_there(path: str) -> bool:
    """Whether there may be such a file: one look, for which a worker thread would be the greater delay."""
    return os.path.exists(os.path.expanduser(path))  # noqa: PTH110, PTH111  pathlib alone takes 4 ms to import


def _read(path: pathlib.Path) -> bytes:
    try:
        return path.expanduser().read_bytes()
    except (OSError, RuntimeError):  # the latter: no home directory
        return b""


def _is_local(url: str, settings: Settings) -> bool:
    """Whether this URL stays on this machine; an open one that does not is refused."""
    endpoint = parse_endpoint(url, "")
    is_local = is_loopback(endpoint.host)
    if endpoint.scheme == "http" and not is_local and not settings.allow_insecure:
        raise ConfigurationError(
            f"http:// to {endpoint.host} would send credentials and data in the clear.",
            hint="Use https://, or allow_insecure=True for a network you trust.",
        )
    return is_local


async def _region(settings: Settings, sdk: Sdk, environ: Mapping[str, str], *, is_local: bool) -> str:
    if settings.region:
        return settings.region
    found = await sdk.region() if settings.session is not None else None
    found = found or environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
    if not found and is_local:
        return "us-east-1"
    found = found or await sdk.region()
    if not found:
        raise ConfigurationError(
            "no AWS region is set.", hint="Give region=, or set AWS_REGION, or a region in the AWS profile."
        )
    return found


def _known_account(settings: Settings, environ: Mapping[str, str]) -> str | None:
    """The account that requests will be of, where nobody has to be asked for credentials."""
    given = settings.credentials
    if given is None and settings.session is None and settings.profile is None:
        given = environment_credentials(environ)
    return given.account_id if isinstance(given, Credentials) else None


def _reason_for_sdk(plan: _Plan, sdk: Sdk, environ: Mapping[str, str]) -> str | None:
    """What the direct transport cannot do and is asked for; None if there is nothing."""
    if sdk.own_ways:
        return f"The session's default configuration sets {' and '.join(sdk.own_ways)}"
    if not plan.is_local and _has_proxy(plan.endpoint, environ):
        return f"A proxy is set for {plan.endpoint.host}"
    return None


def _has_proxy(endpoint: Endpoint, environ: Mapping[str, str]) -> bool:
    """Whether the environment sends this endpoint through a proxy, by the rules that Python and the SDK share."""
    excluded = _proxy_setting("no_proxy", environ)
    if not _proxy_setting(f"{endpoint.scheme}_proxy", environ) or excluded == "*":
        return False
    return not any(_covers(pattern, endpoint) for pattern in excluded.split(","))


def _proxy_setting(name: str, environ: Mapping[str, str]) -> str:
    """The name in small letters decides where it is there, even when empty: so one is switched off."""
    return environ.get(name, environ.get(name.upper(), ""))


def _covers(pattern: str, endpoint: Endpoint) -> bool:
    """Whether an entry of ``NO_PROXY`` names this host, or a domain it is in."""
    pattern = pattern.strip().lower().lstrip(".")
    host = endpoint.host.lower()
    names = {host, f"{host}:{endpoint.port}"}
    return pattern != "" and any(name == pattern or name.endswith(f".{pattern}") for name in names)


# ---------------------------------------------------------------- who


def _source(
    settings: Settings, plan: _Plan, sdk: Sdk, environ: Mapping[str, str], now: Callable[[], float]
) -> CredentialsSource:
    given = settings.credentials
    if isinstance(given, Credentials):
        return FixedCredentials(given)
    if given is not None:
        return given
    if settings.session is None and settings.profile is None:
        found = environment_credentials(environ)
        if found is not None:
            return EnvironmentCredentials(environ, found)
        if plan.is_local:
            return FixedCredentials(LOCAL_CREDENTIALS)
    return SharedCredentials(sdk.provider, now)


def _fixed_credentials(settings: Settings, plan: _Plan, environ: Mapping[str, str]) -> Credentials | None:
    """What the SDK's client is made with; None lets it ask its own chain."""
    given = settings.credentials
    if isinstance(given, Credentials):
        return given
    if given is not None:
        raise ConfigurationError(
            "the aiobotocore client cannot use a credentials source of your own.",
            hint="Pass Credentials(...) or session=, or transport='direct'.",
        )
    is_open = settings.session is None and settings.profile is None and environment_credentials(environ) is None
    return LOCAL_CREDENTIALS if is_open and plan.is_local else None


def _boto(
    settings: Settings, plan: _Plan, sdk: Sdk, environ: Mapping[str, str], monotonic: Callable[[], float]
) -> BotoTransport:
    credentials = _fixed_credentials(settings, plan, environ)

    def options(service: str) -> Mapping[str, Any]:
        from aiobotocore.config import AioConfig  # noqa: PLC0415  the SDK is in use here

        keys: dict[str, Any] = {}
        if credentials is not None:
            keys = {
                "aws_access_key_id": credentials.access_key,
                "aws_secret_access_key": credentials.secret_key,
                "aws_session_token": credentials.token,
            }
        return keys | {
            "region_name": "us-east-1" if plan.region == "local" else plan.region,
            "endpoint_url": plan.endpoint.url if plan.region == "local" else plan.options.url_of(service),
            "config": AioConfig(
                retries={"total_max_attempts": 1},
                connect_timeout=settings.connect_timeout,
                read_timeout=settings.read_timeout,
                max_pool_connections=settings.max_connections,
                connector_args={"keepalive_timeout": settings.keepalive},
                http_session_cls=plain_http_session(),
                use_fips_endpoint=plan.options.fips,
                use_dualstack_endpoint=plan.options.dualstack,
                account_id_endpoint_mode=plan.options.account_id_mode,
            ),
        }

    return boto.BotoTransport(sdk=sdk, options=options, monotonic=monotonic)
