"""dynamorm-async: the async-first DynamoDB ORM.

Models are attrs classes; a `Session` pools connections; ``await User.query(...)`` runs a query.
See the README for the first steps and `dynamorm_async.testing.local` for a DynamoDB on this machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dynamorm_async import errors, events
from dynamorm_async._codec import configure_converter, make_converter
from dynamorm_async._deadline import deadline
from dynamorm_async._expr.conditions import Condition
from dynamorm_async._expr.face import Expr, expr
from dynamorm_async._expr.slot import FieldConverter
from dynamorm_async._expr.updates import Action
from dynamorm_async._get import Get
from dynamorm_async._lazy import doors
from dynamorm_async._model import AnyModel, Model
from dynamorm_async._retry import RetrySettings
from dynamorm_async._session import Session
from dynamorm_async._spec.declare import (
    Attr,
    Nested,
    attr,
    auto_id,
    computed,
    created_at,
    partition_key,
    sort_key,
    tenant,
    ttl,
    updated_at,
    version,
)
from dynamorm_async._spec.document import Document
from dynamorm_async._spec.indexes import GlobalIndex, LocalIndex
from dynamorm_async._spec.registry import registry
from dynamorm_async._spec.uniques import unique
from dynamorm_async.errors import (
    BatchIncompleteError,
    ConditionFailedError,
    ConfigurationError,
    DynamormError,
    IndexNotFoundError,
    ItemExistsError,
    ItemNotFoundError,
    ModelDefinitionError,
    NotFoundError,
    Outcome,
    OutcomeUnknownError,
    TransactionCanceledError,
    UniqueConflictError,
    ValidationError,
    VersionConflictError,
    is_condition_failed,
    is_throttled,
)
from dynamorm_async.transports import Credentials
from dynamorm_async.transports import Settings as TransportSettings
from dynamorm_async.types import UNSET, Applied, BatchGetResult, Cursor, Key, Page, Rejected, Request

if TYPE_CHECKING:
    from dynamorm_async._batch import Batch
    from dynamorm_async._collection import Collection
    from dynamorm_async._expr.raw import raw
    from dynamorm_async._ids import ulid, uuid7
    from dynamorm_async._items import Delete, Put, Save, Update
    from dynamorm_async._ops.explain import Explanation
    from dynamorm_async._ops.tables import TableInfo
    from dynamorm_async._patterns import access_pattern
    from dynamorm_async._query import Query
    from dynamorm_async._statement import Statement, StatementFailure
    from dynamorm_async._tenant import TenantSession
    from dynamorm_async._transaction import Transaction
else:
    __getattr__ = doors(
        __name__,
        {
            "Batch": "_batch",
            "Collection": "_collection",
            "Delete": "_items",
            "Explanation": "_ops.explain",
            "Put": "_items",
            "Query": "_query",
            "Save": "_items",
            "TableInfo": "_ops.tables",
            "TenantSession": "_tenant",
            "Statement": "_statement",
            "StatementFailure": "_statement",
            "Transaction": "_transaction",
            "Update": "_items",
            "access_pattern": "_patterns",
            "raw": "_expr.raw",
            "ulid": "_ids",
            "uuid7": "_ids",
        },
    )

__all__ = [
    "UNSET",
    "Action",
    "AnyModel",
    "Applied",
    "Attr",
    "Batch",
    "BatchGetResult",
    "BatchIncompleteError",
    "Collection",
    "Condition",
    "ConditionFailedError",
    "ConfigurationError",
    "Credentials",
    "Cursor",
    "Delete",
    "Document",
    "DynamormError",
    "Explanation",
    "Expr",
    "FieldConverter",
    "Get",
    "GlobalIndex",
    "IndexNotFoundError",
    "ItemExistsError",
    "ItemNotFoundError",
    "Key",
    "LocalIndex",
    "Model",
    "ModelDefinitionError",
    "Nested",
    "NotFoundError",
    "Outcome",
    "OutcomeUnknownError",
    "Page",
    "Put",
    "Query",
    "Rejected",
    "Request",
    "RetrySettings",
    "Save",
    "Session",
    "Statement",
    "StatementFailure",
    "TableInfo",
    "TenantSession",
    "Transaction",
    "TransactionCanceledError",
    "TransportSettings",
    "UniqueConflictError",
    "Update",
    "ValidationError",
    "VersionConflictError",
    "access_pattern",
    "attr",
    "auto_id",
    "computed",
    "configure_converter",
    "created_at",
    "deadline",
    "errors",
    "events",
    "expr",
    "is_condition_failed",
    "is_throttled",
    "make_converter",
    "partition_key",
    "raw",
    "registry",
    "sort_key",
    "tenant",
    "ttl",
    "ulid",
    "unique",
    "updated_at",
    "uuid7",
    "version",
]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
