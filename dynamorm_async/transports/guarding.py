"""A transport that lets only requests of one tenant pass."""

from __future__ import annotations

from dynamorm_async._ops.effects import Attempt, Call, Reply
from dynamorm_async._ops.tenancy import TenantGuard
from dynamorm_async.abc import Transport

__all__ = ["GuardingTransport"]


class GuardingTransport:
    """Shows every request to a guard before it is sent.

    Args:
        inner: Moves what passes. It stays open: it belongs to the session that was scoped.
        guard: Raises for what must not pass.
    """

    def __init__(self, inner: Transport, guard: TenantGuard) -> None:
        self._inner = inner
        self._guard = guard

    async def send(self, call: Call, attempt: Attempt) -> Reply:
        """Send once, if the guard lets it pass."""
        self._guard.check(call)
        return await self._inner.send(call, attempt)

    async def recover(self, code: str, reply: Reply) -> bool:
        """As the inner transport does."""
        return await self._inner.recover(code, reply)

    async def aclose(self) -> None:
        """Nothing: the inner transport is not this one's to close."""
