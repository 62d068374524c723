"""The connections to one endpoint: a bounded number, kept alive, handed on without waking anybody twice.

A request that finds no free connection is queued *as bytes*. The connection that finishes next writes it at once;
its caller wakes only for the answer. All waiting is watched by one timer (`_sweep`), so a request that goes well
creates no timer, takes no lock and starts no task.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import math
import select
import ssl
import warnings
from collections import deque
from collections.abc import Callable

import msgspec

from dynamorm_async._anyio import anyio
from dynamorm_async._ops.effects import Reply
from dynamorm_async.errors import (
    ConnectionLostError,
    DeadlineExceededError,
    EndpointUnreachableError,
    Outcome,
    PoolTimeoutError,
    SessionClosedError,
    TransportError,
)
from dynamorm_async.transports.connection import Connection, Exchange
from dynamorm_async.transports.endpoints import Endpoint
from dynamorm_async.transports.lifecycle import watch_loop
from dynamorm_async.transports.tls import client_context

__all__ = ["Pool", "PoolLimits"]

_READ = 256 * 1024  # bytes that one read of a socket can bring
_FINEST = 0.01  # seconds between two sweeps, at least
_DOUBT = 1.0  # seconds of idleness after which a connection is looked at before it is used
_PROGRESS = 64 * 1024  # bytes that must arrive in each read_timeout for a long answer to go on
_UPLOAD = 1024 * 1024  # bytes of a request that are given one more read_timeout
_HOLD_OFF = 1.0  # seconds without new connections after one failed, while others work


class PoolLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of one pool; times in seconds.

    Attributes:
        max_connections: Open at once.
        max_waiters: Requests queued for a connection; one more fails at once.
        pool_timeout: Longest wait for a connection.
        connect_timeout: Longest time for name, TCP and TLS together.
        read_timeout: Longest time from writing a request to its answer. An answer that has begun gets as long
            again each time 64 KiB of it have arrived.
        keepalive: How long an idle connection is kept; below the server's own limit.
    """

    max_connections: int = 50
    max_waiters: int = 20_000
    pool_timeout: float = 10.0
    connect_timeout: float = 3.0
    read_timeout: float = 5.0
    keepalive: float = 12.0


class Pool:
    """The connections to one endpoint, on one event loop.

    Args:
        endpoint: Where they lead.
        limits: How many, and how long everything may take.
        loop: The event loop.
        monotonic: The clock of deadlines.
        ca_bundle: The trust store, if it is not the system's.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        limits: PoolLimits,
        loop: asyncio.AbstractEventLoop,
        monotonic: Callable[[], float],
        ca_bundle: str | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._limits = limits
        self._loop = loop
        self._monotonic = monotonic
        self._ca_bundle = ca_bundle
        self.buffer: memoryview = memoryview(bytearray(_READ))
        self._connections: set[Connection] = set()
        self._idle: list[Connection] = []
        self._opening = 0
        self._queue: deque[Exchange] = deque()
        self._waiting = 0
        self._hold_off_until = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = math.inf
        self._watch = watch_loop(self.abort)
        self._is_watched = False
        self._is_closed = False
        self._drained: asyncio.Event | None = None

    # ------------------------------------------------------------ one request

    async def send(self, exchange: Exchange) -> Reply:
        """Carry one exchange out.

        Raises:
            TransportError: No usable answer.
        """
        self._admit(exchange)
        try:
            while True:
                if exchange.is_next:
                    await self._open_for(exchange)
                reply = await exchange.answer
                if reply is not None:
                    return reply
                exchange.answer = self._loop.create_future()
        except BaseException:
            self._abandon(exchange)
            raise

    def _admit(self, exchange: Exchange) -> None:
        """Start, queue, or give a place to open a connection."""
        if self._is_closed:
            raise SessionClosedError("the session is closed.")
        now = self._monotonic()
        if exchange.deadline <= now:
            raise DeadlineExceededError("the deadline passed before the request was sent.")
        connection = self._take_idle(now)
        if connection is not None:
            self._start(connection, exchange, now)
        elif self._has_room(now) and not self._waiting:
            exchange.is_next = True
            self._opening += 1
        else:
            self._enqueue(exchange, now)
            self._call_next()

    def _start(self, connection: Connection, exchange: Exchange, now: float) -> None:
        # A large request gets longer: what a socket has really sent cannot be seen through TLS.
        allowance = self._limits.read_timeout * (1 + len(exchange.request) // _UPLOAD)
        exchange.expires = expires = min(now + allowance, exchange.deadline)
        connection.noted = 0
        connection.begin(exchange)
        if expires < self._timer_at:
            self._arm(expires, now)

    def _enqueue(self, exchange: Exchange, now: float) -> None:
        if self._waiting >= self._limits.max_waiters:
            raise PoolTimeoutError(f"{self._waiting} requests are waiting for a connection already.")
        exchange.expires = min(now + self._limits.pool_timeout, exchange.deadline)
        exchange.is_queued = True
        self._queue.append(exchange)
        self._waiting += 1
        if exchange.expires < self._timer_at:
            self._arm(exchange.expires, now)

    def _abandon(self, exchange: Exchange) -> None:
        """The caller goes: close what carries its request, give its place to the next, leave the queue."""
        if exchange.connection is not None and exchange.connection.exchange is exchange:
            exchange.connection.exchange = None
            exchange.connection.abort()
        if exchange.is_next:
            self._give_up_place(exchange)
        self._leave_queue(exchange)

    def _leave_queue(self, exchange: Exchange) -> None:
        """It stops counting; the queue drops it when it reaches its head."""
        if exchange.is_queued:
            exchange.is_queued = False
            self._waiting -= 1

    # ------------------------------------------------------------ idle connections

    def _take_idle(self, now: float) -> Connection | None:
        """The connection that was used last, if it still stands."""
        while self._idle:
            connection = self._idle.pop()
            rest = now - connection.idle_since
            if rest < self._limits.keepalive and connection.is_open and (rest < _DOUBT or not _has_news(connection)):
                return connection
            connection.abort()
        return None

    def release(self, connection: Connection) -> None:
        """Take a connection back: to the next in the queue, or to rest."""
        now = self._monotonic()
        if self._is_closed and not self._waiting:
            connection.abort()
            return
        if self._queue and connection.is_open and (exchange := self._next_waiting()) is not None:
            self._start(connection, exchange, now)
            return
        connection.idle_since = now
        self._idle.append(connection)
        limit = now + self._limits.keepalive
        if limit < self._timer_at:
            self._arm(limit, now)

    def _next_waiting(self) -> Exchange | None:
        """The first in the queue whose caller is still there."""
        while self._queue:
            exchange = self._queue.popleft()
            if exchange.is_queued and not exchange.answer.done():
                self._leave_queue(exchange)
                return exchange
        return None

    def lost(self, connection: Connection) -> None:
        """A connection is closed."""
        self._connections.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        self._call_next()
        self._note_drained()

    # ------------------------------------------------------------ new connections

    def _has_room(self, now: float) -> bool:
        in_use = len(self._connections) + self._opening
        return in_use < self._limits.max_connections and (now >= self._hold_off_until or not self._connections)

    def _call_next(self) -> None:
        """Let the first in the queue open a connection, if there is room for one."""
        while self._waiting and self._has_room(self._monotonic()):
            exchange = self._next_waiting()
            if exchange is None:
                return
            self._opening += 1
            exchange.is_next = True
            exchange.answer.set_result(None)

    def _give_up_place(self, exchange: Exchange) -> None:
        exchange.is_next = False
        self._opening -= 1
        self._call_next()
        self._note_drained()

    async def _open_for(self, exchange: Exchange) -> None:
        """Open a connection in the caller's own task and start on it; if that fails, hope for another's."""
        try:
            connection = await self._open(exchange.deadline)
        except EndpointUnreachableError:
            now = self._monotonic()
            self._hold_off_until = now + _HOLD_OFF
            self._give_up_place(exchange)
            if not self._connections:
                raise
            self._enqueue(exchange, now)
        else:
            exchange.is_next = False
            self._opening -= 1
            self._connections.add(connection)
            self._start(connection, exchange, self._monotonic())

    async def _open(self, deadline: float) -> Connection:
        left = deadline - self._monotonic()
        seconds = min(self._limits.connect_timeout, left)
        try:
            async with asyncio.timeout(seconds):
                connection = await self._connect()
        except TimeoutError as error:
            if seconds == left:  # which bound it was; by the clock uvloop's timers are up to a millisecond early
                raise DeadlineExceededError("the deadline passed while connecting.") from error
            raise self._unreachable(f"no connection within {seconds:g} s") from error
        except ssl.SSLError as error:
            raise self._unreachable(f"TLS failed ({getattr(error, 'verify_message', '') or error.reason})") from error
        except (OSError, UnicodeError) as error:  # the latter: a host name that no DNS can hold
            raise self._unreachable(getattr(error, "strerror", None) or type(error).__name__) from error
        if not connection.is_open:
            raise self._unreachable("the connection was closed as soon as it was made")
        return connection

    async def _connect(self) -> Connection:
        if not self._is_watched:
            self._is_watched = True
            await anext(self._watch)
        endpoint = self._endpoint
        context = await client_context(self._ca_bundle) if endpoint.scheme == "https" else None
        _, connection = await self._loop.create_connection(
            lambda: Connection(self),
            endpoint.host,
            endpoint.port,
            ssl=context,
            server_hostname=endpoint.host if context is not None else None,
        )
        return connection

    def _unreachable(self, reason: str) -> EndpointUnreachableError:
        return EndpointUnreachableError(f"{self._endpoint.host}:{self._endpoint.port} is unreachable: {reason}.")

    # ------------------------------------------------------------ time

    def _arm(self, when: float, now: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = when
        self._timer = self._loop.call_later(max(when - now, 0.0), self._sweep)

    def _sweep(self) -> None:
        """End what has expired, and sleep until the next thing does. With nothing to watch, no timer is left."""
        self._timer, self._timer_at = None, math.inf
        now = self._monotonic()
        times = [self._look_at(connection, now) for connection in tuple(self._connections)]
        times.extend(self._look_at_waiting(exchange, now) for exchange in tuple(self._queue))
        when = min(times, default=math.inf)
        if when < self._timer_at:
            self._arm(max(when, now + _FINEST), now)

    def _look_at(self, connection: Connection, now: float) -> float:
        """When this connection has to be looked at again."""
        exchange = connection.exchange
        if exchange is None:
            limit = connection.idle_since + self._limits.keepalive
            if now >= limit and connection in self._idle:
                self._idle.remove(connection)
                connection.abort()
            return limit if now < limit else math.inf
        if now < exchange.expires:
            return exchange.expires
        if now < exchange.deadline and connection.received - connection.noted >= _PROGRESS:
            connection.noted = connection.received
            exchange.expires = min(now + self._limits.read_timeout, exchange.deadline)
            return exchange.expires
        connection.fail(self._late(exchange, now))
        return math.inf

    def _look_at_waiting(self, exchange: Exchange, now: float) -> float:
        if not exchange.is_queued or exchange.answer.done():
            return math.inf
        if now < exchange.expires:
            return exchange.expires
        self._leave_queue(exchange)
        exchange.fail(self._late(exchange, now))
        return math.inf

    def _late(self, exchange: Exchange, now: float) -> TransportError:
        if now >= exchange.deadline:
            return DeadlineExceededError("the deadline passed.", outcome=exchange.outcome)
        if exchange.connection is None:
            return PoolTimeoutError(f"no connection became free within {self._limits.pool_timeout:g} s.")
        return ConnectionLostError(f"no answer came within {self._limits.read_timeout:g} s; the connection was closed.")

    # ------------------------------------------------------------ the end

    async def aclose(self, grace: float) -> None:
        """Let what is under way finish for ``grace`` seconds, then end it; return when all is closed."""
        self._is_closed = True
        for connection in self._idle:
            connection.abort()
        self._drained = asyncio.Event()
        self._note_drained()
        try:
            with anyio.move_on_after(grace):
                await self._drained.wait()
        finally:
            self.abort()
            with anyio.CancelScope(shield=True), anyio.move_on_after(1):
                await self._drained.wait()
                await self._watch.aclose()

    def _note_drained(self) -> None:
        if self._drained is not None and not self._connections and not self._opening and not self._waiting:
            self._drained.set()

    def abort(self) -> None:
        """Close everything now. What is under way fails, in its own task."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while (exchange := self._next_waiting()) is not None:
            exchange.fail(ConnectionLostError("the session was closed.", outcome=Outcome.NOT_APPLIED))
        for connection in tuple(self._connections):
            connection.fail(ConnectionLostError("the session was closed."))

    def drop(self) -> None:
        """Like `abort`, for a loop that does not run any more, and perhaps is closed."""
        self._is_closed = True
        with warnings.catch_warnings():
            # A loop that was closed by hand leaves its sockets open. They close as they are collected here,
            # and asyncio would warn of just that.
            warnings.simplefilter("ignore", ResourceWarning)
            for connection in tuple(self._connections):
                with contextlib.suppress(RuntimeError):  # "Event loop is closed"
                    connection.abort()
                if self._loop.is_closed():
                    connection.forget()
            if self._loop.is_closed() and self._connections:
                gc.collect()  # asyncio's transports refer to themselves
        self._connections.clear()
        self._idle.clear()


def _has_news(connection: Connection) -> bool:
    """Whether an idle connection has something to read, which can only be its end.

    After a pause (a frozen Lambda, a blocked loop) the peer's FIN may lie in the socket unseen. A request written
    to such a connection is lost with its outcome unknown, so one system call is well spent.
    """
    descriptor = connection.fileno()
    if descriptor < 0:
        return True
    if not hasattr(select, "poll"):  # Windows, where select() takes any number of sockets
        return bool(select.select([descriptor], [], [], 0)[0])
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
