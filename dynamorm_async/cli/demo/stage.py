"""Where the demo runs: an engine of its own, an endpoint, or AWS; and how that is left as it was found."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import anyio
import attrs

from dynamorm_async import DynamormError, Outcome, Session
from dynamorm_async.abc import Observer
from dynamorm_async.cli.demo.models import TABLE, City, Country
from dynamorm_async.errors import TableInUseError, TableNotFoundError
from dynamorm_async.testing import local

__all__ = ["Place", "stage"]

FEW = 400
"""How many cities moto gets: it sorts the whole table at every query."""
CLEANING_SECONDS = 60.0
STILL_BUSY_SECONDS = 1.0


@attrs.frozen(slots=True, kw_only=True)
class Place:
    """Where to run.

    Attributes:
        engine: The name of an engine to start here; None for an endpoint, or for AWS.
        endpoint: The URL of an endpoint that runs already.
        region: For the endpoint, or where AWS is to be used.
        table: The name of the table that is made, and deleted at the end.
        allow_insecure: Whether the endpoint may be ``http://`` on another machine.
    """

    engine: str | None
    endpoint: str | None
    region: str | None
    table: str
    allow_insecure: bool = False

    @property
    def cities(self) -> int | None:
        """How many cities to load if nothing is said; None for all."""
        return FEW if self.engine == "moto" else None

    def __str__(self) -> str:
        if self.engine is not None:
            return f"the engine {self.engine}"
        return self.endpoint or f"AWS in {self.region}"


@asynccontextmanager
async def stage(place: Place, observer: Observer, warn: Callable[[str], None]) -> AsyncGenerator[Session]:
    """A session with an empty table, which is gone when the block ends, however it ends.

    Args:
        place: Where.
        observer: Is told of every request.
        warn: Is told when the table could not be deleted.

    Raises:
        EngineNotAvailableError: The engine is not on this machine.
        EndpointUnreachableError: Nothing listens at the endpoint.
        TableInUseError: The table exists; it is left alone.
    """
    async with _session(place, observer) as db, _table(db, place, warn):
        yield db


def _session(place: Place, observer: Observer) -> AbstractAsyncContextManager[Session]:
    options: dict[str, Any] = {
        "table_names": {TABLE: place.table},
        "cursor_keys": [secrets.token_bytes(32)],
        "observers": [observer],
    }
    if place.engine is not None:
        return local(place.engine, **options)
    return Session(endpoint=place.endpoint, region=place.region, allow_insecure=place.allow_insecure, **options)


@asynccontextmanager
async def _table(db: Session, place: Place, warn: Callable[[str], None]) -> AsyncGenerator[None]:
    made = True
    try:
        try:
            await db.create_table(Country, City)
        except DynamormError as error:
            # Refused: nothing was made, and a table that was in the way is somebody's. Later requests have other names.
            made = error.outcome is not Outcome.NOT_APPLIED or error.op not in {None, "CreateTable"}
            raise
        yield
    finally:
        # An engine of our own ends now, and its tables with it.
        if made and place.engine is None and not await _deleted(db):
            warn(f"the table {place.table} could not be deleted; please delete it yourself.")


async def _deleted(db: Session) -> bool:
    """Delete the table, also after Ctrl-C, for a bounded time; whether it is gone."""
    with anyio.move_on_after(CLEANING_SECONDS, shield=True):
        while True:
            try:
                await db.delete_table(City)
            except TableInUseError:
                await anyio.sleep(STILL_BUSY_SECONDS)  # it is still being made
            except TableNotFoundError:
                return True
            except DynamormError:
                return False
            else:
                return True
    return False
