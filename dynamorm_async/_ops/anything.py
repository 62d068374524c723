"""Any operation by its name: the request that a caller's words make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

import msgspec

from dynamorm_async._ops.effects import Call, Safety
from dynamorm_async.errors import InvalidRequestError

__all__ = ["request", "table_of"]

_READS = ("Get", "Query", "Scan", "Describe", "List", "BatchGet", "TransactGet", "Search")
_RESOURCES = ("TableName", "TargetTableName", "ResourceArn", "TableArn", "BackupArn", "ExportArn", "ImportArn")
"""Members that name what an operation is about. Source: the service model, context parameter ResourceArn."""


def request(operation: Any, body: Any, service: str) -> Call:
    """An operation with its body.

    Raises:
        InvalidRequestError: The name is no text, or the body is no object that JSON can hold.
    """
    problem = _problem(operation, body)
    if problem is not None:
        raise InvalidRequestError(f"{problem}.", op="call", hint='It is like db.call("ListTables", {"Limit": 10}).')
    try:
        encoded = msgspec.json.encode(body)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidRequestError(f"the body cannot be JSON ({type(error).__name__}).", op=operation) from None
    if b"null" in encoded and _has_no_number(body):
        raise InvalidRequestError("the body holds NaN or an infinity, which JSON cannot.", op=operation)
    safety = Safety.READ if operation.startswith(_READS) else Safety.ONCE
    return Call(operation, encoded, safety, _table(body), service)


def _problem(operation: object, body: object) -> str | None:
    if not isinstance(operation, str):
        return "the name of the operation is no text"
    return None if isinstance(body, Mapping) else "the body is no mapping"


def _has_no_number(value: Any) -> bool:
    """Whether there is a float in it that is no number: msgspec makes a null of it."""
    match value:
        case float():
            return not isfinite(value)
        case {**members}:
            return any(map(_has_no_number, members.values()))
        case [*elements]:
            return any(map(_has_no_number, elements))
        case _:
            return False


def _table(body: Mapping[str, Any]) -> str | None:
    single = next((name for name in map(body.get, _RESOURCES) if isinstance(name, str)), None)
    if single is not None:
        return single
    return table_of(name for name in _several(body) if isinstance(name, str))


def table_of(tables: Iterable[str]) -> str | None:
    """What stands for the tables of one request: the only one, or the first ARN, as it decides about the endpoint."""
    several = list(dict.fromkeys(tables))
    return several[0] if len(several) == 1 else next((name for name in several if name.startswith("arn:")), None)


def _several(body: Mapping[str, Any]) -> Iterable[Any]:
    """The tables of a batch, or of a transaction; nothing, where they are not as the API has them."""
    try:
        yield from body.get("RequestItems", {}).keys()
        for item in body.get("TransactItems", ()):
            yield from (content["TableName"] for content in item.values())
    except (AttributeError, KeyError, TypeError):
        return
