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
    │   ├── ConditionFailedError      ── ItemExistsError, VersionConflictError, UniqueConflictError
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

from dynamorm_async.errors.base import (
    DynamormError,
    Outcome,
)
from dynamorm_async.errors.local import (
    AttributeNotLoadedError,
    BatchIncompleteError,
    ConfigurationError,
    DecodeError,
    IndexNotFoundError,
    InvalidConsistencyError,
    InvalidCursorError,
    InvalidOperatorError,
    InvalidOrderError,
    InvalidRequestError,
    ItemNotFoundError,
    ItemTooLargeError,
    KeyChangeError,
    MissingKeyError,
    ModelDefinitionError,
    MultipleItemsFoundError,
    NoSessionError,
    NotFoundError,
    OutcomeUnknownError,
    PaginationStuckError,
    ScanNotAllowedError,
    SessionClosedError,
    TenantViolationError,
    UnknownFieldError,
    ValidationError,
    WrongEventLoopError,
)
from dynamorm_async.errors.service import (
    AccessDeniedError,
    CancellationReason,
    ConditionFailedError,
    CredentialsError,
    CredentialsExpiredError,
    DuplicateItemError,
    IdempotentParameterMismatchError,
    ItemCollectionTooLargeError,
    ItemExistsError,
    LimitExceededError,
    ReplicatedWriteConflictError,
    RequestLimitExceededError,
    ServiceError,
    ServiceUnavailableError,
    ServiceValidationError,
    TableInUseError,
    TableNotFoundError,
    ThrottledError,
    ThroughputExceededError,
    TransactionCanceledError,
    TransactionConflictError,
    TransactionInProgressError,
    UniqueConflictError,
    VersionConflictError,
    service_error,
)
from dynamorm_async.errors.transport import (
    ChecksumMismatchError,
    ConnectionLostError,
    DeadlineExceededError,
    EndpointUnreachableError,
    PoolTimeoutError,
    ProtocolError,
    ResponseTooLargeError,
    TransportError,
    UnexpectedRedirectError,
)

__all__ = [
    "AccessDeniedError",
    "AttributeNotLoadedError",
    "BatchIncompleteError",
    "CancellationReason",
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
    "TenantViolationError",
    "ThrottledError",
    "ThroughputExceededError",
    "TransactionCanceledError",
    "TransactionConflictError",
    "TransactionInProgressError",
    "TransportError",
    "UnexpectedRedirectError",
    "UniqueConflictError",
    "UnknownFieldError",
    "ValidationError",
    "VersionConflictError",
    "WrongEventLoopError",
    "is_condition_failed",
    "is_throttled",
    "service_error",
]


def is_condition_failed(error: BaseException) -> bool:
    """Whether a failed condition is behind this error: of a single write, or of any operation of a transaction.

    Args:
        error: What was raised.

    Returns:
        True if so.

    Example:
        >>> try:
        ...     await user.create()
        ... except DynamormError as error:
        ...     assert is_condition_failed(error)
    """
    if isinstance(error, TransactionCanceledError):
        return any(reason.code == "ConditionalCheckFailed" for reason in error.reasons)
    return isinstance(error, ConditionFailedError)


def is_throttled(error: BaseException) -> bool:
    """Whether throttling is behind this error, also inside a transaction or a batch.

    Args:
        error: What was raised.

    Returns:
        True if so.

    Example:
        >>> try:
        ...     await user.create()
        ... except DynamormError as error:
        ...     assert not is_throttled(error)
    """
    if isinstance(error, TransactionCanceledError):
        throttles = {"ThrottlingError", "ProvisionedThroughputExceeded"}
        return any(reason.code in throttles for reason in error.reasons)
    if isinstance(error, BatchIncompleteError):
        return error.__cause__ is not None and is_throttled(error.__cause__)
    return isinstance(error, ThrottledError)
