"""`Explanation`: what a query would do, and why, in words and as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynamorm_async._ops.plan import Operation, Plan
from dynamorm_async._ops.render import Settings, list_body
from dynamorm_async._spec.fields import IndexSpec
from dynamorm_async._struct import Discreet

__all__ = ["Explanation", "explain"]


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
        partitions: How many partitions an ``in_`` on their key asks for, each with a request of its own.
    """

    hidden_fields = ("body",)

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

    def __str__(self) -> str:
        parts = [f"{self.operation} on {self.index}"]
        if self.partitions > 1:
            parts.append(f"in {self.partitions} partitions side by side")
        if self.reason:
            parts.append(self.reason)
        if self.filter:
            parts.append("then a filter, which drops items after reading them")
        if self.residual:
            parts.append(f"{self.residual} condition(s) on the key tested here")
        text = "; ".join(parts)
        rejected = ", ".join(f"{name} ({why})" for name, why in self.rejected.items())
        return f"{text}. Not used: {rejected}." if rejected else f"{text}."


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
    )


def _others(plan: Plan) -> tuple[Any, ...]:
    chosen: IndexSpec = plan.index
    return tuple(candidate for candidate in plan.candidates if candidate.index is not chosen)


def _why_not(reason: str, *, accepted: bool) -> str:
    return "fits less well" if accepted else reason
