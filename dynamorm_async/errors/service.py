"""Errors that DynamoDB answers with: one class for each, registered by its code on the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from dynamorm_async._key import Item, Key
from dynamorm_async._struct import PartlyCompared
from dynamorm_async.errors.base import DynamormError, Outcome

__all__ = [
    "AccessDeniedError",
    "CancellationReason",
    "ConditionFailedError",
    "CredentialsError",
    "CredentialsExpiredError",
    "DuplicateItemError",
    "IdempotentParameterMismatchError",
    "ItemCollectionTooLargeError",
    "ItemExistsError",
    "LimitExceededError",
    "ReplicatedWriteConflictError",
    "RequestLimitExceededError",
    "ServiceError",
    "ServiceUnavailableError",
    "ServiceValidationError",
    "TableInUseError",
    "TableNotFoundError",
    "ThrottledError",
    "ThroughputExceededError",
    "TransactionCanceledError",
    "TransactionConflictError",
    "TransactionInProgressError",
    "VersionConflictError",
    "service_error",
]


_BY_CODE: dict[str, type[ServiceError]] = {}


class ServiceError(DynamormError):
    """DynamoDB answered with an error. Subclasses register themselves by wire code.

    Attributes:
        code: The service's error code, e.g. ``ResourceNotFoundException``.
        status: The HTTP status.
        detail: The service's own text; it can echo values, so it is kept out of the message.
        details: The decoded error body (``Item``, ``CancellationReasons``, ``ThrottlingReasons``).
        after_unknown: Whether an earlier attempt of the same call was sent and never answered.
    """

    codes: ClassVar[tuple[str, ...]] = ()
    after_unknown: bool = False

    def __init__(
        self,
        message: str = "",
        *,
        code: str = "",
        status: int = 0,
        detail: str = "",
        details: Mapping[str, Any] | None = None,
        **context: Any,
    ) -> None:
        super().__init__(message or self._summary(code, context.get("table")), **context)
        self.code = code
        self.status = status
        self.detail = detail
        self.details: Mapping[str, Any] = details or {}

    @classmethod
    def _summary(cls, code: str, table: str | None) -> str:  # noqa: ARG003 - for those that name it
        return f"the service answered {code or cls.__name__}."

    def __init_subclass__(cls, *, codes: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.codes = tuple(codes)
        for code in codes:
            if code in _BY_CODE:
                raise TypeError(f"wire code {code!r} belongs to {_BY_CODE[code].__name__} already")
            _BY_CODE[code] = cls


class ConditionFailedError(ServiceError, codes=["ConditionalCheckFailedException"]):
    """The condition of a write was false; the item is unchanged.

    Attributes:
        current: The item as it stands, as a model instance, or None if there is none (or none was returned). An error
            does not know its model: ``isinstance(error.current, User)`` tells a type checker.
    """

    default_hint: ClassVar[str | None] = (
        "`error.current` is the item as it stands; try_update() and outcome() give it without an error."
    )

    def __init__(self, message: str = "", *, current: object = None, **context: Any) -> None:
        super().__init__(message or "the condition of the write was false; the item is unchanged.", **context)
        self.current = current


class ItemExistsError(ConditionFailedError):
    """``create()`` found an item with this key; ``put()`` would have replaced it."""

    default_hint: ClassVar[str | None] = "put() would replace it."


class VersionConflictError(ConditionFailedError):
    """The item was changed by someone else since it was read.

    Attributes:
        expected: The version this write was based on.
        actual: The stored version, or None if the item is gone.
    """

    default_hint: ClassVar[str | None] = "Read it again, or use mutate()."

    def __init__(
        self, message: str = "", *, expected: int | None = None, actual: int | None = None, **context: Any
    ) -> None:
        super().__init__(message or f"version {expected} was expected, version {actual} is stored.", **context)
        self.expected = expected
        self.actual = actual


class UniqueConflictError(ConditionFailedError):
    """Another item has the value already, or has taken over this item's own.

    Attributes:
        constraint: The name of the constraint in the model's class.
        owner: The key of the item that has the value, as the service returned it.
    """

    default_hint: ClassVar[str | None] = "Choose another value; `error.owner` is the key of the item that has it."

    def __init__(self, message: str = "", *, constraint: str = "", owner: Item | None = None, **context: Any) -> None:
        super().__init__(message or f"another item has the same values in {constraint}.", **context)
        self.constraint = constraint
        self.owner = owner


class ThrottledError(
    ServiceError, codes=["ThrottlingException", "Throttling", "TooManyRequestsException", "ThrottlingError"]
):
    """The service asked to slow down, and the retries are spent. See ``details['ThrottlingReasons']``."""

    default_hint: ClassVar[str | None] = "Send less at once, spread the keys, or raise the capacity."


class ThroughputExceededError(ThrottledError, codes=["ProvisionedThroughputExceededException"]):
    """A table, index or partition has no capacity left for this second."""


class RequestLimitExceededError(ThrottledError, codes=["RequestLimitExceeded"]):
    """The account's throughput limit is reached."""


class CancellationReason(PartlyCompared, frozen=True):
    """Why one operation of a transaction stopped it; ``code`` is ``"None"`` for those that did not.

    Attributes:
        code: ``ConditionalCheckFailed``, ``TransactionConflict``, ``ThrottlingError``, ``ValidationError``, ...
        item: The item as it stands, in wire form, where the service returned it.
        operation: The caller's operation in words: ``"update Account"``.
        model: The model's name.  key: The item's key.
        current: The item as an instance of its model; ``isinstance(reason.current, User)`` tells a type checker.
        error: What the same operation would have raised alone: `ConditionFailedError`, `ItemExistsError`,
            `VersionConflictError` or `ItemNotFoundError`; None if its condition did not fail.

    Example:
        >>> try:
        ...     await db.transaction().update(user, User.orders.add(1)).check(account, Account.credits > 99).execute()
        ... except TransactionCanceledError as error:
        ...     codes = [reason.code for reason in error.reasons]
        >>> codes
        ['None', 'ConditionalCheckFailed']
    """

    hidden_fields: ClassVar[tuple[str, ...]] = ("detail", "item", "current")
    carried_fields: ClassVar[tuple[str, ...]] = ("error",)

    code: str
    detail: str = ""
    item: Item | None = None
    operation: str = ""
    model: str | None = None
    key: Key | None = None
    current: object = None
    error: DynamormError | None = None

    @property
    def version_conflict(self) -> bool:
        """Whether the item was changed by someone else since it was read."""
        return isinstance(self.error, VersionConflictError)

    @property
    def failed(self) -> bool:
        """Whether this operation stopped the transaction."""
        return self.code != "None"


class TransactionCanceledError(ServiceError, codes=["TransactionCanceledException"]):
    """A transaction was cancelled; nothing of it was applied.

    Attributes:
        reasons: A `CancellationReason` for each operation of the transaction, in the caller's order.
    """

    default_hint: ClassVar[str | None] = "`error.reasons` has a reason for each of your operations, in your order."

    reasons: Sequence[CancellationReason] = ()


class TransactionConflictError(ServiceError, codes=["TransactionConflictException"]):
    """Another transaction was changing the item; this write was not applied."""

    default_hint: ClassVar[str | None] = "Repeat it; nothing of it was applied."


class TransactionInProgressError(ServiceError, codes=["TransactionInProgressException"]):
    """The same idempotency token is still being carried out."""

    default_hint: ClassVar[str | None] = "Send it again with the same token, five seconds later."

    default_outcome = Outcome.UNKNOWN


class IdempotentParameterMismatchError(ServiceError, codes=["IdempotentParameterMismatchException"]):
    """An idempotency token was used again with other parameters."""

    default_hint: ClassVar[str | None] = "Use a token for one set of operations only."


class ReplicatedWriteConflictError(ServiceError, codes=["ReplicatedWriteConflictException"]):
    """Another region was writing the same item (multi-region strong consistency)."""

    default_hint: ClassVar[str | None] = "Repeat it, and send the writes of one item to one region."


class DuplicateItemError(ServiceError, codes=["DuplicateItemException"]):
    """A PartiQL insert met an item with the same key."""

    default_hint: ClassVar[str | None] = "Update the item, or insert it under another key."


class ItemCollectionTooLargeError(ServiceError, codes=["ItemCollectionSizeLimitExceededException"]):
    """An item collection of a table with local indexes reached 10 GB."""

    default_hint: ClassVar[str | None] = "Spread the items over more partition keys, or do without local indexes."


class TableNotFoundError(ServiceError, codes=["ResourceNotFoundException", "TableNotFoundException"]):
    """The table, index or stream does not exist in this region and account."""

    default_hint: ClassVar[str | None] = (
        "Create it with `await session.create_table(Model)`, or check region and endpoint."
    )

    def _named(self, op: str) -> None:
        super()._named(op)
        if self.hint == self.default_hint:
            self.hint: str | None = (
                f"Create it with `await session.create_table({self.model})`, or check region and endpoint."
            )

    @classmethod
    def _summary(cls, code: str, table: str | None) -> str:
        return f"there is no table {table!r} here." if table else super()._summary(code, table)


class TableInUseError(
    ServiceError, codes=["ResourceInUseException", "TableAlreadyExistsException", "TableInUseException"]
):
    """The table exists already, or is being created, changed or deleted."""

    default_hint: ClassVar[str | None] = "Wait until it is ready, or use ensure_table(), which takes what is there."

    @classmethod
    def _summary(cls, code: str, table: str | None) -> str:
        known = f"the table {table!r} exists already, or is being changed."
        return known if table else super()._summary(code, table)


class LimitExceededError(ServiceError, codes=["LimitExceededException"]):
    """Too many control-plane operations at once, or a quota is reached."""

    default_hint: ClassVar[str | None] = "Wait, and change fewer tables at once."


class AccessDeniedError(ServiceError, codes=["AccessDeniedException"]):
    """The credentials may not do this."""

    default_hint: ClassVar[str | None] = (
        "Allow the operation in IAM, on the table and on its indexes; `error.detail` has the service's words."
    )


class CredentialsError(
    ServiceError,
    codes=[
        "UnrecognizedClientException",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "IncompleteSignatureException",
        "InvalidClientTokenId",
        "MissingAuthenticationToken",
        "IncompleteSignature",
        "SignatureDoesNotMatch",
        "RequestTimeTooSkewed",
    ],
):
    """The service does not accept these credentials or their signature."""

    default_hint: ClassVar[str | None] = "Check access key, secret, region and this machine's clock."


class CredentialsExpiredError(CredentialsError, codes=["ExpiredTokenException", "ExpiredToken", "RequestExpired"]):
    """The session token is no longer valid and could not be refreshed."""

    default_hint: ClassVar[str | None] = "Renew them (`aws sso login`, or whatever gives out the token)."


class ServiceValidationError(ServiceError, codes=["ValidationException", "SerializationException", "ValidationError"]):
    """DynamoDB rejected the request; ``detail`` has its own words."""

    default_hint: ClassVar[str | None] = "`error.detail` has DynamoDB's own words."

    def __init__(self, message: str = "", **context: Any) -> None:
        super().__init__(message or "DynamoDB rejected the request; see the exception's `detail`.", **context)


class ServiceUnavailableError(
    ServiceError,
    codes=[
        "InternalServerError",
        "InternalServerErrorException",
        "InternalFailure",
        "ServiceUnavailable",
        "ServiceUnavailableException",
    ],
):
    """The service failed (5xx) for every attempt. For a write the outcome is unknown."""

    default_hint: ClassVar[str | None] = "Try again later; for a write, look at `error.outcome` first."


def service_error(code: str, status: int) -> type[ServiceError]:
    """The class for a wire code: its own, or by status when the code is new.

    Args:
        code: As on the wire: ``ResourceNotFoundException``.
        status: The HTTP status of the answer.

    Returns:
        The class to raise.

    Example:
        >>> errors.service_error("ResourceNotFoundException", 400).__name__
        'TableNotFoundError'
    """
    found = _BY_CODE.get(code)
    if found is not None:
        return found
    if status == 429:
        return ThrottledError
    return ServiceUnavailableError if status >= 500 else ServiceError
