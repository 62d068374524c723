"""The default transport: signs a ready body and moves it over its own pooled connections."""

from __future__ import annotations

import asyncio
import math
import sys
import time
from collections.abc import Callable

import msgspec

from dynamorm_async._anyio import anyio
from dynamorm_async._ops.effects import Attempt, Call, Reply
from dynamorm_async.errors import TransportError
from dynamorm_async.transports.connection import Exchange
from dynamorm_async.transports.credentials import Credentials, CredentialsSource, SharedCredentials
from dynamorm_async.transports.endpoints import SEARCH_OPERATIONS, TARGETS, EndpointOptions, resolve_endpoint
from dynamorm_async.transports.lifecycle import LoopBound
from dynamorm_async.transports.pool import Pool, PoolLimits
from dynamorm_async.transports.signing import RequestWriter

__all__ = ["DirectTransport"]

# Our own version is left out: finding it costs 20 ms of a cold start.
_USER_AGENT = f"dynamorm-async python/{'.'.join(map(str, sys.version_info[:3]))}"
_MAX_SKEW = 240.0  # seconds between the clocks from which on it, and not the credentials, is at fault
_SETTLED = 5.0  # seconds in which a refusal can still be of what was signed with the credentials before
CLOCK_CODES = frozenset(
    {"InvalidSignatureException", "RequestExpired", "RequestTimeTooSkewed", "SignatureDoesNotMatch"}
)
CREDENTIAL_CODES = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"}
)


class _Route(msgspec.Struct, frozen=True):
    """The way to one endpoint."""

    writer: RequestWriter
    pool: Pool


class DirectTransport(LoopBound):
    """Signed JSON over pooled HTTP/1.1 connections.

    Args:
        region: To sign for, and whose endpoint to use.
        options: What else decides about the endpoint.
        source: Where credentials come from.
        limits: Bounds of the connection pool; one pool for each endpoint.
        close_grace: Seconds that `aclose` waits for requests under way.
        ca_bundle: A file of certificates to trust in place of the system's.
        now: Seconds since the epoch.
        monotonic: The clock of deadlines.
    """

    def __init__(
        self,
        *,
        region: str,
        options: EndpointOptions,
        source: CredentialsSource,
        limits: PoolLimits | None = None,
        close_grace: float = 5.0,
        ca_bundle: str | None = None,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._region = region
        self._options = options
        self._source = source
        self._limits = limits or PoolLimits()
        self._close_grace = close_grace
        self._ca_bundle = ca_bundle
        self._now = now
        self._monotonic = monotonic
        self._skew = 0.0
        self._renewed_at = -math.inf
        self._account_id: str | None = None
        self._routes: dict[str | tuple[str, ...], _Route] = {}
        self._pools: dict[str, Pool] = {}

    # ------------------------------------------------------------ the contract

    async def send(self, call: Call, attempt: Attempt) -> Reply:
        """Send once. See `dynamorm_async.abc.Transport.send`."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._settle(loop)
        try:
            credentials = await self._source.current()
            route = self._route(call, credentials)
            deadline = attempt.deadline
            exchange = Exchange(
                route.writer.write(
                    call.operation,
                    call.body,
                    credentials,
                    self._now() + self._skew,
                    _sdk_headers(attempt) if attempt.invocation_id else b"",
                ),
                math.inf if deadline is None else deadline,
                loop.create_future(),
                call.operation,
            )
            return await route.pool.send(exchange)
        except TransportError as error:
            error.op = error.op or call.operation
            error.table = error.table or call.table
            raise

    async def aclose(self) -> None:
        """Let requests under way finish for a while, then close every connection. Idempotent."""
        self._is_closed = True
        loop, self._loop = self._loop, None
        pools, self._pools = list(self._pools.values()), {}
        self._routes = {}
        if loop is asyncio.get_running_loop():
            async with anyio.create_task_group() as group:
                for pool in pools:
                    group.start_soon(pool.aclose, self._close_grace)
        elif loop is not None and loop.is_running():
            for pool in pools:
                loop.call_soon_threadsafe(pool.abort)
        else:
            for pool in pools:
                pool.drop()

    async def recover(self, code: str, reply: Reply) -> bool:
        """Remove the cause of an authentication error; whether sending again can succeed.

        The runner calls this once per call, for a reply whose error code is in `CLOCK_CODES` or `CREDENTIAL_CODES`.

        Args:
            code: The error's wire code.
            reply: The answer that carried it; its ``Date`` header is the server's clock.
        """
        if code in CLOCK_CODES and self._note_server_time(reply.headers.get("date")):
            return True
        return code in CREDENTIAL_CODES and await self._has_new_credentials()

    async def _has_new_credentials(self) -> bool:
        if await self._source.refresh():
            self._renewed_at = self._now()
            return True
        # Requests that were under way as another one's refusal brought new credentials were signed with the old.
        return 0 <= self._now() - self._renewed_at < _SETTLED

    # ------------------------------------------------------------ routes

    def _route(self, call: Call, credentials: Credentials) -> _Route:
        """The way for this call. Nearly always the service's one route, found by its name."""
        if credentials.account_id != self._account_id:
            self._account_id = credentials.account_id
            self._routes.clear()
        table = call.table
        if call.operation in SEARCH_OPERATIONS or (table is not None and table.startswith("arn:")):
            return self._own_route(call, table or "")
        return self._routes.get(call.service) or self._make_route(call.service, call.service, "", search=False)

    def _own_route(self, call: Call, arn: str) -> _Route:
        """For another account's table, or an operation with a host of its own. As many as there are accounts."""
        search = call.operation in SEARCH_OPERATIONS
        key = (call.service, ":".join(arn.split(":", 5)[:5]), str(search))
        return self._routes.get(key) or self._make_route(key, call.service, arn, search=search)

    def _make_route(self, key: str | tuple[str, ...], service: str, arn: str, *, search: bool) -> _Route:
        endpoint = resolve_endpoint(
            self._region,
            self._options,
            service=service,
            account_id=self._account_id,
            arns=[arn],
            search=search,
        )
        writer = RequestWriter(
            host=endpoint.host_header,
            path=endpoint.path,
            region=endpoint.signing_region,
            service=endpoint.signing_name,
            target=TARGETS[service],
            user_agent=_USER_AGENT,
        )
        pool = self._pools.get(endpoint.url)
        if pool is None:
            loop = asyncio.get_running_loop()
            pool = self._pools[endpoint.url] = Pool(endpoint, self._limits, loop, self._monotonic, self._ca_bundle)
        route = self._routes[key] = _Route(writer, pool)
        return route

    # ------------------------------------------------------------ clock

    def _note_server_time(self, date: str | None) -> bool:
        """Sign by the server's clock from now on, if ours is far off; whether a request signed so can succeed.

        It can also where another request's refusal has told the time already: those under way were signed before.
        """
        from email.utils import parsedate_to_datetime  # noqa: PLC0415  20 ms that a cold start need not pay

        try:
            server = parsedate_to_datetime(date or "").timestamp()
        except ValueError:
            return False
        skew = server - self._now()
        if abs(skew - self._skew) >= _MAX_SKEW:
            self._skew = skew
            return True
        return abs(skew) >= _MAX_SKEW

    # ------------------------------------------------------------ other loops, other processes

    def _drop(self) -> None:
        pools, self._pools = list(self._pools.values()), {}
        self._routes = {}
        for pool in pools:
            pool.drop()
        self._forget_flights()

    def _inherited(self) -> object:
        inherited = (self._pools, self._routes)
        self._pools, self._routes = {}, {}
        self._forget_flights()
        return inherited

    def _forget_flights(self) -> None:
        if isinstance(self._source, SharedCredentials):
            self._source.forget()


def _sdk_headers(attempt: Attempt) -> bytes:
    """The headers by which AWS tells retries from new calls. Unsigned, like the SDKs' own."""
    return (
        f"amz-sdk-invocation-id: {attempt.invocation_id}\r\n"
        f"amz-sdk-request: attempt={attempt.number}; max={attempt.limit}\r\n"
    ).encode("latin-1", "replace")
