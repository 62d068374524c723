"""A session on an engine of its own: the shortest way to a DynamoDB on this machine."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Unpack

from dynamorm_async._options import LocalOptions
from dynamorm_async._session import Session
from dynamorm_async._shown import entered
from dynamorm_async.testing.engines import EngineKind
from dynamorm_async.testing.engines import engine as start

__all__ = ["local"]


@entered("local session")
async def local(
    engine: str | EngineKind = "moto", *, ready_within: float = 30.0, **options: Unpack[LocalOptions]
) -> AsyncGenerator[Session]:
    """Start an engine and open a session on it; both are gone when the block ends, however it ends.

    No Docker, no Java and no account is needed. The engine starts empty and keeps nothing.

    Args:
        engine: ``"moto"``, ``"dynoxide"``, another name of `dynamorm_async.testing.engines`, a kind of your own,
            or the URL of an endpoint that runs already.
        ready_within: How long the engine may take until its first answer, in seconds.
        options: As for `Session`.

    Yields:
        The session, open.

    Raises:
        EngineNotAvailableError: The engine is not on this machine; the message names the fix.
        EngineFailedError: The engine ended, also later inside the block, or did not answer in time; the message has its
            log.

    Example:
        >>> async with local() as db:
        ...     await db.create_table(User)
    """
    async with start(engine, ready_within=ready_within) as running, Session(endpoint=running.endpoint, **options) as db:
        yield db
