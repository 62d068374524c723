"""`Statement`: PartiQL as a value. Await it for its rows, iterate it, or ask it for a page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from dynamorm_async._caller import Called
from dynamorm_async._handle import Handle, Opened, resolve
from dynamorm_async._ids import new_token
from dynamorm_async._ops.counts import positive
from dynamorm_async._ops.cursors import open_cursor
from dynamorm_async._ops.effects import Flow
from dynamorm_async._ops.render import Settings
from dynamorm_async._ops.statements import PartiQL, StatementFailure, checked, run_batch, run_page, run_together
from dynamorm_async._ops.transacts import check_token
from dynamorm_async._runner import Runner
from dynamorm_async._spec.document import Document
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async.errors import InvalidRequestError
from dynamorm_async.types import Cursor, Page

if TYPE_CHECKING:
    from typing import Self

__all__ = ["Statement", "StatementFailure", "execute_each", "execute_together", "statement"]

T_co = TypeVar("T_co", covariant=True)
M = TypeVar("M", bound=Document)


class Statement(Handle[list[T_co]], Generic[T_co], frozen=True, eq=False):  # pyright: ignore[reportInvalidTypeArguments]  # a list only handed out
    """A PartiQL statement, as a value; made by ``Session.statement``. Its rows are dicts, or instances after `into`.

    Example:
        >>> await db.statement("SELECT * FROM {users} WHERE org = ?", "acme", users=User).into(User)
    """

    _statement: PartiQL

    def into(self, model: type[M]) -> Statement[M]:
        """Rows become instances of this model; the statement has to select all that it needs.

        Args:
            model: The model whose items the rows are.

        Returns:
            A copy.

        Raises:
            InvalidRequestError: It is no model.

        Example:
            >>> mine = db.statement("SELECT * FROM {users} WHERE org = ?", "acme", users=User)
            >>> users = await mine.into(User)
        """
        spec = getattr(model, "__dynamorm_spec__", None)
        if not (isinstance(model, type) and isinstance(spec, ModelSpec)):
            found = f"the class {model.__name__}" if isinstance(model, type) else f"one {type(model).__name__}"
            raise InvalidRequestError(
                f"rows become instances of a model, not of {found}.",
                op="statement.into",
                hint="Write into(User), with the class of a model.",
            )
        changed = msgspec.structs.replace(self._statement, into=spec)
        return Statement(changed, _runner=self._runner)

    def consistent(self) -> Self:
        """Read with strong consistency, at twice the capacity.

        Returns:
            A copy.

        Limit:
            Not of a global index: DynamoDB has no consistent read of one.

        Example:
            >>> mine = db.statement("SELECT * FROM {users} WHERE org = ?", "acme", users=User)
            >>> rows = await mine.consistent()
        """
        return self._with(consistent=True)

    def limit(self, count: int) -> Self:
        """At most this many rows.

        Args:
            count: 1 or more.

        Returns:
            A copy.

        Raises:
            InvalidRequestError: It is less than 1, or no whole number.

        Example:
            >>> mine = db.statement("SELECT * FROM {users} WHERE org = ?", "acme", users=User)
            >>> rows = await mine.limit(10)
        """
        return self._with(limit=positive(count, "count", "statement.limit"))

    def using(self, session: Opened) -> Self:
        """Use this session instead of the current one.

        Args:
            session: One that is open, or one of a tenant.

        Returns:
            A copy.

        Example:
            >>> mine = db.statement("SELECT * FROM {users} WHERE org = ?", "acme", users=User)
            >>> rows = await mine.using(db)
        """
        return msgspec.structs.replace(self, _runner=session.runner)

    def _with(self, **changes: Any) -> Self:
        return msgspec.structs.replace(self, _statement=msgspec.structs.replace(self._statement, **changes))

    def _flow(self, runner: Runner) -> Flow[list[T_co]]:
        limit, token = self._statement.limit, None
        found: list[T_co] = []
        while True:
            left = None if limit is None else limit - len(found)
            rows, token = yield from run_page(self._statement, runner.settings, token, left)
            found += rows
            if token is None or (limit is not None and len(found) >= limit):
                return found if limit is None else found[:limit]

    def _preview(self, settings: Settings) -> Flow[Any]:
        return run_page(self._statement, settings, None, self._statement.limit)

    async def page(self, size: int = 100, cursor: Cursor | str | None = None) -> Page[T_co]:
        """One page of rows: at most ``size``, perhaps fewer although more follow, as the service gives them.

        Args:
            size: How many rows at most; the service also ends a page after 1 MB of what it read.
            cursor: ``Page.cursor`` of the page before, or its text.

        Returns:
            The rows, and a cursor if there are more.

        Raises:
            InvalidCursorError: The cursor is damaged, or belongs to another statement.
            InvalidRequestError: The statement has a limit, which would count anew on each page.

        Example:
            >>> mine = db.statement("SELECT * FROM {users} WHERE org = ?", "acme", users=User)
            >>> page = await mine.page(size=20)
        """
        if self._statement.limit is not None:
            raise InvalidRequestError(
                "a page has a size of its own; limit() would count anew on each page.",
                op="statement.page",
                hint="Leave limit() out, or iterate, which stops at the limit.",
            )
        wanted, runner = positive(size, "size", "statement.page"), resolve(self._runner)
        return await runner.run(self._page(runner, wanted, cursor), self)

    def _page(self, runner: Runner, size: int, cursor: Cursor | str | None) -> Flow[Page[T_co]]:
        binding, now = self._statement.binding(runner.settings), runner.clock.now()
        at = None if cursor is None else open_cursor(cursor, binding, None, runner.signer, now)
        token = None if at is None else at["token"]["S"]
        rows, after = yield from run_page(self._statement, runner.settings, token, size)
        if after is None:
            return Page(rows, count=len(rows))
        position = {"token": {"S": after}}
        signed = None if runner.signer is None else runner.signer.sign(position, binding, now)
        return Page(rows, Cursor(position, binding, signed), count=len(rows))

    async def _rows(self) -> AsyncIterator[T_co]:
        left, cursor = self._statement.limit, None
        endless = self._with(limit=None)
        while left is None or left > 0:
            page = await endless.page(100 if left is None else min(100, left), cursor)
            for row in page.items[:left]:  # some engines give more than they were asked for
                yield row
            left, cursor = None if left is None else left - page.count, page.cursor
            if cursor is None:
                return

    def __aiter__(self) -> AsyncIterator[T_co]:
        return self._rows()

    @property
    def _called(self) -> str:
        return "statement"


def statement(
    runner: Runner, text: str, parameters: tuple[object, ...], models: Mapping[str, ModelSpec]
) -> Statement[dict[str, Any]]:
    """A statement with its values."""
    return Statement(checked(PartiQL(text, parameters, models)), _runner=runner)


def _given(statements: Sequence[Statement[Any]], verb: str) -> list[PartiQL]:
    """The statements, if they are all that was given.

    Raises:
        InvalidRequestError: A list of them, or something else, was given.
    """
    for one in statements:
        if not isinstance(one, Statement):
            raise InvalidRequestError(
                f"a statement was expected, not {type(one).__name__}.",
                op=verb,
                hint=f"Write {verb}(one, two), or {verb}(*several), of what db.statement() makes.",
            )
    return [one._statement for one in statements]


async def execute_each(runner: Runner, statements: Sequence[Statement[Any]]) -> tuple[Any, ...]:
    """Carry out each for itself."""
    verb = "statements"
    return tuple(await runner.run(run_batch(_given(statements, verb), runner.settings), Called(verb)))


async def execute_together(runner: Runner, statements: Sequence[Statement[Any]], token: str | None) -> tuple[Any, ...]:
    """Carry out all or none."""
    verb = "transact_statements"
    key = new_token() if token is None else check_token(token)
    return tuple(await runner.run(run_together(_given(statements, verb), runner.settings, key), Called(verb)))
