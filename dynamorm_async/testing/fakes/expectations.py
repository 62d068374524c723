"""Calls that are expected, and their answers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast, overload

from dynamorm_async._doors import Doors
from dynamorm_async._expr.conditions import Condition
from dynamorm_async._expr.fluent import Operator, Presence
from dynamorm_async._model import AnyModel
from dynamorm_async._ops.render import table_name
from dynamorm_async._query import Query
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async._spec.indexes import Index
from dynamorm_async.errors import (
    ConditionFailedError,
    ConfigurationError,
    DynamormError,
    InvalidRequestError,
    VersionConflictError,
)
from dynamorm_async.testing.differences import UnexpectedCallError
from dynamorm_async.testing.fakes.expressions import written_out
from dynamorm_async.testing.fakes.requests import Asked
from dynamorm_async.testing.fakes.stored import Stored, as_stored, checked, is_instance
from dynamorm_async.types import Item

if TYPE_CHECKING:
    from typing import Self

__all__ = ["Expectation", "Expected", "Wanted"]

Wanted: TypeAlias = Callable[[Doors], Mapping[str, Any]]
"""The part of a request body that must be so when this session sends it."""
_LISTS: Final = ("Query", "Scan")
_CONDITIONS: Final = ("KeyConditionExpression", "FilterExpression")
# What is read of the items may be chosen by the code under test, whose names are among ExpressionAttributeNames.
_LISTING: Final = (*_CONDITIONS, "Key", "IndexName", "ScanIndexForward")


class Expected:
    """What all expectations have: how often, and what comes back.

    Attributes:
        operation: DynamoDB's name of what is expected, or that of a batch's verb.
        seen: How often it came.
    """

    def __init__(self, operation: str, session: Doors) -> None:
        self.operation: str = operation
        self._session = session
        self._answers: list[Stored] = []
        self._error: DynamormError | None = None
        self._current: Stored | None = None
        self._least = 1
        self._most: float = 1
        self._room: float = math.inf
        """How many items its answer can have."""
        self.seen: int = 0

    def times(self, count: int) -> Self:
        """It comes this often; once if this is not said.

        Args:
            count: How often; 0 for never.

        Returns:
            This expectation.

        Raises:
            ConfigurationError: It is no number of times.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.expect_get(User, "acme", "1").times(2).will_return(user)
            ...     twice = [await User.get("acme", "1"), await User.get("acme", "1")]
        """
        if type(count) is not int or count < 0:
            raise ConfigurationError(f"{self} cannot come {count!r} times.", hint="Give 0, 1, 2 ...")
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

    def will_return(self, *items: Stored | Sequence[Stored]) -> Self:
        """Answer with these items; none for "there is nothing".

        Args:
            items: Instances, or DynamoDB's JSON; one list of them, too. When it is the answer, an instance gets what a
                save would have filled: times, version and tenant.

        Returns:
            This expectation.

        Raises:
            ConfigurationError: Something else was given, or an instance of another model, or more than such a call
                answers with.
            ValidationError: An instance cannot be stored as it is.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.expect_scan(User).will_return(users)
            ...     found = await User.scan()
        """
        several = len(items) == 1 and isinstance(items[0], (list, tuple))
        given = cast("tuple[Any, ...]", items[0]) if several else items
        if len(given) > self._room:
            raise self._overfull(len(given))
        self._answers = [self._checked(item, f"will_return of {self}") for item in given]
        return self

    def will_raise(self, error: DynamormError) -> Self:
        """Fail with this error. A `ConditionFailedError` may carry ``current``, the item as it is said to be.

        A call that is sent again after such an error, as after a throttle, fails each time, until its retries are spent
        or another expectation is for it: that one answers then.

        Args:
            error: What the call raises.

        Returns:
            This expectation.

        Raises:
            ConfigurationError: Its ``current`` is neither an instance of the model nor DynamoDB's JSON.
            ValidationError: Its ``current`` is an instance that cannot be stored as it is.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.expect_put(User).will_raise(ConditionFailedError(current=user))
            ...     outcome = await user.put(if_=User.age < 65).outcome()
        """
        current = error.current if isinstance(error, ConditionFailedError) else None
        self._current = None if current is None else self._checked(current, f"current in will_raise of {self}")
        self._error = error
        return self

    def _overfull(self, count: int) -> ConfigurationError:
        if self._room:
            problem, hint = f"has room for one item, and {count} were given", "Expect each of several calls by itself."
        else:
            problem, hint = "has no room for an item", "Leave will_return() out."
        return ConfigurationError(f"will_return of {self}: the answer {problem}.", hint=hint)

    def _checked(self, item: object, what: str) -> Stored:
        """Refuse what cannot be its answer here, where it is said."""
        if is_instance(item) and not self._is_of(item.__dynamorm_spec__):
            raise ConfigurationError(
                f"{what}: {type(item).__name__} is another model.", hint=f"Give instances of {self._subject}."
            )
        return checked(item, what, self._session)

    # ------------------------------------------------------------ matching

    @property
    def satisfied(self) -> bool:
        """Whether it came as often as it should."""
        return self.seen >= self._least

    @property
    def spent(self) -> bool:
        """Whether it must not come any more."""
        return self.seen >= self._most

    @property
    def _subject(self) -> str:
        """What it is about."""
        raise NotImplementedError

    def _is_of(self, spec: ModelSpec) -> bool:
        """Whether items of this model can be its answer."""
        raise NotImplementedError

    def _expected(self, session: Doors) -> Mapping[str, Any]:
        """What must be so, to be shown beside what was called."""
        raise NotImplementedError

    def _called(self, asked: Asked, session: Doors) -> Mapping[str, Any]:
        """What was called, as far as it is compared."""
        return {name: asked.body.get(name) for name in self._expected(session)}

    def _matches(self, asked: Asked, session: Doors) -> bool:
        """Whether this is the call."""
        raise NotImplementedError

    def _take(self, asked: Asked, session: Doors) -> None:  # noqa: ARG002  some keep which it was
        """It came."""
        self.seen += 1

    def _answer(self, asked: Asked, session: Doors) -> dict[str, Any]:
        """The body of the answer."""
        raise NotImplementedError

    def _failure(self, asked: Asked, session: Doors) -> DynamormError | None:
        """What it fails with, if it does, with the item that the service would send along."""
        found = self._error
        if isinstance(found, ConditionFailedError):
            stored = self._said_to_be_stored(found, asked, session)
            if stored is not None:
                found.details = {"Item": stored}
        return found

    def _said_to_be_stored(self, error: ConditionFailedError, asked: Asked, session: Doors) -> Item | None:
        if self._current is not None:
            return as_stored(self._current, session)
        # The library tells a conflict by the stored version. The item that was to be stored has the next one, as if
        # someone else had been faster.
        return asked.body.get("Item") if isinstance(error, VersionConflictError) else None

    def __str__(self) -> str:
        often = "" if self._most == 1 or not self._least else f", {self.seen} of {self._least} times"
        return f"{self.operation} on {self._subject}{often}"


class Expectation(Expected):
    """A call that is expected, and its answer; made by ``FakeSession.expect_...``.

    Attributes:
        operation: DynamoDB's name of it: ``GetItem``.
        model: Whose item or listing it is.
        seen: How often it came.

    Example:
        >>> async with FakeSession() as fake:
        ...     expected = fake.expect_get(User, "acme", "1").will_return(user)
        ...     found = await User.get("acme", "1")
        >>> expected.seen
        1
    """

    def __init__(self, operation: str, model: type[AnyModel], wanted: Wanted, session: Doors) -> None:
        super().__init__(operation, session)
        self.model = model
        self._wanted = wanted
        self._room = math.inf if operation in _LISTS else 1
        self._query: Query[Any] | None = None

    # ------------------------------------------------------------ what is expected

    @overload
    def with_condition(self, *conditions: Condition) -> Self: ...
    @overload
    def with_condition(self, field: str, operator: Operator, value: object, /) -> Self: ...
    @overload
    def with_condition(self, field: str, operator: Presence, /) -> Self: ...
    def with_condition(self, *given: Any) -> Self:
        """A query or scan with these conditions: expressions, or a name, an operator and a value. They add up.

        Their order says nothing, and neither does what is read of the items.

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

    def _base(self) -> Query[Any]:
        if self.operation not in _LISTS:
            raise ConfigurationError(
                f"expect_{self.operation} takes no conditions.", hint="They are for query and scan."
            )
        if self._query is not None:
            return self._query
        # An index that holds a part of the item serves what reads no more than that, and `only` is not said here.
        return (self.model.scan() if self.operation == "Scan" else self.model.query()).complete()

    # ------------------------------------------------------------ matching

    @property
    def _subject(self) -> str:
        """Its model."""
        return self.model.__name__

    def _is_of(self, spec: ModelSpec) -> bool:
        """Whether it is the model; or lives in the same table, where several models can be listed together."""
        own, settings = self.model.__dynamorm_spec__, self._session.runner.settings
        return spec is own or (self.operation in _LISTS and table_name(spec, settings) == table_name(own, settings))

    def _expected(self, session: Doors) -> Mapping[str, Any]:
        """The part of the request body that must be so."""
        wanted = self._wanted(session)
        if self._query is None:
            return wanted
        request = self._query.using(session).call()
        if request is None:
            raise ConfigurationError(f"{self}: no item meets its conditions, so nothing is sent.")
        body = written_out(request.body)
        conditions = {name: body.get(name, []) for name in _CONDITIONS} if "Key" not in body else {}
        return {**wanted, **conditions, **{name: body[name] for name in _LISTING if name in body}}

    def _matches(self, asked: Asked, session: Doors) -> bool:
        """Whether this is the call."""
        if self._is(asked, session):
            return True
        if session is self._session:
            return False
        # A tenant's session adds the tenant by itself, and the conditions may name it all the same.
        with suppress(InvalidRequestError):
            return self._is(asked, self._session)
        return False

    def _is(self, asked: Asked, session: Doors) -> bool:
        operations = ("Query", "GetItem") if self.operation == "Query" else (self.operation,)
        if asked.operation not in operations:
            return False
        expected = dict(self._expected(session))
        key = expected.pop("Item", {})
        return all(asked.body["Item"].get(name) == value for name, value in key.items()) and all(
            asked.body.get(name, []) == value for name, value in expected.items()
        )

    # ------------------------------------------------------------ what comes back

    def _answer(self, asked: Asked, session: Doors) -> dict[str, Any]:
        """The body of the answer.

        Raises:
            UnexpectedCallError: An update is to answer with the item as it is then, and nobody said what it is.
        """
        items = [as_stored(item, session) for item in self._answers]
        if asked.operation in _LISTS:
            return {"Items": items, "Count": len(items), "ScannedCount": len(items)}
        if asked.operation == "GetItem":
            return {"Item": items[0]} if items else {}
        returning = asked.body.get("ReturnValues", "NONE")
        if returning == "ALL_NEW" and not items:
            raise UnexpectedCallError(
                f"{self} was called as expected, but not what it answers, and an update always has an item to answer "
                f"with: say how it is then, with expect_update({self._subject}).will_return(...)."
            )
        return {"Attributes": items[0]} if items and returning != "NONE" else {}
