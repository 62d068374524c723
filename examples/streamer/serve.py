"""``python -m examples.streamer.serve``: Streamer behind a real WebSocket on this machine, in API Gateway's place."""

from __future__ import annotations

import argparse
import contextlib
import logging
import signal
import socket
import sys
import warnings
from collections.abc import Generator

import anyio
from aiohttp import WSMsgType, web

from dynamorm_async import DynamormError, ulid
from dynamorm_async.events import DynamormAdvice
from dynamorm_async.testing import engine
from examples.streamer.app import Streamer
from examples.streamer.auth import JwtVerifier
from examples.streamer.config import Config
from examples.streamer.factory import StoreFactory
from examples.streamer.metrics import Metrics
from examples.streamer.models import AsyncRequest
from examples.streamer.request_queue import AlreadyFinishedError, RequestQueue
from examples.streamer.scenario import ISSUER, Issuer, event

__all__ = ["Gateway", "main", "work"]

_log = logging.getLogger("streamer")

WELCOME = """\
Streamer is at http://127.0.0.1:{port}, from a DynamoDB at {endpoint}

ada: ws://127.0.0.1:{port}/?token={ada}
bob: ws://127.0.0.1:{port}/?token={bob}

Connect with any WebSocket client, and send {{"action": "export", "request_id": "r1", "payload": {{"rows": 4}}}}, then
{{"action": "status", "request_id": "r1"}}. Without a token it is refused: curl -i http://127.0.0.1:{port}
"""


class Gateway:
    """Makes API Gateway's events of what happens on a WebSocket."""

    def __init__(self, streamer: Streamer) -> None:
        self._streamer = streamer
        self._clients: set[web.WebSocketResponse] = set()

    async def close(self, _: web.Application) -> None:
        """Let every client go, while there are stores to note it in."""
        for client in set(self._clients):
            await client.close()

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        """Serve one client until it goes."""
        connection_id = ulid()
        told = {"headers": dict(request.headers), "queryStringParameters": dict(request.query)}
        opened = await self._streamer.connect(event("$connect", connection_id, **told))
        if opened["statusCode"] != 200:
            return web.json_response(text=opened["body"], status=opened["statusCode"])
        try:
            return await self._talk(request, connection_id)
        finally:
            with anyio.CancelScope(shield=True):
                await self._streamer.disconnect(event("$disconnect", connection_id))

    async def _talk(self, request: web.Request, connection_id: str) -> web.WebSocketResponse:
        client = web.WebSocketResponse(heartbeat=30)
        await client.prepare(request)
        self._clients.add(client)
        try:
            async for message in client:
                if message.type is WSMsgType.TEXT:
                    answer = await self._streamer.route(event("$default", connection_id, body=message.data))
                    await client.send_str(answer["body"])
        finally:
            self._clients.discard(client)
        return client


async def work(stores: StoreFactory) -> None:
    """Take requests and complete them, as long as it lasts; what goes wrong with one is told and ends no more."""
    # What an index does not show yet is taken the next time.
    warnings.filterwarnings("ignore", message="DA005", category=DynamormAdvice)
    while True:
        with _told("requests could not be taken"):
            for request in await stores.requests.dequeue(10):
                with _told("a request could not be ended"):
                    await _complete(stores.requests, request)
        await anyio.sleep(0.2)


async def _complete(queue: RequestQueue, request: AsyncRequest) -> None:
    try:
        await queue.complete_request(request.request_id, {"done": request.payload})
    except DynamormError as error:
        _log.warning("request %s failed: %s", request.request_id, error)
        await queue.fail_request(request.request_id, str(error))


@contextlib.contextmanager
def _told(what: str) -> Generator[None]:
    """Log what the database or the queue refuses, and go on."""
    try:
        yield
    except (DynamormError, AlreadyFinishedError):
        _log.exception(what)


def listening(port: int) -> socket.socket:
    """A socket that takes connections, from this machine alone.

    Raises:
        SystemExit: The port is taken, or there is none of this number.
    """
    try:
        return socket.create_server(("127.0.0.1", port))
    except OverflowError as error:
        raise SystemExit(f"there is no port {port}; choose one up to 65535 with --port, or 0 for any.") from error
    except OSError as error:
        raise SystemExit(f"port {port} is taken; choose another with --port, or 0 for any.") from error


async def main(kind: str, listener: socket.socket) -> None:
    """Start an engine, make the tables, serve and work, and leave nothing behind.

    Args:
        kind: The engine: ``moto``, ``dynoxide``, ``ministack``, or the URL of one that runs.
        listener: Where clients come in.
    """
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))  # a container's end is an end like Ctrl-C
    async with engine(kind) as running, StoreFactory(Config(endpoint=running.endpoint)) as stores:
        await stores.ensure_tables()
        issuer = Issuer()
        streamer = Streamer(stores, JwtVerifier(issuer.public_key, ISSUER), Metrics("Streamer", lambda _: None))
        application, gateway = web.Application(), Gateway(streamer)
        application.router.add_get("/", gateway)
        application.on_shutdown.append(gateway.close)
        runner = web.AppRunner(application, shutdown_timeout=1)
        await runner.setup()
        try:
            await web.SockSite(runner, listener).start()
            port = listener.getsockname()[1]
            ada, bob = issuer.token("ada", "acme"), issuer.token("bob", "acme")
            print(WELCOME.format(port=port, endpoint=running.endpoint, ada=ada, bob=bob), flush=True)
            await work(stores)
        finally:
            await runner.cleanup()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m examples.streamer.serve", description=__doc__)
    parser.add_argument("--port", type=int, default=8001, help="on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--engine", default="moto", help="moto, dynoxide, ministack, or the URL of one that runs")
    chosen = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a script's `... &` starts it deaf to Ctrl-C
    with contextlib.suppress(KeyboardInterrupt), listening(chosen.port) as made:
        try:
            anyio.run(main, chosen.engine, made)
        except DynamormError as error:  # no such engine, or nothing at its URL
            sys.exit(str(error))
