"""What a request costs: bounds in capacity units, from the sizes that a model admits and DynamoDB's published rules."""

from __future__ import annotations

import enum
import inspect
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from dynamorm_async._spec.build import bare
from dynamorm_async._spec.fields import FieldSpec, ModelSpec
from dynamorm_async._wire.size import (
    ITEM_LIMIT,
    PARTITION_KEY_LIMIT,
    SORT_KEY_LIMIT,
    item_size,
    read_units,
    write_units,
)

__all__ = ["Cost", "batch_cost", "get_cost", "item_bounds", "list_cost", "request_cost"]

_PAGE: Final = 1_048_576
"""Bytes that one Query or Scan request reads at most. Source: API reference, Query."""
_SOURCE: Final = "DynamoDB developer guide, 'Read and write capacity' and 'Item sizes and formats'"
_NUMBER: Final = 21
_WIDEST: Final[Mapping[Any, int]] = {
    bool: 1,
    int: _NUMBER,
    float: _NUMBER,
    Decimal: _NUMBER,
    timedelta: _NUMBER,
    datetime: 27,
    date: 10,
    UUID: 36,
}
"""Bytes that values of these types have at most; the last three are stored as text of a fixed form."""


class Cost(NamedTuple):
    """What a request costs, between two bounds.

    Attributes:
        kind: ``"read"`` or ``"write"``: which capacity units.
        least: Units at least, of all requests; of each one, where their number is not known.
        most: And at most, by the largest item that the model admits.
        requests: How many requests there will be; None where that depends on how much is found.
        consistent: Whether reads are strongly consistent.
        formula: How units follow from sizes.
        source: Where that is written down.
    """

    kind: str
    least: float
    most: float
    requests: int | None
    consistent: bool
    formula: str
    source: str = _SOURCE

    def __str__(self) -> str:
        span = f"{self.least:g}" if self.least == self.most else f"{self.least:g} to {self.most:g}"
        if self.requests is None:
            times = "Each request costs"
        else:
            times = "The request costs" if self.requests == 1 else f"The {self.requests} requests together cost"
        return f"{times} {span} {self.kind} units ({self.formula})"


def _reads(consistent: bool, what: str) -> str:  # noqa: FBT001  a property of what is described
    kind, unit = ("strongly consistent", "one") if consistent else ("eventually consistent", "half a unit")
    return f"{kind}: {unit} for each 4 KB, rounded up, of {what}"


def get_cost(spec: ModelSpec | None, *, consistent: bool) -> Cost:
    """The cost of a GetItem."""
    least, most = item_bounds(spec)
    return Cost(
        "read",
        read_units(least if spec else 0, consistent=consistent),
        read_units(most, consistent=consistent),
        1,
        consistent,
        _reads(consistent, "the item"),
    )


def list_cost(spec: ModelSpec, *, consistent: bool, read_at_most: int | None) -> Cost:
    """The cost of one Query or Scan request.

    Args:
        spec: The model; the widest item that it admits counts.
        consistent: Whether it is a strongly consistent read.
        read_at_most: How many items the service reads for one request; None for as many as fit 1 MB.
    """
    most = _PAGE if read_at_most is None else min(_PAGE, read_at_most * item_bounds(spec)[1])
    return Cost(
        "read",
        read_units(0, consistent=consistent),
        read_units(most, consistent=consistent),
        None,
        consistent,
        _reads(consistent, "all that is read, what a filter drops included, 1 MB at most"),
    )


def request_cost(operation: str, body: Mapping[str, Any], spec: ModelSpec | None) -> Cost | None:
    """The cost of a request that names its items; None for an operation whose cost is not known beforehand."""
    match operation:
        case "GetItem":
            return get_cost(spec, consistent=bool(body.get("ConsistentRead")))
        case "PutItem" | "UpdateItem" | "DeleteItem":
            return _write(body, spec)
        case "TransactWriteItems":
            parts = [
                _write(part, None, transactional=True) for action in body["TransactItems"] for part in action.values()
            ]
            return _sum("write", parts, "twice one for each 1 KB of each item, rounded up", consistent=False)
        case "TransactGetItems":
            read = read_units(0, transactional=True), read_units(ITEM_LIMIT, transactional=True)
            parts = [Cost("read", *read, requests=1, consistent=True, formula="") for _ in body["TransactItems"]]
            return _sum("read", parts, "twice one for each 4 KB of each item, rounded up", consistent=True)
        case _:
            return None


def batch_cost(bodies: Sequence[Mapping[str, Any]]) -> Cost:
    """The cost of all requests of a batch of writes together."""
    writes = [write for body in bodies for of_table in body["RequestItems"].values() for write in of_table]
    parts = [_write(part, None) for write in writes for part in write.values()]
    formula = "one for each 1 KB of each item, as it was or will be, rounded up; as much again for each of its indexes"
    return _sum("write", parts, formula, consistent=False)._replace(requests=len(bodies))


def _write(body: Mapping[str, Any], spec: ModelSpec | None, *, transactional: bool = False) -> Cost:
    """One write: of the item as it was or as it will be, whichever is larger."""
    least, most = item_bounds(spec)
    if "Item" in body:
        least = item_size(body["Item"])
    return Cost(
        "write",
        write_units(least, transactional=transactional),
        write_units(max(least, most), transactional=transactional),
        requests=1,
        consistent=False,
        formula=f"one for each 1 KB of the item, as it was or will be, rounded up{_of_indexes(spec)}",
    )


def _of_indexes(spec: ModelSpec | None) -> str:
    count = len(spec.indexes) if spec else 0
    return f"; as much again for each of {count} indexes, twice where its key changes" if count else ""


def _sum(kind: str, parts: Iterable[Cost], formula: str, *, consistent: bool) -> Cost:
    known = list(parts)
    return Cost(kind, sum(part.least for part in known), sum(part.most for part in known), 1, consistent, formula)


@lru_cache(maxsize=256)
def item_bounds(spec: ModelSpec | None) -> tuple[int, int]:
    """The fewest and the most bytes that an item of a model can have; of any item, if there is no model."""
    if spec is None:
        return 1, ITEM_LIMIT
    least = most = 0
    for field in spec.fields:
        name = len(field.attribute.encode())
        least += name + 1 if field.required else 0
        most += name + _widest(spec, field)
    if spec.discriminator is not None:
        tag = sum(len(text.encode()) for text in spec.discriminator)
        least, most = least + tag, most + tag
    return least, ITEM_LIMIT if spec.keep_unknown else min(most, ITEM_LIMIT)


def _widest(spec: ModelSpec, field: FieldSpec) -> int:
    """Bytes of a field's value at most."""
    if field in spec.primary.partition:
        return PARTITION_KEY_LIMIT
    if field in spec.primary.sort:
        return SORT_KEY_LIMIT
    kind: Any = bare(field.type)
    if field.converter is not None or not inspect.isclass(kind):
        return ITEM_LIMIT
    if issubclass(kind, enum.Enum):
        return max(len(str(member.value).encode()) for member in kind)
    return _WIDEST.get(kind, ITEM_LIMIT)
