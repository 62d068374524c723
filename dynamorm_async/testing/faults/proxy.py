"""A scripted proxy in front of an engine."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from urllib.parse import urlsplit

from dynamorm_async.errors import ConfigurationError
from dynamorm_async.testing.faults.exchange import Wire
from dynamorm_async.testing.faults.messages import Request, Response
from dynamorm_async.testing.faults.script import Fault
from dynamorm_async.testing.faults.server import ScriptedServer
from dynamorm_async.testing.faults.wire import ResponseReader

__all__ = ["FaultProxy"]


class _Line:
    """One kept connection to the engine."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._responses = ResponseReader(reader)
        self._last = False

    @property
    def usable(self) -> bool:
        return not (self._last or self._reader.at_eof() or self._writer.is_closing())

    async def ask(self, request: Request) -> Response:
        self._writer.write(request.encode())
        await self._writer.drain()
        response = await self._responses.next()
        self._last = response.headers.get("connection", "").lower() == "close"
        return response

    def drop(self) -> None:
        self._writer.transport.abort()


class FaultProxy(ScriptedServer):
    """A scripted proxy in front of any engine that speaks DynamoDB over plain HTTP.

    What no step of the script takes is passed on and answered as it is. Each connection to the proxy has one of its
    own to the engine. Requests keep their signature, which fits the proxy's address: engines for tests do not check it,
    DynamoDB itself would refuse.

    Args:
        target: The engine's endpoint, ``http://host:port``.
        script: The faults, in order; see `Fault` for how a step is chosen.
        seed: Of the dice that steps with a ``chance`` throw.
        port: To listen on; 0 for a free one.
        tls: To serve TLS with.

    Raises:
        ConfigurationError: ``target`` is not a plain HTTP endpoint.
        ExceptionGroup: On leaving, if a fault raised.

    Example:
        ```python
        from urllib.request import urlopen

        from dynamorm_async.testing.faults import FaultProxy, FaultServer, Unavailable

        with FaultServer(answer=lambda request: {"Count": 1}) as engine:
            with FaultProxy(engine.endpoint, [Unavailable(503, operation="PutItem")]) as proxy:
                assert urlopen(proxy.endpoint, data=b"{}").read() == b'{"Count":1}'

        assert (proxy.count(), len(engine.requests)) == (1, 1)
        ```
    """

    def __init__(
        self,
        target: str,
        script: Sequence[Fault] = (),
        *,
        seed: int = 0,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(script, seed=seed, port=port, tls=tls)
        where = urlsplit(target)
        if where.scheme != "http" or not where.hostname:
            raise ConfigurationError(f"FaultProxy: {target!r} is no endpoint of the form http://host:port.")
        self._target = (where.hostname, where.port or 80)
        self._lines: dict[int, _Line] = {}

    async def _answer(self, wire: Wire, request: Request) -> Response:
        line = self._lines.get(wire.number)
        if line is None or not line.usable:
            self._hung_up(wire)
            try:
                line = self._lines[wire.number] = _Line(*await asyncio.open_connection(*self._target))
            except OSError:
                return Response.of(
                    b"the engine behind the proxy cannot be reached", 502, {"content-type": "text/plain"}
                )
        return await line.ask(request)

    def _hung_up(self, wire: Wire) -> None:
        line = self._lines.pop(wire.number, None)
        if line is not None:
            line.drop()
