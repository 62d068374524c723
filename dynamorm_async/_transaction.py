"""The faces of transactions: `Transaction`, which writes, `transact_get`, which reads, and `Move`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

import msgspec

from dynamorm_async._caller import Called
from dynamorm_async._expr.conditions import Condition
from dynamorm_async._expr.updates import Action
from dynamorm_async._handle import Opened, PromiseToSend, WriteHandle, preview_time
from dynamorm_async._ids import new_token
from dynamorm_async._ops.actions import actions_from
from dynamorm_async._ops.effects import Call, Flow
from dynamorm_async._ops.explain import Explanation, explain_request
from dynamorm_async._ops.keys import Target, rebound
from dynamorm_async._ops.moves import moving
from dynamorm_async._ops.named import Stored, named, spec_of
from dynamorm_async._ops.prepare import prepare_check, prepare_delete, prepare_put, prepare_update
from dynamorm_async._ops.render import Settings, place_of
from dynamorm_async._ops.transacts import Write, Writes, check_token, transact_get, transact_write
from dynamorm_async._ops.uniques import claiming, guarded
from dynamorm_async._runner import Runner
from dynamorm_async.errors import InvalidRequestError, TransactionCanceledError
from dynamorm_async.types import Key, Request

if TYPE_CHECKING:
    from typing import Self

__all__ = ["Move", "Transaction", "read_together"]

M_co = TypeVar("M_co", covariant=True)


class Transaction:
    """Writes of up to 100 items that happen together or not at all: one TransactWriteItems.

    Made by ``db.transaction()``. As ``async with`` it is sent at the end of the block, and not at all if the block
    raises; without, by ``execute()``. Every mistake shows at the line that makes it, and items are taken as they are at
    that line. Instances get their new version and times after the transaction has succeeded. An attribute that the
    service worked out (``add``) or changed inside is not loaded then; ``refresh()`` reads it.

    Attributes:
        token: Makes sure that it happens once however often it is sent, for ten minutes.

    Limit:
        100 operations, 4 MB, one operation for each item.

    Example:
        >>> async with db.transaction() as tx:
        ...     tx.update(source, Account.credits.sub(5), if_=Account.credits >= 5)
        ...     tx.update(target, Account.credits.add(5))
    """

    __slots__ = ("_done", "_now", "_promise", "_request", "_runner", "_writes", "token")

    def __init__(self, runner: Runner, token: str | None = None, at: datetime | None = None) -> None:
        # Not the session's dice: two transactions of one token would be one, however little chance a test wants.
        self.token: str = new_token() if token is None else check_token(token)
        self._runner = runner
        self._writes = Writes(runner.settings)
        self._now = at
        self._request: Call | None = None
        self._promise = PromiseToSend()
        self._done = False

    # ------------------------------------------------------------ operations

    def put(self, item: Stored, *, if_: Condition | None = None, overwrite: bool = False) -> Self:
        """Store an item, in place of one with the same key.

        Args:
            item: A model instance, taken as it is now.
            if_: Only if this holds of the stored item.
            overwrite: With a version field: even if the stored item has another version.

        Returns:
            This transaction.

        Raises:
            ValidationError: A value cannot be stored as declared.

        Example:
            >>> async with db.transaction() as tx:
            ...     tx.put(user)
        """
        return self._put("put", item, overwrite=overwrite, condition=if_)

    def create(self, item: Stored, *, if_: Condition | None = None) -> Self:
        """Store an item, if there is none with its key.

        Args:
            item: A model instance, taken as it is now.
            if_: Only if this holds as well.

        Returns:
            This transaction.

        Example:
            >>> async with db.transaction() as tx:
            ...     tx.create(order)
        """
        return self._put("create", item, condition=if_)

    def update(
        self,
        item: Stored | Key,
        *actions: Action,
        if_: Condition | None = None,
        must_exist: bool = True,
        **fields: object,
    ) -> Self:
        """Change attributes of an item.

        Args:
            item: An instance, whose version is checked, or a key: ``User.key("acme", "1")``.
            actions: ``User.age.add(1)`` and so on.
            if_: Only if this holds of the stored item.
            must_exist: False makes a new item of the key and what is set, if there is none.
            fields: Or plain new values by field name.

        Returns:
            This transaction.

        Raises:
            KeyChangeError: An action would change the primary key.

        Example:
            >>> async with db.transaction() as tx:
            ...     tx.update(User.key("acme", "1"), User.age.add(1))
        """
        target, instance = self._named(item, "update")
        prepared = prepare_update(
            target,
            actions_from(target.spec, actions, fields),
            self._time(),
            instance=instance,
            condition=if_,
            must_exist=must_exist,
        )
        return self._add(Write("update", prepared, instance), instance)

    def delete(self, item: Stored | Key, *, if_: Condition | None = None) -> Self:
        """Delete an item; an instance with a version only as it was read.

        Args:
            item: An instance, whose version is checked, or a key.
            if_: Only if this holds of the stored item.

        Returns:
            This transaction.

        Example:
            >>> async with db.transaction() as tx:
            ...     tx.delete(Order.key("o1"))
        """
        target, instance = self._named(item, "delete")
        return self._add(Write("delete", prepare_delete(target, instance=instance, condition=if_)), instance)

    def check(self, item: Stored | Key, condition: Condition | None = None) -> Self:
        """Let the transaction happen only if this holds of an item, which stays as it is.

        Args:
            item: An instance, whose version is checked, or a key.
            condition: What must hold; for an instance with a version it can be left out.

        Returns:
            This transaction.

        Example:
            >>> async with db.transaction() as tx:
            ...     tx.check(User.key("acme", "1"), User.age >= 18).put(order)
        """
        target, instance = self._named(item, "check")
        return self._add(Write("check", prepare_check(target, instance=instance, condition=condition)))

    def _put(self, verb: str, item: Stored, *, condition: Condition | None, overwrite: bool = False) -> Self:
        self._promise.kept = True
        settings = self._runner.settings
        spec = spec_of(item, f"transaction.{verb}")
        prepared = prepare_put(
            item,
            place_of(spec, settings),
            self._time(),
            create=verb == "create",
            overwrite=overwrite,
            condition=condition,
        )
        return self._add(Write(verb, prepared, item), item)

    def _named(self, item: Stored | Key, verb: str) -> tuple[Target, Any]:
        self._promise.kept = True
        return named(item, self._runner.settings, f"transaction.{verb}")

    def claim(self, item: Stored) -> Self:
        """Hold the unique values of an item that was stored before its model had ``unique()``, as long as it has them.

        Args:
            item: An instance, whose values are held.

        Returns:
            This transaction.

        Raises:
            InvalidRequestError: The model has no such constraint.

        Example:
            >>> async with db.transaction() as tx:
            ...     tx.claim(member)
        """
        target, instance = self._named(item, "claim")
        condition, guards = claiming(target.spec, instance, target.key, self._runner.settings)
        return self._add(Write("claim", prepare_check(target, instance=instance, condition=condition), None, guards))

    def _add(self, write: Write, instance: object = None) -> Self:
        if self._request is not None or self._done:
            raise InvalidRequestError(
                "the transaction was sent already.", op=write.operation, hint="Begin another with db.transaction()."
            )
        self._writes.add(guarded(write, instance, self._runner.settings) if write.prepared.spec.uniques else write)
        self._promise.kept = False
        return self

    def _time(self) -> datetime:
        """One time for all operations."""
        if self._now is None:
            self._now = self._runner.now()
        return self._now

    def __len__(self) -> int:
        return len(self._writes)

    def __bool__(self) -> bool:
        return True

    # ------------------------------------------------------------ sending

    async def execute(self) -> None:
        """Send it. After an `OutcomeUnknownError` it can be executed again: its token makes it happen once.

        Raises:
            TransactionCanceledError: Nothing was applied; ``reasons`` has one entry for each operation.
            OutcomeUnknownError: Nobody knows whether it was applied.
            InvalidRequestError: It has succeeded already.

        Example:
            >>> await db.transaction().put(user).execute()
        """
        self._promise.kept = True
        if self._done:
            raise InvalidRequestError(
                "it was carried out already.", op="transaction", hint="Begin another with db.transaction()."
            )
        if self._writes.writes:
            self._request = self._request or self._writes.call(self.token)
            await self._runner.run(
                transact_write(self._request, self._writes.writes, self._runner.settings, self.token)
            )
        self._done = True

    def call(self) -> Request | None:
        """The request as it would be sent, or None while there is no operation. Sends nothing.

        Returns:
            The operation's name and its JSON body, or None.

        Example:
            >>> db.transaction().put(user).call()
        """
        self._promise.kept = True
        if not self._writes.writes:
            return None
        request = self._writes.call(self.token)
        return Request(request.operation, msgspec.json.decode(request.body))

    def explain(self) -> Explanation:
        """What would be sent and what that costs, between two bounds. Sends nothing.

        Returns:
            The explanation; printed, it is the text.

        Example:
            >>> print(db.transaction().put(user).explain())
        """
        return explain_request(self.call(), None)

    async def __aenter__(self) -> Self:
        return self

    if not TYPE_CHECKING:  # for the checkers there is no such method

        def __await__(self) -> NoReturn:
            raise TypeError("operations of a transaction are not awaited: the end of its block sends them all.")

        def __enter__(self) -> NoReturn:
            raise TypeError("a transaction is entered with `async with`, not with `with`.")

        __exit__ = __enter__

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._promise.kept = True
        if kind is None and not self._done:
            await self.execute()

    def __repr__(self) -> str:
        state = "done" if self._done else "not sent" if self._request is None else "sent"
        return f"<Transaction of {len(self)} operations, {state}>"


async def read_together(runner: Runner, keys: Sequence[Key]) -> tuple[Any, ...]:
    """Read items as they are at one moment."""
    flow = transact_get([_here(key, runner.settings) for key in keys], runner.settings)
    return await runner.run(flow, Called("transact_get"))


def _here(key: Key, settings: Settings) -> Key:
    if not isinstance(key, Key):
        raise InvalidRequestError(
            f"a key was expected, not {type(key).__name__}.", op="transact_get", hint='Write User.key("acme", "1").'
        )
    return rebound(key, key.spec, place_of(key.spec, settings))


class Move(WriteHandle[M_co], Generic[M_co], frozen=True, eq=False):
    """A transaction that gives an item another key. Awaiting it gives the same instance; made by ``move``.

    Example:
        >>> job = await job.move(status="DONE")
    """

    _instance: M_co
    _fields: Mapping[str, Any]
    _condition: Condition | None = None

    def using(self, session: Opened) -> Move[M_co]:
        """Use this session instead of the current one.

        Args:
            session: One that is open, or one of a tenant.

        Returns:
            A copy.

        Example:
            >>> job = await job.move(status="DONE").using(db)
        """
        return msgspec.structs.replace(self, _runner=session.runner)

    def _flow(self, runner: Runner) -> Flow[M_co]:
        return self._write(runner.settings, runner.now(), new_token())

    def _preview(self, settings: Settings) -> Flow[M_co]:
        return self._write(settings, preview_time(self._runner), "0" * 32)

    def _write(self, settings: Settings, now: datetime, token: str) -> Flow[M_co]:
        instance: Any = self._instance
        delete, put, moved = moving(instance, self._fields, settings, now, self._condition)
        writes = Writes(settings)
        writes.add(delete)
        writes.add(put)
        try:
            yield from transact_write(writes.call(token), writes.writes, settings, token)
        except TransactionCanceledError as error:
            # To the caller it is one item, so what one write would have raised is said.
            for reason in error.reasons:
                if reason.error is not None:
                    reason.error.op = f"{type(instance).__name__}.move"
                    raise reason.error from error
            raise
        instance.__dict__.clear()
        instance.__dict__.update(moved.__dict__)
        return self._instance

    @property
    def _called(self) -> str:
        return f"{type(self._instance).__name__}.move"
