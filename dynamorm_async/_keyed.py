"""`Keyed`: one item, named by its key, to change or delete without reading it first."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from dynamorm_async._expr.conditions import Condition
from dynamorm_async._expr.updates import Action
from dynamorm_async._get import Get
from dynamorm_async._handle import Promise, Try
from dynamorm_async._items import Delete, Update, sending
from dynamorm_async._ops.actions import actions_from
from dynamorm_async._spec.fields import ModelSpec

__all__ = ["Keyed"]

M = TypeVar("M")


class Keyed(Generic[M]):
    """An item named by its key; made by ``Model.with_key``.

    Example:
        >>> item = User.with_key("acme", "1")
        >>> user = await item.update(User.age.add(1))
    """

    __slots__ = ("_given", "_parts", "_spec")

    def __init__(self, spec: ModelSpec, given: tuple[Any, ...], parts: dict[str, Any]) -> None:
        self._spec, self._given, self._parts = spec, given, parts

    def __repr__(self) -> str:
        return f"<{self._spec.name} by key; get(), update() and delete() make calls>"

    def get(self) -> Get[M]:
        """Read it.

        Returns:
            A handle; awaiting it gives the instance.

        Raises:
            ItemNotFoundError: When it is awaited: no item has this key.

        Example:
            >>> user = await User.with_key("acme", "1").get()
        """
        return Get(self._spec, self._given, self._parts)

    def update(
        self,
        *actions: Action,
        if_: Condition | None = None,
        must_exist: bool = True,
        retry_unknown: bool = True,
        exactly_once: bool = False,
        **fields: object,
    ) -> Update[M]:
        """Change attributes without reading the item first. A version is counted up and not checked.

        Args:
            actions: ``User.age.add(1)`` and so on.
            if_: Only if this holds of the stored item.
            must_exist: False makes a new item of the key and what is set, if there is none.
            retry_unknown: Whether to send it again when its answer was lost. What adds up (``add``, ``append``) is not
                sent again in any case, unless a version lets it happen only once.
            exactly_once: Send it under a token, at twice the capacity, and read the item afterwards: then what adds up
                is sent again too, and happens once.
            fields: Or plain new values by field name.

        Returns:
            A handle; awaiting it gives the item as it is then.

        Raises:
            ItemNotFoundError: There is no such item.
            ConditionFailedError: ``if_`` does not hold.

        Example:
            >>> await User.with_key("acme", "1").update(User.age.add(1))
        """
        return Update(
            self._spec,
            self._given,
            self._parts,
            _actions=actions_from(self._spec, actions, fields),
            _condition=if_,
            _must_exist=must_exist,
            _sending=sending(retry_unknown=retry_unknown, exactly_once=exactly_once),
            _promise=Promise(self._spec, "update"),
        )

    def try_update(
        self, *actions: Action, if_: Condition | None = None, must_exist: bool = True, **fields: object
    ) -> Try[M]:
        """As ``update``, with its outcome as a value: `Applied`, or `Rejected` with the item as it stands.

        Args:
            actions: ``User.age.add(1)``, ``User.tags.discard({"x"})`` and so on.
            if_: Only if this holds of the stored item.
            must_exist: False makes a new item of the key and what is set, if there is none.
            fields: Or plain new values by field name.

        Returns:
            A handle; awaiting it gives the outcome.

        Example:
            >>> outcome = await User.with_key("acme", "1").try_update(User.age.add(1), if_=User.age < 65)
        """
        changes = actions_from(self._spec, actions, fields)
        update: Update[M] = Update(
            self._spec,
            self._given,
            self._parts,
            _actions=changes,
            _condition=if_,
            _must_exist=must_exist,
            _promise=Promise(self._spec, "try_update"),
        )
        return update.outcome()

    def delete(self, *, if_: Condition | None = None, retry_unknown: bool = True) -> Delete[M | None]:
        """Delete it, whatever its version.

        Args:
            if_: Only if this holds of the stored item.
            retry_unknown: Whether to send it again when its answer was lost.

        Returns:
            A handle; awaiting it gives the item as it was, or None if there was none.

        Raises:
            ConditionFailedError: ``if_`` does not hold.

        Example:
            >>> await User.with_key("acme", "1").delete()
        """
        how = sending(retry_unknown=retry_unknown)
        promise = Promise(self._spec, "delete")
        return Delete(self._spec, self._given, self._parts, _condition=if_, _sending=how, _promise=promise)
