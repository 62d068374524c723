"""Which partition key values get the requests: counted in little memory, however many values there are.

The counts are those of a space-saving sketch: where there is no room for another value, it takes the place and the
count of the rarest. So a count may be too high by the rarest one's at most, and a frequent value is never missed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import msgspec

from dynamorm_async._ops.advice import Hint
from dynamorm_async._spec.fields import IndexSpec, ModelSpec
from dynamorm_async.types import AttributeValue

__all__ = ["PartitionCounts", "PartitionShare", "partitions_of"]

_KEPT: Final = 256
"""Values kept of one table or index."""
_WINDOW: Final = 60.0
"""Seconds after which counting begins anew: what was hot in the morning does not make the evening cold."""
_EQUAL: Final = re.compile(r"(#\w+) = (:\w+)(?: AND |$)")
_Place: TypeAlias = tuple[str, str | None]


class PartitionShare(msgspec.Struct, frozen=True):
    """How much of what is asked of a table or index one partition key value gets.

    Attributes:
        table: The table.  index: The index, or None.
        value: The attribute value, as DynamoDB's JSON has it; of an index with several partition attributes, all.
        requests: How many requests, or items of a batch.  share: Out of all, between 0 and 1.
    """

    table: str
    index: str | None
    value: tuple[AttributeValue, ...]
    requests: int
    share: float


class _Sketch:
    """The counts of one table or index since the window began."""

    def __init__(self, started: float) -> None:
        self.started = started
        self.total = 0
        self.told = False
        self.counts: dict[bytes, int] = {}

    def add(self, value: bytes) -> int:
        self.total += 1
        counts = self.counts
        known = counts.get(value)
        if known is None and len(counts) >= _KEPT:
            rarest = min(counts, key=counts.__getitem__)
            known = counts.pop(rarest)
        counts[value] = found = (known or 0) + 1
        return found


class PartitionCounts:
    """Counts requests by partition key value, and says which has too many; see ``Session(watch=True)``.

    Args:
        share: Of the requests to a table or index, above which one value has too many.
        at_least: Requests before that is judged.

    Example:
        >>> db.partitions.top(3)
    """

    def __init__(self, *, share: float = 0.5, at_least: int = 1000) -> None:
        self.share = share
        self.at_least = at_least
        self._sketches: dict[_Place, _Sketch] = {}

    def count(self, place: _Place, value: bytes, now: float) -> Hint | None:
        """One more request; advice if that value now has too many, once in a window."""
        sketch = self._sketches.get(place)
        if sketch is None or now - sketch.started > _WINDOW:
            sketch = self._sketches[place] = _Sketch(now)
        count = sketch.add(value)
        if sketch.told or sketch.total < self.at_least or count < self.share * sketch.total:
            return None
        sketch.told = True
        where = place[0] if place[1] is None else f"{place[0]}, index {place[1]}"
        text = f"one partition key value gets {count} of {sketch.total} requests to {where}"
        text += ": spread it over several, or cache it; session.partitions.top() names it."
        return Hint("DA002", text)

    def top(self, most: int = 10) -> list[PartitionShare]:
        """The values with the most requests of the last minute at most, the busiest first."""
        found = [
            PartitionShare(*place, tuple(msgspec.json.decode(value)), count, count / sketch.total)
            for place, sketch in self._sketches.items()
            for value, count in sketch.counts.items()
        ]
        return sorted(found, key=lambda one: one.requests, reverse=True)[:most]


def partitions_of(
    operation: str, body: Mapping[str, Any], specs: Callable[[str], Iterable[ModelSpec]]
) -> Iterator[tuple[ModelSpec, _Place, bytes]]:
    """The model, the place and the partition key value of each item or query in a request."""
    for table, index, attributes in _named(operation, body):
        places = ((spec, place) for spec in specs(table) for place in _places(spec, index))
        for spec, place in places:
            value = [attributes.get(field.attribute) for field in place.partition]
            if None not in value:
                yield spec, (table, index), msgspec.json.encode(value)
                break


def _places(spec: ModelSpec, name: str | None) -> Iterator[IndexSpec]:
    return (index for index in (spec.primary, *spec.indexes) if index.name == name)


def _named(operation: str, body: Mapping[str, Any]) -> Iterable[tuple[str, str | None, Mapping[str, Any]]]:
    match operation:
        case "GetItem" | "UpdateItem" | "DeleteItem":
            yield body["TableName"], None, body["Key"]
        case "PutItem":
            yield body["TableName"], None, body["Item"]
        case "Query":
            names, values = body.get("ExpressionAttributeNames", {}), body.get("ExpressionAttributeValues", {})
            equal = {names[name]: values[value] for name, value in _EQUAL.findall(body["KeyConditionExpression"])}
            yield body["TableName"], body.get("IndexName"), equal
        case "BatchGetItem":
            yield from ((table, None, key) for table, asked in body["RequestItems"].items() for key in asked["Keys"])
        case "BatchWriteItem":
            contents = ((table, part) for table, parts in body["RequestItems"].items() for part in parts)
            yield from ((table, None, _item_or_key(content)) for table, part in contents for content in part.values())
        case "TransactWriteItems" | "TransactGetItems":
            actions = [content for action in body["TransactItems"] for content in action.values()]
            yield from ((content["TableName"], None, _item_or_key(content)) for content in actions)
        case _:
            pass


def _item_or_key(content: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = content.get("Item") or content["Key"]
    return found
