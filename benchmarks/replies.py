"""Canned replies: for each variant of the stub, the whole HTTP answer to each operation."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from email.utils import formatdate
from typing import Any

from benchmarks import item

__all__ = ["answer", "replies"]

_REQUEST_ID = "B3K5N1Q0S8T2V4X6Z7A9C1E3G5J7L9MBNDOFPGQHRISJTKULVM"


def answer(body: Any) -> bytes:
    """The status line, headers and JSON of a good reply."""
    data = json.dumps(body, separators=(",", ":")).encode()
    head = (
        "HTTP/1.1 200 OK\r\n"
        "Server: Server\r\n"
        f"Date: {formatdate(usegmt=True)}\r\n"
        "Content-Type: application/x-amz-json-1.0\r\n"
        f"Content-Length: {len(data)}\r\n"
        "Connection: keep-alive\r\n"
        f"x-amzn-RequestId: {_REQUEST_ID}\r\n"
        f"x-amz-crc32: {zlib.crc32(data)}\r\n\r\n"
    )
    return head.encode() + data


def _page(values: Iterable[dict[str, Any]], dialect: str, last: dict[str, str] | None = None) -> dict[str, Any]:
    items = [_item(each, dialect) for each in values]
    page: dict[str, Any] = {"Count": len(items), "Items": items, "ScannedCount": len(items)}
    if last:
        page["LastEvaluatedKey"] = _item(last, dialect)
    return page


def _item(values: dict[str, Any], dialect: str) -> dict[str, Any]:
    return {name: item.wire(value, dialect) for name, value in values.items()}


def _users(count: int, dialect: str) -> dict[str, Any]:
    return _page((item.user_values(number) for number in range(count)), dialect)


def _standard(dialect: str) -> dict[str, Any]:
    hundred = _users(item.INDEXED, dialect)
    return {
        "GetItem": {"Item": _item(item.user_values(0), dialect)},
        "PutItem": {},
        "UpdateItem": {},
        "DeleteItem": {},
        "Query": hundred,
        "Scan": hundred,
        "BatchGetItem": {"Responses": {item.TABLE: hundred["Items"]}, "UnprocessedKeys": {}},
        "BatchWriteItem": {"UnprocessedItems": {}},
        "TransactWriteItems": {},
        "DescribeTable": {"Table": _table()},
    }


def _table() -> dict[str, Any]:
    keys = [("org", "HASH"), ("id", "RANGE")]
    return {
        "TableName": item.TABLE,
        "TableStatus": "ACTIVE",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
        "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in keys],
    }


def _stream(dialect: str, start: int) -> dict[str, Any]:
    events = [item.event_values(start + number) for number in range(item.EVENTS_PER_PAGE)]
    page = _page(events, dialect, {name: events[-1][name] for name in ("org", "id")})
    return {"Query": page, "Scan": page}


def replies(variant: str, dialect: str) -> dict[str, tuple[bytes, ...]]:
    """The answers of one variant, by operation; several are given by turns.

    Args:
        variant: ``standard``, ``megabyte`` (Query answers 1 MB), ``stream`` (every page names a next one,
            two by turns, for a page that names itself is an error),
            ``size-N`` (GetItem answers N KB) or ``wide-N`` (GetItem answers N attributes).
        dialect: How datetimes are written; see `item.wire_datetime`.
    """
    bodies = _standard(dialect)
    second: dict[str, Any] = {}
    kind, _, number = variant.partition("-")
    match kind:
        case "megabyte":
            bodies["Query"] = _users(item.USERS_PER_MEGABYTE, dialect)
        case "stream":
            bodies |= _stream(dialect, 0)
            second = _stream(dialect, item.EVENTS_PER_PAGE)
        case "size":
            bodies["GetItem"] = {"Item": _item(item.user_values(0, int(number)), dialect)}
        case "wide":
            bodies["GetItem"] = {"Item": _item(item.wide_values(int(number)), dialect)}
        case "standard":
            pass
        case _:
            raise ValueError(f"no variant {variant!r}")
    turns = {
        operation: [body, *([second[operation]] if operation in second else [])] for operation, body in bodies.items()
    }
    return {operation: tuple(map(answer, each)) for operation, each in turns.items()}
