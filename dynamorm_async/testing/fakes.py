"""`FakeSession`: a session that expects calls and answers them, for unit tests without any engine.

It is a fake, not a database: it stores nothing. Everything above the wire is the real library, so requests are
planned, checked, encoded and decoded as they are in production; a call that was not expected fails at its line.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, Unpack, cast, overload

import msgspec

from dynamorm_async._expr.conditions import Condition
from dynamorm_async._expr.fluent import Operator, Presence
from dynamorm_async._model import AnyModel, Ks, Model
from dynamorm_async._ops.effects import Attempt, Call, Reply
from dynamorm_async._ops.render import table_name
from dynamorm_async._options import UsualOptions
from dynamorm_async._query import Query
from dynamorm_async._session import Session
from dynamorm_async._spec.indexes import Index
from dynamorm_async.errors import ConditionFailedError, ConfigurationError, DynamormError
from dynamorm_async.testing.clocks import InstantClock
from dynamorm_async.testing.differences import UnexpectedCallError, difference
from dynamorm_async.types import Item, KeyValue

if TYPE_CHECKING:
    from typing import Self

__all__ = ["Expectation", "FakeSession"]

Stored: TypeAlias = AnyModel | Mapping[str, Any]
"""An item that a fake answers with: an instance, or DynamoDB's JSON."""
_LISTING = ("KeyConditionExpression", "FilterExpression", "IndexName", "ExpressionAttributeNames", "ScanIndexForward")


class Expectation:
    """A call that is expected, and its answer; made by ``FakeSession.expect_...``.

    Attributes:
        operation: DynamoDB's name of it: ``GetItem``.
        model: Whose item or listing it is.
        seen: How often it came.

    Example:
        >>> async with FakeSession() as fake:
        ...     expected = fake.expect_get(User, "acme", "1").will_return(user)
        ...     found = await User.get("acme", "1")
    """

    def __init__(self, operation: str, model: type[AnyModel], wanted: Mapping[str, Any]) -> None:
        self.operation = operation
        self.model = model
        self._wanted = wanted
        self._query: Query[Any] | None = None
        self._answer: list[Any] = []
        self._error: DynamormError | None = None
        self._least = 1
        self._most: float = 1
        self.seen = 0

    # ------------------------------------------------------------ what is expected

    @overload
    def with_condition(self, *conditions: Condition) -> Self: ...
    @overload
    def with_condition(self, field: str, operator: Operator, value: object, /) -> Self: ...
    @overload
    def with_condition(self, field: str, operator: Presence, /) -> Self: ...
    def with_condition(self, *given: Any) -> Self:
        """A query or scan with these conditions: expressions, or a name, an operator and a value. They add up.

        Args:
            given: Conditions, or a field's name, an operator and a value.

        Returns:
            This expectation.

        Raises:
            ConfigurationError: It is neither a query nor a scan.
            UnknownFieldError: No such field.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.expect_query(User).with_condition("org", "=", "acme").will_return(user)
            ...     users = await User.query(User.org == "acme")
        """
        self._query = self._base().where(*given)
        return self

    def with_index(self, index: Index | str) -> Self:
        """A query or scan of this index.

        Args:
            index: As declared, ``User.by_email``, or its name.

        Returns:
            This expectation.

        Raises:
            ConfigurationError: It is neither a query nor a scan.
            IndexNotFoundError: The model has no such index.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.expect_query(User).with_condition(User.email == "a@b.c").with_index(User.by_email)
            ...     users = await User.query(User.email == "a@b.c")
        """
        self._query = self._base().index(index)
        return self

    def times(self, count: int) -> Self:
        """It comes this often; once if this is not said.

        Args:
            count: How often.

        Returns:
            This expectation.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.expect_get(User, "acme", "1").times(2).will_return(user)
            ...     twice = [await User.get("acme", "1"), await User.get("acme", "1")]
        """
        self._least = self._most = count
        return self

    def any_times(self) -> Self:
        """It may come however often, or never.

        Returns:
            This expectation.

        Example:
            >>> async with FakeSession() as fake:
            ...     expected = fake.expect_get(User).any_times().will_return(user)
        """
        self._least, self._most = 0, math.inf
        return self

    def _base(self) -> Query[Any]:
        if self.operation not in ("Query", "Scan"):
            raise ConfigurationError(
                f"expect_{self.operation} takes no conditions.", hint="They are for query and scan."
            )
        if self._query is not None:
            return self._query
        return self.model.scan() if self.operation == "Scan" else self.model.query()

    # ------------------------------------------------------------ what comes back

    def will_return(self, *items: Stored | Sequence[Stored]) -> Self:
        """Answer with these instances; none for "there is nothing".

        Args:
            items: Instances, or DynamoDB's JSON; one list of them, too.

        Returns:
            This expectation.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.expect_scan(User).will_return(users)
            ...     found = await User.scan()
        """
        several = len(items) == 1 and isinstance(items[0], (list, tuple))
        self._answer = list(cast("tuple[Any, ...]", items[0]) if several else items)
        return self

    def will_raise(self, error: DynamormError) -> Self:
        """Fail with this error. A `ConditionFailedError` may carry ``current``, the item as it is said to be.

        Args:
            error: What the call raises.

        Returns:
            This expectation.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.expect_put(User).will_raise(ConditionFailedError(current=user))
            ...     outcome = await user.put(if_=User.age < 65).outcome()
        """
        self._error = error
        return self

    # ------------------------------------------------------------ matching

    @property
    def satisfied(self) -> bool:
        """Whether it came as often as it should.

        Returns:
            True if so.
        """
        return self.seen >= self._least

    @property
    def spent(self) -> bool:
        """Whether it must not come any more.

        Returns:
            True if so.
        """
        return self.seen >= self._most

    def expected(self, session: Session) -> dict[str, Any]:
        """The part of the request body that must be so.

        Args:
            session: The fake that it was made by.

        Returns:
            Parts of a request body, by name.

        Example:
            >>> async with FakeSession() as fake:
            ...     body = fake.expect_get(User).any_times().expected(fake)
        """
        body: dict[str, Any] = dict(self._wanted)
        if self._query is not None:
            request = self._query.using(session).call()
            assert request is not None  # noqa: S101  an empty `in` is answered without a request
            body |= {name: request.body[name] for name in _LISTING if name in request.body}
            body["ExpressionAttributeValues"] = request.body.get("ExpressionAttributeValues", {})
        return body

    def matches(self, call: Call, session: Session) -> bool:
        """Whether this is the call; the session asks it.

        Args:
            call: What is sent.
            session: The fake that it is sent through.

        Returns:
            True if so.
        """
        operations = ("Query", "GetItem") if self.operation == "Query" else (self.operation,)
        if call.operation not in operations:
            return False
        body = msgspec.json.decode(call.body)
        expected = self.expected(session)
        key = expected.pop("Item", {})
        return all(body["Item"].get(name) == value for name, value in key.items()) and all(
            body.get(name, {}) == value for name, value in expected.items()
        )

    def answer(self, call: Call, session: Session) -> Reply:
        """The answer, or the error; the session asks for it.

        Args:
            call: What is sent.
            session: The fake that it is sent through.

        Returns:
            The answer of a service.

        Raises:
            DynamormError: The one of `will_raise`.
        """
        if self._error is not None:
            raise self._prepared(self._error, session)
        items = [_encoded(item, session) for item in self._answer]
        body: dict[str, Any] = {}
        if call.operation in ("Query", "Scan"):
            body = {"Items": items, "Count": len(items), "ScannedCount": len(items)}
        elif items:
            body = {"Item" if call.operation == "GetItem" else "Attributes": items[0]}
        return Reply(200, msgspec.json.encode(body))

    def _prepared(self, error: DynamormError, session: Session) -> DynamormError:
        if isinstance(error, ConditionFailedError) and error.current is not None:
            error.details = {"Item": _encoded(error.current, session)}
        return error

    def __str__(self) -> str:
        often = "" if self._most == 1 or not self._least else f", {self.seen} of {self._least} times"
        return f"{self.operation} on {self.model.__name__}{often}"


class FakeSession(Session):
    """A session without a network: expect calls, then run the code that makes them.

    Leaving the block without an error checks that every expected call came.

    Args:
        ordered: Whether calls must come in the order in which they were expected.
        options: As for `Session`, except where it connects to.

    Example:
        >>> async with FakeSession() as fake:
        ...     fake.expect_query(User).with_condition("org", "=", "acme").will_return(user)
        ...     assert [user] == await User.query(User.org == "acme")
    """

    def __init__(self, *, ordered: bool = False, **options: Unpack[UsualOptions]) -> None:
        super().__init__(transport=_Answers(self), region="fake", clock=InstantClock(), **options)
        self._ordered = ordered
        self._expected: list[Expectation] = []
        self._stores = False

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
        return self._expect("GetItem", model, self._key(model, given, parts))

    def expect_query(self, model: type[AnyModel]) -> Expectation:
        """A query of this model; say which with ``with_condition``.

        Args:
            model: The model.

        Returns:
            The expectation.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.expect_query(User).with_condition(User.org == "acme").will_return(user)
            ...     users = await User.query(User.org == "acme")
        """
        return self._expect("Query", model, {})

    def expect_scan(self, model: type[AnyModel]) -> Expectation:
        """A scan of this model.

        Args:
            model: The model.

        Returns:
            The expectation.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.expect_scan(User).will_return(user)
            ...     users = await User.scan()
        """
        return self._expect("Scan", model, {})

    def expect_put(self, item: AnyModel | type[AnyModel]) -> Expectation:
        """A ``put``, ``create`` or first ``save`` of this instance's key, or of any instance of this model.

        Args:
            item: An instance, of which the key counts, or a model.

        Returns:
            The expectation.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.expect_put(User)
            ...     stored = await User(org="acme", id="9").create()
        """
        if isinstance(item, type):
            return self._expect("PutItem", item, {})
        # Only the key is known beforehand: versions and times are set by the write.
        return self._expect("PutItem", type(item), {"Item": self._key_of(item)})

    @overload
    def expect_update(self, model: type[AnyModel], **parts: KeyValue) -> Expectation: ...
    @overload
    def expect_update(self, model: type[Model[*Ks]], *given: *Ks) -> Expectation: ...
    def expect_update(  # type: ignore[misc]  # mypy wants Ks itself
        self, model: type[AnyModel], *given: Any, **parts: KeyValue
    ) -> Expectation:
        """An update of the item with this key, or of any.

        Args:
            model: The model.
            given: The key's values.
            parts: Or the fields that make the key, by name.

        Returns:
            The expectation; ``will_return`` has the item as it is then.

        Raises:
            MissingKeyError: A part of the key is missing.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.expect_update(User, "acme", "1").will_return(user)
            ...     found = await User.with_key("acme", "1").update(User.age.add(1))
        """
        return self._expect("UpdateItem", model, self._key(model, given, parts))

    @overload
    def expect_delete(self, model: type[AnyModel], **parts: KeyValue) -> Expectation: ...
    @overload
    def expect_delete(self, model: type[Model[*Ks]], *given: *Ks) -> Expectation: ...
    def expect_delete(  # type: ignore[misc]  # mypy wants Ks itself
        self, model: type[AnyModel], *given: Any, **parts: KeyValue
    ) -> Expectation:
        """A deletion of the item with this key, or of any.

        Args:
            model: The model.
            given: The key's values.
            parts: Or the fields that make the key, by name.

        Returns:
            The expectation; ``will_return`` has the item as it was.

        Raises:
            MissingKeyError: A part of the key is missing.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.expect_delete(User, "acme", "1").will_return(user)
            ...     before = await User.with_key("acme", "1").delete()
        """
        return self._expect("DeleteItem", model, self._key(model, given, parts))

    async def load(self, items: Iterable[AnyModel]) -> list[Expectation]:
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
        items = list(items)
        with self._storing():
            await self.batch_put(items, overwrite=True)
        return [
            self._expect("GetItem", type(item), {"Key": self._key_of(item)}).any_times().will_return(item)
            for item in items
        ]

    def forget(self, expectations: Iterable[Expectation]) -> None:
        """Expect these no longer.

        Args:
            expectations: As `load` and ``expect_...`` gave them.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.forget([fake.expect_get(User)])
        """
        gone = set(expectations)
        self._expected = [expected for expected in self._expected if expected not in gone]

    def assert_expectations(self) -> None:
        """Fail if an expected call did not come.

        Raises:
            UnexpectedCallError: Names those that did not.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.assert_expectations()
        """
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

    def reply_to(self, call: Call) -> Reply:
        """The answer of the expectation for this call.

        Args:
            call: What is sent.

        Returns:
            The answer of a service.

        Raises:
            UnexpectedCallError: There is none; shows the nearest.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.expect_get(User).will_return(user)
            ...     found = await User.get("acme", "1")
        """
        if self._stores and call.operation == "BatchWriteItem":
            return Reply(200, b'{"UnprocessedItems":{}}')
        waiting = [expected for expected in self._expected if not expected.spent]
        found = next((expected for expected in self._next(waiting) if expected.matches(call, self)), None)
        if found is None:
            raise UnexpectedCallError(self._explain(call, waiting))
        found.seen += 1
        return found.answer(call, self)

    def _next(self, waiting: list[Expectation]) -> list[Expectation]:
        """Those that may come now, the ones that must come first."""
        if self._ordered:
            first = next((place for place, one in enumerate(waiting) if not one.satisfied), len(waiting))
            waiting = waiting[: first + 1]
        return sorted(waiting, key=lambda expected: expected.satisfied)

    @contextmanager
    def _storing(self) -> Generator[None]:
        self._stores = True
        try:
            yield
        finally:
            self._stores = False

    def _expect(self, operation: str, model: type[AnyModel], wanted: Mapping[str, Any]) -> Expectation:
        table = table_name(model.__dynamorm_spec__, self.runner.settings)
        expected = Expectation(operation, model, {"TableName": table} | dict(wanted))
        self._expected.append(expected)
        return expected

    def _key(self, model: type[AnyModel], given: tuple[Any, ...], parts: Mapping[str, Any]) -> dict[str, Any]:
        if not given and not parts:
            return {}
        with self.scope():
            return {"Key": model.key(*given, **parts).attributes}

    def _key_of(self, item: AnyModel) -> Item:
        whole, primary = _encoded(item, self), type(item).__dynamorm_spec__.primary
        return {field.attribute: whole[field.attribute] for field in (*primary.partition, *primary.sort)}

    def _explain(self, call: Call, waiting: list[Expectation]) -> str:
        body = msgspec.json.decode(call.body)
        text = f"{call.operation} was called and is not expected"
        if not waiting:
            return f"{text}; nothing more is."
        nearest = next((one for one in waiting if one.operation == call.operation), waiting[0])
        wanted = nearest.expected(self)
        made = {name: body.get(name) for name in wanted}
        shown = difference((nearest.operation, wanted), (call.operation, made))
        return f"{text}. Nearest is {nearest} (- expected, + called):\n{shown}"


class _Answers:
    """The transport of a fake session."""

    def __init__(self, session: FakeSession) -> None:
        self._session = session

    async def send(self, call: Call, attempt: Attempt) -> Reply:  # noqa: ARG002  as every transport
        """Answer as expected."""
        return self._session.reply_to(call)

    async def recover(self, code: str, reply: Reply) -> Literal[False]:  # noqa: ARG002  as every transport
        """There is nothing to recover."""
        return False

    async def aclose(self) -> None:
        """There is nothing to close."""


def _encoded(item: Any, session: Session) -> Item:
    if not isinstance(item, Model):
        return cast("Item", item)
    found = session.runner.settings.codec.model(item.__dynamorm_spec__).encode(item)
    decoded: Item = msgspec.json.decode(msgspec.json.encode(found))
    return decoded
