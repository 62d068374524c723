"""The planner: which index serves a query, what becomes its key condition, and what is left to filter.

The order of the conditions never matters. Among the indexes that can serve, the one whose key uses most of the
conditions wins; at equal fit the table goes before local and local before global indexes.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator

import msgspec

from dynamorm_async._expr.conditions import Comparator, Compare, Condition, Never, Value, all_of, conjuncts
from dynamorm_async._expr.path import Path
from dynamorm_async._expr.slot import Slot
from dynamorm_async._ops.advice import Hint, filter_advice, scan_advice
from dynamorm_async._ops.coverage import coverage_problem
from dynamorm_async._ops.keyfit import KeyFit, fit
from dynamorm_async._ops.refusals import Candidate, check_consistency, order_problem, refusal, refuse
from dynamorm_async._ops.requests import ListRequest
from dynamorm_async._spec.fields import IndexKind, IndexSpec
from dynamorm_async.errors import InvalidOrderError, InvalidRequestError

__all__ = ["Candidate", "Operation", "Plan", "make_plan", "with_tag"]


class Operation(enum.Enum):
    """How a listing is carried out."""

    GET = "GetItem"
    QUERY = "Query"
    SCAN = "Scan"
    NOTHING = "nothing"
    """An empty ``in``: no item can match, so nothing is sent."""


class Plan(msgspec.Struct, frozen=True):
    """What will be sent, and why."""

    request: ListRequest
    operation: Operation
    index: IndexSpec
    fit: KeyFit | None = None
    filter: Condition | None = None
    forward: bool = True
    candidates: tuple[Candidate, ...] = ()
    advice: tuple[Hint, ...] = ()
    """What would make it better."""

    @property
    def reason(self) -> str:
        """Why this index."""
        return next((c.reason for c in self.candidates if c.index is self.index), "")

    @property
    def residual(self) -> tuple[Condition, ...]:
        """What is tested here, because the service takes no filter on key attributes."""
        return self.fit.residual if self.fit else ()


def make_plan(request: ListRequest) -> Plan:
    """Choose how to carry out a query or scan. Pure: the same request gives the same plan.

    Raises:
        ScanNotAllowedError: No key serves the query.
        InvalidOrderError: No index that serves it is in this order.
        InvalidConsistencyError: A consistent read of a global index was asked for.
        InvalidRequestError: The index asked for cannot serve it.
    """
    parts = tuple(conjuncts(request.condition))
    if any(isinstance(part, Never) for part in parts):
        return Plan(request, Operation.NOTHING, request.spec.primary)
    if request.scan:
        return _scan(request, parts)
    if request.index is not None:
        return _forced(request, request.index, parts)
    return _chosen(request, parts)


def _scan(request: ListRequest, parts: tuple[Condition, ...]) -> Plan:
    index = request.index or request.spec.primary
    check_consistency(request, index)
    if request.order is not None:
        raise InvalidOrderError(
            "a scan has no order.",
            op=f"{request.spec.name}.scan",
            hint="Query an index by its partition key to have an order.",
        )
    if problem := coverage_problem(request, index, parts):
        raise InvalidRequestError(problem, op=f"{request.spec.name}.scan", index=index.name)
    could = [(other, fit(request.spec, other, parts)) for other in _ranked(request)] if parts else []
    serving = [other for other, found in could if isinstance(found, KeyFit) and not refusal(request, other, found)]
    tagged = with_tag(request, request.condition)
    return Plan(request, Operation.SCAN, index, filter=tagged, advice=scan_advice(serving))


def _forced(request: ListRequest, index: IndexSpec, parts: tuple[Condition, ...]) -> Plan:
    operation = f"{request.spec.name}.query"
    check_consistency(request, index)
    found = fit(request.spec, index, parts)
    if isinstance(found, str):
        raise InvalidRequestError(
            f"index {index.handle!r} cannot serve the query: {found}.",
            op=operation,
            index=index.name,
            hint="Give each partition key attribute of the index with ==.",
        )
    if problem := order_problem(request, index, found):
        raise InvalidOrderError(problem + ".", op=operation, index=index.name)
    if problem := coverage_problem(request, index, (*found.rest, *found.residual)):
        raise InvalidRequestError(problem + ".", op=operation, index=index.name)
    return _query(request, Candidate(index, accepted=True, reason="asked for by index()", fit=found), found, ())


def _chosen(request: ListRequest, parts: tuple[Condition, ...]) -> Plan:
    candidates: list[Candidate] = []
    best: tuple[tuple[int, int], Candidate, KeyFit] | None = None
    for rank, index in enumerate(_ranked(request)):
        found = fit(request.spec, index, parts)
        if isinstance(found, str):
            candidates.append(Candidate(index, accepted=False, reason=found))
            continue
        problem = refusal(request, index, found)
        candidate = Candidate(index, problem is None, problem or found.describe(), found)
        candidates.append(candidate)
        score = (found.score, -rank)
        if problem is None and (best is None or score > best[0]):
            best = (score, candidate, found)
    if best is None:
        refuse(request, parts, candidates)
    return _query(request, best[1], best[2], candidates)


def _ranked(request: ListRequest) -> Iterator[IndexSpec]:
    spec = request.spec
    yield spec.primary
    yield from (index for index in spec.indexes if index.kind is IndexKind.LOCAL)
    yield from (index for index in spec.indexes if index.kind is IndexKind.GLOBAL)


def _query(
    request: ListRequest, chosen: Candidate, found: KeyFit, candidates: tuple[Candidate, ...] | list[Candidate]
) -> Plan:
    rest = all_of(*found.rest) if found.rest else None
    looked_at = tuple(candidates) or (chosen,)
    if chosen.index.kind is None and found.complete and rest is None and not found.residual:
        # A tag needs no filter here: the one item is looked at when it comes.
        return Plan(request, Operation.GET, chosen.index, found, candidates=looked_at)
    forward = not (request.order and request.order.descending)
    others = [(c.index, c.fit) for c in candidates if c.accepted and c.fit is not None and c is not chosen]
    advice = filter_advice(found, others)
    tagged = with_tag(request, rest)
    return Plan(request, Operation.QUERY, chosen.index, found, tagged, forward, looked_at, advice)


def with_tag(request: ListRequest, condition: Condition | None) -> Condition | None:
    """The filter, with the tag of the model where several share the table."""
    if request.spec.discriminator is None:
        return condition
    name, tag = request.spec.discriminator
    slot = Slot(str, name)
    own = Compare(Comparator.EQ, Path((name,), slot), Value(tag, slot))
    return own if condition is None else all_of(condition, own)
