# /// script
# dependencies = ["aiodynamo==26.4", "httpx"]
# ///
"""aiodynamo over httpx, plain dictionaries."""

from __future__ import annotations

from contextlib import AsyncExitStack

import httpx
from aiodynamo.http.httpx import HTTPX

from benchmarks.clients import aiodynamo_aiohttp as base
from benchmarks.clients._limits import CONNECTIONS, IDLE

LABEL = "aiodynamo + httpx, dicts"
MODELS = False


async def setup(endpoint: str) -> base.Client:
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS, keepalive_expiry=IDLE)
    stack = AsyncExitStack()
    session = await stack.enter_async_context(httpx.AsyncClient(limits=limits))
    return base.Client(stack, HTTPX(session), endpoint)
