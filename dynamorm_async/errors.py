"""Every error this library raises, under one root.

::

    DynamormError
    ├── ConfigurationError            a session, endpoint, region or credential setting is wrong
    │   ├── NoSessionError            a bare ``await`` found no session, or several
    │   ├── SessionClosedError        used after ``aclose()``
    │   └── WrongEventLoopError       a live session of another event loop
    ├── ModelDefinitionError          a class body is wrong; raised while the class is made
    ├── InvalidRequestError           a call is wrong; nothing was sent
    │   ├── UnknownFieldError         InvalidOperatorError       InvalidOrderError
    │   ├── InvalidConsistencyError   InvalidCursorError         MissingKeyError
    │   ├── IndexNotFoundError        ScanNotAllowedError        KeyChangeError
    │   ├── TenantViolationError      a scoped session reached outside its tenant
    │   ├── ValidationError           a value cannot be stored as declared
    │   └── ItemTooLargeError         409 600 bytes, or a request limit
    ├── ItemNotFoundError             no such item (a missing *table* is TableNotFoundError)
    ├── MultipleItemsFoundError       ``one()`` met a second match
    ├── AttributeNotLoadedError       the attribute was left out by a projection
    ├── DecodeError                   a stored item does not fit the model
    ├── PaginationStuckError          the service repeated a page key
    ├── BatchIncompleteError          some items of a batch were not written or read
    ├── OutcomeUnknownError           a write was sent and nobody knows whether it happened
    ├── ServiceError                  DynamoDB answered with an error (one class per wire code)
    │   ├── ConditionFailedError      ── ItemExistsError, VersionConflictError
    │   ├── ThrottledError            ── ThroughputExceededError, RequestLimitExceededError
    │   ├── TransactionCanceledError  TransactionConflictError   TransactionInProgressError
    │   ├── TableNotFoundError        TableInUseError            AccessDeniedError ...
    │   └── ServiceUnavailableError   5xx
    └── TransportError                no usable answer arrived
        ├── EndpointUnreachableError  PoolTimeoutError           DeadlineExceededError
        ├── ConnectionLostError       ProtocolError              ChecksumMismatchError
        └── ResponseTooLargeError     UnexpectedRedirectError

Each carries ``op``, ``model``, ``table``, ``index``, ``request_id``, ``attempts``, ``outcome`` and ``hint``.
Messages name models, fields and operations and never contain a stored value.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

__all__ = [
    "AccessDeniedError",
    "AttributeNotLoadedError",
    "BatchIncompleteError",
    "ChecksumMismatchError",
    "ConditionFailedError",
    "ConfigurationError",
    "ConnectionLostError",
    "CredentialsError",
    "CredentialsExpiredError",
    "DeadlineExceededError",
    "DecodeError",
    "DuplicateItemError",
    "DynamormError",
    "EndpointUnreachableError",
    "IdempotentParameterMismatchError",
    "IndexNotFoundError",
    "InvalidConsistencyError",
    "InvalidCursorError",
    "InvalidOperatorError",
    "InvalidOrderError",
    "InvalidRequestError",
    "ItemCollectionTooLargeError",
    "ItemExistsError",
    "ItemNotFoundError",
    "ItemTooLargeError",
    "KeyChangeError",
    "LimitExceededError",
    "MissingKeyError",
    "ModelDefinitionError",
    "MultipleItemsFoundError",
    "NoSessionError",
    "NotFoundError",
    "Outcome",
    "OutcomeUnknownError",
    "PaginationStuckError",
    "PoolTimeoutError",
    "ProtocolError",
    "ReplicatedWriteConflictError",
    "RequestLimitExceededError",
    "ResponseTooLargeError",
    "ScanNotAllowedError",
    "ServiceError",
    "ServiceUnavailableError",
    "ServiceValidationError",
    "SessionClosedError",
    "TableInUseError",
    "TableNotFoundError",
    "ThrottledError",
    "ThroughputExceededError",
    "TenantViolationError",
    "TransactionCanceledError",
    "TransactionConflictError",
    "TransactionInProgressError",
    "TransportError",
    "UnexpectedRedirectError",
    "UnknownFieldError",
    "ValidationError",
    "VersionConflictError",
    "WrongEventLoopError",
    "is_condition_failed",
    "is_throttled",
    "service_error",
]


class Outcome(enum.Enum):
    """What became of a call that ended in an error.

    A read has no effect, so its outcome is always `NOT_APPLIED`; for a write the three differ:
    repeat after `NOT_APPLIED` freely, after `UNKNOWN` only if applying it twice is harmless.
    """

    APPLIED = "applied"
    NOT_APPLIED = "not applied"
    UNKNOWN = "unknown"


class DynamormError(Exception):
    """The root of every error of this library.

    Attributes:
        op: The operation as the caller named it (``"User.get"``) or as the wire does (``"GetItem"``).
        model: Name of the model class, when one is involved.
        table: Table name.  index: Index name.
        request_id: The service's request id (``x-amzn-RequestId``).
        attempts: How many requests were sent for this call.
        outcome: Whether a write took effect; see `Outcome`.
        hint: What to do about it, in one sentence.
    """

    default_hint: ClassVar[str | None] = None
    default_outcome: ClassVar[Outcome] = Outcome.NOT_APPLIED

    def __init__(
        self,
        message: str = "",
        *,
        op: str | None = None,
        model: str | None = None,
        table: str | None = None,
        index: str | None = None,
        request_id: str | None = None,
        attempts: int = 0,
        outcome: Outcome | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.op = op
        self.model = model
        self.table = table
        self.index = index
        self.request_id = request_id
        self.attempts = attempts
        self.outcome = outcome or self.default_outcome
        self.hint = hint or self.default_hint

    @property
    def context(self) -> Mapping[str, object]:
        """The facts around the error that are set, by name."""
        names = ("op", "model", "table", "index", "request_id", "attempts")
        facts = {name: getattr(self, name) for name in names if getattr(self, name)}
        return facts | {"outcome": self.outcome.value}

    def __str__(self) -> str:
        subject = self.op or self.model
        text = f"{subject}: {self.message}" if subject and not self.message.startswith(subject) else self.message
        return f"{text} {self.hint}" if self.hint else text


# ---------------------------------------------------------------- configuration and definition


class ConfigurationError(DynamormError):
    """A session, endpoint, region or credential setting is missing or wrong."""


class NoSessionError(ConfigurationError):
    """A bare ``await Model...`` found no open session on this event loop, or more than one."""

    default_hint = "Pass one with .using(session), or enter `with session.scope():`, or keep exactly one session open."


class SessionClosedError(ConfigurationError):
    """The session was used before it was entered or after it was closed."""


class WrongEventLoopError(ConfigurationError):
    """The session serves another event loop that is still running."""


class ModelDefinitionError(DynamormError):
    """A model class is wrong: names the class, the field, the option and the fix. Raised at class creation."""


# ---------------------------------------------------------------- the call is wrong, nothing was sent


class InvalidRequestError(DynamormError, ValueError):
    """The call cannot be made as written. Nothing was sent."""


class UnknownFieldError(InvalidRequestError):
    """A field name that the model does not have; suggests the nearest one."""


class InvalidOperatorError(InvalidRequestError):
    """An operator that DynamoDB, or this place in a request, does not have; lists the legal ones."""


class InvalidOrderError(InvalidRequestError):
    """An ordering by something else than the sort key of the index that serves the query."""


class InvalidConsistencyError(InvalidRequestError):
    """A consistent read of a global secondary index, which DynamoDB does not offer."""


class InvalidCursorError(InvalidRequestError):
    """A page cursor that is damaged, expired, or belongs to another query."""


class MissingKeyError(InvalidRequestError):
    """A part of the primary key was not given."""


class IndexNotFoundError(InvalidRequestError):
    """An index that the model does not declare; suggests the nearest one."""


class ScanNotAllowedError(InvalidRequestError):
    """No key or index serves this query, and a scan was not asked for by name."""


class KeyChangeError(InvalidRequestError):
    """An update would change the primary key, which DynamoDB cannot do in place."""


class TenantViolationError(InvalidRequestError):
    """A request of a session scoped to one tenant reaches outside it, or cannot be shown not to. Nothing was sent."""


class ValidationError(InvalidRequestError):
    """A value cannot be stored as the model declares it.

    Attributes:
        errors: ``(path, problem)`` pairs, one for each bad field; never the value itself.
    """

    def __init__(self, message: str = "", *, errors: Sequence[tuple[str, str]] = (), **context: Any) -> None:
        if errors and not message:
            message = "; ".join(f"{path}: {problem}" for path, problem in errors)
        super().__init__(message, **context)
        self.errors = tuple(errors)


class ItemTooLargeError(InvalidRequestError):
    """An item or request is larger than DynamoDB accepts (an item: 409 600 bytes).

    Attributes:
        size: Its size in bytes, by DynamoDB's rules.  limit: The largest allowed, in bytes.
    """

    def __init__(self, message: str = "", *, size: int, limit: int, **context: Any) -> None:
        super().__init__(message or f"the item has {size} bytes; DynamoDB's limit is {limit}.", **context)
        self.size = size
        self.limit = limit


# ---------------------------------------------------------------- what was found is not what was asked for


class ItemNotFoundError(DynamormError, LookupError):
    """No item has this key, or none matches this query."""


NotFoundError = ItemNotFoundError


class MultipleItemsFoundError(DynamormError, LookupError):
    """``one()`` matched more than one item."""


class AttributeNotLoadedError(DynamormError, AttributeError):
    """The attribute was left out by a projection or is loaded on demand; there is no hidden I/O."""


class DecodeError(DynamormError):
    """A stored item does not fit its model.

    Attributes:
        path: Where in the item, e.g. ``home.city``.
        items: The items of the same page that did decode, in order, so that one bad item hides no others.
    """

    def __init__(
        self, message: str = "", *, path: str | None = None, items: Sequence[object] = (), **context: Any
    ) -> None:
        super().__init__(message, **context)
        self.path = path
        self.items = tuple(items)


class PaginationStuckError(DynamormError):
    """The service returned the same page key twice.

    Attributes:
        cursor: Where the listing stopped.
    """

    def __init__(self, message: str = "", *, cursor: object = None, **context: Any) -> None:
        super().__init__(message, **context)
        self.cursor = cursor


class BatchIncompleteError(DynamormError):
    """A batch stopped before everything was done.

    Attributes:
        unprocessed: Exactly the instances (or keys) that were not written (or read), as the caller gave them.
        succeeded: How many were.
        unknown: Those that were sent and whose outcome nobody knows.
        result: What a batch of reads did find.
    """

    def __init__(
        self,
        message: str = "",
        *,
        unprocessed: Sequence[Any],
        succeeded: int,
        unknown: Sequence[Any] = (),
        result: Any = None,
        **context: Any,
    ) -> None:
        super().__init__(message, **context)
        self.result = result
        self.unprocessed = tuple(unprocessed)
        self.succeeded = succeeded
        self.unknown = tuple(unknown)


class OutcomeUnknownError(DynamormError):
    """A write was sent, its answer was lost, and it is not known whether it took effect.

    Attributes:
        token: The idempotency token of a transaction, to repeat it safely within ten minutes.
        current: The item as it stands, as a model instance, where the service returned it.
    """

    default_outcome = Outcome.UNKNOWN
    default_hint = "Read the item back before repeating the write."

    def __init__(
        self, message: str = "", *, token: str | None = None, current: Any = None, **context: Any
    ) -> None:
        super().__init__(message, **context)
        self.token = token
        self.current = current


# ---------------------------------------------------------------- the service answered with an error

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
        super().__init__(message or f"the service answered {code or type(self).__name__}.", **context)
        self.code = code
        self.status = status
        self.detail = detail
        self.details: Mapping[str, Any] = details or {}

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
        current: The item as it stands, as a model instance, or None if there is none (or none was returned).
    """

    def __init__(self, message: str = "", *, current: Any = None, **context: Any) -> None:
        super().__init__(message or "the condition of the write was false; the item is unchanged.", **context)
        self.current = current


class ItemExistsError(ConditionFailedError):
    """``create()`` found an item with this key; ``put()`` would have replaced it."""


class VersionConflictError(ConditionFailedError):
    """The item was changed by someone else since it was read.

    Attributes:
        expected: The version this write was based on.
        actual: The stored version, or None if the item is gone.
    """

    def __init__(
        self, message: str = "", *, expected: int | None = None, actual: int | None = None, **context: Any
    ) -> None:
        super().__init__(message or f"version {expected} was expected, version {actual} is stored.", **context)
        self.expected = expected
        self.actual = actual


class ThrottledError(
    ServiceError, codes=["ThrottlingException", "Throttling", "TooManyRequestsException", "ThrottlingError"]
):
    """The service asked to slow down, and the retries are spent. See ``details['ThrottlingReasons']``."""


class ThroughputExceededError(ThrottledError, codes=["ProvisionedThroughputExceededException"]):
    """A table, index or partition has no capacity left for this second."""


class RequestLimitExceededError(ThrottledError, codes=["RequestLimitExceeded"]):
    """The account's throughput limit is reached."""


class TransactionCanceledError(ServiceError, codes=["TransactionCanceledException"]):
    """A transaction was cancelled; nothing of it was applied.

    Attributes:
        reasons: One entry for each operation of the transaction, in the caller's order.
    """

    reasons: Sequence[Any] = ()


class TransactionConflictError(ServiceError, codes=["TransactionConflictException"]):
    """Another transaction was changing the item; this write was not applied."""


class TransactionInProgressError(ServiceError, codes=["TransactionInProgressException"]):
    """The same idempotency token is still being carried out."""

    default_outcome = Outcome.UNKNOWN


class IdempotentParameterMismatchError(ServiceError, codes=["IdempotentParameterMismatchException"]):
    """An idempotency token was used again with other parameters."""


class ReplicatedWriteConflictError(ServiceError, codes=["ReplicatedWriteConflictException"]):
    """Another region was writing the same item (multi-region strong consistency)."""


class DuplicateItemError(ServiceError, codes=["DuplicateItemException"]):
    """A PartiQL insert met an item with the same key."""


class ItemCollectionTooLargeError(ServiceError, codes=["ItemCollectionSizeLimitExceededException"]):
    """An item collection of a table with local indexes reached 10 GB."""


class TableNotFoundError(ServiceError, codes=["ResourceNotFoundException", "TableNotFoundException"]):
    """The table, index or stream does not exist in this region and account."""

    default_hint = "Create it with `await session.create_table(Model)`, or check region and endpoint."


class TableInUseError(
    ServiceError, codes=["ResourceInUseException", "TableAlreadyExistsException", "TableInUseException"]
):
    """The table exists already, or is being created, changed or deleted."""


class LimitExceededError(ServiceError, codes=["LimitExceededException"]):
    """Too many control-plane operations at once, or a quota is reached."""


class AccessDeniedError(ServiceError, codes=["AccessDeniedException"]):
    """The credentials may not do this."""


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


class CredentialsExpiredError(CredentialsError, codes=["ExpiredTokenException", "ExpiredToken", "RequestExpired"]):
    """The session token is no longer valid and could not be refreshed."""


class ServiceValidationError(ServiceError, codes=["ValidationException", "SerializationException", "ValidationError"]):
    """DynamoDB rejected the request; ``detail`` has its own words."""

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


def service_error(code: str, status: int) -> type[ServiceError]:
    """The class for a wire code: its own, or by status when the code is new."""
    found = _BY_CODE.get(code)
    if found is not None:
        return found
    if status == 429:
        return ThrottledError
    return ServiceUnavailableError if status >= 500 else ServiceError


# ---------------------------------------------------------------- no usable answer arrived


class TransportError(DynamormError):
    """No usable answer arrived. ``outcome`` says whether the request can have taken effect."""


class EndpointUnreachableError(TransportError):
    """No connection: name not found, refused, or TLS failed. Nothing was sent."""

    default_hint = "Check the endpoint, the region and the network."


class PoolTimeoutError(TransportError):
    """No connection became free in time. Nothing was sent."""

    default_hint = "Raise max_connections, or start fewer calls at once."


class DeadlineExceededError(TransportError, TimeoutError):
    """The call's deadline passed."""


class ConnectionLostError(TransportError):
    """The connection broke before a whole answer arrived."""

    default_outcome = Outcome.UNKNOWN


class ProtocolError(TransportError):
    """What arrived is not an answer of DynamoDB (HTML, cut JSON, damaged HTTP)."""

    default_outcome = Outcome.UNKNOWN


class ChecksumMismatchError(ProtocolError):
    """The answer does not match its ``x-amz-crc32``; its data was not used."""


class ResponseTooLargeError(ProtocolError):
    """The answer is larger than any answer DynamoDB gives; reading stopped."""


class UnexpectedRedirectError(ProtocolError):
    """The endpoint answered with a redirect, which is never followed."""

    default_outcome = Outcome.NOT_APPLIED


# ---------------------------------------------------------------- questions to ask of an error


def is_condition_failed(error: BaseException) -> bool:
    """Whether a failed condition is behind this error: of a single write, or of any operation of a transaction."""
    if isinstance(error, TransactionCanceledError):
        return any(getattr(reason, "code", None) == "ConditionalCheckFailed" for reason in error.reasons)
    return isinstance(error, ConditionFailedError)


def is_throttled(error: BaseException) -> bool:
    """Whether throttling is behind this error, also inside a transaction or a batch."""
    if isinstance(error, TransactionCanceledError):
        throttles = {"ThrottlingError", "ProvisionedThroughputExceeded"}
        return any(getattr(reason, "code", None) in throttles for reason in error.reasons)
    if isinstance(error, BatchIncompleteError):
        return error.__cause__ is not None and is_throttled(error.__cause__)
    return isinstance(error, ThrottledError)
