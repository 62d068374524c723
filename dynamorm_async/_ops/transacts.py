"""Transactions: writes of several items that happen together or not at all, and reads of one moment.

Each write is prepared and rendered when it is added, so that a mistake shows at the caller's line. Instances change
after the service said yes, and not at all if it said no.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final

import msgspec

from dynamorm_async._ops.advice import LARGE
from dynamorm_async._ops.anything import table_of
from dynamorm_async._ops.decode import check_answer, decode_item, decode_responses
from dynamorm_async._ops.effects import Call, Flow, Reply, Safety
from dynamorm_async._ops.keys import target_of
from dynamorm_async._ops.known import apply_actions
from dynamorm_async._ops.prepare import Prepared, PreparedCheck, PreparedDelete, PreparedPut, PreparedUpdate, apply
from dynamorm_async._ops.render import Settings, call, encode_json
from dynamorm_async._ops.writes import check_size, delete_body, explained, mind_size, put_body, readable, update_body
from dynamorm_async._spec.fields import UniqueSpec
from dynamorm_async._struct import Discreet
from dynamorm_async._wire.size import ITEM_LIMIT, item_size
from dynamorm_async.errors import (
    CancellationReason,
    ConditionFailedError,
    DecodeError,
    DynamormError,
    IdempotentParameterMismatchError,
    InvalidRequestError,
    ItemTooLargeError,
    Outcome,
    OutcomeUnknownError,
    TransactionCanceledError,
    UniqueConflictError,
)
from dynamorm_async.types import Key

__all__ = [
    "ACTION_LIMIT",
    "SIZE_LIMIT",
    "TOKEN_LIMIT",
    "Guard",
    "Write",
    "Writes",
    "check_token",
    "transact_get",
    "transact_write",
]

ACTION_LIMIT: Final = 100
"""Operations of one transaction. Source: API reference, TransactWriteItems."""
SIZE_LIMIT: Final = 4 * 1024 * 1024
"""Bytes of all items of one transaction together. Same source."""
TOKEN_LIMIT: Final = 36
"""Characters of an idempotency token. Same source."""

_MISMATCH_HINT = (
    "Something else was sent under this token within ten minutes. If it was the same transaction, built at another "
    "time, give both the same at=: times are part of what is stored."
)
_RETRY_HINT = "Execute it again within ten minutes: its token makes sure that it happens once."


class Guard(Discreet, frozen=True, eq=False):
    """An operation on a guard item, which goes along with a write; see `dynamorm_async._ops.uniques`."""

    hidden_fields: ClassVar[tuple[str, ...]] = ("action",)

    constraint: UniqueSpec
    key: Key
    action: Mapping[str, Any]
    """As it stands in the request."""


class Write(Discreet, frozen=True, eq=False):
    """One operation of a transaction, rendered."""

    hidden_fields: ClassVar[tuple[str, ...]] = ("instance",)

    verb: str
    """As the caller wrote it: put, create, update, delete or check."""
    prepared: Prepared
    instance: Any = None
    """What changes when the transaction has succeeded."""
    guards: tuple[Guard, ...] = ()

    @property
    def words(self) -> str:
        """The operation in words."""
        return f"{self.verb} {self.prepared.spec.name}"

    @property
    def operation(self) -> str:
        """The operation as errors name it."""
        return f"{self.prepared.spec.name}.{self.verb}"

    def settle(self, settings: Settings) -> None:
        """Let the instance become what is stored now."""
        prepared = self.prepared
        if self.instance is None:
            return
        # `type() is`, for `isinstance` is dear where the answer is no.
        if type(prepared) is PreparedPut:
            if prepared.changes:
                apply(self.instance, prepared.changes)
        elif type(prepared) is PreparedUpdate:
            apply_actions(self.instance, prepared, settings.codec)


class Writes:
    """The operations of one transaction, each checked when it is added."""

    __slots__ = ("_bytes", "_guards", "_parts", "_places", "_settings", "writes")

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._places: dict[tuple[str, bytes], int] = {}
        self._parts: list[bytes] = []
        self._guards: list[bytes] = []
        self._bytes = 0
        self.writes: list[Write] = []

    def __len__(self) -> int:
        return len(self.writes)

    def add(self, write: Write) -> None:
        """Take one more operation.

        Raises:
            InvalidRequestError: It is the 101st, or the transaction has an operation on this item already.
            ItemTooLargeError: The item has more than 400 KB, or all of them together more than 4 MB.
        """
        prepared = write.prepared
        places = [prepared.place]
        if write.guards:
            places += [target_of(guard.key).place for guard in write.guards]
        taken = self._places
        for place in places:
            if place in taken:
                raise self._taken(write, place)
        number = len(self.writes)
        if number + len(self._guards) + len(places) > ACTION_LIMIT:
            raise _too_many(write)
        before, body = _RENDERED[type(prepared)]
        try:
            part = before + body(prepared, self._settings) + b"}}"
        except InvalidRequestError as error:
            error._named(write.operation)
            raise
        length = len(part)
        if length > ITEM_LIMIT or self._bytes + length > SIZE_LIMIT:
            self._check_size(write, length)
        self._bytes += length
        for place in places:
            taken[place] = number
        if write.guards:
            self._guards += [encode_json(guard.action) for guard in write.guards]
        self._parts.append(part)
        self.writes.append(write)

    def _check_size(self, write: Write, length: int) -> None:
        """JSON is never shorter than DynamoDB's own count, so most items need no counting."""
        prepared = write.prepared
        if length > ITEM_LIMIT and isinstance(prepared, PreparedPut):
            check_size(prepared.spec, prepared.item, write.operation)
        if self._bytes + length <= SIZE_LIMIT:
            return
        size = sum(_size(one.prepared) for one in (*self.writes, write))
        if size > SIZE_LIMIT:
            raise ItemTooLargeError(
                f"the items of the transaction have {size} bytes with this one; DynamoDB's limit is {SIZE_LIMIT}.",
                size=size,
                limit=SIZE_LIMIT,
                op=write.operation,
                model=prepared.spec.name,
            )

    def _taken(self, write: Write, place: tuple[str, bytes]) -> InvalidRequestError:
        earlier = self._places[place]
        thing = "item" if place == write.prepared.place else "unique value"
        return InvalidRequestError(
            f"the transaction has an operation on this {thing} already: number {earlier + 1}, "
            f"{self.writes[earlier].words}.",
            op=write.operation,
            model=write.prepared.spec.name,
            hint=f"DynamoDB takes one for each {thing}: join the two, or use two transactions.",
        )

    def call(self, token: str) -> Call:
        """The request, the same bytes each time."""
        operations = b",".join(self._parts + self._guards)
        body = b'{"TransactItems":[%b],"ClientRequestToken":%b}' % (operations, encode_json(token))
        # With its token it can be sent again: the service carries it out once.
        return Call("TransactWriteItems", body, Safety.REPEATABLE, table_of(place[0] for place in self._places))


def check_token(token: str) -> str:
    """The caller's idempotency token, if DynamoDB takes it.

    Raises:
        InvalidRequestError: It is empty, has more than 36 characters, or is no text.
    """
    if not isinstance(token, str) or not 1 <= len(token) <= TOKEN_LIMIT:
        raise InvalidRequestError(
            f"an idempotency token is a text of 1 to {TOKEN_LIMIT} characters.",
            op="transaction",
            hint="Derive it from what makes the request unique, for example str(uuid5(namespace, request_id)).",
        )
    return token


def _too_many(write: Write) -> InvalidRequestError:
    return InvalidRequestError(
        f"a transaction has at most {ACTION_LIMIT} operations, guards of unique values included.",
        op=write.operation,
        model=write.prepared.spec.name,
        hint="Split it, or use a batch where all-or-nothing is not needed.",
    )


_RENDERED: Final[Mapping[type, tuple[bytes, Callable[[Any, Settings], bytes]]]] = {
    PreparedPut: (b'{"Put":{', put_body),
    PreparedUpdate: (b'{"Update":{', update_body),
    PreparedDelete: (b'{"Delete":{', delete_body),
    PreparedCheck: (b'{"ConditionCheck":{', delete_body),
}


def _size(prepared: Prepared) -> int:
    """Bytes that count towards the limit, as far as they are known here: of updates only the key."""
    return item_size(prepared.item if isinstance(prepared, PreparedPut) else prepared.key.attributes)


# ---------------------------------------------------------------- writing


def transact_write(request: Call, writes: Sequence[Write], settings: Settings, token: str) -> Flow[None]:
    """Carry out the operations, all or none; the instances change if all were.

    Raises:
        TransactionCanceledError: None was carried out; ``reasons`` has one entry for each operation.
        OutcomeUnknownError: Nobody knows; ``token`` makes it safe to execute it again.
    """
    try:
        reply: Reply = yield request
        if reply.body != b"{}":
            check_answer(reply.body, Outcome.UNKNOWN)
    except TransactionCanceledError as error:
        raise _canceled(error, writes, settings) from error.__cause__
    except IdempotentParameterMismatchError as error:
        error.hint = _MISMATCH_HINT
        raise
    except DynamormError as error:
        if error.outcome is not Outcome.UNKNOWN:
            raise
        cause = error.__cause__ if isinstance(error, OutcomeUnknownError) and error.__cause__ else error
        raise _unknown(error, cause, token) from cause
    for write in writes:
        write.settle(settings)
    if len(request.body) > LARGE:
        for put in [write.prepared for write in writes if isinstance(write.prepared, PreparedPut)]:
            yield from mind_size(put.spec, put.item)


def _unknown(error: DynamormError, cause: BaseException, token: str) -> OutcomeUnknownError:
    return OutcomeUnknownError(
        f"it was sent, and it is not known whether it was carried out ({type(cause).__name__}).",
        token=token,
        op="transaction",
        table=error.table,
        request_id=error.request_id,
        attempts=error.attempts,
        hint=_RETRY_HINT,
    )


def _canceled(error: TransactionCanceledError, writes: Sequence[Write], settings: Settings) -> TransactionCanceledError:
    """The same error with what each reason means for the caller's operation."""
    guards = [(number, guard) for number, write in enumerate(writes) for guard in write.guards]
    missing = len(writes) + len(guards) - len(error.reasons)
    found = [*error.reasons, *[CancellationReason("None")] * missing]
    reasons = [_described(reason, write, settings, error) for reason, write in zip(found, writes, strict=False)]
    for (number, guard), reason in zip(guards, found[len(writes) :], strict=False):
        if reason.failed and not reasons[number].failed:
            reasons[number] = _guarded(reasons[number], reason, guard, writes[number], error)
    return _with_reasons(error, reasons)


def _guarded(
    main: CancellationReason, reason: CancellationReason, guard: Guard, write: Write, error: TransactionCanceledError
) -> CancellationReason:
    """The reason of a write whose guard stopped it."""
    if reason.code != "ConditionalCheckFailed":
        return msgspec.structs.replace(main, code=reason.code, detail=reason.detail)
    conflict = UniqueConflictError(
        constraint=guard.constraint.name,
        owner=(reason.item or {}).get("_owner", {}).get("M"),
        op=write.operation,
        model=write.prepared.spec.name,
        table=write.prepared.table,
        request_id=error.request_id,
        attempts=error.attempts,
        code=reason.code,
        status=error.status,
    )
    return msgspec.structs.replace(main, code=reason.code, error=conflict)


def _with_reasons(error: TransactionCanceledError, reasons: Sequence[CancellationReason]) -> TransactionCanceledError:
    found = TransactionCanceledError(
        _summary(reasons),
        op="transaction",
        table=error.table,
        request_id=error.request_id,
        attempts=error.attempts,
        outcome=Outcome.NOT_APPLIED,
        code=error.code,
        status=error.status,
        detail=error.detail,
        details=error.details,
        hint="`reasons` has one entry for each operation, in your order.",
    )
    found.reasons = tuple(reasons)
    return found


def _described(
    reason: CancellationReason, write: Write, settings: Settings, error: TransactionCanceledError
) -> CancellationReason:
    prepared = write.prepared
    alone = None
    if reason.code == "ConditionalCheckFailed":
        # A transaction that is cancelled under its token was not carried out under it before, so it is a plain failure.
        failed = ConditionFailedError(
            code=reason.code,
            status=error.status,
            details={} if reason.item is None else {"Item": reason.item},
            request_id=error.request_id,
            attempts=error.attempts,
        )
        alone = explained(failed, prepared, settings, write.operation)
    return msgspec.structs.replace(
        reason,
        operation=write.words,
        model=prepared.spec.name,
        key=prepared.key,
        current=readable(prepared.spec, reason.item, settings),
        error=alone,
    )


def _summary(reasons: Sequence[CancellationReason]) -> str:
    failed = [(number, reason) for number, reason in enumerate(reasons, 1) if reason.failed]
    causes = [f"operation {number}, {reason.operation}: {_cause(reason)}" for number, reason in failed[:5]]
    if len(failed) > len(causes):
        causes.append(f"and {len(failed) - len(causes)} more")
    return f"it was cancelled and nothing of it was applied; {'; '.join(causes) or 'no reason was given'}."


def _cause(reason: CancellationReason) -> str:
    if reason.error is None or type(reason.error) is ConditionFailedError:
        return reason.code
    return f"{reason.code} ({type(reason.error).__name__})"


# ---------------------------------------------------------------- reading


def transact_get(keys: Sequence[Key], settings: Settings) -> Flow[tuple[Any, ...]]:
    """The items with these keys as they are at one moment, None where there is none.

    Raises:
        InvalidRequestError: More than 100 different keys.
        TransactionCanceledError: A transaction was changing one of the items; ``reasons`` says which.
    """
    places = {(key.table, key.identity): key for key in keys}
    if not places:
        return ()
    if len(places) > ACTION_LIMIT:
        raise InvalidRequestError(
            f"a transaction reads at most {ACTION_LIMIT} items; {len(places)} keys were given.",
            op="transact_get",
            hint="Use batch_get, if the items need not be of one moment.",
        )
    asked = list(places.values())
    found = dict(zip(places, (yield from _read(asked, settings)), strict=True))
    return tuple(found[key.table, key.identity] for key in keys)


def _read(keys: Sequence[Key], settings: Settings) -> Flow[list[Any]]:
    items = [{"Get": {"TableName": key.table, "Key": key.attributes}} for key in keys]
    try:
        reply: Reply = yield call("TransactGetItems", {"TransactItems": items}, table_of(key.table for key in keys))
    except TransactionCanceledError as error:
        reasons = [
            msgspec.structs.replace(reason, operation=f"get {key.model}", model=key.model, key=key)
            for reason, key in zip(error.reasons, keys, strict=False)
        ]
        raise _with_reasons(error, reasons) from error.__cause__
    return _decoded(decode_responses(reply.body, len(keys)), keys, settings)


def _decoded(responses: Sequence[bytes], keys: Sequence[Key], settings: Settings) -> list[Any]:
    found: list[Any] = []
    failure: DecodeError | None = None
    for key, response in zip(keys, responses, strict=True):
        try:
            found.append(decode_item(settings.codec.model(key.spec), response))
        except DecodeError as error:
            failure = failure or error
    if failure is not None:
        failure.items = tuple(found)
        raise failure
    return found
