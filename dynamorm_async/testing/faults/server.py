"""A scripted endpoint on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import random
import ssl
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import anyio
import attrs
from anyio.from_thread import BlockingPortal, start_blocking_portal

from dynamorm_async.testing.faults.answers import Pass
from dynamorm_async.testing.faults.exchange import Exchange, Wire
from dynamorm_async.testing.faults.messages import Request, Response
from dynamorm_async.testing.faults.script import Fault, Script
from dynamorm_async.testing.faults.wire import BrokenMessageError, IncomingRequest, RequestReader

__all__ = ["FaultServer", "ScriptedServer"]

_LOOPBACK = "127.0.0.1"
_UNTOUCHED = Pass()


async def _until(reached: Callable[[], bool], seconds: float) -> None:
    with anyio.fail_after(seconds):
        while not reached():  # noqa: ASYNC110 - an event would not serve a server in a thread of its own
            await anyio.sleep(0.001)


class ScriptedServer(ABC):
    """What `FaultServer` and `FaultProxy` share: the connections, the script, and the record of what came.

    It keeps to asyncio's streams rather than a task group: a server is often a fixture, and pytest-asyncio enters and
    leaves those in different tasks, which a cancel scope does not allow.

    Attributes:
        requests: The requests that arrived, in order.
        carried_out: Those that reached the engine or the answer function, in order; a duplicated one twice.
        played: Which fault met which request, in order; a request that no step took is not listed.
        connections: How many connections were made.
    """

    def __init__(
        self, script: Sequence[Fault] = (), *, seed: int = 0, port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        self.requests: list[Request] = []
        self.carried_out: list[Request] = []
        self.played: list[tuple[Request, Fault]] = []
        self.connections: int = 0
        self._failures: list[Exception] = []
        self._dice = random.Random(seed).random  # noqa: S311 - a seeded script, no secret
        self._script = Script(script, self._dice)
        self._port, self._tls = port, tls
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.Task[Any], Wire] = {}
        self._finished_bytes = 0
        self._arrived = 0
        self._thread = contextlib.ExitStack()
        self._portal: BlockingPortal | None = None

    # ------------------------------------------------------------ what a test asks of it

    @property
    def endpoint(self) -> str:
        """Where it listens: ``http://127.0.0.1:port``."""
        return f"{'https' if self._tls else 'http'}://{_LOOPBACK}:{self._port}"

    @property
    def open_connections(self) -> int:
        """How many connections are open now."""
        return sum(not wire.closed for wire in self._open.values())

    @property
    def bytes_sent(self) -> int:
        """How many bytes were sent to clients."""
        return self._finished_bytes + sum(wire.sent for wire in self._open.values())

    @property
    def unplayed(self) -> tuple[Fault, ...]:
        """The steps of the script that never played; a test that needed them proved nothing."""
        return self._script.unplayed

    def count(self, operation: str | None = None, table: str | None = None) -> int:
        """How many requests arrived, of this operation and naming this table."""
        fitting = (request for request in self.requests if operation in {None, request.operation})
        return sum(table is None or table in request.tables for request in fitting)

    def play(self, *script: Fault) -> None:
        """Put another script in place of what is left of the last, and forget what was recorded."""
        self._script = Script(script, self._dice)
        for record in (self.requests, self.carried_out, self.played):
            record.clear()

    async def wait_for(self, requests: int = 1, operation: str | None = None, *, seconds: float = 10.0) -> None:
        """Wait until so many requests (of this operation) have arrived.

        Raises:
            TimeoutError: They have not, after so many seconds.
        """
        await _until(lambda: self.count(operation) >= requests, seconds)

    async def wait_until_left(self, *, seconds: float = 10.0) -> None:
        """Wait until no connection is open.

        Raises:
            TimeoutError: One still is, after so many seconds.
        """
        await _until(lambda: not self.open_connections, seconds)

    def hang_up(self) -> None:
        """Reset every open connection, as a restart of the service does."""
        if self._portal is not None:
            self._portal.call(self._hang_up)
        else:
            self._hang_up()

    def _hang_up(self) -> None:
        for wire in self._open.values():
            wire.reset()

    @contextlib.asynccontextmanager
    async def refusing(self) -> AsyncGenerator[None, None]:
        """Refuse new connections meanwhile; those that are open stay."""
        await self._stop_listening()
        try:
            yield
        finally:
            await self._listen()

    # ------------------------------------------------------------ life

    async def __aenter__(self) -> Self:
        await self._listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop_listening()
        tasks = list(self._open)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # the loop closes the sockets of aborted connections in its next turn
        if self._failures and error is None:
            raise ExceptionGroup(f"{type(self).__name__}: the script or its answer function failed", self._failures)

    def __enter__(self) -> Self:
        """Serve from a thread of its own: for synchronous clients, and for tests that run several event loops."""
        with contextlib.ExitStack() as stack:
            portal = self._portal = stack.enter_context(start_blocking_portal("asyncio"))
            stack.enter_context(portal.wrap_async_context_manager(self))
            self._thread = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._portal = None
        self._thread.__exit__(kind, error, trace)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, _LOOPBACK, self._port, ssl=self._tls)
        self._port = self._server.sockets[0].getsockname()[1]

    async def _stop_listening(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()
            # A connection accepted in this very moment gets its turn, and finds that nobody serves it.
            await asyncio.sleep(0)

    # ------------------------------------------------------------ one connection

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or self._server is None:
            writer.transport.abort()
            return
        self.connections += 1
        wire = self._open[task] = Wire(self.connections, RequestReader(reader), writer)
        try:
            await self._attend(wire)
        except asyncio.CancelledError:
            # Only leaving the server cancels. The task ends here anyway; asyncio takes a cancelled one for a failure.
            wire.reset()
        finally:
            self._hung_up(wire)
            self._finished_bytes += wire.sent
            del self._open[task]

    async def _attend(self, wire: Wire) -> None:
        try:
            await self._converse(wire)
        except (ConnectionError, BrokenMessageError):
            wire.reset()
        except Exception as error:  # noqa: BLE001 - raised when the server is left
            self._failures.append(error)
            wire.reset()
        wire.finish()
        with contextlib.suppress(OSError):
            await wire.writer.wait_closed()

    def _hung_up(self, wire: Wire) -> None:  # noqa: B027 - only a proxy has something to do
        """A connection has ended; for what belongs to it."""

    async def _converse(self, wire: Wire) -> None:
        if self._script.at_connection() is not None:
            wire.reset()
        while not wire.closed and (head := await wire.reader.head()) is not None:
            request = await self._serve(wire, head)
            if not request.keep_alive:
                return

    async def _serve(self, wire: Wire, head: IncomingRequest) -> Request:
        self._arrived += 1
        request = Request(self._arrived, wire.number, head.method, head.path, head.headers, b"", head.keep_alive)
        fault = self._script.at_head(request.operation)
        if fault is None:
            request = attrs.evolve(request, body=await wire.reader.body())
            fault = self._script.at_request(request)
        self.requests.append(request)
        if fault is not None:
            self.played.append((request, fault))
        await (fault or _UNTOUCHED).play(Exchange(request, wire, self._forward(wire)))
        return request

    def _forward(self, wire: Wire) -> Callable[[Request], Awaitable[Response]]:
        async def carry_out(request: Request) -> Response:
            self.carried_out.append(request)
            return await self._answer(wire, request)

        return carry_out

    @abstractmethod
    async def _answer(self, wire: Wire, request: Request) -> Response:
        """Carry the request out."""


class FaultServer(ScriptedServer):
    """A scripted endpoint with no engine behind it.

    Args:
        script: The faults, in order; see `Fault` for how a step is chosen.
        answer: Gives the right answer to a request, as a mapping to be encoded or as a whole `Response`. Without it
            everything is answered by ``{}``.
        seed: Of the dice that steps with a ``chance`` throw.
        port: To listen on; 0 for a free one.
        tls: To serve TLS with, such as a certificate that the client must refuse.

    Raises:
        ExceptionGroup: On leaving, if a fault or the answer function raised.

    Example:
        ```python
        from urllib.request import urlopen

        from dynamorm_async.testing.faults import Answer, FaultServer

        with FaultServer([Answer([], times=2)], lambda request: {"Count": 1}) as server:
            answers = [urlopen(server.endpoint, data=b"{}").read() for _ in range(3)]

        assert answers == [b"[]", b"[]", b'{"Count":1}']
        assert server.unplayed == ()
        ```
    """

    def __init__(
        self,
        script: Sequence[Fault] = (),
        answer: Callable[[Request], Response | Mapping[str, Any]] | None = None,
        *,
        seed: int = 0,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(script, seed=seed, port=port, tls=tls)
        self._respond = answer

    async def _answer(self, wire: Wire, request: Request) -> Response:  # noqa: ARG002 - only a proxy tells them apart
        answer: Response | Mapping[str, Any] = self._respond(request) if self._respond else {}
        return answer if isinstance(answer, Response) else Response.of(answer)
