"""Credentials: from the environment without an SDK, and renewed once for everybody."""

from __future__ import annotations

import asyncio
import itertools
from types import SimpleNamespace

import pytest

from dynamorm_async.errors import ConfigurationError, CredentialsExpiredError
from dynamorm_async.transports.credentials import (
    ADVISORY,
    Credentials,
    CredentialsSource,
    EnvironmentCredentials,
    FixedCredentials,
    SharedCredentials,
    environment_credentials,
)

OLD = SimpleNamespace(access_key="OLD", secret_key="s", token="t", account_id="111111111111")
NEW = SimpleNamespace(access_key="NEW", secret_key="s", token="t", account_id=None)


class Clock:
    """A clock whose hands the test turns."""

    def __init__(self) -> None:
        self.time = 1_000_000.0

    def __call__(self) -> float:
        return self.time


class Provider:
    """Behaves as the SDK's refreshable credentials, with a script instead of a service."""

    def __init__(self, clock: Clock, expires_in: float, frozen=OLD) -> None:
        self.clock, self.expires, self.frozen = clock, clock.time + expires_in, frozen
        self.calls = 0
        self.gate: asyncio.Event | None = None
        self.error: Exception | None = None
        self.next = None

    def refresh_needed(self, seconds: float) -> bool:
        return self.expires - self.clock() < seconds

    async def get_frozen_credentials(self):
        self.calls += 1
        if self.gate is not None:
            await self.gate.wait()
        if self.refresh_needed(ADVISORY):
            if self.error is not None:
                raise self.error
            if self.next is not None:
                self.frozen, self.expires = self.next, self.clock() + 3600
        return self.frozen


class FixedProvider:
    """Behaves as the SDK's credentials that never expire."""

    def __init__(self, frozen=OLD) -> None:
        self.frozen = frozen

    async def get_frozen_credentials(self):
        return self.frozen


def shared(provider, clock) -> SharedCredentials:
    """Credentials of this provider."""

    async def load():
        return provider

    return SharedCredentials(load, clock)


def test_repr_shows_nothing() -> None:
    """No part of credentials appears in a repr."""
    assert repr(Credentials("AKIDCANARY", "canary", "canary", "canary")) == "Credentials()"


@pytest.mark.parametrize("value", ["q z", "q\n", "q\r\nx-evil: 1", "ä", "\x00"])
@pytest.mark.parametrize("place", range(3))
def test_credentials_cannot_split_a_header(value: str, place: int) -> None:
    """Line breaks and blanks, as careless exports leave them, are refused; the message does not repeat the value."""
    parts = ["a", "b", "c"]
    parts[place] = value

    with pytest.raises(ConfigurationError) as caught:
        Credentials(*parts)
    assert value not in str(caught.value)


def test_environment_is_read() -> None:
    """Pair, token by either name, and account."""
    pair = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}

    assert environment_credentials({}) is None
    assert environment_credentials(pair) == Credentials("a", "b")
    assert environment_credentials(pair | {"AWS_SESSION_TOKEN": "t"}) == Credentials("a", "b", "t")
    assert environment_credentials(pair | {"AWS_SECURITY_TOKEN": "t"}) == Credentials("a", "b", "t")
    assert environment_credentials(pair | {"AWS_ACCOUNT_ID": "1"}) == Credentials("a", "b", None, "1")


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_half_a_pair_is_an_error(name: str) -> None:
    """One half alone is a mistake, not a reason to look elsewhere."""
    with pytest.raises(ConfigurationError, match="is not set"):
        environment_credentials({name: "x"})


@pytest.mark.asyncio
async def test_environment_is_read_again_after_a_refusal() -> None:
    """A refresh finds what was put into the environment meanwhile, and says if there is nothing new."""
    environ = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    source = EnvironmentCredentials(environ, Credentials("a", "b"))

    assert await source.refresh() is False
    environ["AWS_SECRET_ACCESS_KEY"] = "c"
    assert await source.refresh() is True
    assert await source.current() == Credentials("a", "c")
    assert await FixedCredentials(Credentials("a", "b")).refresh() is False
    assert isinstance(source, CredentialsSource)


@pytest.mark.asyncio
async def test_first_credentials_are_fetched_once_for_all() -> None:
    """50 callers at a cold start: one call of the provider, the same credentials for all."""
    clock = Clock()
    provider = Provider(clock, 3600)
    provider.gate = asyncio.Event()
    source = shared(provider, clock)
    callers = [asyncio.ensure_future(source.current()) for _ in range(50)]
    await asyncio.sleep(0)
    provider.gate.set()

    found = await asyncio.gather(*callers)

    assert {Credentials("OLD", "s", "t", "111111111111")} == set(found)
    assert provider.calls == 1


@pytest.mark.asyncio
async def test_credentials_that_never_expire_are_asked_for_once() -> None:
    """A provider without an expiry is not asked again, however much time passes."""
    clock, provider = Clock(), FixedProvider()
    source = shared(provider, clock)
    first = await source.current()
    provider.frozen = NEW
    clock.time += 1e9

    assert first is await source.current()


@pytest.mark.asyncio
async def test_renewal_ahead_of_expiry_keeps_nobody_waiting() -> None:
    """Inside the advisory window one caller renews; the others go on with what is still valid."""
    clock = Clock()
    provider = Provider(clock, 3600)
    source = shared(provider, clock)
    old = await source.current()
    clock.time += 3600 - ADVISORY + 1
    provider.gate, provider.next = asyncio.Event(), NEW
    leader = asyncio.ensure_future(source.current())
    await asyncio.sleep(0)

    others = await asyncio.gather(*(source.current() for _ in range(10)))
    provider.gate.set()

    assert [old] * 10 == others
    assert (await leader).access_key == "NEW"
    assert (await source.current()).access_key == "NEW"
    assert provider.calls == 2


@pytest.mark.asyncio
async def test_fault_51_refresh_fails_while_credentials_are_valid() -> None:
    """60 s before expiry, 50 callers, the refresh fails: one refresh call, 50 successes; then one per pause."""
    clock = Clock()
    provider = Provider(clock, 3600)
    source = shared(provider, clock)
    old = await source.current()
    clock.time = provider.expires - 60
    provider.error = RuntimeError("the token service is down")

    found = await asyncio.gather(*(source.current() for _ in range(50)))

    assert [old] * 50 == found
    assert provider.calls == 2
    clock.time += 1.5  # still pausing
    await source.current()
    assert provider.calls == 2
    clock.time += 1.0
    await source.current()
    assert provider.calls == 3


@pytest.mark.asyncio
async def test_fault_51_expired_and_refresh_fails() -> None:
    """Once they have expired, all callers share one failure, and nobody tries again before the pause is over."""
    clock = Clock()
    provider = Provider(clock, 3600)
    source = shared(provider, clock)
    await source.current()
    clock.time = provider.expires + 1
    provider.error = RuntimeError("the token service is down")

    ended = await asyncio.gather(*(source.current() for _ in range(50)), return_exceptions=True)

    assert {CredentialsExpiredError} == {type(end) for end in ended}
    assert {provider.error} == {end.__cause__ for end in ended}
    assert len({id(end) for end in ended}) == 50  # each caller may add its own context
    assert provider.calls == 2
    clock.time += 2.5
    provider.error, provider.next = None, NEW
    assert (await source.current()).access_key == "NEW"


@pytest.mark.asyncio
async def test_pauses_grow_to_a_minute() -> None:
    """A provider that keeps failing is asked less and less often, but at least once a minute."""
    clock = Clock()
    provider = Provider(clock, 3600)
    source = shared(provider, clock)
    await source.current()
    clock.time = provider.expires + 1
    provider.error = RuntimeError()
    started, tries = clock.time, []

    while clock.time < started + 400:
        before = provider.calls
        with pytest.raises(CredentialsExpiredError):
            await source.current()
        if provider.calls > before:
            tries.append(clock.time - started)
        clock.time += 0.5

    gaps = [round(second - first) for first, second in itertools.pairwise(tries)]
    assert [2, 4, 8, 16, 32, 60, 60, 60, 60, 60] == gaps[:10]


@pytest.mark.asyncio
async def test_provider_that_swallows_its_failure_is_not_asked_at_each_call() -> None:
    """The SDK hides an advisory failure and returns the old credentials: that counts as a failure here."""
    clock = Clock()
    provider = Provider(clock, 3600)
    source = shared(provider, clock)
    await source.current()
    clock.time = provider.expires - 60  # provider.next is not set: it returns the old ones without an error

    for _ in range(10):
        assert (await source.current()).access_key == "OLD"
    clock.time += 1.5
    await source.current()

    assert provider.calls == 2


@pytest.mark.asyncio
async def test_cancelled_leader_is_replaced() -> None:
    """When the caller who renews is cancelled, the next one takes over, and no failure is remembered."""
    clock = Clock()
    provider = Provider(clock, 3600)
    provider.gate = asyncio.Event()
    source = shared(provider, clock)
    leader = asyncio.ensure_future(source.current())
    follower = asyncio.ensure_future(source.current())
    await asyncio.sleep(0)
    leader.cancel()
    await asyncio.sleep(0)
    provider.gate.set()

    assert (await follower).access_key == "OLD"
    with pytest.raises(asyncio.CancelledError):
        await leader
    assert provider.calls == 2


@pytest.mark.asyncio
async def test_nothing_configured() -> None:
    """No provider is a configuration error that says what to set, for each caller, and costs one search a pause."""
    searches = 0

    async def load():
        nonlocal searches
        searches += 1

    source = SharedCredentials(load, Clock())

    for _ in range(3):
        with pytest.raises(ConfigurationError, match="AWS_ACCESS_KEY_ID"):
            await source.current()
    assert searches == 1


@pytest.mark.asyncio
async def test_fault_43_refused_credentials_are_replaced_once() -> None:
    """After a refusal a new provider is asked; callers that come together share the one renewal."""
    clock = Clock()
    providers = [FixedProvider(OLD), FixedProvider(NEW), FixedProvider(NEW)]
    loads = 0

    async def load():
        nonlocal loads
        loads += 1
        return providers[loads - 1]

    source = SharedCredentials(load, clock)
    await source.current()
    clock.time += 60

    assert [True] * 10 == await asyncio.gather(*(source.refresh() for _ in range(10)))
    assert loads == 2
    assert (await source.current()).access_key == "NEW"
    clock.time += 60
    assert await source.refresh() is False  # the same again: sending them once more cannot help
    assert loads == 3


@pytest.mark.asyncio
async def test_failed_refresh_keeps_what_there_is() -> None:
    """If nothing new can be had, the old credentials stay: the refusal may have been a passing one."""
    clock = Clock()
    loads = 0

    async def load():
        nonlocal loads
        loads += 1
        if loads > 1:
            raise OSError
        return FixedProvider(OLD)

    source = SharedCredentials(load, clock)
    await source.current()
    clock.time += 60

    assert await source.refresh() is False
    clock.time += 60
    assert (await source.current()).access_key == "OLD"


@pytest.mark.asyncio
async def test_blocking_provider_is_refused() -> None:
    """A boto3 session's credentials would block the loop while they refresh."""

    class Blocking:
        def get_frozen_credentials(self):
            return OLD

    with pytest.raises(ConfigurationError, match="aioboto3"):
        await shared(Blocking(), Clock()).current()


@pytest.mark.asyncio
async def test_forgotten_flight_of_another_process() -> None:
    """After a fork nobody waits for a renewal that only the parent will finish."""
    clock = Clock()
    provider = Provider(clock, 3600)
    provider.gate = asyncio.Event()
    source = shared(provider, clock)
    parent = asyncio.ensure_future(source.current())
    await asyncio.sleep(0)

    source.forget()
    child = asyncio.ensure_future(source.current())
    await asyncio.sleep(0)
    provider.gate.set()

    assert (await child) == (await parent)
    assert provider.calls == 2


@pytest.mark.asyncio
async def test_refused_credentials_are_renewed_after_the_clock_was_set_back() -> None:
    """That they were renewed in the future, as the clock now has it, is no reason to wait for that day."""
    clock = Clock()
    answers = [FixedProvider(OLD), FixedProvider(NEW)]

    async def load():
        return answers.pop(0)

    source = SharedCredentials(load, clock)
    await source.current()
    clock.time -= 3600

    assert await source.refresh() is True
    assert (await source.current()).access_key == NEW.access_key


@pytest.mark.asyncio
async def test_credentials_that_never_were_have_not_expired() -> None:
    """The message says what happened: that the first fetch failed, or that a renewal did."""
    clock = Clock()
    provider = Provider(clock, 20 * 60)
    source = shared(provider, clock)

    async def unreachable():
        raise OSError

    with pytest.raises(CredentialsExpiredError, match=r"could not be fetched \(OSError\)"):
        await SharedCredentials(unreachable, clock).current()
    await source.current()
    clock.time += 60 * 60
    provider.error = OSError()
    with pytest.raises(CredentialsExpiredError, match=r"expired, and renewing them failed \(OSError\)"):
        await source.current()
