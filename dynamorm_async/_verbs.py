"""`Verbs`: what an instance of a model can do with its item."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dynamorm_async._caller import Called
from dynamorm_async._expr.conditions import Condition
from dynamorm_async._expr.updates import Action
from dynamorm_async._get import Get
from dynamorm_async._handle import Promise, Try, resolve
from dynamorm_async._lazy import lazily
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async.types import Item

if TYPE_CHECKING:
    from typing import Self

    from dynamorm_async import _items as items
    from dynamorm_async import _transaction as transactions
    from dynamorm_async._items import Delete, Put, Save, Update
    from dynamorm_async._ops import actions as changes
    from dynamorm_async._transaction import Move
else:
    items = lazily("dynamorm_async._items")
    changes = lazily("dynamorm_async._ops.actions")
    transactions = lazily("dynamorm_async._transaction")

__all__ = ["Verbs"]


class Verbs:
    """The verbs of one item; a part of `Model`."""

    __slots__ = ()

    __dynamorm_spec__: ClassVar[ModelSpec]

    def create(
        self, *, if_: Condition | None = None, retry_unknown: bool = True, exactly_once: bool = False
    ) -> Put[Self]:
        """Store this item if there is none with its key.

        Args:
            if_: Only if this holds as well.
            retry_unknown: Whether to send it again when its answer was lost.
            exactly_once: Send it under a token, at twice the capacity: then a lost answer leaves nothing to infer.

        Returns:
            A handle; awaiting it gives this instance.

        Raises:
            ItemExistsError: There is one; ``current`` has it.
            ValidationError: A value cannot be stored as declared.
            ItemTooLargeError: Over 409 600 bytes.

        Example:
            >>> user = await User(org="acme", id="2").create()
        """
        how = items.sending(retry_unknown=retry_unknown, exactly_once=exactly_once)
        promise = Promise(type(self).__dynamorm_spec__, "create")
        return items.Put(self, _create=True, _condition=if_, _sending=how, _promise=promise)

    def put(
        self,
        *,
        if_: Condition | None = None,
        overwrite: bool = False,
        retry_unknown: bool = True,
        exactly_once: bool = False,
    ) -> Put[Self]:
        """Store this item in place of one with the same key.

        Args:
            if_: Only if this holds of the stored item.
            overwrite: With a version field: even if the stored item has another version.
            retry_unknown: Whether to send it again when its answer was lost. Without a condition that can replace
                what someone else stored in between.
            exactly_once: Send it under a token, at twice the capacity: then a lost answer leaves nothing to infer.

        Returns:
            A handle; awaiting it gives this instance.

        Raises:
            VersionConflictError: The stored item has another version.
            ConditionFailedError: ``if_`` does not hold; ``current`` has the stored item.
            OutcomeUnknownError: Its answer was lost, and nobody knows whether it was stored.

        Limit:
            An item has at most 409 600 bytes, names and values together.

        Example:
            >>> await user.put(if_=User.age < 65)
        """
        how = items.sending(retry_unknown=retry_unknown, exactly_once=exactly_once)
        promise = Promise(type(self).__dynamorm_spec__, "put")
        return items.Put(self, _overwrite=overwrite, _condition=if_, _sending=how, _promise=promise)

    def update(
        self,
        *actions: Action,
        if_: Condition | None = None,
        retry_unknown: bool = True,
        exactly_once: bool = False,
        **fields: object,
    ) -> Update[Self]:
        """Change attributes of the stored item, and this instance with them.

        Args:
            actions: ``User.age.add(1)``, ``User.tags.discard({"x"})`` and so on.
            if_: Only if this holds of the stored item.
            retry_unknown: Whether to send it again when its answer was lost. What adds up (``add``, ``append``) is not
                sent again in any case, unless a version lets it happen only once.
            exactly_once: Send it under a token, at twice the capacity, and read the item afterwards: then what adds up
                is sent again too, and happens once.
            fields: Or plain new values by field name.

        Returns:
            A handle; awaiting it gives this instance as the item is then.

        Raises:
            ItemNotFoundError: The item is gone.
            VersionConflictError: The stored item has another version.
            ConditionFailedError: ``if_`` does not hold.
            KeyChangeError: An action would change the primary key.
            OutcomeUnknownError: Its answer was lost, and nobody knows whether it was applied.

        Example:
            >>> await user.update(User.age.add(1), if_=User.age < 65)
        """
        spec = type(self).__dynamorm_spec__
        how = items.sending(retry_unknown=retry_unknown, exactly_once=exactly_once)
        added = changes.actions_from(spec, actions, fields)
        promise = Promise(spec, "update")
        return items.Update(spec, _actions=added, _condition=if_, _instance=self, _sending=how, _promise=promise)

    def try_update(self, *actions: Action, if_: Condition | None = None, **fields: object) -> Try[Self]:
        """As ``update``, for where a refusal is expected: the outcome is a value, and nothing is raised for it.

        ``put``, ``create``, ``save``, ``delete`` and ``move`` have the same as ``.outcome()``.

        Args:
            actions: ``User.age.add(1)``, ``User.tags.discard({"x"})`` and so on.
            if_: Only if this holds of the stored item.
            fields: Or plain new values by field name.

        Returns:
            `Applied` with the instance, or `Rejected` with the item as it stands.

        Example:
            >>> match await account.try_update(Account.credits.sub(5), if_=Account.credits >= 5):
            ...     case Applied(account):
            ...         ...
            ...     case Rejected(current):
            ...         ...
        """
        spec = type(self).__dynamorm_spec__
        added, promise = changes.actions_from(spec, actions, fields), Promise(spec, "try_update")
        update: Update[Self] = items.Update(spec, _actions=added, _condition=if_, _instance=self, _promise=promise)
        return update.outcome()

    def save(self, *, if_: Condition | None = None) -> Save[Self]:
        """Store what changed since the item was read; a new instance is stored whole.

        Only a model with ``track_changes=True`` knows what changed; others send the whole item. Nothing changed means
        nothing is sent. A changed primary key is refused.

        Args:
            if_: Only if this holds of the stored item.

        Returns:
            A handle; awaiting it gives this instance.

        Raises:
            VersionConflictError: The stored item has another version.
            KeyChangeError: The primary key changed.
            ConditionFailedError: ``if_`` does not hold.

        Example:
            >>> user.age += 1
            >>> await user.save()
        """
        return items.Save(self, if_, _promise=Promise(type(self).__dynamorm_spec__, "save"))

    def delete(self, *, if_: Condition | None = None, retry_unknown: bool = True) -> Delete[Self | None]:
        """Delete the item. With a version field, only as it was read.

        Args:
            if_: Only if this holds of the stored item.
            retry_unknown: Whether to send it again when its answer was lost. The result is None then if the first
                attempt had deleted the item.

        Returns:
            A handle; awaiting it gives the item as it was, or None if there was none.

        Raises:
            VersionConflictError: The stored item has another version.
            ConditionFailedError: ``if_`` does not hold.

        Example:
            >>> await user.delete()
        """
        how = items.sending(retry_unknown=retry_unknown)
        spec = type(self).__dynamorm_spec__
        promise = Promise(spec, "delete")
        return items.Delete(spec, _condition=if_, _instance=self, _sending=how, _promise=promise)

    def move(self, *, if_: Condition | None = None, **fields: object) -> Move[Self]:
        """Give this item another key: in one transaction the old item is deleted and the new one stored.

        Without a version field the stored item must be as this instance is, so give what is to change here.

        Args:
            if_: Only if this holds of the stored item.
            fields: New values by field name; some of them feed the key.

        Returns:
            A handle; awaiting it gives this instance with its new key.

        Raises:
            VersionConflictError: The stored item has another version, or is gone.
            ItemExistsError: The new key is taken.
            ConditionFailedError: ``if_`` does not hold, or the stored item is not as this instance.
            InvalidRequestError: The key stays the same.

        Limit:
            A transaction: twice the capacity of two writes.

        Example:
            >>> await job.move(status="DONE")
        """
        promise = Promise(type(self).__dynamorm_spec__, "move")
        return transactions.Move(self, fields, _condition=if_, _promise=promise)

    def to_item(self) -> Item:
        """The item that ``put`` would store now, as DynamoDB's JSON has it; nothing is sent, nor changed here.

        Key templates, computed attributes, the type tag, times and the next version are in it. Binary is base64 text.

        Returns:
            The item: attribute name -> ``{"S": "x"}``.

        Raises:
            ValidationError: A value cannot be stored as declared.

        Example:
            >>> user.to_item()["org"]
            {'S': 'acme'}
        """
        return items.item_to_put(self)

    async def refresh(self, *, consistent: bool = True) -> Self:
        """Read this item again and take over what is stored.

        Args:
            consistent: Read with strong consistency, at twice the capacity.

        Returns:
            This instance.

        Raises:
            ItemNotFoundError: It is gone.

        Example:
            >>> await user.refresh()
        """
        spec = type(self).__dynamorm_spec__
        values = {field.name: getattr(self, field.name) for field in (*spec.primary.partition, *spec.primary.sort)}
        reading: Get[Self] = Get(spec, tuple(values.values()), {}, _consistent=consistent)
        runner = resolve(None)
        items.become(self, await runner.run(reading._flow(runner), Called(f"{spec.name}.refresh")))
        return self
