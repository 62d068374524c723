"""Calls that are expected, and their answers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, cast, overload

from dynamorm_async._doors import Doors
from dynamorm_async._expr.conditions import Condition
from dynamorm_async._expr.fluent import Operator, Presence
from dynamorm_async._handle import first_request
from dynamorm_async._model import AnyModel
from dynamorm_async._ops.listing import Listing
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
from dynamorm_async.testing.fakes.stored import Stored, as_stored, checked, has, is_instance
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


class _Part(NamedTuple):
    """One request of what is expected: all of it, or that for one partition of several."""

    body: Mapping[str, Any]
    """The part of its body that must be so."""
    key: Item
    """The partition, where there are several."""


class Expectation(Expected):
    """A call that is expected, and its answer; made by ``FakeSession.expect_...``.

    Attributes:
        operation: DynamoDB's name of it: ``GetItem``.
        model: Whose item or listing it is.
        seen: How often it came; of several partitions, how often all of them did.

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
        self._taken: Counter[int] = Counter()
        """How often each of its requests came."""
        self._known: dict[Doors, Sequence[_Part]] = {}
        """The requests of a query, which are looked at with each call."""

    # ------------------------------------------------------------ what is expected

    @overload
    def with_condition(self, *conditions: Condition) -> Self: ...
    @overload
    def with_condition(self, field: str, operator: Operator, value: object, /) -> Self: ...
    @overload
    def with_condition(self, field: str, operator: Presence, /) -> Self: ...
    def with_condition(self, *given: Any) -> Self:
        """A query or scan with these conditions: expressions, or a name, an operator and a value. They add up.

        Their order says nothing, and neither does what is read of the items. A query of several partitions, by ``in_``,
        is one call: each partition is answered with those of the items that are in it.

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
            >>> async with FakeSession() as fake:
            ...     fake.expect_query(User).with_condition(User.org.in_(["acme", "bell"])).will_return(users)
            ...     users = await User.query(User.org.in_(["acme", "bell"]))
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
        self._known.clear()
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
        """The part of the request body that must be so; of several requests, of the first that may still come."""
        parts = self._parts(session)
        return next((part for number, part in enumerate(parts) if self._taken[number] < self._most), parts[0]).body

    def _parts(self, session: Doors) -> Sequence[_Part]:
        """Each request of it."""
        if self._query is None:
            return [_Part(self._wanted(session), {})]
        if session not in self._known:
            wanted, listing = self._wanted(session), self._query._listing(session.runner.settings)
            self._known[session] = [_Part({**wanted, **self._asks(part)}, _partition(part)) for part in listing.parts]
        return self._known[session]

    def _asks(self, listing: Listing[Any]) -> Mapping[str, Any]:
        request = first_request(listing.preview(None))
        if request is None:
            raise ConfigurationError(f"{self}: no item meets its conditions, so nothing is sent.")
        body = written_out(request.body)
        conditions = {name: body.get(name, []) for name in _CONDITIONS} if "Key" not in body else {}
        return {**conditions, **{name: body[name] for name in _LISTING if name in body}}

    def _matches(self, asked: Asked, session: Doors) -> bool:
        """Whether this is the call, or a request of it that has not come so often."""
        number, _ = self._found(asked, session)
        return number is not None and self._taken[number] < self._most

    def _take(self, asked: Asked, session: Doors) -> None:
        """It came, or a request of it."""
        number, parts = self._found(asked, session)
        assert number is not None  # noqa: S101  it matches
        self._taken[number] += 1
        self.seen: int = min(self._taken[number] for number in range(len(parts)))

    def _found(self, asked: Asked, session: Doors) -> tuple[int | None, Sequence[_Part]]:
        """The number of the request that this is, and all that there are."""
        if asked.operation not in (("Query", "GetItem") if self.operation == "Query" else (self.operation,)):
            return None, ()
        found = _among(self._parts(session), asked)
        if found[0] is None and session is not self._session:
            # A tenant's session adds the tenant by itself, and the conditions may name it all the same.
            with suppress(InvalidRequestError):
                return _among(self._parts(self._session), asked)
        return found

    # ------------------------------------------------------------ what comes back

    def _answer(self, asked: Asked, session: Doors) -> dict[str, Any]:
        """The body of the answer.

        Raises:
            UnexpectedCallError: An update is to answer with the item as it is then, and nobody said what it is.
        """
        items = self._own([as_stored(item, session) for item in self._answers], asked, session)
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

    def _own(self, items: list[Item], asked: Asked, session: Doors) -> list[Item]:
        """Those in the partition that is asked for, where there are several.

        Raises:
            UnexpectedCallError: One is in none of them, so that the query would never give it.
        """
        number, parts = self._found(asked, session)
        if number is None or len(parts) == 1:
            return items
        if any(not any(has(item, part.key) for part in parts) for item in items):
            raise UnexpectedCallError(
                f"{self} was called as expected, but an item that it answers with is in none of the {len(parts)} "
                "partitions that it asks for."
            )
        return [item for item in items if has(item, parts[number].key)]


def _among(parts: Sequence[_Part], asked: Asked) -> tuple[int | None, Sequence[_Part]]:
    return next((number for number, part in enumerate(parts) if _is(part.body, asked)), None), parts


def _is(body: Mapping[str, Any], asked: Asked) -> bool:
    expected = dict(body)
    key = expected.pop("Item", {})
    return has(asked.body.get("Item", {}), key) and all(
        asked.body.get(name, []) == value for name, value in expected.items()
    )


def _partition(listing: Listing[Any]) -> Item:
    """What is alike of all items of a partition."""
    plan, encode = listing.plan, listing.settings.codec.encode
    equal = () if plan.fit is None else plan.fit.key.equal
    return {field.attribute: encode(value.slot, value.value) for field, value in equal if field in plan.index.partition}
