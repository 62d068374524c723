"""``python -m examples.service``: the service on a DynamoDB of its own on this machine, until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import secrets
import signal
import socket
import sys
from collections.abc import Mapping, Sequence

import uvicorn
from aiohttp import web

from dynamorm_async import DynamormError, Session
from dynamorm_async.testing import engine
from examples.service import aiohttp_app, fastapi_app
from examples.service.models import User

__all__ = ["main"]

TOKENS: Mapping[str, str] = {"acme-token": "acme", "globex-token": "globex"}
WELCOME = """\
{url} serves users with {server}, from a DynamoDB at {endpoint}

curl -s {url}/users -H 'Authorization: Bearer acme-token' --json '{{"email": "ada@acme.test", "name": "Ada"}}'
curl -s '{url}/users?limit=10' -H 'Authorization: Bearer acme-token'
curl -s '{url}/users/by-email?email=ada@acme.test' -H 'Authorization: Bearer acme-token'
"""


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m examples.service", description=__doc__)
    parser.add_argument("--server", choices=("fastapi", "aiohttp"), default="fastapi", help="which framework serves")
    parser.add_argument("--port", type=int, default=8000, help="on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--engine", default="moto", help="moto, dynoxide, ministack, or the URL of one that runs")
    return parser.parse_args(given)


async def main(server: str, port: int, kind: str) -> None:
    """Start an engine, make the table, serve, and leave nothing behind."""
    # A container is stopped by SIGTERM; it ends this as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    with listening(port) as listener:
        async with engine(kind) as running:
            async with Session(endpoint=running.endpoint) as first:
                await first.ensure_table(User)
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            print(WELCOME.format(url=url, server=server, endpoint=running.endpoint), flush=True)
            session = Session(endpoint=running.endpoint, cursor_keys=[secrets.token_bytes(32)])
            await {"fastapi": serve_fastapi, "aiohttp": serve_aiohttp}[server](session, listener)


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


async def serve_fastapi(session: Session, listener: socket.socket) -> None:
    """Serve with FastAPI and uvicorn until a signal comes."""
    config = uvicorn.Config(fastapi_app.make_app(session, TOKENS), log_level="warning")
    await uvicorn.Server(config).serve(sockets=[listener])


async def serve_aiohttp(session: Session, listener: socket.socket) -> None:
    """Serve with aiohttp until a signal comes."""
    runner = web.AppRunner(aiohttp_app.make_app(session, TOKENS))
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


if __name__ == "__main__":
    found = arguments()
    # A script's `... &` starts it deaf to Ctrl-C, and then nothing would stop it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        try:
            asyncio.run(main(found.server, found.port, found.engine))
        except DynamormError as error:  # no such engine, or nothing at its URL
            sys.exit(str(error))
