"""The session that expects calls."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Literal, TypeVar, Unpack, overload

import msgspec

from dynamorm_async._doors import Doors
from dynamorm_async._model import AnyModel, Ks, Model
from dynamorm_async._ops.effects import Attempt, Call, Reply
from dynamorm_async._ops.keys import make_key
from dynamorm_async._ops.render import place_of, table_name
from dynamorm_async._options import UsualOptions
from dynamorm_async._session import Session
from dynamorm_async._tenant import TenantSession
from dynamorm_async.testing.clocks import InstantClock
from dynamorm_async.testing.differences import UnexpectedCallError, difference
from dynamorm_async.testing.fakes.expectations import Expectation, Expected
from dynamorm_async.testing.fakes.requests import Asked, answer_of_batch, asked_by
from dynamorm_async.testing.fakes.stored import key_of
from dynamorm_async.testing.fakes.together import BatchExpectation, TransactionExpectation
from dynamorm_async.types import Item, Key, KeyValue

__all__ = ["FakeSession", "FakeTenantSession"]

E = TypeVar("E", bound=Expected)
M = TypeVar("M", bound=AnyModel)


class FakeSession(Session):
    """A session without a network: expect calls, then run the code that makes them.

    Leaving the block without an error checks that every expected call came, and no other.

    Args:
        ordered: Whether calls must come in the order in which they were expected.
        options: As for `Session`, except where it connects to.

    Example:
        >>> async with FakeSession() as fake:
        ...     fake.expect_query(User).with_condition("org", "=", "acme").will_return(user)
        ...     assert [user] == await User.query(User.org == "acme")
    """

    def __init__(self, *, ordered: bool = False, **options: Unpack[UsualOptions]) -> None:
        super().__init__(transport=_Answers(self, self), region="fake", clock=InstantClock(), **options)
        self._ordered = ordered
        self._expected: list[Expected] = []
        self._stores = False
        self._failures: list[tuple[Attempt, Expected]] = []
        self._refused: UnexpectedCallError | None = None

    # ------------------------------------------------------------ one item

    @overload
    def expect_get(self, model: type[AnyModel], **parts: KeyValue) -> Expectation: ...
    @overload
    def expect_get(self, model: type[Model[*Ks]], *given: *Ks) -> Expectation: ...
    def expect_get(  # type: ignore[misc]  # mypy wants Ks itself
        self, model: type[AnyModel], *given: Any, **parts: KeyValue
    ) -> Expectation:
        """A ``get`` or ``get_or_none`` of this key, or of any if none is given.

        Args:
            model: The model.
            given: The key's values.
            parts: Or the fields that make the key, by name.

        Returns:
            The expectation, to say what comes back; without it there is no such item.

        Raises:
            MissingKeyError: A part of the key is missing.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.expect_get(User, "acme", "1").will_return(user)
            ...     found = await User.get("acme", "1")
        """
        return self._expect_key("GetItem", model, given, parts)

    def expect_put(self, item: AnyModel | type[AnyModel]) -> Expectation:
        """A ``put``, ``create`` or first ``save`` of this instance's key, or of any instance of this model.

        Args:
            item: An instance, of which only the key counts, or a model.

        Returns:
            The expectation.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.expect_put(User)
            ...     stored = await User(org="acme", id="9").create()
        """
        if isinstance(item, type):
            return self._expect_one("PutItem", item)
        # Only the key is known beforehand: versions and times are set by the write.
        return self._expect_one("PutItem", type(item), "Item", item)

    @overload
    def expect_update(self, model: type[AnyModel], **parts: KeyValue) -> Expectation: ...
    @overload
    def expect_update(self, model: type[Model[*Ks]], *given: *Ks) -> Expectation: ...
    def expect_update(  # type: ignore[misc]  # mypy wants Ks itself
        self, model: type[AnyModel], *given: Any, **parts: KeyValue
    ) -> Expectation:
        """An update of the item with this key, or of any. Say with ``will_return`` how the item is then.

        Args:
            model: The model.
            given: The key's values.
            parts: Or the fields that make the key, by name.

        Returns:
            The expectation.

        Raises:
            MissingKeyError: A part of the key is missing.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.expect_update(User, "acme", "1").will_return(user)
            ...     found = await User.with_key("acme", "1").update(User.age.add(1))
        """
        return self._expect_key("UpdateItem", model, given, parts)

    @overload
    def expect_delete(self, model: type[AnyModel], **parts: KeyValue) -> Expectation: ...
    @overload
    def expect_delete(self, model: type[Model[*Ks]], *given: *Ks) -> Expectation: ...
    def expect_delete(  # type: ignore[misc]  # mypy wants Ks itself
        self, model: type[AnyModel], *given: Any, **parts: KeyValue
    ) -> Expectation:
        """A deletion of the item with this key, or of any. ``will_return`` says what it was.

        Args:
            model: The model.
            given: The key's values.
            parts: Or the fields that make the key, by name.

        Returns:
            The expectation.

        Raises:
            MissingKeyError: A part of the key is missing.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.expect_delete(User, "acme", "1").will_return(user)
            ...     before = await User.with_key("acme", "1").delete()
        """
        return self._expect_key("DeleteItem", model, given, parts)

    # ------------------------------------------------------------ several items

    def expect_query(self, model: type[AnyModel]) -> Expectation:
        """A query of this model; say which with ``with_condition``.

        Args:
            model: The model.

        Returns:
            The expectation; without an answer there are no items.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.expect_query(User).with_condition(User.org == "acme").will_return(user)
            ...     users = await User.query(User.org == "acme")
        """
        return self._expect_one("Query", model)

    def expect_scan(self, model: type[AnyModel]) -> Expectation:
        """A scan of this model.

        Args:
            model: The model.

        Returns:
            The expectation; without an answer there are no items.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.expect_scan(User).will_return(user)
            ...     users = await User.scan()
        """
        return self._expect_one("Scan", model)

    def expect_batch_put(self, *items: AnyModel | type[AnyModel]) -> BatchExpectation:
        """Puts of these instances' keys, or of any instances of a model, by ``batch_put`` or ``batch()``.

        Args:
            items: Instances, of which only the keys count, or models; nothing for any items at all.

        Returns:
            The expectation.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.expect_batch_put(User)
            ...     stored = await fake.batch_put(users)
            >>> stored
            3
        """
        return self._expect(BatchExpectation("batch_put", items, self))

    def expect_batch_delete(self, *items: AnyModel | Key[Any] | type[AnyModel]) -> BatchExpectation:
        """Deletions of these instances or keys, or of any items of a model, by ``batch_delete`` or ``batch()``.

        Args:
            items: Instances or keys, or models; nothing for any items at all.

        Returns:
            The expectation.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.expect_batch_delete(User.key("acme", "1"), User.key("acme", "2"))
            ...     async with fake.batch() as batch:
            ...         batch.delete(User.key("acme", "2")).delete(user)
        """
        return self._expect(BatchExpectation("batch_delete", items, self))

    def expect_batch_get(
        self, model: type[M], keys: Iterable[KeyValue | tuple[KeyValue, ...] | Key[M] | M] = ()
    ) -> BatchExpectation:
        """A ``batch_get`` of these keys, or of any if none is given. Those it does not return are missing.

        Args:
            model: The model.
            keys: Values, tuples of values, keys or instances, as ``batch_get`` takes them.

        Returns:
            The expectation.

        Raises:
            MissingKeyError: A part of a key is missing.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.expect_batch_get(User, [("acme", "1"), ("acme", "2")]).will_return(user)
            ...     found = await fake.batch_get(User, [("acme", "1"), ("acme", "2")])
            >>> len(found.missing)
            1
        """
        spec = model.__dynamorm_spec__
        place = place_of(spec, self.runner.settings)
        wanted: list[AnyModel | Key[Any]] = [
            key if isinstance(key, model) else make_key(spec, place, (key,), {}) for key in keys
        ]
        return self._expect(BatchExpectation("batch_get", wanted or (model,), self))

    def expect_transaction(self) -> TransactionExpectation:
        """A transaction of writes, of whatever operations; say which with ``with_put``, ``with_update`` and so on.

        ``move()``, writes with ``exactly_once`` and those of models with ``unique()`` are transactions, too.

        Returns:
            The expectation; of any transaction, until it has operations.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.expect_transaction().with_update(User).with_put(order)
            ...     await fake.transaction().put(order).update(user, User.orders.add(1)).execute()
        """
        return self._expect(TransactionExpectation("TransactWriteItems", self))

    def expect_transact_get(self, *keys: Key[Any]) -> TransactionExpectation:
        """A ``transact_get`` of these keys, or of any if none is given.

        Args:
            keys: As ``transact_get`` takes them.

        Returns:
            The expectation; what it does not return is None.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.expect_transact_get(User.key("acme", "1"), Order.key("o1")).will_return(user)
            ...     found = await fake.transact_get(User.key("acme", "1"), Order.key("o1"))
            >>> found == (user, None)
            True
        """
        return self._expect(TransactionExpectation("TransactGetItems", self, keys))

    # ------------------------------------------------------------ fixtures and tenants

    async def load(self, items: Iterable[AnyModel]) -> Sequence[Expectation]:
        """Let these items be there: each becomes as if it were stored, and a ``get`` of it is answered, however often.

        Args:
            items: Instances, of any models.

        Returns:
            What is expected from now on; `forget` takes it back.

        Example:
            >>> async with FakeSession() as fake:
            ...     loaded = await fake.load(users)
            ...     found = await User.get("acme", "2")
        """
        return await self._load(list(items), self)

    def forget(self, expectations: Iterable[Expected]) -> None:
        """Expect these no longer.

        Args:
            expectations: As `load` and ``expect_...`` gave them.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.forget([fake.expect_get(User)])
        """
        gone = set(expectations)
        self._expected = [expected for expected in self._expected if expected not in gone]

    def for_tenant(self, tenant: str) -> FakeTenantSession:
        """This session for one tenant, which answers what is expected here.

        Args:
            tenant: The tenant's id.

        Returns:
            A session that reaches this tenant alone.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.expect_get(Note).will_return(Note(note_id="1"))
            ...     note = await Note.get(note_id="1").using(fake.for_tenant("acme"))
            >>> note.tenant_id
            'acme'
        """
        return FakeTenantSession(self, tenant)

    async def _load(self, items: Sequence[AnyModel], session: Doors) -> Sequence[Expectation]:
        with self._storing():
            await session.batch_put(items, overwrite=True)
        return [
            self._expect_one("GetItem", type(item), "Key", key).any_times().will_return(item)
            for item, key in ((item, key_of(item, session)[1]) for item in items)
        ]

    @contextmanager
    def _storing(self) -> Generator[None]:
        self._stores = True
        try:
            yield
        finally:
            self._stores = False

    # ------------------------------------------------------------ what did not come, and what should not have

    def assert_expectations(self) -> None:
        """Fail if an expected call did not come, or if another one did, which the code under test may have hidden.

        Raises:
            UnexpectedCallError: Names those that did not, or is the one that was raised then.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.assert_expectations()
        """
        if self._refused is not None:
            raise self._refused
        missing = [str(expected) for expected in self._expected if not expected.satisfied]
        if missing:
            raise UnexpectedCallError(f"expected, and never called: {'; '.join(missing)}")

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it; without an error, check that every expected call came."""
        await super().__aexit__(kind, error, trace)
        if kind is None:
            self.assert_expectations()

    # ------------------------------------------------------------ answering

    def _reply_to(self, call: Call, attempt: Attempt, session: Doors) -> Reply:
        """The answer of the expectation for this call.

        Args:
            call: The request.
            attempt: How often it was sent.
            session: Which session sends it: this one, or one of a tenant.

        Returns:
            The answer of a service.

        Raises:
            UnexpectedCallError: There is none; shows the nearest.
        """
        if self._stores and call.operation == "BatchWriteItem":
            return Reply(200, b'{"UnprocessedItems":{}}')
        try:
            return Reply(200, msgspec.json.encode(self._answer(call, attempt, session)))
        except UnexpectedCallError as error:
            # The code under test may take it for one of its own failures; the end of the block does not.
            self._refused = self._refused or error
            raise

    def _answer(self, call: Call, attempt: Attempt, session: Doors) -> dict[str, Any]:
        asked = asked_by(call)
        failed = next((expected for one, expected in self._failures if one is attempt), None)
        takers = [self._taker(one, failed, session) for one in asked]
        for one, taker in zip(asked, takers, strict=True):
            error = taker._failure(one, session)
            if error is not None:
                self._failures.append((attempt, taker))
                raise error
        answers = [taker._answer(one, session) for one, taker in zip(asked, takers, strict=True)]
        return answer_of_batch(call, asked, answers) if call.operation.startswith("Batch") else answers[0]

    def _taker(self, asked: Asked, failed: Expected | None, session: Doors) -> Expected:
        """The expectation for a call, or for an item of a batch; it has taken it.

        Args:
            asked: What was called.
            failed: What the same call failed with before, if it is sent again.
            session: Which session sends it.
        """
        waiting = [expected for expected in self._expected if not expected.spent]
        found = [expected for expected in self._next(waiting) if expected._matches(asked, session)]
        if failed is not None and all(expected is failed for expected in found):
            return failed  # one call is one call, however often it is sent
        if not found:
            raise UnexpectedCallError(self._explain(asked, waiting, session))
        found[0]._take(asked, session)
        return found[0]

    def _next(self, waiting: list[Expected]) -> list[Expected]:
        """Those that may come now, the ones that must come first."""
        if self._ordered:
            first = next((place for place, one in enumerate(waiting) if not one.satisfied), len(waiting))
            waiting = waiting[: first + 1]
        return sorted(waiting, key=lambda expected: expected.satisfied)

    def _explain(self, asked: Asked, waiting: list[Expected], session: Doors) -> str:
        later = next((one for one in waiting if one._matches(asked, session)), None)
        if later is not None:
            return f"{later} was called too early: {self._next(waiting)[0]} must come first."
        text = f"{asked.operation} was called and is not expected"
        if not waiting:
            return f"{text}; nothing more is."
        nearest = next((one for one in waiting if one.operation == asked.operation), waiting[0])
        shown = difference(
            (nearest.operation, nearest._expected(session)), (asked.operation, nearest._called(asked, session))
        )
        return f"{text}. Nearest is {nearest} (- expected, + called):\n{shown}"

    # ------------------------------------------------------------ expecting

    def _expect(self, expected: E) -> E:
        self._expected.append(expected)
        return expected

    def _expect_one(
        self, operation: str, model: type[AnyModel], member: str = "", item: AnyModel | Item | None = None
    ) -> Expectation:
        """A call for a model, in whose body a member is this key, or that of this instance."""

        def wanted(session: Doors) -> dict[str, Any]:
            body: dict[str, Any] = {"TableName": table_name(model.__dynamorm_spec__, session.runner.settings)}
            if item is not None:
                body[member] = key_of(item, session)[1] if isinstance(item, Model) else item
            return body

        return self._expect(Expectation(operation, model, wanted, self))

    def _expect_key(
        self, operation: str, model: type[AnyModel], given: tuple[Any, ...], parts: dict[str, KeyValue]
    ) -> Expectation:
        if not given and not parts:
            return self._expect_one(operation, model)
        with self.scope():
            return self._expect_one(operation, model, "Key", model.key(*given, **parts).attributes)


class FakeTenantSession(TenantSession):
    """A `FakeSession` for one tenant; made by its ``for_tenant``. What it calls is expected there.

    Example:
        >>> async with FakeSession() as fake:
        ...     fake.expect_put(Note)
        ...     with fake.for_tenant("acme").scope():
        ...         note = await Note(note_id="2").create()
    """

    def __init__(self, fake: FakeSession, tenant: str) -> None:
        super().__init__(fake.runner.beside(fake.runner.settings, _Answers(fake, self)), tenant)
        self._fake = fake

    async def load(self, items: Iterable[AnyModel]) -> Sequence[Expectation]:
        """As `FakeSession.load`, for items of this tenant.

        Args:
            items: Instances, of any models.

        Returns:
            What is expected from now on; `forget` takes it back.

        Example:
            >>> async with FakeSession() as fake:
            ...     tenant = fake.for_tenant("acme")
            ...     loaded = await tenant.load([Note(note_id="2")])
            ...     note = await Note.get(note_id="2").using(tenant)
        """
        return await self._fake._load(list(items), self)

    def forget(self, expectations: Iterable[Expected]) -> None:
        """As `FakeSession.forget`.

        Args:
            expectations: As `load` and ``expect_...`` gave them.

        Example:
            >>> async with FakeSession() as fake:
            ...     tenant = fake.for_tenant("acme")
            ...     tenant.forget(await tenant.load([Note(note_id="2")]))
        """
        self._fake.forget(expectations)


class _Answers:
    """The transport of a fake session, or of one of its tenants."""

    def __init__(self, fake: FakeSession, session: Doors) -> None:
        self._fake = fake
        self._session = session

    async def send(self, call: Call, attempt: Attempt) -> Reply:
        """Answer as expected."""
        return self._fake._reply_to(call, attempt, self._session)

    async def recover(self, code: str, reply: Reply) -> Literal[False]:  # noqa: ARG002  as every transport
        """There is nothing to recover."""
        return False

    async def aclose(self) -> None:
        """There is nothing to close."""
