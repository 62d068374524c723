"""The faces of batches: `Batch`, and the flows behind ``batch_put``, ``batch_delete`` and ``batch_get``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec

from dynamorm_async._caller import Called
from dynamorm_async._handle import PromiseToSend
from dynamorm_async._ops.batches import Duplicates, WriteBatch, batch_calls, write_all, write_batch
from dynamorm_async._ops.batchgets import get_batch
from dynamorm_async._ops.counts import positive
from dynamorm_async._ops.explain import Explanation, explain_batch
from dynamorm_async._ops.named import Stored
from dynamorm_async._ops.rounds import Progress
from dynamorm_async._runner import Runner
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async.errors import InvalidRequestError
from dynamorm_async.types import BatchGetResult, Key, Request

if TYPE_CHECKING:
    from typing import Self

__all__ = ["Batch", "delete_all", "get_all", "put_all"]


class Batch:
    """Puts and deletions of any number, models and tables, sent together at the end of the block.

    Made by ``db.batch()``. Nothing is sent if the block raises, and an item is taken as it is when it is added. There
    is no all-or-nothing: for that there are transactions. Instances get their times after their item was stored.

    Attributes:
        count: How many puts and deletions were carried out.

    Limit:
        DynamoDB takes 25 writes and 16 MB in a request; more are sent as several.

    Example:
        >>> async with db.batch() as batch:
        ...     batch.put(user)
        ...     batch.delete(Order.key("o1"))
    """

    __slots__ = ("_batch", "_concurrency", "_now", "_progress", "_promise", "_runner", "_sent", "count")

    def __init__(
        self,
        runner: Runner,
        *,
        concurrency: int = 4,
        progress: Progress | None = None,
        on_duplicate: Duplicates = "error",
    ) -> None:
        self._runner = runner
        self._batch = WriteBatch(runner.settings, on_duplicate)
        self._concurrency = positive(concurrency, "concurrency", "batch")
        self._progress = progress
        self._now: datetime | None = None
        self._promise = PromiseToSend()
        self._sent = False
        self.count: int = 0

    def put(self, item: Stored, *, overwrite: bool = False) -> Self:
        """Store an item in place of one with the same key.

        Args:
            item: A model instance, taken as it is now.
            overwrite: Needed for a model with a version field, since a batch cannot check the stored version.

        Returns:
            This batch.

        Raises:
            InvalidRequestError: The batch has a write of this item already, or the model has a version.
            ValidationError: A value cannot be stored as declared.

        Example:
            >>> async with db.batch() as batch:
            ...     batch.put(user)
        """
        if self._now is None:
            self._now = self._runner.now()
        self._open().put(item, self._now, overwrite=overwrite)
        self._promise.kept = False
        return self

    def delete(self, item: Stored | Key, *, overwrite: bool = False) -> Self:
        """Delete an item.

        Args:
            item: A key, or an instance.
            overwrite: Needed for an instance with a version, since a batch cannot check the stored version.

        Returns:
            This batch.

        Raises:
            InvalidRequestError: The batch has a put of this item already, or the instance has a version.

        Example:
            >>> async with db.batch() as batch:
            ...     batch.delete(Order.key("o1"))
        """
        self._open().delete(item, overwrite=overwrite)
        self._promise.kept = False
        return self

    @property
    def unsent(self) -> tuple[object, ...]:
        """What was added and not sent, as it was given."""
        return () if self._sent else tuple(item.subject for item in self._batch.items)

    def __len__(self) -> int:
        return len(self._batch)

    def __bool__(self) -> bool:
        return True

    async def execute(self) -> int:
        """Send it; as ``async with`` does at the end of the block.

        Returns:
            How many puts and deletions were carried out.

        Raises:
            BatchIncompleteError: It stopped before everything was done; ``unprocessed`` has exactly what was not.

        Example:
            >>> done = await db.batch().put(user).execute()
        """
        items = self._open().items
        self._sent = True
        if items:
            self.count = await self._runner.run(
                write_batch(
                    items,
                    operation="batch",
                    concurrency=self._concurrency,
                    dice=self._runner.dice,
                    progress=self._progress,
                )
            )
        return self.count

    def explain(self) -> Explanation:
        """What would be sent, request by request, and what that costs, between two bounds. Sends nothing.

        Returns:
            The explanation; printed, it is the text. Its ``body`` is that of the first request, and ``following`` has
            the others.

        Example:
            >>> print(db.batch().put(user).delete(Order.key("o1")).explain())
        """
        self._promise.kept = True
        calls = batch_calls(self._batch.items)
        return explain_batch([Request(call.operation, msgspec.json.decode(call.body)) for call in calls])

    def _open(self) -> WriteBatch:
        self._promise.kept = True
        if self._sent:
            raise InvalidRequestError("the batch was sent already.", op="batch", hint="Begin another with db.batch().")
        return self._batch

    async def __aenter__(self) -> Self:
        return self

    if not TYPE_CHECKING:  # for the checkers there is no such method

        def __await__(self) -> NoReturn:
            raise TypeError("writes of a batch are not awaited: the end of its block sends them all.")

        def __enter__(self) -> NoReturn:
            raise TypeError("a batch is entered with `async with`, not with `with`.")

        __exit__ = __enter__

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._promise.kept = True
        if kind is None and not self._sent:
            await self.execute()
        elif error is not None and not self._sent and len(self):
            error.add_note(f"The batch was not sent; its {len(self)} writes are in its `unsent`.")

    def __repr__(self) -> str:
        return f"<Batch of {len(self)} writes, {'sent' if self._sent else 'not sent'}>"


async def put_all(
    runner: Runner,
    items: Iterable[Stored],
    *,
    concurrency: int,
    progress: Progress | None,
    on_duplicate: Duplicates,
    overwrite: bool,
) -> int:
    """Store items."""
    batch, now = WriteBatch(runner.settings, on_duplicate), runner.now()
    flow = write_all(
        batch,
        items,
        lambda item: batch.put(item, now, overwrite=overwrite),
        operation="batch_put",
        concurrency=positive(concurrency, "concurrency", "batch_put"),
        dice=runner.dice,
        progress=progress,
    )
    return await runner.run(flow)


async def delete_all(
    runner: Runner, items: Iterable[Stored | Key], *, concurrency: int, progress: Progress | None, overwrite: bool
) -> int:
    """Delete items."""
    batch = WriteBatch(runner.settings)
    flow = write_all(
        batch,
        items,
        lambda item: batch.delete(item, overwrite=overwrite),
        operation="batch_delete",
        concurrency=positive(concurrency, "concurrency", "batch_delete"),
        dice=runner.dice,
        progress=progress,
    )
    return await runner.run(flow)


async def get_all(
    runner: Runner,
    spec: ModelSpec,
    keys: Iterable[Any],
    *,
    consistent: bool,
    concurrency: int,
    progress: Progress | None,
) -> BatchGetResult[Any]:
    """Read items of one model."""
    if not isinstance(keys, Iterable) or isinstance(keys, (str, bytes)):
        raise InvalidRequestError(
            f"the keys are a list, not one {type(keys).__name__}.",
            op=f"{spec.name}.batch_get",
            model=spec.name,
            hint="Write [key, ...].",
        )
    flow = get_batch(
        spec,
        runner.settings,
        keys,
        consistent=consistent,
        concurrency=positive(concurrency, "concurrency", "batch_get", spec.name),
        dice=runner.dice,
        progress=progress,
    )
    return await runner.run(flow, Called(f"{spec.name}.batch_get"))
