"""Web applications under the real servers, on the loop of the test, with a client beside them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import uvicorn
from aiohttp import web
from fastapi import FastAPI

__all__ = ["Client", "served"]


class Client:
    """Asks one server.

    Args:
        http: Where to.
        token: Sent with every request, if there is one.
    """

    def __init__(self, http: aiohttp.ClientSession, token: str | None = None) -> None:
        self._http = http
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self.last_type = ""
        """The media type of the last answer."""

    def as_(self, token: str | None) -> Client:
        """The same with another token."""
        return Client(self._http, token)

    async def __call__(self, method: str, path: str, json: Any = None, **query: Any) -> tuple[int, Any]:
        """Status and JSON of an answer."""
        async with self._http.request(method, path, json=json, params=query, headers=self._headers) as answer:
            self.last_type = answer.content_type
            return answer.status, await answer.json(content_type=None)


@contextlib.asynccontextmanager
async def served(app: FastAPI | web.Application) -> AsyncGenerator[Client]:
    """FastAPI under uvicorn, or aiohttp under its own server."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        run = _uvicorn if isinstance(app, FastAPI) else _aiohttp
        async with run(app, listener), aiohttp.ClientSession(url, timeout=aiohttp.ClientTimeout(30)) as http:
            yield Client(http)


@contextlib.asynccontextmanager
async def _uvicorn(app: Any, listener: socket.socket) -> AsyncGenerator[None]:
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    serving = asyncio.ensure_future(server.serve(sockets=[listener]))
    while not server.started and not serving.done():  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await serving


@contextlib.asynccontextmanager
async def _aiohttp(app: Any, listener: socket.socket) -> AsyncGenerator[None]:
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        yield
    finally:
        await runner.cleanup()
