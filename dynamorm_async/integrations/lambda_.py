"""AWS Lambda: async handlers on one event loop for all invocations of a warm environment.

``asyncio.run`` in a handler closes its loop, and connections with it, at every invocation; here one runner stays.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from dynamorm_async._deadline import deadline
from dynamorm_async._session import Session

__all__ = ["lambda_handler"]

R = TypeVar("R")
_runner = asyncio.Runner()


def lambda_handler(
    session: Session, *, margin: float = 0.25
) -> Callable[[Callable[[Any, Any], Awaitable[R]]], Callable[[Any, Any], R]]:
    """Make an async function a Lambda handler: the session opens at the first call and stays open.

    Inside it, a bare ``await Model...`` uses the session, every call ends before Lambda's own timeout, and context
    variables set in one invocation are not seen in the next.

    Args:
        session: Opened at the first invocation; Lambda gives no sign of the last, so it is never closed.
        margin: Seconds to keep of Lambda's remaining time for the answer.

    Returns:
        A decorator; what it returns is a plain function of event and context.

    Raises:
        DeadlineExceededError: From a call inside that would end after Lambda's timeout.

    Example:
        >>> @lambda_handler(Session.from_env())
        ... async def handle(event, context):
        ...     user = await User.get(event["org"], event["id"])
        ...     return {"statusCode": 200, "body": user.id}
    """

    def decorate(function: Callable[[Any, Any], Awaitable[R]]) -> Callable[[Any, Any], R]:
        async def invoke(event: Any, context: Any) -> R:
            if not session.is_open:
                await session.open()
            remaining = _remaining(context)
            with session.scope():
                if remaining is None:
                    return await function(event, context)
                with deadline(max(remaining - margin, 0.0)):
                    return await function(event, context)

        @functools.wraps(function)
        def handler(event: Any, context: Any) -> R:
            return _runner.run(invoke(event, context), context=contextvars.Context())

        return handler

    return decorate


def _remaining(context: Any) -> float | None:
    """Seconds that Lambda leaves this invocation."""
    ask = getattr(context, "get_remaining_time_in_millis", None)
    return None if ask is None else ask() / 1000
