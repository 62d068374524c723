"""The queue of requests. A change of status is one transaction, so a request has one status at any moment."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dynamorm_async import (
    DynamormError,
    ItemExistsError,
    ItemNotFoundError,
    Key,
    Session,
    VersionConflictError,
    is_condition_failed,
    is_throttled,
)
from dynamorm_async.errors import DecodeError, ItemTooLargeError, TransactionCanceledError
from examples.streamer.models import AsyncRequest, Status, now

__all__ = ["AlreadyFinishedError", "RequestQueue", "request_keys"]

_log = logging.getLogger("streamer")
CHOICE = 20
"""Among how many of the oldest requests a consumer chooses each one; twice as many each time that others are faster."""
ROUNDS = 5
"""How often `dequeue` looks for requests."""
ATTEMPTS = 10
"""How often a change is tried that meets others, such as reports of progress."""


class AlreadyFinishedError(Exception):
    """A request that was completed or has failed cannot do so again."""


class RequestQueue:
    """Requests that wait, are worked on, and have ended.

    A worker that dies leaves its request in PROCESSING; `requeue_stalled` brings such requests back.
    """

    def __init__(self, db: Session) -> None:
        self._db = db

    async def enqueue(self, request: AsyncRequest) -> None:
        """Put a request in the queue.

        Raises:
            ItemExistsError: There is one with this id, whatever its status.
        """
        request.status = Status.PENDING
        transaction = self._db.transaction().create(request)
        for key in request_keys(request.request_id, besides=Status.PENDING):
            transaction.check(key, AsyncRequest.request_id.not_exists())
        try:
            await transaction.execute()
        except TransactionCanceledError as error:
            if is_condition_failed(error):
                raise ItemExistsError("there is a request with this id.", model="AsyncRequest") from error
            raise

    async def dequeue(self, limit: int = 1) -> list[AsyncRequest]:
        """Take requests to work on, roughly the oldest first. No two callers get the same one.

        A request that cannot be taken as it is stored is logged and left: it hides no others. Any other error ends it,
        but never costs what was taken before: that is returned, and the next call meets the error.

        Args:
            limit: How many at most.

        Returns:
            The requests, now PROCESSING; none if no request waits, or others were faster every time.
        """
        taken: list[AsyncRequest] = []
        unfit: set[tuple[str, str]] = set()
        for attempt in range(ROUNDS):
            waiting = [key for key in await self._waiting(limit * CHOICE << attempt) if key not in unfit]
            # A few of them by lot, so that consumers do not race for one request after the other.
            for key in random.sample(waiting, min(limit - len(taken), len(waiting))):
                try:
                    taken += await self._take(*key)
                except (DecodeError, ItemTooLargeError) as error:
                    _log.warning("%s cannot be taken and is left where it is: %s", key, error)
                    unfit.add(key)
                except DynamormError:
                    if not taken:
                        raise
                    _log.warning("taking requests ended early", exc_info=True)
                    return taken
            if not waiting or len(taken) == limit:
                break
        return taken

    async def get(self, request_id: str) -> AsyncRequest:
        """One request.

        Raises:
            ItemNotFoundError: There is none with this id.
        """
        found = await AsyncRequest.query(AsyncRequest.request_id == request_id).consistent().using(self._db)
        if len(found) == 1:
            return found[0]
        # A query can meet a move half-way and see both items or neither; a transaction cannot.
        for request in await self._db.transact_get(*request_keys(request_id)):
            if request is not None:
                return request
        raise ItemNotFoundError("there is no request with this id.", model="AsyncRequest")

    async def update_status(self, request_id: str, status: Status, **fields: Any) -> AsyncRequest:
        """Give a request another status, and other fields new values with it.

        Raises:
            ItemNotFoundError: There is no such request.
            VersionConflictError: Others changed it time and again.
        """
        return await self._change(request_id, status, fields)

    async def update_progress(
        self, request_id: str, progress: float, message: str | None = None, details: dict[str, Any] | None = None
    ) -> None:
        """Note how far the work is.

        Args:
            request_id: Which request.
            progress: From 0 to 1.
            message: For people.
            details: For programs.

        Raises:
            ItemNotFoundError: There is no such request, or nobody works on it (any more).
        """
        working = AsyncRequest.with_key(request_id=request_id, status=Status.PROCESSING)
        change = working.update(progress=progress, progress_message=message, progress_details=details)
        await change.using(self._db)

    async def complete_request(self, request_id: str, result: dict[str, Any]) -> AsyncRequest:
        """End the work with its result.

        Raises:
            ItemNotFoundError: There is no such request.
            AlreadyFinishedError: It has ended before.
        """
        return await self._finish(request_id, Status.COMPLETED, {"result": result, "progress": 1.0})

    async def fail_request(self, request_id: str, error: str) -> AsyncRequest:
        """End the work with an error; the progress stays as it was.

        Raises:
            ItemNotFoundError: There is no such request.
            AlreadyFinishedError: It has ended before.
        """
        return await self._finish(request_id, Status.FAILED, {"error": error})

    async def get_by_connection(self, connection_id: str) -> Sequence[AsyncRequest]:
        """The requests of a connection, oldest first."""
        return await AsyncRequest.query(AsyncRequest.connection_id == connection_id).using(self._db)

    async def get_by_status(self, status: Status, limit: int = 100) -> Sequence[AsyncRequest]:
        """The requests of a status, oldest first."""
        return await AsyncRequest.query(AsyncRequest.status == status).limit(limit).using(self._db)

    async def delete(self, request_id: str) -> None:
        """Delete a request, whatever its status; nothing happens if there is none."""
        async with self._db.transaction() as transaction:
            for key in request_keys(request_id):
                transaction.delete(key)

    async def requeue_stalled(self, started_before: datetime) -> int:
        """Bring back requests whose worker seems to have died; after `max_retries` times they fail.

        Returns:
            How many wait again.
        """
        requeued = 0
        stalled = AsyncRequest.query(
            AsyncRequest.status == Status.PROCESSING, AsyncRequest.processing_started < started_before
        )
        async for request in stalled.using(self._db):
            if request.retry_count >= request.max_retries:
                change = request.move(status=Status.FAILED, error="every attempt stalled", processing_ended=now())
            else:
                change = request.move(status=Status.PENDING, retry_count=request.retry_count + 1)
            try:
                await change.using(self._db)
            except VersionConflictError:
                continue  # its worker lives: it has reported progress, or ended
            requeued += request.status is Status.PENDING
        return requeued

    async def _waiting(self, limit: int) -> list[tuple[str, str]]:
        """The keys of the oldest that wait. A key can be read whatever else is wrong with its item."""
        waiting = AsyncRequest.query(AsyncRequest.status == Status.PENDING).limit(limit)
        return await waiting.select(AsyncRequest.pk, AsyncRequest.sk).using(self._db)

    async def _take(self, pk: str, sk: str) -> list[AsyncRequest]:
        """The request, if it still waits and can be taken."""
        try:
            request = await AsyncRequest.get_or_none(pk=pk, sk=sk).consistent().using(self._db)
            if request is None:
                return []  # another consumer has it
            return [await request.move(status=Status.PROCESSING, processing_started=now()).using(self._db)]
        except VersionConflictError:
            return []  # another consumer has it
        except TransactionCanceledError as error:
            if is_throttled(error):
                raise
            return []  # another consumer is taking it

    async def _finish(self, request_id: str, status: Status, fields: dict[str, Any]) -> AsyncRequest:
        return await self._change(request_id, status, fields | {"processing_ended": now()}, unless_final=True)

    async def _change(
        self, request_id: str, status: Status, fields: dict[str, Any], *, unless_final: bool = False
    ) -> AsyncRequest:
        """Read and move, again when the request changed in between, so that nothing that changed is lost."""
        for attempt in range(1, ATTEMPTS + 1):
            request = await self.get(request_id)
            if unless_final and request.status.is_final:
                raise AlreadyFinishedError(f"the request is {request.status.lower()} already")
            if request.status is status and not fields:
                return request
            change = request.update(**fields) if request.status is status else request.move(status=status, **fields)
            try:
                return await change.using(self._db)
            except VersionConflictError:
                if attempt == ATTEMPTS:
                    raise
                await self._db.clock.sleep(random.random() * 0.01 * attempt)  # noqa: S311  no secret
        raise AssertionError("unreachable")


def request_keys(request_id: str, besides: Status | None = None) -> list[Key[AsyncRequest]]:
    """The keys that a request can have."""
    return [AsyncRequest.key(request_id=request_id, status=status) for status in Status if status is not besides]
