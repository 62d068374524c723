"""Handles for one item: create, put, update, save and delete."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Generic, Literal, TypeVar, cast, overload

import msgspec

from dynamorm_async._clock import SystemClock
from dynamorm_async._expr.conditions import Condition
from dynamorm_async._expr.updates import Action
from dynamorm_async._get import Named
from dynamorm_async._handle import Opened, Promise, WriteHandle, preview_time, resolve, settings_of
from dynamorm_async._ids import new_token
from dynamorm_async._ops.changes import prepare_save
from dynamorm_async._ops.effects import Flow
from dynamorm_async._ops.keys import Target, target_of, target_of_instance
from dynamorm_async._ops.known import apply_actions
from dynamorm_async._ops.once import update_once, write_once
from dynamorm_async._ops.prepare import (
    PreparedDelete,
    PreparedPut,
    PreparedUpdate,
    prepare_delete,
    prepare_put,
    prepare_update,
)
from dynamorm_async._ops.render import Settings, place_of
from dynamorm_async._ops.transacts import Write
from dynamorm_async._ops.uniques import guarded
from dynamorm_async._ops.writes import Returning, delete_flow, put_flow, readable, update_flow
from dynamorm_async._runner import Runner
from dynamorm_async._spec.document import STORED
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async.errors import DecodeError, InvalidRequestError, NoSessionError
from dynamorm_async.types import Item

__all__ = [
    "Answer",
    "Delete",
    "Put",
    "Save",
    "Sending",
    "Update",
    "become",
    "instance_of",
    "item_to_put",
    "sending",
]

M = TypeVar("M")
M_co = TypeVar("M_co", covariant=True)
R_co = TypeVar("R_co", covariant=True)
W = TypeVar("W", PreparedPut, PreparedUpdate, PreparedDelete)


class Sending(msgspec.Struct, frozen=True):
    """How a write is sent again after its answer was lost.

    Attributes:
        retry_unknown: Whether it is, where a second time leaves the same state.
        exactly_once: Send it as a transaction of one, whose token lets it happen once however often it is sent.
    """

    retry_unknown: bool = True
    exactly_once: bool = False

    @property
    def token(self) -> str:
        """A token of its own for each awaiting."""
        return new_token()


USUAL = Sending()


def sending(*, retry_unknown: bool = True, exactly_once: bool = False) -> Sending:
    """The options of a write; nearly always the usual ones."""
    return USUAL if retry_unknown and not exactly_once else Sending(retry_unknown, exactly_once)


def spec_of(instance: object) -> ModelSpec:
    """The description of a model instance."""
    return cast("ModelSpec", vars(type(instance))["__dynamorm_spec__"])


def become(instance: object, stored: object) -> None:
    """Take over everything from another instance of the same model."""
    vars(instance).clear()
    vars(instance).update(vars(stored))


def item_to_put(instance: object) -> Item:
    """What a put of this instance would store now, by the session's converter and clock if there is one."""
    try:
        now = resolve(None).now()
    except (NoSessionError, RuntimeError):
        now = datetime.fromtimestamp(SystemClock.now(), UTC)
    return prepare_put(instance, place_of(spec_of(instance), settings_of(None)), now).item


def instance_of(spec: ModelSpec, item: object) -> Any:
    """The instance for an item in wire form, as DynamoDB's JSON or botocore's client has it.

    Raises:
        DecodeError: It does not fit the model.
    """
    try:
        return settings_of(None).codec.model(spec).decode(_plain(item))
    except DecodeError as error:
        error._named(f"{spec.name}.from_item")
        raise


def _plain(item: object) -> Item:
    try:
        # Through JSON, so that botocore's bytes become text, and the instance has nothing in common with the caller's.
        return msgspec.json.decode(msgspec.json.encode(item), type=dict[str, Any])
    except (TypeError, ValueError, msgspec.MsgspecError):
        hint = 'Give a dict as {"name": {"S": "Ada"}}.'
        raise DecodeError("an item in DynamoDB's JSON was expected.", hint=hint) from None


def transacted(verb: str, prepared: W, instance: Any, settings: Settings, how: Sending) -> tuple[W, Write | None]:
    """The write as it is sent alone, and as a transaction if it has to be one: for its guards, or exactly once."""
    if not how.exactly_once and not prepared.spec.uniques:
        return prepared, None
    write = guarded(Write(verb, prepared), instance, settings)
    return cast("W", write.prepared), write if how.exactly_once or write.guards else None


def _check_answer(spec: ModelSpec, usual: bool) -> None:  # noqa: FBT001  the question is in the name
    if not usual:
        raise InvalidRequestError(
            "a write that changes a unique value is a transaction, which returns no item.",
            op=f"{spec.name}.returning",
            model=spec.name,
            hint="Read the item before or afterwards.",
        )


class Put(WriteHandle[M_co], Generic[M_co], frozen=True, eq=False):
    """A PutItem. Awaiting it gives the same instance, with what the library set; made by ``create`` and ``put``.

    Limit:
        An item has at most 409 600 bytes, names and values together.

    Example:
        >>> user = await user.put()
    """

    _instance: M_co
    _create: bool = False
    _overwrite: bool = False
    _condition: Condition | None = None
    _sending: Sending = USUAL

    @property
    def _spec(self) -> ModelSpec:
        return spec_of(self._instance)

    def using(self, session: Opened) -> Put[M_co]:
        """Use this session instead of the current one.

        Args:
            session: One that is open, or one of a tenant.

        Returns:
            A copy.

        Example:
            >>> user = await user.put().using(db)
        """
        return msgspec.structs.replace(self, _runner=session.runner)

    def returning(self, what: Literal["old"]) -> Answer[M_co | None]:  # noqa: ARG002  there is nothing else to choose
        """Answer with the item that was replaced, or None if there was none.

        It is not sent again after a lost answer: the second answer would hold what this very call had stored.

        Args:
            what: ``"old"``.

        Returns:
            A handle; awaiting it gives that item.

        Raises:
            InvalidRequestError: Of a write that is a transaction, which returns no item.

        Example:
            >>> before = await user.put().returning("old")
        """
        return Answer(self, "old", _runner=self._runner)

    def _flow(self, runner: Runner) -> Flow[M_co]:
        return self._send(runner.settings, runner.now())

    def _preview(self, settings: Settings) -> Flow[M_co]:
        return self._send(settings, preview_time(self._runner))

    def _send(self, settings: Settings, now: datetime, returning: Returning = "new") -> Flow[Any]:
        """The flow that answers with the instance, or with the item that was replaced."""
        prepared = prepare_put(
            self._instance,
            place_of(self._spec, settings),
            now,
            create=self._create,
            overwrite=self._overwrite,
            condition=self._condition,
        )
        prepared, write = transacted(self._verb, prepared, self._instance, settings, self._sending)
        if write is not None:
            _check_answer(self._spec, returning == "new")
            yield from write_once(
                msgspec.structs.replace(write, instance=self._instance), settings, self._sending.token
            )
            return self._instance
        replaced = yield from put_flow(
            prepared,
            settings,
            self._instance,
            operation=f"{self._spec.name}.{self._verb}",
            retry_unknown=self._sending.retry_unknown and returning == "new",
            returning=returning,
        )
        return self._instance if returning == "new" else replaced

    @property
    def _verb(self) -> str:
        return "create" if self._create else "put"

    @property
    def _called(self) -> str:
        return f"{self._spec.name}.{self._verb}"


def _target(handle: Named[Any], instance: Any, settings: Settings) -> Target:
    """Which item a write is of: that of an instance, or that with a key."""
    if instance is None:
        return target_of(handle._key(settings))
    return target_of_instance(handle._spec, place_of(handle._spec, settings), instance)


class Update(Named[R_co], WriteHandle[R_co], Generic[R_co], frozen=True, eq=False, kw_only=True):
    """An UpdateItem. Awaiting it gives the item as it is now; made by ``update``.

    Limit:
        The item has at most 409 600 bytes afterwards; the expression at most 4 KB.

    Example:
        >>> user = await user.update(User.age.add(1))
    """

    _promise: Promise | None = msgspec.field(default_factory=Promise)
    _actions: tuple[Action, ...] = ()
    _condition: Condition | None = None
    _must_exist: bool = True
    _instance: Any = None
    _sending: Sending = USUAL

    def using(self, session: Opened) -> Update[R_co]:
        """Use this session instead of the current one.

        Args:
            session: One that is open, or one of a tenant.

        Returns:
            A copy.

        Example:
            >>> user = await user.update(User.age.add(1)).using(db)
        """
        return msgspec.structs.replace(self, _runner=session.runner)

    @overload
    def returning(self, what: Literal["old"]) -> Answer[R_co | None]: ...
    @overload
    def returning(self, what: Literal["none"]) -> Answer[None]: ...
    def returning(self, what: Literal["old", "none"]) -> Answer[Any]:
        """Answer with the item as it was (None if there was none), or with nothing, which is less to transfer.

        An instance then has what was set to a value; what the service worked out must be read again with ``refresh()``.
        For ``"old"`` the request is not sent again after a lost answer.

        Args:
            what: ``"old"`` or ``"none"``.

        Returns:
            A handle; awaiting it gives that.

        Raises:
            InvalidRequestError: Of a write that is a transaction, which returns no item.

        Example:
            >>> before = await user.update(User.age.add(1)).returning("old")
        """
        return Answer(self, what, _runner=self._runner)

    def _flow(self, runner: Runner) -> Flow[R_co]:
        return self._send(runner.settings, runner.now())

    def _preview(self, settings: Settings) -> Flow[R_co]:
        return self._send(settings, preview_time(self._runner))

    def _send(self, settings: Settings, now: datetime, returning: Returning = "new") -> Flow[Any]:
        """The flow that answers with the item as it is now, as it was, or with nothing."""
        instance = self._instance
        prepared = prepare_update(
            _target(self, instance, settings),
            self._actions,
            now,
            instance=instance,
            condition=self._condition,
            must_exist=self._must_exist,
        )
        prepared, write = transacted("update", prepared, instance, settings, self._sending)
        if write is not None:
            _check_answer(self._spec, returning == "new")
            updated = yield from update_once(write, settings, self._sending.token)
        else:
            operation, repeat = f"{self._spec.name}.update", self._sending.retry_unknown and returning != "old"
            updated = yield from update_flow(
                prepared, settings, operation=operation, retry_unknown=repeat, returning=returning
            )
        if instance is None:
            return updated
        if returning == "new":
            become(instance, updated)
            return instance
        apply_actions(instance, prepared, settings.codec)
        return updated

    @property
    def _called(self) -> str:
        return f"{self._spec.name}.update"


class Save(WriteHandle[M_co], Generic[M_co], frozen=True, eq=False):
    """What changed since the item was read, as one UpdateItem. Awaiting it gives the instance; made by ``save``.

    Example:
        >>> user.age += 1
        >>> user = await user.save()
    """

    _instance: M_co
    _condition: Condition | None = None

    def using(self, session: Opened) -> Save[M_co]:
        """Use this session instead of the current one.

        Args:
            session: One that is open, or one of a tenant.

        Returns:
            A copy.

        Example:
            >>> user = await user.save().using(db)
        """
        return msgspec.structs.replace(self, _runner=session.runner)

    def _flow(self, runner: Runner) -> Flow[M_co]:
        return self._write(runner.settings, runner.now())

    def _preview(self, settings: Settings) -> Flow[M_co]:
        return self._write(settings, preview_time(self._runner))

    def _write(self, settings: Settings, now: datetime) -> Flow[M_co]:
        spec, place = spec_of(self._instance), place_of(spec_of(self._instance), settings)
        if STORED not in vars(self._instance):
            prepared = prepare_put(self._instance, place, now, condition=self._condition)
            prepared, _ = transacted("save", prepared, self._instance, settings, USUAL)
            yield from put_flow(prepared, settings, self._instance, operation=f"{spec.name}.save")
            return self._instance
        update = prepare_save(self._instance, place, now, condition=self._condition)
        if update is not None:
            update, write = transacted("save", update, self._instance, settings, USUAL)
            if write is None:
                updated = yield from update_flow(update, settings, operation=f"{spec.name}.save")
            else:
                updated = yield from update_once(write, settings, USUAL.token)
            become(self._instance, updated)
        return self._instance

    @property
    def _called(self) -> str:
        return f"{spec_of(self._instance).name}.save"


class Delete(Named[R_co], WriteHandle[R_co], Generic[R_co], frozen=True, eq=False, kw_only=True):
    """A DeleteItem. Awaiting it gives the item as it was, or None if there was none; made by ``delete``.

    Example:
        >>> before = await User.with_key("acme", "1").delete()
    """

    _promise: Promise | None = msgspec.field(default_factory=Promise)
    _condition: Condition | None = None
    _instance: Any = None
    _sending: Sending = USUAL

    def using(self, session: Opened) -> Delete[R_co]:
        """Use this session instead of the current one.

        Args:
            session: One that is open, or one of a tenant.

        Returns:
            A copy.

        Example:
            >>> before = await user.delete().using(db)
        """
        return msgspec.structs.replace(self, _runner=session.runner)

    def returning(self, what: Literal["none"]) -> Answer[None]:
        """Answer with nothing instead of the item as it was, which is less to transfer.

        Args:
            what: ``"none"``.

        Returns:
            A handle; awaiting it gives None.

        Example:
            >>> await user.delete().returning("none")
        """
        return Answer(self, what, _runner=self._runner)

    def _flow(self, runner: Runner) -> Flow[R_co]:
        return self._preview(runner.settings)

    def _preview(self, settings: Settings) -> Flow[R_co]:
        return self._send(settings, None)

    def _send(self, settings: Settings, now: datetime | None, returning: Returning = "old") -> Flow[Any]:  # noqa: ARG002  as the other writes
        """The flow that answers with the item as it was, or with nothing."""
        instance = self._instance
        prepared = prepare_delete(_target(self, instance, settings), instance=instance, condition=self._condition)
        prepared, write = transacted("delete", prepared, instance, settings, self._sending)
        if write is not None:
            yield from write_once(write, settings, self._sending.token)
            return None if returning == "none" else readable(self._spec, instance.__dict__[STORED], settings)
        operation, repeat = f"{self._spec.name}.delete", self._sending.retry_unknown
        deleted: object = yield from delete_flow(
            prepared, settings, operation=operation, retry_unknown=repeat, returning=returning
        )
        return deleted

    @property
    def _called(self) -> str:
        return f"{self._spec.name}.delete"


class Answer(WriteHandle[R_co], Generic[R_co], frozen=True, eq=False):
    """A write that answers with another item than usual; made by ``returning``.

    Example:
        >>> before = await user.put().returning("old")
    """

    _write: Put[Any] | Update[Any] | Delete[Any]
    _returning: Returning

    def __post_init__(self) -> None:
        super()._keep()  # the write that it is made of has a promise of its own
        if self._write._sending.exactly_once:
            self._write._keep()
            raise InvalidRequestError(
                "what is sent exactly once is a transaction, which returns no item.",
                op="returning",
                hint="Leave out exactly_once, or read the item before or afterwards.",
            )
        if self._returning not in ("old", "new", "none"):
            self._write._keep()
            raise InvalidRequestError("returning() takes 'old' or 'none'.", op="returning")

    def using(self, session: Opened) -> Answer[R_co]:
        """Use this session instead of the current one.

        Args:
            session: One that is open, or one of a tenant.

        Returns:
            A copy.

        Example:
            >>> before = await user.put().returning("old").using(db)
        """
        return msgspec.structs.replace(self, _runner=session.runner)

    def _keep(self) -> None:
        super()._keep()
        self._write._keep()

    def _flow(self, runner: Runner) -> Flow[R_co]:
        return self._write._send(runner.settings, runner.now(), self._returning)

    def _preview(self, settings: Settings) -> Flow[R_co]:
        return self._write._send(settings, preview_time(self._runner), self._returning)

    @property
    def _called(self) -> str:
        return self._write._called

    def __repr__(self) -> str:
        return f"{self._write!r}, returning {self._returning!r}"
