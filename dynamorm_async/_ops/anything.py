"""Any operation by its name: the request that a caller's words make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from dynamorm_async._ops.effects import Call, Safety
from dynamorm_async.errors import InvalidRequestError

__all__ = ["request"]

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
    safety = Safety.READ if operation.startswith(_READS) else Safety.ONCE
    return Call(operation, encoded, safety, _table(body), service)


def _problem(operation: object, body: object) -> str | None:
    if not isinstance(operation, str):
        return "the name of the operation is no text"
    return None if isinstance(body, Mapping) else "the body is no mapping"


def _table(body: Mapping[str, Any]) -> str | None:
    """What the request is about: the only table, or the first ARN, whose owner has an endpoint of its own."""
    single = next((name for name in map(body.get, _RESOURCES) if isinstance(name, str)), None)
    if single is not None:
        return single
    several = list(dict.fromkeys(name for name in _several(body) if isinstance(name, str)))
    return several[0] if len(several) == 1 else next((name for name in several if name.startswith("arn:")), None)


def _several(body: Mapping[str, Any]) -> Iterable[Any]:
    """The tables of a batch, or of a transaction; nothing, where they are not as the API has them."""
    try:
        yield from body.get("RequestItems", {}).keys()
        for item in body.get("TransactItems", ()):
            yield from (content["TableName"] for content in item.values())
    except (AttributeError, KeyError, TypeError):
        return
