"""`Explanation`: what a query would do, and why, in words and as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from dynamorm_async._ops.cost import Cost, get_cost, list_cost, request_cost
from dynamorm_async._ops.plan import Operation, Plan
from dynamorm_async._ops.render import Settings, list_body
from dynamorm_async._spec.fields import IndexSpec, ModelSpec
from dynamorm_async._struct import Discreet
from dynamorm_async.types import Request

__all__ = ["Cost", "Explanation", "explain", "explain_request"]


class Explanation(Discreet, frozen=True):
    """What a query would do. ``str()`` of it is one line for people.

    Attributes:
        operation: ``GetItem``, ``Query``, ``Scan`` or ``nothing``.
        index: The Python name of the index, or ``"table"``.
        reason: Why this one.
        key_condition: What the service looks up, with placeholders; None for a GetItem, which has the key itself.
        filter: What it drops after reading, with placeholders; read and paid for all the same.
        residual: How many conditions are tested here, because the service takes no filter on a key.
        rejected: The other indexes, each with the reason.
        advice: Code and text of what would make it better.
        body: The request body, for the first partition if there are several.
        completed: Whether what the index lacks is then read from the table, by key.
        sorted_here: Whether the results are sorted in memory.
        cost: What a request costs at least and at most; None where nothing is sent, or nobody can tell.
        partitions: How many partitions an ``in_`` on their key asks for, each with a request of its own.

    Example:
        >>> User.query(User.email == "ada@acme.test").explain().index
        'by_email'
    """

    hidden_fields: ClassVar[tuple[str, ...]] = ("body",)

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

    def __repr__(self) -> str:
        return f"<Explanation: {self.operation} on {self.index}; print() shows the plan>"

    def __str__(self) -> str:
        parts = [f"{self.operation} on {self.index}"]
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


def explain(plan: Plan, settings: Settings, *, partitions: int = 1) -> Explanation:
    """Describe a plan."""
    body: dict[str, Any] = {}
    if plan.operation in (Operation.QUERY, Operation.SCAN):
        body = list_body(plan, settings, start=None, page_limit=plan.request.page_size)
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
    )


def explain_request(request: Request | None, spec: ModelSpec | None) -> Explanation:
    """Describe a request that names its items itself, so that there was nothing to plan."""
    if request is None:
        return Explanation(Operation.NOTHING.value, "table", "", None, None, 0, {}, (), {})
    body = request.body
    cost = request_cost(request.operation, body, spec)
    return Explanation(request.operation, "table", "by key", None, None, 0, {}, (), body, cost=cost)


def _cost(plan: Plan, body: Mapping[str, Any]) -> Cost | None:
    request = plan.request
    if plan.operation is Operation.NOTHING:
        return None
    if plan.operation is Operation.GET:
        return get_cost(request.spec, consistent=request.consistent)
    cost = list_cost(request.spec, consistent=request.consistent, read_at_most=body.get("Limit"))
    if not plan.completes:
        return cost
    one = get_cost(request.spec, consistent=request.current or request.consistent)
    return cost._replace(formula=f"{cost.formula}; and {one.least:g} to {one.most:g} for each item from the table")


def _others(plan: Plan) -> tuple[Any, ...]:
    chosen: IndexSpec = plan.index
    return tuple(candidate for candidate in plan.candidates if candidate.index is not chosen)


def _why_not(reason: str, *, accepted: bool) -> str:
    return f"fits no better: {reason}" if accepted else reason
