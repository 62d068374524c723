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
from dynamorm_async._query import Query
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
from dynamorm_async.testing.fakes.stored import Stored, as_stored, check_answer
from dynamorm_async.types import Item

if TYPE_CHECKING:
    from typing import Self

__all__ = ["Expectation", "Expected", "Wanted"]

Wanted: TypeAlias = Callable[[Doors], Mapping[str, Any]]
"""The part of a request body that must be so when this session sends it."""
_CONDITIONS: Final = ("KeyConditionExpression", "FilterExpression")
# What is read of the items may be chosen by the code under test, whose names are among ExpressionAttributeNames.
_LISTING: Final = (*_CONDITIONS, "Key", "IndexName", "ScanIndexForward")


class Expected:
    """What all expectations have: how often, and what comes back."""

    def __init__(self, operation: str, session: Doors) -> None:
        self.operation = operation
        self._session = session
        self._answer: list[Stored] = []
        self._error: DynamormError | None = None
        self._least = 1
        self._most: float = 1
        self.seen = 0

    def times(self, count: int) -> Self:
        """It comes this often; once if this is not said.

        Raises:
            ConfigurationError: It is no number of times.
        """
        if type(count) is not int or count < 0:
            raise ConfigurationError(f"{self} cannot come {count!r} times.", hint="Give 0, 1, 2 ...")
        self._least = self._most = count
        return self

    def any_times(self) -> Self:
        """It may come however often, or never."""
        self._least, self._most = 0, math.inf
        return self

    def will_return(self, *items: Stored | Sequence[Stored]) -> Self:
        """Answer with these items; none for "there is nothing".

        Args:
            items: Instances, or DynamoDB's JSON. When it is the answer, an instance gets what a save would have filled:
                times, version and tenant.

        Raises:
            ConfigurationError: Something else was given.
            ValidationError: An instance cannot be stored as it is.
        """
        several = len(items) == 1 and isinstance(items[0], (list, tuple))
        answer: list[Any] = list(cast("tuple[Any, ...]", items[0]) if several else items)
        for item in answer:
            check_answer(item, self, self._session)
        self._answer = answer
        return self

    def will_raise(self, error: DynamormError) -> Self:
        """Fail with this error. A `ConditionFailedError` may carry ``current``, the item as it is said to be.

        A call that is sent again after such an error, as after a throttle, fails each time, until its retries are spent
        or another expectation is for it: that one answers then.
        """
        self._error = error
        return self

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
    def subject(self) -> str:
        """What it is about."""
        raise NotImplementedError

    def expected(self, session: Doors) -> Mapping[str, Any]:
        """What must be so, to be shown beside what was called."""
        raise NotImplementedError

    def shown(self, asked: Asked, session: Doors) -> Mapping[str, Any]:
        """What was called, as far as it is compared."""
        return {name: asked.body.get(name) for name in self.expected(session)}

    def matches(self, asked: Asked, session: Doors) -> bool:
        """Whether this is the call."""
        raise NotImplementedError

    def take(self, asked: Asked) -> None:  # noqa: ARG002  some keep which it was
        """It came."""
        self.seen += 1

    def answer(self, asked: Asked, session: Doors) -> dict[str, Any]:
        """The body of the answer."""
        raise NotImplementedError

    def error(self, asked: Asked, session: Doors) -> DynamormError | None:
        """What it fails with, if it does, with the item that the service would send along."""
        found = self._error
        if isinstance(found, ConditionFailedError):
            stored = _said_to_be_stored(found, asked, session)
            if stored is not None:
                found.details = {"Item": stored}
        return found

    def __str__(self) -> str:
        often = "" if self._most == 1 or not self._least else f", {self.seen} of {self._least} times"
        return f"{self.operation} on {self.subject}{often}"


def _said_to_be_stored(error: ConditionFailedError, asked: Asked, session: Doors) -> Item | None:
    if error.current is not None:
        return as_stored(error.current, session)
    # The library tells a conflict by the stored version. The item that was to be stored has the next one, as if
    # someone else had been faster.
    return asked.body.get("Item") if isinstance(error, VersionConflictError) else None


class Expectation(Expected):
    """A call that is expected, and its answer; made by ``FakeSession.expect_...``."""

    def __init__(self, operation: str, model: type[AnyModel], wanted: Wanted, session: Doors) -> None:
        super().__init__(operation, session)
        self.model = model
        self._wanted = wanted
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
        """
        self._query = self._base().where(*given)
        return self

    def with_index(self, index: Index | str) -> Self:
        """A query or scan of this index."""
        self._query = self._base().index(index)
        return self

    def _base(self) -> Query[Any]:
        if self.operation not in ("Query", "Scan"):
            raise ConfigurationError(
                f"expect_{self.operation} takes no conditions.", hint="They are for query and scan."
            )
        if self._query is not None:
            return self._query
        # An index that holds a part of the item serves what reads no more than that, and `only` is not said here.
        return (self.model.scan() if self.operation == "Scan" else self.model.query()).complete()

    # ------------------------------------------------------------ matching

    @property
    def subject(self) -> str:
        """Its model."""
        return self.model.__name__

    def expected(self, session: Doors) -> Mapping[str, Any]:
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

    def matches(self, asked: Asked, session: Doors) -> bool:
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
        expected = dict(self.expected(session))
        key = expected.pop("Item", {})
        return all(asked.body["Item"].get(name) == value for name, value in key.items()) and all(
            asked.body.get(name, []) == value for name, value in expected.items()
        )

    # ------------------------------------------------------------ what comes back

    def answer(self, asked: Asked, session: Doors) -> dict[str, Any]:
        """The body of the answer.

        Raises:
            UnexpectedCallError: An update is to answer with the item as it is then, and nobody said what it is.
        """
        items = [as_stored(item, session) for item in self._answer]
        if asked.operation in ("Query", "Scan"):
            return {"Items": items, "Count": len(items), "ScannedCount": len(items)}
        if asked.operation == "GetItem":
            return {"Item": items[0]} if items else {}
        returning = asked.body.get("ReturnValues", "NONE")
        if returning == "ALL_NEW" and not items:
            raise UnexpectedCallError(
                f"{self} was called as expected, but not what it answers, and an update always has an item to answer "
                f"with: say how it is then, with expect_update({self.subject}).will_return(...)."
            )
        return {"Attributes": items[0]} if items and returning != "NONE" else {}
