"""Whose signature a request carries: fixed keys, keys from the environment, and keys that must be renewed.

`SharedCredentials` is what stands between many concurrent calls and a provider that can fail: one renewal at a
time, its failure shared, no new try before a pause is over, and keys that are still valid are used until they
really expire. It knows nothing of an SDK; `transports.sdk` gives it the SDK's provider.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar, Protocol, runtime_checkable

from dynamorm_async._anyio import anyio
from dynamorm_async._struct import Discreet
from dynamorm_async.errors import ConfigurationError, CredentialsExpiredError, DynamormError

__all__ = [
    "LOCAL_CREDENTIALS",
    "Credentials",
    "CredentialsSource",
    "EnvironmentCredentials",
    "FixedCredentials",
    "Provider",
    "SharedCredentials",
    "environment_credentials",
]

ADVISORY = 15 * 60
"""Seconds before expiry at which renewing is tried; AWS's own SDKs use the same."""
_GLANCE = 1.0  # seconds between two looks at a provider's expiry
_LONGEST_PAUSE = 60.0  # seconds between two tries of a provider that keeps failing
_SETTLED = 5.0  # seconds in which a second demand for renewal is answered by the first one's result


def _check_word(name: str, value: str | None) -> None:
    """Credentials go into header lines. A line break comes from a careless `export` and must not split one."""
    if value is not None and not (value.isascii() and value.isprintable() and " " not in value):
        raise ConfigurationError(f"the AWS {name} has a blank, a line break or a non-ASCII character.")


class Credentials(Discreet, frozen=True):
    """What signs a request. Its repr shows nothing.

    Attributes:
        access_key: The access key id.
        secret_key: The secret access key.
        token: The session token of temporary credentials.
        account_id: The account they belong to, if known; chooses an account-based endpoint.

    Example:
        >>> Credentials("AKIA...", "...")
        Credentials()
    """

    hidden_fields: ClassVar[tuple[str, ...]] = ("access_key", "secret_key", "token", "account_id")

    access_key: str
    secret_key: str
    token: str | None = None
    account_id: str | None = None

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            _check_word(name, getattr(self, name))


LOCAL_CREDENTIALS = Credentials("local", "local")
"""What an emulator on this machine is given when nobody configured anything. No secret."""


@runtime_checkable
class CredentialsSource(Protocol):
    """Where a transport gets credentials from. Asked before every request, so answer from memory."""

    async def current(self) -> Credentials:
        """The credentials to sign with now.

        Returns:
            The credentials.

        Raises:
            ConfigurationError: There are none.
        """
        ...

    async def refresh(self) -> bool:
        """Get new ones, because the service refused these; False if there are no other.

        Returns:
            Whether `current` has new ones now.
        """
        ...


class FixedCredentials:
    """The same credentials for ever."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    async def current(self) -> Credentials:
        """The credentials given."""
        return self._credentials

    async def refresh(self) -> bool:
        """There are no other."""
        return False


def environment_credentials(environ: Mapping[str, str]) -> Credentials | None:
    """Credentials from ``AWS_ACCESS_KEY_ID`` and its companions, or None if they are not set.

    Raises:
        ConfigurationError: One half of the pair is missing.
    """
    access_key, secret_key = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    if not access_key and not secret_key:
        return None
    if not access_key or not secret_key:
        missing = "AWS_SECRET_ACCESS_KEY" if access_key else "AWS_ACCESS_KEY_ID"
        raise ConfigurationError(f"{missing} is not set, though its other half is.", hint="Set both, or neither.")
    token = environ.get("AWS_SESSION_TOKEN") or environ.get("AWS_SECURITY_TOKEN")
    return Credentials(access_key, secret_key, token or None, environ.get("AWS_ACCOUNT_ID") or None)


class EnvironmentCredentials:
    """Credentials from the environment, read again when the service refuses them."""

    def __init__(self, environ: Mapping[str, str], credentials: Credentials) -> None:
        self._environ = environ
        self._credentials = credentials

    async def current(self) -> Credentials:
        """As read last."""
        return self._credentials

    async def refresh(self) -> bool:
        """Whether the environment holds other credentials than before."""
        read = environment_credentials(self._environ)
        if read is None or read == self._credentials:
            return False
        self._credentials = read
        return True


class Provider(Protocol):
    """What the SDK's credential objects offer. Those that expire have ``refresh_needed(seconds)``, too."""

    async def get_frozen_credentials(self) -> Any:
        """Access key, secret key, token and (since botocore 1.38) account id, renewed if they have to be."""
        ...


def _expires_within(provider: Provider, seconds: float) -> bool:
    """Whether the provider's credentials end in that time; fixed ones never do."""
    refresh_needed: Callable[[float], bool] | None = getattr(provider, "refresh_needed", None)
    return refresh_needed is not None and refresh_needed(seconds)


async def _frozen(provider: Provider) -> Credentials:
    frozen = provider.get_frozen_credentials()
    if not inspect.isawaitable(frozen):
        raise ConfigurationError(
            "these credentials are blocking ones.", hint="Pass an aioboto3.Session, not a boto3.Session."
        )
    found = await frozen
    return Credentials(found.access_key, found.secret_key, found.token, getattr(found, "account_id", None))


class SharedCredentials:
    """Credentials of one provider, for many callers.

    Args:
        load: Makes the provider, or None where nothing is configured. Called again when the service refuses
            what the provider gave.
        now: Seconds since the epoch.
    """

    def __init__(self, load: Callable[[], Awaitable[Provider | None]], now: Callable[[], float] = time.time) -> None:
        self._load = load
        self._now = now
        self._provider: Provider | None = None
        self._kept: Credentials | None = None
        self._look_at = 0.0
        self._renewed_at = 0.0
        self._retry_at = 0.0
        self._failures = 0
        self._failure: Exception | None = None
        self._flight: anyio.Event | None = None

    async def current(self) -> Credentials:
        """The credentials to sign with now.

        Raises:
            ConfigurationError: No credentials are configured anywhere.
            CredentialsExpiredError: They have expired and renewing them fails.
        """
        if self._kept is not None and self._now() < self._look_at:
            return self._kept
        return await self._renewed()

    async def refresh(self) -> bool:
        """Ask a new provider; callers that come together share one renewal."""
        if 0 <= self._now() - self._renewed_at < _SETTLED:  # below zero: the clock was set back
            return True
        before, provider = self._kept, self._provider
        self._provider, self._look_at, self._retry_at = None, 0.0, 0.0
        try:
            return await self._renewed() != before
        except DynamormError:
            self._provider = self._provider or provider
            return False

    def forget(self) -> None:
        """Drop what belongs to another event loop or process; the credentials themselves stay good."""
        self._flight = None

    async def _renewed(self) -> Credentials:
        while True:
            good = self._good()
            if good is not None:
                return good
            if self._flight is not None:
                await self._flight.wait()
            elif self._is_pausing():
                raise self._expired()
            else:
                await self._renew()

    def _good(self) -> Credentials | None:
        """What can be used without waiting: fresh ones; valid ones while a renewal is under way, or must pause."""
        now = self._now()
        if self._kept is None or now < self._look_at:
            return self._kept
        if self._provider is None:
            return None
        if not _expires_within(self._provider, ADVISORY):
            self._look_at = now + _GLANCE
            return self._kept
        can_wait = self._flight is not None or self._is_pausing()
        return self._kept if can_wait and not _expires_within(self._provider, 0) else None

    def _is_pausing(self) -> bool:
        return self._now() < self._retry_at

    async def _renew(self) -> None:
        """One try. If this task is cancelled in it, the next caller leads; nothing is recorded."""
        flight = self._flight = anyio.Event()
        try:
            provider = self._provider or await self._loaded()
            found = await _frozen(provider)
        except Exception as error:  # the SDK raises a dozen kinds; all mean the same here  # noqa: BLE001
            self._note_failure(error)
        else:
            self._note(provider, found)
        finally:
            if self._flight is flight:
                self._flight = None
            flight.set()

    async def _loaded(self) -> Provider:
        provider = await self._load()
        if provider is None:
            raise ConfigurationError(
                "no AWS credentials were found.",
                hint="Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or profile=, or credentials=.",
            )
        return provider

    def _note(self, provider: Provider, found: Credentials) -> None:
        now = self._now()
        # The SDK swallows a failure while the old credentials are valid, and returns those. Then pause as after
        # any failure; credentials that live shorter than ADVISORY come to the same, at a calmer pace.
        swallowed = found == self._kept and _expires_within(provider, ADVISORY)
        self._failures = self._failures + 1 if swallowed else 0
        self._retry_at = now + self._pause() if _expires_within(provider, ADVISORY) else 0.0
        if not swallowed:
            self._renewed_at = now
            self._failure = None
        self._provider, self._kept = provider, found
        self._look_at = now + _GLANCE

    def _note_failure(self, error: Exception) -> None:
        self._failures += 1
        self._failure = error
        self._retry_at = self._now() + self._pause()

    def _pause(self) -> float:
        return min(_LONGEST_PAUSE, float(2**self._failures))

    def _expired(self) -> DynamormError:
        """A new exception for each caller, with the one failure as its cause."""
        failure = self._failure
        if isinstance(failure, ConfigurationError):
            return ConfigurationError(failure.message, hint=failure.hint)
        name = type(failure).__name__
        problem = "could not be fetched" if self._kept is None else "expired, and renewing them failed"
        error = CredentialsExpiredError(f"the credentials {problem} ({name}).")
        error.__cause__ = failure
        return error
