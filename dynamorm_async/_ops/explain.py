"""`Explanation`: what a query would do, and why, in words and as data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final

import msgspec

from dynamorm_async._ops.cost import Cost, batch_cost, get_cost, list_cost, request_cost
from dynamorm_async._ops.plan import Operation, Plan
from dynamorm_async._shown import without_quoted
from dynamorm_async._spec.fields import IndexSpec, ModelSpec
from dynamorm_async._struct import Discreet
from dynamorm_async._wire.json import encode_json
from dynamorm_async.types import Request

__all__ = ["Cost", "Explanation", "explain", "explain_batch", "explain_request"]


_EXPRESSIONS: Final[Mapping[str, str]] = {
    "KeyConditionExpression": "key condition",
    "UpdateExpression": "update",
    "ConditionExpression": "condition",
    "FilterExpression": "filter",
    "ProjectionExpression": "projection",
}
"""What each is called in a text, in the order in which they stand there."""
_SHOWN: Final = {
    "TableName",
    "IndexName",
    "ReturnConsumedCapacity",
    "ReturnValues",
    "ReturnValuesOnConditionCheckFailure",
    "Select",
    "Statement",
}
"""Members of a request whose texts are the library's or stand in the caller's code; any other could hold a value."""
_NAME: Final = re.compile(r"#\w+")
_BY_STATEMENT: Final = (
    "the service chooses what serves a statement, and without the partition key a SELECT reads the whole table"
)


class Explanation(Discreet, frozen=True):
    """What a query would do. ``str()`` of it is for people: `summary`, and below it the first request, without values.

    Of a batch, all of its requests are there. What a PartiQL statement has in single quotes is left out; a number that
    is written into it is not.

    Attributes:
        operation: ``GetItem``, ``Query``, ``Scan`` or ``nothing``; of another handle its request's.
        index: The Python name of the index, or ``"table"``; empty for a statement, which nothing plans.
        reason: Why this one.
        key_condition: What the service looks up, with placeholders; None for a GetItem, which has the key itself.
        filter: What it drops after reading, with placeholders; read and paid for all the same.
        residual: How many conditions are tested here, because the service takes no filter on a key.
        rejected: The other indexes, each with the reason.
        advice: Code and text of what would make it better.
        body: The body of the first request, as it would be sent; for the first partition if there are several.
        projection: What is sent of each item, with placeholders; None for all that the index holds.
        completed: Whether what the index lacks is then read from the table, by key.
        sorted_here: Whether the results are sorted in memory.
        cost: What a request costs at least and at most; None where nothing is sent, or nobody can tell.
        partitions: How many partitions an ``in_`` on their key asks for, each with a request of its own.
        following: Of a batch, the bodies of the requests after the first.

    Example:
        >>> User.query(User.email == "ada@acme.test").explain().index
        'by_email'
    """

    hidden_fields: ClassVar[tuple[str, ...]] = ("body", "following")

    operation: str
    index: str
    reason: str
    key_condition: str | None
    filter: str | None
    residual: int
    rejected: Mapping[str, str]
    advice: tuple[tuple[str, str], ...]
    body: Mapping[str, Any]
    partitions: int = 1
    completed: bool = False
    sorted_here: bool = False
    cost: Cost | None = None
    projection: str | None = None
    following: tuple[Mapping[str, Any], ...] = ()

    def __repr__(self) -> str:
        return f"<Explanation: {self._where}; print() shows the plan>"

    def __str__(self) -> str:
        lines = [line for body in (self.body, *self.following) for line in _lines(self.operation, body)]
        return "\n  ".join([self.summary, *lines])

    @property
    def _where(self) -> str:
        return f"{self.operation} on {self.index}" if self.index else self.operation

    @property
    def summary(self) -> str:
        """What is done and why, why not otherwise, and what it costs: in one line."""
        parts = [self._where]
        if self.partitions > 1:
            parts.append(f"in {self.partitions} partitions side by side")
        if self.reason:
            parts.append(self.reason)
        if self.filter:
            parts.append("then a filter, which drops items after reading them")
        if self.residual:
            what = "tested here" if self.completed else "on the key tested here"
            parts.append(f"{self.residual} condition(s) {what}")
        if self.completed:
            parts.append("what the index lacks is read from the table by key")
        if self.sorted_here:
            parts.append("sorted here, in memory")
        text = "; ".join(parts)
        rejected = ", ".join(f"{name} ({why})" for name, why in self.rejected.items())
        unused = f" Not used: {rejected}." if rejected else ""
        cost = "" if self.cost is None else f" {self.cost}."
        return f"{text}.{unused}{cost}"


def _lines(operation: str, body: Mapping[str, Any]) -> Iterator[str]:
    """A request to be read: names in their places, and of every value only the placeholder."""
    names = body.get("ExpressionAttributeNames", {})
    for member, title in _EXPRESSIONS.items():
        if member in body:
            yield f"{title}: {_NAME.sub(lambda found: names[found[0]], body[member])}"
    others = [name for name in body if name not in _EXPRESSIONS and not name.startswith("ExpressionAttribute")]
    if others:
        yield f"request: {operation} {', '.join(f'{name}={_shown(name, body[name])}' for name in others)}"


def _shown(name: str, value: str | int | Mapping[str, Any] | list[object]) -> str:
    """A member of a request without what users store: of attributes their names, of several parts their number."""
    match value:
        case str():
            return without_quoted(value) if name in _SHOWN else "…"
        case Mapping() if name == "RequestItems":
            tables = (f"{table}: {len(part)} in {len(encode_json(part))} bytes" for table, part in value.items())
            return f"({', '.join(tables)})"
        case Mapping():
            return f"({', '.join(value)})"
        case list():
            return f"({len(value)})"
        case _:
            return str(value)


def explain(plan: Plan, request: Request | None, *, partitions: int = 1) -> Explanation:
    """Describe a plan, and the first request that is made of it."""
    body: Mapping[str, Any] = {} if request is None else request.body
    return Explanation(
        operation=plan.operation.value,
        index=plan.index.handle,
        reason=plan.reason,
        key_condition=body.get("KeyConditionExpression"),
        filter=body.get("FilterExpression"),
        residual=len(plan.residual),
        rejected={c.index.handle: _why_not(c.reason, accepted=c.accepted) for c in _others(plan)},
        advice=plan.advice,
        body=body,
        partitions=partitions,
        completed=plan.completes,
        sorted_here=plan.sorts_here,
        cost=_cost(plan, body),
        projection=body.get("ProjectionExpression"),
    )


def explain_request(request: Request | None, spec: ModelSpec | None) -> Explanation:
    """Describe a request that names its items itself, so that there was nothing to plan."""
    if request is None:
        return Explanation(Operation.NOTHING.value, "table", "", None, None, 0, {}, (), {})
    body = request.body
    cost = request_cost(request.operation, body, spec)
    index, reason = ("", _BY_STATEMENT) if "Statement" in body else ("table", "by key")
    return Explanation(request.operation, index, reason, None, None, 0, {}, (), body, cost=cost)


def explain_batch(requests: Sequence[Request]) -> Explanation:
    """Describe the requests of a batch of writes, which are all known beforehand."""
    if not requests:
        return explain_request(None, None)
    bodies = [request.body for request in requests]
    found = explain_request(requests[0], None)
    return msgspec.structs.replace(found, following=tuple(bodies[1:]), cost=batch_cost(bodies))


def _cost(plan: Plan, body: Mapping[str, Any]) -> Cost | None:
    request = plan.request
    if plan.operation is Operation.NOTHING:
        return None
    if plan.operation is Operation.GET:
        return get_cost(request.spec, consistent=request.consistent)
    # Behind a filter the first request may be a small one, and the next reads full pages.
    filtered = plan.filter is not None or plan.residual
    at_most = request.page_size if filtered else body.get("Limit")
    cost = list_cost(request.spec, consistent=request.consistent, read_at_most=at_most)
    if not plan.completes:
        return cost
    one = get_cost(request.spec, consistent=request.current or request.consistent)
    return cost._replace(formula=f"{cost.formula}; and {one.least:g} to {one.most:g} for each item from the table")


def _others(plan: Plan) -> tuple[Any, ...]:
    chosen: IndexSpec = plan.index
    return tuple(candidate for candidate in plan.candidates if candidate.index is not chosen)


def _why_not(reason: str, *, accepted: bool) -> str:
    return f"fits no better: {reason}" if accepted else reason
