"""The doors of a session to several items at once: batches and transactions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, LiteralString, TypeVar, TypeVarTuple, overload

from dynamorm_async._expr.shown import Undeclared
from dynamorm_async._lazy import lazily
from dynamorm_async._model import AnyModel, KeyedBy, Model
from dynamorm_async._runner import Runner
from dynamorm_async.types import BatchGetResult, Key, KeyValue

if TYPE_CHECKING:
    from dynamorm_async import _batch as batches
    from dynamorm_async import _statement as partiql
    from dynamorm_async import _transaction as transactions
    from dynamorm_async._batch import Batch
    from dynamorm_async._ops.rounds import Progress
    from dynamorm_async._statement import Statement, StatementFailure
    from dynamorm_async._transaction import Transaction
else:
    batches = lazily("dynamorm_async._batch")
    partiql = lazily("dynamorm_async._statement")
    transactions = lazily("dynamorm_async._transaction")

__all__ = ["Doors"]

M = TypeVar("M", bound=AnyModel)
ModelWithSuchKeys = TypeVar("ModelWithSuchKeys", bound="Model[*tuple[Undeclared, ...]]")
"""A model that is a type variable itself, in a function for all models. One that states its key is none of these, and
then mypy's message is that "ModelWithSuchKeys" cannot be that model.
"""
K = TypeVar("K", bound=KeyValue)
Ks = TypeVarTuple("Ks")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")


class Doors(ABC):
    """What a session offers for several items at once."""

    @property
    @abstractmethod
    def runner(self) -> Runner:
        """What runs the calls."""

    def batch(
        self,
        *,
        concurrency: int = 4,
        progress: Progress | None = None,
        on_duplicate: Literal["error", "last"] = "error",
    ) -> Batch:
        """Puts and deletions of any number, models and tables; see `Batch`.

        Args:
            concurrency: Requests at once.
            progress: Is told how many items are done.
            on_duplicate: ``"error"`` refuses a second write of an item, ``"last"`` keeps the last.

        Returns:
            The batch, for ``async with`` or `Batch.execute`.

        Limit:
            DynamoDB takes 25 writes and 16 MB in a request; more are sent as several.

        Example:
            >>> async with db.batch() as batch:
            ...     batch.put(user).delete(Order.key("o1"))
        """
        return batches.Batch(self.runner, concurrency=concurrency, progress=progress, on_duplicate=on_duplicate)

    async def batch_put(
        self,
        items: Iterable[AnyModel],
        *,
        concurrency: int = 4,
        progress: Progress | None = None,
        on_duplicate: Literal["error", "last"] = "error",
        overwrite: bool = False,
    ) -> int:
        """Store any number of items, of any models, each in place of one with the same key.

        Args:
            items: Instances. Each gets its times when it is known to be stored.
            concurrency: Requests at once.
            progress: Is told how many items are done.
            on_duplicate: ``"error"`` refuses a second item with the same key, ``"last"`` keeps the last.
            overwrite: Needed for models with a version field, since a batch cannot check the stored version.

        Returns:
            How many items were stored.

        Raises:
            BatchIncompleteError: It stopped early; ``unprocessed`` has exactly the instances that were not stored.
            ValidationError: A value cannot be stored as declared; nothing was sent.

        Limit:
            DynamoDB takes 25 items and 16 MB in a request; more are sent as several.

        Example:
            >>> await db.batch_put(users)
        """
        return await batches.put_all(
            self.runner,
            items,
            concurrency=concurrency,
            progress=progress,
            on_duplicate=on_duplicate,
            overwrite=overwrite,
        )

    async def batch_delete(
        self,
        items: Iterable[AnyModel | Key[Any]],
        *,
        concurrency: int = 4,
        progress: Progress | None = None,
        overwrite: bool = False,
    ) -> int:
        """Delete any number of items, of any models. Two deletions of one item are one.

        Args:
            items: Keys or instances.
            concurrency: Requests at once.
            progress: Is told how many items are done.
            overwrite: Needed for instances with a version, since a batch cannot check the stored version.

        Returns:
            How many deletions there were, of items that existed or not.

        Raises:
            BatchIncompleteError: It stopped early; ``unprocessed`` has exactly those that were not deleted.

        Limit:
            DynamoDB takes 25 keys in a request; more are sent as several.

        Example:
            >>> await db.batch_delete([User.key("acme", "1"), User.key("acme", "2")])
        """
        return await batches.delete_all(
            self.runner, items, concurrency=concurrency, progress=progress, overwrite=overwrite
        )

    @overload
    async def batch_get(
        self,
        model: type[ModelWithSuchKeys],
        keys: Iterable[KeyValue | tuple[KeyValue, ...] | Key[ModelWithSuchKeys] | ModelWithSuchKeys],
        *,
        consistent: bool = False,
        concurrency: int = 4,
        progress: Progress | None = None,
    ) -> BatchGetResult[ModelWithSuchKeys]: ...
    @overload
    async def batch_get(
        self,
        model: KeyedBy[M, K],
        keys: Iterable[K | tuple[K] | Key[M] | M],
        *,
        consistent: bool = False,
        concurrency: int = 4,
        progress: Progress | None = None,
    ) -> BatchGetResult[M]: ...
    @overload
    async def batch_get(
        self,
        model: KeyedBy[M, *Ks],
        keys: Iterable[tuple[*Ks] | Key[M] | M],
        *,
        consistent: bool = False,
        concurrency: int = 4,
        progress: Progress | None = None,
    ) -> BatchGetResult[M]: ...
    @overload
    async def batch_get(
        self,
        model: KeyedBy[M, *tuple[KeyValue, ...]],
        keys: Iterable[KeyValue | tuple[KeyValue, ...] | Key[M] | M],
        *,
        consistent: bool = False,
        concurrency: int = 4,
        progress: Progress | None = None,
    ) -> BatchGetResult[M]: ...
    async def batch_get(
        self,
        model: Any,
        keys: Iterable[Any],
        *,
        consistent: bool = False,
        concurrency: int = 4,
        progress: Progress | None = None,
    ) -> BatchGetResult[Any]:
        """Read any number of items by key. A key that is given twice is read once.

        Args:
            model: Their model.
            keys: Values, tuples of values, `Key` objects or instances.
            consistent: Read with strong consistency, at twice the capacity.
            concurrency: Requests at once.
            progress: Is told how many keys are answered.

        Returns:
            A sequence of the items there are, in the order of the keys; ``missing`` has the keys without an item, and
            ``aligned`` one entry for each key as given.

        Raises:
            MissingKeyError: A key lacks a part; nothing was sent.
            BatchIncompleteError: It stopped early; ``unprocessed`` has the keys, ``result`` what was found.

        Limit:
            DynamoDB takes 100 keys and answers with 16 MB for a request; more are sent as several.

        Example:
            >>> users = await db.batch_get(User, [("acme", "1"), ("acme", "2")])
            >>> users.missing
        """
        return await batches.get_all(
            self.runner,
            model.__dynamorm_spec__,
            keys,
            consistent=consistent,
            concurrency=concurrency,
            progress=progress,
        )

    def transaction(self, *, token: str | None = None, at: datetime | None = None) -> Transaction:
        """Writes that happen together or not at all; see `Transaction`.

        Args:
            token: Your own idempotency token, at most 36 characters: within ten minutes the same transaction under it
                happens once, whoever sends it again. One is made if none is given.
            at: The time that ``created_at`` and ``updated_at`` get, instead of now. Give the time of what asked for
                the transaction, if another process may send it again under your token: it must be the same then.

        Returns:
            The transaction, for ``async with`` or `Transaction.execute`.

        Raises:
            InvalidRequestError: The token is too long.

        Limit:
            100 operations on different items, 4 MB together, in one account and region.

        Example:
            >>> async with db.transaction() as tx:
            ...     tx.create(order)
            ...     tx.update(User.key("acme", "1"), User.orders.add(1))
        """
        return transactions.Transaction(self.runner, token, at)

    @overload
    async def transact_get(self, first: Key[A], /) -> tuple[A | None]: ...
    @overload
    async def transact_get(self, first: Key[A], second: Key[B], /) -> tuple[A | None, B | None]: ...
    @overload
    async def transact_get(
        self, first: Key[A], second: Key[B], third: Key[C], /
    ) -> tuple[A | None, B | None, C | None]: ...
    @overload
    async def transact_get(
        self, first: Key[A], second: Key[B], third: Key[C], fourth: Key[D], /
    ) -> tuple[A | None, B | None, C | None, D | None]: ...
    @overload
    async def transact_get(self, *keys: Key[A]) -> tuple[A | None, ...]: ...
    async def transact_get(self, *keys: Key[Any]) -> tuple[Any, ...]:
        """Read items of any models as they are at one moment; None where there is none.

        Args:
            keys: At most 100 different ones.

        Returns:
            One entry for each key, in their order; None where there is no item.

        Raises:
            TransactionCanceledError: A transaction was changing one of them, for longer than the retries last.

        Limit:
            100 keys, 4 MB together.

        Example:
            >>> user, order = await db.transact_get(User.key("acme", "1"), Order.key("o1"))
        """
        return await transactions.read_together(self.runner, keys)

    # ------------------------------------------------------------ PartiQL
    # The overloads for any number begin at four: where several fit a row of `Any`, mypy calls the result `Any`.

    def statement(
        self, text: LiteralString, *parameters: object, **models: type[AnyModel]
    ) -> Statement[dict[str, Any]]:
        """A PartiQL statement, as a value that is awaited for its rows; see `Statement`.

        Args:
            text: Written out in your code, with a ``?`` for each value and ``{name}`` for the table of a model.
            parameters: The values.
            models: The models whose tables the text names.

        Returns:
            The statement; awaiting it gives a list of dicts.

        Raises:
            InvalidRequestError: There are more or fewer values than places for them.
            TenantViolationError: From awaiting it in a session of a tenant, which takes no statements: nobody can tell
                from a text whose items it reaches.

        Limit:
            8 192 characters, as DynamoDB counts them.

        Example:
            >>> rows = await db.statement("SELECT * FROM {users} WHERE org = ? AND id = ?", "acme", "1", users=User)
        """
        specs = {name: model.__dynamorm_spec__ for name, model in models.items()}
        return partiql.statement(self.runner, text, parameters, specs)

    @overload
    async def statements(self, first: Statement[A], /) -> tuple[A | StatementFailure | None]: ...
    @overload
    async def statements(
        self, first: Statement[A], second: Statement[B], /
    ) -> tuple[A | StatementFailure | None, B | StatementFailure | None]: ...
    @overload
    async def statements(
        self, first: Statement[A], second: Statement[B], third: Statement[C], /
    ) -> tuple[A | StatementFailure | None, B | StatementFailure | None, C | StatementFailure | None]: ...
    @overload
    async def statements(
        self,
        first: Statement[A],
        second: Statement[A],
        third: Statement[A],
        fourth: Statement[A],
        /,
        *more: Statement[A],
    ) -> tuple[A | StatementFailure | None, ...]: ...
    async def statements(self, *statements: Statement[Any]) -> tuple[Any, ...]:
        """Up to 25 statements in one request, each for itself: all reads, or all writes.

        Args:
            statements: What to carry out.

        Returns:
            For each a row, None where there is none, or a `StatementFailure`, which is false.

        Raises:
            InvalidRequestError: There are more than 25, or none, or reads and writes together.

        Limit:
            25 statements.

        Example:
            >>> one = db.statement("SELECT * FROM {users} WHERE org = ? AND id = ?", "acme", "1", users=User)
            >>> (user,) = await db.statements(one.into(User))
        """
        return await partiql.execute_each(self.runner, statements)

    @overload
    async def transact_statements(self, first: Statement[A], /, *, token: str | None = None) -> tuple[A | None]: ...
    @overload
    async def transact_statements(
        self, first: Statement[A], second: Statement[B], /, *, token: str | None = None
    ) -> tuple[A | None, B | None]: ...
    @overload
    async def transact_statements(
        self, first: Statement[A], second: Statement[B], third: Statement[C], /, *, token: str | None = None
    ) -> tuple[A | None, B | None, C | None]: ...
    @overload
    async def transact_statements(
        self,
        first: Statement[A],
        second: Statement[A],
        third: Statement[A],
        fourth: Statement[A],
        /,
        *more: Statement[A],
        token: str | None = None,
    ) -> tuple[A | None, ...]: ...
    async def transact_statements(self, *statements: Statement[Any], token: str | None = None) -> tuple[Any, ...]:
        """Up to 100 statements as one transaction: all reads, or all writes.

        Args:
            statements: What to carry out.
            token: Your own idempotency token; one is made if none is given.

        Returns:
            For each a row, or None where there is none.

        Raises:
            TransactionCanceledError: None was carried out; ``reasons`` says why.
            OutcomeUnknownError: Nobody knows.

        Limit:
            100 statements on different items, 4 MB together.

        Example:
            >>> one = db.statement("SELECT * FROM {users} WHERE org = ? AND id = ?", "acme", "1", users=User)
            >>> rows = await db.transact_statements(one)
        """
        return await partiql.execute_together(self.runner, statements, token)
