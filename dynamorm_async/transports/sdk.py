"""The only door to the AWS SDK: a session made off the event loop, and what is read from its configuration.

Importing aiobotocore takes half a second of CPU, so nothing here does it before a provider other than the
environment, a profile, or the fallback transport is really needed; and then a worker thread does it.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from dynamorm_async._anyio import to_thread
from dynamorm_async.errors import ConfigurationError
from dynamorm_async.transports.credentials import Provider
from dynamorm_async.transports.replies import MAX_BODY

__all__ = ["Sdk", "plain_http_session"]

_OWN_WAYS = ("proxies", "signature_version")


def _make_session(profile: str | None) -> Any:
    """An aiobotocore session with its files read. Runs in a worker thread."""
    from aiobotocore.session import AioSession  # noqa: PLC0415  see the module's docstring

    session = AioSession(profile=profile)
    _read_files(session, profile)
    return session


def _read_files(session: Any, profile: str | None) -> None:
    """Read the shared configuration now, in this thread, instead of later on the loop."""
    from botocore.exceptions import ConfigParseError, ProfileNotFound  # noqa: PLC0415  see the module's docstring

    try:
        _ = session.full_config
        session.get_scoped_config()
    except ProfileNotFound as error:
        name = profile or session.get_config_variable("profile")
        raise ConfigurationError(f"the AWS profile {name!r} does not exist.") from error
    except ConfigParseError as error:
        raise ConfigurationError("a file of the AWS configuration cannot be read as one.") from error


def _load_models(session: Any, service: str) -> None:
    """Fill the session's cache of service descriptions, which takes 20 ms and more. Runs in a worker thread."""
    loader = session.get_component("data_loader")
    for kind in ("service-2", "endpoint-rule-set-1"):
        loader.load_service_model(service, kind)
    for name in ("endpoints", "partitions", "_retry"):
        loader.load_data(name)


class _BoundedAnswer:
    """An aiohttp response that is read no further than an answer of DynamoDB can go."""

    def __init__(self, response: Any) -> None:
        self._response = response

    def __getattr__(self, name: str) -> Any:
        return getattr(self._response, name)

    async def read(self) -> bytes:
        """The body; of one that is too long a little more than may be used, by which it is known."""
        body = BytesIO()
        try:
            async for part in self._response.content.iter_any():
                body.write(part)
                if body.tell() > MAX_BODY:
                    self._response.close()
                    break
        except BaseException:
            self._response.close()
            raise
        return body.getvalue()


class _PlainRequests:
    """An aiohttp session that follows no redirects, keeps no cookies and bounds what is read."""

    def __init__(self, session: Any) -> None:
        self._session = session

    async def request(self, *args: Any, **options: Any) -> Any:
        """What aiobotocore calls."""
        self._session.cookie_jar.clear()
        return _BoundedAnswer(await self._session.request(*args, **(options | {"allow_redirects": False})))


def plain_http_session() -> type:
    """A class for aiobotocore's ``http_session_cls``, without the redirects that its own would follow.

    aiobotocore (2.25 to 3.10) leaves aiohttp's default on: a 307 sends the body and the session token to wherever it
    points. There is no setting for it, so this overrides the method that makes the session. It is the one
    place where a private name of the SDK is used; the tests of redirects fail when it stops working.

    Raises:
        ConfigurationError: This version of aiobotocore has no such method.
    """
    from aiobotocore.httpsession import AIOHTTPSession  # noqa: PLC0415  see the module's docstring

    if not hasattr(AIOHTTPSession, "_get_session"):
        raise ConfigurationError(
            "this version of aiobotocore cannot be kept from following redirects.",
            hint="Use transport='direct', or aiobotocore 2.25 to 3.10.",
        )

    class PlainHttpSession(AIOHTTPSession):  # type: ignore[misc]  # the SDK has no types
        async def _get_session(self, proxy_url: str | None) -> Any:
            session: Any = await super()._get_session(proxy_url)  # pyright: ignore[reportUnknownMemberType]  as above
            return _PlainRequests(session)

    return PlainHttpSession


class Sdk:
    """One aiobotocore session, made when it is first asked for.

    Args:
        profile: Name of a profile of the shared configuration.
        session: The caller's own ``aioboto3.Session`` or ``aiobotocore.session.AioSession``.
    """

    def __init__(self, profile: str | None = None, session: Any = None) -> None:
        self._profile = profile
        self._given = session
        self._session = session
        self._asked = False

    @property
    def own_ways(self) -> list[str]:
        """What the given session's default client configuration has that only a client of the SDK can do."""
        find = getattr(self._given, "get_default_client_config", None)  # aioboto3's sessions have none
        config = None if find is None else find()
        return [name for name in _OWN_WAYS if getattr(config, name, None)]

    async def session(self) -> Any:
        """The session, from a worker thread."""
        if self._session is None:
            made = await to_thread.run_sync(_make_session, self._profile)
            self._session = self._session or made
        return self._session

    async def provider(self) -> Provider | None:
        """The credential provider that AWS's usual chain finds; None if it finds none."""
        if self._asked and self._given is None:
            self._session = None  # the SDK's session would only repeat its first answer
        session = await self.session()
        self._asked = True
        found = session.get_credentials()
        if not inspect.isawaitable(found):
            raise ConfigurationError("session= is a blocking one.", hint="Pass an aioboto3.Session.")
        provider: Provider | None = await found
        return provider

    async def region(self) -> str | None:
        """The region that the session or the profile names."""
        session = await self.session()
        if hasattr(session, "region_name"):  # aioboto3
            found: str | None = session.region_name
            return found
        region: str | None = await to_thread.run_sync(session.get_config_variable, "region")
        return region

    async def profile_options(self) -> Mapping[str, Any]:
        """The profile's section of the shared configuration, with its ``services`` section under that name."""
        session = await self.session()
        if not hasattr(session, "get_scoped_config"):  # aioboto3 keeps its session private: ask one of our own
            name: str | None = getattr(session, "profile_name", None)
            session = await to_thread.run_sync(_make_session, None if name == "default" else name)
        options: dict[str, Any] = dict(session.get_scoped_config())
        services = session.full_config.get("services", {})
        options["services"] = services.get(options.get("services"), {})
        return options

    async def client(self, service: str, **options: Any) -> Any:
        """An async context manager that gives a client. ``options`` go to the SDK's ``create_client``."""
        session = await self.session()
        if hasattr(session, "create_client"):
            await to_thread.run_sync(_load_models, session, service)
            return session.create_client(service, **options)
        return session.client(service, **options)
