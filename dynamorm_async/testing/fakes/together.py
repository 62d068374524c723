"""Batches and transactions that are expected, and their answers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from dynamorm_async._doors import Doors
from dynamorm_async._model import AnyModel, Model
from dynamorm_async._ops.render import table_name
from dynamorm_async._ops.uniques import is_guard
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async.errors import ConfigurationError
from dynamorm_async.testing.fakes.expectations import Expected
from dynamorm_async.testing.fakes.requests import Asked
from dynamorm_async.testing.fakes.stored import Stored, as_stored, has, key_of
from dynamorm_async.types import Item, Key

if TYPE_CHECKING:
    from typing import Self

__all__ = ["BatchExpectation", "Target", "TransactionExpectation"]

Target: TypeAlias = AnyModel | Key[Any] | type[AnyModel]
"""An item by an instance or its key, or any item of a model."""
_ACTIONS: Final = ("Put", "Update", "Delete", "ConditionCheck", "Get")


class BatchExpectation(Expected):
    """Items that are expected in batches, however they are spread over requests.

    Items that are named come once each; of a model, or where nothing is said, any number does, and at least one.
    ``times`` counts items.

    Attributes:
        operation: ``batch_put``, ``batch_delete`` or ``batch_get``.
        seen: How many items came.

    Example:
        >>> async with FakeSession() as fake:
        ...     expected = fake.expect_batch_put(User)
        ...     stored = await fake.batch_put(users)
        >>> expected.seen
        3
    """

    def __init__(self, operation: str, targets: Iterable[Target], session: Doors) -> None:
        super().__init__(operation, session)
        self._targets = list(targets)
        self._taken = [0] * len(self._targets)
        self._named = [place for place, target in enumerate(self._targets) if not isinstance(target, type)]
        if len(self._named) < len(self._targets) or not self._targets:
            self._most = math.inf
        self._room = math.inf if operation == "batch_get" else 0

    @property
    def _subject(self) -> str:
        """Their models."""
        return _models(self._targets)

    def _is_of(self, spec: ModelSpec) -> bool:
        """Whether it is one of their models."""
        return _may_be(spec, self._targets)

    @property
    def satisfied(self) -> bool:
        """Whether all came as often as they should."""
        return self._fewest >= self._least

    @property
    def spent(self) -> bool:
        """Whether none must come any more."""
        return self._fewest >= self._most

    @property
    def _fewest(self) -> int:
        return min((self._taken[place] for place in self._named), default=self.seen)

    def _expected(self, session: Doors) -> Mapping[str, Any]:
        """The items that may still come."""
        return {"items": [_shown(place, session) for place in self._open()]}

    def _called(self, asked: Asked, session: Doors) -> Mapping[str, Any]:  # noqa: ARG002  as every expectation
        """The item that came."""
        key = asked.body.get("Key") or asked.body.get("Item")
        return {"items": [{"TableName": asked.body.get("TableName"), "Key": key}]}

    def _matches(self, asked: Asked, session: Doors) -> bool:
        """Whether this item is one of them."""
        if asked.operation != self.operation:
            return False
        return not self._targets or any(_is(target, asked.body, session) for target in self._open())

    def _take(self, asked: Asked, session: Doors) -> None:
        """This one came."""
        super()._take(asked, session)
        for place, target in enumerate(self._targets):
            if self._taken[place] < self._most and _is(target, asked.body, session):
                self._taken[place] += 1
                return

    def _open(self) -> list[Target]:
        return [target for target, count in zip(self._targets, self._taken, strict=True) if count < self._most]

    def _answer(self, asked: Asked, session: Doors) -> dict[str, Any]:
        """The item with this key, if there is one."""
        return _found(self._answers, asked.body, session)


class TransactionExpectation(Expected):
    """A transaction that is expected: with these operations and no others, in any order, or any if none is said.

    The operations on unique values go along with those on their items.

    Attributes:
        operation: ``TransactWriteItems`` or ``TransactGetItems``.
        seen: How often it came.

    Example:
        >>> async with FakeSession() as fake:
        ...     expected = fake.expect_transaction().with_put(Order).with_check(User.key("acme", "1"))
        ...     await fake.transaction().put(order).check(user, User.age >= 18).execute()
        >>> expected.seen
        1
    """

    def __init__(self, operation: str, session: Doors, targets: Iterable[Key[Any]] = ()) -> None:
        super().__init__(operation, session)
        self._operations: list[tuple[str, Target]] = [("Get", target) for target in targets]
        self._room = math.inf if operation == "TransactGetItems" else 0

    def with_put(self, item: AnyModel | type[AnyModel]) -> Self:
        """It puts or creates this instance, or any of this model.

        Args:
            item: An instance, of which only the key counts, or a model.

        Returns:
            This expectation.

        Raises:
            ConfigurationError: It is a ``transact_get``, which only reads.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.expect_transaction().with_put(order)
            ...     await fake.transaction().put(order).execute()
        """
        return self._with("Put", item)

    def with_update(self, item: Target) -> Self:
        """It updates the item of this instance or key, or any of this model.

        Args:
            item: An instance or a key, of which only the key counts, or a model.

        Returns:
            This expectation.

        Raises:
            ConfigurationError: It is a ``transact_get``, which only reads.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.expect_transaction().with_update(User.key("acme", "1"))
            ...     await fake.transaction().update(user, User.age.add(1)).execute()
        """
        return self._with("Update", item)

    def with_delete(self, item: Target) -> Self:
        """It deletes the item of this instance or key, or any of this model.

        Args:
            item: An instance or a key, of which only the key counts, or a model.

        Returns:
            This expectation.

        Raises:
            ConfigurationError: It is a ``transact_get``, which only reads.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.expect_transaction().with_delete(User).with_put(order)
            ...     await fake.transaction().delete(user).put(order).execute()
        """
        return self._with("Delete", item)

    def with_check(self, item: Target) -> Self:
        """It checks a condition of the item of this instance or key, or of any of this model.

        Args:
            item: An instance or a key, of which only the key counts, or a model.

        Returns:
            This expectation.

        Raises:
            ConfigurationError: It is a ``transact_get``, which only reads.

        Example:
            >>> async with FakeSession() as fake:
            ...     fake.expect_transaction().with_check(user).with_put(Order)
            ...     await fake.transaction().check(user, User.age >= 18).put(order).execute()
        """
        return self._with("ConditionCheck", item)

    def _with(self, action: str, target: Target) -> Self:
        if self.operation != "TransactWriteItems":
            raise ConfigurationError("expect_transact_get takes no writes.", hint="Use expect_transaction().")
        self._operations.append((action, target))
        return self

    @property
    def _subject(self) -> str:
        """Its models."""
        return _models([target for _, target in self._operations])

    def _is_of(self, spec: ModelSpec) -> bool:
        """Whether it is one of its models."""
        return _may_be(spec, [target for _, target in self._operations])

    def _expected(self, session: Doors) -> Mapping[str, Any]:
        """Its operations."""
        return {"TransactItems": [{action: _shown(target, session)} for action, target in self._operations]}

    def _called(self, asked: Asked, session: Doors) -> Mapping[str, Any]:  # noqa: ARG002  as every expectation
        """The operations that came."""
        return {"TransactItems": [{action: _placed(content)} for action, content in _contents(asked)]}

    def _matches(self, asked: Asked, session: Doors) -> bool:
        """Whether it has these operations."""
        if asked.operation != self.operation:
            return False
        left = _contents(asked)
        # Those of one item choose first, so that those of a model leave them their own.
        for action, target in sorted(self._operations, key=lambda operation: isinstance(operation[1], type)):
            found = next((one for one in left if one[0] == action and _is(target, one[1], session)), None)
            if found is None:
                return False
            left.remove(found)
        return not self._operations or all(is_guard(_placed(content)["Key"]) for _, content in left)

    def _answer(self, asked: Asked, session: Doors) -> dict[str, Any]:
        """Of a reading one, each item that was asked for, if there is one."""
        if self.operation == "TransactWriteItems":
            return {}
        return {"Responses": [_found(self._answers, content, session) for _, content in _contents(asked)]}


# ---------------------------------------------------------------- items


def _contents(asked: Asked) -> list[tuple[str, dict[str, Any]]]:
    return [(name, one[name]) for one in asked.body["TransactItems"] for name in _ACTIONS if name in one]


def _placed(content: Mapping[str, Any]) -> dict[str, Any]:
    return {"TableName": content["TableName"], "Key": content.get("Key") or content.get("Item") or {}}


def _shown(target: Target, session: Doors) -> dict[str, Any]:
    table, key = _place(target, session)
    return {"TableName": table, "Key": key}


def _is(target: Target, content: Mapping[str, Any], session: Doors) -> bool:
    """Whether this operation is on the item, or on any of the model's table."""
    table, key = _place(target, session)
    return content["TableName"] == table and has(_placed(content)["Key"], key)


def _place(target: Target, session: Doors) -> tuple[str, Item]:
    if isinstance(target, type):
        return table_name(target.__dynamorm_spec__, session.runner.settings), {}
    return key_of(target, session)


def _found(answers: Sequence[Stored], content: Mapping[str, Any], session: Doors) -> dict[str, Any]:
    """The answer for this key, if there is one."""
    for answer in answers:
        stored = as_stored(answer, session)
        elsewhere = isinstance(answer, Model) and not _is(answer, content, session)
        if not elsewhere and has(stored, content["Key"]):
            return {"Item": stored}
    return {}


def _may_be(spec: ModelSpec, targets: Sequence[Target]) -> bool:
    """Whether it is the model of one of them, or there are none."""
    specs = [target.spec if isinstance(target, Key) else target.__dynamorm_spec__ for target in targets]
    return not specs or spec in specs


def _models(targets: Sequence[Target]) -> str:
    names = [
        target.model if isinstance(target, Key) else (target if isinstance(target, type) else type(target)).__name__
        for target in targets
    ]
    return ", ".join(dict.fromkeys(names)) or "any model"
